# SPDX-License-Identifier: Apache-2.0

"""Measured values and their ratios.

``add('list, CPU', 'MariaDB', 1000, 'ours', 'ms', 2.9)`` adds what one round
found.  A ratio is taken within each round, since what else the machine did
then met both; its spread is that of the rounds.
"""

from collections.abc import Iterator
import dataclasses
import os
import statistics
from typing import Any

from bench import processes


@dataclasses.dataclass(frozen=True)
class Spread:
    """A value and how far the rounds lie apart."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: list[float]) -> 'Spread':
        """Return that of some values."""
        return cls(statistics.median(values), min(values), max(values))


@dataclasses.dataclass
class Series:
    """The rounds of one measurement of one subject."""

    measure: str
    database: str
    rows: int
    subject: str
    unit: str
    values: list[float]
    # Load of the machine: one minute's average at the end of each round.
    loads: list[float]


class Results:
    """All results of a run."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str, int, str], Series] = {}
        self.about: dict[str, Any] = {}

    @classmethod
    def read(cls, stored: dict[str, Any]) -> 'Results':
        """Return the stored results."""
        results = cls()
        results.about = stored['about']
        for values in stored['series']:
            series = Series(**values)
            results._series[_key(series)] = series
        return results

    def add(self, measure: str, database: str, rows: int, subject: str,
            unit: str, value: float) -> None:
        """Add the result of a round."""
        series = Series(measure, database, rows, subject, unit, [], [])
        series = self._series.setdefault(_key(series), series)
        series.values.append(value)
        series.loads.append(os.getloadavg()[0])

    def __iter__(self) -> Iterator[Series]:
        return iter(self._series.values())

    def find(self, measure: str, database: str, rows: int,
             subject: str = processes.OURS) -> Series | None:
        """Return a series, None where that was not measured."""
        return self._series.get((measure, database, rows, subject))

    def sizes(self, measure: str, database: str) -> list[int]:
        """Return the sizes of the table that something was measured at."""
        return sorted({series.rows for series in self
                       if (series.measure, series.database)
                       == (measure, database)})

    def store(self) -> dict[str, Any]:
        """Return a value for JSON."""
        return {'about': self.about,
                'series': [dataclasses.asdict(series) for series in self]}


def ratio(above: Series | None, below: Series | None) -> Spread | None:
    """Return one series over another, round by round.

    None where one was not measured, or was nothing.
    """
    if above is None or below is None or not all(below.values):
        return None
    return Spread.of([first / second for first, second
                      in zip(above.values, below.values)])


def _key(series: Series) -> tuple[str, str, int, str]:
    return series.measure, series.database, series.rows, series.subject
