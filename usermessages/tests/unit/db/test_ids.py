# SPDX-License-Identifier: Apache-2.0

import datetime
import uuid

from usermessages.db import ids
from usermessages.tests import base

NOON = datetime.datetime(2026, 1, 1, 12)
MICROSECOND = datetime.timedelta(microseconds=1)
# The milliseconds since 1970 at noon, in hexadecimal: 0x019b796dd600.
NOON_FIRST = '019b796d-d600-7000-8000-000000000000'
NOON_LAST = '019b796d-d600-7000-bfff-ffffffffffff'


class NewIdTest(base.TestCase):

    def test_id_is_a_uuid_of_version_7(self):
        """Other tools can read the IDs as UUIDs."""
        for microsecond in range(0, 1000000, 997):
            new = uuid.UUID(ids.new_id(NOON.replace(microsecond=microsecond)))

            self.assertEqual(7, new.version)
            self.assertEqual(uuid.RFC_4122, new.variant)

    def test_id_starts_with_the_milliseconds(self):
        """Inserts append at the end of the primary key (RFC 9562)."""
        new = ids.new_id(NOON)

        self.assertEqual('019b796d-d600-7000-', new[:19])
        self.assertEqual(36, len(new))

    def test_ids_of_one_moment_differ(self):
        """Two workers record in the same microsecond."""
        made = {ids.new_id(NOON) for _number in range(1000)}

        self.assertEqual(1000, len(made))

    def test_order_of_ids_is_the_order_of_times(self):
        """The list of all projects is sorted by ID instead of by time."""
        timestamps = [NOON + number * MICROSECOND for number in range(3000)]
        timestamps += [NOON.replace(year=year)
                       for year in range(2027, 9999, 7)]

        made = [ids.new_id(timestamp) for timestamp in timestamps]

        self.assertEqual(sorted(made), made)
        self.assertEqual(len(timestamps), len(set(made)))

    def test_hundred_thousand_in_a_second(self):
        """Services that fail often get IDs in order."""
        timestamps = [NOON + number * 10 * MICROSECOND
                      for number in range(100000)]

        made = [ids.new_id(timestamp) for timestamp in timestamps]

        self.assertEqual(sorted(made), made)
        self.assertEqual(100000, len(set(made)))

    def test_hundred_thousand_in_a_microsecond(self):
        """A stopped clock does not produce duplicate IDs."""
        self.assertEqual(100000, len({ids.new_id(NOON) for _number
                                      in range(100000)}))

    def test_time_before_1970_is_taken_for_1970(self):
        """Services on a machine with an unset clock record messages."""
        made = [ids.new_id(timestamp) for timestamp in (
            datetime.datetime(1969, 12, 31, 23, 59, 59, 999999),
            datetime.datetime.min)]

        self.assertEqual(['00000000-0000-7000-'] * 2,
                         [new[:19] for new in made])

    def test_end_of_the_calendar_has_an_id(self):
        """Services on a machine with a wrong clock record messages."""
        timestamp = ids.timestamp_of(ids.new_id(datetime.datetime.max))

        self.assertEqual(
            datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), timestamp)


class MomentOfTest(base.TestCase):

    def test_every_microsecond_comes_back(self):
        """A marker is compared with created_at, which has them all."""
        for start in (NOON, NOON.replace(microsecond=999000),
                      datetime.datetime(1970, 1, 1),
                      datetime.datetime(9999, 12, 31, 23, 59, 59)):
            timestamps = [start + number * MICROSECOND
                          for number in range(1000)]

            found = [ids.timestamp_of(ids.new_id(timestamp))
                     for timestamp in timestamps]

            self.assertEqual(timestamps, found)

    def test_bounds_have_the_time_too(self):
        """A random part does not get into the time."""
        found = [ids.timestamp_of(NOON_FIRST), ids.timestamp_of(NOON_LAST)]

        self.assertEqual([datetime.datetime(2026, 1, 1, 12)] * 2, found)

    def test_fraction_of_others_is_rounded_up(self):
        """Other generators of version 7 put random bits there."""
        found = ids.timestamp_of('019b796d-d600-7fff-8000-000000000000')

        self.assertEqual(
            datetime.datetime(2026, 1, 1, 12, 0, 0, 1000), found)

    def test_time_behind_the_calendar_is_its_end(self):
        """A marker of ones is the end and not a server error."""
        found = [ids.timestamp_of(text) for text in (
            'ffffffff-ffff-7fff-bfff-ffffffffffff',
            'e677d21f-dc00-7000-8000-000000000000')]

        self.assertEqual([datetime.datetime.max] * 2, found)

    def test_other_ids_have_no_time(self):
        """Mapped rows have IDs of version 4."""
        found = [ids.timestamp_of(text) for text in (
            '019b796d-d600-4000-8000-000000000000',
            '0f0b7a9c-1f1e-4c0e-9d3e-0a54fb5f3f11',
            '00000000-0000-0000-0000-000000000000',
            '019B796D-D600-7000-8000-000000000000', '', 'x')]

        self.assertEqual([None] * 6, found)


class BoundsTest(base.TestCase):
    """first_id and last_id."""

    def test_bounds_are_those_of_the_microsecond(self):
        """Administrators filter by time with a range of IDs."""
        self.assertEqual(NOON_FIRST, ids.first_id(NOON))
        self.assertEqual(NOON_LAST, ids.last_id(NOON))

    def test_every_id_of_the_moment_lies_between(self):
        """The bounds of a range are inclusive."""
        first, last = ids.first_id(NOON), ids.last_id(NOON)

        for _number in range(1000):
            new = ids.new_id(NOON)

            self.assertTrue(first <= new <= last, new)

    def test_neighbours_lie_outside(self):
        """Ranges of time are exact to the microsecond."""
        for number in range(1000):
            timestamp = NOON + number * MICROSECOND

            self.assertLess(ids.last_id(timestamp - MICROSECOND),
                            ids.first_id(timestamp))
            self.assertLess(ids.last_id(timestamp),
                            ids.first_id(timestamp + MICROSECOND))


class IsOfTest(base.TestCase):

    def test_only_ids_of_the_moment(self):
        """Operators can tell edited rows from rows made together."""
        for text in (NOON_FIRST, NOON_LAST, ids.new_id(NOON)):
            self.assertTrue(ids.has_timestamp(text, NOON), text)

        for text in (ids.new_id(NOON + MICROSECOND),
                     ids.new_id(NOON - MICROSECOND),
                     NOON_FIRST.replace('-7', '-4'), NOON_FIRST.upper(),
                     NOON_FIRST[:-1], NOON_FIRST + '0', '', None, 7):
            self.assertFalse(ids.has_timestamp(text, NOON), text)


class CanonicalTest(base.TestCase):

    def test_uuid_is_in_lower_case(self):
        """Stored IDs are compared in lower case."""
        self.assertEqual(NOON_FIRST, ids.canonical(NOON_FIRST.upper()))
        self.assertEqual(NOON_FIRST, ids.canonical(NOON_FIRST))
        self.assertEqual(f'req-{NOON_FIRST}',
                         ids.canonical(f'req-{NOON_FIRST.upper()}'))

    def test_anything_else_stays_as_it_is(self):
        """A service may have IDs of another form."""
        for value in ('SHELF-12', NOON_FIRST.upper() + '\n', '', None, 7,
                      f'REQ-{NOON_FIRST.upper()}', NOON_FIRST.upper()[:-1],
                      f'{{{NOON_FIRST.upper()}}}'):
            self.assertEqual(value, ids.canonical(value))


class IsIdTest(base.TestCase):

    def test_only_one_way_of_writing_is_taken(self):
        """Databases accept several spellings of one UUID."""
        self.assertTrue(ids.is_id(NOON_FIRST))
        self.assertTrue(ids.is_id('0f0b7a9c-1f1e-4c0e-9d3e-0a54fb5f3f11'))

        for text in (NOON_FIRST.upper(), NOON_FIRST.replace('-', ''),
                     f'{{{NOON_FIRST}}}', NOON_FIRST + '\n', ' ' + NOON_FIRST,
                     NOON_FIRST[:-1], NOON_FIRST + '0', NOON_FIRST + '\0',
                     '０' + NOON_FIRST[1:], '', None, 7,
                     NOON_FIRST.encode(), uuid.UUID(NOON_FIRST), [NOON_FIRST]):
            self.assertFalse(ids.is_id(text), text)
