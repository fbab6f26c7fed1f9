# SPDX-License-Identifier: Apache-2.0

import socket
import sqlite3
import unittest
from unittest import mock

from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import exc_filters
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pymysql
import sqlalchemy
import sqlalchemy.exc

from usermessages.db import error_classes
from usermessages.tests import base
from usermessages.tests import database

try:
    import psycopg
except ImportError as error:
    raise unittest.SkipTest('psycopg is not installed') from error

SECRET = 's3cret'
REFUSED = ('connection failed: connection to server at "h", port 5432 failed: '
           'Connection refused\n\tIs the server running on that host?')

# The texts by which the filters of oslo.db recognize an error.
TEXTS = {1020: 'Record has changed since last read in table',
         1205: 'Lock wait timeout exceeded', 1213: 'Deadlock found when',
         '40P01': 'deadlock detected'}


def of_pymysql(number, sqlstate='HY000'):
    error = pymysql.err.OperationalError(number, f'text with {SECRET}')
    # PyMySQL 1.2 and later set a general SQLSTATE for most transient errors.
    error.sqlstate = sqlstate
    return error


def of_psycopg(sqlstate):
    return psycopg.errors.lookup(sqlstate)(f'text with {SECRET}')


def of_sqlite(name):
    error = sqlite3.OperationalError(f'text with {SECRET}')
    error.sqlite_errorname = name
    return error


class Psycopg2Error(psycopg2.OperationalError):
    """The code of a real one can be set by the driver only."""

    pgcode = None


def of_psycopg2(sqlstate):
    error = Psycopg2Error(f'text with {SECRET}')
    error.pgcode = sqlstate
    return error


def of_mysqldb(number, text):
    error = type('OperationalError', (Exception,), {
        '__module__': 'MySQLdb'})
    return error(number, text)


def wrapped(error, kind=sqlalchemy.exc.OperationalError):
    return kind(f'INSERT {SECRET}', {'project_id': SECRET}, error)


def by_oslo(error):
    return db_exception.DBError(wrapped(error))


class IsTransientTest(base.TestCase):

    def assertTransient(self, claim, errors):
        for error in errors:
            for wrap in (wrapped, by_oslo):
                self.assertEqual(
                    claim, error_classes.is_transient(wrap(error)),
                    (type(error), error.args, wrap))

    def test_numbers_of_mariadb_that_pass(self):
        """Each of these errors loses messages without a retry."""
        self.assertTransient(True, [of_pymysql(number) for number in (
            1021, 1037, 1040, 1047, 1053, 1114, 1180, 1205, 1213, 1290, 1317,
            1792, 1836, 1927, 1969, 2002, 2003, 2005, 2006, 2013, 2055, 1079,
            1038, 1041, 1203, 1226, 3024, 3032)])
        self.assertTransient(True, [
            of_pymysql(2013, None), of_pymysql(1213, '40001'),
            of_pymysql(1317, '70100')])

    def test_numbers_of_mariadb_that_stay(self):
        """Missing table, wrong password, unknown column, missing rights ..."""
        self.assertTransient(False, [of_pymysql(number) for number in (
            1044, 1045, 1049, 1054, 1064, 1142, 1146, 1267, 1366, 1406)])
        self.assertTransient(False, [of_pymysql(1146, '42S02')])

    def test_sqlstates_of_postgresql_that_pass(self):
        """Errors of connection, rollback, resources and operator intervention.
        """
        states = ('08006', '08001', '25006', '40001', '40P01', '53100',
                  '53200', '53300', '57014', '57P01', '57P02', '57P03')
        self.assertTransient(True, [of_psycopg2(state) for state in states])
        self.assertTransient(True, [of_psycopg(state) for state in states])

    def test_sqlstates_of_postgresql_that_stay(self):
        """Missing table, wrong password, missing rights, wrong value ..."""
        states = ('42P01', '28P01', '28000', '3D000', '42501', '22P02',
                  '23502', '22001')
        self.assertTransient(False, [of_psycopg2(state) for state in states])
        self.assertTransient(False, [of_psycopg(state) for state in states])

    def test_lost_connection_without_a_code_passes(self):
        """The library of PostgreSQL tells none where it could not connect."""
        self.assertTransient(True, [
            psycopg2.OperationalError('x'), psycopg2.InterfaceError('x'),
            psycopg.OperationalError('x'),
            psycopg.errors.ConnectionTimeout('x')])

    def test_connection_that_libpq_will_not_make_stays(self):
        """A missing role or database is permanent."""
        self.assertTransient(False, [
            kind(f'connection to server at "h" failed: FATAL:  {text}')
            for kind in (psycopg.OperationalError, psycopg2.OperationalError)
            for text in ('role "x" does not exist',
                         'database "x" does not exist',
                         'password authentication failed for user "x"',
                         'no pg_hba.conf entry for host "h"',
                         'unsupported startup parameter: options')])

    def test_mistake_without_a_code_stays(self):
        """A mistake in the code must not be retried."""
        self.assertTransient(False, [
            psycopg2.ProgrammingError('x'), psycopg.ProgrammingError('x'),
            pymysql.err.ProgrammingError('x'), ValueError('x'),
            pymysql.err.OperationalError(), sqlite3.OperationalError('x')])

    def test_busy_sqlite_passes(self):
        """Another process writes, or the disk is full for a while."""
        self.assertTransient(True, [of_sqlite(name) for name in (
            'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED',
            'SQLITE_LOCKED_SHAREDCACHE', 'SQLITE_FULL')])
        self.assertTransient(False, [of_sqlite(name) for name in (
            'SQLITE_ERROR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY',
            'SQLITE_NOTADB', 'SQLITE_CONSTRAINT_PRIMARYKEY')])

    def test_classes_of_oslo_db_that_pass(self):
        """The engine of a service raises these classes instead."""
        for error in (db_exception.DBDeadlock(of_pymysql(1213)),
                      db_exception.DBConnectionError(of_pymysql(2013))):
            self.assertTrue(error_classes.is_transient(error))

        for error in (db_exception.DBDuplicateEntry(),
                      db_exception.DBNonExistentTable('t'),
                      db_exception.DBError()):
            self.assertFalse(error_classes.is_transient(error))

    def test_exhausted_pool_passes(self):
        """Another thread can return its connection to the pool."""
        self.assertTrue(error_classes.is_transient(
            sqlalchemy.exc.TimeoutError('x')))

    def test_what_sqlalchemy_calls_a_disconnect_passes(self):
        """SQLAlchemy knows more disconnects than this package."""
        lost = sqlalchemy.exc.DBAPIError(
            'INSERT', {}, pymysql.err.InterfaceError(0, ''),
            connection_invalidated=True)

        self.assertTrue(error_classes.is_transient(lost))


class OsloDbTest(base.TestCase):
    """The filters of oslo.db do not know all errors in this package's tables.
    """

    def test_codes_of_mariadb(self):
        """Each of them is a line less when oslo.db learns it."""
        known = {number for number in (
            *error_classes._TRANSIENT, *error_classes._TRANSIENT_TO_OSLO_DB)
            if isinstance(number, int) and self.is_known_to_oslo_db(
                'mysql', sqlalchemy.exc.OperationalError, pymysql.err
                .OperationalError(number, TEXTS.get(number, 'text')))}

        # oslo.db 17 does not know 1020.
        self.assertEqual({1047, 1205, 1213, 2002, 2003, 2006, 2013},
                         known - {1020})

    def test_codes_of_postgresql(self):
        """oslo.db knows only the deadlock among these transient errors."""
        known = {state for state in (
            '08006', '25006', '40001', '40P01', '53100', '53200', '53300',
            '57014', '57P01', '57P02', '57P03')
            if self.is_known_to_oslo_db(
                'postgresql', sqlalchemy.exc.OperationalError,
                psycopg.errors.lookup(state)(TEXTS.get(state, 'text')))}

        self.assertEqual({'40P01'}, known)

    def test_connections_that_libpq_could_not_make(self):
        """oslo.db looks for words that libpq 14 and later do not print."""
        self.assertFalse(self.is_known_to_oslo_db(
            'postgresql', sqlalchemy.exc.OperationalError,
            psycopg.OperationalError(REFUSED)))

    def is_known_to_oslo_db(self, dialect, kind, error):
        """Tell whether its filters make a class of its own of an error."""
        engine = sqlalchemy.create_mock_engine(f'{dialect}+' + {
            'mysql': 'pymysql', 'postgresql': 'psycopg'}[dialect] + '://',
            None)
        context = mock.Mock(
            dialect=engine.dialect, original_exception=error,
            sqlalchemy_exception=kind('INSERT', {}, error),
            is_disconnect=False, connection=None, is_pre_ping=False)
        try:
            return exc_filters.handler(context) is not None
        except sqlalchemy.exc.OperationalError:
            return False


class IsUnusableTest(base.TestCase):

    def test_connections_on_which_nothing_can_be_written(self):
        """The next attempt of the same call takes another one."""
        for error in (*(of_pymysql(number) for number in (
                1047, 1053, 1079, 1290, 1792, 1836, 1927, 3032)),
                *(of_psycopg(state) for state in (
                    '25006', '57P01', '57P02', '57P03')),
                of_psycopg2('25006'),
                pymysql.err.InternalError('Packet sequence number wrong'),
                psycopg.OperationalError('another command is already in')):
            self.assertTrue(error_classes.is_unusable(wrapped(error)), error)

    def test_connections_that_stay(self):
        """The connection can be used after a deadlock."""
        for error in (of_pymysql(1213), of_pymysql(1040), of_pymysql(1146),
                      of_psycopg('40P01'), of_psycopg('57014'),
                      of_sqlite('SQLITE_BUSY'), ValueError('x')):
            self.assertFalse(error_classes.is_unusable(wrapped(error)), error)


class IsOutageTest(base.TestCase):

    def assertOutage(self, claim, *errors):
        for error in errors:
            for wrap in (wrapped, by_oslo):
                self.assertEqual(claim, error_classes.is_outage(wrap(error)),
                                 (type(error), error.args, wrap))

    def caused(self, number, cause):
        """Return the exception of PyMySQL for an error of the system."""
        try:
            try:
                raise cause
            except OSError:
                raise pymysql.err.OperationalError(number, 'x')
        except pymysql.err.OperationalError as error:
            return error

    def test_server_or_system_said_so(self):
        """The server refuses, is unreachable, shuts down or is read-only."""
        self.assertOutage(
            True, *(of_pymysql(number) for number in (
                1047, 1053, 1079, 1290, 1836, 2006, 2013)),
            *(of_psycopg(state) for state in (
                '25006', '57P01', '57P02', '57P03')), of_psycopg2('57P03'),
            self.caused(2003, ConnectionRefusedError(111, 'x')),
            self.caused(2003, OSError(113, 'No route to host')),
            self.caused(2003, socket.gaierror(-2, 'x')),
            self.caused(2013, ConnectionResetError(104, 'x')),
            psycopg.OperationalError(REFUSED),
            psycopg2.OperationalError(REFUSED),
            psycopg2.OperationalError('server closed the connection unexp'),
            psycopg.OperationalError('FATAL:  the database system is '
                                     'starting up'))

    def test_timeouts_are_no_evidence(self):
        """A timeout may be due to a slow machine of the service."""
        self.assertOutage(
            False, self.caused(2003, TimeoutError('timed out')),
            self.caused(2013, TimeoutError('timed out')),
            self.caused(2003, TimeoutError(110, 'x')),
            psycopg.errors.ConnectionTimeout('x'),
            psycopg2.OperationalError('timeout expired'),
            of_psycopg('57014'), of_pymysql(1969))

    def test_lost_races_and_full_servers_are_no_evidence(self):
        """The error of one transaction does not affect others."""
        self.assertOutage(
            False, *(of_pymysql(number) for number in (
                1040, 1114, 1180, 1203, 1205, 1213)),
            of_psycopg('40001'), of_psycopg('40P01'), of_psycopg('53300'),
            of_sqlite('SQLITE_BUSY'), of_sqlite('SQLITE_FULL'))
        self.assertFalse(error_classes.is_outage(
            sqlalchemy.exc.TimeoutError('x')))

    def test_mysqlclient_has_the_number_of_the_system_in_its_text(self):
        """The driver also reports its own timeout as a closed connection."""
        self.assertOutage(
            True, of_mysqldb(2003, "Can't connect to server on 'h' (111)"),
            of_mysqldb(2002, "... through socket '/x' (2)"),
            of_mysqldb(2006, 'Server has gone away'), of_mysqldb(1290, 'x'))
        self.assertOutage(
            False, of_mysqldb(2003, "Can't connect to server on 'h' (110)"),
            of_mysqldb(2013, 'Lost connection to server during query'))


class IsDuplicateTest(base.TestCase):

    def test_primary_key_that_is_there(self):
        """A retry that meets its own row has succeeded."""
        for error in (of_pymysql(1062), of_psycopg('23505'),
                      of_psycopg2('23505'),
                      of_sqlite('SQLITE_CONSTRAINT_PRIMARYKEY')):
            for wrap in (wrapped, by_oslo):
                self.assertTrue(error_classes.is_duplicate(wrap(error)), error)
        self.assertTrue(error_classes.is_duplicate(
            db_exception.DBDuplicateEntry()))

    def test_other_constraint(self):
        """A violation of another constraint means that nothing is stored."""
        for error in (of_pymysql(1452), of_pymysql(1048), of_pymysql(1213),
                      of_psycopg('23503'), of_psycopg2('23502'),
                      of_sqlite('SQLITE_CONSTRAINT_FOREIGNKEY'),
                      of_sqlite('SQLITE_CONSTRAINT_NOTNULL'), ValueError()):
            self.assertFalse(error_classes.is_duplicate(wrapped(
                error, sqlalchemy.exc.IntegrityError)), error)


class ReasonTest(base.TestCase):

    def test_reason_is_class_and_code(self):
        """An operator looks that up."""
        found = [error_classes.reason(error) for error in (
            wrapped(of_pymysql(1213, '40001')), by_oslo(of_pymysql(2003)),
            wrapped(of_psycopg('40P01')), of_sqlite('SQLITE_BUSY'),
            wrapped(psycopg2.OperationalError('x')),
            sqlalchemy.exc.TimeoutError(SECRET))]

        self.assertEqual(
            ['OperationalError 1213', 'OperationalError 2003',
             'DeadlockDetected 40P01', 'OperationalError SQLITE_BUSY',
             'OperationalError', 'TimeoutError'], found)

    def test_reason_never_has_text_of_the_error(self):
        """The text may contain a value or a password."""
        errors = [of_pymysql(1062), of_pymysql(SECRET),
                  pymysql.err.OperationalError(SECRET, SECRET),
                  of_psycopg('23505'), of_psycopg2(None), of_sqlite(None),
                  ValueError(SECRET), Exception(SECRET, SECRET)]

        reasons = [error_classes.reason(wrap(error)) for error in errors
                   for wrap in (wrapped, by_oslo, lambda error: error)]

        self.assertEqual([], [reason for reason in reasons
                              if SECRET in reason])

    def test_error_that_contains_itself_has_a_reason(self):
        """The library does not hang on a malformed error."""
        error = ValueError(SECRET)
        error.orig = error

        self.assertEqual('ValueError', error_classes.reason(error))


class ConnectReasonTest(base.TestCase):

    def reason(self, url, error):
        return error_classes.connect_reason(error, sqlalchemy.make_url(url))

    def test_place_is_named(self):
        """Operators read the address without a listener."""
        self.assertEqual(
            'OperationalError 2003, connecting to h:3307, database m, '
            'user alice',
            self.reason(f'mysql+pymysql://alice:{SECRET}@h:3307/m',
                        wrapped(of_pymysql(2003))))
        self.assertEqual(
            'OperationalError 2003, connecting to localhost',
            self.reason('mysql+pymysql://', wrapped(of_pymysql(2003))))

    def test_libpq_says_what_is_missing(self):
        """Operators read the missing role, database or address."""
        for text, expected in (
                (REFUSED, 'Connection refused'),
                ('connection failed: connection to server at "h", port 5432 '
                 'failed: FATAL:  database "m" does not exist',
                 'FATAL:  database "m" does not exist'),
                ('could not translate host name "h" to address: x',
                 'could not translate host name "h" to address: x')):
            self.assertEqual(
                f'OperationalError: {expected}, connecting to h, database m',
                self.reason('postgresql+psycopg://h/m',
                            wrapped(psycopg.OperationalError(text))))

    def test_pgbouncer_that_refuses_options(self):
        """Operators read how to configure PgBouncer, which rejects options."""
        self.assertEqual(
            'OperationalError: FATAL:  unsupported startup parameter: '
            'options; set it in PgBouncer: '
            'ignore_startup_parameters = options, connecting to h:6432',
            self.reason('postgresql+psycopg://h:6432', psycopg
                        .OperationalError(
                            'connection to server at "h", port 6432 failed: '
                            'FATAL:  unsupported startup parameter: options')))

    def test_package_of_the_login_is_named(self):
        """Operators read which package the login of MySQL 8 needs."""
        self.assertEqual(
            'RuntimeError: the authentication requires the package '
            'cryptography; run "pip install cryptography", connecting to h',
            self.reason('mysql+pymysql://h', RuntimeError(
                "'cryptography' package is required for sha256_password or "
                'caching_sha2_password auth methods')))

    def test_no_other_text_is_passed_on(self):
        """The text may be a password that cannot be encoded."""
        for error in (ValueError(SECRET), RuntimeError(SECRET),
                      wrapped(of_pymysql(1045)), wrapped(of_psycopg('28P01'))):
            self.assertNotIn(SECRET, self.reason('mysql+pymysql://h', error))


class IsUnencodableTest(base.TestCase):

    def test_characters_that_a_database_cannot_hold(self):
        """LATIN1 does not contain emoji."""
        for error in (of_psycopg('22P05'), of_psycopg('22021'),
                      of_pymysql(1366), of_pymysql(1267)):
            self.assertTrue(error_classes.is_unencodable(wrapped(error)))
        self.assertTrue(error_classes.is_unencodable(
            UnicodeEncodeError('latin-1', 'x', 0, 1, 'x')))
        self.assertFalse(error_classes.is_unencodable(
            wrapped(of_psycopg('22P02'))))


class HintTest(base.TestCase):

    def test_hints(self):
        """Operators read what is wrong, not only a code."""
        table = 'the table may be missing; run "usermessages-manage db sync"'
        access = 'the user, the password or a privilege is wrong'
        for make, codes, hint in (
                (of_pymysql, (1146,), table), (of_psycopg, ('42P01',), table),
                (of_pymysql, (1049,), 'no such database'),
                (of_psycopg, ('3D000',), 'no such database'),
                (of_pymysql, (1044, 1045, 1142), access),
                (of_psycopg, ('28P01', '28000', '42501'), access)):
            for code in codes:
                self.assertTrue(error_classes.reason(
                    wrapped(make(code))).endswith(f'{code}: {hint}'), code)


@database.on_each
class RealErrorTest(database.DatabaseTestCase):
    """Real errors of the installed drivers."""

    def error_of(self, statement, url=None):
        connection = self.connect(url)
        error = self.assertRaises(
            sqlalchemy.exc.SQLAlchemyError, connection.exec_driver_sql,
            statement)
        connection.rollback()
        return error

    def test_missing_table_stays(self):
        """A missing table is permanent."""
        error = self.error_of(f'SELECT * FROM "{SECRET}"'
                              if 'mysql' not in self.url else
                              f'SELECT * FROM `{SECRET}`')

        self.assertFalse(error_classes.is_transient(error))
        code, _colon, hint = error_classes.reason(error).partition(': ')
        self.assertIn(code, (
            'OperationalError SQLITE_ERROR', 'ProgrammingError 1146',
            'UndefinedTable 42P01'))
        self.assertEqual(
            'the table may be missing; run "usermessages-manage db sync"',
            hint)

    def test_held_lock_passes(self):
        """The holder of the lock releases it later."""
        if self.url.startswith('sqlite'):
            begin, limit = 'BEGIN IMMEDIATE', 'PRAGMA busy_timeout = 10'
        elif self.url.startswith('mysql'):
            begin = 'LOCK TABLES user_messages WRITE'
            limit = 'SET lock_wait_timeout = 1'
        else:
            begin = 'LOCK TABLE user_messages IN ACCESS EXCLUSIVE MODE'
            limit = 'SET statement_timeout = 10'
        holder, waiter = self.connect(), self.connect()
        holder.exec_driver_sql(begin)
        waiter.exec_driver_sql(limit)

        error = self.assertRaises(
            sqlalchemy.exc.SQLAlchemyError, waiter.exec_driver_sql,
            'DELETE FROM user_messages')

        self.assertTrue(error_classes.is_transient(error))
        self.assertIn(error_classes.reason(error), (
            'OperationalError SQLITE_BUSY', 'OperationalError 1205',
            'QueryCanceled 57014'))

    def test_mistake_in_a_statement_stays(self):
        """A mistake in a statement is permanent."""
        error = self.error_of(f'SELEKT {SECRET}')

        self.assertFalse(error_classes.is_transient(error))
        self.assertNotIn(SECRET, error_classes.reason(error))
