# SPDX-License-Identifier: Apache-2.0

"""Merge the messages of all services by time.

``newest(services, filters)`` yields rows, the newest first, and loads a page
of a service only after the rows of the page before.
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

_NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def newest(services: Iterable[reader.Reader], filters: Mapping[str, str]
           ) -> Iterator[reader.Row]:
    """Yield the messages of services, the newest first.

    A service that fails causes a warning, and its other messages are missing.

    :param filters: the query parameters
    :raises CommandError: no service has a list of messages
    """
    lists = [service for service in services if service.lists]
    if not lists:
        raise exceptions.CommandError(
            _('The catalog has no service with a list of messages.'))
    return reader.distinct(heapq.merge(
        *(_newest_of_service(service, filters) for service in lists),
        key=_time, reverse=True))


def _newest_of_service(service: reader.Reader, filters: Mapping[str, str]
                       ) -> Iterator[reader.Row]:
    since = times.parse(filters.get('created_since')) or _NEVER
    try:
        for row in itertools.takewhile(
                lambda row: _time(row) >= since, service.newest(filters)):
            if service.is_visible(row) and reader.matches(row, filters):
                yield row
    except (ksa_exceptions.ClientException,
            exceptions.CommandError) as error:
        LOG.warning('%s: %s', service.name, reader.error_line(error))


def _time(row: reader.Row) -> datetime.datetime:
    return times.parse(row['created_at']) or _NEVER
