# SPDX-License-Identifier: Apache-2.0

"""Violations, in a format for developers, editors and CI systems.

``Violation(path, 8, "event 000002 has the placeholder '%s'; remove it")``
reads ``coffee/messages.py:8: event 000002 has ...``.
"""

import pathlib
from typing import NamedTuple

from usermessages._i18n import _


class Violation(NamedTuple):
    """A violation of a rule, with the place and the correction.

    A rule with possible false positives yields warnings.
    """

    path: pathlib.Path
    line: int
    text: str
    is_warning: bool = False

    def __str__(self) -> str:
        warning = _('warning: ') if self.is_warning else ''
        return f'{relative(self.path)}:{self.line}: {warning}{self.text}'


def relative(path: pathlib.Path) -> pathlib.Path:
    """Return a path in the current directory as a relative path."""
    try:
        return path.relative_to(pathlib.Path.cwd())
    except (ValueError, OSError):
        # The current directory may have been removed.
        return path
