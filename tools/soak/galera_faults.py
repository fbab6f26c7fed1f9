# SPDX-License-Identifier: Apache-2.0

"""Faults of a Galera cluster.  The writer is its first node."""

from collections.abc import Callable, Iterator
import contextlib
import time

import pymysql

from soak import database
from soak import disk
from soak import faults
from soak import galera


def writer_killed(cluster: galera.Galera) -> None:
    """writer node killed, back after 14 s"""
    cluster.writer.kill()
    time.sleep(14)
    cluster.serve()


def writer_stopped(cluster: galera.Galera) -> None:
    """orderly stop of the writer, back after 10 s"""
    cluster.writer.ask_to_stop()
    time.sleep(10)
    cluster.serve()


def writer_frozen(cluster: galera.Galera) -> None:
    """writer frozen 10 s"""
    cluster.writer.freeze()
    time.sleep(10)
    cluster.writer.thaw()
    cluster.wait_until_synced()


def writer_cut_off(cluster: galera.Galera) -> None:
    """writer cut off from the group, not from its clients, 12 s"""
    cluster.writer.isolate(True)
    time.sleep(12)
    cluster.writer.isolate(False)
    cluster.wait_until_synced()


def quorum_lost(cluster: galera.Galera) -> None:
    """quorum lost 12 s"""
    for node in cluster.nodes[1:]:
        node.isolate(True)
    time.sleep(12)
    for node in cluster.nodes[1:]:
        node.isolate(False)
    cluster.wait_until_synced()


def all_killed(cluster: galera.Galera) -> None:
    """all three killed, back after 10 s"""
    for node in cluster.nodes:
        node.kill()
    time.sleep(10)
    cluster.serve()


def sessions_dropped(cluster: galera.Galera) -> None:
    """all sessions dropped, twice a second, 15 s"""
    for _again in range(30):
        cluster.writer.execute(f'KILL USER {database.USER}')
        time.sleep(0.5)


def certification_failures(cluster: galera.Galera) -> None:
    """real certification failures, 15 s"""
    # Each message adds to one of eight rows, and so does another node.
    cluster.writer.execute(
        'CREATE TABLE hot (id INT PRIMARY KEY, count INT NOT NULL)')
    cluster.writer.execute(
        'INSERT INTO hot SELECT seq, 0 FROM seq_0_to_7')
    with _trigger(cluster, 'UPDATE hot SET count = count + 1'
                  ' WHERE id = FLOOR(RAND() * 8)'):
        for number in _repeatedly(15, pause=0.01):
            with _losing_is_fine():
                cluster.nodes[1].execute(
                    f'UPDATE hot SET count = count + 1 WHERE id = {number % 8}'
                )
    cluster.writer.execute('DROP TABLE hot')


def deadlocks(cluster: galera.Galera) -> None:
    """5 % of statements answered 1213, 15 s"""
    with _trigger(cluster, """
            IF RAND() < 0.05 THEN
                SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213;
            END IF"""):
        time.sleep(15)


def schema_changes(cluster: galera.Galera) -> None:
    """schema changes on another node, 15 s"""
    changes = ('ADD COLUMN extra INT', 'DROP COLUMN extra',
               'ADD INDEX extra (event_id)', 'DROP INDEX extra')
    for number in _repeatedly(15, pause=0.1, of=len(changes)):
        cluster.nodes[1].execute(
            f'ALTER TABLE user_messages {changes[number % len(changes)]}')


def table_locked(cluster: galera.Galera) -> None:
    """table locked 12 s"""
    connection = cluster.writer.connect()
    with connection.cursor() as cursor:
        cursor.execute('LOCK TABLES user_messages WRITE')
        time.sleep(12)
    connection.close()


def deleted_elsewhere(cluster: galera.Galera) -> set[str]:
    """rows deleted on another node and over HTTP, 15 s"""
    gone: set[str] = set()
    for _number in _repeatedly(15, pause=0.05):
        found = [message_id for (message_id,) in cluster.nodes[1].execute(
            'SELECT id FROM user_messages ORDER BY id DESC LIMIT 20')]
        # A process that loses the race may have removed some messages.
        gone.update(found)
        quoted = ', '.join(f"'{message_id}'" for message_id in ['', *found])
        with _losing_is_fine():
            cluster.nodes[1].execute(
                'DELETE FROM user_messages WHERE id IN'
                f' ({quoted})')
    return gone


def disk_full(cluster: galera.Galera) -> None:
    """disk of the writer full 12 s"""
    path = cluster.disk()
    assert path is not None
    with disk.filled(path):
        time.sleep(12)
    cluster.serve()


def _repeatedly(seconds: float, pause: float, of: int = 1) -> Iterator[int]:
    """Count, with pauses, for so long and to a multiple of ``of``."""
    number, end = 0, time.monotonic() + seconds
    while time.monotonic() < end or number % of:
        yield number
        number += 1
        time.sleep(pause)


@contextlib.contextmanager
def _trigger(cluster: galera.Galera, body: str) -> Iterator[None]:
    """Have each insert do something else first."""
    cluster.writer.execute(
        'CREATE TRIGGER at_insert BEFORE INSERT ON user_messages'
        f' FOR EACH ROW BEGIN {body}; END')
    try:
        yield
    finally:
        cluster.writer.execute('DROP TRIGGER at_insert')


def _losing_is_fine() -> contextlib.AbstractContextManager[None]:
    return contextlib.suppress(pymysql.OperationalError)


_ACTS: tuple[Callable[[galera.Galera], object], ...] = (
    faults.none, writer_killed, writer_stopped, writer_frozen, writer_cut_off,
    quorum_lost, all_killed, sessions_dropped, certification_failures,
    deadlocks, schema_changes, table_locked)

ALL = (
    *(faults.Fault(act) for act in _ACTS),
    faults.Fault(deleted_elsewhere, deletes=True),
    faults.Fault(disk_full, needs_disk=True),
    faults.Fault(faults.down_at_start, at_start=True),
)
