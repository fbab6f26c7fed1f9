# SPDX-License-Identifier: Apache-2.0

"""Cost of the start of a process: memory and CPU.

An API worker has served a list and a show by then, and the library alone has
recorded one message.
"""

import json

from bench import instructions
from bench import processes
from bench import run as bench_run

WORKER_MEMORY = 'peak memory of an API worker'
WORKER_CPU = 'CPU to start an API worker'
WORKER_INSTRUCTIONS = 'instructions to start an API worker'
LIBRARY_MEMORY = 'peak memory of the library'

_SUBJECTS = (processes.OURS, processes.PEER)


def measure(run: bench_run.Run) -> None:
    """Measure both."""
    for place in (run.places[subject] for subject in _SUBJECTS):
        # Exclude the first read of files from the disk.
        place.run('once', 'serve')
    for subject in run.in_turn(_SUBJECTS):
        place = run.places[subject]
        served = json.loads(place.run('once', 'serve'))
        run.add(WORKER_MEMORY, subject, 'MiB', served['peak_mib'])
        run.add(WORKER_CPU, subject, 's', served['cpu'])
        created = json.loads(place.run('once', 'create'))
        run.add(LIBRARY_MEMORY, subject, 'MiB', created['peak_mib'])


def count_instructions(run: bench_run.Run) -> None:
    """Count the instructions of a start, which depend less on the machine."""
    for subject in run.in_turn(_SUBJECTS, 2):
        found = instructions.of_run(run.places[subject], 'once', 'serve')
        if found is not None:
            run.add(WORKER_INSTRUCTIONS, subject, '10^9', found / 1e9)
