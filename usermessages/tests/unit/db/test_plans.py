# SPDX-License-Identifier: Apache-2.0

"""The rows that the databases read, with little and with much in the table.

The words of EXPLAIN say little: good plans sort and scan too.  The cost of a
page must not depend on the number of messages, or only on the number of
messages of one project.  MariaDB and PostgreSQL report the rows read; SQLite
reports only the index and its bounds.

``FILTERS`` and ``SORT_KEYS`` have a line for each filter and sort key.
"""

import contextlib
import datetime
import functools
import itertools
import re

import fixtures
import sqlalchemy

from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import migration
from usermessages.db import models
from usermessages.db import purge as db_purge
from usermessages.db import selects
from usermessages.db import statistics
from usermessages import exception
from usermessages import fields
from usermessages.tests import base
from usermessages.tests import database

ALL_PROJECTS = database.ALL_PROJECTS
NOON = datetime.datetime(2126, 1, 1, 12)
LONG_AGO = datetime.datetime(2001, 1, 1, 12)
SECOND = datetime.timedelta(seconds=1)

SMALL, LARGE = 2000, 20000
PAGE = 50
# A page and one more to see whether another follows; twice that, for what is
# looked up again by its ID, and for what an engine reads ahead.
FEW_ROWS = 2 * (PAGE + 5)

# A filter without a match needs the most rows.
NOTHING = 'nothing'
FILTERS = {
    'resource_uuid': NOTHING, 'resource_type': NOTHING, 'event_id': NOTHING,
    'request_id': NOTHING, 'global_request_id': NOTHING,
    'message_level': NOTHING,
    'resource_uuid~': NOTHING, 'resource_type~': NOTHING, 'event_id~': NOTHING,
    'request_id~': NOTHING, 'message_level~': NOTHING,
    'created_since': NOON, 'created_before': NOON + LARGE * SECOND,
}
SORT_KEYS = ('id', 'created_at', 'event_id', 'message_level', 'request_id',
             'resource_type', 'resource_uuid', 'expires_at')


class PlanTestCase(database.DatabaseTestCase):
    """A test with a table that grows."""

    def setUp(self):
        super().setUp()
        self.grown = url = self.make_empty_database()
        migration.sync_url(url)
        # A single connection, whose count is the number of rows read.
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=url, user_messages__max_pool_size=1,
            user_messages__create_timeout=60))
        self.addCleanup(self.db.close)
        self.administer = self.connect(url, isolation_level='AUTOCOMMIT')

    def fill(self, size, project=None):
        """Make a table of that size, with a tenth of it in one project.

        All of that lies in the middle, whatever it is sorted by, where who
        walks through the messages of all projects comes late.  Every second
        message is about no resource, and one in seven of the others has
        expired.
        """
        project = project or range(size * 9 // 20, size * 11 // 20)
        rows = []
        for number in range(size):
            created_at = NOON + number * SECOND
            rows.append({
                'id': ids.new_id(created_at),
                'project_id': (base.PROJECT if number in project
                               else f'{number % 97:032x}'),
                'event_id': '000002', 'action_id': '', 'detail_id': '',
                'message_level': 'ERROR', 'resource_type': 'VOLUME',
                'resource_uuid': f'{number:036d}' if number % 2 else '',
                'request_id': f'req-{number:036d}' if number % 2 else '',
                'created_at': created_at,
                'expires_at': (LONG_AGO + number * SECOND
                               if number % 7 == 0 and number not in project
                               else created_at + 2592000 * SECOND)})
        connection = self.connect(self.grown)
        connection.execute(models.MESSAGES.delete())
        connection.execute(models.MESSAGES.insert(), rows)
        connection.commit()
        connection.close()
        self.analyze()
        self.middle = rows[size // 2 + 1]

    def page(self, scope=base.PROJECT, filters=None, marker=None,
             key=None, direction='desc'):
        """Return a function that requests a page."""
        return lambda: self.db.message_get_all(
            scope, filters, marker, PAGE + 1, None,
            [key] if key else None, [direction] if key else None)

    def flat(self):
        """Return the lists with the same cost in every table."""
        middle = self.middle
        timestamp = middle['created_at']
        return {
            'list': self.page(),
            'list, behind a marker': self.page(marker=middle['id']),
            'list, one resource': self.page(
                filters={'resource_uuid': middle['resource_uuid']}),
            'list, since': self.page(filters={'created_since': timestamp}),
            'list, before': self.page(filters={'created_before': timestamp}),
            'list, oldest first': self.page(key='created_at',
                                            direction='asc'),
            'list, by ID': self.page(key='id'),
            'show': lambda: self.db.message_get(base.PROJECT, middle['id']),
            'all projects': self.page(ALL_PROJECTS),
            'all projects, behind a marker': self.page(
                ALL_PROJECTS, marker=middle['id']),
            'all projects, oldest first': self.page(
                ALL_PROJECTS, key='created_at', direction='asc'),
            'all projects, since': self.page(
                ALL_PROJECTS, {'created_since': timestamp}),
            'all projects, before': self.page(
                ALL_PROJECTS, {'created_before': timestamp}),
            'all projects, one resource': self.page(
                ALL_PROJECTS, {'resource_uuid': middle['resource_uuid']}),
            'all projects, one request': self.page(
                ALL_PROJECTS, {'request_id': middle['request_id']}),
            'what has expired': lambda: next(
                db_purge.cleanup_expired_messages(
                    self.db, ALL_PROJECTS, batch_size=PAGE)),
            'the oldest that has expired': functools.partial(
                statistics.oldest_expires_at, self.db, ALL_PROJECTS),
        }

    def bounded(self):
        """Return the lists with at most the cost of the project's messages."""
        marker = self.middle['id']
        calls = {
            'nothing expired in the project': lambda: list(
                db_purge.cleanup_expired_messages(self.db, base.PROJECT)),
            **{f'{name} is empty': self.page(filters={name: ''})
               for name in ('resource_uuid', 'request_id')}}
        for key, direction in itertools.product(SORT_KEYS, ('asc', 'desc')):
            by = f'by {key} {direction}'
            calls[by] = self.page(key=key, direction=direction)
            calls[f'{by}, behind a marker'] = self.page(
                marker=marker, key=key, direction=direction)
        for key, (name, value) in itertools.product(SORT_KEYS,
                                                    FILTERS.items()):
            calls[f'{name}, by {key}'] = self.page(
                filters={name: value}, key=key)
        return calls


class RowsRead:
    """Tests for servers that count the rows read."""

    def test_page_costs_the_same_in_every_table(self):
        """A user's list is as fast in a cloud with millions of messages."""
        for size in (SMALL, LARGE):
            self.fill(size)

            self.assertEqual({}, self.too_much(self.flat(), FEW_ROWS))

    def test_nothing_costs_more_than_the_messages_of_the_project(self):
        """Users do not wait for the messages of other projects."""
        for size in (SMALL, LARGE):
            self.fill(size)

            # Once more to see whether they are too many.
            self.assertEqual({}, self.too_much(
                self.bounded(), 2 * (size // 10) + FEW_ROWS))

    def test_page_of_a_project_that_has_the_whole_table(self):
        """MariaDB would read all rows before the page."""
        self.fill(LARGE, range(LARGE))

        self.assertEqual({}, self.too_much({
            name: call for name, call in self.flat().items()
            if name.startswith('list')}, FEW_ROWS))

    def test_search_reads_no_more_than_it_may(self):
        """The limit applies to projects of any size and to any filter."""
        self.useFixture(fixtures.MockPatchObject(
            selects, 'SEARCH_ROWS', LARGE // 10))
        self.fill(LARGE, range(LARGE))
        calls = {name: call for name, call in self.bounded().items()
                 if not name.startswith(('resource_uuid, ', 'request_id, '))
                 and 'expired' not in name}

        self.assertEqual({}, self.too_much(
            {name: self.tried(call) for name, call in calls.items()},
            2 * (LARGE // 10) + FEW_ROWS))

    def test_groups_read_the_newest_messages_only(self):
        """A summary costs the same in every project."""
        self.useFixture(fixtures.MockPatchObject(
            selects, 'GROUPED_ROWS', PAGE))
        for size in (SMALL, LARGE):
            self.fill(size)
            since = {'created_since': NOON}
            calls = {
                'groups': lambda: self.db.message_get_groups(
                    base.PROJECT, since),
                'groups of all projects': lambda: self.db.message_get_groups(
                    ALL_PROJECTS, since),
                'groups of one resource': lambda: self.db.message_get_groups(
                    base.PROJECT,
                    {'resource_uuid': self.middle['resource_uuid']})}

            # The cost of walking, copying, sorting and counting, and of one
            # more row.
            self.assertEqual({}, self.too_much(calls, 6 * PAGE))

    def tried(self, call):
        def try_it():
            with contextlib.suppress(exception.SearchTooLarge):
                call()

        return try_it

    def too_much(self, calls, most):
        """Return the lists that read or sort more rows than the limit."""
        found = {name: self.read(call) for name, call in calls.items()}
        return {name: count for name, count in found.items() if count > most}


@database.only_on(database.MySQLFixture, test_case=PlanTestCase)
class RowsReadTest(RowsRead):

    def analyze(self):
        self.administer.exec_driver_sql('ANALYZE TABLE user_messages')

    def read(self, call):
        before = self.counted()
        call()
        return self.counted() - before

    def counted(self):
        with self.db.executor.engine().connect() as connection:
            return sum(int(value) for _name, value in connection.execute(
                sqlalchemy.text(
                    "SHOW SESSION STATUS WHERE variable_name = 'Sort_rows'"
                    " OR variable_name LIKE 'Handler_read_%'")))


@database.only_on(database.PostgreSQLFixture, test_case=PlanTestCase)
class RowsReadOfTest(RowsRead):

    def analyze(self):
        self.administer.exec_driver_sql('VACUUM ANALYZE user_messages')

    def read(self, call):
        with self.statements() as sent:
            call()
        with self.db.executor.engine().connect() as connection:
            return sum(
                self.rows_of(connection.exec_driver_sql(
                    f'EXPLAIN (ANALYZE, FORMAT JSON) {statement}',
                    parameters).scalar()[0]['Plan'])
                for statement, parameters in sent)

    def rows_of(self, node):
        """Return the rows read or sorted by a part of a plan."""
        own = (node['Actual Rows'] + node.get('Rows Removed by Filter', 0)
               + node.get('Rows Removed by Index Recheck', 0)
               ) * node['Actual Loops']
        return max([own, *map(self.rows_of, node.get('Plans', ()))])


class PlansOnSQLiteTest(PlanTestCase):
    """The index of SQLite, and its bounds."""

    def analyze(self):
        self.administer.exec_driver_sql('ANALYZE')

    def read(self, call):
        """Return the indexes that are walked, and in which bounds."""
        with self.statements() as sent:
            call()
        steps = [step[-1] for statement, parameters in sent
                 if statement.startswith('SELECT')
                 for step in self.administer.exec_driver_sql(
                     f'EXPLAIN QUERY PLAN {statement}', parameters)]
        return re.sub(
            r'(SEARCH|SCAN) (TABLE )?user_messages USING (COVERING )?INDEX '
            '(user_messages_)?', '', ' '.join(steps)).replace(
                ' USE TEMP B-TREE FOR ORDER BY', ', sorted').replace(
                    'sqlite_autoindex_user_messages_1', 'primary key')

    def test_page_costs_the_same_in_every_table(self):
        """Each is a walk along an index, from where the page starts."""
        self.fill(SMALL)

        plans = {name: self.read(call) for name, call in self.flat().items()}

        self.assertEqual({
            'list': 'project_idx (project_id=?)',
            'list, behind a marker':
                'project_idx (project_id=? AND created_at<?)',
            'list, one resource': 'resource_idx (resource_uuid=?)',
            'list, since': 'project_idx (project_id=? AND created_at>?)',
            'list, before': 'project_idx (project_id=? AND created_at<?)',
            'list, oldest first': 'project_idx (project_id=?)',
            'list, by ID': 'project_idx (project_id=?)',
            'show': 'primary key (id=?)',
            'all projects': 'primary key',
            'all projects, behind a marker': 'primary key (id<?)',
            'all projects, oldest first': 'primary key',
            'all projects, since': 'primary key (id>?)',
            'all projects, before': 'primary key (id<?)',
            # Sorted are the messages about one resource, or of one request.
            'all projects, one resource':
                'resource_idx (resource_uuid=?), sorted',
            'all projects, one request': 'request_idx (request_id=?), sorted',
            'what has expired': 'expires_idx (expires_at<?)',
            'the oldest that has expired': 'expires_idx',
        }, plans)

    def test_nothing_costs_more_than_the_messages_of_the_project(self):
        """The database sorts at most the messages of one project."""
        self.fill(SMALL)

        plans = {name: self.read(call)
                 for name, call in self.bounded().items()}

        # The messages of one resource or one request belong to one project.
        narrow = {name: plan for name, plan in plans.items()
                  if name.startswith(('resource_uuid, ', 'request_id, '))}
        self.assertEqual({}, {
            name: plan for name, plan in plans.items() if not re.match(
                r'(primary key \(id=\?\) )?project_idx \(project_id=\?', plan)
            and name not in narrow})
        self.assertEqual(
            {'resource_idx (resource_uuid=?)',
             'resource_idx (resource_uuid=?), sorted',
             'request_idx (request_id=?), sorted'}, {*narrow.values()})


class CompletenessTest(base.TestCase):

    def test_every_filter_and_sort_key_has_a_line(self):
        """A new filter without a plan might read the whole table."""
        self.assertEqual(sorted(fields.FILTERS), sorted(FILTERS))
        self.assertEqual({found.column for found
                          in fields.SORT_KEYS.values()}, {*SORT_KEYS})
