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

# The nearest class of an error counts.
STATUS: dict[type[Exception], int] = {
    exception.Invalid: 400,
    exception.Unauthorized: 401,
    exception.Forbidden: 403,
    exception.NotFound: 404,
    exception.MethodNotAllowed: 405,
    exception.VersionNotSupported: 406,
    exception.DatabaseUnavailable: 503,
    exception.ProjectRequired: 403,
    # Mistakes in a host or in a configuration, which no user can mend.
    exception.UserMessagesError: 500,
    exception.DatabaseError: 500,
    exception.ConfigurationError: 500,
    exception.WrongClock: 500,
    exception.CatalogError: 500,
    exception.LockError: 500,
    exception.InvalidMessage: 500,
}

# What stands around an error in its body.
KEYS = {400: 'badRequest', 403: 'forbidden',
        404: 'itemNotFound', 405: 'badMethod', 413: 'overLimit',
        503: 'serviceUnavailable'}
OTHER_KEY = 'computeFault'

# Where the environment of a request has what was found out about it.
CONTEXT = 'usermessages.context'
LANGUAGE = 'usermessages.language'
MICROVERSION = 'usermessages.microversion'
ROUTING_ARGS = 'wsgiorg.routing_args'

RETRY_AFTER_SECONDS = 5
ACCEPT_LANGUAGE = 'Accept-Language'
# Browsers send fifty characters; to look at all that somebody may send takes
# a tenth of a second.
_LONGEST_ACCEPT_LANGUAGE = 1000
# No longer than names in DNS are: it stands twice in each message of a list.
# Half of what a buffer of uWSGI holds, which gets a URL twice.
_MAXIMUM_URL_BYTES = 16384
_HOST = re.compile(
    r'([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?')


class Request(webob.Request):
    """A request of a client, as the middleware has left it.

    A host sets ``context`` and ``microversion``, which it has elsewhere.
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
        """What the URL has in front of the project, or of ``messages``."""
        return self._match.get('path_prefix', '')

    @property
    def microversion(self) -> microversions.Microversion:
        """The microversion that decides this request."""
        return self.environ[MICROVERSION]

    @microversion.setter
    def microversion(self, microversion: microversions.Microversion) -> None:
        self.environ[MICROVERSION] = microversion

    @property
    def language(self) -> str | None:
        """The language of the texts in the answer, once that is made.

        A tag of BCP 47 for ``Content-Language``; None where it has no texts.
        """
        return self.environ.get(LANGUAGE)

    def choose_language(self, offered: Mapping[str, str]) -> str:
        """Return the language in which the client reads the answer.

        The header ``Accept-Language`` is followed as RFC 4647 has it, section
        3.4, so that ``de`` is there for ``de-CH``.  What no language is there
        for, what is malformed or what is too long to be meant reads English.

        :param offered: tags of BCP 47, and the language that each stands for
        """
        wanted = translations.ENGLISH
        # Blanks and tabs around a value are no part of it (RFC 9110, 5.5).
        header = self.headers.get(ACCEPT_LANGUAGE, '').strip(' \t')
        if header and len(header) <= _LONGEST_ACCEPT_LANGUAGE:
            accepted = acceptparse.create_accept_language_header(header)
            # Who reads one script of Chinese is not there for the other.
            scripts = {translations.chinese_script(tag)
                       for tag, _quality in accepted.parsed or ()} - {None}
            wanted = accepted.lookup(
                [tag for tag in offered if tag != 'zh' or not scripts
                 or translations.chinese_script(offered[tag]) in scripts],
                default=translations.ENGLISH)
        self.environ[LANGUAGE] = offered[wanted]
        return offered[wanted]

    @property
    def url_project_id(self) -> str | None:
        """The project in the URL, where it has one."""
        return self._match.get('project_id')

    @property
    def _match(self) -> dict[str, Any]:
        """What the mapper found in the URL."""
        return self.environ.get(ROUTING_ARGS, ((), {}))[1]

    def base_url(self, public_endpoint: str | None) -> str:
        """Return what all links start with, without a slash at its end.

        :raises Invalid: it has to come from a Host header that cannot be
            one, or from such headers of a proxy
        """
        if public_endpoint:
            return public_endpoint.rstrip('/')
        # WebOb would take the name of this machine.
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
        # A proxy may pass on what its client wrote; without a slash a prefix
        # would become a part of the host.
        if self.scheme not in ('http', 'https') or prefix[:1] not in ('', '/'):
            raise exception.Invalid(
                _('The headers of the proxy are malformed.'))
        return str(self.application_url).rstrip('/')

    def require_whole_url(self) -> None:
        """Refuse a URL of which uWSGI may have dropped a part.

        It leaves the query out where the URL does not fit into its buffer
        twice, and a list would come without its filters.

        :raises Invalid: it is longer than 16 KiB
        """
        if 'uwsgi.version' not in self.environ:
            return
        # Where even one copy does not fit, uWSGI drops that variable too.
        url = self.environ.get('REQUEST_URI')
        if url is None or len(url) > _MAXIMUM_URL_BYTES:
            raise exception.Invalid(_('The URL is longer than %d bytes.')
                                    % _MAXIMUM_URL_BYTES)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the query parameters, each of which comes only once.

        :raises Invalid: one comes twice or has no ASCII name, or the query is
            no UTF-8
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
                    _('The query parameter %s is there twice.') % name)
            seen.add(name)
        return pairs


def json_response(body: Any, status: int = 200) -> webob.Response:
    """Return an answer with that body."""
    return webob.Response(
        body=json.dumps(body).encode(), status=status,
        content_type='application/json', charset='UTF-8')


def error_response(error: Exception) -> webob.Response:
    """Return the answer that tells a client of an error.

    What is not an error of this package is 500, without its text.
    """
    status = next((STATUS[cls] for cls in type(error).__mro__
                   if cls in STATUS), 500)
    message = (_('The service failed to answer; its operator finds the '
                 'reason in the log.') if status == 500 else str(error))
    response = fault_response(status, message)
    if isinstance(error, exception.MethodNotAllowed):
        response.headers['Allow'] = ', '.join(error.allowed)
    return response


def http_error(error: Exception) -> webob.exc.HTTPException:
    """Return what tells the middleware of a host of an error.

    Status, text and headers are those of :func:`error_response`.  What only
    the operator can mend is told in the log, so it is to be called when the
    error is no longer being handled, as :func:`log_failure`.
    """
    response = error_response(error)
    if response.status_int >= 500:
        log_failure(error)
    (fault,) = response.json.values()
    made = webob.exc.status_map[response.status_int](
        explanation=fault['message'])
    for name in ('Allow', 'Retry-After'):
        if name in response.headers:
            made.headers[name] = response.headers[name]
    return made


def fault_response(status: int, message: str) -> webob.Response:
    """Return an error in the shape that clients of OpenStack know."""
    body: dict[str, Any] = {KEYS.get(status, OTHER_KEY): {
        'code': status, 'message': message}}
    if status == 401:
        # As keystonemiddleware has it.
        body = {'error': {'code': status, 'title': 'Unauthorized',
                          'message': message}}
    response = json_response(body, status)
    if status == 503:
        response.headers['Retry-After'] = str(RETRY_AFTER_SECONDS)
    return response


def keep_private(response: webob.Response) -> None:
    """Say in an answer that it is for one user and one version only.

    One with texts is for those who read its language, too.
    """
    response.headers['Cache-Control'] = 'private, no-store'
    vary = response.vary or ()
    names = [microversions.HEADER]
    if response.content_language:
        names.append(ACCEPT_LANGUAGE)
    response.vary = (*vary, *(name for name in names if name not in vary))


def log_failure(error: Exception) -> None:
    """Tell the operator why a request failed, without the text of the error.

    Nor with its traceback, which shows the statement and may show what the
    server of the database says of the values in it.  To be called when the
    error is no longer being handled, since oslo.log can show the text of the
    one that is.
    """
    reason = getattr(error, 'reason', None)
    if isinstance(error, exception.ConfigurationError):
        # A text of ours, for operators.
        reason = str(error)
    elif isinstance(error, ImportError):
        reason = f'no module {error.name}'
    LOG.error('A request failed: %s%s', exception.trace(error),
              f' ({reason})' if reason else '')
