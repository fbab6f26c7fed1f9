# SPDX-License-Identifier: Apache-2.0

"""Configuration options of this package.

``[user_messages]`` is for all users of the library, ``[api]`` for the
endpoint.  A service can use another group instead of ``[user_messages]``.
Only :func:`register_opts` and :func:`register_api_opts` register options, in
the configuration that the caller passes.

The module has more than 300 lines, because the options contain their
documentation.
"""

import copy
from typing import Any

from oslo_config import cfg
from oslo_db import options as db_options

from usermessages._i18n import _
from usermessages import fields

GROUP = 'user_messages'
SHIPPED_CATALOG = 'usermessages.message.defined_messages:CATALOG'
MAXIMUM_TTL_SECONDS = 3153600000


class SecondsByLevel(cfg.types.Dict):
    """Numbers of seconds by message levels, as in ``INFO:604800``."""

    def __init__(self) -> None:
        super().__init__(type_name='seconds by level')

    def __call__(self, value: Any) -> dict[str, int]:
        values: dict[str, int] = {}
        for level, seconds in super().__call__(value).items():
            try:
                # cfg.types.Integer converts an empty value to None.
                number = cfg.types.Integer(1, MAXIMUM_TTL_SECONDS)(seconds)
                if level not in fields.LEVELS or number is None:
                    raise ValueError(level)
                values[level] = int(number)
            except ValueError as error:
                raise ValueError(
                    _('%(level)s:%(seconds)s is not one of %(levels)s, with a '
                      'number from 1 to %(maximum)d')
                    % {'level': level, 'seconds': seconds,
                       'levels': ', '.join(fields.LEVELS),
                       'maximum': MAXIMUM_TTL_SECONDS}) from error
        return values


LIBRARY_GROUP = cfg.OptGroup(
    GROUP, title='User messages',
    help='Options of all processes that record or read user messages.')

LIBRARY_OPTS = [
    cfg.StrOpt('connection', secret=True, help="""
SQLAlchemy URL of the database with the user messages, including the driver,
for example ``mysql+pymysql://user:password@host/usermessages`` or
``postgresql+psycopg://user:password@host/usermessages``.

The default is the option ``connection`` in the group of ``connection_group``.
If neither option is set, no message is recorded, and the log contains an
error.  Takes effect at the start.
"""),
    cfg.StrOpt('connection_group', default='database', help="""
Group with the option ``connection`` of the service that includes the library,
for example ``storage:sqlalchemy`` for Designate.  Takes effect at the start.
"""),
    cfg.IntOpt('message_ttl', default=2592000, min=1, max=MAXIMUM_TTL_SECONDS,
               help="""
Time, in seconds, for which a user message is readable after its creation.

A change applies to new messages only, not to stored messages.
"""),
    cfg.Opt('message_ttl_by_level', type=SecondsByLevel(), default={},
            help=f"""
Time, in seconds, for which a user message of a level is readable, for levels
that do not use ``message_ttl``, for example ``INFO:604800,WARNING:1209600``.
The levels are {', '.join(fields.LEVELS)}; each time is from 1 to
{MAXIMUM_TTL_SECONDS}.

A change applies to new messages only, not to stored messages.
"""),
    cfg.IntOpt('message_reap_interval', default=86400, min=-1, max=31536000,
               help="""
Time, in seconds, between two purges of expired messages, for the periodic task
of a service that includes the library.  With oslo.service, 0 selects the
default interval, and -1 disables the task.

Expired messages are not readable, even before a purge.  The server and the
commands do not use this option.  Takes effect at the start.
"""),
    cfg.FloatOpt('create_timeout', default=10.0, min=0.1, max=3600, help="""
Maximum time, in seconds, for recording one message, including the wait for a
connection and all attempts.  After this time, the message is written to the
log, and the service continues.

Each wait for the database, for a connection or for a response, takes at most
two fifths of this time, in whole seconds (PostgreSQL: at least two seconds to
connect).  Attempts start in the first three fifths.  A large purge on slow
disks may need more than the default.  Takes effect at the start.
"""),
    cfg.FloatOpt('circuit_breaker_reset_timeout', default=5.0, min=0,
                 max=3600, help="""
Time, in seconds, for which a process records no messages after all attempts to
record a message failed because the database is unavailable: the database
refuses connections, is unreachable, shuts down or is read-only.

During this time, messages are written to the log immediately, so that many
failing operations do not wait for the database.  Then one message probes the
database, and other messages wait for the result within ``create_timeout``.
Timeouts, deadlocks and an exhausted pool do not open the circuit breaker.
Lists, deletions and purges do not use the circuit breaker.  0 disables the
circuit breaker.  Takes effect at the start.
"""),
    cfg.StrOpt('spool_dir', help="""
Directory for messages that the database could not store within
``create_timeout``, one file for each message.  By default, such messages are
only written to the log.

The directory must exist, on a local file system, and belong to the user of the
process, and must not be a symbolic link.  One directory belongs to one
database.  ``usermessages-manage message import --spool`` and the purge of a
service store the messages and remove the files.  Takes effect immediately.
"""),
    cfg.IntOpt('spool_max_files', default=10000, min=1, max=1000000, help="""
Maximum number of files in ``spool_dir``.  Further messages are only written to
the log.  Takes effect immediately.
"""),
    cfg.IntOpt('max_pool_size', default=10, min=1, max=1000, help="""
Maximum number of database connections of a process.

Use at least the number of threads that record or serve messages at the same
time; other threads wait for a connection.  SQLite files have no pool.  Takes
effect at the start.
"""),
    cfg.StrOpt('table_mapping', help="""
Table mapping of the commands ``usermessages-manage message``, as
``module:NAME``, for the table of a service.

The default is the table of this package.  A service that includes the library
passes its own table mapping and does not use this option.  Takes effect at the
start.
"""),
    cfg.StrOpt('catalog', default=SHIPPED_CATALOG, help="""
Message catalog of the server and the commands, as ``module:NAME``.

A service that includes the library passes its own catalog and does not use
this option.  One table belongs to one catalog.  Takes effect at the start.
"""),
]

# For unit tests of services; only the fixture sets this option.
STRICT_OPT = cfg.BoolOpt('strict', default=False, help="""
Raise an exception for an invalid argument of ``create``, instead of logging a
warning.  Takes effect immediately.
""")

API_GROUP = cfg.OptGroup(
    'api', title='The user messages endpoint',
    help='Options of the server of ``/v3/{project_id}/messages``.')

API_OPTS = [
    cfg.StrOpt('auth_strategy', default='keystone',
               choices=[
                   ('keystone', 'tokens of Keystone, validated by '
                    'keystonemiddleware with ``[keystone_authtoken]``'),
                   ('noauth', 'no authentication, for trials: the project '
                    'is in the URL or in a token ``user:project``')],
               help="""
Authentication of the endpoint.  Takes effect at the start.
"""),
    cfg.BoolOpt('allow_noauth', default=False, help="""
With ``auth_strategy = noauth``, serve requests of other machines, so that all
clients with access to the port can read all messages of all projects.

Without this option, the server rejects requests of other machines.  Takes
effect at the start.
"""),
    cfg.StrOpt('paste_config', default='api-paste.ini', help="""
Name or path of the paste-deploy file with the middleware.

A name is searched next to the configuration files and in the directories of
oslo.config.  The default is the file in the package.  Takes effect at the
start.
"""),
    cfg.StrOpt('disable_by_file_path', help="""
Path of a file that drains the server: while the file exists, ``/healthcheck``
returns 503, and load balancers send no new requests.  The server continues to
serve requests, and looks for the file at each health check.  Takes effect at
the start.
"""),
    cfg.URIOpt('public_endpoint', schemes=['http', 'https'], help="""
Base URL of all links, for example
``https://messages.example.org/user-messages``.

The default is the URL of the request: the Host header or, with
``[oslo_middleware]enable_proxy_headers_parsing``, the headers of the proxy.
Takes effect at the start.
"""),
    cfg.URIOpt('help_url', schemes=['http', 'https'], help="""
Prefix of the help link of a message.  The event ID follows, so the prefix ends
with ``#``, a slash or ``=``, for example
``https://docs.example.org/messages.html#``.

Without this option, messages have no help link.  The Sphinx directive of this
package creates a page with an anchor for each ID.  Takes effect at the start.
"""),
    cfg.IntOpt('max_limit', default=1000, min=1, max=10000, help="""
Maximum number of messages in a response, also for a larger ``limit`` in the
request.  Takes effect at the start.
"""),
    cfg.StrOpt('compat_service_type', choices=[
        ('volume', 'serve requests with ``volume`` in the header '
         '``OpenStack-API-Version`` like Cinder')],
        help="""
Service type whose microversions are accepted in addition to
``user-messages``.  Clients of the service work without changes if the
deployment routes ``/v3/{project_id}/messages`` to this server.  Takes effect
at the start.
"""),
    cfg.StrOpt('compat_max_microversion', default='3.71',
               regex=r'^3\.(0|[1-9][0-9]{0,3})$', help="""
Highest accepted microversion of ``compat_service_type``: the maximum of the
replaced service.  Without unit.  Takes effect at the start.
"""),
    cfg.ListOpt('resource_filters',
                item_type=cfg.types.String(
                    choices=list(fields.EQUAL_FILTERS)),
                default=list(fields.EQUAL_FILTERS),
                help="""
Query parameters that filter messages by an exact value.  For other parameters,
the server returns 400.  Takes effect at the start.
"""),
    cfg.ListOpt('like_filters',
                item_type=cfg.types.String(
                    choices=list(fields.LIKE_FILTERS)),
                default=[], help="""
Query parameters that users can write as ``name~=part`` to list the messages
that contain the part.  Such a request reads all messages of the project.
Takes effect at the start.
"""),
    cfg.StrOpt('project_id_regex', default='[0-9a-f-]+', help="""
Regular expression of a project ID in a URL.  For a project that does not
match, the server returns 404.  Takes effect at the start.
"""),
]


def register_opts(conf: cfg.ConfigOpts, group: str = GROUP) -> None:
    """Register the options of the library; the function is idempotent.

    :param group: the group of the options.  In ``DEFAULT``, the options
        ``message_ttl``, ``message_ttl_by_level`` and ``message_reap_interval``
        keep their names, and options that the service has registered remain
        unchanged; the other names have the prefix ``user_messages_``
    """
    if group == 'DEFAULT':
        conf.register_opts([
            option for option in [*in_default(), _renamed(STRICT_OPT)]
            if option.dest not in conf])
    else:
        _register(conf, cfg.OptGroup(group, LIBRARY_GROUP.title,
                                     LIBRARY_GROUP.help),
                  [*LIBRARY_OPTS, STRICT_OPT])
    conf.register_opts(_database_opts(), 'database')


def library_options(conf: cfg.ConfigOpts, group: str = GROUP) -> Any:
    """Return the options of the library as attributes."""
    return _Default(conf) if group == 'DEFAULT' else conf[group]


def register_api_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of the endpoint; the function is idempotent."""
    register_opts(conf)
    _register(conf, API_GROUP, API_OPTS)


def list_opts() -> list[tuple[Any, list[cfg.Opt]]]:
    """Return the options for ``oslo-config-generator``."""
    return [(LIBRARY_GROUP, LIBRARY_OPTS), (API_GROUP, API_OPTS)]


def in_default() -> list[cfg.Opt]:
    """Return the options of the library for the group ``DEFAULT``.

    For the ``list_opts`` of a consuming service.
    """
    return [_renamed(option) for option in LIBRARY_OPTS]


def database_group(conf: cfg.ConfigOpts, group: str = GROUP) -> str:
    """Return the group with the URL of the database of the service."""
    name = str(library_options(conf, group).connection_group)
    if name not in conf or 'connection' not in conf[name]:
        conf.register_opts(_database_opts(), name)
    return name


def place(name: str, group: str = GROUP) -> tuple[str, str | None]:
    """Return the name and the group of an option, for ``set_override``."""
    if group != 'DEFAULT':
        return name, group
    return (name if name.startswith('message_') else f'{GROUP}_{name}'), None


class _Default:
    """The options of the library in the group ``DEFAULT``."""

    def __init__(self, conf: cfg.ConfigOpts):
        self._conf = conf

    def __getattr__(self, name: str) -> Any:
        return self._conf[place(name, 'DEFAULT')[0]]


def _renamed(option: cfg.Opt) -> cfg.Opt:
    option = copy.copy(option)
    option.name = option.dest = place(option.name, 'DEFAULT')[0]
    return option


def _register(conf: cfg.ConfigOpts, group: cfg.OptGroup,
              options: list[cfg.Opt]) -> None:
    # A copy, because oslo.config copies a group, but not the dict of options
    # in the group: all configurations of the process would share overrides.
    conf.register_group(cfg.OptGroup(group.name, group.title, group.help))
    conf.register_opts(options, group.name)


def _database_opts() -> list[cfg.Opt]:
    """Return the option of oslo.db with the fallback URL."""
    return [opt for opt in db_options.database_opts
            if opt.name == 'connection']
