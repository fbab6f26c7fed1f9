# SPDX-License-Identifier: Apache-2.0

"""CPU time that a Python process uses for each kind of request.

The list is asked for at four depths, from the bare driver to the endpoint with
all of its middleware; what one takes more than the one below it is the CPU of
that layer.
"""

from bench import processes
from bench import run as bench_run

LIST, SHOW, CREATE = 'list, CPU', 'show, CPU', 'create, CPU'
READ, INSIDE = 'list from the database, CPU', 'list without middleware, CPU'

_TASKS = {LIST: 'list', SHOW: 'show', CREATE: 'create', READ: 'read',
          INSIDE: 'list_inside'}
_TIMES = 100


def measure(run: bench_run.Run) -> None:
    """Measure each at the size that the table has."""
    with run.workers() as workers:
        tasks = [(name, subject) for name in _TASKS
                 for subject in processes.ALL
                 # The floor has no middleware.
                 if (name, subject) != (INSIDE, processes.FLOOR)]
        for name, subject in tasks:
            workers[subject].ask('mean_cpu', what=_TASKS[name], times=5)
        for _number in range(run.rounds):
            for name, subject in tasks:
                run.add(name, subject, 'ms', 1000 * workers[subject].ask(
                    'mean_cpu', what=_TASKS[name], times=_TIMES))
