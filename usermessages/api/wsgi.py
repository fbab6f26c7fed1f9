# SPDX-License-Identifier: Apache-2.0

"""Requests, JSON responses and errors.

``error_response(exception.MessageNotFound(id))`` is 404 with the body
``{"itemNotFound": {"code": 404, "message": "Message ... could not be
found."}}``.  ``STATUS`` maps exceptions to status codes.
"""

from collections.abc import Mapping
import json
import logging
import re
from typing import Any

import webob
from webob import acceptparse
import webob.exc

from usermessages._i18n import _
from usermessages.api import microversions
from usermessages import exception
from usermessages.message import translations

LOG = logging.getLogger(__name__)

# The nearest base class of an error applies.
STATUS: dict[type[Exception], int] = {
    exception.Invalid: 400,
    exception.Unauthorized: 401,
    exception.Forbidden: 403,
    exception.NotFound: 404,
    exception.MethodNotAllowed: 405,
    exception.VersionNotSupported: 406,
    exception.DatabaseUnavailable: 503,
    exception.ProjectRequired: 403,
    # Errors of a consuming service or of a configuration.
    exception.UserMessagesError: 500,
    exception.DatabaseError: 500,
    exception.SpoolError: 500,
    exception.ConfigurationError: 500,
    exception.WrongClock: 500,
    exception.CatalogError: 500,
    exception.LockError: 500,
    exception.InvalidMessage: 500,
}

# The key of the error in the body of a response.
KEYS = {400: 'badRequest', 403: 'forbidden',
        404: 'itemNotFound', 405: 'badMethod', 413: 'overLimit',
        503: 'serviceUnavailable'}
OTHER_KEY = 'computeFault'

# Keys of the WSGI environment.
CONTEXT = 'usermessages.context'
LANGUAGE = 'usermessages.language'
MICROVERSION = 'usermessages.microversion'
ROUTING_ARGS = 'wsgiorg.routing_args'

RETRY_AFTER_SECONDS = 5
ACCEPT_LANGUAGE = 'Accept-Language'
# Browsers send fifty characters; parsing the longest possible header takes a
# tenth of a second.
_LONGEST_ACCEPT_LANGUAGE = 1000
# Half of the buffer of uWSGI, which contains the URL twice.
_MAXIMUM_URL_BYTES = 16384
# The maximum length of a host in DNS; each message contains the host twice.
_HOST = re.compile(
    r'([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?')


class Request(webob.Request):
    """A request of a client, after the middleware.

    A consuming service with middleware of its own sets ``context`` and
    ``microversion``.
    """

    @property
    def context(self) -> Any:
        """The context of this request."""
        return self.environ[CONTEXT]

    @context.setter
    def context(self, context: Any) -> None:
        self.environ[CONTEXT] = context

    @property
    def path_prefix(self) -> str:
        """The part of the URL before the project or ``messages``."""
        return self._match.get('path_prefix', '')

    @property
    def microversion(self) -> microversions.Microversion:
        """The microversion of the request."""
        return self.environ[MICROVERSION]

    @microversion.setter
    def microversion(self, microversion: microversions.Microversion) -> None:
        self.environ[MICROVERSION] = microversion

    @property
    def language(self) -> str | None:
        """The language of the texts in the response.

        A tag of BCP 47 for ``Content-Language``; None before the response has
        texts.
        """
        return self.environ.get(LANGUAGE)

    def choose_language(self, offered: Mapping[str, str]) -> str:
        """Return the language of the response.

        The header ``Accept-Language`` selects the language by lookup (RFC
        4647, section 3.4), so ``de-CH`` selects ``de``.  The default, also
        for a malformed or very long header, is English.

        :param offered: the available languages by their tags of BCP 47
        """
        selected = translations.ENGLISH
        # RFC 9110, section 5.5.
        header = self.headers.get(ACCEPT_LANGUAGE, '').strip(' \t')
        if header and len(header) <= _LONGEST_ACCEPT_LANGUAGE:
            accepted = acceptparse.create_accept_language_header(header)
            # A reader of one Chinese script may not read the other script.
            scripts = {translations.chinese_script(tag)
                       for tag, _quality in accepted.parsed or ()} - {None}
            selected = accepted.lookup(
                [tag for tag in offered if tag != 'zh' or not scripts
                 or translations.chinese_script(offered[tag]) in scripts],
                default=translations.ENGLISH)
        self.environ[LANGUAGE] = offered[selected]
        return offered[selected]

    @property
    def url_project_id(self) -> str | None:
        """The project in the URL, or None."""
        return self._match.get('project_id')

    @property
    def _match(self) -> dict[str, Any]:
        """The match of the mapper for the URL."""
        return self.environ.get(ROUTING_ARGS, ((), {}))[1]

    def base_url(self, public_endpoint: str | None) -> str:
        """Return the base URL of all links, without a final slash.

        :raises Invalid: the Host header, or a header of a proxy, is malformed
        """
        if public_endpoint:
            return public_endpoint.rstrip('/')
        # WebOb would use the name of this machine.
        if 'HTTP_HOST' not in self.environ:
            raise exception.Invalid(_('The Host header is missing.'))
        if not _HOST.fullmatch(self.host):
            raise exception.Invalid(_('The Host header is malformed.'))
        try:
            prefix = self.script_name
        except UnicodeDecodeError as error:
            raise exception.Invalid(
                _('The prefix of the path is not encoded in UTF-8.'),
            ) from error
        # A proxy may pass on headers of its client; a prefix without a slash
        # would extend the host name.
        if self.scheme not in ('http', 'https') or prefix[:1] not in ('', '/'):
            raise exception.Invalid(
                _('The headers of the proxy are malformed.'))
        return str(self.application_url).rstrip('/')

    def require_whole_url(self) -> None:
        """Reject a URL if uWSGI may have dropped the query.

        If the buffer of uWSGI is too small for two copies of the URL, the
        request has no query, and the list would have no filters.

        :raises Invalid: the URL is longer than 16 KiB
        """
        if 'uwsgi.version' not in self.environ:
            return
        # For longer URLs, uWSGI also drops this variable.
        url = self.environ.get('REQUEST_URI')
        if url is None or len(url) > _MAXIMUM_URL_BYTES:
            raise exception.Invalid(_('The URL is longer than %d bytes.')
                                    % _MAXIMUM_URL_BYTES)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the query parameters, which have different names.

        :raises Invalid: a name is repeated or not in ASCII, or the query is
            not in UTF-8
        """
        try:
            pairs = list(self.GET.items())
        except UnicodeDecodeError as error:
            raise exception.Invalid(
                _('The query string is not encoded in UTF-8.')) from error
        seen: set[str] = set()
        for name, _value in pairs:
            if not name.isascii():
                raise exception.Invalid(
                    _('The name of a query parameter is not in ASCII.'))
            if name in seen:
                raise exception.Invalid(
                    _('The query parameter %s appears twice.') % name)
            seen.add(name)
        return pairs


def json_response(body: Any, status: int = 200) -> webob.Response:
    """Return a response with a JSON body."""
    return webob.Response(
        body=json.dumps(body).encode(), status=status,
        content_type='application/json', charset='UTF-8')


def error_response(error: Exception) -> webob.Response:
    """Return the response for an error.

    The status of an error of another package is 500, without its text.
    """
    status = next((STATUS[cls] for cls in type(error).__mro__
                   if cls in STATUS), 500)
    message = (_('The service failed to process the request; its log '
                 'contains the reason.') if status == 500 else str(error))
    response = fault_response(status, message)
    if isinstance(error, exception.MethodNotAllowed):
        response.headers['Allow'] = ', '.join(error.allowed)
    return response


def http_error(error: Exception) -> webob.exc.HTTPException:
    """Return the exception of WebOb for an error, for other middleware.

    The exception has the status, the text and the headers of
    :func:`error_response`.  The function logs server errors.  Call the
    function outside of the ``except`` block, like :func:`log_failure`.
    """
    response = error_response(error)
    if response.status_int >= 500:
        log_failure(error)
    (fault,) = response.json.values()
    http_exception = webob.exc.status_map[response.status_int](
        explanation=fault['message'])
    for name in ('Allow', 'Retry-After'):
        if name in response.headers:
            http_exception.headers[name] = response.headers[name]
    return http_exception


def fault_response(status: int, message: str) -> webob.Response:
    """Return an error response in the format of OpenStack."""
    body: dict[str, Any] = {KEYS.get(status, OTHER_KEY): {
        'code': status, 'message': message}}
    if status == 401:
        # The format of keystonemiddleware.
        body = {'error': {'code': status, 'title': 'Unauthorized',
                          'message': message}}
    response = json_response(body, status)
    if status == 503:
        response.headers['Retry-After'] = str(RETRY_AFTER_SECONDS)
    return response


def forbid_shared_caches(response: webob.Response) -> None:
    """Forbid shared caches, and name the headers that select a response."""
    response.headers['Cache-Control'] = 'private, no-store'
    vary = response.vary or ()
    names = [microversions.HEADER]
    if response.content_language:
        names.append(ACCEPT_LANGUAGE)
    response.vary = (*vary, *(name for name in names if name not in vary))


def log_failure(error: Exception) -> None:
    """Log the reason of a failed request, without the text of the error.

    The log has no traceback either, since a traceback contains the statement
    and can contain values from the database.  Call this function outside of
    the ``except`` block, since oslo.log can append the handled exception.
    """
    reason = getattr(error, 'reason', None)
    if isinstance(error, exception.ConfigurationError):
        # The text is from this package, and for operators.
        reason = str(error)
    elif isinstance(error, ImportError):
        reason = f'no module {error.name}'
    LOG.error('A request failed: %s%s', exception.trace(error),
              f' ({reason})' if reason else '')
