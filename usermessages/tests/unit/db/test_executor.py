# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import signal
import threading

import fixtures
import pymysql
import sqlalchemy
import sqlalchemy.exc

from usermessages.db import executor
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database

SECRET = 's3cret'


class Interrupted(Exception):
    """The exception raised by a signal handler of a service."""


class Clock:
    """A clock that a sleep advances."""

    def __init__(self):
        self.now = 1000
        self.rests = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.rests.append(seconds)
        self.now += seconds


def of_mariadb(number, cause=None):
    error = pymysql.OperationalError(number, 'x')
    error.__context__ = cause
    return sqlalchemy.exc.OperationalError('INSERT', {}, error)


REFUSED = of_mariadb(2003, ConnectionRefusedError(111, 'x'))
TIMED_OUT = of_mariadb(2013, TimeoutError('timed out'))


class RunTest(base.TestCase):
    """With ten seconds for a call."""

    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.useFixture(fixtures.MockPatchObject(
            executor, 'time', self.clock))
        self.useFixture(fixtures.MockPatchObject(
            executor.random, 'uniform', lambda _low, high: high))
        self.executor = executor.Executor(self.configuration(
            user_messages__create_timeout=10).user_messages,
            lambda: 'sqlite://')
        self.addCleanup(self.executor.close)
        self.attempts = 0

    def fail(self, *errors, seconds=0):
        """Let attempts fail, the last error again and again."""
        def work(_connection):
            self.clock.now += seconds
            self.attempts += 1
            raise errors[min(self.attempts, len(errors)) - 1]

        return self.assertRaises(
            exception.DatabaseUnavailable,
            self.executor.run_unless_unavailable, work)

    def test_rests_between_attempts_are_bounded(self):
        """Callers do not wait long after the release of a lock."""
        self.fail(of_mariadb(1213))

        self.assertEqual([0.05, 0.1, 0.2, 0.4, 0.8, 1, 1, 1, 1],
                         self.clock.rests)

    def test_last_attempt_starts_in_time(self):
        """The last attempt has the rest of the time for a response."""
        self.fail(TIMED_OUT, seconds=4)

        self.assertEqual(2, self.attempts)

    def test_last_error_is_the_reason(self):
        """An operator looks at what is wrong now."""
        error = self.fail(of_mariadb(1205), of_mariadb(1213))

        self.assertEqual('OperationalError 1213', error.reason)

    def test_connection_of_the_pool_is_waited_for(self):
        """Other threads of the process may only be slow."""
        self.fail(sqlalchemy.exc.TimeoutError('x'), seconds=0.5)

        self.assertEqual([], self.clock.rests)
        self.assertEqual(1010.5, self.clock.now)

    def test_outage_is_what_all_attempts_met(self):
        """The circuit breaker opens if the system reports an outage."""
        self.assertTrue(self.fail(REFUSED).is_outage)
        self.assertTrue(self.executor.circuit_breaker.is_open)

    def test_short_reset_timeout_opens_too(self):
        """Only zero disables the circuit breaker."""
        for seconds, is_open in ((0.5, True), (0, False)):
            self.attempts = 0
            self.executor = executor.Executor(self.configuration(
                user_messages__create_timeout=10,
                user_messages__circuit_breaker_reset_timeout=seconds,
            ).user_messages, lambda: 'sqlite://')
            self.addCleanup(self.executor.close)

            self.fail(REFUSED)

            self.assertIs(is_open, self.executor.circuit_breaker.is_open)

    def test_no_outage(self):
        """A timeout, a lost race, a full pool or one of several nodes."""
        for errors in ((TIMED_OUT,), (REFUSED, TIMED_OUT),
                       (TIMED_OUT, REFUSED), (REFUSED, of_mariadb(1213)),
                       (sqlalchemy.exc.TimeoutError('x'),)):
            self.attempts = 0

            self.assertFalse(self.fail(*errors, seconds=0.5).is_outage)
            self.assertFalse(self.executor.circuit_breaker.is_open)

    def test_one_attempt_is_no_outage(self):
        """Another node may be available for a retry."""
        self.assertFalse(self.fail(REFUSED, seconds=7).is_outage)

    def test_success_of_another_call_is_no_outage(self):
        """Another call reached the database meanwhile."""
        def work(_connection):
            self.executor.run_unless_unavailable(lambda _connection: None)
            raise REFUSED

        self.assertRaises(exception.DatabaseUnavailable,
                          self.executor.run_unless_unavailable, work)

        self.assertFalse(self.executor.circuit_breaker.is_open)

    def test_probe_that_fails_otherwise_closes(self):
        """An error of the probe other than an outage does not affect others.
        """
        self.executor.circuit_breaker.open('OperationalError 2003', -1)

        self.fail(of_mariadb(1213))

        self.assertFalse(self.executor.circuit_breaker.is_open)

    def test_probe_that_is_interrupted_closes(self):
        """Callers do not wait for an interrupted thread."""
        for error in (Interrupted(), KeyboardInterrupt()):
            self.executor.circuit_breaker.open('OperationalError 2003', -1)

            def work(_connection, error=error):
                raise error

            self.assertRaises(type(error),
                              self.executor.run_unless_unavailable, work)

            self.assertFalse(self.executor.circuit_breaker.is_open)


class OwnEngineTest(base.TestCase):

    def test_process_has_one(self):
        """Calls share the connections of one pool."""
        found = executor.Executor(
            self.configuration().user_messages, lambda: 'sqlite://')
        self.addCleanup(found.close)

        self.assertIs(found.engine(), found.engine())


class ServiceEngineTest(base.TestCase):

    def test_engine_of_the_service_is_used(self):
        """Services that share a pool choose the engine for each process."""
        engine = sqlalchemy.create_engine('sqlite://')
        self.addCleanup(engine.dispose)

        found = executor.Executor(
            self.configuration().user_messages, lambda: 'sqlite://',
            lambda: engine)

        self.assertIs(engine, found.engine())


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture)
class EngineTest:

    def test_threads_that_come_first_make_one(self):
        """Each would take as long as all others before it."""
        made = []
        make = executor.db_engine.make_engine

        def make_engine(*args):
            made.append(None)
            return make(*args)

        self.useFixture(fixtures.MockPatchObject(
            executor.db_engine, 'make_engine', make_engine))
        self.db.close()
        threads = [threading.Thread(target=self.db.check)
                   for _number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(1, len(made))


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture)
class InterruptedTest:
    """A statement is interrupted by an exception."""

    def setUp(self):
        super().setUp()
        # The only driver of PostgreSQL that a signal interrupts.
        if self.url.startswith('postgresql'):
            self.require('psycopg')
        self.url = self.url.replace('psycopg2', 'psycopg')
        self.configure(self.conf)
        self.db.close()
        self.session = ('SELECT pg_backend_pid()'
                        if self.url.startswith('postgresql')
                        else 'SELECT CONNECTION_ID()')

    def session_id(self):
        return self.db.executor.run(lambda connection: connection.scalar(
            sqlalchemy.text(self.session)))

    def test_connection_is_not_used_again(self):
        """The next statement would read the response of another."""
        before = self.session_id()

        def work(_connection):
            raise Interrupted

        self.assertRaises(Interrupted, self.db.executor.run, work)

        self.assertNotEqual(before, self.session_id())

    def test_signal_handler_that_raises(self):
        """A timeout of the service may raise an exception."""
        def interrupt(*_args):
            raise Interrupted

        self.addCleanup(signal.signal, signal.SIGALRM,
                        signal.signal(signal.SIGALRM, interrupt))
        self.db.check()
        sleep = ('SELECT pg_sleep(60)' if self.url.startswith('postgresql')
                 else 'SELECT SLEEP(60)')
        signal.setitimer(signal.ITIMER_REAL, 0.2)

        self.assertRaises(
            Interrupted, self.db.executor.run,
            lambda connection: connection.exec_driver_sql(sleep))

        message = self.message()
        self.assertEqual([message], self.stored())

    def test_connection_that_could_not_be_let_go(self):
        """The stack was exhausted during the release of the connection."""
        before = self.session_id()

        def work(connection):
            connection.invalidate = None
            raise RecursionError

        self.assertRaises(TypeError, self.db.executor.run, work)

        self.assertNotEqual(before, self.session_id())

    def test_pool_that_has_lost_count_is_renewed(self):
        """Runaway recursions of a service do not end all recording."""
        self.set(self.conf, user_messages__max_pool_size=1)
        engine = self.db.executor.engine()
        lost = engine.connect()
        self.addCleanup(lost.close)

        with fixtures.MockPatchObject(engine, 'connect',
                                      side_effect=RecursionError):
            self.assertRaises(RecursionError, self.db.check)

        self.message()

        self.assertEqual(1, len(self.stored()))


@database.on_each
class ErrorTextTest(database.DatabaseTestCase):

    def test_no_text_of_a_driver_is_logged(self):
        """oslo.db would log a text with a value of the message."""
        self.assertRaises(exception.DatabaseError, self.message,
                          project_id=None, request_id=SECRET)

        self.assertNotIn(SECRET, self.log.output)
        self.assertNotIn('exception wrapped', self.log.output)


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture)
class BadNodeTest:
    """The connection leads to a node that refuses to write."""

    def test_next_attempt_takes_another_connection(self):
        """With a proxy, the next connection leads to another node."""
        self.assertStored(self.db)

    def test_on_the_engine_of_a_service(self):
        """Engines without the filters of oslo.db work, too."""
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)

        self.assertStored(type(self.db)(self.conf, lambda: engine))

    def test_whole_pool_is_replaced(self):
        """The pool has more connections to that node than a call has attempts.
        """
        engine = self.db.executor.engine()

        for statements in self.refusals():
            for connection in [engine.connect() for _number in range(5)]:
                connection.close()
            with self.refusing(statements), self.statements() as sent:
                self.message()

                self.assertEqual(2, len(sent))

    def assertStored(self, db):
        for statements in self.refusals():
            db.check()
            before = len(self.stored())
            with self.refusing(statements):
                database.store(db)

            self.assertEqual(before + 1, len(self.stored()))

    @contextlib.contextmanager
    def refusing(self, statements):
        connection = self.connect()
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
        yield
        connection.exec_driver_sql('DROP TRIGGER refuse' + (
            ' ON user_messages' if connection.dialect.name == 'postgresql'
            else ''))
        connection.exec_driver_sql('DROP TABLE bad_nodes')
        connection.commit()
        connection.close()

    def refusals(self):
        """Yield statements that make the current connections fail."""
        if self.url.startswith('postgresql'):
            for code in ('25006', '57P03'):
                yield (
                    'CREATE TABLE bad_nodes (id INT)',
                    'INSERT INTO bad_nodes SELECT pid FROM pg_stat_activity',
                    'CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS'
                    ' $$ BEGIN IF pg_backend_pid() IN (SELECT id FROM'
                    " bad_nodes) THEN RAISE EXCEPTION 'x' USING ERRCODE ="
                    f" '{code}'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
                    'CREATE TRIGGER refuse BEFORE INSERT ON user_messages FOR'
                    ' EACH ROW EXECUTE FUNCTION refuse()')
        else:
            for code in (1047, 1290, 1836):
                yield (
                    'CREATE TABLE bad_nodes (id INT)',
                    'INSERT INTO bad_nodes SELECT id'
                    ' FROM information_schema.processlist',
                    'CREATE TRIGGER refuse BEFORE INSERT ON user_messages FOR'
                    ' EACH ROW IF CONNECTION_ID() IN (SELECT id FROM'
                    " bad_nodes) THEN SIGNAL SQLSTATE 'HY000' SET"
                    f' MYSQL_ERRNO = {code}; END IF')


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture)
class UnencodableTextTest:

    def test_matches_nothing(self):
        """Clients read an empty list if the connection cannot encode a text.
        """
        self.message()
        name = ('client_encoding' if self.url.startswith('postgresql')
                else 'charset')
        self.set(self.conf, user_messages__connection=sqlalchemy.make_url(
            self.url).update_query_dict({name: 'latin1'}).render_as_string(
                hide_password=False))
        self.db.close()

        listed = self.db.message_get_all(
            base.PROJECT, {'resource_uuid': '\N{GRINNING FACE}'})

        self.assertEqual([], listed)
        for method in (self.db.message_get, self.db.message_destroy):
            self.assertRaises(
                exception.MessageNotFound, method, '\N{GRINNING FACE}',
                '019b796d-d600-7000-8000-000000000000')
        self.assertFalse(self.db.has_unicode())

    def test_all_of_unicode_is_the_default(self):
        """The upgrade check reports a charset without all of Unicode."""
        self.assertTrue(self.db.has_unicode())


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture)
class ForkTest:

    def test_parent_keeps_its_session(self):
        """A child that closes it would cut the parent off."""
        with self.db.executor.engine().connect() as connection:
            session = connection.connection.dbapi_connection

        status = self.in_a_fork(self.message)

        self.message()
        with self.db.executor.engine().connect() as connection:
            self.assertIs(session, connection.connection.dbapi_connection)
        self.assertEqual(0, status)

    def in_a_fork(self, work):
        child = os.fork()
        if child == 0:  # pragma: no cover
            status = 1
            try:
                work()
                status = 0
            finally:
                os._exit(status)
        return os.waitpid(child, 0)[1]
