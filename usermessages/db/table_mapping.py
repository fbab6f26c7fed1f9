# SPDX-License-Identifier: Apache-2.0

"""Table mappings: the tables with messages.

``DEFAULT_TABLE`` is the table of the library.  With ``TableMapping(table)``
the library uses an existing table of a service.  The queries are the same,
because ``rows()`` selects the columns of ``models.MESSAGES`` from each table.

The module has more than 300 lines, because ``TableMapping`` has all
conversions of columns, and its docstrings are the reference.
"""

from collections.abc import Callable, Iterable, Mapping
import dataclasses
import datetime
from typing import Any

import sqlalchemy
from sqlalchemy.sql import functions
from sqlalchemy import types

from usermessages._i18n import _
from usermessages.db import models
from usermessages.db import sql_functions
from usermessages import exception

_Column = sqlalchemy.ColumnElement[Any]
_Condition = sqlalchemy.ColumnElement[bool]

# Columns that an existing table may lack.  The library does not store the
# values, and reads empty text.
OPTIONAL = frozenset(('global_request_id', 'parameters'))
# Replaces a time of an existing table that Python cannot read.
UNREADABLE = datetime.datetime.min


@dataclasses.dataclass(frozen=True)
class TableMapping:
    """The columns of an existing table, and its soft delete.

    For the table of Cinder::

        TableMapping(
            models.Message.__table__, live_values={'deleted': False},
            soft_delete_values=lambda now: {
                'deleted': True, 'deleted_at': now})

    The table is not altered.  The speed of queries depends on the indexes of
    the table, and filters use its collation; projects compare byte by byte.

    :param table: the table.  NULL is empty text, and in ``expires_at`` the
        end of the retention time of the message.  The table may lack the
        columns of ``OPTIONAL``
    :param names: the names of the columns that differ from the names in
        ``models.MESSAGES``
    :param live_values: plain values of the columns of a row that is not soft
        deleted
    :param soft_delete_values: a function that returns the values that soft
        delete a row, for a naive time in UTC; by default, the library removes
        the row
    :param event_id_prefix: the prefix of the catalog, for a table without a
        column for the event ID, such as the table of Manila.  The event ID
        consists of the prefix, the type of the resource, the action and the
        detail, and is empty without an action
    :raises ConfigurationError: a column is missing, or two names are equal
    """

    table: sqlalchemy.Table
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    live_values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    soft_delete_values: Callable[
        [datetime.datetime], Mapping[str, Any]] | None = None
    event_id_prefix: str | None = None

    def __post_init__(self) -> None:
        names = self._names()
        missing = {*names.values(), *self.live_values,
                   *(self.soft_delete_values(datetime.datetime.min)
                     if self.soft_delete_values else ())}
        missing -= {*self.table.c.keys()}
        if missing:
            raise exception.ConfigurationError(
                _('The table %(table)s has no column %(columns)s.')
                % {'table': self.table.name,
                   'columns': ', '.join(sorted(missing))})
        if any(isinstance(value, sqlalchemy.ClauseElement)
               for value in self.live_values.values()):
            raise exception.ConfigurationError(
                _('The live values of the table %s contain an SQL expression; '
                  'use plain values.') % self.table.name)
        known = models.MESSAGES.columns.keys()
        if {*self.names} - {*known} or len({*names.values()}) < len(names):
            raise exception.ConfigurationError(
                _('The names for the table %s are not those of different '
                  'columns.') % self.table.name)

    @property
    def has_time_ordered_ids(self) -> bool:
        """Whether all IDs sort by the times of their messages."""
        return False

    def column(self, name: str) -> sqlalchemy.Column[Any]:
        """Return the column of the table for a column of ``MESSAGES``."""
        return self.table.c[self.names.get(name, name)]

    def length(self, name: str) -> int | None:
        """Return the length of a column in characters, None if unlimited.

        An optional column that the table lacks has no length.
        """
        column = self.table.c.get(self.names.get(name, name))
        return None if column is None else getattr(
            column.type, 'length', None)

    def rows(self, ttl_seconds: int,
             with_deleted: bool = False) -> sqlalchemy.FromClause:
        """Return the table or subquery with the columns of ``MESSAGES``.

        :param ttl_seconds: retention time of messages without ``expires_at``
        :param with_deleted: include the rows of soft-deleted messages
        """
        columns, names = [], self._names()
        for name in models.MESSAGES.columns.keys():
            if name not in names:
                columns.append((
                    self._composed_event_id() if name == 'event_id'
                    else sqlalchemy.literal_column(
                        "''", models.MESSAGES.c[name].type)).label(name))
                continue
            column: Any = self.table.c[names[name]]
            if name == 'created_at':
                column = functions.coalesce(
                    self._created_at(), self._expires_at(ttl_seconds))
            elif name == 'expires_at':
                column = self._expires_at(ttl_seconds)
            elif column.nullable and isinstance(column.type, types.String):
                column = functions.coalesce(column, '')
            columns.append(column.label(name))
        return sqlalchemy.select(*columns).where(
            *([] if with_deleted else self._is_live())).subquery('messages')

    def belongs_to_project(self, column: _Column,
                           project_id: Any) -> _Condition:
        """Return the condition for the messages of a project.

        :param column: the column with the project
        :param project_id: the ID, or the parameter for the ID
        """
        return _equals_exactly(column, project_id)

    def is_in_project(self, column: _Column, project_id: str) -> _Condition:
        """Return the condition for statements without a check of the results.

        The condition is independent of the collation of the table.
        """
        if not models.can_hold(column, project_id):
            return sqlalchemy.false()
        return _equals_exactly(column, project_id)

    def contains(self, column: _Column, part: Any, dialect: str) -> _Condition:
        """Return the condition for the messages whose text contains a part.

        LIKE does not compare byte by byte in SQLite, and is an error with
        some collations of PostgreSQL.
        """
        return _contains(sql_functions.Bytes(column), part, dialect)

    def has_expired(self, expires_at: _Column, timestamp: datetime.datetime,
                    ttl_seconds: int) -> _Condition:
        """Return the condition for the messages that had expired at a time.

        The condition compares columns with values, so that an index is used.

        :param expires_at: the column, or an expression for the column
        :param ttl_seconds: retention time of messages without ``expires_at``
        """
        created_before = timestamp - datetime.timedelta(seconds=ttl_seconds)
        return sqlalchemy.or_(expires_at <= timestamp, sqlalchemy.and_(
            expires_at.is_(None),
            self.column('created_at') <= created_before))

    def stored(self, values: Mapping[str, Any],
               dialect: sqlalchemy.Dialect) -> Mapping[str, Any]:
        """Return the values of the row for a message."""
        stored: dict[str, Any] = dict(self.live_values)
        for name, column_name in self._names().items():
            value = values[name]
            if isinstance(value, datetime.datetime):
                value = self.timestamp(value, name, dialect)
            elif value == '' and self.table.c[column_name].nullable:
                value = None
            stored[column_name] = value
        return stored

    def timestamp(self, timestamp: datetime.datetime, name: str,
                  dialect: sqlalchemy.Dialect) -> datetime.datetime:
        """Return a time as a column stores it.

        A column that stores whole seconds only may round up.
        """
        column_type: Any = self.column(name).type.dialect_impl(dialect)
        digits = getattr(column_type, 'precision', None)
        if dialect.name in ('mysql', 'mariadb'):
            digits = getattr(column_type, 'fsp', None) or 0
        return (timestamp if digits in (None, 6)
                else timestamp.replace(microsecond=0))

    def delete(self, message_id: str, now: datetime.datetime,
               project_id: str | None,
               ttl_seconds: int) -> sqlalchemy.UpdateBase:
        """Return the statement that deletes a message, or soft deletes it.

        :param project_id: the project of the message; None for any project
        :param ttl_seconds: retention time of messages without ``expires_at``
        """
        where = [self.column('id') == message_id, *self._is_live(),
                 self._expires_at(ttl_seconds) > now]
        if project_id is not None:
            where.append(
                self.is_in_project(self.column('project_id'), project_id))
        if self.soft_delete_values is None:
            return self.table.delete().where(*where)
        return self.table.update().where(*where).values(
            **self.soft_delete_values(now))

    def remove(self, message_ids: Iterable[str]) -> sqlalchemy.Delete:
        """Return the statement that removes rows permanently."""
        return self.table.delete().where(self.column('id').in_(message_ids))

    def _expires_at(self, ttl_seconds: int) -> _Column:
        column = self.column('expires_at')
        return sqlalchemy.case(
            (column.is_(None), sql_functions.Later(
                self._created_at(), sqlalchemy.literal(ttl_seconds))),
            (sql_functions.is_readable(column), column),
            (column > datetime.datetime.max,
             sql_functions.Time(datetime.datetime.max)),
            else_=sql_functions.Time(UNREADABLE))

    def _composed_event_id(self) -> _Column:
        action_id, *others = (
            functions.coalesce(self.column(name), '')
            for name in ('action_id', 'resource_type', 'detail_id'))
        resource_type, detail_id = (
            sqlalchemy.case((part == '', ''), else_='_' + part)
            for part in others)
        return sqlalchemy.case((action_id == '', ''), else_=(
            sqlalchemy.literal(f'{self.event_id_prefix}', types.String())
            + resource_type + '_' + action_id + detail_id))

    def _created_at(self) -> _Column:
        column = self.column('created_at')
        return sqlalchemy.case(
            (column.is_(None), sqlalchemy.null()),
            (sql_functions.is_readable(column), column),
            else_=sql_functions.Time(UNREADABLE))

    def _names(self) -> dict[str, str]:
        """Return the names in the table by the names in ``MESSAGES``."""
        optional = (OPTIONAL if self.event_id_prefix is None
                    else OPTIONAL | {'event_id'})
        names = {name: self.names.get(name, name)
                 for name in models.MESSAGES.columns.keys()}
        return {name: column_name for name, column_name in names.items()
                if name not in optional or name in self.names
                or column_name in self.table.c}

    def _is_live(self) -> list[_Condition]:
        return [self.table.c[name] == value
                for name, value in self.live_values.items()]


class DefaultTable(TableMapping):
    """The table of the library, whose columns need no conversion."""

    def __reduce__(self) -> Any:
        # Another process uses its own default table, not a copy.
        return 'DEFAULT_TABLE'

    @property
    def has_time_ordered_ids(self) -> bool:
        return True

    def rows(self, ttl_seconds: int,
             with_deleted: bool = False) -> sqlalchemy.FromClause:
        return self.table

    def belongs_to_project(self, column: _Column,
                           project_id: Any) -> _Condition:
        # The collation of the column compares byte by byte.
        return column == project_id

    def contains(self, column: _Column, part: Any, dialect: str) -> _Condition:
        return _contains(column, part, dialect)

    def has_expired(self, expires_at: _Column, timestamp: datetime.datetime,
                    ttl_seconds: int) -> _Condition:
        return expires_at <= timestamp

    def stored(self, values: Mapping[str, Any],
               dialect: sqlalchemy.Dialect) -> Mapping[str, Any]:
        # Defaults of the table are faster than empty values.
        stored = dict(values)
        for name in OPTIONAL:
            if not stored[name]:
                del stored[name]
        return stored

    def timestamp(self, timestamp: datetime.datetime, name: str,
                  dialect: sqlalchemy.Dialect) -> datetime.datetime:
        return timestamp

    def _expires_at(self, ttl_seconds: int) -> _Column:
        return self.column('expires_at')


def _equals_exactly(column: _Column, text: Any) -> _Condition:
    # The first comparison can use an index.
    return sqlalchemy.and_(column == text, sql_functions.Bytes(column) == text)


def _contains(column: _Column, part: Any, dialect: str) -> _Condition:
    find = (sqlalchemy.func.strpos if dialect == 'postgresql'
            else sqlalchemy.func.instr)
    return find(column, part) > 0


DEFAULT_TABLE = DefaultTable(models.MESSAGES)
