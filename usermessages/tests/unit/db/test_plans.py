# SPDX-License-Identifier: Apache-2.0

"""The rows that the databases read, with little and with much in the table.

The words of EXPLAIN say little: good plans sort and scan too.  What counts is
that a page costs the same however many messages there are.
"""

import datetime
import json

import sqlalchemy

from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import migration
from usermessages.db import models
from usermessages.tests import base
from usermessages.tests import database

NOON = datetime.datetime(2126, 1, 1, 12)
SECOND = datetime.timedelta(seconds=1)
PAGE = 50
# A page, one more to see whether another follows, and what an engine reads
# ahead.  The large table has forty times as many.
FEW_ROWS = 2 * PAGE


class PlanTestCase(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        url = self.make_empty_database()
        migration.sync_url(url)
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=url, user_messages__max_pool_size=1,
            user_messages__create_timeout=60))
        self.addCleanup(self.db.close)
        self.administer = self.connect(url, isolation_level='AUTOCOMMIT')

    def fill(self, start, end):
        """Add messages, every tenth of them in one large project."""
        rows = []
        for number in range(start, end):
            created_at = NOON + number * SECOND
            rows.append({
                'id': ids.new_id(created_at),
                'project_id': (base.PROJECT if number % 10 == 0
                               else f'{number % 97:032x}'),
                'event_id': '000002', 'action_id': '', 'detail_id': '',
                'message_level': 'ERROR', 'resource_type': 'VOLUME',
                'resource_uuid': f'{number:036d}',
                'request_id': f'req-{number:036d}',
                'created_at': created_at,
                'expires_at': created_at + 2592000 * SECOND})
        self.administer.execute(models.MESSAGES.insert(), rows)
        self.analyze()

    def pages(self):
        """Return the rows read for each kind of page."""
        middle = ids.first_id(NOON + 1000 * SECOND)
        moment = NOON + 1000 * SECOND
        row = f'{990:036d}'
        return {name: self.rows_read(*arguments) for name, arguments in {
            'first': (base.PROJECT, {}),
            'behind a marker': (base.PROJECT, {}, middle),
            'created before': (base.PROJECT, {'created_before': moment}),
            'one resource': (base.PROJECT, {'resource_uuid': row}),
            'one request': (base.PROJECT, {'request_id': f'req-{row}'}),
            'an event': (base.PROJECT, {'event_id': '000002'}),
            'all: first': (database.ALL_PROJECTS, {}),
            'all: behind a marker': (database.ALL_PROJECTS, {}, middle),
            'all: created before': (
                database.ALL_PROJECTS, {'created_before': moment}),
            'all: one resource': (
                database.ALL_PROJECTS, {'resource_uuid': row}),
        }.items()}

    def assertFew(self, small, large):
        """Check that pages of the large table read few rows, or no more."""
        self.assertEqual(
            {}, {name: (small[name], count) for name, count in large.items()
                 if count > max(FEW_ROWS, small[name])})


@database.only_on(database.MySQLFixture, test_case=PlanTestCase)
class RowsReadTest:

    def test_page_costs_the_same_in_a_large_table(self):
        """A user's list is as fast in a cloud with millions of messages."""
        self.fill(0, 2000)
        small = self.pages()
        self.fill(2000, 20000)

        large = self.pages()

        self.assertFew(small, large)

    def analyze(self):
        self.administer.exec_driver_sql('ANALYZE TABLE user_messages')

    def rows_read(self, scope, filters, marker=None):
        before = self.counted()
        self.db.message_get_all(scope, filters, marker, PAGE + 1)
        return self.counted() - before

    def counted(self):
        # In the pool is one connection only, so this is that of the query.
        with self.db._engine().connect() as connection:
            return sum(int(value) for _name, value in connection.execute(
                sqlalchemy.text("SHOW SESSION STATUS LIKE 'Handler_read_%'")))


@database.only_on(database.PostgreSQLFixture, test_case=PlanTestCase)
class RowsReadOfTest:

    def test_page_costs_the_same_in_a_large_table(self):
        """A user's list is as fast in a cloud with millions of messages."""
        self.fill(0, 2000)
        small = self.pages()
        self.fill(2000, 20000)

        large = self.pages()

        self.assertFew(small, large)

    def analyze(self):
        self.administer.exec_driver_sql('VACUUM ANALYZE user_messages')

    def rows_read(self, scope, filters, marker=None):
        with self.statements() as sent:
            self.db.message_get_all(scope, filters, marker, PAGE + 1)
        [(statement, parameters)] = sent
        with self.db._engine().connect() as connection:
            plan = connection.exec_driver_sql(
                f'EXPLAIN (ANALYZE, FORMAT JSON) {statement}',
                parameters).scalar()
        if isinstance(plan, str):
            plan = json.loads(plan)
        return self.rows_of(plan[0]['Plan'])

    def rows_of(self, node):
        below = [self.rows_of(child) for child in node.get('Plans', ())]
        own = (node['Actual Rows'] + node.get('Rows Removed by Filter', 0)
               + node.get('Rows Removed by Index Recheck', 0)
               ) * node['Actual Loops']
        return max([own, *below])
