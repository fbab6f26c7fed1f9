# SPDX-License-Identifier: Apache-2.0

"""Fault middleware: the format of errors and the headers of all responses.

This filter surrounds all others except the request log: for an uncaught error,
the status is 500; an error of other middleware in plain text, such as ``413
Request Entity Too Large``, becomes ``{"overLimit": ...}``; each response has a
request ID and forbids caching.
"""

from collections.abc import Callable, Iterable
from typing import Any

from oslo_context import context
import webob

from usermessages._i18n import _
from usermessages.api import wsgi

_REQUEST_ID = 'x-openstack-request-id'


class Fault:
    """Convert the errors of the rest of the pipeline."""

    def __init__(self, application: Callable[..., Any]):
        self._application = application

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        # The log would contain the user of an earlier request in this thread.
        context.RequestContext(request_id='-')
        _strip_headers(environ)
        failure = None
        try:
            response = wsgi.Request(environ).get_response(self._application)
        except Exception as error:
            failure = error
        if failure is not None:
            wsgi.log_failure(failure)
            response = wsgi.error_response(failure)
        response = _as_fault(response, environ['REQUEST_METHOD'])
        if _REQUEST_ID not in response.headers:
            response.headers[_REQUEST_ID] = environ.get(
                'openstack.request_id') or context.generate_request_id()
        wsgi.forbid_shared_caches(response)
        return response(environ, start_response)


def _strip_headers(environ: dict[str, Any]) -> None:
    """Remove blanks and tabs around the values of headers.

    Some servers pass on the blanks and tabs, which are not part of a value
    (RFC 9110, section 5.5).
    """
    for name, value in environ.items():
        if (name.startswith('HTTP_') and value
                and (value[0] in ' \t' or value[-1] in ' \t')):
            environ[name] = value.strip(' \t')


def _as_fault(response: webob.Response, method: str) -> webob.Response:
    """Return an error as a fault, except for 401 from Keystone."""
    if (response.status_int < 400 or response.status_int == 401
            or _is_fault(response, method)):
        return response
    texts = {
        400: _('The request is malformed.'),
        413: _('The body of the request is too large.'),
        503: _('The service is temporarily unavailable; try again later.'),
    }
    fault = wsgi.fault_response(
        response.status_int,
        texts.get(response.status_int, response.status.partition(' ')[2]))
    for name, value in response.headers.items():
        if name.lower() not in ('content-type', 'content-length'):
            fault.headers.setdefault(name, value)
    return fault


def _is_fault(response: webob.Response, method: str) -> bool:
    """Tell whether an error has the format of this package.

    Other middleware can return JSON in another format.
    """
    if response.content_type != 'application/json':
        return False
    if method == 'HEAD':
        return True
    try:
        [(key, fault)] = response.json.items()
    except (ValueError, AttributeError):
        return False
    return bool(key == wsgi.KEYS.get(response.status_int, wsgi.OTHER_KEY)
                and isinstance(fault, dict)
                and fault.keys() == {'code', 'message'})


def filter_factory(_global_conf: dict[str, Any], **_local_conf: str,
                   ) -> Callable[..., Fault]:
    """Create the filter for the paste file."""
    return Fault
