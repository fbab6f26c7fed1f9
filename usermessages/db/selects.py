# SPDX-License-Identifier: Apache-2.0

"""Make the statements that read messages.

``Selects(layout, ttl_seconds).of(form)`` is the statement for all questions of
a form: the filters by name, the order, the kind of page.  What can be filtered
and sorted stands in ``FILTERS`` and ``SORT_KEYS``, and here is decided which
index a database walks for it.
"""

from collections.abc import Callable, Sequence
import dataclasses
import datetime
import functools
import operator
from typing import Any, cast

import sqlalchemy

from usermessages._i18n import _
from usermessages.db import ids
from usermessages.db import models
from usermessages import exception

Order = tuple[tuple[str, str], ...]
_Column = sqlalchemy.ColumnElement[Any]

# Kept in upper case, so asked for in upper case.
UPPER_CASE = ('message_level', 'resource_type')
FILTERS = ('event_id', 'message_level', 'request_id', 'resource_type',
           'resource_uuid')
SORT_KEYS = (*FILTERS, 'created_at', 'expires_at', 'id')
DEFAULT_ORDER = (('created_at', 'desc'), ('id', 'desc'))

# Each has an index over all projects.  To sort a project by one of them,
# databases would walk that until they met enough rows of the project, and so
# perhaps the whole table.
_INDEXED_KEYS = ('expires_at', 'request_id', 'resource_uuid')

# Of the statements that read; there are as many as users combine sort keys.
_MAXIMUM_FORMS = 200

_NUMBER = sqlalchemy.Integer()
# Both inclusive, and what an ID is then that tells time.
BOUNDS: dict[str, tuple[Callable[[Any, Any], Any],
                        Callable[[datetime.datetime], str]]] = {
    'created_since': (operator.ge, ids.first_id),
    'created_before': (operator.le, ids.last_id)}


@dataclasses.dataclass(frozen=True)
class Form:
    """What is asked for, but for the values: the text of a statement."""

    dialect: str
    is_everywhere: bool
    # Names, and whether the value is empty.
    filters: tuple[tuple[str, bool], ...]
    order: Order = ()
    is_behind: bool = False
    is_limited: bool = False
    is_offset: bool = False


class Selects:
    """The statements of one table.

    :param layout: of the table
    :param ttl_seconds: time that a message has, where its row has none

    ``rows`` is what they select from.
    """

    def __init__(self, layout: models.Layout, ttl_seconds: int):
        self._layout = layout
        self.rows = layout.rows(ttl_seconds)
        # To make a statement takes longer than to send it.
        self.of = functools.lru_cache(_MAXIMUM_FORMS)(self._of)

    def _of(self, form: Form) -> sqlalchemy.Select[Any]:
        """Return the statement for all questions of a form."""
        parameter = sqlalchemy.bindparam
        conditions = [self.rows.c.expires_at > parameter('now')]
        if not form.is_everywhere:
            conditions.append(self._layout.is_of(
                self.rows.c.project_id, parameter('project_id')))
        for name, is_empty in form.filters:
            conditions.extend(self._condition(name, is_empty, form))
        columns = [(self._walked(key, form), direction)
                   for key, direction in self._indexed_order(form)]
        if form.is_behind:
            conditions.append(_behind(
                columns, [parameter(at_marker(column.name))
                          for column, _direction in columns]))
        select = sqlalchemy.select(self.rows).where(*conditions).order_by(
            *(getattr(column, direction)() for column, direction in columns))
        if form.is_limited:
            select = select.limit(parameter('limit', type_=_NUMBER))
        if form.is_offset:
            select = select.offset(parameter('offset', type_=_NUMBER))
        return select

    def _indexed_order(self, form: Form) -> Order:
        """Return the order of a form, as that of an index where it is one."""
        order = form.order
        # An ID starts with the time of its message, so for all projects the
        # primary key has the default order, for which there is no index on
        # purpose, and in a project that of the default has the order of IDs.
        if order and self._layout.ids_tell_time:
            if form.is_everywhere and order == (
                    ('created_at', order[0][1]), ('id', order[0][1])):
                return order[1:]
            if not form.is_everywhere and order[0][0] == 'id':
                return (('created_at', order[0][1]), *order)
        return order

    def _walked(self, name: str, form: Form) -> _Column:
        """Return a column that does not lead out of the scope."""
        column = self.rows.c[name]
        return (unindexed(column)
                if not form.is_everywhere and name in _INDEXED_KEYS
                else column)

    def _condition(self, name: str, is_empty: bool, form: Form,
                   ) -> list[sqlalchemy.ColumnElement[bool]]:
        """Return what holds for the messages that a filter keeps."""
        value: Any = sqlalchemy.bindparam(name)
        if name in BOUNDS:
            compare, id_at = BOUNDS[name]
            conditions = [compare(self.rows.c.created_at, value)]
            if form.is_everywhere and self._layout.ids_tell_time:
                conditions.append(compare(
                    self.rows.c.id, sqlalchemy.bindparam(id_at.__name__)))
            return conditions
        column_name = name.removesuffix('~')
        # What is about no resource may be most of all projects.
        column = (self._walked(column_name, form) if is_empty
                  else self.rows.c[column_name])
        if not name.endswith('~'):
            return [column == value]
        # LIKE would not compare byte by byte on SQLite.
        find = (sqlalchemy.func.strpos if form.dialect == 'postgresql'
                else sqlalchemy.func.instr)
        return [find(column, value) > 0]


def complete_order(keys: Sequence[str], directions: Sequence[str]) -> Order:
    """Return the complete order: no two messages are equal in it.

    :raises Invalid: a key or a direction is unknown
    """
    if len(directions) > len(keys):
        raise exception.Invalid(_('There are more sort directions than keys.'))
    pairs = list(zip(keys, [*directions, *['desc'] * len(keys)]))
    for key, direction in pairs:
        if key not in SORT_KEYS:
            raise exception.Invalid(
                _('Sort key %(key)r is not one of %(known)s.')
                % {'key': key, 'known': ', '.join(SORT_KEYS)})
        if direction not in ('asc', 'desc'):
            raise exception.Invalid(
                _('Sort direction %r is neither asc nor desc.') % direction)
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


def _behind(columns: Sequence[tuple[_Column, str]],
            position: Sequence[Any]) -> sqlalchemy.ColumnElement[bool]:
    """Return what holds for the rows that follow the position.

    For two keys, ``a <= x AND (a < x OR b < y)``.  Of the ways to write this
    it is the one for which MariaDB, PostgreSQL and SQLite all take the bound
    from the index.
    """
    (column, direction), value = columns[0], position[0]
    beyond = column < value if direction == 'desc' else column > value
    if len(columns) == 1:
        return beyond
    within = column <= value if direction == 'desc' else column >= value
    return sqlalchemy.and_(within, sqlalchemy.or_(
        beyond, _behind(columns[1:], position[1:])))


def unindexed(column: _Column) -> _Column:
    """Return the column in a way that keeps databases from its index."""
    return sqlalchemy.func.coalesce(column, column).label(column.name)


def can_hold(column: _Column, value: Any) -> bool:
    """Tell whether a value of the column can equal that at all.

    To ask a database for what it can not hold is an error on some of them.
    """
    if not isinstance(value, str) or '\0' in value:
        return False
    column_type = cast(models.ExactText, column.type)
    if column_type.length and len(value) > column_type.length:
        return False
    # A table of a host may have either.
    if getattr(column_type, 'charset', None) == 'ascii':
        return value.isascii()
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
