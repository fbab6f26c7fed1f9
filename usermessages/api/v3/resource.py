# SPDX-License-Identifier: Apache-2.0

"""WSGI resource: request, controller, response.

``Messages(controller)`` is the application to which the routes lead.  It finds
the context and the microversion of a request, calls the method of the
controller, and turns the result or the error into a response.  A method
without a route is 405.
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
    """The application that the routes lead to.

    :param controller: does what is asked for
    :param microversion: returns the microversion of a request, from its
        environment; by default the version of ``user-messages`` in its
        header.  A consuming service passes its own table
    :param context_key: where the environment has the context of the request.
        Without it there, keystonemiddleware has to be in front
    :param error_response: makes the answer to an error.  A host with another
        shape, or with exceptions of its own to raise, passes it
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
            return self._answer(environ, start_response)
        previous = context.get_current()
        try:
            return self._answer(environ, start_response)
        finally:
            # What the service logs next in this thread is of somebody else.
            (previous or context.RequestContext(request_id='-')
             ).update_store()

    def _answer(self, environ: dict[str, Any],
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
        wsgi.keep_private(response)
        return response(environ, start_response)

    def _context(self, environ: dict[str, Any]) -> Any:
        found = environ.get(self._context_key)
        return (auth.context_of_token(environ, self._context_key)
                if found is None else found)


def microversion_from_header(
        compat: microversions.ServiceVersions | None) -> Microversion:
    return lambda environ: microversions.decide(
        wsgi.Request(environ).headers.get(microversions.HEADER), compat)


def _action(request: wsgi.Request) -> tuple[str, dict[str, Any]]:
    """Return the method of the controller, and what the URL says.

    :raises ResourceNotFound: the mapper was led astray
    :raises MethodNotAllowed: only another method leads there
    :raises Invalid: the URL is too long
    :raises MalformedURL: the URL has another project than the token
    """
    request.require_whole_url()
    # The expressions of Routes take a newline for the end.
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
    own = request.context.project_id
    # A token without a project is refused by the policy, with its reason.
    if own and arguments['project_id'] not in (None, own):
        raise exception.MalformedURL()
    return methods[method], arguments
