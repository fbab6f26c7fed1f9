# SPDX-License-Identifier: Apache-2.0

import datetime
import uuid

import ddt
from oslo_db import exception as db_exception
from oslo_utils import fixture as utils_fixture
from oslo_utils import timeutils
import sqlalchemy
from sqlalchemy.dialects import mysql

from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages.db import models
from usermessages.db import purge as db_purge
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages.tests import base
from usermessages.tests import database

NOON = datetime.datetime(2026, 1, 1, 12, 0, 0, 700000)
SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


def table(*columns, sqlite_collation=None, postgresql_collation=None):
    """Return a table as Cinder has it."""
    def text(length):
        return sqlalchemy.String(length).with_variant(
            sqlalchemy.String(length, collation=sqlite_collation), 'sqlite',
        ).with_variant(sqlalchemy.String(
            length, collation=postgresql_collation), 'postgresql')

    return sqlalchemy.Table(
        'messages', sqlalchemy.MetaData(),
        sqlalchemy.Column('created_at', sqlalchemy.DateTime),
        sqlalchemy.Column('updated_at', sqlalchemy.DateTime),
        sqlalchemy.Column('deleted_at', sqlalchemy.DateTime),
        sqlalchemy.Column('deleted', sqlalchemy.Boolean),
        sqlalchemy.Column('id', text(36), primary_key=True),
        sqlalchemy.Column('project_id', text(255), nullable=False),
        sqlalchemy.Column('message_level', text(255), nullable=False),
        sqlalchemy.Column('request_id', text(255)),
        sqlalchemy.Column('resource_type', text(36)),
        sqlalchemy.Column('resource_uuid', text(255)),
        sqlalchemy.Column('event_id', text(255), nullable=False),
        sqlalchemy.Column('detail_id', text(10)),
        sqlalchemy.Column('action_id', text(10)),
        sqlalchemy.Column('expires_at', sqlalchemy.DateTime), *columns,
        mysql_collate='utf8mb4_general_ci', mysql_charset='utf8mb4',
        mariadb_collate='utf8mb4_general_ci', mariadb_charset='utf8mb4')


def cinder(*columns, **collations):
    """Return the mapping of a table as Cinder has it."""
    return db_table_mapping.TableMapping(
        table(*columns, **collations), live_values={'deleted': False},
        soft_delete_values=lambda now: {'deleted': True, 'deleted_at': now})


CINDER = cinder()
# The collation of ICU: letters with accents and in the other case are equal.
IGNORES_CASE = ("CREATE COLLATION ignores_case (provider = icu, "
                "locale = 'und-u-ks-level1', deterministic = false)")


class MappedTestCase(database.DatabaseTestCase):
    """A test with a table of a service, and an API that uses it."""

    TABLE_MAPPING = CINDER

    def setUp(self):
        super().setUp()
        self.clock = self.useFixture(utils_fixture.TimeFixture(NOON))
        self.url = self.make_empty_database()
        self.set(self.conf, user_messages__connection=self.url)
        self.api = message_api.API(self.conf, table_mapping=self.TABLE_MAPPING)
        self.addCleanup(self.api.db.close)
        self.engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(self.engine.dispose)
        if self.engine.dialect.name == 'postgresql':
            with self.engine.begin() as connection:
                connection.exec_driver_sql(IGNORES_CASE)
        self.TABLE_MAPPING.table.create(self.engine)

    def old(self, **values):
        """Store a row as Cinder would; return its ID."""
        row = {'id': str(uuid.uuid4()), 'project_id': base.PROJECT,
               'created_at': NOON.replace(microsecond=0), 'deleted': False,
               'event_id': 'VOLUME_000002', 'message_level': 'ERROR',
               **values}
        with self.engine.begin() as connection:
            connection.execute(self.TABLE_MAPPING.table.insert().values(**row))
        return row['id']

    def new(self, **values):
        """Record a message; return its ID."""
        return self.api.create(self.context(), '000002', **values)

    def as_stored(self, timestamp):
        """Return a time as DATETIME without a precision stores it."""
        return (timestamp.replace(microsecond=0)
                if self.engine.dialect.name == 'mysql' else timestamp)

    def rows(self):
        with self.engine.connect() as connection:
            return {row['id']: dict(row) for row in connection.execute(
                self.TABLE_MAPPING.table.select()).mappings()}

    def found(self, *args, **values):
        return [message['id'] for message
                in self.api.get_all(self.context(), *args, **values)]


@database.on_each
@ddt.ddt
class CinderTest(MappedTestCase):
    """Messages in the table that Cinder has, with its rows in it."""

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
            'created_at': self.as_stored(NOON),
            'expires_at': self.as_stored(NOON + 30 * DAY),
            'updated_at': None, 'deleted_at': None, 'deleted': False,
        }}, self.rows())

    def test_message_that_comes_back_from_a_log(self):
        """Operators recover a message once, with the times of the table."""
        record = {
            'id': '019b796d-d8bc-7000-8000-000000000000',
            'project_id': base.PROJECT, 'event_id': '000002', 'action_id': '',
            'detail_id': '', 'message_level': 'ERROR', 'resource_type': '',
            'resource_uuid': '', 'request_id': '',
            'global_request_id': base.GLOBAL_REQUEST, 'parameters': '',
            'created_at': '2026-01-01T12:00:00.700000+00:00',
            'expires_at': '2026-01-31T12:00:00.700000+00:00'}

        told = [self.api.recover(record).name]
        self.api.delete(self.context(), record['id'])
        told.append(self.api.recover(record).name)

        self.assertEqual(['STORED', 'ALREADY_EXISTS'], told)
        self.assertEqual([], self.found())
        [row] = self.rows().values()
        self.assertEqual(
            (self.as_stored(NOON), self.as_stored(NOON + 30 * DAY), None,
             True),
            (row['created_at'], row['expires_at'], row['action_id'],
             bool(row['deleted'])))

    def test_empty_columns_of_an_old_message(self):
        """Old messages have only an event ID, and a TTL from their creation.
        """
        message_id = self.old()

        self.assertEqual({
            'id': message_id, 'project_id': base.PROJECT,
            'event_id': 'VOLUME_000002', 'action_id': '', 'detail_id': '',
            'message_level': 'ERROR', 'resource_type': '',
            'resource_uuid': '', 'request_id': '', 'global_request_id': '',
            'parameters': '',
            'created_at': datetime.datetime(2026, 1, 1, 12),
            'expires_at': datetime.datetime(2026, 1, 31, 12),
        }, self.api.get(self.context(), message_id))

    def test_global_request_id_has_no_column(self):
        """The value is not stored, and the filter finds no message."""
        context = self.context(global_request_id=base.GLOBAL_REQUEST)
        message_id = self.api.create(context, '000002')

        message = self.api.get(context, message_id)
        found = self.found({'global_request_id': base.GLOBAL_REQUEST})

        self.assertEqual('', message['global_request_id'])
        self.assertEqual([], found)

    def test_groups(self):
        """IDs of the table have no order, and deleted rows do not count."""
        expected = []
        for seconds, event_id, count in ((0, 'VOLUME_1', 3),
                                         (9, 'VOLUME_2', 2)):
            ids = [self.old(
                event_id=event_id, resource_uuid=str(number % 2) or None,
                created_at=NOON.replace(microsecond=0)
                - (seconds + number // 2) * SECOND)
                for number in range(count)]
            expected.append((event_id, count, 2, max(ids[:2])))
        self.old(event_id='VOLUME_2', deleted=True)
        self.old(event_id='VOLUME_2', project_id=base.OTHER)
        self.old(event_id='VOLUME_3', created_at=NOON - 31 * DAY)

        groups, is_truncated = self.api.get_groups(self.context())

        self.assertEqual(expected, [
            (group['event_id'], group['count'], group['resources'],
             group['latest_id']) for group in groups])
        self.assertEqual(('ERROR', '', '', ''), tuple(
            groups[0][name] for name in ('message_level', 'resource_type',
                                         'action_id', 'detail_id')))
        self.assertEqual(datetime.datetime(2026, 1, 1, 12),
                         groups[0]['last_at'])
        self.assertEqual(datetime.datetime(2026, 1, 1, 11, 59, 59),
                         groups[0]['first_at'])
        self.assertIs(False, is_truncated)

    def test_deleted_messages_are_not_there(self):
        """Messages of other projects and expired messages stay hidden."""
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
        """The purge includes deleted rows and rows without an expiry."""
        for values in ({'expires_at': NOON - DAY},
                       {'created_at': NOON - 31 * DAY},
                       {'expires_at': NOON - DAY, 'deleted': True}):
            self.old(**values)
        left = {self.old(), self.old(deleted=True), self.new()}

        self.assertEqual(
            3, self.api.cleanup_expired_messages(self.context()))
        self.assertEqual(left, set(self.rows()))

    @ddt.named_data(
        ['time', []], ['resource', ['resource_uuid']],
        ['expiry', ['expires_at']], ['event', ['event_id']], ['id', ['id']])
    def test_walk(self, keys):
        """Each message comes once, old and new ones, in every order."""
        for number in range(4):
            self.old(created_at=NOON.replace(microsecond=0) - number * SECOND,
                     resource_uuid=[None, base.RESOURCE][number % 2],
                     expires_at=[None, NOON + DAY][number // 2])
            self.new(resource_uuid=base.RESOURCE)
            self.new()
            self.clock.advance_time_delta(-SECOND / 4)
        self.clock.advance_time_delta(SECOND)

        for all_projects in (False, True):
            whole = self.found(sort_keys=keys, all_projects=all_projects)
            walked, page = [], [None]
            while page and len(walked) <= len(whole):
                page = self.found(marker=page[-1], limit=1, sort_keys=keys,
                                  all_projects=all_projects)
                walked += page

            self.assertEqual(12, len(set(whole)))
            self.assertEqual(whole, walked, all_projects)

    def test_newest_comes_first(self):
        """The table may store whole seconds only."""
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
        """The table may have a collation that ignores case."""
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
        """Users do not see a row without any time, and read no error."""
        self.old(created_at=None, expires_at=None)
        end = datetime.datetime(2026, 1, 2, 12)
        dated = self.old(created_at=None, expires_at=end)

        [found] = self.api.get_all(self.context())

        self.assertEqual((dated, end), (found['id'], found['created_at']))

    def test_times_that_cannot_be_read(self):
        """Users see an unreadable time as the earliest time, not an error."""
        fine = self.old()
        unreadable = [self.old(resource_uuid=base.RESOURCE,
                               expires_at=NOON + DAY) for _bad in self.BAD]
        for message_id, bad in zip(unreadable, self.BAD):
            self.spoil(message_id, created_at=bad)
        endless = self.old()
        self.spoil(endless, expires_at=self.ENDLESS)

        for scope in (base.PROJECT, database.ALL_PROJECTS):
            found = {message['id']: message for message
                     in self.api.db.message_get_all(scope)}
            self.assertEqual({fine, endless, *unreadable}, {*found})
            for message_id in unreadable:
                self.assertEqual(datetime.datetime(1, 1, 1),
                                 found[message_id]['created_at'])
            self.assertEqual(9999, found[endless]['expires_at'].year)
        self.assertEqual(
            found[unreadable[0]], self.api.get(self.context(), unreadable[0]))
        self.assertEqual(1, self.log.output.count('invalid time'))
        walked, page = [], [None]
        while page and len(walked) < 9:
            page = self.found(limit=1, marker=page[-1])
            walked += page
        self.assertEqual({fine, endless, *unreadable}, {*walked})
        self.assertEqual(len(found), len(walked))
        self.api.delete(self.context(), unreadable[0])

    @property
    def BAD(self):
        return {'sqlite': ['infinity', '20000-01-01 00:00:00.000000'],
                'mysql': ['0000-00-00 00:00:00', '2026-02-00 00:00:00'],
                'postgresql': ['infinity', '-infinity', '20000-01-01']}[
                    self.engine.dialect.name]

    @property
    def ENDLESS(self):
        return {'sqlite': 'infinity', 'mysql': '9999-12-31 23:59:59',
                'postgresql': 'infinity'}[self.engine.dialect.name]

    def spoil(self, message_id, **values):
        """Store values of a service, independent of the mode of the server."""
        [(name, value)] = values.items()
        with self.engine.begin() as connection:
            if self.engine.dialect.name == 'mysql':
                connection.exec_driver_sql("SET SESSION sql_mode = ''")
            connection.exec_driver_sql(
                f"UPDATE messages SET {name} = '{value}'"
                f" WHERE id = '{message_id}'")
            if self.engine.dialect.name == 'mysql':
                connection.exec_driver_sql('SET SESSION sql_mode = DEFAULT')

    def test_marker_that_is_deleted(self):
        """Users can continue a list after the deletion of the marker."""
        message_ids = [self.old(created_at=NOON - number * SECOND,
                                event_id=f'00000{number}')
                       for number in range(4)]
        self.api.delete(self.context(), message_ids[1])
        [expired] = [self.old(created_at=NOON - SECOND,
                              expires_at=NOON - SECOND)]

        for marker in (message_ids[1], expired):
            self.assertEqual(message_ids[2:], self.found(marker=marker))
        self.assertEqual(message_ids[2:], self.found(
            marker=message_ids[1], sort_keys=['event_id'],
            sort_dirs=['asc']))
        self.assertEqual(message_ids[2:], self.found(
            marker=message_ids[1], all_projects=True))
        self.assertRaises(
            exception.MessageNotFound, self.api.get_all,
            self.context(base.OTHER), marker=message_ids[1])

    def test_filters(self):
        """Users find NULL with an empty text."""
        bare = self.old()
        full = self.old(resource_uuid=base.RESOURCE, resource_type='VOLUME')

        self.assertEqual([full], self.found({'resource_uuid': base.RESOURCE,
                                             'resource_type': 'volume'}))
        self.assertEqual([full], self.found({'resource_uuid~': '54a7'}))
        self.assertEqual([bare], self.found({'resource_uuid': ''}))


@database.on_each
class CaseTest(CinderTest):
    """The same in a table whose text does not distinguish cases."""

    TABLE_MAPPING = cinder(sqlite_collation='NOCASE',
                           postgresql_collation='ignores_case')

    def test_purge_of_one_project(self):
        """Projects with similar IDs keep their expired messages."""
        for project_id in ('abc', 'ABC'):
            self.old(project_id=project_id, expires_at=NOON - DAY)

        counted = db_purge.count_expired_messages(self.api.db, 'abc')
        removed = [batch.rows for batch
                   in db_purge.cleanup_expired_messages(self.api.db, 'abc')]

        self.assertEqual((1, [1]), (counted, removed))
        self.assertEqual(['ABC'], [row['project_id'] for row
                                   in self.rows().values()])


class BlanksTest(CinderTest):
    """The same in a table of SQLite that ignores blanks at the end."""

    TABLE_MAPPING = cinder(sqlite_collation='RTRIM')


@database.on_each
class UniqueTest(MappedTestCase):
    """A table with a constraint in addition to its primary key."""

    TABLE_MAPPING = cinder(
        sqlalchemy.Column('note', sqlalchemy.Integer, default=1,
                          unique=True))

    def setUp(self):
        super().setUp()
        self.taken = self.old()
        self.apis = [self.api, message_api.API(
            self.conf, table_mapping=self.TABLE_MAPPING,
            engine=lambda: self.engine)]

    def lose_once(self, api):
        """Let the first statement lose to another transaction."""
        errors = [db_exception.DBDeadlock()]

        @sqlalchemy.event.listens_for(api.db.executor.engine(), 'do_execute')
        def lose(*_args):
            if errors:
                raise errors.pop()

    def test_message_that_is_not_stored_has_no_id(self):
        """Callers receive no ID, even after a deadlock, which may hide a
        commit.
        """
        for api in self.apis:
            self.lose_once(api)

            self.assertIsNone(api.create(self.context(), '000002'))

        self.assertEqual(1, len(self.rows()))
        self.assertIn('Could not store the user message', self.log.output)

    def test_message_that_cannot_be_recovered(self):
        """Operators do not read that the message already exists."""
        message = {**self.api.get(self.context(), self.taken),
                   'id': str(uuid.uuid4())}

        for api in self.apis:
            self.assertRaises(exception.DatabaseError,
                              api.db.message_recover, message)

        self.assertEqual(1, len(self.rows()))


UNKNOWN = catalog.Detail('001', 'an unknown error occurred.')


def manila(**fraction):
    """Return the mapping of a table as Manila has it."""
    time = sqlalchemy.DateTime().with_variant(
        mysql.DATETIME(**fraction), 'mysql', 'mariadb')
    return db_table_mapping.TableMapping(
        sqlalchemy.Table(
            'messages', sqlalchemy.MetaData(),
            sqlalchemy.Column('id', sqlalchemy.String(36), primary_key=True),
            sqlalchemy.Column('project_id', sqlalchemy.String(255),
                              nullable=False),
            sqlalchemy.Column('request_id', sqlalchemy.String(255)),
            sqlalchemy.Column('resource_type', sqlalchemy.String(255)),
            sqlalchemy.Column('resource_id', sqlalchemy.String(36)),
            sqlalchemy.Column('action_id', sqlalchemy.String(10),
                              nullable=False),
            sqlalchemy.Column('detail_id', sqlalchemy.String(10)),
            sqlalchemy.Column('message_level', sqlalchemy.String(255),
                              nullable=False),
            sqlalchemy.Column('expires_at', time),
            sqlalchemy.Column('created_at', time),
            sqlalchemy.Column('deleted_at', time),
            sqlalchemy.Column('deleted', sqlalchemy.String(36)),
            mysql_charset='utf8mb4', mariadb_charset='utf8mb4'),
        names={'resource_uuid': 'resource_id'},
        live_values={'deleted': 'False'},
        soft_delete_values=lambda now: {'deleted': 'True', 'deleted_at': now},
        event_id_prefix='SHARE')


@database.on_each
class ComposedEventIdTest(MappedTestCase):
    """Messages in the table that Manila has, without event IDs."""

    TABLE_MAPPING = manila(fsp=6)
    CATALOG = catalog.Catalog(
        'SHARE', events=[catalog.Event('SHARE_000001', 'An error occurred.')],
        unknown_error='SHARE_000001',
        actions=[catalog.Action('001', 'Creating the share')],
        details=[catalog.Detail('002', 'no host has room.'),
                 UNKNOWN],
        unknown_detail=UNKNOWN, resource_types=['SHARE'])

    def setUp(self):
        super().setUp()
        self.api = message_api.API(self.conf, catalog=self.CATALOG,
                                   table_mapping=self.TABLE_MAPPING)
        self.addCleanup(self.api.db.close)

    def new(self, **values):
        return self.api.create(
            self.context(), action='001', detail='002', **values)

    def test_event_id_is_composed_when_it_is_read(self):
        """Users read the text, and filter by the ID."""
        of_share, of_nothing = self.new(resource_type='SHARE'), self.new()

        self.assertEqual(
            {of_share: 'SHARE_SHARE_001_002', of_nothing: 'SHARE_001_002'},
            {message['id']: message['event_id']
             for message in self.api.get_all(self.context())})
        for event_id, expected in (
                ('SHARE_SHARE_001_002', [of_share]),
                ('SHARE_001_002', [of_nothing]), ('SHARE_001', [])):
            self.assertEqual(expected, self.found({'event_id': event_id}))
        self.assertEqual([of_share], self.found({'event_id~': 'SHARE_SHARE'}))
        self.assertEqual(
            [('SHARE_001_002', 1), ('SHARE_SHARE_001_002', 1)],
            sorted((group['event_id'], group['count'])
                   for group in self.api.get_groups(self.context())[0]))
        self.assertEqual(
            [of_nothing, of_share],
            self.found(sort_keys=['event_id'], sort_dirs=['asc']))

    def test_row_without_a_detail(self):
        """Earlier releases stored no detail for some failures."""
        message_id = str(uuid.uuid4())
        with self.engine.begin() as connection:
            connection.execute(self.TABLE_MAPPING.table.insert().values(
                id=message_id, project_id=base.PROJECT, deleted='False',
                action_id='001', message_level='ERROR', created_at=NOON))

        self.assertEqual('SHARE_001', self.api.get(
            self.context(), message_id)['event_id'])

    def test_unknown_error_has_no_event_id(self):
        """Users read the text of the unknown error."""
        message_id = self.api.create(self.context(), 'typo')

        self.assertEqual('', self.api.get(
            self.context(), message_id)['event_id'])
        self.assertEqual('An error occurred.', self.CATALOG.text(''))

    def test_microseconds_are_kept(self):
        """A column with microseconds orders the messages of a second."""
        self.new()

        [row] = self.rows().values()

        self.assertEqual((NOON, NOON + 30 * DAY),
                         (row['created_at'], row['expires_at']))

    def test_message_is_soft_deleted(self):
        message_id = self.new()

        self.api.delete(self.context(), message_id)

        self.assertEqual([], self.found())
        self.assertEqual('True', self.rows()[message_id]['deleted'])

    def test_page_after_a_deleted_message(self):
        """The times of the table and of the ID of the marker agree."""
        made = []
        for _i in range(3):
            made.append(self.new())
            self.clock.advance_time_delta(datetime.timedelta(milliseconds=1))
        first, second, third = made
        self.api.delete(self.context(), second)

        self.assertEqual([first], self.found(marker=second))
        self.assertEqual([third, first], self.found())


@database.on_each
class ChangedCollationTest(database.DatabaseTestCase):
    """The default table, with a collation changed by an operator."""

    CHANGES = {
        'sqlite': (
            'PRAGMA writable_schema = 1',
            "UPDATE sqlite_master SET sql = replace(sql, "
            "'project_id VARCHAR(255)', "
            "'project_id VARCHAR(255) COLLATE NOCASE')"),
        'mysql': ('ALTER TABLE user_messages CONVERT TO CHARACTER SET '
                  'utf8mb4 COLLATE utf8mb4_general_ci',),
        'postgresql': (
            IGNORES_CASE, 'ALTER TABLE user_messages ALTER project_id '
            'TYPE varchar(255) COLLATE ignores_case'),
    }

    def setUp(self):
        super().setUp()
        self.url = self.make_empty_database()
        migration.sync_url(self.url)
        self.set(self.conf, user_messages__connection=self.url)
        connection = self.connect()
        for statement in self.CHANGES[connection.dialect.name]:
            connection.exec_driver_sql(statement)
        connection.commit()
        connection.close()

    def test_other_projects_are_invisible(self):
        """Projects with similar IDs stay separate with any collation."""
        mine = self.message(project_id='abc')
        other = self.message(project_id='ABC')

        self.assertEqual([mine], self.db.message_get_all('abc'))
        self.assertEqual(mine, self.db.message_get('abc', mine['id']))
        for call in (self.db.message_get, self.db.message_destroy):
            self.assertRaises(exception.MessageNotFound, call, 'abc',
                              other['id'])
        self.assertRaises(
            exception.MessageNotFound, self.db.message_get_all, 'abc',
            marker=other['id'], sort_keys=['event_id'])
        self.assertEqual(2, len(self.stored()))

    def test_change_is_one(self):
        """Without this test, the collation could be unchanged."""
        self.message(project_id='ABC')

        self.assertEqual(1, self.connect().execute(sqlalchemy.text(
            "SELECT count(*) FROM user_messages WHERE project_id = 'abc'",
        )).scalar_one())


@database.on_each
class DefaultTableTest(database.DatabaseTestCase):

    def test_message_expires_at_its_time(self):
        """A message is readable until the time that users read."""
        now = timeutils.utcnow()
        self.message(created_at=now - 2 * DAY, expires_at=now)
        live = self.message(created_at=now - 2 * DAY,
                            expires_at=now + DAY)['id']

        batches = list(db_purge.cleanup_expired_messages(
            self.db, base.PROJECT))

        self.assertEqual((1, [live]), (
            len(batches), [row['id'] for row in self.stored()]))


@ddt.ddt
class TableMappingTest(base.TestCase):

    @ddt.named_data(
        ['two', {}, 'event_id, resource_uuid'],
        ['another name', {'names': {'resource_uuid': 'resource_id',
                                    'event_id': 'id'}}, 'resource_id'],
        ['live values', {'names': {'resource_uuid': 'id', 'event_id': 'id'},
                         'live_values': {'deleted': False}}, 'deleted'],
        ['soft delete', {'names': {'resource_uuid': 'id', 'event_id': 'id'},
                         'soft_delete_values': lambda now: {'gone': now}},
         'gone'])
    def test_columns_that_are_missing(self, options, expected):
        """The service fails at its start, not at its first request."""
        bare = sqlalchemy.Table('messages', sqlalchemy.MetaData(), *[
            sqlalchemy.Column(column.name, sqlalchemy.String(9))
            for column in models.MESSAGES.columns
            if column.name not in ('event_id', 'resource_uuid')])

        error = self.assertRaises(
            exception.ConfigurationError, db_table_mapping.TableMapping,
            bare, **options)

        self.assertEqual(f'The table messages has no column {expected}.',
                         str(error))

    def test_removal_compares_bytes(self):
        """An operator may have changed the collation of the default table."""
        statement = db_table_mapping.DEFAULT_TABLE.delete(
            base.RESOURCE, datetime.datetime(2026, 1, 1), 'abc', 1)

        self.assertIn(
            'CAST(CONVERT(user_messages.project_id USING utf8mb4) AS BINARY)',
            str(statement.compile(dialect=mysql.dialect())))

    def test_expression_that_tells_what_is_alive(self):
        """The expression could not be stored with a new message."""
        self.assertRaises(exception.ConfigurationError,
                          db_table_mapping.TableMapping, CINDER.table,
                          live_values={'deleted': sqlalchemy.false()})

    @ddt.named_data(['same column', {'resource_uuid': 'request_id'}],
                    ['unknown column', {'colour': 'id'}])
    def test_names_that_cannot_be(self, names):
        """Two values do not fit in one column."""
        self.assertRaises(exception.ConfigurationError,
                          db_table_mapping.TableMapping,
                          CINDER.table, names=names)


class NamesTest(database.DatabaseTestCase):

    def test_other_name_and_no_mark(self):
        """Manila names a column differently; a service may delete its rows."""
        columns = [
            sqlalchemy.Column('resource_id' if column.name == 'resource_uuid'
                              else column.name, column.type)
            for column in models.MESSAGES.columns]
        host = sqlalchemy.Table('messages', sqlalchemy.MetaData(), *columns)
        host.create(self.connect().engine)
        mapping = db_table_mapping.TableMapping(
            host, names={'resource_uuid': 'resource_id'})
        db = db_api.Connection(self.conf, table_mapping=mapping)
        self.addCleanup(db.close)
        message = database.store(db, resource_uuid=base.OTHER_RESOURCE)

        [found] = db.message_get_all(
            base.PROJECT, {'resource_uuid': base.OTHER_RESOURCE,
                           'global_request_id': base.GLOBAL_REQUEST},
            sort_keys=['resource_uuid'])
        db.message_destroy(base.PROJECT, message['id'])

        self.assertEqual(message['id'], found['id'])
        self.assertEqual(base.OTHER_RESOURCE, found['resource_uuid'])
        self.assertEqual([], self.connect().execute(host.select()).all())
