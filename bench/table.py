# SPDX-License-Identifier: Apache-2.0

"""Write down what a run found: promises first, then every measurement.

``text(results)`` is reStructuredText.  A ratio is a median, and in brackets
the smallest and the largest of the rounds.
"""

from collections.abc import Iterable, Sequence
import statistics
import textwrap

from bench import goals
from bench import processes
from bench import results


def text(found: results.Results) -> str:
    """Return the page about a run."""
    return '\n'.join([
        *_title('Results', '-'), *_about(found),
        *_title('Performance goals', '~'), *_promises(found),
        *_title('Measurements', '~'),
        'The table contains the median of the rounds and, in parentheses,',
        'the minimum and the maximum.  The load is the highest average of a',
        'minute.', '',
        *_measurements(found)])


def _about(found: results.Results) -> list[str]:
    about = found.about
    loads = [load for series in found for load in series.loads]
    lines = [
        f'``{about["command"]}``, {about["began"]} to {about["ended"]} UTC.',
        '', f'* {about["machine"]}; {about["system"]}; '
        f'Python {about["python"]}',
        f'* load average of a minute: {min(loads):.1f} to {max(loads):.1f}, '
        f'median {statistics.median(loads):.1f}, including the benchmarks']
    lines += [f'* {database} {version}' for database, version
              in about['databases'].items()]
    lines += [f'* {subject}: ' + ', '.join(
        f'{name} {version}' for name, version in versions.items())
        for subject, versions in about['packages'].items()]
    return [*(_wrapped(line, 2 if line.startswith('*') else 0)
              for line in lines), '']


def _promises(found: results.Results) -> list[str]:
    lines = []
    for goal, database, value in goals.judged(found):
        kept = ''
        sizes = found.sizes(goal.measure, database)
        if value is not None and sizes[-1] >= goal.at_rows:
            kept = ('yes' if goal.is_met(database, value.median)
                    else '**no**')
        lines.append((
            goal.what, database, f'{sizes[-1]:,}' if sizes else '',
            f'{goal.sign} {_number(goal.at_least[database])}',
            _number(goal.hoped[database]), _spread(value), kept))
    return _table(('Goal', 'Database', 'Rows', 'Required', 'Desired',
                   'Measured', 'Met'), lines, (38, 11, 9, 9, 8, 17, 8))


def _measurements(found: results.Results) -> list[str]:
    lines = []
    seen = []
    for series in found:
        key = series.measure, series.database, series.rows
        if key in seen:
            continue
        seen.append(key)
        group = {subject: found.find(*key, subject)
                 for subject in processes.ALL}
        loads = [load for each in group.values() if each
                 for load in each.loads]
        lines.append((
            f'{series.measure}, {series.unit}' if series.unit
            else series.measure, series.database, f'{series.rows:,}',
            *(_spread(results.Spread.of(each.values) if each else None)
              for each in group.values()),
            _spread(results.ratio(group[processes.OURS],
                                  group[processes.PEER])),
            f'{max(loads):.1f}'))
    return _table(('Measurement', 'Database', 'Rows', *processes.ALL,
                   'ours / cinder', 'Load'), lines,
                  (24, 10, 9, 15, 15, 15, 15, 5))


def _spread(value: results.Spread | None) -> str:
    if value is None:
        return ''
    if value.minimum == value.maximum:
        return _number(value.median)
    return (f'{_number(value.median)} ({_number(value.minimum)} to '
            f'{_number(value.maximum)})')


def _number(value: float) -> str:
    """Return three digits of a number."""
    if value == int(value) or abs(value) >= 100:
        return f'{value:,.0f}'
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1
    return f'{value:.{digits}f}'


def _title(words: str, character: str) -> list[str]:
    return [words, character * len(words), '']


def _table(head: Sequence[str], lines: Iterable[Sequence[str]],
           widths: Sequence[int]) -> list[str]:
    text_lines = ['.. list-table::', '   :header-rows: 1',
                  f'   :widths: {" ".join(map(str, widths))}', '']
    for line in (head, *lines):
        text_lines += [_wrapped(f'   {" " if number else "*"} - {cell}', 7)
                       for number, cell in enumerate(line)]
    return [*text_lines, '']


def _wrapped(line: str, indent: int) -> str:
    return textwrap.fill(
        line.rstrip(), 79, subsequent_indent=' ' * indent,
        break_long_words=False, break_on_hyphens=False)
