# SPDX-License-Identifier: Apache-2.0

"""Record and list messages where it is hard, beside a plain oslo.db engine.

``python tools/soak/hardship.py mysql+pymysql://user:password@host/database``
prints one line for each hardship and subject: how many calls were made, how
many failed, and how long the longest took.  The database has the table of
messages.  ``--tree PATH`` adds another checkout of this package as a subject.
The machine should do nothing else.
"""

import argparse
from collections.abc import Callable
import contextlib
import importlib
import json
import logging
import multiprocessing
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any
import uuid

from oslo_config import cfg
from oslo_db.sqlalchemy import engines
import sqlalchemy

HERE = pathlib.Path(__file__).resolve()
PROJECT = uuid.uuid4().hex


class Interrupted(Exception):
    """The exception raised by a signal handler of the service."""


class Context:
    project_id = PROJECT
    request_id = f'req-{uuid.uuid4()}'


class Library:
    """This package, as a service uses it."""

    def __init__(self, url: str):
        from usermessages.message import api
        from usermessages import opts
        conf = cfg.ConfigOpts()
        conf([], project='usermessages', default_config_files=[])
        opts.register_opts(conf)
        conf.set_override('connection', url, opts.GROUP)
        self.api = api.API(conf)

    def create(self) -> bool:
        return self.api.create(Context, '000002') is not None

    def list(self) -> bool:
        try:
            self.api.get_all(Context, limit=100)
        except Exception:
            return False
        return True


class Plain:
    """A service that has an engine of oslo.db and nothing else."""

    def __init__(self, url: str):
        from usermessages.db import models
        self.table = models.MESSAGES
        self.engine = engines.create_engine(url, max_retries=0)

    def create(self) -> bool:
        from oslo_utils import timeutils
        from usermessages.db import ids
        now = timeutils.utcnow()
        try:
            with self.engine.begin() as connection:
                connection.execute(self.table.insert(), {
                    'id': ids.new_id(now), 'project_id': PROJECT,
                    'event_id': '000002', 'action_id': '', 'detail_id': '',
                    'message_level': 'ERROR', 'resource_type': '',
                    'resource_uuid': '', 'request_id': Context.request_id,
                    'created_at': now, 'expires_at': now})
        except Exception:
            return False
        return True

    def list(self) -> bool:
        try:
            with self.engine.connect() as connection:
                connection.execute(self.table.select().where(
                    self.table.c.project_id == PROJECT).limit(100)).all()
        except Exception:
            return False
        return True


def spin() -> None:
    while True:
        pass


@contextlib.contextmanager
def spinning(processes: int) -> Any:
    """Let others have the CPU."""
    others = [multiprocessing.get_context('spawn').Process(
        target=spin, daemon=True) for _number in range(processes)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.kill()


def in_threads(number: int, calls: int,
               call: Callable[[], bool]) -> list[tuple[bool, float]]:
    """Return whether each call succeeded, and its duration."""
    results: list[tuple[bool, float]] = []
    start = threading.Barrier(number)

    def work() -> None:
        start.wait()
        for _number in range(calls // number):
            before = time.monotonic()
            results.append((call(), time.monotonic() - before))

    threads = [threading.Thread(target=work) for _number in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def bad_node(subject: Any, url: str) -> list[tuple[bool, float]]:
    """The connections of the pool lead to a node that refuses to write."""
    in_threads(10, 10, subject.create)
    engine = sqlalchemy.create_engine(
        url, isolation_level='AUTOCOMMIT', poolclass=sqlalchemy.NullPool)
    is_postgresql = engine.name == 'postgresql'
    with engine.connect() as admin:
        run = admin.exec_driver_sql
        run('CREATE TABLE bad_nodes (id INT)')
        if is_postgresql:
            run('INSERT INTO bad_nodes SELECT pid FROM pg_stat_activity')
            run('CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN'
                ' IF pg_backend_pid() IN (SELECT id FROM bad_nodes) THEN'
                " RAISE EXCEPTION 'x' USING ERRCODE = '25006'; END IF;"
                ' RETURN NEW; END $$ LANGUAGE plpgsql')
            run('CREATE TRIGGER refuse BEFORE INSERT ON user_messages'
                ' FOR EACH ROW EXECUTE FUNCTION refuse()')
        else:
            run('INSERT INTO bad_nodes SELECT id'
                ' FROM information_schema.processlist')
            run('CREATE TRIGGER refuse BEFORE INSERT ON user_messages'
                ' FOR EACH ROW IF CONNECTION_ID() IN'
                ' (SELECT id FROM bad_nodes) THEN SIGNAL SQLSTATE'
                " '08S01' SET MYSQL_ERRNO = 1047; END IF")
        try:
            return in_threads(5, 35, subject.create)
        finally:
            run('DROP TRIGGER refuse'
                + (' ON user_messages' if is_postgresql else ''))
            if is_postgresql:
                run('DROP FUNCTION refuse')
            run('DROP TABLE bad_nodes')


def cold_start(subject: Any, _url: str) -> list[tuple[bool, float]]:
    """Two threads of a new process spin, and ten record 100 messages."""
    for _number in range(2):
        threading.Thread(target=spin, daemon=True).start()
    return in_threads(10, 100, subject.create)


def busy_machine(subject: Any, _url: str) -> list[tuple[bool, float]]:
    """Fifteen processes spin, and eight threads record 200 messages."""
    with spinning(15):
        return in_threads(8, 200, subject.create)


def busy_lists(subject: Any, _url: str) -> list[tuple[bool, float]]:
    """Fifteen processes spin, and ten threads make 300 lists."""
    in_threads(1, 100, subject.create)
    with spinning(15):
        return in_threads(10, 300, subject.list)


def starved(subject: Any, _url: str) -> list[tuple[bool, float]]:
    """Four processes spin, and 40 threads, all new, record 1,000 messages."""
    with spinning(4):
        return in_threads(40, 1000, subject.create)


def interrupted(subject: Any, _url: str) -> list[tuple[bool, float]]:
    """A signal handler raises in create, again and again; then 100 more."""
    def interrupt(*_args: Any) -> None:
        raise Interrupted

    subject.create()
    signal.signal(signal.SIGALRM, interrupt)
    for number in range(100):
        with contextlib.suppress(Interrupted):
            signal.setitimer(signal.ITIMER_REAL, 0.0001 + number * 0.00003)
            try:
                subject.create()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    return in_threads(10, 100, subject.create)


def recursive(subject: Any, _url: str) -> list[tuple[bool, float]]:
    """Twenty runaway recursions call create; then 100 more messages."""
    def runaway(depth: int) -> None:
        with contextlib.suppress(RecursionError):
            if depth:
                runaway(depth - 1)
            else:
                subject.create()

    subject.create()
    for number in range(900, 1000):
        with contextlib.suppress(RecursionError):
            runaway(number)
    return in_threads(10, 100, subject.create)


def after_an_outage(subject: Any, url: str) -> list[tuple[bool, float]]:
    """The outage ended 20 seconds ago; 60 threads record immediately."""
    place = sqlalchemy.make_url(url)
    # A port without a listener until the outage is over.
    sys.path.insert(0, str(HERE.parents[2]))
    database: Any = importlib.import_module('usermessages.tests.database')
    proxy = database.Proxy(place)
    subject = type(subject)(proxy.url)
    subject.create()
    proxy.stop()
    subject.create()
    proxy.start()
    time.sleep(20)
    return in_threads(60, 60, subject.create)


def behind_pgbouncer(subject: Any, url: str) -> list[tuple[bool, float]]:
    """PgBouncer in transaction mode; eight threads record 160 messages."""
    place = sqlalchemy.make_url(url)
    with (socket.create_server(('127.0.0.1', 0)) as free,
          tempfile.TemporaryDirectory() as directory):
        port = free.getsockname()[1]
        free.close()
        home = pathlib.Path(directory)
        home.chmod(0o755)
        (home / 'pgbouncer.ini').write_text(f"""
[databases]
{place.database} = host={place.host} port={place.port or 5432} \
user={place.username} password={place.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
ignore_startup_parameters = extra_float_digits,options
""".replace('\\\n', ''))
        bouncer = subprocess.Popen(
            ['/usr/sbin/pgbouncer', str(home / 'pgbouncer.ini')],
            stderr=subprocess.DEVNULL,
            user='postgres' if os.geteuid() == 0 else None)
        try:
            time.sleep(2)
            bounced = type(subject)(place.set(
                host='127.0.0.1', port=port).render_as_string(
                    hide_password=False))
            return in_threads(8, 160, bounced.create)
        finally:
            bouncer.kill()


HARDSHIPS = {function.__name__: function for function in (
    bad_node, cold_start, busy_machine, busy_lists, starved, interrupted,
    recursive, after_an_outage, behind_pgbouncer)}


def run_one(url: str, subject: str, hardship: str) -> None:
    logging.basicConfig(level=logging.CRITICAL)
    made = {'library': Library, 'plain': Plain}[subject](url)
    results = HARDSHIPS[hardship](made, url)
    print(json.dumps({
        'calls': len(results),
        'failed': sum(not succeeded for succeeded, _seconds in results),
        'longest': round(max(seconds for _succeeded, seconds in results), 2)}))
    sys.stdout.flush()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('url')
    parser.add_argument('--only', nargs='+', default=list(HARDSHIPS),
                        choices=HARDSHIPS)
    parser.add_argument('--tree', help='another checkout, as a third subject')
    parser.add_argument('--one', nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run_one(options.url, *options.one)
    subjects = [('this tree', 'library', HERE.parents[2]),
                ('plain oslo.db', 'plain', HERE.parents[2])]
    if options.tree:
        subjects.insert(0, ('other tree', 'library', options.tree))
    for hardship in options.only:
        if (hardship == behind_pgbouncer.__name__
                and not options.url.startswith('postgresql')):
            continue
        for name, subject, tree in subjects:
            try:
                process = subprocess.run(  # noqa: S603
                    [sys.executable, str(HERE), options.url, '--one', subject,
                     hardship], check=False, capture_output=True, text=True,
                    timeout=120, env={**os.environ, 'PYTHONPATH': str(tree)})
            except subprocess.TimeoutExpired:
                print(f'{hardship:16} {name:14} hangs', flush=True)
                continue
            result = (json.loads(process.stdout) if process.returncode == 0
                      else process.stderr[-200:])
            print(f'{hardship:16} {name:14} {result}', flush=True)


if __name__ == '__main__':
    main()
