# SPDX-License-Identifier: Apache-2.0

"""Measure this package against Cinder and against the floor.

``python -m bench`` takes a few minutes with small tables, ``python -m bench
--full`` goes to a million rows.  The results are in ``bench/results``.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import signal
import subprocess
import sys
import tempfile
from typing import Any

from bench import databases
from bench.measures import cpu
from bench.measures import creates
from bench.measures import growth
from bench.measures import page
from bench.measures import parameters
from bench.measures import purging
from bench.measures import start
from bench.measures import statements
from bench.measures import throughput
from bench import pictures
from bench import processes
from bench import results
from bench import run as bench_run
from bench import table

_RESULTS = processes.ROOT / 'bench/results'
_SMALL = [1000, 10000]
_FULL = [1000, 10000, 100000, 1000000]
# SQLite is for trials and for small clouds.
_SQLITE_ROWS = 100000

_AT_SMALLEST = {'cpu': cpu.measure, 'throughput': throughput.measure,
                'creates': creates.measure, 'statements': statements.measure,
                'start': start.measure}
_PACKAGES = ['usermessages', 'cinder', 'SQLAlchemy', 'PyMySQL',
             'psycopg2-binary', 'oslo.db', 'oslo.policy', 'WebOb', 'pyuwsgi']


def main() -> None:
    """Measure, and store the results."""
    options = _options()
    # A signal also stops the servers and drops the databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    found = results.Results()
    found.about = _about(options)
    options.output.mkdir(parents=True, exist_ok=True)
    if not options.draw_only:
        peer = options.peer_python or processes.peer_python(
            options.peer_directory)
        with tempfile.TemporaryDirectory(prefix='umbench') as directory:
            for kind in databases.ALL:
                if kind.name in options.databases:
                    _measure(kind, pathlib.Path(directory), peer, options,
                             found)
    stored = json.loads((options.output / 'results.json').read_text())
    found = results.Results.read(stored)
    (options.output / 'results.rst').write_text(table.text(found))
    pictures.draw(found, options.output)
    print(f'Written: {options.output}')


def _measure(kind: type[databases.Database], directory: pathlib.Path,
             peer: str, options: argparse.Namespace,
             found: results.Results) -> None:
    database = kind(directory)
    found.about['databases'][kind.name] = database.version()
    run = bench_run.Run(database, found, directory,
                        processes.pythons(peer), options.rounds,
                        options.full)
    sizes = [size for size in options.sizes
             if size <= _SQLITE_ROWS or kind is not databases.SQLite]
    try:
        run.prepare()
        _note_packages(run)
        for size in sizes:
            _say(f'{kind.name}, {size:,} rows')
            run.fill(size)
            page.measure(run)
            if size == sizes[0]:
                for name, measure in _AT_SMALLEST.items():
                    _say(f'  {name}')
                    measure(run)
            if size in (sizes[0], sizes[-1]) and options.full:
                _say('  instructions')
                growth.measure(run)
            if kind is databases.MariaDB and size == sizes[-1]:
                _say('  purging')
                purging.measure(run)
                if options.full:
                    start.count_instructions(run)
            if size == sizes[-1] and options.full:
                _say('  parameters')
                parameters.measure(run)
            # Keep the results until now if a later measurement fails.
            _store(found, options)
    finally:
        run.drop()


def _store(found: results.Results, options: argparse.Namespace) -> None:
    found.about['ended'] = _now()
    (options.output / 'results.json').write_text(
        json.dumps(found.store(), indent=1) + '\n')


def _note_packages(run: bench_run.Run) -> None:
    with run.workers((processes.OURS, processes.PEER)) as workers:
        for subject, worker in workers.items():
            run.results.about['packages'][subject] = worker.ask(
                'versions', names=_PACKAGES)


def _about(options: argparse.Namespace) -> dict[str, Any]:
    commit = subprocess.run(
        ['git', 'describe', '--always', '--dirty'],
        cwd=processes.ROOT, capture_output=True, text=True).stdout.strip()
    return {
        'command': shlex.join(['tox', '-e', 'bench', '--', *_of_user()]),
        'commit': commit, 'began': _now(), 'rounds': options.rounds,
        'machine': f'{os.cpu_count()} cores of {_processor()}',
        'system': f'{platform.freedesktop_os_release()["PRETTY_NAME"]}, '
                  f'Linux {platform.release()}',
        'python': platform.python_version(),
        'databases': {}, 'packages': {}}


def _of_user() -> list[str]:
    """Return the arguments that select the measurements."""
    places = ('--peer-python', '--peer-directory', '--output')
    return [argument for before, argument in zip(['', *sys.argv[1:]],
                                                 sys.argv[1:])
            if argument not in places and before not in places]


def _processor() -> str:
    for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return platform.machine()


def _now() -> str:
    return f'{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M}'


def _say(words: str) -> None:
    print(f'{datetime.datetime.now(datetime.UTC):%H:%M:%S} {words}',
          flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser('bench', description=__doc__)
    parser.add_argument(
        '--full', action='store_true',
        help='go to a million rows, with more rounds, and count instructions')
    parser.add_argument(
        '--databases', nargs='+', default=[kind.name for kind
                                           in databases.ALL],
        choices=[kind.name for kind in databases.ALL], help='only these')
    parser.add_argument('--sizes', nargs='+', type=int,
                        help='numbers of rows, ascending; 1000 at least')
    parser.add_argument('--rounds', type=int,
                        help='how often each subject has its turn')
    parser.add_argument(
        '--peer-python', metavar='FILE',
        help='interpreter of an environment that has Cinder, a driver of each '
             'database and uWSGI; by default one is made')
    parser.add_argument(
        '--peer-directory', metavar='DIRECTORY', type=pathlib.Path,
        default=processes.ROOT / '.tox/bench-cinder',
        help='where that one is made, and found the next time')
    parser.add_argument(
        '--output', metavar='DIRECTORY', type=pathlib.Path,
        help='where the table and the pictures go')
    parser.add_argument(
        '--draw-only', action='store_true',
        help='measure nothing: make table and pictures of results.json')
    options = parser.parse_args()
    options.sizes = options.sizes or (_FULL if options.full else _SMALL)
    options.rounds = options.rounds or (5 if options.full else 3)
    options.output = options.output or (
        _RESULTS if options.full else _RESULTS / 'small')
    return options


if __name__ == '__main__':
    main()
