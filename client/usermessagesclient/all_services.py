# SPDX-License-Identifier: Apache-2.0

"""Merge the messages of all services by time.

``AllServices(readers).messages(filters)`` yields rows, the newest first, and
loads a page of a service only after the rows of the page before.
"""

from collections.abc import Iterable, Iterator, Mapping
import datetime
import heapq
import itertools
import logging

from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient.readers import reader
from usermessagesclient import times

LOG = logging.getLogger(__name__)

# As many messages as a service with message groups counts.
MAX_COUNTED = 10000
_PERIOD = datetime.timedelta(days=1)
_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class AllServices:
    """The messages of all services, with the methods of one service.

    A service that fails causes one warning, and its other messages are
    missing.

    :raises CommandError: no service has a list of messages
    """

    has_pages = has_time_filters = True

    def __init__(self, services: Iterable[reader.Reader]):
        self._services = [service for service in services if service.lists]
        self._failed: set[str] = set()
        if not self._services:
            raise exceptions.CommandError(
                _('The catalog has no service with a list of messages.'))

    def start(self, seconds: float) -> None:
        """Let all requests from now on together take a number of seconds."""
        for service in self._services:
            service.start(seconds)

    def messages(self, filters: Mapping[str, str], *,
                 limit: int | None = None) -> Iterator[reader.Row]:
        """Yield the messages, the newest first.

        :param filters: the query parameters
        :param limit: unused, since each service has its own page size
        """
        return reader.distinct(heapq.merge(
            *(self._newest(service, filters) for service in self._services),
            key=_time, reverse=True))

    def groups(self, filters: Mapping[str, str],
               ) -> tuple[list[reader.Row], bool]:
        """Return the groups of messages, and whether there are more messages.

        By default, count the messages of a day, as services do.
        """
        if 'created_since' not in filters:
            latest = times.parse(filters.get('created_before'))
            now = datetime.datetime.now(datetime.UTC)
            filters = {**filters, 'created_since': (
                min(latest or now, now) - _PERIOD).isoformat()}
        messages = self.messages(filters)
        groups: dict[tuple[str | None, ...], list[reader.Row]] = {}
        for row in itertools.islice(messages, MAX_COUNTED):
            groups.setdefault((
                row['service'], row['event_id'] or row['user_message'],
                row['message_level'], row['resource_type']), []).append(row)
        return ([_group(rows) for rows in sorted(
            groups.values(), key=len, reverse=True)],
            next(messages, None) is not None)

    def _newest(self, service: reader.Reader, filters: Mapping[str, str],
                ) -> Iterator[reader.Row]:
        since = times.parse(filters.get('created_since')) or _NEVER
        try:
            for row in itertools.takewhile(
                    lambda row: _time(row) >= since, service.newest(filters)):
                if service.is_visible(row) and reader.matches(row, filters):
                    yield row
            self._failed.discard(service.name)
        except (ksa_exceptions.ClientException,
                exceptions.CommandError) as error:
            if service.name not in self._failed:
                LOG.warning('%s: %s', service.name, reader.error_line(error))
            self._failed.add(service.name)


def _group(rows: list[reader.Row]) -> reader.Row:
    """Return the group of rows, the newest first."""
    resources = {row['resource_uuid'] for row in rows} - {None, ''}
    return {**rows[0], 'count': str(len(rows)),
            'resources': str(len(resources)),
            'first_at': rows[-1]['created_at'],
            'last_at': rows[0]['created_at'], 'latest_id': rows[0]['id']}


def _time(row: reader.Row) -> datetime.datetime:
    return times.parse(row['created_at']) or _NEVER
