# SPDX-License-Identifier: Apache-2.0

"""URLs of the messages API below ``/v3/``.

``GET /v3/{project_id}/messages`` is ``MessagesController.index``.  ``ROUTES``
is the table of all URLs and methods.  :func:`add_routes` adds the routes to
the mapper of a consuming service.
"""

from collections.abc import Callable, Iterable
import contextlib
import re
from typing import Any

import routes

from usermessages._i18n import _
from usermessages.api import wsgi
from usermessages import exception

PATH_PREFIX = '/v3'
PROJECT_ID_REGEX = '[0-9a-f-]+'

COLLECTION = {'GET': 'index'}
MEMBER = {'GET': 'show', 'DELETE': 'delete'}
GROUPS = {'GET': 'index_groups'}

# The short forms come first: /v3/messages/messages is a message, even if
# project_id_regex matches "messages".
_ROUTES = (
    ('/messages', COLLECTION),
    ('/messages/{message_id}', MEMBER),
    ('/{project_id}/messages', COLLECTION),
    ('/{project_id}/messages/{message_id}', MEMBER),
    ('/message_groups', GROUPS),
    ('/{project_id}/message_groups', GROUPS),
)
# The methods by the action in the match of the mapper.
METHODS = {methods['GET']: methods for _path, methods in _ROUTES}
ROUTES = tuple((PATH_PREFIX + path, methods) for path, methods in _ROUTES)

WSGIApplication = Callable[..., Iterable[bytes]]


class Router:
    """Dispatch requests by their URLs.

    :param otherwise: the application for other URLs
    """

    def __init__(self, mapper: routes.Mapper, otherwise: WSGIApplication):
        self._mapper = mapper
        self._otherwise = otherwise

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = None
        # Expressions of Routes match before a final newline.
        with contextlib.suppress(UnicodeDecodeError):
            path = wsgi.Request(environ).path_info
            if not path.endswith('\n'):
                match = self._mapper.match(path)
        if match is None:
            return self._otherwise(environ, start_response)
        environ[wsgi.ROUTING_ARGS] = (), match
        return match['controller'](environ, start_response)


def add_routes(mapper: routes.Mapper, application: WSGIApplication,
               path_prefix: str = '',
               project_id_regex: str = PROJECT_ID_REGEX) -> None:
    """Add the URLs of messages to a mapper.

    :param path_prefix: the path in front of ``/messages`` and
        ``/{project_id}/messages``
    :raises ConfigurationError: the regular expression is invalid

    The ``controller`` of each route is the application, which reads the match
    from ``wsgiorg.routing_args``, as RoutesMiddleware provides it.
    """
    try:
        re.compile(project_id_regex)
    except re.error as error:
        raise exception.ConfigurationError(
            _('project_id_regex is not a regular expression: %s')
            % error) from error
    for path, methods in _ROUTES:
        mapper.connect(
            None, path_prefix + path, controller=application,
            path_prefix=path_prefix, action=methods['GET'],
            requirements=({'project_id': project_id_regex}
                          if '{project_id}' in path else {}))


def mapper(application: WSGIApplication, path_prefix: str,
           project_id_regex: str) -> routes.Mapper:
    """Return a mapper with the routes of one application.

    :raises ConfigurationError: the regular expression is invalid
    """
    routes_mapper = routes.Mapper(explicit=True, controller_scan=None)
    add_routes(routes_mapper, application, path_prefix, project_id_regex)
    routes_mapper.create_regs([])
    return routes_mapper
