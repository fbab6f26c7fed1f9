# SPDX-License-Identifier: Apache-2.0

"""How many statements reach the server for each thing that is asked for.

They are counted on the way there, so what a driver or a pool adds counts too:
BEGIN, COMMIT, ROLLBACK and pings.
"""

from bench import processes
from bench import run as bench_run
from bench import wire

STATEMENTS = {what: f'statements of {name}' for what, name in {
    'list': 'list', 'page': 'page by marker', 'show': 'show',
    'create': 'create', 'delete': 'delete'}.items()}


def measure(run: bench_run.Run) -> None:
    """Count for each."""
    if run.database.name == 'SQLite':
        return
    for subject in (processes.OURS, processes.PEER):
        place = run.places[subject]
        with wire.Wire(place.url) as through:
            worker = processes.Process(place.at(through.url))
            try:
                for what, name in STATEMENTS.items():
                    # The first one connects.
                    worker.ask('time', what=what, times=1)
                    del through.sent[:]
                    worker.ask('time', what=what, times=1)
                    run.add(name, subject, '', len(through.sent))
                    print(f'  {subject} {what}:', flush=True)
                    for statement in through.sent:
                        print(f'    {" ".join(statement.split())[:100]}')
            finally:
                worker.close()
