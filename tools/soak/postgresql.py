# SPDX-License-Identifier: Apache-2.0

"""A PostgreSQL of its own, behind HAProxy."""

from collections.abc import Sequence
import contextlib
import pathlib
import signal
from typing import Any

import psycopg

from soak import database
from soak import disk
from soak import haproxy
from soak import servers
from usermessages.tests import processes

IMMEDIATE, FAST = signal.SIGQUIT, signal.SIGINT


class PostgreSQL(database.Database):
    """One server.

    :param directory: for files
    """

    name = 'PostgreSQL'

    def __init__(self, directory: pathlib.Path):
        self._disk = disk.Disk(directory / 'disk')
        self.server = _Server(self._disk.path)
        self.proxy = haproxy.HAProxy(directory, [str(self.server.port)])
        self.url = (f'postgresql+psycopg://{database.USER}'
                    f':{database.PASSWORD}@127.0.0.1:{self.proxy.port}'
                    f'/usermessages')

    def start(self) -> None:
        self.server.make()
        self.serve()
        self.execute(f'CREATE ROLE {database.USER} LOGIN'
                     f" PASSWORD '{database.PASSWORD}'", 'postgres')
        self.execute(f'CREATE DATABASE usermessages OWNER {database.USER}',
                     'postgres')
        self.proxy.start()

    def restore(self) -> None:
        self.server.thaw()
        self.serve()

    def stop(self) -> None:
        self.proxy.kill()
        self.server.kill()
        self._disk.remove()

    def stop_serving(self, how: signal.Signals = FAST) -> None:
        self.server.ask_to_stop(how)

    def serve(self) -> None:
        if not self.server.is_running():
            self.server.launch(self.server.command())
        servers.wait_until(self._answers, 'PostgreSQL')

    def empty(self) -> None:
        self.execute('TRUNCATE user_messages')

    def rows(self) -> dict[str, list[str]]:
        return database.by_resource(self.execute(
            'SELECT id, resource_uuid FROM user_messages'))

    def version(self) -> str:
        return str(self.execute('SHOW server_version')[0][0])

    def disk(self) -> pathlib.Path | None:
        return self._disk.path if self._disk.is_small else None

    def execute(self, statement: str, name: str = 'usermessages') -> Any:
        """Execute a statement as administrator; return the rows."""
        with self.connect(name) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def connect(self, name: str = 'usermessages') -> Any:
        """Return a connection past HAProxy."""
        return psycopg.connect(
            host=str(self.server.home), port=self.server.port,
            user='postgres', dbname=name, autocommit=True, connect_timeout=2)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.Error):
            return bool(self.execute('SELECT 1', 'postgres'))
        return False


class _Server(servers.Server):

    def __init__(self, directory: pathlib.Path):
        super().__init__(directory, 'postgresql', user='postgres')
        self.port = processes.free_port()
        # The directory of Debian.
        self._programs = max(
            pathlib.Path('/usr/lib/postgresql').glob('*/bin'),
            key=lambda path: int(path.parent.name), default=None)
        if self._programs is None:
            raise servers.SoakError('There is no PostgreSQL in '
                                    '/usr/lib/postgresql.')

    def make(self) -> None:
        assert self._programs is not None
        self.run(self._programs / 'initdb', '--pgdata', 'data', '--username',
                 'postgres', '--auth', 'trust', '--no-sync', '--encoding',
                 'UTF8', '--locale', 'C', '--wal-segsize', '4')

    def command(self) -> Sequence[str]:
        settings = {
            'port': self.port, 'listen_addresses': '127.0.0.1',
            'unix_socket_directories': self.home, 'shared_buffers': '64MB',
            'max_wal_size': '64MB', 'min_wal_size': '16MB'}
        return [f'{self._programs}/postgres', '-D', 'data',
                *(word for name, value in settings.items()
                  for word in ('-c', f'{name}={value}'))]
