# SPDX-License-Identifier: Apache-2.0

"""Record and read messages during the faults of a database.

Two processes of four threads record up to 120 messages a second; a server
serves a process that lists and shows them.  ``Load.end`` returns a ``Tally``
of the results.
"""

import collections
from collections.abc import Iterable, Iterator
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from typing import Any

from soak import servers
from usermessages.tests import processes

_PROCESSES = 2
_THREADS = 4
_PER_SECOND = 120
REFUSED = 'Could not store the user message'

# The record itself, and what oslo.log adds to a line.
_PARTICULAR = re.compile(r'\); recover it|: usermessages')


@dataclasses.dataclass
class Tally:
    """The results that callers received."""

    creates: list[dict[str, Any]]
    reads: list[dict[str, Any]]
    # Each line of the logs that is an error, with how often it was there.
    logged: collections.Counter[str]
    server_start_seconds: float

    def ids(self) -> dict[str, str]:
        """Return the message of each resource that create returned one for.
        """
        return {call['resource']: call['id'] for call in self.creates
                if call['id']}

    def refused(self) -> set[str]:
        """Return the resources whose message was rejected."""
        return {call['resource'] for call in self.creates
                if not call['id'] and not call['raised']}

    def deleted(self) -> set[str]:
        """Return the IDs that a client tried to delete."""
        return {call['id'] for call in self.reads
                if call['what'] == 'delete'}


class Load:
    """Processes that record and read.

    :param directory: for their files
    :param url: of the database
    :param deletes: whether messages are deleted too
    :param spools: whether dead letters are spooled, in the directory ``spool``
    """

    def __init__(self, directory: pathlib.Path, url: str,
                 deletes: bool = False, reads: bool = True,
                 spools: bool = False):
        self._directory = directory
        self.environment = environment(url)
        self.spools, self.spool = spools, directory / 'spool'
        if spools:
            self.spool.mkdir(0o700)
            self.environment['OS_USER_MESSAGES__SPOOL_DIR'] = str(self.spool)
        self._deletes = deletes
        self._reads = reads
        self._server = _Endpoint(directory, self.environment)
        self._workers: list[subprocess.Popen[str]] = []
        self._server_start_seconds = 0.0

    def begin(self) -> None:
        """Start them."""
        if self._reads:
            started = time.monotonic()
            self._server.launch(self._server.command())
            servers.wait_until(
                lambda: processes.is_listening(self._server.port),
                'usermessages-api')
            self._server_start_seconds = time.monotonic() - started
            self._start('reader', self._server.port, int(self._deletes))
        for number in range(_PROCESSES):
            self._start(f'writer{number}', _THREADS,
                        _PER_SECOND / _PROCESSES / _THREADS)
        for worker in self._workers:
            assert worker.stdout is not None
            if not worker.stdout.readline():
                raise servers.SoakError(f'see {self._directory}')

    def end(self) -> Tally:
        """Have each process finish; return their results."""
        for worker in self._workers:
            assert worker.stdin is not None
            worker.stdin.close()
        for worker in self._workers:
            worker.wait()
        self._server.ask_to_stop()
        return Tally(
            [call for number in range(_PROCESSES) for call in read(
                self._directory / f'writer{number}.calls')],
            read(self._directory / 'reader.calls') if self._reads else [],
            errors([*self.logs(), self._server.log]),
            self._server_start_seconds)

    def close(self) -> None:
        """End the remaining processes."""
        for worker in self._workers:
            worker.kill()
            worker.wait()
        self._server.kill()

    def logs(self) -> Iterator[pathlib.Path]:
        """Return the logs of the processes that record."""
        yield from sorted(self._directory.glob('writer*.log'))

    def _start(self, name: str, *arguments: float) -> None:
        self._workers.append(subprocess.Popen(
            [sys.executable, '-m', f'soak.{name.rstrip("0123456789")}',
             str(self._directory / name), *map(str, arguments)],
            env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True))


class _Endpoint(servers.Server):
    """The endpoint, as the package serves it."""

    def __init__(self, directory: pathlib.Path,
                 environment: dict[str, str]):
        super().__init__(directory, 'endpoint')
        self.port = processes.free_port()
        self._variables = [f'{name}={value}' for name, value
                           in environment.items() if name.startswith('OS_')]

    def command(self) -> list[str]:
        return ['env', *self._variables,
                processes.program('usermessages-api'),
                '--bind-port', str(self.port)]


def environment(url: str) -> dict[str, str]:
    """Return the environment of processes that use a database."""
    return {**os.environ, 'OS_USER_MESSAGES__CONNECTION': url,
            'OS_API__AUTH_STRATEGY': 'noauth',
            'PYTHONPATH': str(processes.ROOT / 'tools')}


def read(path: pathlib.Path) -> list[dict[str, Any]]:
    """Return the calls that a process has written down.

    The last line of one that was killed may be torn.
    """
    calls = []
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith('\n'):
            calls.append(json.loads(line))
    return calls


def errors(logs: Iterable[pathlib.Path]) -> collections.Counter[str]:
    """Return each error in some logs, and its count.

    Values of a single message are removed.
    """
    found: collections.Counter[str] = collections.Counter()
    for path in logs:
        if not path.exists():
            continue
        for line in path.read_text().splitlines():
            # 2026-01-01 00:00:00.000 PID LEVEL module [request] text
            words = line.split(maxsplit=5)
            if len(words) == 6 and words[3] in ('ERROR', 'CRITICAL'):
                text = words[5].partition('] ')[2] or words[5]
                found[_PARTICULAR.split(text)[0]] += 1
    return found
