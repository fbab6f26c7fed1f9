# SPDX-License-Identifier: Apache-2.0

import dataclasses
import datetime

from usermessages.db import statistics
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.db import base as db_base

NOON = db_base.NOON
SECOND = db_base.SECOND
MICROSECOND = db_base.MICROSECOND
DAY = db_base.DAY
ALL_PROJECTS = db_base.ALL_PROJECTS


@database.on_each
class CountByTest(db_base.ConnectionTestCase):

    def test_largest_come_first_and_the_others_are_counted(self):
        """Operators read the ten largest of thousands of projects."""
        for project_id, count in (('c', 1), ('a', 3), ('d', 2), ('b', 2)):
            for _number in range(count):
                self.message(project_id=project_id)

        self.assertEqual(
            [statistics.Counts(4, [('a', 3), ('b', 2), ('d', 2)]),
             statistics.Counts(3, [('a', 3), ('b', 2)]),
             statistics.Counts(1, [('a', 3)]),
             statistics.Counts(0, [])],
            [statistics.count_by(self.db, ALL_PROJECTS, 'project_id',
                                 limit=limit, above=above)
             for limit, above in ((3, 0), (2, 1), (2, 2), (2, 3))])

    def test_what_has_expired_counts_as_well(self):
        """Expired messages need space until the purge."""
        self.message(message_level='INFO', expires_at=NOON - DAY)
        self.message(message_level='INFO')
        self.message(event_id='000003')

        self.assertEqual(
            [statistics.Counts(2, [('INFO', 2), ('ERROR', 1)]),
             statistics.Counts(2, [('000002', 2), ('000003', 1)])],
            [statistics.count_by(self.db, ALL_PROJECTS, name, limit=10)
             for name in ('message_level', 'event_id')])

    def test_other_projects_do_not_count(self):
        """Projects with similar IDs are not counted together."""
        self.message(project_id='abc', event_id='000003')
        for project_id in ('ABC', 'abc ', '\xe4bc'):
            self.message(project_id=project_id)

        self.assertEqual(
            [statistics.Counts(1, [('000003', 1)]),
             *[statistics.Counts(0, [])] * 3],
            [statistics.count_by(self.db, project_id, 'event_id', limit=10)
             for project_id in ('abc', *db_base.IMPOSSIBLE)])
        self.assertEqual(4, statistics.count_by(
            self.db, ALL_PROJECTS, 'project_id', limit=1).values)

    def test_one_statement_does_it(self):
        """The table is not read twice for the number of the others."""
        self.message()

        with self.statements() as sent:
            statistics.count_by(self.db, ALL_PROJECTS, 'project_id', limit=1)

        self.assertEqual(1, len(sent))


@database.on_each
class CountByAgeTest(db_base.ConnectionTestCase):

    def test_each_message_has_one_age(self):
        """An age of exactly a day is not more than a day."""
        for age in (-SECOND, SECOND, DAY, DAY + MICROSECOND, 3 * DAY):
            self.message(created_at=NOON - age)
        self.message(project_id=base.OTHER, created_at=NOON - 9 * DAY)

        self.assertEqual(
            [[3, 1, 2], [3, 1, 1], [0, 0, 1], [0, 0, 0]],
            [statistics.count_by_age(self.db, project_id, (DAY, 2 * DAY))
             for project_id in (ALL_PROJECTS, base.PROJECT, base.OTHER,
                                'a\0b')])

    def test_empty_table_has_no_age(self):
        """Operators read zeros for an empty table."""
        self.assertEqual(
            [0, 0], statistics.count_by_age(self.db, ALL_PROJECTS, (DAY,)))


@database.on_each
class SinceTest(db_base.ConnectionTestCase):

    def test_older_messages_do_not_count(self):
        """The bound is inclusive, for one project and for all."""
        for age in (DAY, DAY + MICROSECOND):
            for project_id in (base.PROJECT, base.OTHER):
                self.message(created_at=NOON - age, project_id=project_id)

        for expected, scope in ((2, ALL_PROJECTS), (1, base.PROJECT)):
            self.assertEqual(
                ([expected], [('000002', expected)], [expected]),
                (statistics.count_by_age(self.db, scope, (), NOON - DAY),
                 statistics.count_by(self.db, scope, 'event_id', limit=9,
                                     since=NOON - DAY).largest,
                 [count.messages for count in statistics.count_unknown(
                     self.db, scope, '000001', '001', NOON - DAY)]))


@database.on_each
class CountUnknownTest(db_base.ConnectionTestCase):

    def count(self, scope=ALL_PROJECTS, unknown_detail_id='001'):
        return [dataclasses.astuple(count) for count
                in statistics.count_unknown(
                    self.db, scope, '000001', unknown_detail_id)]

    def test_largest_share_comes_first(self):
        """Developers read which text to write next."""
        for action_id, detail_id, number in (
                ('003', '001', 1), ('003', '005', 3), ('007', '001', 2),
                ('008', '001', 3), ('009', '005', 1)):
            for _number in range(number):
                self.message(event_id=f'VOLUME_VOLUME_{action_id}_{detail_id}',
                             action_id=action_id, detail_id=detail_id)

        self.assertEqual(
            [('008', 3, 3), ('007', 2, 2), ('003', 4, 1), ('009', 1, 0)],
            self.count())

    def test_event_without_an_action_can_be_unknown(self):
        """The detail counts only with an action."""
        for event_id in ('000001', '000002', '000002'):
            self.message(event_id=event_id)

        self.assertEqual([('', 3, 1)], self.count())
        self.assertEqual([('', 3, 1)], self.count(unknown_detail_id=None))

    def test_other_projects_do_not_count(self):
        """A service can fail for one project only."""
        self.message(project_id=base.OTHER, event_id='000001')

        self.assertEqual([('', 1, 1)], self.count(base.OTHER))
        self.assertEqual([], self.count(base.PROJECT))


@database.on_each
class OldestExpiresAtTest(db_base.ConnectionTestCase):

    def test_oldest_is_found(self):
        """A removal that was forgotten shows there first."""
        self.assertIsNone(statistics.oldest_expires_at(self.db, ALL_PROJECTS))

        self.message(expires_at=NOON + DAY)
        self.message(expires_at=NOON - DAY)

        self.assertEqual(datetime.datetime(2025, 12, 31, 12),
                         statistics.oldest_expires_at(self.db, ALL_PROJECTS))
        self.assertIsNone(statistics.oldest_expires_at(self.db, base.OTHER))
