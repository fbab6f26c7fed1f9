# SPDX-License-Identifier: Apache-2.0

"""Show on a terminal how far a command is.

``with progress.bar(count, ' messages') as advance: ... advance(200)``.
Elsewhere, as in the mail of a timer, there is no bar.
"""

from collections.abc import Callable, Iterator
import contextlib
import sys
from typing import Any

from usermessages import exception


@contextlib.contextmanager
def bar(count: Callable[[], int | None], unit: str,
        **options: Any) -> Iterator[Callable[[int], object]]:
    """Show a bar on a terminal, and nothing elsewhere.

    What is yielded takes how many were done since it was called last.

    :param count: tells how many there are, None where nobody knows
    :param unit: of what is counted
    :param options: of tqdm
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done: None
        return
    # A service that includes the library has no use for it.
    import tqdm
    # It would start a thread to watch the bar.
    tqdm.tqdm.monitor_interval = 0
    total = None
    with contextlib.suppress(exception.UserMessagesError):
        # Without it the bar counts; to go on is what matters.
        total = count()
    with tqdm.tqdm(total=total, unit=unit, leave=False, **options) as shown:
        yield shown.update
