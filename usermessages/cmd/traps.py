# SPDX-License-Identifier: Apache-2.0

"""Find configuration that does not do what it looks like.

The service works with all of it, and somebody will be surprised:
``[api]help_url = https://docs.example.org/messages`` makes links that end with
``messages000002``.  Each function yields a sentence on what is wrong and on
what to do; ``ALL`` has all of them.
"""

from collections.abc import Callable, Iterator
import contextlib
from urllib import parse

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_middleware import http_proxy_to_wsgi

from usermessages._i18n import _
from usermessages.db import api as db_api
from usermessages.db import engine as db_engine
from usermessages.db import timeouts
from usermessages import exception

# To connect takes libpq two seconds at least.
_POSTGRESQL_SECONDS = 2


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register what is looked at, besides the options of this package."""
    conf.register_opts(db_options.database_opts, 'database')
    conf.register_opts(http_proxy_to_wsgi.OPTS, 'oslo_middleware')


def authentication(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Look for a trial that became a service."""
    if conf.api.auth_strategy == 'noauth' and conf.api.allow_noauth:
        yield _('[api]auth_strategy is noauth and [api]allow_noauth is set: '
                'everybody who reaches the endpoint reads and deletes the '
                'messages of every project.  Set auth_strategy to keystone, '
                'or leave allow_noauth out to answer this machine only.')


def links(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Look for links that lead nowhere."""
    endpoint, help_url = conf.api.public_endpoint, conf.api.help_url
    if endpoint:
        if parse.urlsplit(endpoint).path.rstrip('/').endswith('/v3'):
            yield _('[api]public_endpoint ends with /v3, which links then '
                    'have twice: leave that out.')
    elif conf.api.host_axis:
        yield _('[api]host_axis is set and [api]public_endpoint is not: links '
                'start with the URL at which the web server asks this '
                'service, and not with that of the other one, where clients '
                'follow them.  Set public_endpoint to the latter.')
    elif ('keystone_authtoken' in conf.list_all_sections()
            and not conf.oslo_middleware.enable_proxy_headers_parsing):
        yield _('[api]public_endpoint is not set: links start with the URL '
                'with which a request arrives here, which is http:// and '
                'perhaps another host behind a proxy.  Set it to the URL that '
                'users know.')
    # What stands behind these is the start of a name, as in "#msg".
    if help_url and help_url[-1].isalnum() and not {*'#='} & {*help_url}:
        yield _('[api]help_url ends with a letter or digit, and an event ID '
                'follows it without anything in between: add "#", "/" or '
                '"=".')


def host_axis(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Look for a maximum of nothing."""
    if not conf.api.host_axis and _is_set(conf, 'host_axis_maximum', 'api'):
        yield _('[api]host_axis_maximum is set and does nothing without '
                '[api]host_axis: set that too, or leave both out.')


def engine_options(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Look for options of an engine that nobody makes."""
    # Where it has a connection of its own, the others are for a service with
    # the same file.
    if conf.user_messages.connection:
        return
    ignored = [option.dest for option in db_options.database_opts
               if option.dest != 'connection'
               and _is_set(conf, option.dest, 'database')]
    if ignored:
        yield _('Of [database] only the connection is read, and not %s: what '
                'bounds connections and waits are '
                '[user_messages]max_pool_size and create_timeout.') % (
                    ', '.join(ignored))


def waits(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Look for what can take longer than it may."""
    seconds = conf.user_messages.create_timeout
    # What is wrong with the URL is told by who connects to the database.
    with contextlib.suppress(exception.ConfigurationError):
        url = db_engine.make_url(db_api.connection_url(conf))
        if url.get_driver_name() == 'psycopg2':
            yield _('With psycopg2 a call takes as long as a server that '
                    'stands still: let the URL of the database start with '
                    'postgresql+psycopg://.')
        elif not timeouts.knows(url):
            yield _('With the driver %s nothing puts an end to a wait for the '
                    'database: use PyMySQL, mysqlclient or psycopg.') % (
                        url.get_driver_name())
        lifted = timeouts.lifted(url, seconds)
        if lifted:
            yield _('The URL of the database sets %s, so that a call can take '
                    'longer than [user_messages]create_timeout: leave that '
                    'out, and set create_timeout.') % ', '.join(lifted)
        if (url.get_backend_name() == 'postgresql'
                and seconds < _POSTGRESQL_SECONDS):
            yield _('[user_messages]create_timeout is %(seconds)s, and to '
                    'find out that PostgreSQL does not answer takes '
                    '%(least)d seconds: set that at least.') % {
                        'seconds': seconds, 'least': _POSTGRESQL_SECONDS}


ALL: dict[str, Callable[[cfg.ConfigOpts], Iterator[str]]] = {
    'Authentication': authentication,
    'Links': links,
    'Host axis': host_axis,
    'Options of the engine': engine_options,
    'Waits for the database': waits,
}


def _is_set(conf: cfg.ConfigOpts, name: str, group: str) -> bool:
    """Tell whether an operator has set an option, be it to its default."""
    found = conf.get_location(name, group)
    return found is not None and found.location.is_user_controlled
