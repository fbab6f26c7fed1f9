# SPDX-License-Identifier: Apache-2.0

"""Kill those who record, and look for what they were told is there."""

import pathlib
import subprocess
import sys
from typing import Any

from soak import cell
from soak import database as soak_database
from soak import load

NAME = 'kill -9 of a process that records'


def run(database: soak_database.Database, directory: pathlib.Path,
        times: int) -> dict[str, Any]:
    """Return the numbers of so many kills."""
    database.restore()
    database.empty()
    place = directory / 'killed'
    place.mkdir()
    subprocess.run(
        [sys.executable, '-m', 'soak.killed', str(place / 'writer'),
         str(times)], env=load.environment(database.url), check=True)
    creates = [call for number in range(times)
               for call in load.read(place / f'writer{number}.calls')]
    tally = load.Tally(creates, [], load.errors([place / 'writer.log']), 0)
    rows = cell.settled_rows(database)
    stored = {message_id for found in rows.values() for message_id in found}
    return {**cell.judged(tally, rows, set()), 'kills': times,
            # Messages of processes that were killed before the report of an
            # ID.
            'untold': len(stored - set(tally.ids().values()))}
