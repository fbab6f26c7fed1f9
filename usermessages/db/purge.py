# SPDX-License-Identifier: Apache-2.0

"""Remove expired messages.

``cleanup_expired_messages(connection, ALL_PROJECTS)`` removes messages in
small transactions, so that other writers do not wait for a purge.
"""

from collections.abc import Iterator, Sequence
import dataclasses
import datetime
import time
from typing import Any

from oslo_utils import timeutils
import sqlalchemy

from usermessages.db import api
from usermessages.db import clock
from usermessages.db import selects

# Short transactions, so that other writers do not wait.
BATCH_ROWS = 200
# A writer that waits for a SQLite file retries every 100 ms.  With shorter
# breaks, the purge could lock the file at each retry.
_SQLITE_BREAK_SECONDS = 0.15


@dataclasses.dataclass(frozen=True)
class Batch:
    """The messages that one transaction of a purge removed."""

    rows: int
    seconds: float


def cleanup_expired_messages(
        connection: api.Connection, project_id: api.Scope, *,
        older_than: datetime.timedelta = datetime.timedelta(),
        batch_size: int = BATCH_ROWS,
        max_rows: int | None = None) -> Iterator[Batch]:
    """Remove expired messages, one batch per transaction.

    The caller can stop the iteration at any time; the completed batches are
    removed, and another call continues.  After each batch, the purge pauses
    for the duration of the batch.

    :param older_than: minimum time since the messages expired
    :param batch_size: maximum number of messages per transaction
    :param max_rows: maximum number of messages; by default all
    :raises WrongClock: the clock of this machine or of the database is wrong
        by more than an hour; nothing is removed
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    column = connection.table_mapping.column
    # The order of an index; otherwise, PostgreSQL reads the whole table.
    order = ((column('expires_at'),) if project_id is api.ALL_PROJECTS
             else (column('created_at'), column('id')))
    query = sqlalchemy.select(column('id')).where(
        *_conditions(connection, project_id, older_than)).order_by(*order)
    is_clock_checked = False
    left = max_rows
    while left is None or left > 0:
        size = batch_size if left is None else min(batch_size, left)
        started = time.monotonic()
        # Query and removal are retried separately: a removal whose response
        # was lost must not be followed by a removal of other messages.
        message_ids = connection.executor.run(
            lambda database: database.execute(
                query.limit(size)).scalars().all())
        if not message_ids:
            return
        if not is_clock_checked:
            clock.check(connection)
            is_clock_checked = True
        batch = _remove(connection, message_ids)
        break_seconds = time.monotonic() - started
        if batch.rows:
            yield batch
        if len(message_ids) < size:
            return
        if left is not None:
            left -= len(message_ids)
        if connection.executor.engine().name == 'sqlite':
            break_seconds = max(break_seconds, _SQLITE_BREAK_SECONDS)
        time.sleep(break_seconds)


def count_expired_messages(
        connection: api.Connection, project_id: api.Scope, *,
        older_than: datetime.timedelta = datetime.timedelta(),
        created_since: datetime.datetime | None = None) -> int:
    """Return the number of messages that a purge would remove.

    For the other parameters and errors, see :func:`cleanup_expired_messages`.

    :param created_since: count only messages created at this naive time in
        UTC or later
    """
    clock.check(connection)
    query = sqlalchemy.select(sqlalchemy.func.count()).select_from(
        connection.table_mapping.table).where(
            *_conditions(connection, project_id, older_than))
    if created_since is not None:
        query = query.where(connection.table_mapping.column(
            'created_at') >= created_since)
    return connection.executor.run(
        lambda database: database.execute(query).scalar_one())


def _remove(connection: api.Connection, message_ids: Sequence[str]) -> Batch:
    """Remove rows, some of which another purge may have removed."""
    statement = connection.table_mapping.remove(message_ids)

    def remove(database: sqlalchemy.Connection) -> Batch:
        started = time.monotonic()
        rows = database.execute(statement).rowcount
        return Batch(rows, time.monotonic() - started)

    return connection.executor.run(remove)


def _conditions(connection: api.Connection, scope: api.Scope,
                older_than: datetime.timedelta,
                ) -> list[sqlalchemy.ColumnElement[bool]]:
    """Return the conditions for the rows of the table to remove."""
    mapping = connection.table_mapping
    expires_at: sqlalchemy.ColumnElement[Any] = mapping.column('expires_at')
    conditions = []
    if scope is not api.ALL_PROJECTS:
        expires_at = selects.unindexed(expires_at)
        conditions.append(
            mapping.is_in_project(mapping.column('project_id'), scope))
    return [*conditions, mapping.has_expired(
        expires_at, timeutils.utcnow() - older_than, connection.ttl_seconds)]
