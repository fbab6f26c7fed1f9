# SPDX-License-Identifier: Apache-2.0

"""Export the numbers of messages to Prometheus.

``usermessages-manage message stats -f prometheus`` prints them in the text
format of Prometheus, for the textfile collector of node_exporter::

    usermessages_messages{message_level="ERROR"} 9.0

All metrics are gauges, as a purge and users remove messages.
"""

from collections.abc import Iterable
import datetime

from oslo_config import cfg
from oslo_utils import timeutils

from usermessages._i18n import _
from usermessages.cmd import unknown
from usermessages.db import api as db_api
from usermessages.db import purge as db_purge
from usermessages.db import statistics
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import catalog as message_catalog

# A catalog has fewer events; a foreign table can have any number.
_MAXIMUM_VALUES = 1000


def text(conf: cfg.ConfigOpts, db: db_api.Connection, scope: db_api.Scope,
         since: datetime.datetime | None) -> str:
    """Return the metrics in the text format of Prometheus.

    :param since: count only messages created at this naive time in UTC or
        later
    :raises ConfigurationError: prometheus_client is not installed, or the
        catalog cannot be loaded
    :raises SpoolError: the spool cannot be read
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    try:
        import prometheus_client
    except ImportError as error:
        raise exception.ConfigurationError(
            _('The format prometheus requires prometheus_client; install '
              'usermessages[prometheus].')) from error
    registry = prometheus_client.CollectorRegistry()

    def add(name: str, help_text: str, value: float) -> None:
        prometheus_client.Gauge(
            f'usermessages_{name}', help_text, registry=registry).set(value)

    def add_by(label: str, name: str, help_text: str,
               counts: Iterable[tuple[str, int]]) -> None:
        gauge = prometheus_client.Gauge(
            f'usermessages_{name}', help_text, [label], registry=registry)
        for value, count in counts:
            gauge.labels(value).set(count)

    for label, name, by in (('message_level', 'messages', 'level'),
                            ('event_id', 'event_messages', 'event')):
        add_by(label, name, f'Stored messages by {by}.', statistics.count_by(
            db, scope, label, limit=_MAXIMUM_VALUES, since=since).largest)
    actions = unknown.count(
        message_catalog.load(conf.user_messages.catalog), db, scope, since)
    add_by('action_id', 'action_messages',
           'Stored messages by action; the action ID is empty for messages '
           'without an action.',
           ((count.action_id, count.messages) for count in actions))
    add_by('action_id', 'unknown_messages',
           'Stored messages with an unknown reason, by action.',
           ((count.action_id, count.unknown) for count in actions))
    add('expired_messages', 'Expired messages that a purge will remove.',
        db_purge.count_expired_messages(db, scope, created_since=since))
    add('oldest_expired_seconds',
        'Time since the oldest stored message expired, or 0.',
        _seconds_since(statistics.oldest_expires_at(db, scope)))
    spool = message_api.API(conf).spool
    if spool is not None:
        spooled, refused = spool.count()
        add('spooled_messages', 'Messages in the spool.', spooled)
        add('refused_messages',
            'Messages of the spool that an import refused.', refused)
    return prometheus_client.generate_latest(registry).decode()


def _seconds_since(time: datetime.datetime | None) -> float:
    if time is None:
        return 0
    return max(0, (timeutils.utcnow() - time).total_seconds())
