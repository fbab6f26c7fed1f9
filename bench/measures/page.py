# SPDX-License-Identifier: Apache-2.0

"""How long a user waits for the first page, however large the table is."""

import statistics

from bench import processes
from bench import run as bench_run

FIRST_PAGE = 'first page, p50'

_SECONDS = 1.0


def measure(run: bench_run.Run) -> None:
    """Measure the list of fifty messages at the size that the table has."""
    with run.workers() as workers:
        times = {}
        for subject, worker in workers.items():
            # The first calls connect, compile and fill caches.
            worker.ask('time', what='list', times=2)
            seconds = worker.ask('time', what='list', times=1)['wall'][0]
            times[subject] = max(3, min(100, int(_SECONDS / seconds)))
        for subject in run.in_turn(processes.ALL):
            found = workers[subject].ask(
                'time', what='list', times=times[subject])
            run.add(FIRST_PAGE, subject, 'ms',
                    statistics.median(found['wall']) * 1000)
