# SPDX-License-Identifier: Apache-2.0

"""Build the statements that read messages.

``Selects(table_mapping, ttl_seconds).statement(shape)`` is the statement for
all queries of a shape, which consists of the names of the filters, the order
and the kind of page.  The values are parameters of the statement.
``fields.FIELDS`` has the filters and sort keys; this module determines the
index that a query reads.

The module has more than 300 lines, because the statements share conditions,
orders and bounds.
"""

from collections.abc import Callable, Sequence
import dataclasses
import datetime
import functools
import operator
from typing import Any

import sqlalchemy

from usermessages._i18n import _
from usermessages.db import ids
from usermessages.db import models
from usermessages.db import sql_functions
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception
from usermessages.features import Feature
from usermessages import fields

Order = tuple[tuple[str, str], ...]
_Column = sqlalchemy.ColumnElement[Any]

# The ID of a message is not a query parameter.
_FILTERS = {**fields.FILTERS, 'id': fields.Filter(
    'id', fields.Match.EQUAL, Feature.MESSAGES)}
_SORT_KEYS = tuple(field.column for field in fields.FIELDS if field.sort_keys)
DEFAULT_ORDER = (('created_at', 'desc'), ('id', 'desc'))

# Columns with an index for all projects.  To sort the messages of a project,
# databases would read the index, and perhaps the whole table.
_INDEXED_KEYS = ('expires_at', 'request_id', 'resource_uuid')

# The maximum number of messages that a list reads, which takes half a second
# if the messages are not in memory.
SEARCH_ROWS = 100000
# The maximum number of messages, the newest, in message groups.
GROUPED_ROWS = 10000
GROUP_KEYS = ('event_id', 'message_level', 'resource_type')
# The filters with an index.
_INDEXED_FILTERS = ('request_id', 'resource_uuid')

# The number of cached statements; users can combine sort keys.
_MAXIMUM_SHAPES = 200

_NUMBER = sqlalchemy.Integer()


@dataclasses.dataclass(frozen=True)
class Bound:
    """An inclusive bound of the time of creation.

    ``id_at`` returns the same bound for time-ordered IDs, and ``id_parameter``
    is the name of the parameter for the ID.
    """

    compare: Callable[[Any, Any], Any]
    id_at: Callable[[datetime.datetime], str]
    id_parameter: str


BOUNDS = {
    name: (Bound(operator.ge, ids.first_id, 'first_id')
           if found.match is fields.Match.SINCE
           else Bound(operator.le, ids.last_id, 'last_id'))
    for name, found in fields.FILTERS.items()
    if found.is_time and found.column == 'created_at'}


@dataclasses.dataclass(frozen=True)
class QueryShape:
    """A query without its values, which determines the statement."""

    dialect: str
    all_projects: bool
    # Names, and whether the value is empty.
    filters: tuple[tuple[str, bool], ...]
    order: Order = ()
    has_marker: bool = False
    has_limit: bool = False
    has_offset: bool = False
    # The query reads at most SEARCH_ROWS messages.
    is_bounded: bool = False


class Selects:
    """The statements of one table.

    :param table_mapping: the mapping of the table
    :param ttl_seconds: retention time of messages without ``expires_at``
    :ivar rows: the table or subquery of all statements
    """

    def __init__(self, table_mapping: db_table_mapping.TableMapping,
                 ttl_seconds: int):
        self._table_mapping = table_mapping
        self.rows = table_mapping.rows(ttl_seconds)
        self._rows_with_deleted = table_mapping.rows(
            ttl_seconds, with_deleted=True)
        # Building a statement takes longer than its execution.
        self.statement = functools.lru_cache(_MAXIMUM_SHAPES)(
            self._statement)
        self.search_end = functools.lru_cache(_MAXIMUM_SHAPES)(
            self._search_end)
        self.groups = functools.lru_cache(_MAXIMUM_SHAPES)(self._groups)

    def at_marker(self, all_projects: bool) -> sqlalchemy.Select[Any]:
        """Return the statement that finds the row at a marker.

        The message can be soft deleted.
        """
        rows, parameter = self._rows_with_deleted, sqlalchemy.bindparam
        select = sqlalchemy.select(rows).where(rows.c.id == parameter('id'))
        return select if all_projects else select.where(
            self._table_mapping.belongs_to_project(
                rows.c.project_id, parameter('project_id')))

    def is_search(self, shape: QueryShape, offset: int) -> bool:
        """Tell whether the query can read rows outside of its result.

        The indexes of a mapped table are unknown.
        """
        return (self._table_mapping.has_time_ordered_ids
                and not _is_narrow(shape)
                and (offset > SEARCH_ROWS or not self.has_index_order(shape)
                     or any(name not in BOUNDS
                            for name, _is_empty in shape.filters)))

    def has_index_order(self, shape: QueryShape) -> bool:
        """Tell whether the order of a shape is the order of an index."""
        keys = ('id',) if shape.all_projects else ('created_at', 'id')
        order = self._indexed_order(shape)
        return (self._table_mapping.has_time_ordered_ids
                and tuple(key for key, _direction in order) == keys
                and len({direction for _key, direction in order}) == 1)

    def _search_end(self, shape: QueryShape) -> sqlalchemy.Select[Any]:
        """Return the statement that finds the end of a bounded search.

        The result is empty if the search is within the bound.  The statement
        reads only an index, and takes a tenth of the time of the search.
        """
        filters = tuple(item for item in shape.filters if item[0] in BOUNDS)
        shape = (dataclasses.replace(shape, filters=filters)
                 if self.has_index_order(shape) else QueryShape(
                     shape.dialect, shape.all_projects, filters,
                     DEFAULT_ORDER))
        conditions, columns = self._conditions_and_order(shape)
        select = self._with_index_hint(
            sqlalchemy.select(columns[0][0]), shape)
        return select.where(*conditions).order_by(*_ordered(columns)).limit(
            1).offset(SEARCH_ROWS)

    def _statement(self, shape: QueryShape) -> sqlalchemy.Select[Any]:
        """Return the statement for all queries of a shape."""
        parameter = sqlalchemy.bindparam
        conditions, columns = self._conditions_and_order(shape)
        conditions.append(self.rows.c.expires_at > parameter('now'))
        if shape.is_bounded:
            column, direction = columns[0]
            compare = operator.ge if direction == 'desc' else operator.le
            conditions.append(compare(column, parameter('search_end')))
        select = self._with_index_hint(
            sqlalchemy.select(self.rows), shape).where(
                *conditions).order_by(*_ordered(columns))
        if shape.has_limit:
            select = select.limit(parameter('limit', type_=_NUMBER))
        if shape.has_offset:
            select = select.offset(parameter('offset', type_=_NUMBER))
        return select

    def _groups(self, shape: QueryShape) -> sqlalchemy.Select[Any]:
        """Return the statement that counts the newest messages of a shape.

        The order of a shape is the default order, and its limit is the number
        of messages to count.
        """
        function, rows = sqlalchemy.func, self.rows.c
        select = self._statement(shape).with_only_columns(
            rows.id, rows.created_at, rows.resource_uuid, rows.action_id,
            rows.detail_id, *(rows[key] for key in GROUP_KEYS))
        if not shape.all_projects:
            # Python cannot compare the projects of counted messages.
            select = select.where(sql_functions.Bytes(
                rows.project_id) == sqlalchemy.bindparam('project_id'))
        columns = select.subquery('newest').c
        latest_id: Any = columns.id
        if not self._table_mapping.has_time_ordered_ids:
            ranked = sqlalchemy.select(
                *columns, function.first_value(columns.id).over(
                    partition_by=[columns[key] for key in GROUP_KEYS],
                    order_by=[columns.created_at.desc(), columns.id.desc()])
                .label('latest_id')).subquery('ranked')
            columns, latest_id = ranked.c, ranked.c.latest_id
        keys = [columns[key] for key in GROUP_KEYS]
        count, last_at = function.count(), function.max(columns.created_at)
        return sqlalchemy.select(
            *keys, function.max(columns.action_id).label('action_id'),
            function.max(columns.detail_id).label('detail_id'),
            count.label('count'),
            function.count(sqlalchemy.distinct(
                function.nullif(columns.resource_uuid, ''))).label(
                    'resources'),
            function.min(columns.created_at).label('first_at'),
            last_at.label('last_at'),
            # PostgreSQL has no maximum of UUIDs.
            function.max(sqlalchemy.cast(
                latest_id, sqlalchemy.String(models.ID_LENGTH))).label(
                    'latest_id'),
        ).group_by(*keys).order_by(count.desc(), last_at.desc(), *keys)

    def _with_index_hint(self, select: sqlalchemy.Select[Any],
                         shape: QueryShape) -> sqlalchemy.Select[Any]:
        """Add a hint for MariaDB to start at the marker.

        In a project with a large part of the table, MariaDB would start with
        the newest message and skip the messages before the marker or bound.
        """
        if (shape.dialect in ('mysql', 'mariadb') and not shape.all_projects
                and self.has_index_order(shape) and not _is_narrow(shape)):
            return select.with_hint(
                self.rows, f'FORCE INDEX ({models.PROJECT_INDEX})')
        return select

    def _conditions_and_order(self, shape: QueryShape,
                              ) -> tuple[list[sqlalchemy.ColumnElement[bool]],
                                         list[tuple[_Column, str]]]:
        """Return the conditions and the order of a shape."""
        parameter = sqlalchemy.bindparam
        conditions: list[sqlalchemy.ColumnElement[bool]] = []
        if not shape.all_projects:
            conditions.append(self._table_mapping.belongs_to_project(
                self.rows.c.project_id, parameter('project_id')))
        for name, is_empty in shape.filters:
            conditions.extend(self._condition(name, is_empty, shape))
        columns = [(self._scoped_column(key, shape), direction)
                   for key, direction in self._indexed_order(shape)]
        if shape.has_marker:
            conditions.append(_after_marker(
                columns, [parameter(at_marker(column.name))
                          for column, _direction in columns]))
        return conditions, columns

    def _indexed_order(self, shape: QueryShape) -> Order:
        """Return the order of a shape, if possible the order of an index."""
        order = shape.order
        # An ID starts with the time of its message.  Therefore, the primary
        # key has the default order of all projects, which needs no other
        # index, and the index of a project has the order of IDs.
        if order and self._table_mapping.has_time_ordered_ids:
            if shape.all_projects and order == (
                    ('created_at', order[0][1]), ('id', order[0][1])):
                return order[1:]
            if not shape.all_projects and order[0][0] == 'id':
                return (('created_at', order[0][1]), *order)
        return order

    def _scoped_column(self, name: str, shape: QueryShape) -> _Column:
        """Return a column without an index over all projects."""
        column = self.rows.c[name]
        return (unindexed(column)
                if not shape.all_projects and name in _INDEXED_KEYS
                else column)

    def _condition(self, name: str, is_empty: bool, shape: QueryShape,
                   ) -> list[sqlalchemy.ColumnElement[bool]]:
        """Return the conditions of a filter."""
        value: Any = sqlalchemy.bindparam(name)
        query_filter = _FILTERS[name]
        if query_filter.is_time:
            bound = BOUNDS[name]
            conditions = [bound.compare(self.rows.c.created_at, value)]
            if shape.all_projects and self._table_mapping.has_time_ordered_ids:
                conditions.append(bound.compare(
                    self.rows.c.id, sqlalchemy.bindparam(bound.id_parameter)))
            return conditions
        # Most messages can have an empty value, such as no resource.
        column = (self._scoped_column(query_filter.column, shape) if is_empty
                  else self.rows.c[query_filter.column])
        if query_filter.match is fields.Match.EQUAL:
            return [column == value]
        return [self._table_mapping.contains(column, value, shape.dialect)]


def complete_order(keys: Sequence[str], directions: Sequence[str]) -> Order:
    """Return the complete order, in which no two messages are equal.

    :raises Invalid: a key or a direction is unknown
    """
    if len(directions) > len(keys):
        raise exception.Invalid(_('There are more sort directions than keys.'))
    pairs = list(zip(keys, [*directions, *['desc'] * len(keys)]))
    for key, direction in pairs:
        if key not in _SORT_KEYS:
            raise exception.Invalid(
                _('Sort key %(key)r is not one of %(known)s.')
                % {'key': key, 'known': ', '.join(_SORT_KEYS)})
        if direction not in ('asc', 'desc'):
            raise exception.Invalid(
                _('Sort direction %r must be asc or desc.') % direction)
    first = pairs[0][1] if pairs else 'desc'
    order: dict[str, str] = {}
    for key, direction in [*pairs, ('created_at', first), ('id', first)]:
        order.setdefault(key, direction)
        if key == 'id':
            break
    return tuple(order.items())


def at_marker(key: str) -> str:
    """Return the name of the parameter for the value at a marker."""
    return f'{key}_at_marker'


def _is_narrow(shape: QueryShape) -> bool:
    """Tell whether a filter of the shape has an index."""
    return any(name in _INDEXED_FILTERS and not is_empty
               for name, is_empty in shape.filters)


def _ordered(columns: Sequence[tuple[_Column, str]]) -> list[_Column]:
    return [getattr(column, direction)() for column, direction in columns]


def _after_marker(columns: Sequence[tuple[_Column, str]],
                  position: Sequence[Any]) -> sqlalchemy.ColumnElement[bool]:
    """Return the condition for the rows after the marker.

    For two keys, ``a <= x AND (a < x OR b < y)``.  In this form, MariaDB,
    PostgreSQL and SQLite apply the bound to the index.
    """
    (column, direction), value = columns[0], position[0]
    after = column < value if direction == 'desc' else column > value
    if len(columns) == 1:
        return after
    not_before = column <= value if direction == 'desc' else column >= value
    return sqlalchemy.and_(not_before, sqlalchemy.or_(
        after, _after_marker(columns[1:], position[1:])))


def unindexed(column: _Column) -> _Column:
    """Return an expression for the column that has no index."""
    return sqlalchemy.func.coalesce(column, column).label(column.name)
