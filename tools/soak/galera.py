# SPDX-License-Identifier: Apache-2.0

"""A Galera cluster of three nodes of its own, behind HAProxy.

HAProxy sends all clients to the first node that reports to be synced.
"""

from collections.abc import Sequence
import contextlib
import http.server
import pathlib
import re
import threading
from typing import Any

import pymysql

from soak import database
from soak import disk
from soak import haproxy
from soak import servers
from usermessages.tests import processes

_PROVIDER = '/usr/lib/galera/libgalera_smm.so'
_SYNCED = '4'
_SYSTEM_USER = 'mysql'
# For inspecting a node that does not respond.
_LOOK_SECONDS = 1
# Time to find or send all rows of a purge.
_PATIENCE_SECONDS = 120


class Node(servers.Server):
    """One node.  The first one has the small disk."""

    def __init__(self, directory: pathlib.Path, number: int):
        super().__init__(directory, f'node{number}', user=_SYSTEM_USER)
        self.port, self.group_port, self._ist_port, self._sst_port = (
            processes.free_port() for _port in range(4))
        self.socket = self.home / 'socket'
        self.data = self.home / 'data'
        self.addresses = ''

    def make(self) -> None:
        """Make its files."""
        self.run('mariadb-install-db', '--no-defaults', f'--datadir='
                 f'{self.data}', '--auth-root-authentication-method=normal',
                 '--skip-test-db')

    def command(self) -> Sequence[str]:
        provider = (f'gmcast.listen_addr=tcp://127.0.0.1:{self.group_port};'
                    f'ist.recv_addr=127.0.0.1:{self._ist_port};'
                    'gcache.size=64M')
        settings = {
            'datadir': self.data, 'socket': self.socket, 'port': self.port,
            'bind-address': '127.0.0.1', 'pid-file': self.home / 'pid',
            'skip-name-resolve': 'ON', 'binlog-format': 'ROW',
            'innodb-autoinc-lock-mode': 2, 'innodb-buffer-pool-size': '64M',
            'innodb-log-file-size': '32M',
            'innodb-flush-log-at-trx-commit': 1, 'wsrep-on': 'ON',
            'wsrep-provider': _PROVIDER, 'wsrep-cluster-name': 'soak',
            'wsrep-cluster-address': f'gcomm://{self.addresses}',
            'wsrep-node-name': self.name,
            'wsrep-node-address': f'127.0.0.1:{self.group_port}',
            'wsrep-provider-options': provider, 'wsrep-sst-method': 'rsync',
            'wsrep-sst-receive-address': f'127.0.0.1:{self._sst_port}'}
        return ['mariadbd', '--no-defaults', *(
            f'--{name}={value}' for name, value in settings.items())]

    def recovered_position(self) -> str:
        """Return how far it had come when it was killed."""
        output = self.run(*self.command(), '--wsrep-recover')
        found = re.findall(r'Recovered position: (\S+)', output)
        if not found:
            raise servers.SoakError(f'{self.name}: {output[-2000:]}')
        return str(found[-1])

    def begin(self, position: str, is_first: bool = False) -> None:
        """Start it, from that position; the first one makes the cluster."""
        if is_first:
            state = self.data / 'grastate.dat'
            if state.exists():
                state.write_text(re.sub(r'(safe_to_bootstrap:) 0', r'\1 1',
                                        state.read_text()))
        self.launch([*self.command(), f'--wsrep-start-position={position}',
                     *(['--wsrep-new-cluster'] if is_first else [])])

    def execute(self, statement: str, name: str | None = 'usermessages',
                seconds: float = _PATIENCE_SECONDS) -> Any:
        """Execute a statement as administrator; return the rows."""
        connection = self.connect(name, seconds)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()

    def connect(self, name: str | None = 'usermessages',
                seconds: float = _PATIENCE_SECONDS) -> Any:
        """Return a connection past HAProxy."""
        return pymysql.connect(
            unix_socket=str(self.socket), user='root', database=name,
            autocommit=True, connect_timeout=seconds, read_timeout=seconds,
            write_timeout=seconds)

    def status(self, name: str) -> str:
        """Return the status that the node reports."""
        found = self.execute(f"SHOW GLOBAL STATUS LIKE '{name}'", None,
                             _LOOK_SECONDS)
        return str(found[0][1]) if found else ''

    def is_synced(self) -> bool:
        """Tell whether it may be used."""
        with contextlib.suppress(pymysql.Error, OSError):
            return (self.status('wsrep_local_state') == _SYNCED
                    and self.status('wsrep_ready') == 'ON')
        return False

    def isolate(self, is_isolated: bool) -> None:
        """Cut it off from the others, or not any more."""
        self.execute("SET GLOBAL wsrep_provider_options ="
                     f" 'gmcast.isolate={int(is_isolated)}'", None)


class Galera(database.Database):
    """Three nodes.

    :param directory: for files
    """

    name = 'Galera'

    def __init__(self, directory: pathlib.Path):
        self._disk = disk.Disk(directory / 'disk')
        self.nodes = [Node(self._disk.path if number == 1 else directory,
                           number) for number in (1, 2, 3)]
        addresses = [f'127.0.0.1:{node.group_port}' for node in self.nodes]
        for node in self.nodes:
            node.addresses = ','.join(addresses)
        self._checks = _Checks(self.nodes)
        self.proxy = haproxy.HAProxy(
            directory,
            [f'{node.port} check port {port}' for node, port
             in zip(self.nodes, self._checks.ports)], 'option httpchk')
        self.url = (f'mysql+pymysql://{database.USER}:{database.PASSWORD}'
                    f'@127.0.0.1:{self.proxy.port}/usermessages')

    @property
    def writer(self) -> Node:
        """The node that HAProxy prefers."""
        return self.nodes[0]

    def start(self) -> None:
        for node in self.nodes:
            node.make()
        self.serve()
        for statement in (
                'CREATE DATABASE usermessages CHARACTER SET utf8mb4',
                f"CREATE USER {database.USER} IDENTIFIED BY"
                f" '{database.PASSWORD}'",
                f'GRANT ALL ON usermessages.* TO {database.USER}'):
            self.writer.execute(statement, None)
        self._checks.start()
        self.proxy.start()
        servers.wait_until(self._is_up, 'HAProxy')

    def restore(self) -> None:
        for node in self.nodes:
            node.thaw()
        self.serve()

    def stop(self) -> None:
        self.proxy.kill()
        self._checks.stop()
        for node in self.nodes:
            node.kill()
        self._disk.remove()

    def stop_serving(self) -> None:
        for node in reversed(self.nodes):
            node.ask_to_stop()

    def serve(self) -> None:
        missing = [node for node in self.nodes if not node.is_running()]
        positions = {node: node.recovered_position() for node in missing}
        if len(missing) == len(self.nodes):
            first = max(missing, key=lambda node: int(
                positions[node].rpartition(':')[2]))
            first.begin(positions[first], is_first=True)
            servers.wait_until(first.is_synced, first.name)
            missing.remove(first)
        for node in missing:
            node.begin(positions[node])
        self.wait_until_synced()

    def wait_until_synced(self) -> None:
        """Wait until all nodes are one cluster."""
        for node in self.nodes:
            servers.wait_until(
                lambda: node.is_synced() and node.status(
                    'wsrep_cluster_size') == '3', node.name)

    def empty(self) -> None:
        self.writer.execute('TRUNCATE user_messages')

    def rows(self) -> dict[str, list[str]]:
        # Each has applied all that the others have committed.
        found = [database.by_resource(self._rows_of(node))
                 for node in self.nodes]
        if found.count(found[0]) != len(found):
            raise servers.SoakError(
                'The nodes have different messages: '
                f'{[sum(map(len, rows.values())) for rows in found]}')
        return found[0]

    def version(self) -> str:
        return str(self.writer.execute('SELECT VERSION()', None)[0][0])

    def disk(self) -> pathlib.Path | None:
        return self._disk.path if self._disk.is_small else None

    def _rows_of(self, node: Node) -> Any:
        connection = node.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute('SET SESSION wsrep_sync_wait = 1')
                cursor.execute('SELECT id, resource_uuid FROM user_messages'
                               ' ORDER BY id')
                return cursor.fetchall()
        finally:
            connection.close()

    def _is_up(self) -> bool:
        with contextlib.suppress(pymysql.Error):
            pymysql.connect(
                host='127.0.0.1', port=self.proxy.port, user=database.USER,
                password=database.PASSWORD, connect_timeout=1).close()
            return True
        return False


class _Checks:
    """The checks that tell HAProxy over HTTP whether a node may be used.

    Each node is queried twice a second on a connection that stays, so that the
    response to HAProxy is ready on a busy machine too.
    """

    def __init__(self, nodes: Sequence[Node]):
        self._nodes = nodes
        self._up: dict[str, bool] = {}
        self._told = threading.Event()
        self._servers = [http.server.HTTPServer(
            ('127.0.0.1', 0), self._check_of(node)) for node in nodes]
        self.ports = [server.server_port for server in self._servers]
        self._threads = [
            *(threading.Thread(target=server.serve_forever, daemon=True)
              for server in self._servers),
            *(threading.Thread(target=self._watch, args=(node,), daemon=True)
              for node in nodes)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._told.set()
        for server, thread in zip(self._servers, self._threads):
            if thread.is_alive():
                server.shutdown()
            server.server_close()

    def _watch(self, node: Node) -> None:
        connection = None
        while not self._told.wait(_LOOK_SECONDS / 2):
            try:
                connection = connection or node.connect(None, _LOOK_SECONDS)
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SHOW GLOBAL STATUS WHERE Variable_name IN"
                        " ('wsrep_local_state', 'wsrep_ready')")
                    self._up[node.name] = {
                        'wsrep_local_state': _SYNCED,
                        'wsrep_ready': 'ON'} == dict(cursor.fetchall())
            except (pymysql.Error, OSError):
                self._up[node.name] = False
                connection = None

    def _check_of(self, node: Node,
                  ) -> type[http.server.BaseHTTPRequestHandler]:
        up = self._up

        class Check(http.server.BaseHTTPRequestHandler):

            def do_OPTIONS(self) -> None:
                with contextlib.suppress(OSError):
                    self.send_response(200 if up.get(node.name) else 503)
                    self.end_headers()

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        return Check
