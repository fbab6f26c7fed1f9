# SPDX-License-Identifier: Apache-2.0

import argparse
import datetime
import time

import fixtures

from usermessagesclient.tests import base
from usermessagesclient import times

UTC = datetime.UTC


class ArgumentTest(base.TestCase):

    def test_so_long_ago(self):
        """A user thinks of how long ago it was."""
        for text, seconds in (('90s', 90), ('5m', 300), ('2h', 7200),
                              ('3d', 259200), ('1w', 604800), ('2 h', 7200),
                              (' 2h ', 7200)):
            with self.subTest(text=text):
                age = datetime.datetime.now(UTC) - times.argument(text)

                self.assertAlmostEqual(seconds, age.total_seconds(), delta=60)

    def test_time(self):
        """Users can enter a date or a time."""
        for text, expected in (
                ('2026-01-31', datetime.datetime(2026, 1, 31)),
                ('2026-01-31 12:00', datetime.datetime(2026, 1, 31, 12)),
                ('2026-01-31T12:00:00Z',
                 datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)),
                ('2026-01-31T12:00:00.5+01:00',
                 datetime.datetime(2026, 1, 31, 11, 0, 0, 500000,
                                   tzinfo=UTC))):
            with self.subTest(text=text):
                self.assertEqual(expected, times.argument(text))

    def test_no_time(self):
        """Users read an error for a mistyped time."""
        for text in ('', 'yesterday', '2', 'h', '-2h', '2y', '2h ago',
                     '2026-02-30', '2026-W05', '20260131', '2026-1-1',
                     '2026-01-31T25:00', '9999-12-31', '0001-01-01',
                     '999999999w', '9999999999s', '\u0662h'):
            with self.subTest(text=text):
                self.assertRaises(argparse.ArgumentTypeError, times.argument,
                                  text)


class RelativeTest(base.TestCase):

    def test_units(self):
        """Users read one number, also if the clock of a service is fast."""
        for seconds, expected in (
                (0, 'now'), (1, '1 s ago'), (59, '59 s ago'),
                (60, '1 min ago'), (3599, '59 min ago'), (3600, '1 h ago'),
                (86399, '23 h ago'), (86400, '1 d ago'),
                (8640000, '100 d ago'), (-120, 'in 2 min')):
            with self.subTest(seconds=seconds):
                time = datetime.datetime.now(UTC) - datetime.timedelta(
                    seconds=seconds, microseconds=-1 if seconds < 0 else 1)

                self.assertEqual(expected, times.relative(time))


class OnTheWireTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.EnvironmentVariable('TZ', 'Asia/Kolkata'))
        time.tzset()
        self.addCleanup(time.tzset)

    def test_time_without_an_offset(self):
        """Users enter times in the zone in which they read times."""
        moment = datetime.datetime(2026, 1, 31, 12)

        self.assertEqual('2026-01-31T12:00:00+00:00',
                         times.query_value(moment, is_local=False))
        self.assertEqual('2026-01-31T06:30:00+00:00',
                         times.query_value(moment, is_local=True))

    def test_time_with_an_offset(self):
        """Users can enter a time with an offset."""
        moment = datetime.datetime.fromisoformat('2026-01-31T12:00:00+01:00')

        for is_local in (True, False):
            self.assertEqual('2026-01-31T11:00:00+00:00',
                             times.query_value(moment, is_local=is_local))


class OfMessageTest(base.TestCase):

    def test_time(self):
        """Times of Cinder have no offset, and mean UTC."""
        expected = datetime.datetime(2026, 1, 1, 12, tzinfo=UTC)

        for text in ('2026-01-01T12:00:00.000000+00:00',
                     '2026-01-01T12:00:00.000000'):
            self.assertEqual(expected, times.parse(text))

    def test_no_time(self):
        """A service may have sent anything."""
        for text in (None, '', '0000-00-00 00:00:00', 'infinity', 'soon',
                     '0001-01-01T00:00:00', '9999-12-31T23:59:59', '20260230',
                     '\u0662\u0660\u0662\u0666-01-01'):
            with self.subTest(text=text):
                self.assertIsNone(times.parse(text))
