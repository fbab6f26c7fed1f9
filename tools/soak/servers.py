# SPDX-License-Identifier: Apache-2.0

"""Start processes, and have them freeze, thaw and die.

A signal goes to a process and to all that it has started: who kills only the
first process of a server leaves the others to say goodbye.
"""

from collections.abc import Callable, Sequence
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time
from typing import Any

PATIENCE_SECONDS = 120


class SoakError(Exception):
    """The run cannot go on; the text says why."""


class Server:
    """A server with files and ports of its own.

    :param name: of its directory, in ``directory``
    :param user: who runs it, where we are root
    """

    def __init__(self, directory: pathlib.Path, name: str,
                 user: str | None = None):
        self.name = name
        self.home = directory / name
        self.user = user if user and os.geteuid() == 0 else None
        self.log = self.home / 'server.log'
        self.home.mkdir()
        self.give(self.home)
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Return the command that runs it in the foreground."""
        raise NotImplementedError

    def launch(self, command: Sequence[str]) -> None:
        """Start it, and do not wait until it serves."""
        with self.log.open('ab') as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=self.home,
                start_new_session=True, **self._identity())

    def is_running(self) -> bool:
        """Tell whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def run(self, *command: str | pathlib.Path) -> str:
        """Run a program as its user; return its output.

        :raises SoakError: it failed
        """
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.home,
            **self._identity())
        if done.returncode:
            raise SoakError(f'{command[0]}: {done.stdout}{done.stderr}')
        return done.stdout + done.stderr

    def give(self, path: pathlib.Path) -> None:
        """Let its user own a directory."""
        if self.user:
            shutil.chown(path, self.user, self.user)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to each of its processes."""
        if self._process is not None and self.is_running():
            for process in [self._process.pid, *children(self._process.pid)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)

    def freeze(self) -> None:
        """Suspend the server, with its connections."""
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.send(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        self.send(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def ask_to_stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Have it end in order, and wait until it has."""
        if self._process is not None and self.is_running():
            self.thaw()
            self._process.send_signal(number)
            try:
                self._process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def _identity(self) -> dict[str, Any]:
        return ({'user': self.user, 'group': self.user, 'extra_groups': []}
                if self.user else {})


def children(parent: int) -> list[int]:
    """Return the processes that a process has started, and they."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*/stat'):
        with contextlib.suppress(OSError, ValueError):
            # The name, in brackets, may have blanks.
            fields = path.read_text().rpartition(')')[2].split()
            if int(fields[1]) == parent:
                found.append(int(path.parent.name))
    return found + [process for child in found for process in children(child)]


def wait_until(is_so: Callable[[], Any], what: str,
               seconds: float = PATIENCE_SECONDS) -> Any:
    """Return what a function returns as soon as that is true.

    :raises SoakError: it is not in time; the text says ``what`` is not
    """
    latest = time.monotonic() + seconds
    while not (found := is_so()):
        if time.monotonic() > latest:
            raise SoakError(f'{what}: not within {seconds:.0f} seconds')
        time.sleep(0.1)
    return found
