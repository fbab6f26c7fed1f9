# SPDX-License-Identifier: Apache-2.0

"""Columns and cells of the ``openstack user message`` commands.

Columns have the names of ``openstack volume message``, so that scripts work
with both commands.
"""

import argparse
from collections.abc import Iterable
from typing import Any
import unicodedata

from cliff import columns

from usermessagesclient import arguments
from usermessagesclient import responses
from usermessagesclient import terminal
from usermessagesclient import times

# The columns, and their keys in a message.
SHORT = (('ID', 'id'), ('Created At', 'created_at'),
         ('Message Level', 'message_level'),
         ('Resource Type', 'resource_type'),
         ('Resource UUID', 'resource_uuid'),
         ('User Message', 'user_message'))
LONG = (*SHORT, ('User Action', 'user_action'), ('Hint', 'hint'),
        ('Help', 'help'), ('Event ID', 'event_id'),
        ('Request ID', 'request_id'),
        ('Global Request ID', 'global_request_id'),
        ('Project ID', 'project_id'),
        ('Guaranteed Until', 'guaranteed_until'))
# The columns with the service, for lists of several services.
WITH_SERVICE = (*SHORT[:2], ('Service', 'service'), *SHORT[2:])
LONG_WITH_SERVICE = (*LONG[:2], ('Service', 'service'), *LONG[2:],
                     ('Source', 'source'))
TIMES = ('created_at', 'guaranteed_until', 'first_at', 'last_at')

# Other formats print control characters of a service unchanged.
ESCAPING_FORMATS = ('json', 'yaml')


class Cell(columns.FormattableColumn[str | None]):
    """A value of a message, for programs and for people.

    :param text: the text for people, by default the value
    """

    def __init__(self, value: str | None, text: str | None = None):
        super().__init__(value)
        self._text = (value or '') if text is None else text

    def human_readable(self) -> str:
        return self._text

    def __lt__(self, other: object) -> bool:
        # --sort-column also compares cells without a value, which are last.
        return isinstance(other, Cell) and (
            self._value is None, self._value or '') < (
                other._value is None, other._value or '')


def row(message: responses.Message, selected: Iterable[tuple[str, str]],
        parsed_args: argparse.Namespace, encoding: str | None) -> list[Any]:
    """Return the cells of a message.

    :param encoding: the encoding of the output
    """
    cells: list[Any] = []
    for _name, key in selected:
        value = message[key]
        time = times.parse(value) if key in TIMES else None
        if value is None:
            cells.append(Cell(None))
        elif time is not None:
            if arguments.uses_local_time(parsed_args):
                time = time.astimezone()
            cells.append(Cell(
                time.isoformat(timespec='microseconds'),
                times.relative(time) if parsed_args.time == 'relative'
                else time.isoformat(timespec='seconds')))
        elif parsed_args.formatter in ESCAPING_FORMATS:
            cells.append(Cell(value))
        else:
            cells.append(Cell(terminal.printable(value, encoding)))
    return cells


def width(text: str) -> int:
    """Return the number of terminal columns of a text."""
    return sum(2 if unicodedata.east_asian_width(letter) in 'FW' else 1
               for letter in text)
