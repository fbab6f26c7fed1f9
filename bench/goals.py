# SPDX-License-Identifier: Apache-2.0

"""The goals of the benchmark, as numbers.

A ``Goal`` names one row of the table: the measurement, the ratio and the
bound. Goals are defined only here.
"""

from collections.abc import Callable, Iterator
import dataclasses

from bench.measures import cpu
from bench.measures import creates
from bench.measures import growth
from bench.measures import page
from bench.measures import parameters
from bench.measures import purging
from bench.measures import start
from bench.measures import statements
from bench.measures import throughput
from bench import processes
from bench import results

Spread = results.Spread
MARIADB, POSTGRESQL, SQLITE = 'MariaDB', 'PostgreSQL', 'SQLite'
_MILLION = 1000000

# One for each measured database and size.
Find = Callable[[results.Results, str, str], Spread | None]


@dataclasses.dataclass(frozen=True)
class Goal:
    """A promise.

    :param what: is promised, in words
    :param measure: the name of the measurement
    :param find: makes one number of it
    :param sign: that number is to be at least (``>=``) or at most (``<=``)
    :param at_least: the promise for each database it is given for
    :param hoped: what would be better still
    :param at_rows: the smallest table that it is promised for
    """

    what: str
    measure: str
    find: Find
    sign: str
    at_least: dict[str, float]
    hoped: dict[str, float]
    at_rows: int = 0

    def is_met(self, database: str, value: float) -> bool:
        """Tell whether a number keeps the promise."""
        goal = self.at_least[database]
        return value >= goal if self.sign == '>=' else value <= goal


def _at_largest(found: results.Results, measure: str, database: str,
                subject: str) -> results.Series | None:
    sizes = found.sizes(measure, database)
    return found.find(measure, database, sizes[-1], subject) if sizes else None


def _at_smallest(found: results.Results, measure: str, database: str,
                 subject: str) -> results.Series | None:
    sizes = found.sizes(measure, database)
    return found.find(measure, database, sizes[0], subject) if sizes else None


def peer_over_ours(found: results.Results, measure: str,
                   database: str) -> Spread | None:
    """Return how many times as much Cinder has, in the largest table."""
    return results.ratio(
        _at_largest(found, measure, database, processes.PEER),
        _at_largest(found, measure, database, processes.OURS))


def ours_over_peer(found: results.Results, measure: str,
                   database: str) -> Spread | None:
    """Return the ratio of this package to Cinder."""
    return results.ratio(
        _at_largest(found, measure, database, processes.OURS),
        _at_largest(found, measure, database, processes.PEER))


def largest_over_smallest(found: results.Results, measure: str,
                          database: str) -> Spread | None:
    """Return how ours has grown with the table.

    The rounds of two sizes have nothing to do with each other, so medians are
    compared; the spread is that of the one size over the median of the other.
    """
    large = _at_largest(found, measure, database, processes.OURS)
    small = _at_smallest(found, measure, database, processes.OURS)
    if large is None or small is None or large is small:
        return None
    base = Spread.of(small.values).median
    return Spread.of([value / base for value in large.values])


def ours(found: results.Results, measure: str,
         database: str) -> Spread | None:
    """Return ours as it is."""
    series = _at_largest(found, measure, database, processes.OURS)
    return None if series is None else Spread.of(series.values)


def _each(value: float, *others: float) -> dict[str, float]:
    """Return that for MariaDB, PostgreSQL and SQLite; the last goes on."""
    values = [value, *others]
    values += [values[-1]] * (3 - len(values))
    return dict(zip((MARIADB, POSTGRESQL, SQLITE), values))


def _servers(first: float, second: float | None = None) -> dict[str, float]:
    return {MARIADB: first, POSTGRESQL: first if second is None else second}


GOALS = (
    Goal('speed of the first page of a project through WSGI, p50, largest '
         'table, relative to Cinder', page.FIRST_PAGE, peer_over_ours, '>=',
         _servers(100, 40), _servers(300, 100), at_rows=_MILLION),
    Goal('duration of the first page, largest table relative to smallest',
         page.FIRST_PAGE, largest_over_smallest, '<=', _each(1.3), _each(1.1)),
    Goal('CPU time of one HTTP list of 50, relative to Cinder', cpu.LIST,
         ours_over_peer, '<=', _servers(1 / 3, 1 / 4),
         _servers(1 / 4, 1 / 6)),
    Goal('CPU time of one HTTP show, relative to Cinder', cpu.SHOW,
         ours_over_peer, '<=', _servers(1 / 4), _servers(1 / 8)),
    Goal('requests/s under uWSGI, list, relative to Cinder',
         throughput.LIST, ours_over_peer, '>=',
         _servers(4), _servers(6)),
    Goal('requests/s under uWSGI, show, relative to Cinder',
         throughput.SHOW, ours_over_peer, '>=', _servers(4), _servers(6)),
    Goal('CPU time of one create, one thread, relative to Cinder', cpu.CREATE,
         ours_over_peer, '<=', _servers(0.4), _servers(0.25)),
    Goal('creates/s, 8 threads, relative to Cinder', creates.CREATES,
         ours_over_peer, '>=', _servers(3, 2), _servers(6, 2.5)),
    Goal('instructions of a create, largest table relative to smallest',
         growth.CREATE, largest_over_smallest, '<=', _each(1.1), _each(1.0)),
    Goal(parameters.LIST, parameters.LIST, ours, '<=', _servers(1.1),
         _servers(1.05)),
    Goal('longest create during a purge, relative to Cinder',
         purging.WORST_CREATE, ours_over_peer, '<=', {MARIADB: 1 / 5},
         {MARIADB: 1 / 20}, at_rows=_MILLION),
    Goal('longest transaction of a purge, s', purging.LONGEST, ours, '<=',
         {MARIADB: 0.2}, {MARIADB: 0.05},
         at_rows=_MILLION),
    Goal('peak memory of an API worker, relative to Cinder',
         start.WORKER_MEMORY, ours_over_peer, '<=', _servers(0.6),
         _servers(0.53)),
    Goal('CPU time to start an API worker, relative to Cinder',
         start.WORKER_CPU, ours_over_peer, '<=', _servers(0.6),
         _servers(0.53)),
    Goal('instructions to start an API worker, relative to Cinder',
         start.WORKER_INSTRUCTIONS, ours_over_peer, '<=', {MARIADB: 0.6},
         {MARIADB: 0.53}),
    Goal('peak memory of the library alone, ready to create, relative to '
         'Cinder', start.LIBRARY_MEMORY, ours_over_peer, '<=',
         _servers(0.55), _servers(0.5)),
    *(Goal(name, name, ours, '<=', _servers(1), _servers(1))
      for name in statements.STATEMENTS.values()),
)


def judged(found: results.Results) -> Iterator[
        tuple[Goal, str, Spread | None]]:
    """Return each goal for each database, with its result."""
    for goal in GOALS:
        for database in goal.at_least:
            if database in found.about['databases']:
                yield goal, database, goal.find(found, goal.measure, database)
