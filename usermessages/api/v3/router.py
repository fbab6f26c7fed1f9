# SPDX-License-Identifier: Apache-2.0

"""Every URL of the service below ``/v3/``.

``GET /v3/{project_id}/messages`` is ``MessagesController.index``.  The table
``ROUTES`` holds all of them; what no route leads to is 404, and what only
another method leads to is 405.  A host has the same below a path of its own:
``add_routes`` puts it into its mapper, ``filter_factory`` in front of it.
"""

from collections.abc import Callable, Iterable
import contextlib
import dataclasses
import re
from typing import Any

from oslo_config import cfg
import routes
import webob

from usermessages._i18n import _
from usermessages.api import microversions
from usermessages.api.v3 import messages
from usermessages.api import wsgi
from usermessages import config
from usermessages import context
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import catalog as message_catalog
from usermessages import opts
from usermessages import policy

PATH_PREFIX = '/v3'
PROJECT_ID_REGEX = '[0-9a-f-]+'

_COLLECTION = {'GET': 'index'}
_MEMBER = {'GET': 'show', 'DELETE': 'delete'}

# The short forms come first: where an operator's project_id_regex lets
# "messages" be a project, /v3/messages/messages is still a message.
_ROUTES = (
    ('/messages', _COLLECTION),
    ('/messages/{message_id}', _MEMBER),
    ('/{project_id}/messages', _COLLECTION),
    ('/{project_id}/messages/{message_id}', _MEMBER),
)
ROUTES = tuple((PATH_PREFIX + path, methods) for path, methods in _ROUTES)

_PATH_PREFIX = re.compile(r'(/[^/{}\s]+)*')

WSGIApplication = Callable[..., Iterable[bytes]]
Microversion = Callable[[dict[str, Any]], microversions.Microversion]


class Messages:
    """The application that the routes lead to.

    :param controller: does what is asked for
    :param microversion: returns the microversion of a request, from its
        environment; by default what its header asks of the axis of this
        service.  Here the table of a host comes in
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
        self._microversion = microversion or _of_header(None)
        self._context_key = context_key
        self._error_response = error_response

    def __call__(self, environ: dict[str, Any],
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
        if found is not None:
            return found
        # No client can set this, as they can the headers.
        if 'keystone.token_auth' not in environ:
            raise exception.ConfigurationError(
                _('Nothing in front of the messages has found out who asks: '
                  'the environment has no %r, and keystonemiddleware is not '
                  'there.') % self._context_key)
        return context.RequestContext.from_environ(environ)


class Router:
    """Lead each request to where its URL belongs.

    :param otherwise: gets what no route leads to
    """

    def __init__(self, mapper: routes.Mapper, otherwise: WSGIApplication):
        self._mapper = mapper
        self._otherwise = otherwise

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = None
        # The URL of a message can be decoded, and does not end with a newline,
        # which the expressions of Routes take for the end.
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

    :param path_prefix: what stands in front of ``/messages`` and
        ``/{project_id}/messages``, as the mapper sees it

    The ``controller`` of each is the application, and ``wsgiorg.routing_args``
    is where it looks for the rest; this is what RoutesMiddleware does.

    :raises ConfigurationError: that is no regular expression
    """
    try:
        re.compile(project_id_regex)
    except re.error as error:
        raise exception.ConfigurationError(
            _('project_id_regex is no regular expression: %s')
            % error) from error
    for path, _methods in _ROUTES:
        mapper.connect(
            None, path_prefix + path, controller=application,
            path_prefix=path_prefix,
            requirements=({'project_id': project_id_regex}
                          if '{project_id}' in path else {}))


def mapper(application: WSGIApplication, path_prefix: str,
           project_id_regex: str) -> routes.Mapper:
    """Return what leads to the application and nowhere else.

    :raises ConfigurationError: that is no regular expression
    """
    found = routes.Mapper(explicit=True, controller_scan=None)
    add_routes(found, application, path_prefix, project_id_regex)
    found.create_regs([])
    return found


def app_factory(global_conf: dict[str, Any],
                **local_conf: str) -> WSGIApplication:
    """Make the application, for a paste file.

    In that of a host it takes what :func:`filter_factory` takes.
    """
    if 'usermessages_api' not in global_conf:
        return filter_factory(global_conf, **local_conf)(_not_found)
    conf = global_conf['oslo_config_config']
    options = conf.api
    axis = microversions.host_axis(
        options.host_axis, options.host_axis_maximum)
    return Router(mapper(
        Messages(
            messages.MessagesController(
                global_conf['usermessages_api'], policy.of_operator(conf),
                messages.Settings(
                    options.public_endpoint, options.max_limit,
                    tuple(options.resource_filters),
                    tuple(options.like_filters), options.help_url)),
            microversion=_of_header(axis)),
        PATH_PREFIX, options.project_id_regex), _not_found)


def filter_factory(global_conf: dict[str, Any], path_prefix: str = '',
                   context_key: str = wsgi.CONTEXT,
                   catalog: str | message_catalog.Catalog | None = None,
                   group: str = opts.GROUP,
                   project_id_regex: str = PROJECT_ID_REGEX,
                   **settings: str) -> Callable[[WSGIApplication], Router]:
    """Make a filter for the paste file of a host.

    It answers what is asked of messages and hands everything else on.  In the
    file it stands behind the filter that checks tokens::

        [filter:user_messages]
        paste.filter_factory = usermessages.api.v3.router:filter_factory
        path_prefix = /v1
        catalog = bakery.messages:CATALOG

    :param path_prefix: what URLs start with, as the filter sees them
    :param context_key: where the environment has a context, if it has one
    :param catalog: of the host, itself or as ``module:NAME``
    :param group: of the configuration, where the options of the library are
    :param settings: those of :class:`.messages.Settings`; filters are
        separated by commas
    :raises ConfigurationError: a setting is unknown or wrong
    """
    conf = global_conf.get('oslo_config_config') or config.of_process(group)
    if not _PATH_PREFIX.fullmatch(path_prefix):
        raise exception.ConfigurationError(
            _('path_prefix is %r; it starts with a slash and does not end '
              'with one.') % path_prefix)
    if isinstance(catalog, str):
        catalog = message_catalog.load(catalog)
    application = Messages(
        messages.MessagesController(
            message_api.API(conf, catalog=catalog, group=group),
            policy.of_operator(conf), _settings(settings)),
        context_key=context_key)
    found = mapper(application, path_prefix, project_id_regex)
    return lambda otherwise: Router(found, otherwise)


def _action(request: wsgi.Request) -> tuple[str, dict[str, Any]]:
    """Return the method of the controller, and what the URL says.

    :raises ResourceNotFound: the mapper was led astray
    :raises MethodNotAllowed: only another method leads there
    :raises MalformedURL: the URL has another project than the token
    """
    # The expressions of Routes take a newline for the end.
    if request.path_info.endswith('\n'):
        raise exception.ResourceNotFound()
    match = request.environ[wsgi.ROUTING_ARGS][1]
    arguments = {'project_id': match.get('project_id')}
    methods = _COLLECTION
    if 'message_id' in match:
        methods = _MEMBER
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


def _of_header(host: microversions.Axis | None) -> Microversion:
    return lambda environ: microversions.decide(
        wsgi.Request(environ).headers.get(microversions.HEADER), host)


def _not_found(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer what no route leads to."""
    request = wsgi.Request(environ)
    error: exception.UserMessagesError = exception.ResourceNotFound()
    try:
        request.path_info  # noqa: B018
    except UnicodeDecodeError:
        error = exception.Invalid(_('The path is not encoded in UTF-8.'))
    return wsgi.error_response(error)(environ, start_response)


def _settings(given: dict[str, str]) -> messages.Settings:
    """Return what a paste file says.

    :raises ConfigurationError: a setting is unknown or wrong
    """
    values: dict[str, Any] = dict(given)
    known = [field.name for field in dataclasses.fields(messages.Settings)]
    for name in values:
        if name not in known:
            raise exception.ConfigurationError(
                _('The filter of messages has no setting %(name)s; there are '
                  '%(known)s.') % {'name': name, 'known': ', '.join(known)})
    try:
        if 'max_limit' in values:
            values['max_limit'] = cfg.types.Integer(
                1, type_name='max_limit')(values['max_limit'])
        for name in ('resource_filters', 'like_filters'):
            if name in values:
                values[name] = tuple(cfg.types.List()(values[name]))
        for name in ('public_endpoint', 'help_url'):
            if name in values:
                cfg.types.URI(schemes=['http', 'https'])(values[name])
        return messages.Settings(**values)
    except ValueError as error:
        raise exception.ConfigurationError(
            _('The filter of messages can not be set up so: %s')
            % error) from error
