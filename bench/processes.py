# SPDX-License-Identifier: Apache-2.0

"""Run the subjects, each in its environment.

``Process(place).ask('time', what='list', times=20)`` has a subject do that in
a process of its own and returns what it tells.  Cinder's environment is made
with pip where none is named, from ``cinder-requirements.txt``.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
from typing import Any
import venv

ROOT = pathlib.Path(__file__).parents[1]
OURS, PEER, FLOOR = 'ours', 'cinder', 'floor'
ALL = (OURS, PEER, FLOOR)


@dataclasses.dataclass(frozen=True)
class Place:
    """The location of a subject: interpreter, database and files."""

    subject: str
    python: str
    url: str
    directory: pathlib.Path

    def command(self, module: str, *arguments: str) -> list[str]:
        """Return the command that runs a module of the subject."""
        return [self.python, '-W', 'ignore', '-m', f'bench.subjects.{module}',
                self.subject, self.url, str(self.directory), *arguments]

    def at(self, url: str) -> 'Place':
        """Return the same place with another way to its database."""
        return dataclasses.replace(self, url=url)

    def run(self, module: str, *arguments: str,
            prefix: tuple[str, ...] = ()) -> str:
        """Run a module to its end; return its output.

        :raises RuntimeError: it failed
        """
        done = subprocess.run(
            [*prefix, *self.command(module, *arguments)], cwd=ROOT,
            env=_environment(), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f'{self.subject} {module}: '
                               f'{done.stderr[-2000:]}')
        return done.stdout


class Process:
    """A subject that processes requests until it is closed.

    :param prefix: command that runs the command
    """

    def __init__(self, place: Place, prefix: tuple[str, ...] = ()):
        self._name = place.subject
        self._errors = place.directory / 'errors.log'
        with self._errors.open('a') as errors:
            self._process = subprocess.Popen(
                [*prefix, *place.command('worker')], cwd=ROOT,
                env=_environment(), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, text=True)

    @property
    def pid(self) -> int:
        """The process ID."""
        return self._process.pid

    def ask(self, task: str, **arguments: Any) -> Any:
        """Have an operation done; return its result.

        :raises RuntimeError: it failed
        """
        self.begin(task, **arguments)
        return self.end()

    def begin(self, task: str, **arguments: Any) -> None:
        """Have something done meanwhile."""
        self._say(json.dumps({'do': task, **arguments}))

    def tell(self) -> None:
        """Tell the running operation that it can end."""
        self._say('')

    def end(self) -> Any:
        """Return the result of the operation in the background.

        :raises RuntimeError: it failed
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self._name}: see {self._errors}')
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + '\n')
        self._process.stdin.flush()


def peer_python(directory: pathlib.Path) -> str:
    """Return the interpreter of Cinder's environment, made where missing."""
    python = directory / 'bin/python'
    done = directory / 'complete'
    if not done.exists():
        print(f'Installing Cinder in {directory}', flush=True)
        venv.create(directory, clear=True, with_pip=True)
        subprocess.run(
            [python, '-m', 'pip', 'install', '--quiet', '-r',
             ROOT / 'bench/cinder-requirements.txt'], check=True)
        done.touch()
    return str(python)


def pythons(peer: str) -> dict[str, str]:
    """Return the interpreter of each subject."""
    return {OURS: sys.executable, PEER: peer, FLOOR: sys.executable}


def _environment() -> dict[str, str]:
    # Hashes, and so the order of sets, are the same in each run.  Counting
    # instructions slows a process down beyond our time limit.
    return {'OS_USER_MESSAGES__CREATE_TIMEOUT': '60', **os.environ,
            'PYTHONHASHSEED': '0'}
