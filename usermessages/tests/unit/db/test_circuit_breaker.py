# SPDX-License-Identifier: Apache-2.0

import os
import threading

import fixtures

from usermessages.db import circuit_breaker
from usermessages import exception
from usermessages.tests import base


class Clock:
    """A clock that a sleep advances."""

    def __init__(self):
        self.now = 1000
        self.meanwhile = lambda: None

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.meanwhile()


class CircuitBreakerTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.useFixture(fixtures.MockPatchObject(
            circuit_breaker, 'time', self.clock))
        self.breaker = circuit_breaker.CircuitBreaker()

    def acquire(self, seconds=6):
        return self.breaker.acquire_probe(self.clock.now + seconds, 10)

    def assertRefused(self):
        error = self.assertRaises(exception.DatabaseUnavailable, self.acquire)
        self.assertEqual('circuit breaker open: OperationalError 2003',
                         error.reason)

    def open(self):
        self.breaker.open('OperationalError 2003', 5)

    def half_open(self):
        """Let another call probe the database."""
        self.open()
        self.clock.now += 5
        self.assertTrue(self.acquire())

    def test_is_closed_at_first(self):
        """An unused database is not unavailable."""
        self.assertFalse(self.breaker.is_open)
        self.assertFalse(self.acquire())
        self.assertFalse(self.breaker.is_open)

    def test_rejects_calls_until_the_reset_timeout(self):
        """Callers do not wait for a server that just refused a connection."""
        self.open()

        for self.clock.now in (1000, 1004.9):
            self.assertTrue(self.breaker.is_open)
            self.assertRefused()

    def test_one_call_probes_then(self):
        """Other callers do not wait during a probe."""
        self.open()
        self.clock.now = 1005

        self.assertTrue(self.acquire())
        self.assertRefused()

    def test_others_wait_for_a_probe_that_succeeds(self):
        """Callers do not lose messages during a successful probe."""
        self.half_open()
        self.clock.meanwhile = self.breaker.close

        self.assertFalse(self.acquire())

        self.assertLess(self.clock.now, 1006)

    def test_others_wait_for_a_probe_that_fails(self):
        """Callers fail immediately after a failed probe."""
        self.half_open()
        self.clock.meanwhile = self.open

        self.assertRefused()

        self.assertLess(self.clock.now, 1006)

    def test_callers_wait_at_most_for_their_timeout(self):
        """Services continue after at most the timeout of a call."""
        self.half_open()

        self.assertRefused()

        self.assertAlmostEqual(1011, self.clock.now, places=1)

    def test_next_one_probes_where_the_first_was_not_heard_of(self):
        """A killed thread does not leave the circuit breaker half-open."""
        self.half_open()
        self.clock.now += 10

        self.assertTrue(self.acquire())
        self.assertRefused()

    def test_child_of_a_fork_probes_itself(self):
        """The probe runs in a thread of the parent only."""
        self.half_open()

        child = os.fork()
        if child == 0:  # pragma: no cover
            is_probe = False
            try:
                is_probe = self.acquire(0)
            finally:
                os._exit(0 if is_probe else 1)

        self.assertEqual(0, os.waitpid(child, 0)[1])

    def test_child_of_a_fork_waits_as_its_parent_does(self):
        """Children of a fork know that the database is unavailable."""
        self.open()
        self.clock.now += 4
        self.useFixture(fixtures.MockPatchObject(
            circuit_breaker.os, 'getpid', return_value=-1))

        self.assertRefused()
        self.clock.now += 1

        self.assertTrue(self.acquire())

    def test_lets_all_through_when_it_is_closed(self):
        """A message that was stored shows that the database is back."""
        self.half_open()

        self.breaker.close()

        self.assertFalse(self.breaker.is_open)
        self.assertFalse(self.acquire())
        self.assertFalse(self.acquire())

    def test_one_of_many_at_once_probes(self):
        """Many threads do not connect to an unavailable database together."""
        probes = []

        for _round in range(20):
            self.open()
            self.clock.now += 5
            start = threading.Barrier(8)

            def come():
                start.wait()
                try:
                    # Do not wait.
                    self.breaker.acquire_probe(0, 10)
                except exception.DatabaseUnavailable:
                    return
                probes.append(None)

            threads = [threading.Thread(target=come) for _number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        self.assertEqual(20, len(probes))
