# SPDX-License-Identifier: Apache-2.0

"""The databases for all measurements.

Each subject gets a separate database on the same server, for example
``umbench_peer``, which is dropped at the end.  The benchmark does not change
the settings of the servers.  The user with the right to create databases is
``openstack_citest``, created by ``tools/test-setup.sh``, unless
``USERMESSAGES_BENCH_MYSQL`` and ``USERMESSAGES_BENCH_POSTGRESQL`` name another
user.
"""

from collections.abc import Iterable, Sequence
import io
import os
import pathlib
import sqlite3
from typing import Any
from urllib import parse

import psycopg2
import pymysql

from bench import rows

_PREFIX = 'umbench_'
_BATCH = 50000


class Database:
    """One kind of database.

    :param directory: for files
    """

    name: str

    def __init__(self, directory: pathlib.Path):
        self._directory = directory

    def make(self, name: str) -> str:
        """Make an empty database; return its URL for SQLAlchemy."""
        raise NotImplementedError

    def drop(self, name: str) -> None:
        """Remove a database, where there is one."""
        raise NotImplementedError

    def fill(self, name: str, table: str,
             messages: Iterable[rows.Row]) -> None:
        """Put messages into a table."""
        batch: list[rows.Row] = []
        for message in messages:
            batch.append(message)
            if len(batch) == _BATCH:
                self._insert(name, table, batch)
                batch = []
        if batch:
            self._insert(name, table, batch)

    def analyze(self, name: str, table: str) -> None:
        """Update the statistics of the planner."""
        raise NotImplementedError

    def ask(self, name: str, statement: str) -> Any:
        """Return the first value of the first row of a result, or None."""
        raise NotImplementedError

    def version(self) -> str:
        """Return the version of the server."""
        raise NotImplementedError

    def _insert(self, name: str, table: str,
                messages: Sequence[rows.Row]) -> None:
        raise NotImplementedError


class MariaDB(Database):
    """MariaDB, by way of PyMySQL."""

    name = 'MariaDB'

    def __init__(self, directory: pathlib.Path):
        super().__init__(directory)
        self._server = parse.urlsplit(os.environ.get(
            'USERMESSAGES_BENCH_MYSQL',
            'mysql://openstack_citest:openstack_citest@127.0.0.1:3306'))

    def make(self, name: str) -> str:
        self.drop(name)
        self.ask('', f'CREATE DATABASE {_PREFIX}{name}')
        return f'mysql+pymysql://{self._server.netloc}/{_PREFIX}{name}'

    def drop(self, name: str) -> None:
        self.ask('', f'DROP DATABASE IF EXISTS {_PREFIX}{name}')

    def analyze(self, name: str, table: str) -> None:
        self.ask(name, f'ANALYZE TABLE {table}')

    def ask(self, name: str, statement: str) -> Any:
        with self._connect(name) as connection:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                found = cursor.fetchone()
        return found[0] if found else None

    def version(self) -> str:
        return str(self.ask('', 'SELECT VERSION()'))

    def _connect(self, name: str) -> Any:
        return pymysql.connect(
            host=self._server.hostname, port=self._server.port or 3306,
            user=self._server.username, password=self._server.password or '',
            database=_PREFIX + name if name else None, autocommit=True)

    def _insert(self, name: str, table: str,
                messages: Sequence[rows.Row]) -> None:
        with self._connect(name) as connection:
            with connection.cursor() as cursor:
                cursor.execute('BEGIN')
                cursor.executemany(
                    _insert_into(table, messages[0], '%s'),
                    [tuple(message.values()) for message in messages])
                cursor.execute('COMMIT')


class PostgreSQL(Database):
    """PostgreSQL, by way of psycopg2."""

    name = 'PostgreSQL'

    def __init__(self, directory: pathlib.Path):
        super().__init__(directory)
        self._server = os.environ.get(
            'USERMESSAGES_BENCH_POSTGRESQL',
            'postgresql://openstack_citest:openstack_citest@127.0.0.1:5432')

    def make(self, name: str) -> str:
        self.drop(name)
        self.ask('', f'CREATE DATABASE {_PREFIX}{name}')
        return (f'{self._server}/{_PREFIX}{name}'
                .replace('postgresql:', 'postgresql+psycopg2:'))

    def drop(self, name: str) -> None:
        self.ask('', f'DROP DATABASE IF EXISTS {_PREFIX}{name} WITH (FORCE)')

    def analyze(self, name: str, table: str) -> None:
        self.ask(name, f'VACUUM ANALYZE {table}')

    def ask(self, name: str, statement: str) -> Any:
        connection = self._connect(name)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                found = cursor.fetchone() if cursor.description else None
        finally:
            connection.close()
        return found[0] if found else None

    def version(self) -> str:
        return str(self.ask('', 'SHOW server_version'))

    def _connect(self, name: str) -> Any:
        connection = psycopg2.connect(
            f'{self._server}/{_PREFIX + name if name else "postgres"}')
        connection.autocommit = True
        return connection

    def _insert(self, name: str, table: str,
                messages: Sequence[rows.Row]) -> None:
        text = io.StringIO(''.join(
            '\t'.join(map(str, message.values())) + '\n'
            for message in messages))
        connection = self._connect(name)
        try:
            with connection.cursor() as cursor:
                cursor.copy_expert(
                    f'COPY {table} ({", ".join(messages[0])}) FROM STDIN',
                    text)
        finally:
            connection.close()


class SQLite(Database):
    """A file of SQLite, its journal as the subject sets it."""

    name = 'SQLite'

    def make(self, name: str) -> str:
        self.drop(name)
        return f'sqlite:///{self._file(name)}'

    def drop(self, name: str) -> None:
        for suffix in ('', '-wal', '-shm', '-journal'):
            self._file(name).with_suffix(f'.sqlite{suffix}').unlink(
                missing_ok=True)

    def analyze(self, name: str, table: str) -> None:
        self.ask(name, 'ANALYZE')

    def ask(self, name: str, statement: str) -> Any:
        connection = sqlite3.connect(
            self._file(name) if name else ':memory:', timeout=60)
        try:
            with connection:
                found = connection.execute(statement).fetchone()
        finally:
            connection.close()
        return found[0] if found else None

    def version(self) -> str:
        return sqlite3.sqlite_version

    def _file(self, name: str) -> pathlib.Path:
        return self._directory / f'{_PREFIX}{name}.sqlite'

    def _insert(self, name: str, table: str,
                messages: Sequence[rows.Row]) -> None:
        connection = sqlite3.connect(self._file(name), timeout=60)
        try:
            with connection:
                # Times as SQLAlchemy writes them.
                connection.executemany(
                    _insert_into(table, messages[0], '?'),
                    [tuple(value if isinstance(value, (str, int))
                           else f'{value}.000000'
                           for value in message.values())
                     for message in messages])
        finally:
            connection.close()


ALL: tuple[type[Database], ...] = (MariaDB, PostgreSQL, SQLite)


def _insert_into(table: str, message: rows.Row, mark: str) -> str:
    # The names are those of this package, and the values are parameters.
    return (f'INSERT INTO {table} '
            f'({", ".join(message)}) VALUES '
            f'({", ".join([mark] * len(message))})')
