# SPDX-License-Identifier: Apache-2.0

"""Faults of PostgreSQL."""

import time

from soak import database
from soak import disk
from soak import faults
from soak import postgresql


def restarted(database: postgresql.PostgreSQL) -> None:
    """restart immediate, then fast"""
    for how in (postgresql.IMMEDIATE, postgresql.FAST):
        database.stop_serving(how)
        database.serve()
        time.sleep(6)


def killed(database: postgresql.PostgreSQL) -> None:
    """killed, back after 10 s"""
    database.server.kill()
    time.sleep(10)
    database.serve()


def down(database: postgresql.PostgreSQL) -> None:
    """down 15 s"""
    database.stop_serving()
    time.sleep(15)
    database.serve()


def frozen(database: postgresql.PostgreSQL) -> None:
    """frozen 10 s"""
    database.server.freeze()
    time.sleep(10)
    database.server.thaw()


def sessions_dropped(postgres: postgresql.PostgreSQL) -> None:
    """all sessions dropped, twice a second, 15 s"""
    for _again in range(30):
        postgres.execute(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
            f" WHERE usename = '{database.USER}'")
        time.sleep(0.5)


def deadlocks(database: postgresql.PostgreSQL) -> None:
    """5 % of statements answered 40P01, 15 s"""
    database.execute("""
        CREATE FUNCTION at_times() RETURNS trigger AS $$ BEGIN
            IF random() < 0.05 THEN
                RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01';
            END IF;
            RETURN NEW;
        END $$ LANGUAGE plpgsql;
        CREATE TRIGGER at_times BEFORE INSERT ON user_messages
            FOR EACH ROW EXECUTE FUNCTION at_times()""")
    time.sleep(15)
    database.execute('DROP FUNCTION at_times CASCADE')


def table_locked(database: postgresql.PostgreSQL) -> None:
    """table locked 12 s"""
    with database.connect() as connection, connection.transaction():
        connection.execute('LOCK TABLE user_messages')
        time.sleep(12)


def disk_full(database: postgresql.PostgreSQL) -> None:
    """disk full 12 s"""
    path = database.disk()
    assert path is not None
    with disk.filled(path):
        time.sleep(12)
    # PostgreSQL ends if it cannot write its log.
    database.serve()


ALL = (
    faults.Fault(faults.none),
    faults.Fault(restarted),
    faults.Fault(killed),
    faults.Fault(down),
    faults.Fault(frozen),
    faults.Fault(sessions_dropped),
    faults.Fault(deadlocks),
    faults.Fault(table_locked),
    faults.Fault(disk_full, needs_disk=True),
    faults.Fault(faults.down_at_start, at_start=True),
)
