# SPDX-License-Identifier: Apache-2.0

"""Have one fault happen, and count what came of it."""

import pathlib
import subprocess
import time
from typing import Any

from soak import database as soak_database
from soak import faults
from soak import load as soak_load
from soak import servers
from usermessages.tests import processes

_BEFORE_SECONDS = 4
# HAProxy takes some seconds to use a server again.
_AFTER_SECONDS = 6
# create_timeout, and half a second for the other work of the machine.
LONGEST_CREATE_SECONDS = 10.5


def run(database: soak_database.Database, fault: faults.Fault,
        directory: pathlib.Path, spools: bool = False) -> dict[str, Any]:
    """Return the numbers of one fault.

    :param directory: for files
    :param spools: whether dead letters are spooled, too
    """
    database.restore()
    database.empty()
    if fault.at_start:
        database.stop_serving()
    load = soak_load.Load(directory, database.url, fault.deletes,
                          spools=spools)
    try:
        load.begin()
        if not fault.at_start:
            time.sleep(_BEFORE_SECONDS)
        gone = set(fault.make(database) or ())
        time.sleep(_AFTER_SECONDS)
        tally = load.end()
    finally:
        load.close()
    database.restore()
    values = judged(tally, settled_rows(database), gone | tally.deleted())
    _import(load)
    rows = database.rows()
    values['not_back'] = len(tally.refused() - rows.keys())
    values['twice'] = sum(len(found) - 1 for found in rows.values())
    values['broken'] += [what for what, is_so in (
        ('files in the spool after an import',
         spools and any(load.spool.iterdir())),
        ('not back after an import', values['not_back']),
        ('twice after an import', values['twice']),
    ) if is_so]
    return values


def _import(load: soak_load.Load) -> None:
    """Recover the dead letters, from the spool as the timer does, or from
    the logs as an operator does.
    """
    source = ['--spool'] if load.spools else load.logs()
    done = subprocess.run(
        [processes.program('usermessages-manage'), 'message', 'import',
         *source], env=load.environment, capture_output=True, text=True)
    if done.returncode:
        raise servers.SoakError(f'import: {done.stdout}{done.stderr}')


def settled_rows(database: soak_database.Database) -> dict[str, list[str]]:
    """Return the rows when no process is about to add any.

    A server can still work on a statement after the client has given up.
    """
    rows = database.rows()
    while True:
        time.sleep(1)
        again = database.rows()
        if again == rows:
            return rows
        rows = again


def judged(tally: soak_load.Tally, rows: dict[str, list[str]],
           gone: set[str]) -> dict[str, Any]:
    """Return the counts, and the promises that were broken.

    :param gone: IDs of messages that were removed on purpose
    """
    ids, refused = tally.ids(), tally.refused()
    failed = [call for call in tally.reads
              if call['status'] >= 500 and call['status'] != 503]
    logged = sum(count for line, count in tally.logged.items()
                 if soak_load.REFUSED in line)
    values: dict[str, Any] = {
        'calls': len(tally.creates),
        'ids': len(ids),
        'missing': sum(message_id not in rows.get(resource, ())
                       and message_id not in gone
                       for resource, message_id in ids.items()),
        'duplicates': sum(len(found) - 1 for found in rows.values()),
        'raised': sorted({call['raised'] for call in tally.creates
                          if call['raised']}),
        'longest_create': max(call['seconds'] for call in tally.creates),
        'refused': len(refused),
        'refused_and_stored': sum(resource in rows for resource in refused),
        'logged': logged,
        'reads': len(tally.reads),
        'reads_503': sum(call['status'] == 503 for call in tally.reads),
        'reads_failed': len(failed),
        'longest_read': max((call['seconds'] for call in tally.reads),
                            default=0),
        'server_start': round(tally.server_start_seconds, 1),
        'answers': dict(tally.logged.most_common(12)),
    }
    values['broken'] = [what for what, is_so in (
        ('IDs without a row', values['missing']),
        ('more than one row', values['duplicates']),
        ('raised', values['raised']),
        ('create over its budget',
         values['longest_create'] > LONGEST_CREATE_SECONDS),
        ('refused and not logged', logged < len(refused)),
        ('answered 5xx', failed),
    ) if is_so]
    return values
