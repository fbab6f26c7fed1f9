# SPDX-License-Identifier: Apache-2.0

import logging
import sys
import threading

import ddt
import fixtures
from oslo_db import exception as db_exception
import pymysql
import sqlalchemy
from sqlalchemy.dialects import plugins
from sqlalchemy import pool

from usermessages.db import engine
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database

MARIADB = 'mysql+pymysql://alice:s3cret@127.0.0.1:1/messages'
POSTGRESQL = 'postgresql+psycopg2://alice:s3cret@127.0.0.1:1/messages'


def connect_args(url, timeout_seconds=10.0):
    """Return the arguments for the driver."""
    made = engine.make_engine(url, timeout_seconds, 1)
    return made.dialect.create_connect_args(made.url)[1]


class MakeUrlTest(base.TestCase):

    def assertRefused(self, expected, url):
        error = self.assertRaises(exception.ConfigurationError,
                                  engine.make_url, url)
        self.assertEqual(expected, str(error))

    def test_what_is_no_url_is_refused(self):
        """Operators read the name of the option, and no part of its value."""
        for url in ('', ' ', 's3cret', 'alice:s3cret@host/messages',
                    '://alice:s3cret@host', 'mysql+pymysql//alice:s3cret@h',
                    'mysql+pymysql://alice:s3cret@host:port/messages',
                    'mysql+pymysql://alice:s3/cret@host:s3cret/x'):
            self.assertRefused(
                '[user_messages]connection is not an SQLAlchemy URL, for '
                'example mysql+pymysql://user:password@host/usermessages.',
                url)

    def test_unknown_database_is_refused(self):
        """Operators read an error for a misspelled name."""
        self.assertRefused(
            '[user_messages]connection names the driver postgres, which is '
            'not installed.', 'postgres://alice:s3cret@host/messages')
        self.assertRefused(
            '[user_messages]connection names the driver mysql+nonsense, which '
            'is not installed; "pip install PyMySQL" may help.',
            'mysql+nonsense://alice:s3cret@host/messages')

    def test_missing_driver_is_refused(self):
        """Operators read which package to install."""
        for name in ('pymysql', 'psycopg2'):
            self.useFixture(_Missing(name))

        self.assertRefused(
            '[user_messages]connection names the driver mysql+pymysql, which '
            'is not installed; "pip install PyMySQL" may help.', MARIADB)
        self.assertRefused(
            '[user_messages]connection names the driver postgresql+psycopg2, '
            'which is not installed; "pip install psycopg2-binary" may help.',
            POSTGRESQL)

    def test_database_without_a_driver_is_refused(self):
        """SQLAlchemy would look for a driver that is not supported."""
        for name in ('MySQLdb', 'psycopg2', 'psycopg'):
            self.useFixture(_Missing(name))

        for backend, driver in (('mysql', 'mysql+pymysql'),
                                ('mariadb', 'mysql+pymysql'),
                                ('postgresql', 'postgresql+psycopg')):
            self.assertRefused(
                f'[user_messages]connection starts with {backend}:// and '
                f'has no driver; use {driver}://.',
                f'{backend}://alice:s3cret@host/messages')

    def test_charset_is_added(self):
        """Some drivers support all of Unicode only with a charset."""
        url = engine.make_url('mysql+pymysql://host/messages?read_timeout=9')

        self.assertEqual({'read_timeout': '9', 'charset': 'utf8mb4'},
                         dict(url.query))

    def test_mariadb_is_what_oslo_db_calls_it(self):
        """Otherwise, the filters of oslo.db would not know the errors."""
        url = engine.make_url('mariadb+pymysql://alice@host/messages')

        self.assertEqual('mysql+pymysql', url.drivername)
        self.assertEqual({'charset': 'utf8mb4'}, dict(url.query))

    def test_charset_of_the_url_stays(self):
        """Operators can set the charset."""
        url = engine.make_url('mysql+pymysql://host/messages?charset=utf8')

        self.assertEqual({'charset': 'utf8'}, dict(url.query))

    def test_other_databases_have_no_charset(self):
        """PostgreSQL has an encoding, and rejects the parameter."""
        for url, expected in (
                ('sqlite://', {}), ('sqlite:////tmp/x', {}),
                (POSTGRESQL, {'client_encoding': 'utf8'}),
                (f'{POSTGRESQL}?client_encoding=latin1',
                 {'client_encoding': 'latin1'})):
            self.assertEqual(expected, dict(engine.make_url(url).query))

    def test_password_is_kept(self):
        """Operators can use any characters in a password."""
        url = engine.make_url('mysql+pymysql://alice:a%40b%2Fc%25@host/db')

        self.assertEqual('a@b/c%', url.password)


class ConnectArgsTest(base.TestCase):

    def test_drivers_of_mariadb_get_their_timeouts(self):
        """The timeouts are whole seconds of at least one."""
        for expected, timeout_seconds in ((4, 10), (1, 0.1)):
            args = connect_args(MARIADB, timeout_seconds)

            self.assertEqual((expected, expected, expected), (
                args['connect_timeout'], args['read_timeout'],
                args['write_timeout']))
            self.assertEqual(
                'SET SESSION '
                f'/*M! max_statement_time={expected} */'
                f'/*!50708 max_execution_time={expected}000 */',
                args['init_command'])

    def test_psycopg2_gets_its_timeouts(self):
        """libpq rounds one second up to two."""
        self.assertPostgreSQLTimeouts(POSTGRESQL)

    def test_psycopg_gets_its_timeouts(self):
        """libpq rounds one second up to two."""
        self.require('psycopg')

        self.assertPostgreSQLTimeouts(
            POSTGRESQL.replace('psycopg2', 'psycopg'))

    def assertPostgreSQLTimeouts(self, url):
        args, shorter = connect_args(url), connect_args(url, 2)

        self.assertEqual(('4', '4000', '-c statement_timeout=4000'), (
            args['connect_timeout'], args['tcp_user_timeout'],
            args['options']))
        self.assertEqual(('2', '1000', '-c statement_timeout=1000'), (
            shorter['connect_timeout'], shorter['tcp_user_timeout'],
            shorter['options']))

    def test_sqlite_gets_its_timeout(self):
        """Writers wait as long as another process may write."""
        args = connect_args('sqlite:////tmp/messages.sqlite')

        self.assertEqual(4.0, args['timeout'])

    def test_values_of_the_url_have_precedence(self):
        """Operators can override every value in the URL."""
        mariadb = connect_args(f'{MARIADB}?connect_timeout=7&read_timeout=8')
        postgresql = connect_args(
            f'{POSTGRESQL}?connect_timeout=7&options=-c+x%3D1')
        sqlite = connect_args('sqlite:////tmp/messages.sqlite?timeout=7')

        self.assertEqual((7, 8, 4), (
            mariadb['connect_timeout'], mariadb['read_timeout'],
            mariadb['write_timeout']))
        self.assertEqual(('7', '-c x=1'), (
            postgresql['connect_timeout'], postgresql['options']))
        self.assertEqual(7, sqlite['timeout'])


class OverriddenTimeoutsTest(base.TestCase):

    def test_waits_that_a_url_makes_longer_are_named(self):
        """The upgrade check warns of them."""
        for expected, url in (
                ([], MARIADB),
                ([], f'{MARIADB}?connect_timeout=0.5&read_timeout=1'),
                (['connect_timeout', 'read_timeout'],
                 f'{MARIADB}?connect_timeout=1.5&read_timeout=2'),
                (['init_command'], f'{MARIADB}?init_command=SET+x%3D1'),
                ([], f'{MARIADB}?init_command=SET+max_statement_time%3D1'),
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
            self.assertEqual(expected, engine.overridden_timeouts(
                sqlalchemy.make_url(url), 2.0), url)

    def test_driver_without_any_timeout_is_known_as_such(self):
        """The library cannot interrupt this driver."""
        self.assertEqual([True, True, False], [
            engine.supports_timeouts(sqlalchemy.make_url(url)) for url in (
                MARIADB, f'{POSTGRESQL}?options=x',
                'postgresql+pg8000://127.0.0.1/messages')])


class MakeEngineTest(database.DatabaseTestCase):

    def test_nothing_is_connected_before_use(self):
        """A service starts whether its database is there or not."""
        made = engine.make_engine(MARIADB, 2.0, 10)

        self.assertEqual(0, made.pool.checkedout() + made.pool.checkedin())

    def assertRefused(self, expected, url):
        error = self.assertRaises(exception.ConfigurationError,
                                  engine.make_engine, url, 2.0, 1)
        self.assertEqual(expected, str(error))

    def test_parameter_the_driver_does_not_take_is_refused(self):
        """Operators read the error at the start, not after a lost message."""
        for parameter, name in (
                ('read_timeout=s3cret', ': read_timeout'),
                # The driver would raise an error of its own each time.
                ('connect_timeout=0&charset=utf8', ': connect_timeout'),
                ('charset=s3cret', ': charset'),
                # Part of a URL whose password has a question mark, possibly.
                ('s3cret=1', ''), ('charset=utf8mb4&s3cret=1', '')):
            self.assertRefused(
                '[user_messages]connection has a parameter that the driver '
                f'mysql+pymysql does not support{name}.',
                f'{MARIADB}?{parameter}')

        self.assertRefused(
            '[user_messages]connection has a parameter that the driver '
            'sqlite does not support: timeout.',
            'sqlite:////tmp/x?timeout=s3cret')

    def test_plugins_of_the_url_are_used(self):
        """DevStack counts the statements of each service with a plugin."""
        seen = []

        class Counter(sqlalchemy.CreateEnginePlugin):
            def update_url(self, url):
                return url.difference_update_query(['counter_name'])

            def engine_created(self, made):
                seen.append(made)

        self.useFixture(fixtures.MonkeyPatch(
            f'{__name__}.Counter', Counter))
        plugins.register('counter', __name__, 'Counter')

        for url in (MARIADB, POSTGRESQL, 'sqlite://'):
            made = engine.make_engine(
                f'{url}?plugin=counter&counter_name=x', 2.0, 1)

            self.assertEqual(made, seen.pop())
            self.assertTrue(made.hide_parameters)

    def test_plugin_that_is_not_installed_is_refused(self):
        """Operators read the name of the option, and no part of its value."""
        self.assertRefused(
            '[user_messages]connection names a plugin of SQLAlchemy that is '
            'not installed.', f'{MARIADB}?plugin=s3cret')

    def test_pool_is_bounded(self):
        """The number of connections is limited."""
        made = engine.make_engine(MARIADB, 2.0, 7)

        self.assertEqual((7, 0), (made.pool.size(), made.pool._max_overflow))

    def test_logger_of_sqlalchemy_is_left_alone(self):
        """Services decide on the level of this logger."""
        logger = logging.getLogger('sqlalchemy.engine')
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.INFO)

        engine.make_engine(MARIADB, 2.0, 1)

        self.assertEqual(logging.INFO, logger.level)

    def test_psycopg_prepares_nothing_unless_told(self):
        """PgBouncer uses another connection for each transaction."""
        psycopg = self.require('psycopg')

        for query, expected in (('', None), ('?prepare_threshold=None', None),
                                ('?prepare_threshold=7', 7)):
            calls = []
            made = engine.make_engine(
                POSTGRESQL.replace('psycopg2', 'psycopg') + query, 2.0, 1)

            @sqlalchemy.event.listens_for(made, 'do_connect')
            def connect(_dialect, _record, _args, parameters):
                calls.append(parameters['prepare_threshold'])
                raise psycopg.OperationalError

            self.assertRaises(sqlalchemy.exc.OperationalError, made.connect)
            self.assertEqual([expected], calls)

    def test_values_are_hidden(self):
        """Values of messages do not get into the log."""
        for url in (MARIADB, POSTGRESQL, self.url, 'sqlite://'):
            self.assertTrue(
                engine.make_engine(url, 2.0, 1).hide_parameters)

    def test_password_is_not_shown(self):
        """Debuggers and logs print engines."""
        self.assertNotIn('s3cret', repr(engine.make_engine(MARIADB, 2.0, 1)))

    def test_sqlite_in_memory_is_one_database_for_all_threads(self):
        """Otherwise, each thread would find an empty database."""
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
        """A pooled connection would keep a replaced file open."""
        made = engine.make_engine(self.url, 2.0, 10)

        self.assertIsInstance(made.pool, pool.NullPool)


class _Missing(fixtures.Fixture):
    """A module that cannot be imported."""

    def __init__(self, name):
        super().__init__()
        self._name = name

    def _setUp(self):
        before = sys.modules.get(self._name)
        self.addCleanup(sys.modules.__setitem__, self._name, before)
        sys.modules[self._name] = None


@ddt.ddt
class ConversionsTest(base.TestCase):

    @ddt.data('2026-01-01 12:00:00', '2026-01-01 12:00:00.123456',
              '0000-00-00 00:00:00', '2026-00-00 00:00:00')
    def test_times_are_those_of_the_driver(self, text):
        """Times of the faster converter are equal to those of the driver."""
        from pymysql.constants import FIELD_TYPE
        from pymysql import converters
        made = engine.make_engine(MARIADB, 2.0, 1)
        options = {}

        @sqlalchemy.event.listens_for(made, 'do_connect')
        def connect(_dialect, _record, _args, parameters):
            options.update(parameters)
            raise pymysql.OperationalError(2003, 'x')

        self.assertRaises(db_exception.DBConnectionError, made.connect)

        self.assertEqual(converters.convert_datetime(text),
                         options['conv'][FIELD_TYPE.DATETIME](text))
