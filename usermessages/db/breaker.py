# SPDX-License-Identifier: Apache-2.0

"""Leave a database alone for a while that was away for a whole call.

Where it is away, each create would wait for all of its time, and thousands
behind it.  So the first that waited in vain opens the breaker, for
``open(reason, 5)`` seconds, in which all others give up at once.  After that
one of them tries, and when it has stored its message the others go on.
"""

import contextlib
import time

from usermessages import exception


class Outage:
    """What is known of a database that is away."""

    def __init__(self, reason: str, until: float):
        self.reason = reason
        self.until = until
        # To pop from it is one step, so of several threads one has the turn.
        self.turns = [None]


class Breaker:
    """Open while a database is taken to be away.

    It has no lock, which a thread that is killed or a fork would leave locked:
    each change is one assignment.  A child that was forked goes on with what
    its parent knew, and finds out for itself from there.
    """

    def __init__(self) -> None:
        self._outage: Outage | None = None

    @property
    def is_open(self) -> bool:
        """Whether a call has to ask for its turn."""
        return self._outage is not None

    def open(self, reason: str, seconds: float) -> None:
        """Let nobody through for that time."""
        self._outage = Outage(reason, time.monotonic() + seconds)

    def close(self) -> None:
        """Let everybody through."""
        self._outage = None

    def take_turn(self, seconds: float) -> bool:
        """Let one through where the time is over.

        :param seconds: how long it may take, after which the next one is let
            through where nobody has heard of it
        :returns: whether somebody has the turn, and not just nothing to ask
        :raises DatabaseUnavailable: it is somebody else's turn, or nobody's
        """
        outage = self._outage
        if outage is None:
            return False
        if time.monotonic() >= outage.until:
            with contextlib.suppress(IndexError):
                outage.turns.pop()
                self.open(outage.reason, seconds)
                return True
        raise exception.DatabaseUnavailable(f'{outage.reason} a moment ago')
