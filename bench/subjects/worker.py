# SPDX-License-Identifier: Apache-2.0

"""Run operations of a subject as read from standard input, and time them.

``python -m bench.subjects.worker cinder URL DIRECTORY`` reads lines such as
``{"do": "time", "what": "list", "times": 20}`` and writes a line for each.
The worker runs in the environment of its subject, and needs only that
environment and the standard library.
"""

from collections.abc import Callable
import contextlib
import functools
import gc
import importlib
import importlib.metadata
import json
import pathlib
import select
import sys
import threading
import time
from typing import Any

from bench.subjects import requests


class Worker:
    """The operations of a subject, each a method."""

    def __init__(self, subject: Any):
        self._subject = subject

    def versions(self, names: list[str]) -> dict[str, str]:
        """Return the versions of those packages that are installed."""
        found = {}
        for name in names:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                found[name] = importlib.metadata.version(name)
        return found

    def time(self, what: str, times: int) -> dict[str, list[float]]:
        """Do something so many times; return seconds of each."""
        work = getattr(self, f'_{what}')
        wall, cpu = [], []
        gc.collect()
        for _number in range(times):
            wall_start, cpu_start = time.perf_counter(), time.process_time()
            work()
            cpu.append(time.process_time() - cpu_start)
            wall.append(time.perf_counter() - wall_start)
        return {'wall': wall, 'cpu': cpu}

    def mean_cpu(self, what: str, times: int) -> float:
        """Return the seconds of CPU of one of so many."""
        work = getattr(self, f'_{what}')
        gc.collect()
        start = time.process_time()
        for _number in range(times):
            work()
        return (time.process_time() - start) / times

    def creates(self, threads: int, seconds: float) -> dict[str, Any]:
        """Create in several threads; return the seconds taken."""
        create = self._create
        end = time.monotonic() + seconds

        def work() -> None:
            while time.monotonic() < end:
                create()

        workers = [threading.Thread(target=work) for _number
                   in range(threads)]
        start = time.monotonic()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return {'seconds': time.monotonic() - start}

    def creates_until_told(self) -> dict[str, list[float]]:
        """Create until the next line comes; return seconds of each."""
        wall = []
        while not select.select([sys.stdin], [], [], 0)[0]:
            start = time.perf_counter()
            self._create()
            wall.append(time.perf_counter() - start)
        sys.stdin.readline()
        return {'wall': wall}

    def purge(self) -> dict[str, Any]:
        """Remove expired messages.

        The result has the longest time for which a connection was taken out of
        the pool.
        """
        import sqlalchemy
        purger = self._subject.purger()
        taken: dict[Any, float] = {}
        longest = 0.0

        def take(_connection: Any, record: Any, _proxy: Any) -> None:
            taken[record] = time.perf_counter()

        def give_back(_connection: Any, record: Any) -> None:
            nonlocal longest
            longest = max(longest,
                          time.perf_counter() - taken.pop(record, 1e9))

        sqlalchemy.event.listen(sqlalchemy.Pool, 'checkout', take)
        sqlalchemy.event.listen(
            sqlalchemy.Pool, 'checkin', give_back)  # codespell:ignore
        start = time.perf_counter()
        purger()
        seconds = time.perf_counter() - start
        return {'seconds': seconds, 'longest': longest}

    @functools.cached_property
    def _application(self) -> Callable[..., Any]:
        return self._subject.application()

    @functools.cached_property
    def _inner(self) -> Callable[..., Any]:
        return self._subject.without_middleware()

    @functools.cached_property
    def _message_ids(self) -> list[str]:
        return [message['id'] for message
                in requests.page(self._application)]

    def _list(self) -> None:
        requests.answer(self._application,
                        requests.environ('GET', requests.LIST))

    def _page(self) -> None:
        requests.answer(self._application, requests.environ(
            'GET', f'{requests.LIST}&marker={self._message_ids[-1]}'))

    def _show(self) -> None:
        requests.answer(self._application, requests.environ(
            'GET', f'/messages/{self._message_ids[7]}'))

    def _delete(self) -> None:
        requests.answer(self._application, requests.environ(
            'DELETE', f'/messages/{self._message_ids.pop()}'))

    def _list_inside(self) -> None:
        requests.answer(self._inner, requests.environ('GET', requests.LIST))

    @functools.cached_property
    def _read(self) -> Callable[[], Any]:
        return self._subject.reader()

    @functools.cached_property
    def _create(self) -> Callable[[], Any]:
        return self._subject.creator()


def subject(name: str, url: str, directory: str) -> Any:
    """Return a subject, ready to be measured."""
    return importlib.import_module(f'bench.subjects.{name}').Subject(
        url, pathlib.Path(directory))


def main() -> None:
    """Process lines until the end of the input."""
    # The output of a subject is not a result.
    answers, sys.stdout = sys.stdout, sys.stderr
    worker = Worker(subject(*sys.argv[1:]))
    while line := sys.stdin.readline():
        question = json.loads(line)
        work = getattr(worker, question.pop('do'))
        print(json.dumps(work(**question)), file=answers, flush=True)


if __name__ == '__main__':
    main()
