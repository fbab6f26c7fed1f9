# SPDX-License-Identifier: Apache-2.0

"""The parts of a deployment, as processes that are stopped for certain.

``Part('nginx', ['nginx', '-p', '.'], ...)`` is one of them.  It leads a
process group of its own, and whatever is left of that is killed when the part
is stopped or started again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

PATIENCE_SECONDS = 120
STOP_SECONDS = 10

# The directories of servers in Debian and Fedora, which are not in the PATH of
# ordinary users.
PLACES = os.pathsep.join([
    os.path.dirname(sys.executable), os.environ.get('PATH', os.defpath),
    '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/libexec'])


class DeploymentError(Exception):
    """The deployment cannot go on; the text says why."""


class Part:
    """A server, and the processes that it has started.

    :param name: what people call it
    :param command: that runs it in the foreground
    :param directory: where it runs, and writes ``NAME.log``
    :param answers: tells whether it serves; may raise OSError where not
    """

    def __init__(self, name: str, command: Sequence[str],
                 directory: pathlib.Path, answers: Callable[[], bool],
                 environment: Mapping[str, str] | None = None):
        self.name = name
        self._command = [program(command[0]), *command[1:]]
        self._directory = directory
        self._answers = answers
        self._environment = {
            'PATH': PLACES, 'HOME': str(directory), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The ID of the process that was started first."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """The output until now."""
        return self._log.read_text(errors='replace')

    @property
    def _log(self) -> pathlib.Path:
        return self._directory / f'{self.name}.log'

    def launch(self) -> None:
        """Start the server, in place of the remains of an earlier process."""
        self.stop()
        # A process interrupted here would be started without being registered.
        with open(self._log, 'ab') as log, interrupts_deferred():
            # In a separate session, so that only this process receives Ctrl-C.
            self._process = subprocess.Popen(
                self._command, cwd=self._directory, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def start(self) -> None:
        """Start it, and return as soon as it serves.

        :raises DeploymentError: it ends, or does not serve in time
        """
        self.launch()
        latest = time.monotonic() + PATIENCE_SECONDS
        while not self.serves():
            if self.has_ended() or time.monotonic() > latest:
                raise DeploymentError(
                    f'{self.name} does not serve.  It has printed:\n'
                    f'{self.log}')
            time.sleep(0.1)

    def serves(self) -> bool:
        """Tell whether it is available."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self._answers()
        return False

    def has_ended(self) -> bool:
        """Tell whether its first process has ended."""
        # The status stays unread, so that no other process can get the ID.
        return self._process is None or os.waitid(
            os.P_PID, self._process.pid,
            os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def children(self) -> list[int]:
        """Return the process IDs of its workers."""
        return [int(child) for child in pathlib.Path(
            f'/proc/{self.pid}/task/{self.pid}/children').read_text().split()]

    def kill(self) -> None:
        """Kill it, with all of its processes, as a power cut does."""
        os.killpg(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> None:
        """Stop it, whatever it does, and all that it has started."""
        if self._process is None:
            return
        self.terminate()
        latest = time.monotonic() + STOP_SECONDS
        while not self.has_ended() and time.monotonic() < latest:
            time.sleep(0.05)
        # Include workers whose master has been killed, which still serve.
        self.kill()
        self._process.wait()
        # Each of them holds its port until it is gone.
        latest = time.monotonic() + STOP_SECONDS
        while self._is_left() and time.monotonic() < latest:
            time.sleep(0.05)
        self._process = None

    def _is_left(self) -> bool:
        """Tell whether there is any process in its group."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


@contextlib.contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Delay the effect of signals until the end."""
    pending: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _frame: pending.append(
            number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if pending:
            signal.raise_signal(pending[0])


def find(name: str) -> str | None:
    """Return the path of a program, or None if it is not installed."""
    return shutil.which(name, path=PLACES)


def program(name: str) -> str:
    """Return the path of a program.

    :raises DeploymentError: it is not there
    """
    path = find(name)
    if path is None:
        raise DeploymentError(f'there is no program {name}.')
    return path


def run(command: Sequence[str], directory: pathlib.Path,
        environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end; return its output.

    :raises DeploymentError: its exit status is not 0
    """
    path = program(command[0])
    process = None
    try:
        with interrupts_deferred():
            process = subprocess.Popen(
                [path, *command[1:]], cwd=directory, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True, env={
                    'PATH': PLACES, 'HOME': str(directory),
                    **(environment or {})})
        printed = process.communicate()[0]
    except BaseException:
        if process is not None:
            # Include the processes that it has started.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        raise
    if process.returncode:
        raise DeploymentError(
            f'"{" ".join(command)}" ended with exit status '
            f'{process.returncode}:\n{printed}')
    return printed


def status_of(port: int, path: str) -> int:
    """Return the status of the response to a GET to this machine."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    try:
        connection.request('GET', path)
        return connection.getresponse().status
    finally:
        connection.close()


def greets(port: int) -> bool:
    """Tell whether a server says something first, as MariaDB does."""
    with socket.create_connection(('127.0.0.1', port), timeout=10) as found:
        return bool(found.recv(1))
