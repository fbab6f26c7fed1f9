# SPDX-License-Identifier: Apache-2.0

"""Circuit breaker for a database that is unavailable.

After all attempts of a call have failed, ``open(reason, 5)`` opens the circuit
breaker: calls of the next five seconds fail immediately.  Then one call probes
the database, and other calls wait for the result.  If the probe succeeds, the
circuit breaker closes.
"""

import contextlib
import os
import time

from usermessages import exception

_POLL_SECONDS = 0.02


class _Outage:
    """The outage of a database."""

    def __init__(self, reason: str, until: float):
        self.reason = reason
        self.until = until
        self.process = os.getpid()
        # pop() is atomic, so only one of several threads probes.
        self.probes = [None]
        self.probe_until = float('inf')


class CircuitBreaker:
    """The state of the circuit breaker: closed, open or half-open.

    The class has no lock, because a lock would stay locked after a fork or in
    a killed thread: each change is one assignment.  A forked child inherits
    the state, but not the probe.
    """

    def __init__(self) -> None:
        self._outage: _Outage | None = None

    @property
    def is_open(self) -> bool:
        """Whether a call must acquire the probe."""
        return self._outage is not None

    def open(self, reason: str, reset_timeout: float) -> None:
        """Reject calls for a time in seconds."""
        self._outage = _Outage(reason, time.monotonic() + reset_timeout)

    def close(self) -> None:
        """Accept all calls."""
        self._outage = None

    def acquire_probe(self, latest: float, probe_timeout: float) -> bool:
        """Wait until the call can continue.

        :param latest: the time of the monotonic clock until which the call
            waits for the probe of another thread
        :param probe_timeout: the time in seconds after which another call
            probes, if the probe has no result
        :returns: whether the call is the probe
        :raises DatabaseUnavailable: the circuit breaker is open
        """
        while (outage := self._outage) is not None:
            now = time.monotonic()
            if outage.process != os.getpid() or now >= outage.probe_until:
                # The probing thread is in another process, or has ended.
                self.open(outage.reason, max(0, outage.until - now))
                continue
            if now >= outage.until:
                with contextlib.suppress(IndexError):
                    outage.probes.pop()
                    outage.probe_until = now + probe_timeout
                    return True
            if now < outage.until or now >= latest:
                raise exception.DatabaseUnavailable(
                    f'circuit breaker open: {outage.reason}')
            time.sleep(_POLL_SECONDS)
        return False
