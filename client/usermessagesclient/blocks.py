# SPDX-License-Identifier: Apache-2.0

"""Print messages on a terminal of any width.

A message is a line, or a block if it does not fit, with each ID complete::

    5 min ago  ERROR  volume f292cc0c-54a7-4b3b-8174-d2ff82d87008
      No storage could be allocated for this volume request.
      ID: 019b76da-a800-7000-8000-000000000001
"""

from collections.abc import Iterable, Iterator, Mapping
import os
import textwrap

from usermessagesclient import rows as client_rows

# The columns of a line; other columns are in blocks only.
TIME, SERVICE, LEVEL, TYPE, RESOURCE, TEXT, ID = (
    'Created At', 'Service', 'Message Level', 'Resource Type',
    'Resource UUID', 'User Message', 'ID')
REQUIRED = frozenset((TIME, LEVEL, TYPE, RESOURCE, TEXT))

_COLORS = {'ERROR': '\x1b[31m', 'WARNING': '\x1b[33m'}
_NO_COLOR = '\x1b[0m'
_INDENT = '  '
# A block on a narrower terminal has longer lines.
_MIN_WIDTH = 20


def render(messages: Iterable[Mapping[str, str]], width: int, *,
           has_color: bool = False) -> Iterator[str]:
    """Yield the lines of messages.

    :param messages: the text of each column, by its name
    :param width: the columns of the terminal
    """
    messages = list(messages)
    width = max(width, _MIN_WIDTH)
    heads = [_head(message) for message in messages]
    widths = [max(map(client_rows.width, column)) for column in zip(*heads)]
    was_block = False
    for message, head in zip(messages, heads, strict=True):
        cells = [f'{cell}{" " * (size - client_rows.width(cell))}'
                 for cell, size in zip(head, widths, strict=True)]
        line = _INDENT.join(cell for cell in (*cells, message[TEXT])
                            if cell).rstrip()
        details = [f'{name}: {text}' for name, text in message.items()
                   if text and name not in REQUIRED | {SERVICE}]
        is_line = client_rows.width(line) <= width and not any(
            not detail.startswith(f'{ID}: ') for detail in details)
        if not is_line:
            line = _INDENT.join(filter(None, head))
        if was_block:
            yield ''
        yield _colored(line, message[LEVEL]) if has_color else line
        if not is_line:
            for detail in filter(None, (message[TEXT], *details)):
                yield from textwrap.wrap(
                    detail, width, initial_indent=_INDENT,
                    subsequent_indent=_INDENT, break_long_words=False,
                    break_on_hyphens=False)
        was_block = not is_line


def has_color() -> bool:
    """Tell whether the terminal has colors, and the user wants them."""
    return (os.environ.get('TERM', 'dumb') != 'dumb'
            and not os.environ.get('NO_COLOR'))


def _head(message: Mapping[str, str]) -> list[str]:
    """Return the cells before the text."""
    return [message[TIME], message.get(SERVICE, ''), message[LEVEL],
            ' '.join(filter(None, (message[TYPE].lower(),
                                   message[RESOURCE])))]


def _colored(line: str, level: str) -> str:
    color = _COLORS.get(level)
    return line.replace(
        level, f'{color}{level}{_NO_COLOR}', 1) if color else line
