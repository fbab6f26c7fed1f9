# SPDX-License-Identifier: Apache-2.0

"""The table of user messages.

``MESSAGES`` is the truth about columns and indexes; the migrations lead to
it, which a test compares on each database.  Text compares byte by byte
everywhere: a collation that takes ``abc`` for ``ABC`` or for ``abc `` would
show one project the messages of another.  ``Layout`` is for a table that a
service has already.
"""

from collections.abc import Callable, Iterable, Mapping
import dataclasses
import datetime
from typing import Any

import sqlalchemy
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions
from sqlalchemy import types

from usermessages._i18n import _
from usermessages import exception

ID_LENGTH = 36
TEXT_LENGTH = 255
NAME_LENGTH = 64


class ExactText(types.TypeDecorator):
    """Text that equals nothing but itself, trailing blanks included.

    :param length: in characters
    :param charset: ``ascii`` for what the catalog and the code produce,
        ``utf8mb4`` for what comes from elsewhere; of MySQL and MariaDB only
    """

    impl = types.String
    cache_ok = True

    def __init__(self, length: int, charset: str = 'utf8mb4'):
        super().__init__(length)
        self.length = length
        self.charset = charset

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name in ('mysql', 'mariadb'):
            # The URL does not tell MariaDB from MySQL: mysql+pymysql:// goes
            # to either.  MySQL has no nopad_bin, but one that does not pad.
            if dialect.is_mariadb:
                collation = f'{self.charset}_nopad_bin'
            elif self.charset == 'utf8mb4':
                collation = 'utf8mb4_0900_bin'
            else:
                collation = f'{self.charset}_bin'
            return dialect.type_descriptor(mysql.VARCHAR(
                self.length, charset=self.charset, collation=collation))
        if dialect.name == 'postgresql':
            return dialect.type_descriptor(
                types.String(self.length, collation='C'))
        return dialect.type_descriptor(types.String(self.length))


# Half the size of text, and the same order.
MESSAGE_ID = ExactText(ID_LENGTH, 'ascii').with_variant(
    postgresql.UUID(as_uuid=False), 'postgresql')

# Naive, in UTC; without a variant MySQL and MariaDB keep whole seconds only.
UTC_TIME = types.DateTime().with_variant(
    mysql.DATETIME(fsp=6), 'mysql', 'mariadb')

metadata = sqlalchemy.MetaData()

MESSAGES = sqlalchemy.Table(
    'user_messages', metadata,
    sqlalchemy.Column('id', MESSAGE_ID, primary_key=True),
    sqlalchemy.Column('project_id', ExactText(TEXT_LENGTH), nullable=False),
    sqlalchemy.Column('event_id', ExactText(TEXT_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('action_id', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('detail_id', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('message_level', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('resource_type', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('resource_uuid', ExactText(TEXT_LENGTH),
                      nullable=False),
    sqlalchemy.Column('request_id', ExactText(TEXT_LENGTH), nullable=False),
    sqlalchemy.Column('created_at', UTC_TIME, nullable=False),
    sqlalchemy.Column('expires_at', UTC_TIME, nullable=False),
    # There is none on (created_at, id): MariaDB and PostgreSQL would prefer
    # it for a large project and then walk the messages of all projects.
    sqlalchemy.Index('user_messages_project_idx',
                     'project_id', 'created_at', 'id'),
    sqlalchemy.Index('user_messages_resource_idx',
                     'resource_uuid', 'created_at', 'id'),
    sqlalchemy.Index('user_messages_request_idx', 'request_id'),
    sqlalchemy.Index('user_messages_expires_idx', 'expires_at'),
    mysql_engine='InnoDB', mysql_charset='utf8mb4',
    mariadb_engine='InnoDB', mariadb_charset='utf8mb4')


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where a table that a service has already keeps its messages.

    That of Cinder::

        Layout(models.Message.__table__, alive={'deleted': False},
               deletion=lambda now: {'deleted': True, 'deleted_at': now})

    Such a table works as it stands.  It is as fast as its indexes are, and
    compares text as its collation does, but for the project, of which each
    byte counts.

    :param table: the table; NULL stands for empty text in it, and in
        ``expires_at`` for the time that a message has from its creation
    :param names: its names of columns, where they differ from those here
    :param alive: what a row has that is not deleted, as plain values
    :param deletion: returns what a row gets that is deleted, at that naive
        time in UTC; by default the row is removed
    :raises ConfigurationError: the table has not all of the columns, or
        ``names`` has one twice
    """

    table: sqlalchemy.Table
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    alive: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    deletion: Callable[[datetime.datetime], Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        missing = {*self._names().values(), *self.alive,
                   *(self.deletion(datetime.datetime.min)
                     if self.deletion else ())} - {*self.table.c.keys()}
        if missing:
            raise exception.ConfigurationError(
                _('The table %(table)s has no column %(columns)s.')
                % {'table': self.table.name,
                   'columns': ', '.join(sorted(missing))})
        if any(isinstance(value, sqlalchemy.ClauseElement)
               for value in self.alive.values()):
            raise exception.ConfigurationError(
                _('What is alive in the table %s is told by an expression of '
                  'SQL; give a plain value.') % self.table.name)
        names = self._names()
        if {*self.names} - {*names} or len({*names.values()}) < len(names):
            raise exception.ConfigurationError(
                _('The names for the table %s are not those of different '
                  'columns.') % self.table.name)

    @property
    def ids_tell_time(self) -> bool:
        """Whether all IDs sort as the times of their messages do."""
        return self.table is MESSAGES

    def rows(self, ttl_seconds: int) -> sqlalchemy.FromClause:
        """Return what to select from; it has the columns of ``MESSAGES``.

        :param ttl_seconds: time that a message has, where its row has none
        """
        if self.table is MESSAGES:
            return MESSAGES
        columns = []
        for name, theirs in self._names().items():
            column: Any = self.table.c[theirs]
            if name == 'created_at':
                column = functions.coalesce(
                    column, self.column('expires_at'))
            elif name == 'expires_at':
                column = self._expires_at(ttl_seconds)
            elif column.nullable and isinstance(column.type, types.String):
                column = functions.coalesce(column, '')
            columns.append(column.label(name))
        return sqlalchemy.select(*columns).where(
            *self._alive()).subquery('messages')

    def column(self, name: str) -> sqlalchemy.Column[Any]:
        """Return the column of the table that stands for one of ours."""
        return self.table.c[self.names.get(name, name)]

    def length(self, name: str) -> int | None:
        """Return how many characters a column takes, None for any number."""
        return getattr(self.column(name).type, 'length', None)

    def is_of(self, column: sqlalchemy.ColumnElement[Any],
              project_id: Any) -> sqlalchemy.ColumnElement[bool]:
        """Return what holds for the messages of a project.

        :param column: that with the project
        :param project_id: its ID, or the parameter that stands for it
        """
        # Our own collation compares byte by byte already.
        if self.table is MESSAGES:
            return column == project_id
        return self.is_exactly(column, project_id)

    def is_exactly(self, column: sqlalchemy.ColumnElement[Any],
                   project_id: Any) -> sqlalchemy.ColumnElement[bool]:
        """Return the same, whatever became of the collation of the table.

        For what is removed; what is read is looked at once more.
        """
        return sqlalchemy.and_(column == project_id,
                               _Bytes(column) == project_id)

    def expired(self, expires_at: sqlalchemy.ColumnElement[Any],
                moment: datetime.datetime,
                ttl_seconds: int) -> sqlalchemy.ColumnElement[bool]:
        """Return what holds for the messages that were past it at a moment.

        It compares columns with values, so that an index can be used.

        :param expires_at: that column, or what stands for it
        :param ttl_seconds: time that a message has, where its row has none
        """
        if self.table is MESSAGES:
            return expires_at <= moment
        created_before = moment - datetime.timedelta(seconds=ttl_seconds)
        return sqlalchemy.or_(expires_at <= moment, sqlalchemy.and_(
            expires_at.is_(None),
            self.column('created_at') <= created_before))

    def stored(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a row of the table has for a message."""
        if self.table is MESSAGES:
            return values
        stored: dict[str, Any] = dict(self.alive)
        for name, theirs in self._names().items():
            value = values[name]
            if isinstance(value, datetime.datetime):
                # Some databases keep whole seconds only, and of those some
                # would round up.
                value = self.moment(value)
            elif value == '' and self.table.c[theirs].nullable:
                value = None
            stored[theirs] = value
        return stored

    def moment(self, moment: datetime.datetime) -> datetime.datetime:
        """Return a time as the table keeps it."""
        return (moment if self.table is MESSAGES
                else moment.replace(microsecond=0))

    def delete(self, message_id: str, now: datetime.datetime,
               project_id: str | None,
               ttl_seconds: int) -> sqlalchemy.UpdateBase:
        """Return the statement that removes a message for its users.

        :param project_id: whose it has to be; None for anybody's
        :param ttl_seconds: time that a message has, where its row has none
        """
        where = [self._id == message_id, *self._alive(),
                 self._expires_at(ttl_seconds) > now]
        if project_id is not None:
            where.append(
                self.is_exactly(self.column('project_id'), project_id))
        if self.deletion is None:
            return self.table.delete().where(*where)
        return self.table.update().where(*where).values(
            **self.deletion(now))

    def remove(self, message_ids: Iterable[str]) -> sqlalchemy.Delete:
        """Return the statement that removes rows for good."""
        return self.table.delete().where(self._id.in_(message_ids))

    def create(self, url: str) -> None:
        """Make the table in an empty database, for a test of the host."""
        engine = sqlalchemy.create_engine(url)
        self.table.create(engine)
        engine.dispose()

    def raw_rows(self, url: str) -> list[Mapping[str, Any]]:
        """Return all that a database has in the table, for such a test."""
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect() as connection:
                # No type of a column has a say in what is there.
                return [dict(row) for row in connection.execute(
                    sqlalchemy.select(sqlalchemy.text('*')).select_from(
                        self.table)).mappings()]
        finally:
            engine.dispose()

    @property
    def _id(self) -> sqlalchemy.Column[Any]:
        return self.column('id')

    def _expires_at(self, ttl_seconds: int) -> sqlalchemy.ColumnElement[Any]:
        column = self.column('expires_at')
        if self.table is MESSAGES:
            return column
        return functions.coalesce(
            column, _Later(self.column('created_at'),
                           sqlalchemy.literal(ttl_seconds)))

    def _names(self) -> dict[str, str]:
        return {column.name: self.names.get(column.name, column.name)
                for column in MESSAGES.columns}

    def _alive(self) -> list[sqlalchemy.ColumnElement[bool]]:
        return [self.table.c[name] == value
                for name, value in self.alive.items()]


class _Bytes(functions.GenericFunction[str]):
    """Text that is compared byte by byte, whatever its collation."""

    type = types.String()
    inherit_cache = True
    _register = False


@compiler.compiles(_Bytes)
def _bytes(element: Any, compile_: Any, **options: Any) -> str:
    return compile_.process(element.clauses, **options)


@compiler.compiles(_Bytes, 'mysql')
@compiler.compiles(_Bytes, 'mariadb')
def _bytes_on_mysql(element: Any, compile_: Any, **options: Any) -> str:
    text = compile_.process(element.clauses, **options)
    return f'CAST(CONVERT({text} USING utf8mb4) AS BINARY)'


class _Later(functions.GenericFunction[datetime.datetime]):
    """A time in a column, and so many seconds."""

    type = UTC_TIME
    inherit_cache = True
    _register = False


@compiler.compiles(_Later)
def _later(element: Any, compile_: Any, **options: Any) -> str:
    moment, seconds = (compile_.process(clause, **options)
                       for clause in element.clauses)
    return f'({moment} + INTERVAL {seconds} SECOND)'


@compiler.compiles(_Later, 'postgresql')
def _later_on_postgresql(element: Any, compile_: Any, **options: Any) -> str:
    moment, seconds = (compile_.process(clause, **options)
                       for clause in element.clauses)
    return f'({moment} + make_interval(secs => {seconds}))'


@compiler.compiles(_Later, 'sqlite')
def _later_on_sqlite(element: Any, compile_: Any, **options: Any) -> str:
    moment, seconds = (compile_.process(clause, **options)
                       for clause in element.clauses)
    # As SQLAlchemy writes times there, so that they compare as text.
    return (f"(strftime('%Y-%m-%d %H:%M:%f', {moment}, {seconds}"
            " || ' seconds') || '000')")


OWN = Layout(MESSAGES)
