# SPDX-License-Identifier: Apache-2.0

"""Send requests without a pause, and kill servers meanwhile.

wrk counts the failures of these requests: a response other than 2xx, a
refused, closed or cut-off connection, and a timeout.
"""

from collections.abc import Callable, Sequence
import csv
import dataclasses
import functools
import itertools
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import parts

CONNECTIONS = 8
# After this many workers of either server, the whole server.
WORKERS_BEFORE_SERVER = 2
ANSWER_SECONDS = 30


@dataclasses.dataclass
class Result:
    """The result of a run."""

    requests: int
    failed: int
    slowest: str
    workers_killed: int = 0
    servers_killed: int = 0


class Load:
    """wrk, in the background.

    :param url: to ask for
    """

    def __init__(self, url: str, token: str, seconds: int):
        self._process = subprocess.Popen(
            [parts.program('wrk'), '--threads', '1', '--connections',
             str(CONNECTIONS), '--duration', f'{seconds}s', '--timeout',
             f'{ANSWER_SECONDS}s', '--header', f'X-Auth-Token: {token}', url],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def is_running(self) -> bool:
        """Tell whether wrk is still running."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it immediately, if it has not ended."""
        if self.is_running():
            self._process.kill()
            self._process.communicate()

    def result(self) -> Result:
        """Wait for its end; return the counts.

        :raises DeploymentError: there are no counts
        """
        printed = self._process.communicate()[0]
        requests = re.search(r'(\d+) requests in', printed)
        slowest = re.search(r'Latency +\S+ +\S+ +(\S+)', printed)
        if not requests or not slowest or not int(requests[1]):
            raise parts.DeploymentError(f'wrk asked nothing:\n{printed}')
        refused = re.search(r'Non-2xx or 3xx responses: (\d+)', printed)
        broken = re.search(r'Socket errors: (.*)', printed)
        failed = sum(int(number) for found in (refused, broken) if found
                     for number in re.findall(r'\d+', found[1]))
        return Result(int(requests[1]), failed, slowest[1])


def kill_meanwhile(load: Load, servers: Sequence[parts.Part],
                   haproxy_socket: pathlib.Path) -> Result:
    """Kill workers and servers, one after the other, until wrk has ended.

    The next one is killed as soon as the one before is back.

    :param haproxy_socket: where HAProxy tells which servers are up
    :raises DeploymentError: what was killed does not come back
    """
    workers_killed = servers_killed = 0
    for server, is_whole in itertools.cycle(
            (server, is_whole) for server in servers
            for is_whole in (*[False] * WORKERS_BEFORE_SERVER, True)):
        if not load.is_running():
            break
        if is_whole:
            server.kill()
            server.start()
            servers_killed += 1
        else:
            # The oldest one, so that each has its turn.
            workers = server.children()
            os.kill(workers[0], signal.SIGKILL)
            _wait(server, functools.partial(_is_replaced, server, workers),
                  f'a worker in place of process {workers[0]}')
            workers_killed += 1
        _wait(server, lambda: _up(haproxy_socket) == len(servers),
              f'HAProxy to find {len(servers)} servers up')
    result = load.result()
    result.workers_killed = workers_killed
    result.servers_killed = servers_killed
    return result


def _is_replaced(server: parts.Part, before: Sequence[int]) -> bool:
    """Tell whether another worker is there for the first of some."""
    now = server.children()
    return before[0] not in now and len(now) == len(before)


def _up(haproxy_socket: pathlib.Path) -> int:
    """Return how many servers HAProxy sends requests to."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(haproxy_socket))
        connection.sendall(b'show stat\n')
        text = ''.join(iter(lambda: connection.recv(65536).decode(), ''))
    rows = list(csv.DictReader(text.removeprefix('# ').splitlines()))
    return len([row for row in rows if row['svname'] not in (
        'FRONTEND', 'BACKEND') and row['status'].startswith('UP')])


def _wait(server: parts.Part, is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so.

    :param what: is waited for, for the text of the error
    :raises DeploymentError: it is not so in time, or the server has ended
    """
    latest = time.monotonic() + parts.PATIENCE_SECONDS
    while not is_so():
        if server.has_ended():
            raise parts.DeploymentError(
                f'{server.name} has ended while the tool waited for {what}.  '
                f'It has printed:\n{server.log}')
        if time.monotonic() > latest:
            raise parts.DeploymentError(
                f'The tool has waited {parts.PATIENCE_SECONDS} seconds for '
                f'{what}.  {server.name} has printed:\n{server.log}')
        time.sleep(0.05)
