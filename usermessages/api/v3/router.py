# SPDX-License-Identifier: Apache-2.0

"""Every URL of the service below ``/v3/``.

``GET /v3/{project_id}/messages`` is ``MessagesController.index``.  The table
``ROUTES`` holds all of them; what no route leads to is 404, and what only
another method leads to is 405.
"""

from collections.abc import Callable, Iterable
import re
from typing import Any

from oslo_config import cfg
import routes

from usermessages._i18n import _
from usermessages.api import microversions
from usermessages.api.v3 import messages
from usermessages.api import wsgi
from usermessages import exception
from usermessages.message import api as message_api
from usermessages import policy

_COLLECTION = {'GET': 'index'}
_MEMBER = {'GET': 'show', 'DELETE': 'delete'}

# The short forms come first: where an operator's project_id_regex lets
# "messages" be a project, /v3/messages/messages is still a message.
ROUTES = (
    ('/v3/messages', _COLLECTION),
    ('/v3/messages/{message_id}', _MEMBER),
    ('/v3/{project_id}/messages', _COLLECTION),
    ('/v3/{project_id}/messages/{message_id}', _MEMBER),
)


class Router:
    """The application behind the middleware."""

    def __init__(self, conf: cfg.ConfigOpts, api: message_api.API):
        self._controller = messages.MessagesController(
            conf, api, policy.Policy(conf))
        self._host_axis = microversions.host_axis(
            conf.api.host_axis, conf.api.host_axis_maximum)
        self._mapper = mapper(conf.api.project_id_regex)

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = wsgi.Request(environ)
        microversion, failure = None, None
        try:
            action, arguments = self._match(request)
            microversion = microversions.decide(
                request.headers.get(microversions.HEADER), self._host_axis)
            environ['usermessages.microversion'] = microversion
            response = getattr(self._controller, action)(request, **arguments)
        except exception.UserMessagesError as error:
            failure = error
        if failure is not None:
            response = wsgi.error_response(failure)
            if response.status_int >= 500:
                wsgi.log_failure(failure)
        if microversion is not None:
            response.headers[microversions.HEADER] = str(microversion)
        return response(environ, start_response)

    def _match(self, request: wsgi.Request) -> tuple[str, dict[str, Any]]:
        """Return the method of the controller, and what the URL says.

        :raises ResourceNotFound: no route leads there
        :raises MethodNotAllowed: only another method leads there
        :raises MalformedURL: the URL has another project than the token
        :raises Invalid: the path is not encoded in UTF-8
        """
        try:
            path = request.path_info
        except UnicodeDecodeError as error:
            raise exception.Invalid(
                _('The path is not encoded in UTF-8.')) from error
        # The expressions of Routes take a newline for the end.
        match = None if path.endswith('\n') else self._mapper.match(path)
        if match is None:
            raise exception.ResourceNotFound()
        methods = dict(ROUTES)[match.pop('route')]
        method = 'GET' if request.method == 'HEAD' else request.method
        if method not in methods:
            allowed = [*methods, 'HEAD']
            raise exception.MethodNotAllowed(
                request.method, tuple(sorted(allowed)))
        project_id = match.setdefault('project_id', None)
        own = request.context.project_id
        # A token without a project is refused by the policy, with its reason.
        if own and project_id not in (None, own):
            raise exception.MalformedURL()
        return methods[method], match


def mapper(project_id_regex: str) -> routes.Mapper:
    """Return what finds the route of a path.

    :raises ConfigurationError: that is no regular expression
    """
    found = routes.Mapper(explicit=True, controller_scan=None)
    try:
        for path, _methods in ROUTES:
            found.connect(None, path, route=path, requirements={
                'project_id': project_id_regex})
        found.create_regs([])
    except re.error as error:
        raise exception.ConfigurationError(
            _('[api]project_id_regex is no regular expression: %s')
            % error) from error
    return found


def app_factory(global_conf: dict[str, Any],
                **_local_conf: str) -> Callable[..., Iterable[bytes]]:
    """Make the application, for the paste file."""
    return Router(global_conf['oslo_config_config'],
                  global_conf['usermessages_api'])
