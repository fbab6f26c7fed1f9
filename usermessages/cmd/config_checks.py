# SPDX-License-Identifier: Apache-2.0

"""Warn of valid configuration that has surprising effects.

With ``[api]help_url = https://docs.example.org/messages``, links end with
``messages000002``.  Each check yields one sentence for each problem and its
solution; ``usermessages-status upgrade check`` runs the checks in ``ALL``.
"""

from collections.abc import Callable, Iterator
import contextlib
from urllib import parse

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_middleware import http_proxy_to_wsgi

from usermessages._i18n import _
from usermessages.api.middleware import keystone
from usermessages.db import api as db_api
from usermessages.db import engine as db_engine
from usermessages import exception

# The shortest connect_timeout of libpq.
_POSTGRESQL_SECONDS = 2


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the options of other packages for the checks."""
    conf.register_opts(db_options.database_opts, 'database')
    conf.register_opts(http_proxy_to_wsgi.OPTS, 'oslo_middleware')
    keystone.set_defaults(conf)


def check_noauth(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Warn about a service without authentication."""
    if conf.api.auth_strategy == 'noauth' and conf.api.allow_noauth:
        yield _('[api]auth_strategy is noauth and [api]allow_noauth is set: '
                'anyone who can connect to the endpoint can read and delete '
                'the messages of every project.  Set auth_strategy to '
                'keystone, or unset allow_noauth to serve this machine only.')


def check_links(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Warn if links do not lead to the service or to a help page."""
    endpoint, help_url = conf.api.public_endpoint, conf.api.help_url
    if endpoint:
        if parse.urlsplit(endpoint).path.rstrip('/').endswith('/v3'):
            yield _('[api]public_endpoint ends with /v3, so links contain '
                    '/v3/v3.  Remove /v3 from the option.')
    elif conf.api.compat_service_type:
        yield _('[api]compat_service_type is set and [api]public_endpoint is '
                'not, so links start with the internal URL of this service.  '
                'Set public_endpoint to the public URL of the service whose '
                'clients use it.')
    elif ('keystone_authtoken' in conf.list_all_sections()
            and not conf.oslo_middleware.enable_proxy_headers_parsing):
        yield _('[api]public_endpoint is not set, so links start with the URL '
                'of the request as it arrives here; behind a proxy, its '
                'scheme and host can be wrong.  Set public_endpoint to the '
                'public URL of the service.')
    # The URL may end with the start of a name, as in "#msg".
    if help_url and help_url[-1].isalnum() and not {*'#='} & {*help_url}:
        yield _('[api]help_url ends with a letter or digit, and links append '
                'the event ID to it directly.  Add "#", "/" or "=".')


def check_compat_service_type(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Warn if a maximum is set without its service type."""
    if not conf.api.compat_service_type and _is_set(
            conf, 'compat_max_microversion', 'api'):
        yield _('[api]compat_max_microversion has no effect without '
                '[api]compat_service_type.  Set both options or neither.')


def check_engine_options(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Warn if options of oslo.db are set that have no effect."""
    # If [user_messages]connection is set, [database] is for another service
    # with the same file.
    if conf.user_messages.connection:
        return
    ignored = [option.dest for option in db_options.database_opts
               if option.dest != 'connection'
               and _is_set(conf, option.dest, 'database')]
    if ignored:
        yield _('Of [database], usermessages reads only connection and '
                'ignores %s.  Set [user_messages]max_pool_size and '
                'create_timeout instead.') % (
                    ', '.join(ignored))


def check_timeouts(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Warn if a call can take longer than its timeout."""
    seconds = conf.user_messages.create_timeout
    # The check of the database reports an invalid URL.
    with contextlib.suppress(exception.ConfigurationError):
        url = db_engine.make_url(db_api.connection_url(conf))
        if not db_engine.supports_timeouts(url):
            yield _('The driver %s supports no timeouts.  Use PyMySQL, '
                    'mysqlclient or psycopg.') % (
                        url.get_driver_name())
        overridden = db_engine.overridden_timeouts(url, seconds)
        if overridden:
            yield _('The database URL sets %s, so a call can take longer than '
                    '[user_messages]create_timeout.  Remove the parameters '
                    'and set create_timeout instead.') % ', '.join(overridden)
        if (url.get_backend_name() == 'postgresql'
                and seconds < _POSTGRESQL_SECONDS):
            yield _('[user_messages]create_timeout is %(seconds)s, but a '
                    'connection to PostgreSQL times out after %(least)d '
                    'seconds at the earliest.  Set create_timeout to at '
                    'least %(least)d.') % {
                        'seconds': seconds, 'least': _POSTGRESQL_SECONDS}


def check_token_cache(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Warn if the cache of tokens cannot be used."""
    if conf.api.auth_strategy == 'noauth':
        return
    package = keystone.missing_package(conf)
    if package:
        yield _('[keystone_authtoken]memcached_servers needs the package '
                '%(package)s, so the service does not start.  Run "pip '
                'install %(package)s".') % {'package': package}


ALL: dict[str, Callable[[cfg.ConfigOpts], Iterator[str]]] = {
    'Authentication': check_noauth,
    'Links': check_links,
    'Compatibility service type': check_compat_service_type,
    'Database engine options': check_engine_options,
    'Database timeouts': check_timeouts,
    'Token cache': check_token_cache,
}


def _is_set(conf: cfg.ConfigOpts, name: str, group: str) -> bool:
    """Return whether an operator has set an option, even to its default."""
    location = conf.get_location(name, group)
    return location is not None and location.location.is_user_controlled
