# SPDX-License-Identifier: Apache-2.0

import datetime

from usermessages.tests import base
from usermessages import times

NOON = datetime.datetime(2026, 1, 31, 12)


class ParseTest(base.TestCase):

    def test_age(self):
        """Users enter an age with a unit."""
        for text, expected in (
                ('90s', NOON - datetime.timedelta(seconds=90)),
                ('2 h', NOON - datetime.timedelta(hours=2)),
                ('1w', NOON - datetime.timedelta(days=7))):
            with self.subTest(text=text):
                self.assertEqual(expected, times.parse(text, NOON))

    def test_date(self):
        """A date is the start of the day, and an offset is kept."""
        self.assertEqual(datetime.datetime(2026, 1, 31),
                         times.parse('2026-01-31', NOON))
        self.assertEqual(
            datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC),
            times.parse('2026-01-31T12:00:00Z', NOON))

    def test_no_time(self):
        """Commands report an error for a mistyped time."""
        for text, units in (('', 'smhdw'), ('2y', 'smhdw'), ('5m', 'hdw'),
                            ('20260131', 'smhdw'), ('2026-02-30', 'smhdw')):
            with self.subTest(text=text):
                self.assertRaises(ValueError, times.parse, text, NOON, units)
