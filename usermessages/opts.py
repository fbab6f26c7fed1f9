# SPDX-License-Identifier: Apache-2.0

"""Every configuration option of this package.

``[user_messages]`` is for all who include the library, ``[api]`` for the
endpoint.  A host may have the first ones in another group.  Nothing is
registered until :func:`register_opts` or :func:`register_api_opts` is called
with the configuration to use.
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
        found: dict[str, int] = {}
        for level, seconds in super().__call__(value).items():
            try:
                # An empty value is None to cfg.types.Integer.
                number = cfg.types.Integer(1, MAXIMUM_TTL_SECONDS)(seconds)
                if level not in fields.LEVELS or number is None:
                    raise ValueError(level)
                found[level] = int(number)
            except ValueError as error:
                raise ValueError(
                    _('%(level)s:%(seconds)s is not one of %(levels)s, with a '
                      'number from 1 to %(maximum)d')
                    % {'level': level, 'seconds': seconds,
                       'levels': ', '.join(fields.LEVELS),
                       'maximum': MAXIMUM_TTL_SECONDS}) from error
        return found


LIBRARY_GROUP = cfg.OptGroup(
    GROUP, title='User messages',
    help='What everything that records or reads user messages needs.')

LIBRARY_OPTS = [
    cfg.StrOpt('connection', secret=True, help="""
SQLAlchemy URL of the database that holds the user messages, with its driver
named, as in ``mysql+pymysql://user:password@host/usermessages`` or
``postgresql+psycopg://user:password@host/usermessages``.

Where it is not set, ``[database]connection`` is used.  Where neither is set,
nothing is recorded and a line in the log says so.  Takes effect at the start.
"""),
    cfg.IntOpt('message_ttl', default=2592000, min=1, max=MAXIMUM_TTL_SECONDS,
               help="""
Time, in seconds, that a user message stays readable after it was created.

A change applies to messages created from then on, not to stored ones.
"""),
    cfg.Opt('message_ttl_by_level', type=SecondsByLevel(), default={},
            help=f"""
Time, in seconds, that a user message of a level stays readable, for the levels
whose time differs from ``message_ttl``: ``INFO:604800,WARNING:1209600``.  The
levels are {', '.join(fields.LEVELS)}, and each time is from 1 to
{MAXIMUM_TTL_SECONDS}.

A change applies to messages created from then on, not to stored ones.
"""),
    cfg.IntOpt('message_reap_interval', default=86400, min=-1, max=31536000,
               help="""
Time, in seconds, from one removal of expired messages to the next, for the
periodic task of a service that includes the library.  What 0 and -1 mean is
up to that: with oslo.service, its usual interval and never.

Expired messages are not shown, whether they have been removed or not.  The
server and the commands do not look at it.  Takes effect at the start.
"""),
    cfg.FloatOpt('create_timeout', default=10.0, min=0.1, max=3600, help="""
Time, in seconds, that the recording of one message may take, the search for a
connection and all attempts included.  After that the message is given up, with
a line in the log, and the service goes on.

One wait for the server, be it for a connection or for a response, may take two
fifths of it, in whole seconds (PostgreSQL: two to connect at least), and an
attempt starts in the first three fifths.  A large purge on slow disks may need
more than the default.  Takes effect at the start.
"""),
    cfg.FloatOpt('circuit_breaker_reset_timeout', default=5.0, min=0,
                 max=3600, help="""
Time, in seconds, for which a process records no message after all attempts to
record one showed that the database is unavailable: it refuses connections,
cannot be reached, shuts down or is read-only.

The messages of that time are given up at once, each with its line in the log,
so that thousands of failures do not wait one behind the other.  After it one
message probes the database, and the others wait for the result within their
``create_timeout``.  Timeouts, deadlocks and a pool without a free connection
do not count.  Lists, deletions and purges take no notice.  0 turns it off.
Takes effect at the start.
"""),
    cfg.IntOpt('max_pool_size', default=10, min=1, max=1000, help="""
Number of connections to the database that one process keeps at most.

Should be at least the number of threads that record or serve messages at the
same time; a thread that finds none waits.  SQLite files have no pool.  Takes
effect at the start.
"""),
    cfg.StrOpt('catalog', default=SHIPPED_CATALOG, help="""
Where the catalog of messages is that the server and the commands use, as
``module:NAME``.

A service that includes the library passes its catalog itself and does not
look at this option.  One table belongs to one catalog.  Takes effect at the
start.
"""),
]

# For the unit tests of a host, set by its fixture and by nobody else.
STRICT_OPT = cfg.BoolOpt('strict', default=False, help="""
Raise an error where an argument of ``create`` cannot be kept, instead of
writing a warning to the log.  Takes effect at once.
""")

API_GROUP = cfg.OptGroup(
    'api', title='The user messages endpoint',
    help='What only the server of ``/v3/{project_id}/messages`` needs.')

API_OPTS = [
    cfg.StrOpt('auth_strategy', default='keystone',
               choices=[
                   ('keystone', 'a token of Keystone, checked by '
                    'keystonemiddleware as ``[keystone_authtoken]`` says'),
                   ('noauth', 'no check at all, for trials: the project is '
                    'that of the URL or of a token ``user:project``')],
               help="""
How the endpoint finds out who asks.  Takes effect at the start.
"""),
    cfg.BoolOpt('allow_noauth', default=False, help="""
Serve with ``auth_strategy = noauth`` to other machines too, and so give every
message of every project to everybody who can reach the port.

Without it such a server answers requests from its own machine only.  Takes
effect at the start.
"""),
    cfg.StrOpt('paste_config', default='api-paste.ini', help="""
Name or path of the paste-deploy file that puts the middleware in order.

A name is looked for beside the configuration files and in the directories of
oslo.config; where there is none, the file that comes with the package is
taken.  Takes effect at the start.
"""),
    cfg.URIOpt('public_endpoint', schemes=['http', 'https'], help="""
URL under which users reach the endpoint, as in
``https://messages.example.org/user-messages``.  All links start with it.

Where it is not set they start with what the request came with: its Host
header and, where ``[oslo_middleware]enable_proxy_headers_parsing`` is set,
the headers of the proxy.  Takes effect at the start.
"""),
    cfg.URIOpt('help_url', schemes=['http', 'https'], help="""
What the link to the help for a message starts with; its event ID follows, so
it ends with ``#``, a slash or ``=``, as in
``https://docs.example.org/messages.html#``.

Where it is not set, messages have no such link.  The Sphinx directive of this
package makes a page with an anchor for each ID.  Takes effect at the start.
"""),
    cfg.IntOpt('max_limit', default=1000, min=1, max=10000, help="""
Number of messages that one answer holds at most, whatever ``limit`` a request
asks for.  Takes effect at the start.
"""),
    cfg.StrOpt('compat_service_type', choices=[
        ('volume', 'requests that name ``volume`` in the header '
         '``OpenStack-API-Version`` are served as Cinder would')],
        help="""
Service type whose microversions are accepted in addition to
``user-messages``.  Its clients work unchanged if ``/v3/{project_id}/messages``
is routed here.  Takes effect at the start.
"""),
    cfg.StrOpt('compat_max_microversion', default='3.71',
               regex=r'^3\.(0|[1-9][0-9]{0,3})$', help="""
Highest accepted microversion of ``compat_service_type``: the maximum of the
service that is replaced.  Without unit.  Takes effect at the start.
"""),
    cfg.ListOpt('resource_filters',
                item_type=cfg.types.String(
                    choices=list(fields.EQUAL_FILTERS)),
                default=list(fields.EQUAL_FILTERS),
                help="""
Query parameters that keep the messages with exactly that value.  Any other is
answered with 400.  Takes effect at the start.
"""),
    cfg.ListOpt('like_filters',
                item_type=cfg.types.String(
                    choices=list(fields.LIKE_FILTERS)),
                default=[], help="""
Query parameters that may be written ``name~=part`` and then keep the messages
that contain the part.  They read all messages of a project.  Takes effect at
the start.
"""),
    cfg.StrOpt('project_id_regex', default='[0-9a-f-]+', help="""
Regular expression of a project ID in a URL.  A URL whose project does not
match is answered with 404.  Takes effect at the start.
"""),
]


def register_opts(conf: cfg.ConfigOpts, group: str = GROUP) -> None:
    """Register what the library reads; to do so twice is harmless.

    :param group: where operators of the host set it.  In ``DEFAULT``, where
        services have ``message_ttl`` and ``message_reap_interval`` already,
        those two keep their names, and what the service has registered
        before stays as it is; the names of the others start with
        ``user_messages_``
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
    """Return what :func:`register_opts` registered, as attributes."""
    return _Default(conf) if group == 'DEFAULT' else conf[group]


def register_api_opts(conf: cfg.ConfigOpts) -> None:
    """Register what the endpoint reads; to do so twice is harmless."""
    register_opts(conf)
    _register(conf, API_GROUP, API_OPTS)


def list_opts() -> list[tuple[Any, list[cfg.Opt]]]:
    """Return the options for ``oslo-config-generator``."""
    return [(LIBRARY_GROUP, LIBRARY_OPTS), (API_GROUP, API_OPTS)]


def in_default() -> list[cfg.Opt]:
    """Return the options of the library as they are in ``DEFAULT``.

    For the ``list_opts`` of a host that has them there.
    """
    return [_renamed(option) for option in LIBRARY_OPTS]


def place(name: str, group: str = GROUP) -> tuple[str, str | None]:
    """Return the name and group of an option, as ``set_override`` takes them.
    """
    if group != 'DEFAULT':
        return name, group
    return (name if name.startswith('message_') else f'{GROUP}_{name}'), None


class _Default:
    """The options of the library where they are in ``DEFAULT``."""

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
    # Registered itself, a group would share with every other configuration
    # of the process what one of them overrides: oslo.config copies it without
    # the dict of its options.
    conf.register_group(cfg.OptGroup(group.name, group.title, group.help))
    conf.register_opts(options, group.name)


def _database_opts() -> list[cfg.Opt]:
    """Return the one option of oslo.db that is read, the fallback URL."""
    return [opt for opt in db_options.database_opts
            if opt.name == 'connection']
