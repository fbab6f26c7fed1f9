# SPDX-License-Identifier: Apache-2.0

"""Yield each new message once, until the caller stops.

``for message in follow(service, filters, None, 5)`` is an endless loop that
retries while the service restarts; keystoneauth1 replaces expired tokens.
With a timeout, the loop ends.
"""

from collections.abc import Iterator, Mapping
import datetime
import itertools
import logging
import math
import time
from typing import Any, Protocol

from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient._i18n import _
from usermessagesclient import responses
from usermessagesclient import times

LOG = logging.getLogger(__name__)

# A message can be stored after a newer message, since recording takes time and
# clocks differ, so each request includes this period again.
OVERLAP = datetime.timedelta(minutes=5)
# Most responses contain few messages.
_PAGE = 100
_LONGEST_PAUSE_SECONDS = 60

# Errors while the service, or a proxy in front of it, restarts.
_RETRIED = (
    ksa_exceptions.ConnectionError, ksa_exceptions.TooManyRequests,
    ksa_exceptions.BadGateway, ksa_exceptions.ServiceUnavailable,
    ksa_exceptions.GatewayTimeout)


class Messages(Protocol):
    """One service, or all services."""

    @property
    def has_pages(self) -> bool:
        """Whether a page can have a limit."""

    @property
    def has_time_filters(self) -> bool:
        """Whether the filter ``created_since`` is available."""

    def messages(self, filters: Mapping[str, str], *,
                 limit: int | None = None) -> Iterator[responses.Message]:
        """Yield the messages, the newest first."""


def follow(service: Messages, filters: Mapping[str, str],
           since: datetime.datetime | None, interval_seconds: float,
           timeout_seconds: float | None = None,
           ) -> Iterator[responses.Message]:
    """Yield each new message, the oldest first.

    If the service is unavailable at the start, the error is raised; later, the
    request is retried.

    :param since: first yield the messages since this time; None for messages
        from now on
    :param timeout_seconds: the time until the last request; None without a
        last request
    """
    deadline = (math.inf if timeout_seconds is None
                else time.monotonic() + timeout_seconds)
    seen: set[Any] = set()
    newest = since
    limit = 1 if service.has_pages else None
    if newest is None:
        for message in itertools.islice(
                service.messages(filters, limit=limit), 1):
            newest = (times.parse(message['created_at'])
                      or datetime.datetime.now(datetime.UTC))
            # These messages are not new.
            seen = {_message_key(earlier) for earlier in _since(
                service, filters, _earliest(newest))
                if not _is_after(earlier, newest)}
    is_waiting, is_announced = False, False
    while True:
        pause_seconds = interval_seconds
        try:
            found = _since(service, filters, newest and max(
                _earliest(newest), since or _earliest(newest)))
        except _RETRIED as error:
            if not is_waiting and time.monotonic() < deadline:
                LOG.warning(_('Service unavailable (%s); retrying'), error)
            is_waiting = True
            pause_seconds = max(interval_seconds, min(
                getattr(error, 'retry_after', 0), _LONGEST_PAUSE_SECONDS))
        else:
            if is_waiting:
                LOG.warning(_('Service is available again.'))
            is_waiting = False
            for message in reversed(found):
                if _message_key(message) not in seen:
                    yield message
            # With all services, the messages of a service that fails are
            # missing until the next request.
            seen.update(_message_key(message) for message in found)
            newest = max(filter(None, (newest, *(
                times.parse(message['created_at'])
                for message in found))), default=None)
        remaining_seconds = deadline - time.monotonic()
        if remaining_seconds <= 0:
            return
        if not is_announced:
            LOG.warning(
                _('Waiting for new messages; press Ctrl-C to exit.'))
            is_announced = True
        time.sleep(min(pause_seconds, remaining_seconds))


def _earliest(newest: datetime.datetime) -> datetime.datetime:
    """Return the start of the period to request.

    The time of the newest message may be in the future, if clocks differ.
    """
    return min(newest, datetime.datetime.now(datetime.UTC)) - OVERLAP


def _message_key(message: responses.Message) -> Any:
    """Return the ID of a message, or all values without an ID."""
    return message['id'] or tuple(message.items())


def _is_after(message: responses.Message,
              timestamp: datetime.datetime) -> bool:
    """Tell whether a message has a later time."""
    created_at = times.parse(message['created_at'])
    return created_at is not None and created_at > timestamp


def _since(service: Messages, filters: Mapping[str, str],
           earliest: datetime.datetime | None
           ) -> list[responses.Message]:
    """Return the messages since a time, the newest first."""
    if earliest is not None and service.has_time_filters:
        filters = {**filters, 'created_since': earliest.isoformat()}
    # Continue after a message without a time.
    return list(itertools.takewhile(
        lambda message: earliest is None or (times.parse(
            message['created_at']) or earliest) >= earliest,
        service.messages(
            filters, limit=_PAGE if service.has_pages else None)))
