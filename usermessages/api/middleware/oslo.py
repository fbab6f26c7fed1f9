# SPDX-License-Identifier: Apache-2.0

"""Hand our configuration to the filters of oslo.middleware.

Loaded by a paste file of their own, they would read ``cfg.CONF``, which
nobody has called in this process.
"""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from oslo_config import cfg
from oslo_middleware import cors
from oslo_middleware import http_proxy_to_wsgi
from oslo_middleware import request_id
from oslo_middleware import sizelimit

from usermessages.api import microversions

Factory = Callable[..., Callable[..., Any]]

_HEADERS = ['X-Auth-Token', 'X-OpenStack-Request-ID', microversions.HEADER]


def _factory_of(middleware: Callable[..., Any]) -> Factory:
    def factory(global_conf: dict[str, Any],
                **_local_conf: str) -> Callable[..., Any]:
        conf = global_conf['oslo_config_config']
        return lambda application: middleware(application, conf)
    return factory


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
    # Where it is switched off, to pass through it takes time all the same.
    return (handle if conf.oslo_middleware.enable_proxy_headers_parsing
            else application)


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
request_id_factory = _factory_of(request_id.RequestId)
sizelimit_factory = _factory_of(_sizelimit)
