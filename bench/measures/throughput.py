# SPDX-License-Identifier: Apache-2.0

"""Requests per second of two uWSGI processes.

``wrk`` asks, over sixteen connections, on the same machine.
"""

from collections.abc import Iterator
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

from bench import processes
from bench import rows
from bench import run as bench_run
from bench.subjects import requests

LIST, SHOW = 'requests/s, list', 'requests/s, show'

_SUBJECTS = (processes.OURS, processes.PEER)
_OPTIONS = ('--master', '--processes=2', '--threads=8', '--enable-threads',
            '--lazy-apps', '--need-app', '--thunder-lock', '--die-on-term',
            '--buffer-size=65535', '--disable-logging', '--pythonpath=.',
            '--module=bench.subjects.served:application')
_START_SECONDS = 60


def measure(run: bench_run.Run) -> None:
    """Measure both at the size that the table has."""
    if shutil.which('wrk') is None:
        print('  wrk is not installed: requests/s are left out', flush=True)
        return
    seconds = 5 if run.is_full else 2
    with contextlib.ExitStack() as stack:
        bases = {subject: stack.enter_context(_served(run.places[subject]))
                 for subject in _SUBJECTS}
        urls = {}
        for subject, base in bases.items():
            message_id = run.database.ask(
                subject, 'SELECT id FROM '
                f"{bench_run.TABLES[subject]} WHERE project_id = "
                f"'{rows.PROJECT}' LIMIT 1")
            urls[subject] = {LIST: base + requests.LIST,
                             SHOW: f'{base}/messages/{message_id}'}
            # Both processes must have a connection and compiled code.
            for url in urls[subject].values():
                _asked(url, 3)
        for name in (LIST, SHOW):
            for subject in run.in_turn(_SUBJECTS):
                run.add(name, subject, '1/s',
                        _asked(urls[subject][name], seconds))


@contextlib.contextmanager
def _served(place: processes.Place) -> Iterator[str]:
    """Serve a subject; return the base of its URLs."""
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    uwsgi = str(pathlib.Path(place.python).with_name('uwsgi'))
    with (place.directory / 'uwsgi.log').open('a') as log:
        server = subprocess.Popen(
            [uwsgi, f'--http-socket=127.0.0.1:{port}', *_OPTIONS],
            cwd=processes.ROOT, stdout=log, stderr=log, env={
                **os.environ, 'PYTHONWARNINGS': 'ignore', 'BENCH_SUBJECT':
                f'{place.subject} {place.url} {place.directory}'})
    try:
        _wait_for(server, port, log.name)
        yield f'http://127.0.0.1:{port}{requests.PREFIX}'
    finally:
        server.terminate()
        server.wait()


def _wait_for(server: subprocess.Popen, port: int, log: str) -> None:
    """Wait until something listens there.

    :raises RuntimeError: nothing does
    """
    latest = time.monotonic() + _START_SECONDS
    while time.monotonic() < latest and server.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', port)).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f'uWSGI did not start: see {log}')


def _asked(url: str, seconds: int) -> float:
    """Return the number of successful requests per second.

    :raises RuntimeError: one was refused
    """
    text = subprocess.run(
        ['wrk', '-t2', '-c16', f'-d{seconds}s', '--timeout=30s',
         '-H', f'OpenStack-API-Version: {requests.VERSION}', url],
        check=True, capture_output=True, text=True).stdout
    found = re.search(r'Requests/sec:\s+([0-9.]+)', text)
    if found is None or 'Non-2xx' in text:
        raise RuntimeError(f'{url}: {text}')
    return float(found[1])
