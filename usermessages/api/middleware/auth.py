# SPDX-License-Identifier: Apache-2.0

"""Authentication and request context middleware.

With ``auth_strategy = keystone``, the filter ``authtoken`` is the filter of
keystonemiddleware, and ``context`` creates a ``RequestContext`` from the
headers of keystonemiddleware.  With ``noauth``, ``authtoken`` does nothing,
and ``context`` trusts the request: ``X-Auth-Token: user:project``, or the
project in the URL.
"""

from collections.abc import Callable, Iterable
import ipaddress
import logging
from typing import Any

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.api import wsgi
from usermessages import config
from usermessages import context
from usermessages import exception

LOG = logging.getLogger(__name__)

_GROUP = 'keystone_authtoken'
_CONFIRMED = 'Confirmed'
_FORWARDED = ('HTTP_X_FORWARDED_FOR', 'HTTP_FORWARDED', 'HTTP_X_REAL_IP')

Application = Callable[..., Iterable[bytes]]


class KeystoneContext:
    """Create the context from the headers of keystonemiddleware."""

    def __init__(self, application: Application):
        self._application = application

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        failure = None
        try:
            environ[wsgi.CONTEXT] = context_of_token(environ)
        except exception.UserMessagesError as error:
            failure = error
        if failure is not None:
            response = wsgi.error_response(failure)
            if response.status_int >= 500:
                wsgi.log_failure(failure)
            return response(environ, start_response)
        return self._application(environ, start_response)


class NoAuthContext:
    """Create the context from claims of the client, for trials.

    The user ``admin`` is an administrator; all other users are members of the
    project.
    """

    def __init__(self, application: Application, conf: cfg.ConfigOpts):
        self._application = application
        self._is_open = conf.api.allow_noauth
        LOG.warning(
            'auth_strategy is noauth: %s can read and delete the messages of '
            'every project.', 'anyone who can connect to this server'
            if self._is_open else 'any user of this machine')

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            if not self._is_open and not _is_local(environ):
                raise exception.Forbidden(
                    _('This server accepts requests of its own machine '
                      'only, unless the operator sets [api]allow_noauth.'))
            user_id, project_id = _claims(environ)
        except exception.UserMessagesError as error:
            return wsgi.error_response(error)(environ, start_response)
        roles = ['member', 'reader']
        if user_id == 'admin':
            roles.append('admin')
        environ[wsgi.CONTEXT] = context.RequestContext(
            user_id=user_id, project_id=project_id, roles=roles,
            request_id=environ.get('openstack.request_id'))
        return self._application(environ, start_response)


def context_of_token(environ: dict[str, Any], key: str = wsgi.CONTEXT,
                     ) -> context.RequestContext:
    """Return the context of a request with a validated token.

    :raises ConfigurationError: the pipeline lacks keystonemiddleware
    :raises Unauthorized: the token is invalid, and keystonemiddleware delays
        the decision
    """
    # Clients can set headers, but not this key.
    if 'keystone.token_auth' not in environ:
        raise exception.ConfigurationError(
            _('No middleware authenticated the request: the environment '
              'has no %r, and keystonemiddleware is not in the '
              'pipeline.') % key)
    if (environ.get('HTTP_X_IDENTITY_STATUS') != _CONFIRMED
            or environ.get('HTTP_X_SERVICE_IDENTITY_STATUS',
                           _CONFIRMED) != _CONFIRMED):
        raise exception.Unauthorized()
    return context.RequestContext.from_environ(environ)


def _is_local(environ: dict[str, Any]) -> bool:
    """Tell whether the request comes from this machine without a proxy."""
    if any(header in environ for header in _FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(environ.get('REMOTE_ADDR', ''))
    except ValueError:
        return False
    mapped = getattr(address, 'ipv4_mapped', None)
    return (mapped or address).is_loopback


def _claims(environ: dict[str, Any]) -> tuple[str, str | None]:
    """Return the user and the project that a request claims.

    :raises Invalid: the token or the path is not encoded in UTF-8
    """
    try:
        token, path = (
            environ.get(name, '').encode('latin-1').decode('utf-8')
            for name in ('HTTP_X_AUTH_TOKEN', 'PATH_INFO'))
    except UnicodeError as error:
        raise exception.Invalid(
            _('The token or the path is not encoded in UTF-8.')) from error
    user_id, _colon, project_id = token.partition(':')
    if not project_id:
        parts = path.split('/')
        # /v3/{project_id}/messages... or .../message_groups
        if len(parts) > 3 and parts[3] in ('messages', 'message_groups'):
            project_id = parts[2]
    return user_id or 'nobody', project_id or None


def authtoken_factory(global_conf: dict[str, Any], **_local_conf: str,
                      ) -> Callable[[Application], Application]:
    """Create the filter that validates tokens, for the paste file.

    :raises ConfigurationError: the options of Keystone are incomplete
    """
    conf = global_conf['oslo_config_config']
    if conf.api.auth_strategy == 'noauth':
        return lambda application: application

    from keystoneauth1 import exceptions as keystone_exceptions
    from keystoneauth1 import loading
    from keystonemiddleware import exceptions as middleware_exceptions

    from usermessages.api.middleware import keystone
    loading.register_auth_conf_options(conf, _GROUP)
    keystone.set_defaults(conf)
    try:
        with config.naming_options(conf):
            plugin = loading.load_auth_from_conf_options(conf, _GROUP)
    except keystone_exceptions.ClientException as error:
        raise exception.ConfigurationError(
            _('[%(group)s] cannot be used: %(error)s')
            % {'group': _GROUP, 'error': error}) from error
    if plugin is None:
        raise exception.ConfigurationError(
            _('[%(group)s]auth_type is not set: with [api]auth_strategy = '
              'keystone, the section [%(group)s] configures the validation '
              'of tokens.') % {'group': _GROUP})

    package = keystone.missing_package(conf)
    if package:
        raise exception.ConfigurationError(
            _('[%(group)s]memcached_servers needs the package %(package)s: '
              'run "pip install %(package)s".')
            % {'group': _GROUP, 'package': package})

    def create_filter(application: Application) -> Application:
        try:
            with config.naming_options(conf):
                # All URLs after this filter require a token.
                return keystone.AuthProtocol(
                    application, {'oslo_config_config': conf,
                                  'delay_auth_decision': False})
        except (middleware_exceptions.KeystoneMiddlewareException,
                ImportError) as error:
            raise exception.ConfigurationError(
                _('[%(group)s] cannot be used: %(error)s')
                % {'group': _GROUP, 'error': error}) from error

    return create_filter


def context_factory(global_conf: dict[str, Any], **_local_conf: str,
                    ) -> Callable[[Application], Application]:
    """Create the filter that creates the context, for the paste file."""
    conf = global_conf['oslo_config_config']
    if conf.api.auth_strategy == 'noauth':
        return lambda application: NoAuthContext(application, conf)
    return KeystoneContext
