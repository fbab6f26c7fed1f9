# SPDX-License-Identifier: Apache-2.0

"""Give every answer the shape that clients rely on.

Outermost of all: an error that nobody caught becomes 500, an answer of other
middleware such as ``413 Request Entity Too Large`` in plain text becomes
``{"overLimit": ...}``, and each answer has its request ID and says that it is
not to be cached.
"""

from collections.abc import Callable, Iterable
from typing import Any

from oslo_context import context
import webob

from usermessages._i18n import _
from usermessages.api import wsgi

_REQUEST_ID = 'x-openstack-request-id'


class Fault:
    """Catch what the rest of the pipeline left."""

    def __init__(self, application: Callable[..., Any]):
        self._application = application

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        failure = None
        try:
            response = wsgi.Request(environ).get_response(self._application)
        except Exception as error:
            failure = error
        if failure is not None:
            wsgi.log_failure(failure)
            response = wsgi.error_response(failure)
        response = _in_shape(response)
        if _REQUEST_ID not in response.headers:
            response.headers[_REQUEST_ID] = environ.get(
                'openstack.request_id') or context.generate_request_id()
        wsgi.keep_private(response)
        return response(environ, start_response)


def _in_shape(response: webob.Response) -> webob.Response:
    """Return an error as JSON, but for 401, whose body is Keystone's."""
    if (response.status_int < 400 or response.status_int == 401
            or response.content_type == 'application/json'):
        return response
    words = {
        400: _('The request is malformed.'),
        413: _('The body of the request is too large.'),
        503: _('The service is temporarily unavailable; try again later.'),
    }
    shaped = wsgi.fault_response(
        response.status_int,
        words.get(response.status_int, response.status.partition(' ')[2]))
    for name, value in response.headers.items():
        if name.lower() not in ('content-type', 'content-length'):
            shaped.headers.setdefault(name, value)
    return shaped


def filter_factory(_global_conf: dict[str, Any], **_local_conf: str,
                   ) -> Callable[..., Fault]:
    """Make the filter, for the paste file."""
    return Fault
