# SPDX-License-Identifier: Apache-2.0

"""Request log: one line for each request.

``"GET /v3/c0ffee/messages" status: 200 len: 4121 time: 0.003``, with the
request ID of the response and the user and project of the token.  The line
omits the query, since filters contain values.  The middleware is the first in
the pipeline, so the line describes the final response.  The level of health
checks is DEBUG.

Source: ``placement/requestlog.py``.
"""

from collections.abc import Callable, Iterable
import logging
import time
from typing import Any
from urllib import parse

from usermessages.api.middleware import healthcheck
from usermessages.api import wsgi
from usermessages import context

LOG = logging.getLogger(__name__)

# Longer paths have no route.
_MAXIMUM_LETTERS = 512


class RequestLog:
    """Log the responses of the rest of the pipeline."""

    def __init__(self, application: Callable[..., Any]):
        self._application = application

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        level = (logging.DEBUG
                 if environ.get('PATH_INFO') == healthcheck.PATH
                 else logging.INFO)
        if not LOG.isEnabledFor(level):
            return self._application(environ, start_response)
        started = time.monotonic()
        path = environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')

        def log_and_start(status: str, headers: list[tuple[str, str]],
                          *exc_info: Any) -> Any:
            response_headers = {name.lower(): value for name, value in headers}
            LOG.log(
                level, '"%s %s" status: %s len: %s time: %.3f',
                _quote(environ.get('REQUEST_METHOD', '')), _quote(path),
                status.partition(' ')[0],
                response_headers.get('content-length', '-'),
                time.monotonic() - started,
                extra={'context': _context(environ, response_headers)})
            return start_response(status, headers, *exc_info)

        return self._application(environ, log_and_start)


def _quote(text: str) -> str:
    """Return a text of a client as part of a log line."""
    return parse.quote(text[:_MAXIMUM_LETTERS], encoding='latin-1',
                       errors='replace')


def _context(environ: dict[str, Any], response_headers: dict[str, str]) -> Any:
    """Return the context with the request ID of the response."""
    request_context = environ.get(wsgi.CONTEXT)
    # A request without a context failed early; the context of the thread can
    # belong to another request.
    if request_context is not None:
        return request_context
    return context.RequestContext(
        request_id=response_headers.get('x-openstack-request-id'),
        global_request_id=environ.get('openstack.global_request_id'),
        overwrite=False)


def filter_factory(_global_conf: dict[str, Any], **_local_conf: str,
                   ) -> Callable[..., RequestLog]:
    """Create the filter for the paste file."""
    return RequestLog
