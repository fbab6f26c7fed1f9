# SPDX-License-Identifier: Apache-2.0

"""Filters of oslo.middleware with the configuration of the service.

Loaded by a paste file of their own, they would read ``cfg.CONF``, which
nobody has called in this process.
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
    def answer(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Nobody knows yet who asks, and the log knows which request it is.
        context.RequestContext(
            request_id=environ[request_id.ENV_REQUEST_ID],
            global_request_id=environ.get(request_id.GLOBAL_REQ_ID))
        return application(environ, start_response)

    return request_id.RequestId(answer, conf)


def set_cors_defaults() -> None:
    """Let browsers send and read the headers of this API."""
    cors.set_defaults(allow_headers=_HEADERS, expose_headers=_HEADERS,
                      allow_methods=['GET', 'DELETE'])


def _cors(application: Callable[..., Any],
          conf: cfg.ConfigOpts) -> Callable[..., Any]:
    handle = cors.CORS(application, conf)

    def answer(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
        # To an OPTIONS that is no question of a browser it answers 200 too,
        # whatever the application says of that method.  Of other methods it
        # has something to say to browsers only.
        sign = ('HTTP_ACCESS_CONTROL_REQUEST_METHOD'
                if environ['REQUEST_METHOD'] == 'OPTIONS' else 'HTTP_ORIGIN')
        if sign not in environ:
            return application(environ, start_response)
        return handle(environ, start_response)

    return answer


def _http_proxy_to_wsgi(application: Callable[..., Any],
                        conf: cfg.ConfigOpts) -> Callable[..., Any]:
    handle = http_proxy_to_wsgi.HTTPProxyToWSGI(application, conf)
    if not conf.oslo_middleware.enable_proxy_headers_parsing:
        return _without_proxy(application)

    def answer(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
        _simplify_proxy_headers(environ)
        return handle(environ, start_response)

    return answer


def _without_proxy(application: Callable[..., Any]) -> Callable[..., Any]:
    def answer(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
        # uWSGI takes this header for the scheme, whoever sent it.
        if (_X_FORWARDED_PROTO in environ and 'uwsgi.version' in environ):
            is_https = environ.get('HTTPS', '').lower() in ('on', '1')
            environ['wsgi.url_scheme'] = environ.get(
                'UWSGI_SCHEME', 'https' if is_https else 'http')
        return application(environ, start_response)

    return answer


def _simplify_proxy_headers(environ: dict[str, Any]) -> None:
    """Reduce the headers of proxies to what oslo.middleware reads of them.

    Of several proxies, the first one is that which the client talked to.
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
    found = []
    position = 0
    while match := _FORWARDED_PAIR.match(header, position):
        position = match.end()
        name, value = match[1].lower(), match[2].strip(' \t')
        if value[:1] == '"':
            # What separates pairs is in no host, address or scheme.
            value = re.sub(r'\\(.)', r'\1', value[1:-1])
            value = re.sub('[,;]', ' ', value)
        found.append(f'{name}={value.lower() if name == "proto" else value}')
        if match[3] != ';':
            break
    return ';'.join(found)


def _sizelimit(application: Callable[..., Any],
               conf: cfg.ConfigOpts) -> Callable[..., Any]:
    handle = sizelimit.RequestBodySizeLimiter(application, conf)

    def answer(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
        # What has no body has none that is too large.
        has_body = (environ.get('CONTENT_LENGTH') not in (None, '', '0')
                    or 'HTTP_TRANSFER_ENCODING' in environ)
        return (handle if has_body else application)(environ, start_response)

    return answer


cors_factory = _factory_of(_cors)
http_proxy_to_wsgi_factory = _factory_of(_http_proxy_to_wsgi)
request_id_factory = _factory_of(_request_id)
sizelimit_factory = _factory_of(_sizelimit)
