# SPDX-License-Identifier: Apache-2.0

"""Filters of oslo.middleware with the configuration of the service.

The factories of oslo.middleware read ``cfg.CONF``, but this process does not
use ``cfg.CONF``.
"""

from collections.abc import Callable
from collections.abc import Iterable
import re
from typing import Any

from oslo_config import cfg
from oslo_context import context
from oslo_middleware import cors
from oslo_middleware import http_proxy_to_wsgi
from oslo_middleware import request_id
from oslo_middleware import sizelimit

from usermessages.api import microversions

_X_FORWARDED_PROTO = 'HTTP_X_FORWARDED_PROTO'
_X_FORWARDED = (_X_FORWARDED_PROTO, 'HTTP_X_FORWARDED_HOST',
                'HTTP_X_FORWARDED_FOR', 'HTTP_X_FORWARDED_PREFIX')
_FORWARDED_PAIR = re.compile(
    r'[ \t;,]*([^=;,"\s]+)=("(?:[^"\\]|\\.)*"|[^;,"]*)[ \t]*([;,]|\Z)')

Factory = Callable[..., Callable[..., Any]]

_HEADERS = ['X-Auth-Token', 'X-OpenStack-Request-ID', microversions.HEADER]


def _factory_of(middleware: Callable[..., Any]) -> Factory:
    def factory(global_conf: dict[str, Any],
                **_local_conf: str) -> Callable[..., Any]:
        conf = global_conf['oslo_config_config']
        return lambda application: middleware(application, conf)
    return factory


def _request_id(application: Callable[..., Any],
                conf: cfg.ConfigOpts) -> Callable[..., Any]:
    def filtered(environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Log lines have the request ID before the user is known.
        context.RequestContext(
            request_id=environ[request_id.ENV_REQUEST_ID],
            global_request_id=environ.get(request_id.GLOBAL_REQ_ID))
        return application(environ, start_response)

    return request_id.RequestId(filtered, conf)


def set_cors_defaults() -> None:
    """Allow browsers to send and read the headers of this API."""
    cors.set_defaults(allow_headers=_HEADERS, expose_headers=_HEADERS,
                      allow_methods=['GET', 'DELETE'])


def _cors(application: Callable[..., Any],
          conf: cfg.ConfigOpts) -> Callable[..., Any]:
    handle = cors.CORS(application, conf)

    def filtered(environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        # The filter also returns 200 for OPTIONS requests that are not
        # preflight requests; other requests concern browsers only.
        header = ('HTTP_ACCESS_CONTROL_REQUEST_METHOD'
                  if environ['REQUEST_METHOD'] == 'OPTIONS' else 'HTTP_ORIGIN')
        if header not in environ:
            return application(environ, start_response)
        return handle(environ, start_response)

    return filtered


def _http_proxy_to_wsgi(application: Callable[..., Any],
                        conf: cfg.ConfigOpts) -> Callable[..., Any]:
    handle = http_proxy_to_wsgi.HTTPProxyToWSGI(application, conf)
    if not conf.oslo_middleware.enable_proxy_headers_parsing:
        return _without_proxy(application)

    def filtered(environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        _simplify_proxy_headers(environ)
        return handle(environ, start_response)

    return filtered


def _without_proxy(application: Callable[..., Any]) -> Callable[..., Any]:
    def filtered(environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        # uWSGI sets the scheme to this header, also without a proxy.
        if (_X_FORWARDED_PROTO in environ and 'uwsgi.version' in environ):
            is_https = environ.get('HTTPS', '').lower() in ('on', '1')
            environ['wsgi.url_scheme'] = environ.get(
                'UWSGI_SCHEME', 'https' if is_https else 'http')
        return application(environ, start_response)

    return filtered


def _simplify_proxy_headers(environ: dict[str, Any]) -> None:
    """Reduce the headers of proxies to the first values.

    The first of several values is from the proxy that received the request of
    the client.
    """
    for name in _X_FORWARDED:
        if name in environ:
            environ[name] = next(filter(None, (
                part.strip(' \t') for part in environ[name].split(','))), '')
    if _X_FORWARDED_PROTO in environ:
        environ[_X_FORWARDED_PROTO] = environ[_X_FORWARDED_PROTO].lower()
    if environ.get('HTTP_FORWARDED'):
        environ['HTTP_FORWARDED'] = _first_forwarded(
            environ['HTTP_FORWARDED'])


def _first_forwarded(header: str) -> str:
    """Return the first element of a ``Forwarded`` header, without quotes.

    Source: RFC 7239, section 4.
    """
    pairs = []
    position = 0
    while match := _FORWARDED_PAIR.match(header, position):
        position = match.end()
        name, value = match[1].lower(), match[2].strip(' \t')
        if value[:1] == '"':
            # Host names, addresses and schemes contain no separators.
            value = re.sub(r'\\(.)', r'\1', value[1:-1])
            value = re.sub('[,;]', ' ', value)
        pairs.append(f'{name}={value.lower() if name == "proto" else value}')
        if match[3] != ';':
            break
    return ';'.join(pairs)


def _sizelimit(application: Callable[..., Any],
               conf: cfg.ConfigOpts) -> Callable[..., Any]:
    handle = sizelimit.RequestBodySizeLimiter(application, conf)

    def filtered(environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        # The filter reads the body of each request.
        has_body = (environ.get('CONTENT_LENGTH') not in (None, '', '0')
                    or 'HTTP_TRANSFER_ENCODING' in environ)
        return (handle if has_body else application)(environ, start_response)

    return filtered


cors_factory = _factory_of(_cors)
http_proxy_to_wsgi_factory = _factory_of(_http_proxy_to_wsgi)
request_id_factory = _factory_of(_request_id)
sizelimit_factory = _factory_of(_sizelimit)
