# SPDX-License-Identifier: Apache-2.0

"""Write down what was found, as reStructuredText."""

from collections.abc import Iterable, Sequence
import textwrap
from typing import Any

from soak import killing
from soak import purging

_HEAD = ('fault', 'calls', 'IDs', 'IDs without a row', 'two rows', 'raised',
         'longest create, s', 'refused', 'logged', 'not back', 'reads', '503',
         'other 5xx', 'longest read, s', 'load')
_WIDTHS = (24, 6, 6, 6, 6, 6, 7, 7, 7, 6, 6, 6, 6, 7, 5)


def text(found: dict[str, dict[str, Any]]) -> str:
    """Return the page about all that was found."""
    databases = sorted({name.partition(': ')[0] for name in found})
    lines = ['Results', '-' * 7, '']
    for database in databases:
        cells = {name.partition(': ')[2]: values for name, values
                 in found.items() if name.startswith(f'{database}: ')}
        last = max(cells.values(), key=lambda values: values['ended'])
        lines += [database, '~' * len(database), '', _wrapped(
            f'Version {last["version"]}, on {last["machine"]}; '
            f'{min(values["ended"] for values in cells.values())} to '
            f'{last["ended"]} UTC.'), '']
        lines += _table(_HEAD, [
            _line(name, values) for name, values in cells.items()
            if 'flow_control' not in values and name != killing.NAME],
            _WIDTHS)
        if killing.NAME in cells:
            values = cells[killing.NAME]
            lines += [_wrapped(
                f'A recording process was killed {values["kills"]} times at '
                f'random times.  The process received {values["ids"]:,} IDs, '
                f'{values["missing"]} of them without a row.  '
                f'{values["untold"]} messages were stored without the '
                'process receiving the ID.'), '']
        purges = {name: values for name, values in cells.items()
                  if 'flow_control' in values}
        if purges:
            lines += _table(purging.HEAD, [
                purging.line(name, values) for name, values
                in purges.items()], purging.WIDTHS)
    return '\n'.join(lines).rstrip() + '\n'


def _line(name: str, values: dict[str, Any]) -> Sequence[str]:
    return (name, f'{values["calls"]:,}', f'{values["ids"]:,}',
            str(values['missing']), str(values['duplicates']),
            ', '.join(values['raised']) or '0',
            f'{values["longest_create"]:.2f}', f'{values["refused"]:,}',
            f'{values["logged"]:,}', str(values.get('not_back', '')),
            f'{values["reads"]:,}',
            f'{values["reads_503"]:,}', str(values['reads_failed']),
            f'{values["longest_read"]:.2f}', f'{values["load"]:.1f}')


def _table(head: Sequence[str], lines: Iterable[Sequence[str]],
           widths: Sequence[int]) -> list[str]:
    text_lines = ['.. list-table::', '   :header-rows: 1',
                  f'   :widths: {" ".join(map(str, widths))}', '']
    for line in (head, *lines):
        text_lines += [f'   {" " if number else "*"} - {cell}'.rstrip()
                       for number, cell in enumerate(line)]
    return [*text_lines, '']


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 79, break_long_words=False,
                         break_on_hyphens=False)
