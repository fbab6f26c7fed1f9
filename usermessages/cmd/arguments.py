# SPDX-License-Identifier: Apache-2.0

"""Arguments of several commands.

``parser.add_argument('--top', type=number(1, 1000))`` accepts ``--top 20`` and
rejects ``--top 0`` with a usage error.
"""

import argparse
from collections.abc import Callable

from usermessages._i18n import _


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the option for the format of the output."""
    parser.add_argument(
        '-f', '--format', choices=('text', 'json'), default='text',
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


def project(text: str) -> str:
    """Return the ID of a project, which must not be empty."""
    # For example --project "$PROJECT" with an unset variable.
    if not text:
        raise argparse.ArgumentTypeError(_('the project ID must not be empty'))
    return text
