# SPDX-License-Identifier: Apache-2.0

"""Ask a service for its messages, at ``{endpoint}/messages``.

``Service(adapter).messages({'resource_uuid': ID})`` yields them as the service
sends them, the newest first.  The endpoint may be that of any service; which
version it is asked with is decided by ``Service.version``, nowhere else.
"""

from collections.abc import Iterator, Mapping
import functools
import os
import re
from typing import Any

from keystoneauth1 import adapter
from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib import exceptions

from usermessages._i18n import _

HEADER = 'OpenStack-API-Version'
USER_MESSAGES = 'user-messages'
VOLUME = 'volume'
# The newest version of each axis that changed something for this client.
KNOWN = {USER_MESSAGES: (1, 2), VOLUME: (3, 34)}

TIME_FILTERS = ('created_since', 'created_before')
# Of one request, that a service which accepts and never answers is noticed.
TIMEOUT_SECONDS = 60

_VERSION = re.compile(r'([13])(?:\.([0-9]{1,5}))?')
_ID = re.compile(r'[0-9A-Za-z-]+')


def parse_version(text: str) -> tuple[int, int | None]:
    """Return a version, without its minor part where any will do.

    :raises ValueError: it is none
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(match[1]), None if match[2] is None else int(match[2])


class Service:
    """The messages of one service.

    Each method raises CommandError, with what is wrong and what to do, where
    the service answers but not with messages; what keystoneauth1 raises where
    it does not answer is passed on.

    :param asked: the version that the user wants: ``1.1``; ``1`` is any, and
        ``3`` any of Cinder's
    """

    def __init__(self, asked_through: adapter.Adapter, asked: str = '1'):
        self._adapter = asked_through
        self._asked = parse_version(asked)

    @functools.cached_property
    def version(self) -> tuple[str, tuple[int, int]] | None:
        """The axis and the version that both sides know.

        None where the service names none in its answers.  It is the newest
        one, unless the user wants another.
        """
        major, minor = self._asked
        names = [VOLUME] if major == 3 else list(dict.fromkeys(
            (USER_MESSAGES, VOLUME, self._adapter.service_type or VOLUME)))
        try:
            response = self._request(
                'GET', 'messages', {'limit': 0},
                ', '.join(f'{name} latest' for name in names))
        except ksa_exceptions.NotFound as error:
            raise _no_messages(error.url) from None
        _body(response, 'messages')
        match = re.fullmatch(r'(\S+) ([0-9]+)\.([0-9]+)',
                             response.headers.get(HEADER, ''))
        if match is None:
            axis, newest = '', (0, 0)
        else:
            axis, newest = match[1], (int(match[2]), int(match[3]))
        if minor is not None and (axis not in KNOWN or newest[0] != major
                                  or newest[1] < minor):
            raise exceptions.CommandError(
                _('The service has no version %(asked)s; the newest is '
                  '%(newest)s.  Choose another with '
                  '--os-user-messages-api-version, or leave it out.')
                % {'asked': f'{major}.{minor}', 'newest':
                   match[0] if match else _('without a number')})
        if match is None:
            return None
        if minor is not None:
            return axis, (major, minor)
        return axis, min(newest, KNOWN.get(axis, newest))

    @property
    def has_pages(self) -> bool:
        """Whether lists take filters, a limit and an order."""
        return (self.version is None or self.version[0] != VOLUME
                or self.version[1] >= (3, 5))

    @property
    def has_time_filters(self) -> bool:
        """Whether lists can be limited to a time."""
        return (self.version is not None and self.version[0] == USER_MESSAGES
                and self.version[1] >= (1, 1))

    @property
    def keeps_to_filters(self) -> bool:
        """Whether a list has what was asked for, and nothing else.

        Other services may overlook a filter or a project.
        """
        return self.version is not None and self.version[0] == USER_MESSAGES

    def messages(self, filters: Mapping[str, str] | None = None, *,
                 limit: int | None = None, marker: str | None = None,
                 sort: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield messages, page by page, each once.

        :param filters: as on the wire
        :param limit: how many messages a page has
        :param marker: the ID behind which to start
        """
        query: dict[str, Any] = {
            name: value for name, value in (
                *(filters or {}).items(), ('limit', limit), ('sort', sort),
                ('marker', marker)) if value is not None}
        self._require(query)
        seen = {marker}
        while True:
            body = _body(self._ask('GET', 'messages', query), 'messages')
            page = body['messages']
            yield from page
            last = page[-1]['id'] if page else None
            if last is None or last in seen or not any(
                    link.get('rel') == 'next'
                    for link in body.get('messages_links') or ()):
                return
            # The address in the link may be one that only the service knows.
            query['marker'] = last
            seen.add(last)

    def message(self, message_id: str) -> dict[str, Any]:
        """Return a message."""
        response = self._ask('GET', f'messages/{_checked(message_id)}')
        return _body(response, 'message')['message']

    def delete(self, message_id: str) -> None:
        """Delete a message."""
        self._ask('DELETE', f'messages/{_checked(message_id)}')

    def _require(self, query: Mapping[str, Any]) -> None:
        """Check that nothing in a query would be overlooked."""
        if not self.has_time_filters and any(
                name in query for name in TIME_FILTERS):
            raise exceptions.CommandError(
                _('--since and --before need user-messages 1.1 or newer; the '
                  'service is asked with %s.') % self._said())
        if not self.has_pages and not query.keys() <= {'marker'}:
            raise exceptions.CommandError(
                _('Filters, --limit and --sort need volume 3.5 or newer; the '
                  'service is asked with %s.') % self._said())

    def _said(self) -> str:
        if self.version is None:
            return _('no version')
        axis, (major, minor) = self.version
        return f'{axis} {major}.{minor}'

    def _ask(self, method: str, path: str,
             query: Mapping[str, Any] | None = None) -> Any:
        return self._request(
            method, path, query, self._said() if self.version else None)

    def _request(self, method: str, path: str,
                 query: Mapping[str, Any] | None,
                 version: str | None) -> Any:
        headers = {'Accept': 'application/json'}
        if version:
            headers[HEADER] = version
        if language := locale_language():
            headers['Accept-Language'] = language
        try:
            return self._adapter.request(
                f'/{path}', method, params=query, headers=headers,
                timeout=TIMEOUT_SECONDS)
        except ksa_exceptions.EndpointNotFound:
            raise exceptions.CommandError(
                _('The catalog has no service of type %s for you.  Name the '
                  'service whose messages you want with '
                  '--os-user-messages-service-type, as in block-storage, or '
                  'its URL with --os-user-messages-endpoint-override.')
                % self._adapter.service_type) from None
        except ksa_exceptions.HttpError as error:
            error.args = (_said_by(error),)
            raise


def locale_language() -> str | None:
    """Return the language of the reader's locale: ``de-DE``.

    None where it has none, as ``C.UTF-8``.
    """
    for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'):
        if value := os.environ.get(name):
            match = re.fullmatch(
                r'([A-Za-z]{2,3})(?:_([A-Za-z]{2}))?(?:[.@].*)?', value)
            return '-'.join(filter(None, match.groups())) if match else None
    return None


def _checked(message_id: str) -> str:
    """Return an ID that cannot become another path."""
    if not _ID.fullmatch(message_id):
        raise exceptions.CommandError(
            _('%r is not the ID of a message.') % message_id)
    return message_id


def _body(response: Any, key: str) -> dict[str, Any]:
    """Return the body of an answer, which has that key."""
    try:
        body = response.json()
        if isinstance(body[key], list if key == 'messages' else dict):
            return body
    except (ValueError, TypeError, LookupError):
        pass
    raise _no_messages(response.url)


def _no_messages(url: str | None) -> exceptions.CommandError:
    return exceptions.CommandError(
        _('What answers at %s does not serve user messages.  Check '
          '--os-user-messages-service-type and '
          '--os-user-messages-endpoint-override.')
        % (url or '').partition('?')[0])


def _said_by(error: ksa_exceptions.HttpError) -> str:
    """Return what the service says went wrong, in one line.

    Services put their errors under keys that keystoneauth1 does not look at:
    ``{"itemNotFound": {"code": 404, "message": "..."}}``.
    """
    if error.response is None:
        return str(error)
    try:
        [body] = error.response.json().values()
        said = ' '.join(body['message'].split())
    except (ValueError, TypeError, LookupError, AttributeError):
        return str(error)
    said = f'{said} (HTTP {error.http_status})'
    return (f'{said} (Request-ID: {error.request_id})' if error.request_id
            else said)
