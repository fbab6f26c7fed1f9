# SPDX-License-Identifier: Apache-2.0

"""Arguments of several commands.

``parser.add_argument('--top', type=number(1, 1000))`` accepts ``--top 20`` and
rejects ``--top 0`` with a usage error.
"""

import argparse
from collections.abc import Callable
import datetime
import re

from oslo_utils import timeutils

from usermessages._i18n import _

_AGO = re.compile(r'([0-9]{1,9}) ?([hdw])')
_UNITS = {'h': 'hours', 'd': 'days', 'w': 'weeks'}
_DATE = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?')
# IDs contain the time since then.
_FIRST_YEAR = 1970


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """Add the option for the format of the output.

    :param more: formats other than text and JSON
    """
    parser.add_argument(
        '-f', '--format', choices=('text', 'json', *more), default='text',
        help=_('output format (default: %(default)s)'))


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return the type of an argument that is a whole number within bounds."""
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = lowest - 1
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(
                _('%(text)r is not an integer from %(lowest)d to '
                  '%(highest)d')
                % {'text': text, 'lowest': lowest, 'highest': highest})
        return value

    return number


def since(text: str) -> datetime.datetime:
    """Return the naive time in UTC of ``7d`` (ago) or ``2026-01-31``."""
    try:
        if match := _AGO.fullmatch(text):
            time = timeutils.utcnow() - datetime.timedelta(
                **{_UNITS[match[2]]: int(match[1])})
        elif _DATE.fullmatch(text):
            time = timeutils.normalize_time(
                datetime.datetime.fromisoformat(text))
        else:
            raise ValueError
        if time.year < _FIRST_YEAR:
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            _('%r is not a time: use "12h", "7d" or "2w" (ago), 2026-01-31, '
              'or 2026-01-31T12:00:00+01:00') % text) from None
    return time


def project(text: str) -> str:
    """Return the ID of a project, which must not be empty."""
    # For example --project "$PROJECT" with an unset variable.
    if not text:
        raise argparse.ArgumentTypeError(_('the project ID must not be empty'))
    return text
