# SPDX-License-Identifier: Apache-2.0

"""Number of messages that eight threads of a service record in a second.

Only stored messages count: neither library raises an error if a message cannot
be stored.
"""

from bench import processes
from bench import run as bench_run

CREATES = 'creates/s, 8 threads'

_THREADS = 8


def measure(run: bench_run.Run) -> None:
    """Measure each at the size that the table has."""
    seconds = 4 if run.is_full else 2
    with run.workers() as workers:
        for worker in workers.values():
            worker.ask('creates', threads=_THREADS, seconds=0.5)
        for subject in run.in_turn(processes.ALL):
            table = (processes.OURS if subject == processes.FLOOR
                     else subject)
            before = run.written(table)
            took = workers[subject].ask(
                'creates', threads=_THREADS, seconds=seconds)['seconds']
            run.add(CREATES, subject, '1/s',
                    (run.written(table) - before) / took)
