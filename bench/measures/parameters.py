# SPDX-License-Identifier: Apache-2.0

"""Cost of parameters in the texts of a list.

Counted are the instructions of the process that serves a list of 50 messages
without parameters, and of the same list after all of its messages were given
three numbers each.  The measure is the last of a table, as the table keeps the
parameters.
"""

from bench import instructions
from bench import processes
from bench import rows
from bench import run as bench_run

LIST = 'list with parameters relative to list without, instructions'

_WARM_UP = 20
_TIMES = 50
# Quota of the project; nearly each message has other numbers.
_ADD_PARAMETERS = f"""
UPDATE user_messages SET detail_id = '101',
    event_id = 'VOLUME_VOLUME_{rows.ACTION}_101',
    parameters = CONCAT(
        '{{"left":', EXTRACT(DAY FROM created_at),
        ',"limit":', 1000 + EXTRACT(HOUR FROM created_at),
        ',"requested":', 100 + EXTRACT(MINUTE FROM created_at), '}}')
WHERE project_id = '{rows.PROJECT}'"""


def measure(run: bench_run.Run) -> None:
    """Measure it at the size that the table has."""
    if run.database.name == 'SQLite':
        return
    place = run.places[processes.OURS]

    def count() -> float | None:
        return instructions.of_task(
            place, _WARM_UP, _TIMES, 'mean_cpu', what='list')

    without = count()
    run.database.ask(processes.OURS, _ADD_PARAMETERS)
    found = count()
    if without is not None and found is not None:
        run.add(LIST, processes.OURS, 'ratio', found / without)
