# SPDX-License-Identifier: Apache-2.0

"""Token validation with keystonemiddleware.

If Keystone cannot validate a token, the service returns 503 within the time
that ``doc/source/admin/operations.rst`` documents.
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
# For each request to Keystone; keystonemiddleware has no timeout.
TIMEOUT_SECONDS = 5
MAX_RETRIES = 1


class AuthProtocol(auth_token.AuthProtocol):
    """The filter of keystonemiddleware, without uncaught errors."""

    def fetch_token(self, token: str, **kwargs: Any) -> Any:
        """Return the data of a token."""
        try:
            return super().fetch_token(token, **kwargs)
        except (exceptions.KeystoneMiddlewareException,
                webob.exc.HTTPException):
            # The token is invalid, or keystonemiddleware reports an outage.
            raise
        except Exception as error:
            # A proxy in front of Keystone can return any response.
            failure = type(error).__name__
        # The text of the error may contain data of the token.
        LOG.error('Keystone could not check a token: %s', failure)
        raise webob.exc.HTTPServiceUnavailable()

    def validate_allowed_request(self, request: webob.Request,
                                 token: Mapping[str, Any]) -> None:
        """Validate a request against the access rules of its credential."""
        # The token may have no catalog.
        super().validate_allowed_request(request, {'catalog': [], **token})


def missing_package(conf: cfg.ConfigOpts) -> str | None:
    """Return a missing package of the configured token cache, or None.

    keystonemiddleware does not require the packages, but imports the packages
    at the first request.
    """
    options = conf[GROUP]
    if not options.memcached_servers:
        return None
    packages = [('memcache', 'python-memcached')]
    # Older releases lack the option.
    if 'memcache_sasl_enabled' in options and options.memcache_sasl_enabled:
        packages = [('bmemcached', 'python-binary-memcached')]
    if options.memcache_use_advanced_pool:
        packages.append(('oslo_cache', 'oslo.cache'))
    return next((package for module, package in packages
                 if importlib.util.find_spec(module) is None), None)


def set_defaults(conf: cfg.ConfigOpts) -> None:
    """Set the timeout of Keystone and the service type."""
    for group, options in auth_token.list_opts():
        conf.register_opts(options, group)
    conf.set_default('http_connect_timeout', TIMEOUT_SECONDS, GROUP)
    conf.set_default('http_request_max_retries', MAX_RETRIES, GROUP)
    # keystonemiddleware requires a service type for access rules.
    conf.set_default('service_type',
                     microversions.USER_MESSAGES.service_type, GROUP)
