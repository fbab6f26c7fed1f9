# SPDX-License-Identifier: Apache-2.0

"""Count the stored messages.

``count_by(connection, ALL_PROJECTS, 'event_id', limit=3)`` returns the three
event IDs with the most messages.  Expired messages count until a purge.
"""

from collections.abc import Sequence
import dataclasses
import datetime
from typing import Any

from oslo_utils import timeutils
import sqlalchemy

from usermessages.db import api
from usermessages.db import ids


@dataclasses.dataclass(frozen=True)
class Counts:
    """The numbers of messages for each value of a column.

    ``values`` is the number of values, and ``largest`` has the values with
    the most messages, with the number of messages.
    """

    values: int
    largest: list[tuple[str, int]]


@dataclasses.dataclass(frozen=True)
class UnknownCount:
    """The messages of an action, and those of them without a known reason.

    The action ID is empty for messages without an action.
    """

    action_id: str
    messages: int
    unknown: int


def count_by(connection: api.Connection, project_id: api.Scope, name: str, *,
             limit: int, above: int = 0,
             since: datetime.datetime | None = None) -> Counts:
    """Count the messages by the values of a column.

    The query reads all messages of the scope; for ``project_id``, only the
    index.

    :param name: the name of a column with text
    :param limit: maximum number of values in ``largest``
    :param above: exclude values with this number of messages or fewer
    :param since: count only messages created at this naive time in UTC or
        later
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    function, column = sqlalchemy.func, connection.rows.c[name]
    count = function.count()
    # Computed before LIMIT.
    values = function.count().over()
    query = _select(
        connection, project_id, since, column, count, values).group_by(
            column).order_by(count.desc(), column).limit(limit)
    if above:
        query = query.having(count > above)
    rows = connection.executor.run(
        lambda database: database.execute(query).all())
    return Counts(rows[0][2] if rows else 0,
                  [(row[0], row[1]) for row in rows])


def count_by_age(connection: api.Connection, project_id: api.Scope,
                 ages: Sequence[datetime.timedelta],
                 since: datetime.datetime | None = None) -> list[int]:
    """Count the messages by age.

    :param ages: limits of the age groups, the youngest first
    :param since: see :func:`count_by`
    :returns: the number of messages of each group, and last the number
        of messages older than all limits
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    now = timeutils.utcnow()
    function, created_at = sqlalchemy.func, connection.rows.c.created_at
    query = _select(connection, project_id, since, *(
        function.count(sqlalchemy.case((created_at >= now - age, 1)))
        for age in ages), function.count())
    counts = connection.executor.run(
        lambda database: database.execute(query).one())
    return [count - younger for younger, count in zip((0, *counts), counts)]


def count_unknown(connection: api.Connection, project_id: api.Scope,
                  unknown_event_id: str, unknown_detail_id: str | None,
                  since: datetime.datetime | None = None,
                  ) -> list[UnknownCount]:
    """Count the messages without a known reason by action.

    A message with an action counts if it has the unknown detail, and a message
    without an action if it has the unknown event.

    :param unknown_detail_id: None for a catalog without actions
    :param since: see :func:`count_by`
    :returns: all actions, those with the largest share first
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    function, columns = sqlalchemy.func, connection.rows.c
    query = _select(
        connection, project_id, since, columns.action_id, function.count(),
        function.count(sqlalchemy.case(
            (columns.action_id == '', sqlalchemy.case(
                (columns.event_id == unknown_event_id, 1))),
            (columns.detail_id == unknown_detail_id, 1))),
    ).group_by(columns.action_id)
    rows = connection.executor.run(
        lambda database: database.execute(query).all())
    return sorted((UnknownCount(*row) for row in rows), key=lambda count: (
        -count.unknown / count.messages, -count.unknown, count.action_id))


def oldest_expires_at(connection: api.Connection, project_id: api.Scope,
                      ) -> datetime.datetime | None:
    """Return the earliest time at which a message expires or expired.

    :returns: the naive time in UTC, or None without messages
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    query = _select(connection, project_id, None, sqlalchemy.func.min(
        connection.rows.c.expires_at))
    return connection.executor.run(
        lambda database: database.execute(query).scalar_one())


def _select(connection: api.Connection, scope: api.Scope,
            since: datetime.datetime | None,
            *columns: sqlalchemy.ColumnElement[Any],
            ) -> sqlalchemy.Select[Any]:
    query = sqlalchemy.select(*columns).select_from(connection.rows)
    if since is not None:
        query = query.where(connection.rows.c.created_at >= since)
    if scope is api.ALL_PROJECTS:
        if since is not None and connection.table_mapping.has_time_ordered_ids:
            # The primary key is the only index over all projects.
            query = query.where(connection.rows.c.id >= ids.first_id(since))
        return query
    return query.where(connection.table_mapping.is_in_project(
        connection.rows.c.project_id, scope))
