# SPDX-License-Identifier: Apache-2.0

"""Token validation with keystonemiddleware.

If Keystone cannot validate a token, the service returns 503 within the time
that ``doc/source/admin/index.rst`` documents.
"""

from collections.abc import Mapping
import importlib.util
import logging
from typing import Any

from keystonemiddleware import auth_token
from keystonemiddleware import exceptions
from oslo_config import cfg
import webob
import webob.exc

from usermessages.api import microversions

LOG = logging.getLogger(__name__)

GROUP = 'keystone_authtoken'
# Of each request to Keystone; keystonemiddleware itself waits without end.
TIMEOUT_SECONDS = 5
MAX_RETRIES = 1


class AuthProtocol(auth_token.AuthProtocol):
    """The filter of keystonemiddleware, with what it leaves uncaught."""

    def fetch_token(self, token: str, **kwargs: Any) -> Any:
        """Return what Keystone knows of a token."""
        try:
            return super().fetch_token(token, **kwargs)
        except (exceptions.KeystoneMiddlewareException,
                webob.exc.HTTPException):
            # The token is bad, or Keystone is known to be unavailable.
            raise
        except Exception as error:
            # What stands in for Keystone can reply with anything.
            failure = type(error).__name__
        # Without its text, which may have what Keystone says of the token.
        LOG.error('Keystone could not check a token: %s', failure)
        raise webob.exc.HTTPServiceUnavailable()

    def validate_allowed_request(self, request: webob.Request,
                                 token: Mapping[str, Any]) -> None:
        """Check a request against the access rules of its credential."""
        # Keystone leaves out the catalog where it is not asked for one.
        super().validate_allowed_request(request, {'catalog': [], **token})


def missing_package(conf: cfg.ConfigOpts) -> str | None:
    """Return the package that the configured cache of tokens lacks.

    keystonemiddleware requires none of them, and imports them at the first
    request.
    """
    options = conf[GROUP]
    if not options.memcached_servers:
        return None
    needed = [('memcache', 'python-memcached')]
    # Older releases have no such option.
    if 'memcache_sasl_enabled' in options and options.memcache_sasl_enabled:
        needed = [('bmemcached', 'python-binary-memcached')]
    if options.memcache_use_advanced_pool:
        needed.append(('oslo_cache', 'oslo.cache'))
    return next((package for module, package in needed
                 if importlib.util.find_spec(module) is None), None)


def set_defaults(conf: cfg.ConfigOpts) -> None:
    """Bound the time that Keystone may take, and say what is served."""
    for group, options in auth_token.list_opts():
        conf.register_opts(options, group)
    conf.set_default('http_connect_timeout', TIMEOUT_SECONDS, GROUP)
    conf.set_default('http_request_max_retries', MAX_RETRIES, GROUP)
    # Without one, keystonemiddleware refuses credentials with access rules.
    conf.set_default('service_type',
                     microversions.USER_MESSAGES.service_type, GROUP)
