# SPDX-License-Identifier: Apache-2.0

"""API version discovery.

``GET /`` returns 300 and ``GET /v3`` returns 200 with the same document.
No token is required, so this filter precedes ``authtoken``.
"""

from collections.abc import Callable, Iterable
from typing import Any

from oslo_config import cfg
import webob

from usermessages.api import microversions
from usermessages.api import wsgi
from usermessages import exception

_UPDATED = '2026-11-23T00:00:00Z'
_DOCUMENTATION = 'https://docs.openstack.org/api-ref/'
STATUS = {'/': 300, '': 300, '/v3': 200, '/v3/': 200}


class Versions:
    """Serve ``/``, ``/v3`` and ``/v3/``, and pass other requests on."""

    def __init__(self, application: Callable[..., Any], conf: cfg.ConfigOpts):
        self._application = application
        self._public_endpoint = conf.api.public_endpoint
        self._versions = (microversions.compat_versions(
            conf.api.compat_service_type, conf.api.compat_max_microversion)
            or microversions.USER_MESSAGES)

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        status = STATUS.get(environ.get('PATH_INFO', ''))
        if status is None:
            return self._application(environ, start_response)
        request = wsgi.Request(environ)
        return self._respond(request, status)(environ, start_response)

    def _respond(self, request: wsgi.Request, status: int) -> webob.Response:
        try:
            if request.method not in ('GET', 'HEAD'):
                raise exception.MethodNotAllowed(
                    request.method, ('GET', 'HEAD'))
            base_url = request.base_url(self._public_endpoint)
        except exception.UserMessagesError as error:
            return wsgi.error_response(error)
        return wsgi.json_response(
            document(self._versions, base_url), status)


def document(versions: microversions.ServiceVersions,
             base_url: str) -> dict[str, Any]:
    """Return the version document of a service type."""
    return {'versions': [{
        'id': 'v3.0',
        'status': 'CURRENT',
        'version': microversions.as_text(versions.maximum),
        'min_version': microversions.as_text(versions.minimum),
        'updated': _UPDATED,
        'links': [
            {'rel': 'describedby', 'type': 'text/html',
             'href': _DOCUMENTATION},
            {'rel': 'self', 'href': f'{base_url}/v3/'}],
        'media-types': [{
            'base': 'application/json',
            'type': f'application/vnd.openstack.{versions.service_type}'
                    f'+json;version=3'}],
    }]}


def filter_factory(global_conf: dict[str, Any], **_local_conf: str,
                   ) -> Callable[..., Versions]:
    """Create the filter for the paste file."""
    conf = global_conf['oslo_config_config']
    return lambda application: Versions(application, conf)
