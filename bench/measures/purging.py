# SPDX-License-Identifier: Apache-2.0

"""Effect of a purge on services that record messages.

One process creates, one after the other without a pause, and another removes
the expired tenth of the table.  The longest transaction is the
longest time for which the one that removes had a connection.
"""

import datetime
import time

from bench import processes
from bench import rows
from bench import run as bench_run

WORST_CREATE = 'worst create while purging'
WORST_AT_REST = 'worst create otherwise'
LONGEST = 'longest purge transaction'
DURATION = 'purging'

_SUBJECTS = (processes.OURS, processes.PEER)
_AT_REST_SECONDS = 3


def measure(run: bench_run.Run) -> None:
    """Measure both at the size that the table has."""
    with run.workers(_SUBJECTS) as creating, \
            run.workers(_SUBJECTS) as purging:
        for worker in creating.values():
            worker.ask('time', what='create', times=20)
        first = True
        for subject in run.in_turn(_SUBJECTS):
            creator, purger = creating[subject], purging[subject]
            if not first:
                _put_back(run, subject)
            first = subject != _SUBJECTS[-1] and first
            before = run.written(subject)

            creator.begin('creates_until_told')
            time.sleep(_AT_REST_SECONDS)
            creator.tell()
            at_rest = creator.end()['wall']

            creator.begin('creates_until_told')
            purged = purger.ask('purge')
            creator.tell()
            meanwhile = creator.end()['wall']

            lost = (len(at_rest) + len(meanwhile)
                    - run.written(subject) + before)
            run.add(WORST_AT_REST, subject, 's', max(at_rest))
            run.add(WORST_CREATE, subject, 's', max(meanwhile))
            run.add(LONGEST, subject, 's', purged['longest'])
            run.add(DURATION, subject, 's', purged['seconds'])
            run.add('creates given up while purging', subject, '', lost)


def _put_back(run: bench_run.Run, subject: str) -> None:
    now = datetime.datetime.now(datetime.UTC).replace(
        tzinfo=None, microsecond=0)
    table = bench_run.TABLES[subject]
    run.database.fill(subject, table, bench_run.stored(
        subject, rows.expired(run.rows // 10, now)))
    run.database.analyze(subject, table)
