# SPDX-License-Identifier: Apache-2.0

"""Take databases down while messages are recorded, and count.

Starts databases of its own, on loopback and in a temporary directory, and
removes them at the end.  Prints a verdict, and ends with 1 if this run broke a
promise.  With --output, adds the results to those in a directory.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import Any

from soak import cell
from soak import database
from soak import galera
from soak import galera_faults
from soak import killing
from soak import load
from soak import postgresql
from soak import postgresql_faults
from soak import purging
from soak import servers
from soak import table
from usermessages.tests import processes

_FAULTS: dict[type[database.Database], Any] = {
    galera.Galera: galera_faults.ALL,
    postgresql.PostgreSQL: postgresql_faults.ALL}


def main() -> int:
    """Run the command line; return the exit status."""
    options = _options(sys.argv[1:])
    # A signal also stops the servers.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    found: dict[str, dict[str, Any]] = {}
    try:
        for kind in options.databases:
            for name, values in _run(kind, options):
                found[f'{kind.name}: {name}'] = values
                if options.output:
                    _store(options.output, found)
    except servers.SoakError as error:
        print(f'soak: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('\nStopped.', file=sys.stderr)
        return 130
    for line in verdict(found):
        print(line)
    return 1 if any(values['broken'] for values in found.values()) else 0


def verdict(found: dict[str, dict[str, Any]]) -> list[str]:
    """Return the lines that say whether a run kept all promises."""
    broken = {name: values['broken'] for name, values in found.items()
              if values['broken']}
    if not found:
        return ['Nothing was run.']
    if not broken:
        return [f'All promises were kept in {len(found)} of {len(found)} '
                'faults.']
    return [*(f'{name}: {", ".join(promises)}'
              for name, promises in broken.items()),
            f'Promises were broken in {len(broken)} of {len(found)} faults.']


def _store(directory: pathlib.Path, found: dict[str, dict[str, Any]]) -> None:
    """Add the results of a run to those of the runs before."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / 'results.json'
    results = {**(json.loads(file.read_text()) if file.exists() else {}),
               **found}
    file.write_text(json.dumps(results, indent=1) + '\n')
    (directory / 'results.rst').write_text(table.text(results))


def _run(kind: Any, options: argparse.Namespace) -> Any:
    """Return the name and the numbers of each thing that was done."""
    faults = [fault for fault in _FAULTS[kind]
              if any(part in fault.name for part in options.only)
              and 'faults' in options.parts]
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(tempfile.mkdtemp(prefix='soak-'))
        # The users of the servers have to get through.
        directory.chmod(0o755)
        if not options.keep:
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        used = kind(directory)
        stack.callback(used.stop)
        _say(f'{kind.name}: start')
        used.start()
        subprocess.run(
            [processes.program('usermessages-manage'), 'db', 'sync'],
            env=load.environment(used.url), check=True,
            stdout=subprocess.DEVNULL)

        def done(values: dict[str, Any]) -> dict[str, Any]:
            _say(f'  {json.dumps(values)}')
            return {**_about(used), **values}

        for number, fault in enumerate(faults):
            if fault.needs_disk and used.disk() is None:
                _say(f'{kind.name}: {fault.name}: left out, since we may '
                     'mount no disk')
                continue
            _say(f'{kind.name}: {fault.name}')
            place = directory / f'cell{number}'
            place.mkdir()
            name = fault.name + (' (spool)' if options.spool else '')
            yield name, done(cell.run(used, fault, place, options.spool))
        if 'kills' in options.parts:
            _say(f'{kind.name}: killing')
            yield killing.NAME, done(
                killing.run(used, directory, options.kills))
        if 'purge' in options.parts and kind is galera.Galera:
            for name, values in purging.run(used, directory, options.rows):
                yield name, done(values)


def _about(used: database.Database) -> dict[str, Any]:
    """Return where and when something was measured."""
    commit = subprocess.run(
        ['git', 'describe', '--always', '--dirty'], cwd=processes.ROOT,
        capture_output=True, text=True).stdout.strip()
    return {
        'commit': commit, 'ended': f'{_now():%Y-%m-%d %H:%M}',
        'load': round(os.getloadavg()[0], 1), 'version': used.version(),
        'machine': f'{os.cpu_count()} cores, '
                   f'{platform.freedesktop_os_release()["PRETTY_NAME"]}'}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _say(words: str) -> None:
    print(f'{_now():%H:%M:%S} {words}', flush=True)


def _options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser('tox -e soak --', description=__doc__)
    names = [kind.name for kind in _FAULTS]
    parser.add_argument('--databases', nargs='+', choices=names,
                        default=names, help='only these')
    parser.add_argument('--parts', nargs='+', default=['faults', 'kills'],
                        choices=('faults', 'kills', 'purge'),
                        help='only these; by default all but the purge')
    parser.add_argument('--only', nargs='+', metavar='WORDS', default=[''],
                        help='only faults whose name has these words in it')
    parser.add_argument('--spool', action='store_true',
                        help='spool dead letters, and recover the messages '
                        'from the spool instead of the logs')
    parser.add_argument('--kills', type=int, default=200,
                        help='how often a process that records is killed')
    parser.add_argument('--rows', type=int, default=1000000,
                        help='how many messages are purged')
    parser.add_argument('--output', metavar='DIRECTORY', type=pathlib.Path,
                        help='add the results to those in this directory; the '
                        'documents show those of tools/soak/results')
    parser.add_argument('--keep', action='store_true',
                        help='leave the temporary directory, with all logs')
    options = parser.parse_args(args)
    options.databases = [kind for kind in _FAULTS
                         if kind.name in options.databases]
    known = [fault.name for kind in options.databases
             for fault in _FAULTS[kind]]
    for words in options.only:
        if not any(words in name for name in known):
            parser.error(f'no fault has "{words}" in its name; there are:\n  '
                         + '\n  '.join(dict.fromkeys(known)))
    return options


if __name__ == '__main__':
    sys.exit(main())
