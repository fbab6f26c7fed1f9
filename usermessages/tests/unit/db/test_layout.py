# SPDX-License-Identifier: Apache-2.0

import datetime
import uuid

from oslo_utils import fixture as utils_fixture
import sqlalchemy
from sqlalchemy.dialects import mysql

from usermessages.db import api as db_api
from usermessages.db import models
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.tests import base
from usermessages.tests import database

NOON = datetime.datetime(2026, 1, 1, 12, 0, 0, 700000)
SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


def table(*columns):
    """Return a table as Cinder has it."""
    return sqlalchemy.Table(
        'messages', sqlalchemy.MetaData(),
        sqlalchemy.Column('created_at', sqlalchemy.DateTime),
        sqlalchemy.Column('updated_at', sqlalchemy.DateTime),
        sqlalchemy.Column('deleted_at', sqlalchemy.DateTime),
        sqlalchemy.Column('deleted', sqlalchemy.Boolean),
        sqlalchemy.Column('id', sqlalchemy.String(36), primary_key=True),
        sqlalchemy.Column('project_id', sqlalchemy.String(255),
                          nullable=False),
        sqlalchemy.Column('message_level', sqlalchemy.String(255),
                          nullable=False),
        sqlalchemy.Column('request_id', sqlalchemy.String(255)),
        sqlalchemy.Column('resource_type', sqlalchemy.String(36)),
        sqlalchemy.Column('resource_uuid', sqlalchemy.String(255)),
        sqlalchemy.Column('event_id', sqlalchemy.String(255), nullable=False),
        sqlalchemy.Column('detail_id', sqlalchemy.String(10)),
        sqlalchemy.Column('action_id', sqlalchemy.String(10)),
        sqlalchemy.Column('expires_at', sqlalchemy.DateTime), *columns,
        mysql_collate='utf8mb4_general_ci', mysql_charset='utf8mb4',
        mariadb_collate='utf8mb4_general_ci', mariadb_charset='utf8mb4')


CINDER = models.Layout(
    table(), alive={'deleted': False},
    deletion=lambda now: {'deleted': True, 'deleted_at': now})


@database.on_each
class CinderTest(database.DatabaseTestCase):
    """Messages in the table that Cinder has, with its rows in it."""

    LAYOUT = CINDER

    def setUp(self):
        super().setUp()
        self.clock = self.useFixture(utils_fixture.TimeFixture(NOON))
        self.url = self.make_empty_database()
        self.set(self.conf, user_messages__connection=self.url)
        self.api = message_api.API(self.conf, layout=self.LAYOUT)
        self.addCleanup(self.api.db.close)
        self.engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(self.engine.dispose)
        self.LAYOUT.table.create(self.engine)

    def old(self, **values):
        """Store a row as Cinder would; return its ID."""
        row = {'id': str(uuid.uuid4()), 'project_id': base.PROJECT,
               'created_at': NOON.replace(microsecond=0), 'deleted': False,
               'event_id': 'VOLUME_000002', 'message_level': 'ERROR',
               **values}
        with self.engine.begin() as connection:
            connection.execute(self.LAYOUT.table.insert().values(**row))
        return row['id']

    def new(self, **values):
        """Record a message; return its ID."""
        return self.api.create(self.context(), '000002', **values)

    def rows(self):
        with self.engine.connect() as connection:
            return {row['id']: dict(row) for row in connection.execute(
                self.LAYOUT.table.select()).mappings()}

    def found(self, *args, **values):
        return [message['id'] for message
                in self.api.get_all(self.context(), *args, **values)]

    def test_row_of_a_new_message(self):
        """An older Cinder, beside this one in an upgrade, reads it."""
        message_id = self.new(resource_type='VOLUME')

        self.assertEqual({message_id: {
            'id': message_id, 'project_id': base.PROJECT,
            'event_id': '000002', 'action_id': None, 'detail_id': None,
            'message_level': 'ERROR', 'resource_type': 'VOLUME',
            'resource_uuid': None,
            'request_id': self.api.get(
                self.context(), message_id)['request_id'],
            'created_at': datetime.datetime(2026, 1, 1, 12),
            'expires_at': datetime.datetime(2026, 1, 31, 12),
            'updated_at': None, 'deleted_at': None, 'deleted': False,
        }}, self.rows())

    def test_message_that_comes_back_from_a_log(self):
        """With its times as the table keeps them, once, and never again."""
        record = {
            'id': '019b796d-d8bc-7000-8000-000000000000',
            'project_id': base.PROJECT, 'event_id': '000002', 'action_id': '',
            'detail_id': '', 'message_level': 'ERROR', 'resource_type': '',
            'resource_uuid': '', 'request_id': '',
            'created_at': '2026-01-01T12:00:00.700000+00:00',
            'expires_at': '2026-01-31T12:00:00.700000+00:00'}

        told = [self.api.restore(record).name]
        self.api.delete(self.context(), record['id'])
        told.append(self.api.restore(record).name)

        self.assertEqual(['STORED', 'THERE'], told)
        self.assertEqual([], self.found())
        [row] = self.rows().values()
        self.assertEqual(
            (datetime.datetime(2026, 1, 1, 12),
             datetime.datetime(2026, 1, 31, 12), None, True),
            (row['created_at'], row['expires_at'], row['action_id'],
             bool(row['deleted'])))

    def test_empty_columns_of_an_old_message(self):
        """It has an event ID only, and a time to live from its creation."""
        message_id = self.old()

        self.assertEqual({
            'id': message_id, 'project_id': base.PROJECT,
            'event_id': 'VOLUME_000002', 'action_id': '', 'detail_id': '',
            'message_level': 'ERROR', 'resource_type': '',
            'resource_uuid': '', 'request_id': '',
            'created_at': datetime.datetime(2026, 1, 1, 12),
            'expires_at': datetime.datetime(2026, 1, 31, 12),
        }, self.api.get(self.context(), message_id))

    def test_deleted_messages_are_not_there(self):
        """Nor are those of other projects, or past their time."""
        self.old(deleted=True)
        self.old(project_id=base.OTHER)
        self.old(expires_at=NOON - DAY)
        self.old(created_at=NOON - 31 * DAY)
        visible = {self.old(), self.old(created_at=NOON - 29 * DAY,
                                        action_id=''), self.new()}

        self.assertEqual(visible, set(self.found()))

    def test_deleted_message_is_marked(self):
        """``cinder-manage db purge`` removes it in its time."""
        message_id, other_id = self.old(), self.old(project_id=base.OTHER)

        self.api.delete(self.context(), message_id)

        self.assertRaises(exception.MessageNotFound, self.api.get,
                          self.context(), message_id)
        for gone in (message_id, other_id):
            self.assertRaises(exception.MessageNotFound, self.api.delete,
                              self.context(), gone)
        rows = self.rows()
        self.assertIs(True, rows[message_id]['deleted'])
        self.assertIsNotNone(rows[message_id]['deleted_at'])
        self.assertIs(False, rows[other_id]['deleted'])

    def test_expired_messages_are_removed(self):
        """Deleted ones too, and those without a time of their own."""
        for values in ({'expires_at': NOON - DAY},
                       {'created_at': NOON - 31 * DAY},
                       {'expires_at': NOON - DAY, 'deleted': True}):
            self.old(**values)
        left = {self.old(), self.old(deleted=True), self.new()}

        self.assertEqual(
            3, self.api.cleanup_expired_messages(self.context()))
        self.assertEqual(left, set(self.rows()))

    def test_walk(self):
        """Each message comes once, old and new ones, in every order."""
        for number in range(4):
            self.old(created_at=NOON.replace(microsecond=0) - number * SECOND,
                     resource_uuid=[None, base.RESOURCE][number % 2],
                     expires_at=[None, NOON + DAY][number // 2])
            self.new(resource_uuid=base.RESOURCE)
            self.new()
            self.clock.advance_time_delta(-SECOND / 4)
        self.clock.advance_time_delta(SECOND)
        for keys in ([], ['resource_uuid'], ['expires_at'], ['event_id'],
                     ['id']):
            for everywhere in (False, True):
                with self.subTest(keys=keys, everywhere=everywhere):
                    whole = self.found(sort_keys=keys,
                                       all_projects=everywhere)
                    walked, page = [], [None]
                    while page and len(walked) <= len(whole):
                        page = self.found(
                            marker=page[-1], limit=1, sort_keys=keys,
                            all_projects=everywhere)
                        walked += page

                    self.assertEqual(12, len(set(whole)))
                    self.assertEqual(whole, walked)

    def test_newest_comes_first(self):
        """Also where the table keeps whole seconds only."""
        expected = []
        for number in range(3):
            expected.insert(0, self.old(
                created_at=NOON.replace(microsecond=0) + number * SECOND))

        self.clock.advance_time_delta(3 * SECOND)
        expected.insert(0, self.new())

        self.assertEqual(expected, self.found())
        self.assertEqual(expected, self.found(all_projects=True))
        self.assertEqual(expected[1:3], self.found(
            filters={'created_since': NOON, 'created_before': NOON + 2 * SECOND
                     }, all_projects=True))

    def test_each_byte_of_a_project_counts(self):
        """Also where the table was made with a collation that ignores case.
        """
        look_alikes = ('ABC', 'abc ', 'äbc', 'abc', 'Abc')
        mine = [self.old(project_id=project_id, created_at=NOON - SECOND)
                for project_id in look_alikes * 3][3::5]
        context = self.context('abc')
        walked, page = [], [None]
        while page and len(walked) < 9:
            page = [message['id'] for message in self.api.get_all(
                context, marker=page[-1], limit=1)]
            walked += page

        self.assertEqual(sorted(mine), sorted(walked))
        for project_id in look_alikes:
            self.assertEqual(3, len(self.api.get_all(
                self.context(project_id))))
        for message_id in self.rows().keys() - {*mine}:
            for action in (self.api.get, self.api.delete):
                self.assertRaises(exception.MessageNotFound, action, context,
                                  message_id)
        self.api.delete(context, mine[0])

    def test_row_without_any_time(self):
        """It is not shown, and breaks nothing."""
        self.old(created_at=None, expires_at=None)
        end = datetime.datetime(2026, 1, 2, 12)
        dated = self.old(created_at=None, expires_at=end)

        [found] = self.api.get_all(self.context())

        self.assertEqual((dated, end), (found['id'], found['created_at']))

    def test_filters(self):
        """Empty text is what NULL stands for."""
        bare = self.old()
        full = self.old(resource_uuid=base.RESOURCE, resource_type='VOLUME')

        self.assertEqual([full], self.found({'resource_uuid': base.RESOURCE,
                                             'resource_type': 'volume'}))
        self.assertEqual([full], self.found({'resource_uuid~': '54a7'}))
        self.assertEqual([bare], self.found({'resource_uuid': ''}))


class LayoutTest(base.TestCase):

    def test_columns_that_are_missing(self):
        """The start of the host says so, and not its first user."""
        bare = sqlalchemy.Table('messages', sqlalchemy.MetaData(), *[
            sqlalchemy.Column(column.name, sqlalchemy.String(9))
            for column in models.MESSAGES.columns
            if column.name not in ('event_id', 'resource_uuid')])

        for options, expected in (
                ({}, 'event_id, resource_uuid'),
                ({'names': {'resource_uuid': 'resource_id',
                            'event_id': 'id'}}, 'resource_id'),
                ({'names': {'resource_uuid': 'id', 'event_id': 'id'},
                  'alive': {'deleted': False}}, 'deleted'),
                ({'names': {'resource_uuid': 'id', 'event_id': 'id'},
                  'deletion': lambda now: {'gone': now}}, 'gone')):
            with self.subTest(expected=expected):
                error = self.assertRaises(
                    exception.ConfigurationError, models.Layout, bare,
                    **options)

                self.assertEqual(
                    f'The table messages has no column {expected}.',
                    str(error))

    def test_removal_compares_bytes(self):
        """Also where somebody has changed the collation of our table."""
        statement = models.OWN.delete(
            base.RESOURCE, datetime.datetime(2026, 1, 1), 'abc', 1)

        self.assertIn(
            'CAST(CONVERT(user_messages.project_id USING utf8mb4) AS BINARY)',
            str(statement.compile(dialect=mysql.dialect())))

    def test_expression_that_tells_what_is_alive(self):
        """It could not be stored with a new message."""
        self.assertRaises(exception.ConfigurationError, models.Layout,
                          CINDER.table, alive={'deleted': sqlalchemy.false()})

    def test_names_that_can_not_be(self):
        """Two values do not fit in one column."""
        for names in ({'resource_uuid': 'request_id'}, {'colour': 'id'}):
            with self.subTest(names=names):
                self.assertRaises(exception.ConfigurationError, models.Layout,
                                  CINDER.table, names=names)


class NamesTest(database.DatabaseTestCase):

    def test_other_name_and_no_mark(self):
        """Manila calls a column otherwise; a host may remove its rows."""
        columns = [
            sqlalchemy.Column('resource_id' if column.name == 'resource_uuid'
                              else column.name, column.type)
            for column in models.MESSAGES.columns]
        host = sqlalchemy.Table('messages', sqlalchemy.MetaData(), *columns)
        host.create(self.connect().engine)
        db = db_api.Connection(self.conf, layout=models.Layout(
            host, names={'resource_uuid': 'resource_id'}))
        self.addCleanup(db.close)
        message = database.store(db, resource_uuid=base.OTHER_RESOURCE)

        [found] = db.message_get_all(
            base.PROJECT, {'resource_uuid': base.OTHER_RESOURCE},
            sort_keys=['resource_uuid'])
        db.message_destroy(base.PROJECT, message['id'])

        self.assertEqual(message['id'], found['id'])
        self.assertEqual(base.OTHER_RESOURCE, found['resource_uuid'])
        self.assertEqual([], self.connect().execute(host.select()).all())
