# SPDX-License-Identifier: Apache-2.0

"""State shared by the measurements of one database.

Each of them gets a ``Run`` and asks its subjects in turn, ``run.rounds``
times, so that none of them has the quiet hour of the machine to itself.
"""

from collections.abc import Iterable, Iterator
import contextlib
import dataclasses
import datetime
import pathlib

from bench import databases
from bench import processes
from bench import results
from bench import rows
from usermessages.db import ids

TABLES = {processes.OURS: 'user_messages', processes.PEER: 'messages'}


@dataclasses.dataclass
class Run:
    """The subjects with their tables in one database, filled to one size.

    :param is_full: take the time that the whole measure needs
    """

    database: databases.Database
    results: results.Results
    directory: pathlib.Path
    pythons: dict[str, str]
    rounds: int
    is_full: bool
    places: dict[str, processes.Place] = dataclasses.field(
        default_factory=dict)
    rows: int = 0

    def prepare(self) -> None:
        """Make the databases and, as operators do, the tables."""
        for subject in processes.ALL:
            directory = self.directory / self.database.name / subject
            directory.mkdir(parents=True, exist_ok=True)
            # The floor reads and writes what is ours.
            url = (self.places[processes.OURS].url
                   if subject == processes.FLOOR
                   else self.database.make(subject))
            self.places[subject] = processes.Place(
                subject, self.pythons[subject], url, directory)
            if subject in TABLES:
                self.places[subject].run('schema')

    def fill(self, count: int) -> None:
        """Have so many messages in each table, and nothing else."""
        self.rows = count
        now = datetime.datetime.now(datetime.UTC).replace(
            tzinfo=None, microsecond=0)
        for subject, table in TABLES.items():
            self.database.ask(
                subject, f'DELETE FROM {table}'
                if self.database.name == 'SQLite'
                else f'TRUNCATE TABLE {table}')
            self.database.fill(subject, table, stored(
                subject, rows.stored(count, now)))
            self.database.analyze(subject, table)

    def drop(self) -> None:
        """Remove the databases."""
        for subject in TABLES:
            self.database.drop(subject)

    @contextlib.contextmanager
    def workers(self, subjects: Iterable[str] = processes.ALL,
                ) -> Iterator[dict[str, processes.Process]]:
        """Have a process of each subject."""
        with contextlib.ExitStack() as stack:
            running = {}
            for subject in subjects:
                running[subject] = processes.Process(self.places[subject])
                stack.callback(running[subject].close)
            yield running

    def in_turn(self, subjects: Iterable[str],
                rounds: int | None = None) -> Iterator[str]:
        """Return the subjects, round after round."""
        for _number in range(rounds or self.rounds):
            yield from subjects

    def add(self, measure: str, subject: str, unit: str,
            value: float) -> None:
        """Add the result of a round."""
        self.results.add(measure, self.database.name, self.rows, subject,
                         unit, value)

    def written(self, subject: str) -> int:
        """Return how many messages the measurements of create have left."""
        return int(self.database.ask(
            subject, f'SELECT COUNT(*) FROM {TABLES[subject]} '
            f"WHERE project_id = '{rows.WRITTEN_PROJECT}'"))


def stored(subject: str, messages: Iterable[rows.Row]) -> Iterator[rows.Row]:
    """Return the messages as the table of a subject has them."""
    for message in messages:
        if subject == processes.PEER:
            yield {**message, 'deleted': False}
        else:
            created_at = message['created_at']
            assert isinstance(created_at, datetime.datetime)
            yield {**message, 'id': ids.new_id(created_at)}
