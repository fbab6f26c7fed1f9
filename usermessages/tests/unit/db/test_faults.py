# SPDX-License-Identifier: Apache-2.0

import math
import sqlite3

from oslo_db import exception as db_exception
import psycopg
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pymysql
import sqlalchemy
import sqlalchemy.exc

from usermessages.db import faults
from usermessages.db import timeouts
from usermessages.tests import base
from usermessages.tests import database

SECRET = 's3cret'


def of_pymysql(number, sqlstate='HY000'):
    error = pymysql.err.OperationalError(number, f'text with {SECRET}')
    # Of most errors that pass it says nothing.  Since PyMySQL 1.2.
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


def wrapped(error, kind=sqlalchemy.exc.OperationalError):
    return kind(f'INSERT {SECRET}', {'project_id': SECRET}, error)


def by_oslo(error):
    return db_exception.DBError(wrapped(error))


class IsPassingTest(base.TestCase):

    def assertPassing(self, claim, errors):
        for error in errors:
            for wrap in (wrapped, by_oslo):
                self.assertEqual(claim, faults.is_passing(wrap(error)),
                                 (type(error), error.args, wrap))

    def test_numbers_of_mariadb_that_pass(self):
        """Each of these lost messages where it was not tried again."""
        self.assertPassing(True, [of_pymysql(number) for number in (
            1021, 1037, 1040, 1047, 1053, 1114, 1180, 1205, 1213, 1290, 1317,
            1836, 1927, 1969, 2002, 2003, 2006, 2013, 2055)])
        self.assertPassing(True, [of_pymysql(2013, None),
                                  of_pymysql(1213, '40001'),
                                  of_pymysql(1317, '70100')])

    def test_numbers_of_mariadb_that_stay(self):
        """No such table, wrong password, unknown column, no rights ..."""
        self.assertPassing(False, [of_pymysql(number) for number in (
            1044, 1045, 1049, 1054, 1064, 1142, 1146, 1267, 1366, 1406)])
        self.assertPassing(False, [of_pymysql(1146, '42S02')])

    def test_sqlstates_of_postgresql_that_pass(self):
        """Connection, rollback, resources, operator."""
        states = ('08006', '08001', '40001', '40P01', '53100', '53200',
                  '53300', '57014', '57P01', '57P02', '57P03')
        self.assertPassing(True, [of_psycopg2(state) for state in states])
        self.assertPassing(True, [of_psycopg(state) for state in states
                                  if state != '08000'])

    def test_sqlstates_of_postgresql_that_stay(self):
        """No such table, wrong password, no rights, wrong value ..."""
        states = ('42P01', '28P01', '28000', '3D000', '42501', '22P02',
                  '23502', '22001')
        self.assertPassing(False, [of_psycopg2(state) for state in states])
        self.assertPassing(False, [of_psycopg(state) for state in states])

    def test_lost_connection_without_a_code_passes(self):
        """The library of PostgreSQL tells none where it could not connect."""
        self.assertPassing(True, [
            psycopg2.OperationalError('x'), psycopg2.InterfaceError('x'),
            psycopg.OperationalError('x'),
            psycopg.errors.ConnectionTimeout('x')])

    def test_mistake_without_a_code_stays(self):
        """A mistake of ours must not be tried for two seconds."""
        self.assertPassing(False, [
            psycopg2.ProgrammingError('x'), psycopg.ProgrammingError('x'),
            pymysql.err.ProgrammingError('x'), ValueError('x'),
            pymysql.err.OperationalError(), sqlite3.OperationalError('x')])

    def test_busy_sqlite_passes(self):
        """Another process writes, or the disk is full for now."""
        self.assertPassing(True, [of_sqlite(name) for name in (
            'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED',
            'SQLITE_LOCKED_SHAREDCACHE', 'SQLITE_FULL')])
        self.assertPassing(False, [of_sqlite(name) for name in (
            'SQLITE_ERROR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY',
            'SQLITE_NOTADB', 'SQLITE_CONSTRAINT_PRIMARYKEY')])

    def test_classes_of_oslo_db_that_pass(self):
        """A host's engine raises these instead."""
        for error in (db_exception.DBDeadlock(of_pymysql(1213)),
                      db_exception.DBConnectionError(of_pymysql(2013))):
            self.assertTrue(faults.is_passing(error))

        for error in (db_exception.DBDuplicateEntry(),
                      db_exception.DBNonExistentTable('t'),
                      db_exception.DBError()):
            self.assertFalse(faults.is_passing(error))

    def test_exhausted_pool_passes(self):
        """A connection comes back when somebody is done with it."""
        self.assertTrue(faults.is_passing(sqlalchemy.exc.TimeoutError('x')))

    def test_what_sqlalchemy_calls_a_disconnect_passes(self):
        """It knows more of them than we do."""
        lost = sqlalchemy.exc.DBAPIError(
            'INSERT', {}, pymysql.err.InterfaceError(0, ''),
            connection_invalidated=True)

        self.assertTrue(faults.is_passing(lost))


class IsAwayTest(base.TestCase):

    def assertAway(self, claim, *errors):
        for error in errors:
            for wrap in (wrapped, by_oslo):
                self.assertEqual(claim, faults.is_away(wrap(error)),
                                 (type(error), error.args, wrap))

    def test_what_meets_every_statement(self):
        """The next message would only wait for the same."""
        self.assertAway(
            True, *(of_pymysql(number) for number in (
                1021, 1040, 1047, 1053, 1114, 1290, 2003, 2006, 2013)),
            *(of_psycopg(state) for state in (
                '08006', '53100', '53300', '57014', '57P01', '57P03')),
            of_psycopg2('57P03'), of_psycopg2(None), of_sqlite('SQLITE_FULL'),
            psycopg.errors.ConnectionTimeout('x'))

    def test_what_meets_one_transaction(self):
        """A storm of deadlocks is no database that is away."""
        self.assertAway(
            False, *(of_pymysql(number) for number in (1180, 1205, 1213)),
            of_psycopg('40001'), of_psycopg('40P01'), of_psycopg2('40P01'),
            of_sqlite('SQLITE_BUSY'), of_sqlite('SQLITE_LOCKED_SHAREDCACHE'))
        self.assertFalse(faults.is_away(
            db_exception.DBDeadlock(of_pymysql(1213))))

    def test_pool_without_a_connection(self):
        """Whoever has them finds out; a burst alone is no outage."""
        self.assertFalse(faults.is_away(sqlalchemy.exc.TimeoutError('x')))

    def test_statement_that_was_not_sent(self):
        """A machine that is slow itself says nothing of its database."""
        error = of_pymysql(2013)
        error.is_too_late = True

        self.assertFalse(faults.is_away(wrapped(error)))


class IsDuplicateTest(base.TestCase):

    def test_primary_key_that_is_there(self):
        """A retry that meets its own row has succeeded."""
        for error in (of_pymysql(1062), of_psycopg('23505'),
                      of_psycopg2('23505'),
                      of_sqlite('SQLITE_CONSTRAINT_PRIMARYKEY')):
            for wrap in (wrapped, by_oslo):
                self.assertTrue(faults.is_duplicate(wrap(error)), error)
        self.assertTrue(faults.is_duplicate(db_exception.DBDuplicateEntry()))

    def test_other_constraint(self):
        """A retry that meets one of a host's table has stored nothing."""
        for error in (of_pymysql(1452), of_pymysql(1048), of_pymysql(1213),
                      of_psycopg('23503'), of_psycopg2('23502'),
                      of_sqlite('SQLITE_CONSTRAINT_FOREIGNKEY'),
                      of_sqlite('SQLITE_CONSTRAINT_NOTNULL'), ValueError()):
            self.assertFalse(faults.is_duplicate(wrapped(
                error, sqlalchemy.exc.IntegrityError)), error)


class ReasonTest(base.TestCase):

    def test_reason_is_class_and_code(self):
        """An operator looks that up."""
        found = [faults.reason(error) for error in (
            wrapped(of_pymysql(1213, '40001')), by_oslo(of_pymysql(2003)),
            wrapped(of_psycopg('40P01')), of_sqlite('SQLITE_BUSY'),
            wrapped(psycopg2.OperationalError('x')),
            sqlalchemy.exc.TimeoutError(SECRET))]

        self.assertEqual(
            ['OperationalError 1213', 'OperationalError 2003',
             'DeadlockDetected 40P01', 'OperationalError SQLITE_BUSY',
             'OperationalError', 'TimeoutError'], found)

    def test_reason_never_has_text_of_the_error(self):
        """It may hold a value or a password."""
        errors = [of_pymysql(1062), of_pymysql(SECRET),
                  pymysql.err.OperationalError(SECRET, SECRET),
                  of_psycopg('23505'), of_psycopg2(None), of_sqlite(None),
                  ValueError(SECRET), Exception(SECRET, SECRET)]

        reasons = [faults.reason(wrap(error)) for error in errors
                   for wrap in (wrapped, by_oslo, lambda error: error)]

        self.assertEqual([], [reason for reason in reasons
                              if SECRET in reason])

    def test_error_that_contains_itself_has_a_reason(self):
        """However odd an error is, create does not hang on it."""
        error = ValueError(SECRET)
        error.orig = error

        self.assertEqual('ValueError', faults.reason(error))


@database.on_servers
class IsTooLateTest:

    def test_statement_that_was_not_sent(self):
        """Nothing was answered, so nobody can tell what was wrong."""
        error = self.assertRaises(
            sqlalchemy.exc.OperationalError, self.send, 'SELECT 1', -1)

        self.assertTrue(faults.is_too_late(error))
        self.assertTrue(faults.is_passing(error))

    def test_statement_that_was_answered(self):
        """An error that the server told is what was wrong."""
        error = self.assertRaises(
            sqlalchemy.exc.SQLAlchemyError, self.send, 'SELECT x', math.inf)

        self.assertFalse(faults.is_too_late(error))

    def send(self, statement, latest_start):
        self.db.check()
        with timeouts.no_statement_after(latest_start), \
                self.db._engine().connect() as connection:
            connection.exec_driver_sql(statement)


@database.on_each
class RealErrorTest(database.DatabaseTestCase):
    """What the drivers here really raise."""

    def error_of(self, statement, url=None):
        connection = self.connect(url)
        error = self.assertRaises(
            sqlalchemy.exc.SQLAlchemyError, connection.exec_driver_sql,
            statement)
        connection.rollback()
        return error

    def test_missing_table_stays(self):
        """It does not come by itself."""
        error = self.error_of(f'SELECT * FROM "{SECRET}"'
                              if 'mysql' not in self.url else
                              f'SELECT * FROM `{SECRET}`')

        self.assertFalse(faults.is_passing(error))
        code, _colon, hint = faults.reason(error).partition(': ')
        self.assertIn(code, (
            'OperationalError SQLITE_ERROR', 'ProgrammingError 1146',
            'UndefinedTable 42P01'))
        self.assertEqual(
            'no such table? "usermessages-manage db sync" makes it', hint)

    def test_held_lock_passes(self):
        """Whoever holds it lets go of it at some time."""
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

        self.assertTrue(faults.is_passing(error), faults.reason(error))
        self.assertIn(faults.reason(error), (
            'OperationalError SQLITE_BUSY', 'OperationalError 1205',
            'QueryCanceled 57014'))

    def test_mistake_in_a_statement_stays(self):
        """Nor does this."""
        error = self.error_of(f'SELEKT {SECRET}')

        self.assertFalse(faults.is_passing(error))
        self.assertNotIn(SECRET, faults.reason(error))
