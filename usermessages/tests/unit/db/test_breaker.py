# SPDX-License-Identifier: Apache-2.0

import threading

import fixtures

from usermessages.db import breaker
from usermessages import exception
from usermessages.tests import base


class Clock:

    now = 1000

    def monotonic(self):
        return self.now


class BreakerTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.useFixture(fixtures.MockPatchObject(
            breaker, 'time', self.clock))
        self.breaker = breaker.Breaker()

    def assertRefused(self):
        error = self.assertRaises(exception.DatabaseUnavailable,
                                  self.breaker.take_turn, 7)
        self.assertEqual('OperationalError 2003 a moment ago', error.reason)

    def test_is_closed_at_first(self):
        """What nobody has heard of is not away."""
        self.assertFalse(self.breaker.is_open)

        self.assertFalse(self.breaker.take_turn(7))

        self.assertFalse(self.breaker.is_open)

    def test_lets_nobody_through_until_the_time_is_over(self):
        """Nobody waits for what did not answer just now."""
        self.breaker.open('OperationalError 2003', 5)

        for self.clock.now in (1000, 1004.9):
            self.assertTrue(self.breaker.is_open)
            self.assertRefused()

    def test_lets_one_through_then(self):
        """The others wait until that one knows."""
        self.breaker.open('OperationalError 2003', 5)
        self.clock.now = 1005

        self.assertTrue(self.breaker.take_turn(7))

        for self.clock.now in (1005, 1011.9):
            self.assertRefused()

    def test_lets_the_next_one_through_where_the_first_was_not_heard_of(self):
        """Its thread was killed, or is that of the parent of this process."""
        self.breaker.open('OperationalError 2003', 5)
        self.clock.now = 1005
        self.breaker.take_turn(7)
        self.clock.now = 1012

        self.assertTrue(self.breaker.take_turn(7))

        self.assertRefused()

    def test_lets_all_through_when_it_is_closed(self):
        """What was stored shows that the database is back."""
        self.breaker.open('OperationalError 2003', 5)
        self.clock.now = 1005
        self.breaker.take_turn(7)

        self.breaker.close()

        self.assertFalse(self.breaker.is_open)
        self.assertFalse(self.breaker.take_turn(7))
        self.assertFalse(self.breaker.take_turn(7))

    def test_of_many_at_once_lets_one_through(self):
        """They must not pile up before a database that is still away."""
        passed = []

        for _round in range(20):
            self.breaker.open('OperationalError 2003', 5)
            self.clock.now += 5
            start = threading.Barrier(8)

            def come():
                start.wait()
                try:
                    self.breaker.take_turn(7)
                except exception.DatabaseUnavailable:
                    return
                passed.append(None)

            threads = [threading.Thread(target=come) for _number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        self.assertEqual(20, len(passed))
