# SPDX-License-Identifier: Apache-2.0

"""Count instructions, with callgrind of valgrind.

A ratio below two is lost in what else the machine does; the number of
instructions is not.  They are those of the process of Python, and with SQLite
so those of the database.
"""

from collections.abc import Iterator
import contextlib
import pathlib
import re
import shutil
import subprocess
import tempfile
from typing import Any

from bench import processes


def of_run(place: processes.Place, module: str,
           *arguments: str) -> int | None:
    """Return the instructions of a whole process, None without valgrind."""
    with _counting() as (prefix, file):
        if not prefix:
            return None
        place.run(module, *arguments, prefix=prefix)
        return _total(file)


def of_task(place: processes.Place, warm_up: int, times: int,
            task: str, **arguments: Any) -> float | None:
    """Return the instructions of a task, None without valgrind.

    :param warm_up: how often it is done before
    :param times: how often it is done then, of which the mean is taken
    """
    with _counting('--instr-atstart=no') as (prefix, file):
        if not prefix:
            return None
        process = processes.Process(place, prefix)
        try:
            process.ask(task, times=warm_up, **arguments)
            _switch(process.pid, 'on')
            process.ask(task, times=times, **arguments)
            _switch(process.pid, 'off')
        finally:
            process.close()
        return _total(file) / times


@contextlib.contextmanager
def _counting(*options: str) -> Iterator[
        tuple[tuple[str, ...], pathlib.Path]]:
    """Return the command that counts, and where it writes the count."""
    with tempfile.TemporaryDirectory(prefix='umbench') as directory:
        file = pathlib.Path(directory) / 'callgrind.out'
        if shutil.which('valgrind') is None:
            print('  valgrind is not installed: instructions are left out',
                  flush=True)
            yield (), file
        else:
            yield ('valgrind', '--tool=callgrind', '--quiet', *options,
                   f'--callgrind-out-file={file}'), file


def _switch(pid: int, state: str) -> None:
    subprocess.run(
        ['callgrind_control', '-i', state, str(pid)],
        check=True, capture_output=True)


def _total(file: pathlib.Path) -> int:
    found = re.search(r'^totals: (\d+)', file.read_text(), re.M)
    assert found is not None
    return int(found[1])
