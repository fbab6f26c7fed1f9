# SPDX-License-Identifier: Apache-2.0

"""Cost of a create in a large table.

Counted are the instructions of the process that creates.  That of a server is
not ours to count in; what it works for the connection is taken instead, in
seconds of CPU.
"""

from bench import instructions
from bench import processes
from bench import run as bench_run

CREATE = 'create, instructions'

_WARM_UP = 20
_TIMES = 200


def measure(run: bench_run.Run) -> None:
    """Measure it at the size that the table has."""
    for subject in run.in_turn((processes.OURS,), 3):
        found = instructions.of_task(
            run.places[subject], _WARM_UP, _TIMES, 'mean_cpu', what='create')
        if found is not None:
            run.add(CREATE, subject, '10^3', found / 1000)
