# SPDX-License-Identifier: Apache-2.0

"""The requests that are asked of each subject, byte for byte the same.

``environ('GET', '/messages?limit=50')`` is what a WSGI server would make of
``GET /v3/{project_id}/messages?limit=50`` of a client of Cinder.  A list names
the project.
"""

from collections.abc import Callable, Iterable
import io
import json
import sys
from typing import Any

from bench import rows

VERSION = 'volume 3.71'
PREFIX = f'/v3/{rows.PROJECT}'
LIST = f'/messages?limit={rows.PAGE}&project_id={rows.PROJECT}'


def environ(method: str, url: str) -> dict[str, Any]:
    """Return a request for a URL behind that of the project."""
    path, _question, query = url.partition('?')
    return {
        'REQUEST_METHOD': method, 'SCRIPT_NAME': '',
        'PATH_INFO': PREFIX + path, 'QUERY_STRING': query,
        'SERVER_NAME': '127.0.0.1', 'SERVER_PORT': '8776',
        'SERVER_PROTOCOL': 'HTTP/1.1', 'REMOTE_ADDR': '127.0.0.1',
        'HTTP_HOST': '127.0.0.1:8776', 'HTTP_ACCEPT': 'application/json',
        'HTTP_USER_AGENT': 'bench', 'HTTP_X_AUTH_TOKEN': 'gAAAAA',
        'HTTP_OPENSTACK_API_VERSION': VERSION,
        'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(), 'wsgi.errors': sys.stderr,
        'wsgi.multithread': True, 'wsgi.multiprocess': True,
        'wsgi.run_once': False}


def answer(application: Callable[..., Iterable[bytes]],
           request: dict[str, Any]) -> bytes:
    """Return the body of the response to a request.

    :raises RuntimeError: the status is an error
    """
    status = ''

    def start_response(line: str, _headers: Any, *_error: Any) -> None:
        nonlocal status
        status = line

    chunks = application(request, start_response)
    body = b''.join(chunks)
    if hasattr(chunks, 'close'):
        chunks.close()
    if not status.startswith('2'):
        raise RuntimeError(f'{status}: {body[:500]!r}')
    return body


def page(application: Callable[..., Iterable[bytes]],
         marker: str | None = None) -> list[dict[str, Any]]:
    """Return the messages of a page, and see that they are all there.

    :raises RuntimeError: they are not
    """
    url = LIST + (f'&marker={marker}' if marker else '')
    body = json.loads(answer(application, environ('GET', url)))
    if len(body['messages']) != rows.PAGE or 'messages_links' not in body:
        raise RuntimeError(f'{len(body["messages"])} messages, '
                           f'{"messages_links" in body}')
    return list(body['messages'])
