# SPDX-License-Identifier: Apache-2.0

"""Requests to the messages API of a service.

``Service(adapter).messages({'resource_uuid': ID})`` yields the messages at
``{endpoint}/messages``, the newest first.  ``Service.version`` negotiates the
microversion with the service, which can be usermessages or Cinder.
"""

from collections.abc import Iterator, Mapping
import functools
import json
import logging
import re
from typing import Any

from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import deadline
from usermessagesclient import languages
from usermessagesclient import responses
from usermessagesclient import terminal
from usermessagesclient import times
from usermessagesclient import versions

LOG = logging.getLogger(__name__)

HEADER = 'OpenStack-API-Version'
# No project has this ID.
_OTHER_PROJECT = '0' * 32
_RESPONSE_VERSION = re.compile(r'([a-z][a-z-]*) ([0-9]{1,5})\.([0-9]{1,5})')
_ID = re.compile(r'[0-9A-Za-z-]+')


class Service:
    """The messages of one service.

    Methods raise CommandError if the response contains no messages, and the
    errors of keystoneauth1.

    :param requested: the version that the user requests, such as ``1.1``;
        ``1`` is any version of user-messages, and ``3`` any version of
        Cinder
    """

    # The encoding of the output.  If it lacks a letter of a text, the client
    # requests the texts in English.
    encoding: str | None = None

    def __init__(self, session_adapter: deadline.DeadlineAdapter,
                 requested: str = '1'):
        self._adapter = session_adapter
        self._requested_version = versions.parse(requested)
        self._languages = languages.accept_language()

    @functools.cached_property
    def version(self) -> tuple[str, tuple[int, int]] | None:
        """The service type and the version of all requests.

        The latest version that the client and the service support, unless the
        user requests another version; None if the response has no version.
        """
        major, minor = self._requested_version
        names = [versions.VOLUME] if major == 3 else list(dict.fromkeys(
            (versions.USER_MESSAGES, versions.VOLUME,
             self._adapter.service_type or versions.VOLUME)))
        try:
            response = self._request(
                'GET', 'messages', {'limit': 0},
                ', '.join(f'{name} latest' for name in names))
        except ksa_exceptions.NotFound as error:
            raise responses.no_messages(error.url) from None
        responses.body(response, 'messages')
        match = _RESPONSE_VERSION.fullmatch(response.headers.get(HEADER, ''))
        if match is None:
            service_type, newest = '', (0, 0)
        else:
            service_type, newest = match[1], (int(match[2]), int(match[3]))
        if minor is not None and (service_type not in versions.LATEST
                                  or newest[0] != major
                                  or newest[1] < minor):
            raise exceptions.CommandError(
                _('The service does not support version %(asked)s; the latest '
                  'version is %(newest)s.  Specify another version with '
                  '--os-user-messages-api-version, or omit the option.')
                % {'asked': f'{major}.{minor}', 'newest':
                   match[0] if match else _('unknown')})
        if match is None:
            return None
        if minor is not None:
            return service_type, (major, minor)
        return service_type, min(
            newest, versions.LATEST.get(service_type, newest))

    @property
    def has_pages(self) -> bool:
        """Whether the version supports filters, a limit and an order."""
        return self.version is None or self._has(versions.PAGINATION)

    @property
    def has_time_filters(self) -> bool:
        """Whether the version supports filters with a time."""
        return self._has(versions.TIME_FILTERS)

    @property
    def applies_filters(self) -> bool:
        """Whether the service applies or rejects each filter.

        Other services may ignore a filter or a project.
        """
        return self.version is not None and self.version[0] == (
            versions.USER_MESSAGES)

    def start(self, seconds: float) -> None:
        """Let all requests from now on together take a number of seconds."""
        self._adapter.start(seconds)

    def verify_all_projects(self) -> None:
        """Verify that the user can read the messages of all projects.

        Without the right, a service ignores ``all_tenants``, and rejects the
        project of others.

        :raises Forbidden: the user does not have the right
        """
        if self.applies_filters:
            self._get_body('messages', 'messages',
                           {'project_id': _OTHER_PROJECT, 'limit': 0})

    def messages(self, filters: Mapping[str, str] | None = None, *,
                 limit: int | None = None, marker: str | None = None,
                 sort: str | None = None) -> Iterator[responses.Message]:
        """Yield the messages of all pages.

        :param filters: the query parameters
        :param limit: the number of messages of a page
        :param marker: the ID after which the list starts
        """
        query: dict[str, Any] = {
            name: value for name, value in (
                *(filters or {}).items(), ('limit', limit), ('sort', sort),
                ('marker', marker)) if value is not None}
        self._require(query)
        if 'request_id' in query and self._has(versions.GLOBAL_REQUEST_ID):
            return self._messages_of_request(query)
        return self._pages(query)

    def groups(self, filters: Mapping[str, str],
               ) -> tuple[list[responses.Message], bool]:
        """Return the groups of messages, and whether there are more messages.

        :param filters: the query parameters
        :raises CommandError: the service cannot count messages
        """
        if not self._has(versions.MESSAGE_GROUPS):
            raise exceptions.CommandError(
                _('Counting messages requires user-messages 1.3 or later; '
                  'the request uses %s.') % self._version_text())
        body = self._get_body('message_groups', 'message_groups', filters)
        return ([responses.group(found) for found in body['message_groups']],
                body.get('truncated') is True)

    def _messages_of_request(self, query: dict[str, Any],
                             ) -> Iterator[responses.Message]:
        """Yield the messages with a request ID or a global request ID."""
        messages = list(self._pages(dict(query)))
        ids = {message['id'] for message in messages}
        request_id = query.pop('request_id')
        try:
            messages.extend(message for message in self._pages(
                {**query, 'global_request_id': request_id})
                if message['id'] not in ids)
        except ksa_exceptions.BadRequest as error:
            # The operator can disable the filter, and searches are limited.
            LOG.warning(_('The list lacks messages of other services with '
                          'this request ID: %s'), error)
        sort = query.get('sort') or 'created_at,id'
        for part in reversed(sort.split(',')):
            key, _colon, direction = part.partition(':')
            key = {'expires_at': 'guaranteed_until'}.get(
                key.strip(), key.strip())
            messages.sort(key=lambda message: message.get(key) or '',
                          reverse=direction.strip() != 'asc')
        yield from messages

    def _pages(self, query: dict[str, Any]) -> Iterator[responses.Message]:
        seen = {query.get('marker')}
        while True:
            body = self._get_body('messages', 'messages', query)
            page = [responses.message(found) for found in body['messages']]
            yield from page
            last = page[-1]['id'] if page else None
            if last is None or last in seen or responses.link(
                    body, 'messages_links', 'next') is None:
                return
            # The host in the link may be internal to the cloud.
            query['marker'] = last
            seen.add(last)

    def message(self, message_id: str) -> responses.Message:
        """Return a message."""
        return responses.message(self._get_body(
            f'messages/{_checked_id(message_id)}', 'message')['message'])

    def delete(self, message_id: str) -> None:
        """Delete a message."""
        self._send('DELETE', f'messages/{_checked_id(message_id)}')

    def _has(self, first: Mapping[str, versions.Version]) -> bool:
        """Tell whether the version has the feature of a first version."""
        if self.version is None:
            return False
        service_type, version = self.version
        return service_type in first and first[service_type] <= version

    def _require(self, query: Mapping[str, Any]) -> None:
        """Verify that the version supports all parameters of a query."""
        if not self.has_time_filters and any(
                name in query for name in times.FILTERS):
            raise exceptions.CommandError(
                _('--since and --before require user-messages 1.1 or later; '
                  'the request uses %s.') % self._version_text())
        if not self.has_pages and not query.keys() <= {'marker'}:
            raise exceptions.CommandError(
                _('Filters, --limit and --sort require volume 3.5 or later; '
                  'the request uses %s.') % self._version_text())

    def _version_text(self) -> str:
        if self.version is None:
            return _('no version')
        service_type, (major, minor) = self.version
        return f'{service_type} {major}.{minor}'

    def _get_body(self, path: str, key: str,
                  query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the body of a response, in English if necessary."""
        body = responses.body(self._send('GET', path, query), key)
        if self._languages and self.encoding and not terminal.can_show(
                json.dumps(body[key], ensure_ascii=False), self.encoding):
            self._languages = None
            body = responses.body(self._send('GET', path, query), key)
        return body

    def _send(self, method: str, path: str,
              query: Mapping[str, Any] | None = None) -> Any:
        return self._request(
            method, path, query,
            self._version_text() if self.version else None)

    def _request(self, method: str, path: str,
                 query: Mapping[str, Any] | None,
                 version: str | None) -> Any:
        headers = {'Accept': 'application/json'}
        if version:
            headers[HEADER] = version
        if self._languages:
            headers['Accept-Language'] = self._languages
        try:
            return self._adapter.request(
                f'/{path}', method, params=query, headers=headers)
        except ksa_exceptions.EndpointNotFound:
            raise exceptions.CommandError(
                _('The catalog has no endpoint of service type %s.  Specify '
                  'the type of the service with '
                  '--os-user-messages-service-type, for example '
                  'block-storage, or the URL of the service with '
                  '--os-user-messages-endpoint-override.')
                % self._adapter.service_type) from None
        except ksa_exceptions.ClientException as error:
            error.args = (terminal.printable(responses.error_text(error)),)
            raise


def _checked_id(message_id: str) -> str:
    """Return an ID that is not a path."""
    if not _ID.fullmatch(message_id):
        raise exceptions.CommandError(
            _('%r is not a message ID.') % message_id)
    return message_id
