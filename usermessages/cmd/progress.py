# SPDX-License-Identifier: Apache-2.0

"""Report the progress of a long command on a terminal.

``advance = progress.reporter(_('Messages removed so far: %d'))`` returns a
function; calls such as ``advance(200)`` print a line every ten seconds.
Without a terminal, for example in a timer, the calls print nothing.
"""

from collections.abc import Callable
import sys
import time

from usermessages.cmd import main

_INTERVAL_SECONDS = 10


def reporter(text: str) -> Callable[[int], None]:
    """Return a function that adds up its arguments and prints the sum.

    :param text: the line to print, with ``%d`` for the sum
    """
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda done: None
    total = 0
    next_line_at = time.monotonic() + _INTERVAL_SECONDS

    def advance(done: int) -> None:
        nonlocal total, next_line_at
        total += done
        if time.monotonic() >= next_line_at:
            main.print_error('usermessages-manage', text % total)
            next_line_at = time.monotonic() + _INTERVAL_SECONDS

    return advance
