# SPDX-License-Identifier: Apache-2.0

"""WSGI resource: request, controller, response.

``Messages(controller)`` is the application of all routes.  The application
determines the context and the microversion of a request, calls the method of
the controller, and returns the result or the error as a response.  For an
unknown method, the status is 405.
"""

from collections.abc import Callable, Iterable
from typing import Any

from oslo_context import context
import webob

from usermessages.api import microversions
from usermessages.api.middleware import auth
from usermessages.api.v3 import messages
from usermessages.api.v3 import routes
from usermessages.api import wsgi
from usermessages import exception

Microversion = Callable[[dict[str, Any]], microversions.Microversion]


class Messages:
    """The application of all routes.

    :param controller: the controller
    :param microversion: a function that returns the microversion for the
        environment of a request; by default, the version of ``user-messages``
        in the header
    :param context_key: key of the context in the WSGI environment.  Without a
        context, the pipeline must contain keystonemiddleware
    :param error_response: a function that returns the response for an error,
        or raises an exception of the consuming service
    """

    def __init__(self, controller: messages.MessagesController, *,
                 microversion: Microversion | None = None,
                 context_key: str = wsgi.CONTEXT,
                 error_response: Callable[
                     [Exception], webob.Response] = wsgi.error_response):
        self._controller = controller
        self._microversion = microversion or microversion_from_header(None)
        self._context_key = context_key
        self._error_response = error_response

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get(self._context_key) is not None:
            return self._respond(environ, start_response)
        previous = context.get_current()
        try:
            return self._respond(environ, start_response)
        finally:
            # The next log lines of this thread belong to other requests.
            (previous or context.RequestContext(request_id='-')
             ).update_store()

    def _respond(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = wsgi.Request(environ)
        microversion, failure = None, None
        try:
            request.context = self._context(environ)
            action, arguments = _action(request)
            microversion = self._microversion(environ)
            request.microversion = microversion
            body = getattr(self._controller, action)(request, **arguments)
        except exception.UserMessagesError as error:
            failure = error
        if failure is not None:
            response = self._error_response(failure)
            if response.status_int >= 500:
                wsgi.log_failure(failure)
        elif body is None:
            response = webob.Response(status=204, content_type=None)
        else:
            response = wsgi.json_response(body)
            response.content_language = request.language
        if microversion is not None:
            response.headers[microversions.HEADER] = str(microversion)
        wsgi.forbid_shared_caches(response)
        return response(environ, start_response)

    def _context(self, environ: dict[str, Any]) -> Any:
        request_context = environ.get(self._context_key)
        return (auth.context_of_token(environ, self._context_key)
                if request_context is None else request_context)


def microversion_from_header(
        compat: microversions.ServiceVersions | None) -> Microversion:
    return lambda environ: microversions.decide(
        wsgi.Request(environ).headers.get(microversions.HEADER), compat)


def _action(request: wsgi.Request) -> tuple[str, dict[str, Any]]:
    """Return the method of the controller, and its arguments from the URL.

    :raises ResourceNotFound: the URL ends with a newline
    :raises MethodNotAllowed: the URL does not support the method
    :raises Invalid: the URL is too long
    :raises MalformedURL: the URL has another project than the token
    """
    request.require_whole_url()
    # Expressions of Routes match before a final newline.
    if request.path_info.endswith('\n'):
        raise exception.ResourceNotFound()
    match = request.environ[wsgi.ROUTING_ARGS][1]
    arguments = {'project_id': match.get('project_id')}
    methods = routes.METHODS[match['action']]
    if 'message_id' in match:
        arguments['message_id'] = match['message_id']
    method = 'GET' if request.method == 'HEAD' else request.method
    if method not in methods:
        raise exception.MethodNotAllowed(
            request.method, tuple(sorted([*methods, 'HEAD'])))
    token_project_id = request.context.project_id
    # The policy rejects a token without a project.
    if token_project_id and arguments['project_id'] not in (
            None, token_project_id):
        raise exception.MalformedURL()
    return methods[method], arguments
