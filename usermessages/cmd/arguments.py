# SPDX-License-Identifier: Apache-2.0

"""Understand the arguments that several commands have.

``parser.add_argument('--top', type=number(1, 1000))`` takes ``--top 20`` and
answers ``--top 0`` with a usage error.
"""

import argparse
from collections.abc import Callable

from usermessages._i18n import _


def add_format(parser: argparse.ArgumentParser) -> None:
    """Let a parser understand in which form the outcome is wanted."""
    parser.add_argument(
        '-f', '--format', choices=('text', 'json'), default='text',
        help=_('how the outcome is written; by default as text'))


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """Return the type of an argument that is a whole number within bounds."""
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = lowest - 1
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(
                _('%(text)r is no whole number from %(lowest)d to '
                  '%(highest)d')
                % {'text': text, 'lowest': lowest, 'highest': highest})
        return value

    return number


def project(text: str) -> str:
    """Return the ID of a project as it was given."""
    # Such as --project "$PROJECT" where nobody has set that.
    if not text:
        raise argparse.ArgumentTypeError(_('the ID of a project is empty'))
    return text
