# SPDX-License-Identifier: Apache-2.0

"""SQL functions with a different syntax in each database.

``Later(column, 30)`` is a time 30 seconds after the time in the column, with
SQLite, MariaDB, MySQL and PostgreSQL.
"""

import datetime
from typing import Any

import sqlalchemy
from sqlalchemy.ext import compiler
from sqlalchemy.sql import functions
from sqlalchemy import types

from usermessages.db import models


def utc_now(dialect: str) -> sqlalchemy.ColumnElement[Any] | None:
    """Return the current time of a server, naive and in UTC.

    :returns: None for SQLite, which has no server clock
    """
    function = sqlalchemy.func
    if dialect == 'postgresql':
        return function.timezone('UTC', function.clock_timestamp(),
                                 type_=models.UTC_TIME)
    if dialect in ('mysql', 'mariadb'):
        return function.utc_timestamp(sqlalchemy.literal_column('6'),
                                      type_=models.UTC_TIME)
    return None


def is_readable(column: sqlalchemy.ColumnElement[Any],
                ) -> sqlalchemy.ColumnElement[bool]:
    """Return the condition for times that Python can read.

    MariaDB can store 2026-02-00, and PostgreSQL "infinity".
    """
    return Later(column, sqlalchemy.literal(0)).between(
        datetime.datetime.min, datetime.datetime.max)


class Bytes(functions.GenericFunction[str]):
    """Text with a comparison byte by byte, independent of the collation."""

    type = types.String()
    inherit_cache = True
    _register = False


@compiler.compiles(Bytes)
def _bytes(element: Any, compile_: Any, **options: Any) -> str:
    # For SQLite; a column can ignore case or trailing blanks.
    return f'({compile_.process(element.clauses, **options)}) COLLATE BINARY'


@compiler.compiles(Bytes, 'postgresql')
def _bytes_on_postgresql(element: Any, compile_: Any, **options: Any) -> str:
    text = compile_.process(element.clauses, **options)
    return f'CAST({text} AS TEXT) COLLATE "C"'


@compiler.compiles(Bytes, 'mysql')
@compiler.compiles(Bytes, 'mariadb')
def _bytes_on_mysql(element: Any, compile_: Any, **options: Any) -> str:
    text = compile_.process(element.clauses, **options)
    return f'CAST(CONVERT({text} USING utf8mb4) AS BINARY)'


class Time(functions.GenericFunction[datetime.datetime]):
    """A literal time, with the type of the columns for times."""

    type = models.UTC_TIME
    inherit_cache = True
    _register = False


@compiler.compiles(Time)
def _time(element: Any, compile_: Any, **options: Any) -> str:
    return compile_.process(element.clauses, **options)


@compiler.compiles(Time, 'mysql')
@compiler.compiles(Time, 'mariadb')
def _time_on_mysql(element: Any, compile_: Any, **options: Any) -> str:
    text = compile_.process(element.clauses, **options)
    return f'CAST({text} AS DATETIME(6))'


class Later(functions.GenericFunction[datetime.datetime]):
    """The sum of a time and a number of seconds."""

    type = models.UTC_TIME
    inherit_cache = True
    _register = False


@compiler.compiles(Later)
def _later(element: Any, compile_: Any, **options: Any) -> str:
    timestamp, seconds = (compile_.process(clause, **options)
                          for clause in element.clauses)
    return f'({timestamp} + INTERVAL {seconds} SECOND)'


@compiler.compiles(Later, 'postgresql')
def _later_on_postgresql(element: Any, compile_: Any, **options: Any) -> str:
    timestamp, seconds = (compile_.process(clause, **options)
                          for clause in element.clauses)
    return f'({timestamp} + make_interval(secs => {seconds}))'


@compiler.compiles(Later, 'sqlite')
def _later_on_sqlite(element: Any, compile_: Any, **options: Any) -> str:
    timestamp, seconds = (compile_.process(clause, **options)
                          for clause in element.clauses)
    # The format of SQLAlchemy, since SQLite compares times as text.
    return (f"(strftime('%Y-%m-%d %H:%M:%f', {timestamp}, {seconds}"
            " || ' seconds') || '000')")
