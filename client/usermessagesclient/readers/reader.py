# SPDX-License-Identifier: Apache-2.0

"""Base class of the readers, one for each service that explains failures.

A reader turns the errors of a service into rows, which have the keys in
``responses.FIELDS``, and ``service`` and ``source``.  ``READERS`` in
``table.py`` lists the readers.
"""

from collections.abc import Iterable, Iterator, Mapping
import json
from typing import Any

from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import deadline
from usermessagesclient import responses
from usermessagesclient import terminal
from usermessagesclient import times

TIMEOUT_SECONDS = 5
# A text of another service can have any length.
MAX_LENGTH = 2000
PAGE = 100

# Only texts of a message catalog, or any text of the service.
CATALOG = 'catalog'
SERVICE = 'service'

Row = responses.Message


class Reader:
    """The errors of a service that users can read.

    Methods yield rows, and raise CommandError and the errors of keystoneauth1.

    :param project_id: the project of the user
    :param encoding: the encoding of the output; None for all characters
    :param name: the name of the service for the user
    """

    # In the catalog of Keystone; the first is the name of the service.
    service_types: tuple[str, ...] = ()
    # The path after an endpoint without a version.
    version_path = ''
    source = SERVICE
    headers: Mapping[str, str] = {}
    finds_requests = False
    lists = False

    def __init__(self, session_adapter: deadline.DeadlineAdapter,
                 project_id: str, encoding: str | None = None,
                 name: str | None = None):
        self._adapter = session_adapter
        self.name = name or self.service_types[0]
        self._project_id = project_id
        self._encoding = encoding

    def by_resource(self, resource_id: str) -> Iterator[Row]:
        """Yield the errors of a resource."""
        raise NotImplementedError

    def by_request(self, request_id: str) -> Iterator[Row]:
        """Yield the errors with a request ID or a global request ID."""
        yield from ()

    def by_id(self, message_id: str) -> Iterator[Row]:
        """Yield the message with an ID."""
        yield from ()

    def newest(self, filters: Mapping[str, str]) -> Iterator[Row]:
        """Yield errors, the newest first.

        :param filters: parameters that the reader can apply, or leave to
            the caller
        """
        yield from ()

    def find(self, wanted: str) -> Iterator[Row]:
        """Yield the errors of a resource, a request or a message.

        All requests together take the timeout.
        """
        self._adapter.start()
        for search in ((self.by_request,) if is_request_id(wanted)
                       else (self.by_resource, self.by_id)):
            yield from filter(self.is_visible, search(wanted))

    def start(self, seconds: float) -> None:
        """Let all requests from now on together take a number of seconds."""
        self._adapter.start(seconds)

    def is_visible(self, row: Row) -> bool:
        """Tell whether a row belongs to the project of the user."""
        return row['project_id'] in (None, self._project_id)

    def row(self, **values: Any) -> Row:
        """Return a row, with every value as a text."""
        return {**dict.fromkeys(responses.FIELDS, None),
                **{name: _text(value) for name, value in values.items()},
                'service': self.name, 'source': self.source}

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return the body of a response, which is empty for a 404."""
        try:
            response = self._adapter.request(
                path, 'GET', params=query,
                headers={'Accept': 'application/json', **self.headers})
        except ksa_exceptions.NotFound:
            return {}
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise exceptions.CommandError(
                _('The server at %s returned no JSON object (HTTP %d).') % (
                    response.url.partition('?')[0], response.status_code))
        return body


def is_request_id(wanted: str) -> bool:
    return wanted.startswith('req-')


def objects(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the objects in a list of a response."""
    found = body.get(key)
    return [value for value in (found if isinstance(found, list) else ())
            if isinstance(value, dict)]


def matches(row: Row, filters: Mapping[str, str]) -> bool:
    """Tell whether a row passes filters."""
    for name, wanted in filters.items():
        if name in times.FILTERS:
            created_at = times.parse(row['created_at'])
            bound = times.parse(wanted)
            if created_at is None or bound is None or (
                    created_at < bound if name == 'created_since'
                    else created_at > bound):
                return False
        elif name == 'request_id':
            if wanted not in (row['request_id'], row['global_request_id']):
                return False
        elif row[name] != wanted:
            return False
    return True


def distinct(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows without those of a service with two service types."""
    seen = set()
    for row in rows:
        key = tuple(row[name] for name in (
            'id', 'event_id', 'created_at', 'user_message'))
        if row['id'] is None:
            key = tuple(row.values())
        if key not in seen:
            seen.add(key)
            yield row


def error_line(error: Exception) -> str:
    """Return an error as one line for a terminal."""
    text = str(error)
    if isinstance(error, ksa_exceptions.ClientException):
        text = responses.error_text(error)
    return terminal.printable(shortened(text, 300))


def shortened(text: str, length: int = MAX_LENGTH) -> str:
    return text if len(text) <= length else f'{text[:length]}...'


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return shortened(value if isinstance(value, str) else json.dumps(value))
