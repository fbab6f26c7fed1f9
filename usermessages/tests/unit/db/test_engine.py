# SPDX-License-Identifier: Apache-2.0

import socket
import sys
import threading
import time

import fixtures
import psycopg
import pymysql
import sqlalchemy
from sqlalchemy import pool

from usermessages.db import engine
from usermessages.db import timeouts
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database

MARIADB = 'mysql+pymysql://alice:s3cret@127.0.0.1:1/messages'
POSTGRESQL = 'postgresql+psycopg2://alice:s3cret@127.0.0.1:1/messages'


def connect_args(url, timeout_seconds=2.0):
    """Return what the driver would be given."""
    made = engine.make_engine(url, timeout_seconds, 1)
    _args, from_url = made.dialect.create_connect_args(made.url)
    return {**from_url, **timeouts.connect_args(made.url, timeout_seconds)}


class MakeUrlTest(base.TestCase):

    def assertRefused(self, expected, url):
        error = self.assertRaises(exception.ConfigurationError,
                                  engine.make_url, url)
        self.assertEqual(expected, str(error))

    def test_what_is_no_url_is_refused(self):
        """The line names the option and shows nothing of its value."""
        for url in ('', ' ', 's3cret', 'alice:s3cret@host/messages',
                    '://alice:s3cret@host', 'mysql+pymysql//alice:s3cret@h',
                    'mysql+pymysql://alice:s3cret@host:port/messages',
                    'mysql+pymysql://alice:s3/cret@host:s3cret/x'):
            self.assertRefused(
                '[user_messages]connection is no SQLAlchemy URL, such as '
                'mysql+pymysql://user:password@host/usermessages.', url)

    def test_unknown_database_is_refused(self):
        """As a misspelt name is."""
        self.assertRefused(
            '[user_messages]connection names the driver postgres, which is '
            'not installed.', 'postgres://alice:s3cret@host/messages')
        self.assertRefused(
            '[user_messages]connection names the driver mysql+nonsense, which '
            'is not installed; "pip install PyMySQL" may help.',
            'mysql+nonsense://alice:s3cret@host/messages')

    def test_missing_driver_is_refused(self):
        """The line says what to install."""
        for name in ('pymysql', 'psycopg2'):
            self.useFixture(_Missing(name))

        self.assertRefused(
            '[user_messages]connection names the driver mysql+pymysql, which '
            'is not installed; "pip install PyMySQL" may help.', MARIADB)
        self.assertRefused(
            '[user_messages]connection names the driver postgresql+psycopg2, '
            'which is not installed; "pip install psycopg2-binary" may help.',
            POSTGRESQL)

    def test_parameter_the_driver_does_not_take_is_refused(self):
        """At once, and not with the first message that is lost."""
        for parameter in ('read_timeout=s3cret', 'nonsense=s3cret',
                          'charset=utf8mb4&s3cret=1'):
            self.assertRefused(
                '[user_messages]connection has a parameter that the driver '
                'mysql+pymysql does not take.', f'{MARIADB}?{parameter}')

        self.assertRefused(
            '[user_messages]connection has a parameter that the driver '
            'sqlite does not take.', 'sqlite:////tmp/x?timeout=s3cret')

    def test_timeout_of_zero_is_refused(self):
        """The driver would raise an error of its own at each connection."""
        for name in ('connect_timeout', 'read_timeout', 'write_timeout'):
            self.assertRefused(
                '[user_messages]connection has a parameter that the driver '
                'mysql+pymysql does not take.', f'{MARIADB}?{name}=0')

    def test_charset_is_added(self):
        """Not every driver takes the whole of Unicode by itself."""
        for scheme in ('mysql+pymysql', 'mariadb+pymysql'):
            url = engine.make_url(
                f'{scheme}://alice@host/messages?read_timeout=9')

            self.assertEqual({'read_timeout': '9', 'charset': 'utf8mb4'},
                             dict(url.query))

    def test_charset_of_the_url_stays(self):
        """It was set on purpose."""
        url = engine.make_url('mysql+pymysql://host/messages?charset=utf8')

        self.assertEqual({'charset': 'utf8'}, dict(url.query))

    def test_other_databases_have_no_charset(self):
        """PostgreSQL would refuse to connect."""
        for url in ('sqlite://', 'sqlite:////tmp/x', POSTGRESQL):
            self.assertEqual({}, dict(engine.make_url(url).query))

    def test_password_is_kept(self):
        """With whatever is in it."""
        url = engine.make_url('mysql+pymysql://alice:a%40b%2Fc%25@host/db')

        self.assertEqual('a@b/c%', url.password)


class ConnectArgsTest(base.TestCase):

    def test_pymysql_gets_its_timeouts(self):
        """A quarter to connect, half to run."""
        args = connect_args(MARIADB)

        self.assertEqual((0.5, 1.0, 1.0), (
            args['connect_timeout'], args['read_timeout'],
            args['write_timeout']))

    def test_drivers_of_postgresql_get_their_timeouts(self):
        """Whole seconds to connect, and not less than two."""
        for driver in ('psycopg2', 'psycopg'):
            url = POSTGRESQL.replace('psycopg2', driver)

            args = connect_args(url)
            longer = connect_args(url, 12.5)

            self.assertEqual((2, 1000, '-c statement_timeout=1000'), (
                args['connect_timeout'], args['tcp_user_timeout'],
                args['options']))
            self.assertEqual((4, 6250, '-c statement_timeout=6250'), (
                longer['connect_timeout'], longer['tcp_user_timeout'],
                longer['options']))

    def test_sqlite_gets_its_timeout(self):
        """As long as another process may write."""
        args = connect_args('sqlite:////tmp/messages.sqlite')

        self.assertEqual(1.0, args['timeout'])

    def test_values_of_the_url_have_precedence(self):
        """They were set on purpose."""
        mariadb = connect_args(f'{MARIADB}?connect_timeout=7&read_timeout=8')
        postgresql = connect_args(
            f'{POSTGRESQL}?connect_timeout=7&options=-c+x%3D1')
        sqlite = connect_args('sqlite:////tmp/messages.sqlite?timeout=7')

        self.assertEqual((7, 8, 1.0), (
            mariadb['connect_timeout'], mariadb['read_timeout'],
            mariadb['write_timeout']))
        self.assertEqual(('7', '-c x=1'), (
            postgresql['connect_timeout'], postgresql['options']))
        self.assertEqual(7, sqlite['timeout'])


class LiftedTest(base.TestCase):

    def test_waits_that_a_url_makes_longer_are_named(self):
        """The upgrade check warns of them."""
        for expected, url in (
                ([], MARIADB),
                ([], f'{MARIADB}?connect_timeout=0.5&read_timeout=1'),
                (['connect_timeout', 'read_timeout'],
                 f'{MARIADB}?connect_timeout=1&read_timeout=1.5'),
                ([], f'{POSTGRESQL}?connect_timeout=2&sslmode=disable'),
                # None at all, for libpq.
                (['connect_timeout', 'tcp_user_timeout'],
                 f'{POSTGRESQL}?connect_timeout=0&tcp_user_timeout=0'),
                (['connect_timeout'], f'{POSTGRESQL}?connect_timeout=x'),
                (['options'], f'{POSTGRESQL}?options=-c+x%3D1'),
                (['options'],
                 f'{POSTGRESQL}?options=-c+statement_timeout%3D0'),
                *((['options'],
                   f'{POSTGRESQL}?options=-c+statement_timeout%3D{value}')
                  for value in ('1001', '600000', '10min', '1s', '-1', '')),
                # The last one counts.
                (['options'],
                 f'{POSTGRESQL}?options=-c+statement_timeout%3D500'
                 '+-c+statement_timeout%3D600000'),
                ([], f'{POSTGRESQL}?options=-c+statement_timeout%3D500'),
                ([], f'{POSTGRESQL}?options=-c+statement_timeout%3D1000'),
                (['timeout'], 'sqlite:////tmp/messages.sqlite?timeout=7')):
            self.assertEqual(expected, timeouts.lifted(
                sqlalchemy.make_url(url), 2.0), url)

    def test_driver_without_any_timeout_is_known_as_such(self):
        """Nothing here can put an end to its waits."""
        self.assertEqual([True, True, False], [
            timeouts.knows(sqlalchemy.make_url(url)) for url in (
                MARIADB, f'{POSTGRESQL}?options=x',
                'postgresql+pg8000://127.0.0.1/messages')])


class MakeEngineTest(database.DatabaseTestCase):

    def test_nothing_is_connected_before_use(self):
        """A service starts whether its database is there or not."""
        made = engine.make_engine(MARIADB, 2.0, 10)

        self.assertEqual(0, made.pool.checkedout() + made.pool.checkedin())

    def test_pool_is_bounded(self):
        """In number, and in the time that somebody waits for it."""
        made = engine.make_engine(MARIADB, 2.0, 7)

        self.assertEqual((7, 0, 0.5), (
            made.pool.size(), made.pool._max_overflow, made.pool._timeout))

    def test_values_are_hidden(self):
        """No engine of ours writes a value to a log."""
        for url in (MARIADB, POSTGRESQL, self.url, 'sqlite://'):
            self.assertTrue(
                engine.make_engine(url, 2.0, 1).hide_parameters)

    def test_password_is_not_shown(self):
        """Engines are printed by debuggers and by logs."""
        self.assertNotIn('s3cret', repr(engine.make_engine(MARIADB, 2.0, 1)))

    def test_sqlite_in_memory_is_one_database_for_all_threads(self):
        """Or each thread would find an empty one."""
        for url in ('sqlite://', 'sqlite:///:memory:'):
            made = engine.make_engine(url, 2.0, 10)
            with made.connect() as connection:
                connection.exec_driver_sql('CREATE TABLE t (a INTEGER)')
            counts = []

            def count():
                with made.connect() as connection:
                    counts.append(connection.scalar(
                        sqlalchemy.text('SELECT count(*) FROM t')))

            thread = threading.Thread(target=count)
            thread.start()
            thread.join()
            made.dispose()

            self.assertEqual([0], counts, url)

    def test_sqlite_file_has_no_pool(self):
        """A connection that is kept would hold a file that was replaced."""
        made = engine.make_engine(self.url, 2.0, 10)

        self.assertIsInstance(made.pool, pool.NullPool)


class _Missing(fixtures.Fixture):
    """A module that can not be imported."""

    def __init__(self, name):
        super().__init__()
        self._name = name

    def _setUp(self):
        before = sys.modules.get(self._name)
        self.addCleanup(sys.modules.__setitem__, self._name, before)
        sys.modules[self._name] = None


class ConversionsTest(base.TestCase):

    def test_times_are_those_of_the_driver(self):
        """With a reader of ours that is faster."""
        from pymysql.constants import FIELD_TYPE
        from pymysql import converters
        [(_args, options)] = self.connections()

        for text in ('2026-01-01 12:00:00', '2026-01-01 12:00:00.123456',
                     '0000-00-00 00:00:00', '2026-00-00 00:00:00'):
            with self.subTest(text=text):
                self.assertEqual(converters.convert_datetime(text),
                                 options['conv'][FIELD_TYPE.DATETIME](text))

    def connections(self):
        """Return what PyMySQL is called with."""
        calls = []

        def connect(_connection, *args, **options):
            calls.append((args, options))
            raise pymysql.OperationalError(2003, 'away')

        self.useFixture(fixtures.MonkeyPatch(
            'pymysql.connections.Connection.__init__', connect))
        self.assertRaises(sqlalchemy.exc.OperationalError,
                          engine.make_engine(MARIADB, 2.0, 1).connect)
        return calls


class HandshakeTest(base.TestCase):
    """A connection takes several answers of the server."""

    def test_connection_that_would_be_too_late_is_given_up(self):
        """A statement on it would not start any more."""
        for driver, expected in (
                ('mysql+pymysql', pymysql.OperationalError),
                ('postgresql+psycopg', psycopg.errors.ConnectionTimeout)):
            with self.subTest(driver=driver):
                listener = socket.create_server(('127.0.0.1', 0))
                self.addCleanup(listener.close)
                # A server has half of that to answer, or a quarter.
                silent = engine.make_engine(
                    f'{driver}://alice:s3cret@127.0.0.1:'
                    f'{listener.getsockname()[1]}/messages', 120, 1)
                before = time.monotonic()

                with timeouts.no_statement_after(before + 0.2):
                    error = self.assertRaises(
                        sqlalchemy.exc.OperationalError, silent.connect)

                self.assertIsInstance(error.orig, expected)
                self.assertLess(time.monotonic() - before, 20)


@database.only_on(database.MySQLFixture)
class HandshakeOfTest:

    def test_answers_have_their_time_again_once_connected(self):
        """A statement that starts in time has as long as it may take."""
        made = engine.make_engine(self.url, 120, 1)
        self.addCleanup(made.dispose)

        with timeouts.no_statement_after(time.monotonic() + 20):
            with made.connect() as connection:
                dbapi_connection = connection.connection.dbapi_connection

        self.assertEqual(60, dbapi_connection._read_timeout)
        self.assertNotIn('_read_packet', vars(dbapi_connection))
