# SPDX-License-Identifier: Apache-2.0

import datetime
import itertools
import os
import threading

import ddt
import fixtures
from oslo_utils import fixture as time_fixture
import sqlalchemy

from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import models
from usermessages.db import purge as db_purge
from usermessages.db import selects
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.db import base as db_base

NOON = db_base.NOON
SECOND = db_base.SECOND
MICROSECOND = db_base.MICROSECOND
DAY = db_base.DAY
ALL_PROJECTS = db_base.ALL_PROJECTS
SINCE = {'created_since': NOON + SECOND}

WRONG_TYPES = (None, 7, True, b'6c43', ['6c43'], {'6c43': 1}, object())


@database.on_each
class MessageCreateTest(db_base.ConnectionTestCase):

    def test_message_comes_back_as_it_went_in(self):
        """Users read the values that the service records."""
        stored = self.message(
            created_at=datetime.datetime(2026, 1, 1, 11, 59, 59, 123457),
            expires_at=datetime.datetime(2026, 1, 31, 11, 59, 59, 999999),
            event_id='VOLUME_VOLUME_001_002', action_id='001',
            detail_id='002')

        found = self.db.message_get(base.PROJECT, stored['id'])

        self.assertEqual({
            'id': stored['id'],
            'project_id': '6c430ede94764128883886d3929ced22',
            'event_id': 'VOLUME_VOLUME_001_002',
            'action_id': '001',
            'detail_id': '002',
            'message_level': 'ERROR',
            'resource_type': 'VOLUME',
            'resource_uuid': 'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
            'request_id': 'req-7b61dd49-266a-4630-a2e9-e461fe5667a4',
            'global_request_id': 'req-5f0d5c0c-52a4-4d5f-9d3e-6a4b8d3f7c21',
            'parameters': '',
            'created_at': datetime.datetime(2026, 1, 1, 11, 59, 59, 123457),
            'expires_at': datetime.datetime(2026, 1, 31, 11, 59, 59, 999999),
        }, found)
        self.assertIs(str, type(found['id']))

    def test_text_keeps_every_character(self):
        """Users may name a project or a resource in any script."""
        texts = ['📦💥', 'blank ', '  two  ', 'tab\t', 'line\n', 'ß', '\u0301',
                 "quote' \" ` \\ % %s :x", '\U0010ffff' * 255, 'z' * 255]
        for text in texts:
            self.message(project_id=text, resource_uuid=text, request_id=text)

        found = [self.db.message_get_all(text) for text in texts]

        self.assertEqual([(text, text, text) for text in texts],
                         [(message['project_id'], message['resource_uuid'],
                           message['request_id'])
                          for [message] in found])

    def test_every_microsecond_is_kept(self):
        """Messages of the same second need microseconds for an order."""
        timestamps = [datetime.datetime(2026, 1, 1, 11, 59, 59, microsecond)
                      for microsecond in (0, 1, 499, 500, 501, 999, 1000,
                                          500000, 999499, 999500, 999999)]
        for timestamp in timestamps:
            self.message(created_at=timestamp, expires_at=timestamp + DAY)

        found = self.db.message_get_all(base.PROJECT)

        self.assertEqual(timestamps[::-1], [m['created_at'] for m in found])
        self.assertEqual([timestamp + DAY for timestamp in timestamps[::-1]],
                         [m['expires_at'] for m in found])

    def test_empty_text_is_kept(self):
        """A message may be about no resource and no request."""
        stored = self.message(resource_type='', resource_uuid='',
                              request_id='')

        found = self.db.message_get(base.PROJECT, stored['id'])

        self.assertEqual(('', '', ''), (
            found['resource_type'], found['resource_uuid'],
            found['request_id']))

    def test_same_id_twice_is_an_error(self):
        """Only the retry of a call may find the row of the call."""
        stored = self.message()

        self.assertRaises(exception.DatabaseError,
                          self.db.message_create, stored)

        self.assertEqual([stored], self.stored())

    def test_missing_table_is_an_error_at_once(self):
        """Callers do not wait for a permanent error."""
        url = self.make_empty_database()
        db = db_api.Connection(self.configuration(
            user_messages__connection=url, user_messages__create_timeout=60))
        self.addCleanup(db.close)
        clock = self.fix_clock()

        self.assertRaises(exception.DatabaseError, db.message_get_all,
                          base.PROJECT)

        self.assertEqual([], clock.rests)


@database.on_each
class MessageRestoreTest(db_base.ConnectionTestCase):

    def test_message_is_stored_once(self):
        """Operators can import a dead letter repeatedly."""
        message = {**self.message(), 'id': ids.new_id(NOON)}

        told = [self.db.message_recover(message) for _time in range(3)]

        self.assertEqual([True, False, False], told)
        self.assertEqual(2, len(self.stored()))

    def test_what_is_there_stays_as_it_is(self):
        """An import of a log does not change a stored message."""
        message = self.message()

        self.assertFalse(self.db.message_recover(
            {**message, 'project_id': base.OTHER}))

        self.assertEqual([message], self.stored())

    def test_missing_table_is_an_error(self):
        """Operators do not take a message for stored that is not."""
        db = db_api.Connection(self.configuration(
            user_messages__connection=self.make_empty_database()))
        self.addCleanup(db.close)

        self.assertRaises(exception.DatabaseError, db.message_recover,
                          self.message())


@database.on_each
class MessageGetTest(db_base.ConnectionTestCase):

    def test_other_projects_are_invisible(self):
        """A user sees the messages of their own project only."""
        theirs = self.message(project_id=base.OTHER)

        self.assertRaises(exception.MessageNotFound, self.db.message_get,
                          base.PROJECT, theirs['id'])

    def test_similar_projects_are_invisible(self):
        """Collations do not treat two projects as one."""
        theirs = self.message(project_id='abc')

        for project in ('ABC', 'abc ', ' abc', 'äbc', 'abç', 'abc\u0301', '',
                        'ab', 'abc\n'):
            self.assertRaises(exception.MessageNotFound, self.db.message_get,
                              project, theirs['id'])

    def test_administrator_sees_every_project(self):
        """Administrators read all projects, as their scope allows."""
        theirs = self.message(project_id=base.OTHER)

        found = self.db.message_get(ALL_PROJECTS, theirs['id'])

        self.assertEqual(theirs, found)

    def test_expired_message_is_invisible(self):
        """Users do not see an expired message before the purge."""
        last = self.message(expires_at=NOON + MICROSECOND)
        gone = self.message(expires_at=NOON)

        found = self.db.message_get(base.PROJECT, last['id'])

        self.assertEqual(last, found)
        for scope in (base.PROJECT, ALL_PROJECTS):
            self.assertRaises(exception.MessageNotFound, self.db.message_get,
                              scope, gone['id'])

    def test_what_is_no_id_is_not_found_without_a_query(self):
        """PostgreSQL would reject the text, and MariaDB compare it loosely."""
        stored = self.message()
        texts = [stored['id'].upper(), stored['id'].replace('-', ''),
                 stored['id'] + ' ', stored['id'] + '\n',
                 '{' + stored['id'] + '}', '', 'x', '0', "' OR 1=1 --",
                 *db_base.IMPOSSIBLE, *WRONG_TYPES]

        with self.statements() as sent:
            for text in texts:
                self.assertRaises(exception.MessageNotFound,
                                  self.db.message_get, base.PROJECT, text)

        self.assertEqual([], sent)

    def test_scope_of_a_wrong_type_sees_nothing(self):
        """A mistake of a caller must not open all projects."""
        stored = self.message()

        for scope in (*WRONG_TYPES, *db_base.IMPOSSIBLE, 'ALL_PROJECTS',
                      'all projects', '%', ''):
            self.assertRaises(exception.MessageNotFound, self.db.message_get,
                              scope, stored['id'])


@database.on_each
class MessageGetAllTest(db_base.ConnectionTestCase):

    def test_other_projects_are_invisible(self):
        """A user sees the messages of their own project only."""
        mine = self.message(project_id=base.PROJECT)
        self.message(project_id=base.OTHER)

        found = self.db.message_get_all(base.PROJECT)

        self.assertEqual([mine], found)

    def test_similar_projects_are_invisible(self):
        """Collations do not treat two projects as one."""
        projects = ['abc', 'ABC', 'abc ', 'äbc', 'abç', 'abc\u0301']
        for project_id in projects:
            self.message(project_id=project_id)

        found = [[m['project_id'] for m in self.db.message_get_all(project)]
                 for project in projects]

        self.assertEqual([[project] for project in projects], found)

    def test_scope_of_a_wrong_type_sees_nothing(self):
        """A mistake of a caller must not open all projects."""
        self.message()

        found = [self.db.message_get_all(scope) for scope in
                 (*WRONG_TYPES, *db_base.IMPOSSIBLE, 'ALL_PROJECTS', '%', '')]

        self.assertEqual([[]] * 13, found)

    def test_newest_comes_first(self):
        """Users look for the most recent failure first."""
        old, new, newer = [self.message(created_at=NOON - seconds * SECOND)
                           for seconds in (3, 2, 1)]

        found = self.found(base.PROJECT)

        self.assertEqual([newer['id'], new['id'], old['id']], found)

    def test_expired_messages_are_invisible(self):
        """Users do not see expired messages before the purge."""
        last = self.message(expires_at=NOON + MICROSECOND)
        self.message(expires_at=NOON)
        self.message(expires_at=NOON - DAY)

        found = [self.found(base.PROJECT), self.found(ALL_PROJECTS),
                 self.found(base.PROJECT, {'event_id': '000002'})]

        self.assertEqual([[last['id']]] * 3, found)

    def test_limit_and_offset_cut(self):
        """A caller of the library may page by number too."""
        stored = [self.message(created_at=NOON - seconds * SECOND)['id']
                  for seconds in range(1, 6)]

        found = [self.found(base.PROJECT, limit=2),
                 self.found(base.PROJECT, offset=3),
                 self.found(base.PROJECT, limit=2, offset=2),
                 self.found(base.PROJECT, limit=2, offset=1,
                            marker=stored[1]),
                 self.found(base.PROJECT, limit=10, offset=0),
                 self.found(base.PROJECT, limit=10, offset=10),
                 self.found(base.PROJECT, limit=0)]

        self.assertEqual([stored[:2], stored[3:], stored[2:4], stored[3:5],
                          stored, [], []], found)

    def test_unknown_order_is_refused(self):
        """Only known columns get into a statement."""
        self.message()

        for keys, directions in ((['project_id'], []), (['nonsense'], []),
                                 (['id; --'], []), (['event_id'], ['up']),
                                 ([], ['asc']), (['id'], ['asc', 'asc'])):
            self.assertRaises(exception.Invalid, self.db.message_get_all,
                              base.PROJECT, sort_keys=keys,
                              sort_dirs=directions)


@database.on_each
class WalkTest(db_base.ConnectionTestCase):
    """Pages of message_get_all, one behind the other."""

    def setUp(self):
        super().setUp()
        self.rows = []
        for number in range(13):
            created_at = NOON - (number // 4 + 1) * SECOND
            self.rows.append(self.message(
                created_at=created_at,
                expires_at=NOON + (1 + number % 3) * DAY,
                event_id=('000002', '000010', 'A')[number % 3],
                message_level=('ERROR', 'WARNING')[number % 2],
                resource_type=('VOLUME', 'volume', '')[number // 5],
                resource_uuid=('é', 'z', 'Z', 'z ')[number % 4],
                request_id=('b', 'a')[number // 7]))
            self.message(project_id=base.OTHER, created_at=created_at)

    def walk(self, scope, limit=5, **order):
        walked, marker = [], None
        for _page in range(20):
            page = self.db.message_get_all(scope, limit=limit, marker=marker,
                                           **order)
            walked.extend(page)
            if len(page) < limit:
                return [message['id'] for message in walked]
            marker = page[-1]['id']
        raise AssertionError('The walk does not end')

    def in_order(self, *order):
        """Return the IDs of the project in that order of (key, direction)."""
        rows = list(self.rows)
        for key, direction in reversed(order):
            rows.sort(key=lambda row: row[key], reverse=direction == 'desc')
        return [row['id'] for row in rows]

    def test_walk_meets_each_message_once(self):
        """A client that follows the links gets everything, in order."""
        keys = ['event_id', 'message_level', 'request_id', 'resource_type',
                'resource_uuid', 'created_at', 'expires_at', 'id']

        for key, direction in itertools.product(keys, ('asc', 'desc')):
            walked = self.walk(base.PROJECT, sort_keys=[key],
                               sort_dirs=[direction])

            self.assertEqual(
                self.in_order((key, direction), ('created_at', direction),
                              ('id', direction)),
                walked, f'{key} {direction}')

    def test_walk_in_mixed_directions_meets_each_message_once(self):
        """Users can sort each key in its own direction."""
        for order in (
                [('event_id', 'asc'), ('created_at', 'desc')],
                [('event_id', 'desc'), ('created_at', 'asc')],
                [('message_level', 'asc'), ('resource_type', 'desc'),
                 ('request_id', 'asc')],
                [('resource_uuid', 'desc'), ('id', 'asc')],
                [('created_at', 'asc'), ('id', 'desc')],
                [('created_at', 'desc'), ('id', 'asc')],
                [('expires_at', 'asc'), ('event_id', 'desc'),
                 ('message_level', 'asc'), ('id', 'desc')]):
            walked = self.walk(
                base.PROJECT, limit=3, sort_keys=[key for key, _dir in order],
                sort_dirs=[direction for _key, direction in order])

            first = order[0][1]
            self.assertEqual(
                self.in_order(*order, ('created_at', first), ('id', first)),
                walked, order)

    def test_keys_without_directions_descend(self):
        """Clients of Cinder expect descending keys by default."""
        walked = self.walk(base.PROJECT,
                           sort_keys=['event_id', 'request_id'],
                           sort_dirs=['asc'])

        self.assertEqual(
            self.in_order(('event_id', 'asc'), ('request_id', 'desc'),
                          ('created_at', 'asc'), ('id', 'asc')), walked)

    def test_default_walk_meets_each_message_once(self):
        """Messages of one moment must not be lost between two pages."""
        walked = [self.walk(base.PROJECT, limit=limit)
                  for limit in (1, 4, 13, 14)]

        self.assertEqual(
            [self.in_order(('created_at', 'desc'), ('id', 'desc'))] * 4,
            walked)

    def test_administrator_walks_all_projects(self):
        """The order is the same, along the primary key."""
        everything = sorted((row['id'] for row in self.stored()),
                            reverse=True)

        walked = self.walk(ALL_PROJECTS, limit=4)
        sorted_by_level = self.walk(ALL_PROJECTS, limit=4,
                                    sort_keys=['message_level'])

        self.assertEqual(26, len(everything))
        self.assertEqual(everything, walked)
        self.assertEqual(sorted(everything), sorted(sorted_by_level))

    def test_administrator_reads_in_the_order_of_time(self):
        """The primary key replaces created_at, so both must agree."""
        times = [message['created_at'] for message
                 in self.db.message_get_all(ALL_PROJECTS)]

        self.assertEqual(sorted(times, reverse=True), times)

    def test_message_in_the_middle_may_go(self):
        """Users can continue a list after the deletion of the marker."""
        order = self.in_order(('created_at', 'desc'), ('id', 'desc'))
        self.db.message_destroy(base.PROJECT, order[5])

        behind = self.found(base.PROJECT, marker=order[5])

        self.assertEqual(order[6:], behind)


@database.on_each
class MarkerTest(db_base.ConnectionTestCase):
    """The marker of message_get_all."""

    V4 = '0f0b7a9c-1f1e-4c0e-9d3e-0a54fb5f3f11'

    def test_v7_is_a_position_in_time(self):
        """A marker need not exist, so users learn nothing from a marker."""
        old = self.message(created_at=NOON - 3 * SECOND)
        self.message(created_at=NOON - SECOND)
        theirs = self.message(created_at=NOON - 2 * SECOND,
                              project_id=base.OTHER)

        found = [self.found(base.PROJECT, marker=marker) for marker in (
            theirs['id'], ids.new_id(NOON - 2 * SECOND),
            '019b796d-ce30-7000-8000-000000000000')]

        self.assertEqual([[old['id']], [old['id']], [old['id']]], found)

    def test_v7_of_an_expired_message_is_a_position(self):
        """Users can finish a long walk after the expiry of the marker."""
        old = self.message(created_at=NOON - 3 * SECOND)
        expired = self.message(created_at=NOON - 2 * SECOND,
                               expires_at=NOON - SECOND)

        found = [self.found(scope, marker=expired['id'])
                 for scope in (base.PROJECT, ALL_PROJECTS)]

        self.assertEqual([[old['id']], [old['id']]], found)

    def test_extremes_of_v7_are_positions(self):
        """A marker of any value does not cause a server error."""
        stored = self.message()

        found = [self.found(scope, marker=marker)
                 for scope in (base.PROJECT, ALL_PROJECTS)
                 for marker in ('00000000-0000-7000-8000-000000000000',
                                'ffffffff-ffff-7fff-bfff-ffffffffffff',
                                'ffffffff-ffff-7fff-ffff-ffffffffffff')]

        self.assertEqual([[], [stored['id']], [stored['id']]] * 2, found)

    def test_v4_with_a_message_is_its_place(self):
        """Mapped and imported rows have IDs without a time."""
        older = self.message(created_at=NOON - 3 * SECOND)
        self.message(id=self.V4, created_at=NOON - 2 * SECOND)
        self.message(created_at=NOON - SECOND)

        found = self.found(base.PROJECT, marker=self.V4)

        self.assertEqual([older['id']], found)

    def test_v4_without_a_message_leads_nowhere(self):
        """An ID without a time and without a row has no position."""
        self.message()

        for scope in (base.PROJECT, ALL_PROJECTS):
            self.assertRaises(exception.MessageNotFound,
                              self.db.message_get_all, scope, marker=self.V4)

    def test_v4_of_another_project_leads_nowhere(self):
        """Users do not learn whether another project has the message."""
        self.message(id=self.V4, project_id=base.OTHER)

        self.assertRaises(exception.MessageNotFound, self.db.message_get_all,
                          base.PROJECT, marker=self.V4)

    def test_v4_of_an_expired_message_leads_nowhere(self):
        """An expired message is not found, so it has no position."""
        self.message(id=self.V4, expires_at=NOON)

        self.assertRaises(exception.MessageNotFound, self.db.message_get_all,
                          base.PROJECT, marker=self.V4)

    def test_other_orders_need_the_message(self):
        """The position in another order depends on the values of the row."""
        theirs = self.message(project_id=base.OTHER)

        for marker in (theirs['id'], ids.new_id(NOON), self.V4):
            self.assertRaises(
                exception.MessageNotFound, self.db.message_get_all,
                base.PROJECT, marker=marker, sort_keys=['event_id'])

    def test_what_is_no_id_leads_nowhere(self):
        """Clients receive 404, not a server error, for any text as marker."""
        stored = self.message()

        for marker in (stored['id'].upper(), stored['id'] + ' ', '', 'x',
                       *db_base.IMPOSSIBLE, 7, b'x'):
            self.assertRaises(exception.MessageNotFound,
                              self.db.message_get_all, base.PROJECT,
                              marker=marker)


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture)
class AbandonedStatementTest:

    def test_server_ends_abandoned_statements(self):
        """Searches of one user do not keep a server busy for minutes."""
        self.set(self.conf, user_messages__create_timeout=1)
        connection = self.connect(isolation_level='AUTOCOMMIT')
        is_mysql = connection.dialect.name == 'mysql'
        # MariaDB ends SLEEP() without an error, and BENCHMARK() at times.
        sleep = ('SELECT count(*) FROM'
                 + ','.join(f' information_schema.collations AS c{number}'
                            for number in range(5))
                 if is_mysql else 'SELECT pg_sleep(600)')
        running = sqlalchemy.text(
            'SELECT count(*) FROM information_schema.processlist WHERE'
            f" db = DATABASE() AND info = '{sleep}'"
            if is_mysql else
            'SELECT count(*) FROM pg_stat_activity WHERE'
            " datname = current_database() AND state = 'active'"
            f" AND query = '{sleep}'")

        self.assertRaises(
            exception.DatabaseUnavailable, self.db.executor.run,
            lambda connection: connection.exec_driver_sql(sleep))

        database.wait_until(
            lambda: connection.execute(running).scalar_one() == 0)


@database.on_each
@ddt.ddt
class SearchTest(db_base.ConnectionTestCase):
    """The limit of a search, in projects with five messages."""

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(selects, 'SEARCH_ROWS', 4))
        self.mine = [self.message(
            created_at=NOON + number * SECOND,
            event_id='00000' + '23223'[number],
            resource_uuid=base.OTHER_RESOURCE if number == 1 else
            base.RESOURCE)['id'] for number in range(5)]
        for _number in range(5):
            self.message(project_id=base.OTHER, created_at=NOON - SECOND)

    def assertTooLarge(self, *args, **values):
        for scope in (base.PROJECT, ALL_PROJECTS):
            error = self.assertRaises(
                exception.SearchTooLarge, self.db.message_get_all, scope,
                *args, **values)

            self.assertEqual(4, error.rows)

    def test_order_without_an_index_is_refused(self):
        """All messages would have to be read and sorted for each page."""
        for keys in (['event_id'], ['resource_uuid'], ['expires_at'],
                     ['created_at', 'event_id']):
            self.assertTooLarge(limit=1, sort_keys=keys)

    def test_page_that_is_full_is_an_answer(self):
        """A full page is complete in both directions."""
        self.assertEqual(
            [[self.mine[4], self.mine[1]], [self.mine[0], self.mine[2]]],
            [self.found(base.PROJECT, {'event_id': '000003'}, limit=2),
             self.found(base.PROJECT, {'event_id~': '2'}, limit=2,
                        sort_keys=['created_at'], sort_dirs=['asc'])])

    def test_page_that_is_not_full_is_refused(self):
        """Users do not take a partial page for the end of a list."""
        for filters in ({'event_id': '000004'}, {'event_id~': '9'},
                        {'message_level': 'INFO'}, {'resource_uuid': ''}):
            self.assertTooLarge(filters, limit=1)
        self.assertTooLarge({'event_id': '000002'})

    def test_deep_offset_is_refused(self):
        """A page far down is reached by markers."""
        self.assertTooLarge(limit=1, offset=5)

        self.assertEqual(self.mine[:1], self.found(
            base.PROJECT, limit=1, offset=4))

    @ddt.named_data(
        ['time', {**SINCE, 'event_id': '000004'}, []],
        ['time and event', {**SINCE, 'event_id': '000002'}, [3, 2]],
        ['resource', {'resource_uuid': base.OTHER_RESOURCE,
                      'event_id': '000003'}, [1]])
    def test_narrower_list_is_an_answer(self, filters, expected):
        """A filter with an index limits the search."""
        expected = [self.mine[number] for number in expected]

        self.assertEqual(expected, self.found(
            base.PROJECT, filters, limit=9))
        self.assertEqual(expected, self.found(
            base.PROJECT, filters, limit=9, sort_keys=['event_id']))

    def test_list_after_a_marker_is_an_answer(self):
        """A marker limits the search too."""
        self.assertEqual(self.mine[:1], self.found(
            base.PROJECT, {'event_id': '000002'}, limit=9,
            marker=self.mine[1]))

    def test_other_projects_do_not_count(self):
        """Users do not wait for other projects, or learn of their messages."""
        self.db.message_destroy(base.PROJECT, self.mine.pop())

        self.assertEqual(
            [self.mine[1], *self.mine[3:1:-1], self.mine[0]],
            self.found(base.PROJECT, limit=9, sort_keys=['event_id']))

    def test_plain_list_looks_through_nothing(self):
        """A list without filters has no limit of rows."""
        with self.statements() as sent:
            self.found(base.PROJECT, limit=2)
            self.found(base.PROJECT, {'resource_uuid': base.RESOURCE})
            self.found(base.PROJECT, limit=2, marker=self.mine[3])

        self.assertEqual(3, len(sent))


@database.on_each
class FilterTest(db_base.ConnectionTestCase):
    """The filters of message_get_all."""

    def test_filter_keeps_exactly_that_value(self):
        """A filter that is nearly right is wrong."""
        self.message(event_id='000003', message_level='WARNING',
                     request_id='other', resource_type='SNAPSHOT',
                     resource_uuid='other')
        mine = self.message()

        found = [self.found(base.PROJECT, {name: value}) for name, value in (
            ('event_id', '000002'), ('message_level', 'ERROR'),
            ('request_id', base.REQUEST), ('resource_type', 'VOLUME'),
            ('resource_uuid', base.RESOURCE))]

        self.assertEqual([[mine['id']]] * 5, found)

    def test_filters_add_up(self):
        """Users can combine filters."""
        mine = self.message(event_id='000003', message_level='WARNING')
        self.message(event_id='000003')
        self.message(message_level='WARNING')

        found = self.found(base.PROJECT, {
            'event_id': '000003', 'message_level': 'WARNING'})

        self.assertEqual([mine['id']], found)

    def test_level_and_type_are_found_in_any_case(self):
        """Users can type these constants in lower case."""
        mine = self.message()

        found = [self.found(base.PROJECT, {name: value}) for name, value in (
            ('message_level', 'error'), ('resource_type', 'Volume'),
            ('message_level~', 'rro'), ('resource_type~', 'olu'))]

        self.assertEqual([[mine['id']]] * 4, found)

    def test_other_text_compares_byte_by_byte(self):
        """Users find only equal values."""
        for resource in ('abc', 'ABC', 'abc ', 'äbc', 'abç', 'abc\u0301'):
            self.message(resource_uuid=resource, request_id=resource)

        found = [[m['resource_uuid'] for m in self.db.message_get_all(
            base.PROJECT, {name: value})]
            for name, value in (('resource_uuid', 'abc'),
                                ('resource_uuid', 'ABC'),
                                ('request_id', 'abc '),
                                ('request_id', 'äbc'),
                                ('request_id', 'ABc'),
                                ('event_id', '000002 '))]

        self.assertEqual([['abc'], ['ABC'], ['abc '], ['äbc'], [], []],
                         found)

    def test_contains_compares_byte_by_byte(self):
        """LIKE would interpret % and _, and ignore the case."""
        texts = ['abc', 'xABCx', 'x%bx', 'äb', 'a_c', 'back\\slash', '📦']
        for number, text in enumerate(texts, 1):
            self.message(resource_uuid=text,
                         created_at=NOON - number * SECOND)

        found = {value: [m['resource_uuid'] for m in self.db.message_get_all(
            base.PROJECT, {'resource_uuid~': value})]
            for value in ('b', 'B', '%b', '_', '\\', 'ä', '📦', 'a', 'bc ')}

        self.assertEqual({
            'b': ['abc', 'x%bx', 'äb', 'back\\slash'],
            'B': ['xABCx'],
            '%b': ['x%bx'],
            '_': ['a_c'],
            '\\': ['back\\slash'],
            'ä': ['äb'],
            '📦': ['📦'],
            'a': ['abc', 'a_c', 'back\\slash'],
            'bc ': []}, found)

    def test_contains_nothing_is_in_everything(self):
        """Users find all messages with the empty text."""
        mine = self.message()

        found = [self.found(base.PROJECT, {name: ''}) for name in (
            'event_id~', 'resource_uuid~', 'message_level~', 'event_id')]

        self.assertEqual([[mine['id']]] * 3 + [[]], found)

    def test_impossible_value_matches_nothing_without_a_query(self):
        """Some databases return an error for an impossible value."""
        self.message()
        filters = [{name + suffix: value}
                   for name in ('event_id', 'message_level', 'request_id',
                                'resource_type', 'resource_uuid')
                   for suffix in ('', '~')
                   for value in (*db_base.IMPOSSIBLE, *WRONG_TYPES)]
        filters += [{name: value}
                    for name in ('event_id', 'message_level', 'resource_type',
                                 'event_id~')
                    for value in ('é', '📦', 'ſ', 'ı')]
        filters += [{'message_level': 'x' * 65}, {'resource_type': 'x' * 65}]

        with self.statements() as sent:
            found = [self.db.message_get_all(scope, each) for each in filters
                     for scope in (base.PROJECT, ALL_PROJECTS)]

        self.assertEqual([], [each for each in found if each])
        self.assertEqual([], sent)

    def test_unknown_name_matches_nothing(self):
        """A filter that is not applied would show too much."""
        self.message()

        found = [self.found(base.PROJECT, {name: 'x'}) for name in (
            'nonsense', 'id', 'project_id', 'action_id', 'created_at',
            'event_id~~', '~', '', 'created_since~', 'EVENT_ID', None, 7)
            if isinstance(name, str)]

        self.assertEqual([[]] * 10, found)

    def test_times_are_inclusive_to_the_microsecond(self):
        """Users who filter from 12:00 include 12:00."""
        times = [NOON - SECOND + number * MICROSECOND for number in range(3)]
        first, middle, last = [self.message(created_at=timestamp)['id']
                               for timestamp in times]

        found = [self.found(scope, each)
                 for scope in (base.PROJECT, ALL_PROJECTS)
                 for each in (
                     {'created_since': times[1]},
                     {'created_before': times[1]},
                     {'created_since': times[1], 'created_before': times[1]},
                     {'created_since': times[2] + MICROSECOND},
                     {'created_before': times[0] - MICROSECOND})]

        self.assertEqual([[last, middle], [middle, first], [middle], [], []]
                         * 2, found)

    def test_times_out_of_this_world_are_answered(self):
        """Clients may send any valid time."""
        mine = self.message()
        first, last = datetime.datetime.min, datetime.datetime.max

        found = [self.found(scope, each)
                 for scope in (base.PROJECT, ALL_PROJECTS)
                 for each in ({'created_since': first},
                              {'created_before': last},
                              {'created_since': last},
                              {'created_before': first})]

        self.assertEqual([[mine['id']], [mine['id']], [], []] * 2, found)

    def test_times_find_messages_with_other_ids(self):
        """A project's rows need not have an ID of version 7."""
        self.message(id=MarkerTest.V4, created_at=NOON - SECOND)

        found = self.found(base.PROJECT, {
            'created_since': NOON - SECOND, 'created_before': NOON})

        self.assertEqual([MarkerTest.V4], found)


@database.on_each
class MessageDestroyTest(db_base.ConnectionTestCase):

    def test_message_is_gone(self):
        """A user removes what they have read."""
        mine, other = self.message(), self.message()

        self.db.message_destroy(base.PROJECT, mine['id'])

        self.assertEqual([other], self.stored())

    def test_other_projects_keep_theirs(self):
        """Users need more than the ID to delete a message."""
        theirs = self.message(project_id=base.OTHER)

        for scope in (base.PROJECT, base.OTHER + ' ', base.OTHER.upper(),
                      *db_base.IMPOSSIBLE, *WRONG_TYPES):
            self.assertRaises(exception.MessageNotFound,
                              self.db.message_destroy, scope, theirs['id'])

        self.assertEqual([theirs], self.stored())

    def test_administrator_removes_any(self):
        """Administrators delete in all projects, as their scope allows."""
        theirs = self.message(project_id=base.OTHER)

        self.db.message_destroy(ALL_PROJECTS, theirs['id'])

        self.assertEqual([], self.stored())

    def test_second_time_it_is_not_found(self):
        """Only one of two concurrent deletions succeeds."""
        mine = self.message()
        self.db.message_destroy(base.PROJECT, mine['id'])

        self.assertRaises(exception.MessageNotFound, self.db.message_destroy,
                          base.PROJECT, mine['id'])

    def test_two_at_once_remove_it_once(self):
        """Only one of two concurrent deletions succeeds."""
        mine = self.message()
        outcomes = []
        together = threading.Barrier(2)

        def destroy():
            together.wait()
            try:
                self.db.message_destroy(base.PROJECT, mine['id'])
                outcomes.append('removed')
            except exception.MessageNotFound:
                outcomes.append('not found')

        db_base.in_threads(destroy, destroy)

        self.assertEqual(['not found', 'removed'], sorted(outcomes))

    def test_expired_message_is_not_found(self):
        """Users cannot delete an expired message."""
        gone = self.message(expires_at=NOON)

        self.assertRaises(exception.MessageNotFound, self.db.message_destroy,
                          base.PROJECT, gone['id'])

    def test_what_is_no_id_is_not_found_without_a_query(self):
        """PostgreSQL would reject the text."""
        self.message()

        with self.statements() as sent:
            for text in ('', 'x', "' OR 1=1 --", *db_base.IMPOSSIBLE,
                         *WRONG_TYPES):
                self.assertRaises(exception.MessageNotFound,
                                  self.db.message_destroy, base.PROJECT, text)

        self.assertEqual([], sent)


@database.on_each
class CheckTest(db_base.ConnectionTestCase):

    def test_available_table_is_healthy(self):
        """The health check depends on this query."""
        self.assertIsNone(self.db.check())

    def test_missing_table_is_an_error(self):
        """A service without its table must not look healthy."""
        db = db_api.Connection(self.configuration(
            user_messages__connection=self.make_empty_database()))
        self.addCleanup(db.close)

        self.assertRaises(exception.DatabaseError, db.check)


@database.on_each
class ForkTest(db_base.ConnectionTestCase):
    """A service that makes its workers after it used the library."""

    def test_child_and_parent_both_go_on(self):
        """Parent and child must not share one connection."""
        before = self.message()

        def in_child():
            self.message(created_at=NOON - 2 * SECOND)
            self.message(created_at=NOON - 3 * SECOND)

        status = in_a_fork(in_child)
        after = self.message(created_at=NOON - 4 * SECOND)

        self.assertEqual(0, status)
        found = self.db.message_get_all(base.PROJECT)
        self.assertEqual(4, len(found))
        self.assertEqual([before['id'], after['id']],
                         [found[0]['id'], found[3]['id']])


@database.on_servers
class ForkedConnectionTest:
    """The connection that a child process inherits."""

    def test_parent_keeps_its_connection(self):
        """A child that closes it would cut off its parent."""
        before = self.connection_id()

        status = in_a_fork(self.message)

        self.assertEqual(0, status)
        self.assertEqual(before, self.connection_id())

    def connection_id(self):
        """Return the ID that the server gives the only connection of the pool.
        """
        with self.db.executor.engine().connect() as connection:
            return connection.exec_driver_sql(
                'SELECT pg_backend_pid()'
                if connection.dialect.name == 'postgresql'
                else 'SELECT CONNECTION_ID()').scalar_one()


@database.on_servers
class LostConnectionTest:
    """Faults of the connection between the library and a server."""

    def setUp(self):
        super().setUp()
        self.proxy = database.Proxy(self.url)
        self.addCleanup(self.proxy.stop)
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=self.proxy.url,
            user_messages__create_timeout=60))
        self.addCleanup(self.db.close)

    def test_message_whose_answer_was_lost_is_there_once(self):
        """The retry finds the row of the first attempt, which is not an error.
        """
        self.message()
        self.proxy.lose_answer_to(b'INSERT INTO')

        with self.statements() as sent:
            stored = self.message()

        inserts = [statement for statement, _parameters in sent
                   if statement.startswith('INSERT')]
        self.assertEqual(2, len(inserts))
        self.assertEqual(1, [row['id'] for row in self.stored()].count(
            stored['id']))

    def test_dropped_connections_are_not_noticed(self):
        """A restart of the server or of a proxy costs no message."""
        first = self.message()
        self.proxy.drop()
        second = self.message()
        self.proxy.drop()
        found = self.db.message_get(base.PROJECT, first['id'])
        self.proxy.drop()
        self.db.message_destroy(base.PROJECT, second['id'])
        # A row that does not exist, or that belongs to another project, was
        # not removed by an attempt that met a dead connection.
        for project_id, message_id in ((base.PROJECT, second['id']),
                                       (base.OTHER, first['id'])):
            self.proxy.drop()
            self.assertRaises(
                exception.MessageNotFound, self.db.message_destroy,
                project_id, message_id)
        self.proxy.drop()
        listed = self.db.message_get_all(base.PROJECT)

        self.assertEqual(first, found)
        self.assertEqual([first], listed)

    def test_killed_connections_are_not_noticed(self):
        """An operator who kills sessions costs no message."""
        first = self.message()
        self.kill()
        second = self.message()
        self.kill()
        found = self.db.message_get(base.PROJECT, first['id'])
        self.kill()
        self.db.message_destroy(base.PROJECT, second['id'])

        self.assertEqual(first, found)
        self.assertEqual([first], self.stored())

    def kill(self):
        """End the sessions of the library on the server."""
        connection = self.connect()
        if connection.dialect.name == 'postgresql':
            sessions = connection.scalars(sqlalchemy.text(
                'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
                ' WHERE datname = current_database()'
                ' AND pid <> pg_backend_pid()')).all()
        else:
            sessions = connection.scalars(sqlalchemy.text(
                'SELECT id FROM information_schema.processlist'
                ' WHERE db = DATABASE() AND id <> CONNECTION_ID()')).all()
            for session in sessions:
                connection.exec_driver_sql(f'KILL {session}')
        connection.close()
        self.assertTrue(sessions)


@database.on_servers
class DeadlockTest:
    """Two who wait for each other, and we are the one that has to give in."""

    def test_loser_tries_again(self):
        """1213 and 40P01 are errors for which a retry succeeds."""
        now = NOON - DAY
        rows = [self.message(created_at=now + number * MICROSECOND,
                             expires_at=now + SECOND)
                for number in range(2)]
        other = self.connect()
        # InnoDB ends the transaction with fewer changes.
        other.execute(models.MESSAGES.insert(), [
            {**rows[0], 'id': ids.new_id(NOON)} for _number in range(50)])
        self.touch(other, rows[1])
        counts = []
        errors = []

        @sqlalchemy.event.listens_for(self.db.executor.engine(),
                                      'handle_error', insert=True)
        def collect(context):
            errors.append(context.original_exception)

        with time_fixture.TimeFixture(NOON):
            cleanup = threading.Thread(target=lambda: counts.extend(
                batch.rows for batch
                in db_purge.cleanup_expired_messages(self.db, ALL_PROJECTS)))
            cleanup.start()
            database.wait_until(self.somebody_waits)
            self.touch(other, rows[0])
            other.rollback()
            cleanup.join()

        self.assertEqual([2], counts)
        self.assertIn(
            [getattr(error, 'pgcode', None) or (
                error.args[0] if isinstance(error.args[0], int)
                else error.sqlstate) for error in errors],
            (['40P01'], [1213]))
        self.assertEqual([], self.stored())

    def touch(self, connection, row):
        connection.execute(models.MESSAGES.update().where(
            models.MESSAGES.c.id == row['id']).values(detail_id='x'))

    def somebody_waits(self):
        connection = self.connect()
        waiting = connection.scalar(sqlalchemy.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname ="
            " current_database() AND wait_event_type = 'Lock'"
            if connection.dialect.name == 'postgresql' else
            "SELECT count(*) FROM information_schema.innodb_trx WHERE"
            " trx_state = 'LOCK WAIT'"))
        connection.close()
        return waiting


@database.on_each
class ConnectionUrlTest(database.DatabaseTestCase):

    def test_database_of_the_service_is_the_fallback(self):
        """Operators of a shared database set no other option."""
        conf = self.configuration()
        conf.set_override('connection', 'sqlite://', 'database')

        self.assertEqual('sqlite://', db_api.connection_url(conf))

    def test_database_of_its_own_comes_first(self):
        """Operators can set a separate database for messages."""
        conf = self.configuration(user_messages__connection=self.url)
        conf.set_override('connection', 'sqlite://', 'database')

        self.assertEqual(self.url, db_api.connection_url(conf))

    def test_no_database_names_the_option(self):
        """Operators read which option to set."""
        error = self.assertRaises(
            exception.ConfigurationError, db_api.connection_url,
            self.configuration())

        self.assertEqual('No database is configured: set '
                         '[user_messages]connection in usermessages.conf, or '
                         'OS_USER_MESSAGES__CONNECTION.', str(error))

    def test_part_of_a_password_is_not_told(self):
        """The old option of a service may contain a password."""
        conf = self.configuration()
        conf.set_override('connection', 'mysql+pymysql://u:pa$SECRET@h/x',
                          'database')

        error = self.assertRaises(
            exception.ConfigurationError, db_api.connection_url, conf)

        self.assertEqual('[database]connection has a "$" without the name '
                         'of an option; write "$$" for the character.',
                         str(error))


def in_a_fork(function):
    """Call something in a process of its own; return the exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=db_base.ConnectionTestCase)
class LostAnswerTest:

    def test_delete_whose_answer_was_lost_is_in_the_log(self):
        """Operators read in the log that the earlier existence is unknown."""
        log = self.useFixture(fixtures.FakeLogger())
        message = self.message()
        proxy, db = self.behind_proxy()
        proxy.lose_answer_to(b'DELETE')

        self.assertRaises(exception.MessageNotFound, db.message_destroy,
                          base.PROJECT, message['id'])

        self.assertEqual([], self.stored())
        self.assertIn(f'Message {message["id"]} does not exist; an '
                      'earlier attempt may have removed it', log.output)

    def test_delete_on_the_engine_of_a_service_whose_commit_was_lost(self):
        """The row existed, and only the response to the commit is lost."""
        message = self.message()
        proxy, _db = self.behind_proxy()
        engine = sqlalchemy.create_engine(proxy.url)
        self.addCleanup(engine.dispose)
        db = db_api.Connection(self.conf, engine=lambda: engine)
        proxy.lose_answer_to(b'COMMIT')

        db.message_destroy(base.PROJECT, message['id'])

        self.assertEqual([], self.stored())

    def test_purge_whose_answer_was_lost_removes_no_more(self):
        """Operators can limit the number of removed rows."""
        for _number in range(6):
            self.message(expires_at=NOON)
        proxy, db = self.behind_proxy()
        proxy.lose_answer_to(b'DELETE')

        list(db_purge.cleanup_expired_messages(db, ALL_PROJECTS, max_rows=2))

        self.assertEqual(4, db_purge.count_expired_messages(db, ALL_PROJECTS))


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=db_base.ConnectionTestCase)
class EngineTest:

    def test_threads_that_come_first_share_one(self):
        """The limit max_pool_size applies to the whole process."""
        db = db_api.Connection(self.conf)
        self.addCleanup(db.close)
        start = threading.Barrier(16)
        engines = []

        def use():
            start.wait()
            engines.append(db.executor.engine())

        threads = [threading.Thread(target=use) for _number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(16, len(engines))
        self.assertEqual(1, len({id(engine) for engine in engines}))

    def test_thread_that_comes_late_takes_the_one_in_use(self):
        """A thread does not close a connection that another thread uses."""
        db = db_api.Connection(self.conf)
        self.addCleanup(db.close)
        made = []

        class Late(dict):
            def get(self, *_args):
                # Another thread makes it right after this one has looked.
                if not made:
                    made.append(None)
                    made[0] = db.executor.engine()
                    return None
                return super().get(*_args)

        db.executor._engines = Late()

        engine = db.executor.engine()

        self.assertIs(made[0], engine)
        self.assertEqual(1, len(db.executor._engines))

    def test_child_that_closes_leaves_the_parent_its_connection(self):
        """A worker that ends does not end what its parent does."""
        with self.db.executor.engine().connect() as connection:
            child = os.fork()
            if not child:
                self.db.close()
                os._exit(0)
            os.waitpid(child, 0)

            self.assertEqual(1, connection.scalar(sqlalchemy.text('SELECT 1')))

    def test_nothing_but_the_statement_is_sent(self):
        """A COMMIT would need a second response, which can be late or lost."""
        proxy, db = self.behind_proxy()
        before = len(proxy.sent)

        db.message_get_all(base.PROJECT)
        db.message_get_all(base.PROJECT)

        self.assertEqual(
            [True, True], [b'SELECT' in data for data in proxy.sent[before:]])
