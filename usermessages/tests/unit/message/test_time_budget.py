# SPDX-License-Identifier: Apache-2.0

"""Record messages while the database is unavailable.

Services rely on ``create_timeout``, so the tests compare the elapsed time with
the timeout, with room for a loaded machine.
"""

import contextlib
import os
import re
import socket
import threading
import time

import fixtures
import sqlalchemy

from usermessages.db import circuit_breaker
from usermessages import exception as exc
from usermessages.message import api as message_api
from usermessages.tests import base
from usermessages.tests import database

AT_ONCE = ('ERROR usermessages.message.api Could not store the user message '
           r'\(database unavailable, circuit breaker open: OperationalError.*'
           r'\); recover it ')

# A loaded machine may pause a test, and a budget that is not held is missed
# by whole timeouts of a driver.
ROOM_SECONDS = 20


class TimeBudgetTestCase(base.TestCase):

    def create(self, api):
        """Record a message; return its ID and the seconds taken."""
        before = time.monotonic()
        message_id = api.create(self.context(), '000002')
        return message_id, time.monotonic() - before

    def make_api(self, url, timeout_seconds, **values):
        if isinstance(url, sqlalchemy.URL):
            url = url.render_as_string(hide_password=False)
        api = message_api.API(self.configuration(
            user_messages__connection=url,
            user_messages__create_timeout=timeout_seconds,
            **{'user_messages__circuit_breaker_reset_timeout': 0, **values}))
        self.addCleanup(api.db.close)
        return api

    def assertGivenUp(self, api, seconds, reason):
        """Check that create ends within that time, with one line."""
        before = len(self.lines())

        message_id, taken = self.create(api)

        self.assertIsNone(message_id)
        self.assertLess(taken, seconds + ROOM_SECONDS)
        [line] = self.lines()[before:]
        self.assertRegex(
            line, '^ERROR usermessages.message.api Could not store the user '
            rf'message \(database unavailable, {reason}'
            r'(, connecting to .*)?\); recover it with ')

    def lines(self):
        """Return the log of the library, without the level DEBUG."""
        return [line for line in self.log.output.splitlines()
                if ' usermessages' in line and not line.startswith('DEBUG')]


class NobodyListensTest(TimeBudgetTestCase):

    def closed_port(self):
        with socket.create_server(('127.0.0.1', 0)) as listener:
            return listener.getsockname()[1]

    def test_mysql(self):
        """The database is being restarted."""
        for driver in ('mysql+pymysql', 'mariadb+pymysql'):
            api = self.make_api(
                f'{driver}://u:p@127.0.0.1:{self.closed_port()}/db', 2)
            self.assertGivenUp(api, 2, 'OperationalError 2003')

    def test_psycopg2(self):
        """The database is being restarted."""
        self.assertPostgreSQLGivenUp('psycopg2')

    def test_psycopg(self):
        """The database is being restarted."""
        self.require('psycopg')

        self.assertPostgreSQLGivenUp('psycopg')

    def assertPostgreSQLGivenUp(self, driver):
        api = self.make_api(f'postgresql+{driver}://u:p@127.0.0.1:'
                            f'{self.closed_port()}/db', 2)
        self.assertGivenUp(api, 2, 'OperationalError: Connection refused')

    def test_reading_is_an_error(self):
        """A reader must not take this for "no messages"."""
        for url in (f'mysql+pymysql://u:p@127.0.0.1:{self.closed_port()}/db',
                    f'postgresql+psycopg2://u:p@127.0.0.1:'
                    f'{self.closed_port()}/db'):
            api = self.make_api(url, 0.2)
            self.assertRaises(exc.DatabaseUnavailable, api.get_all,
                              self.context())


class NobodyAnswersTest(TimeBudgetTestCase):
    """The kernel takes the connection, and the process behind it hangs."""

    def setUp(self):
        super().setUp()
        listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.addCleanup(listener.close)
        self.port = listener.getsockname()[1]

    def test_mysql(self):
        """A response may take whole seconds, and so one at least."""
        for timeout_seconds in (0.4, 2):
            api = self.make_api(
                f'mysql+pymysql://u:p@127.0.0.1:{self.port}/db',
                timeout_seconds)
            self.assertGivenUp(api, timeout_seconds, 'OperationalError 2013')

    def test_psycopg2(self):
        """libpq waits for a connection for at least two seconds."""
        api = self.make_api(
            f'postgresql+psycopg2://u:p@127.0.0.1:{self.port}/db', 2)
        self.assertGivenUp(api, 2, 'OperationalError: timeout expired')

    def test_psycopg(self):
        """libpq waits for a connection for at least two seconds."""
        self.require('psycopg')

        api = self.make_api(
            f'postgresql+psycopg://u:p@127.0.0.1:{self.port}/db', 2)
        self.assertGivenUp(api, 2, 'ConnectionTimeout: .*')


class DatabaseTimeBudgetTestCase(TimeBudgetTestCase,
                                 database.DatabaseTestCase):
    pass


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=DatabaseTimeBudgetTestCase)
class OutageTest:
    """A connection that worked does not any more."""

    def test_slow_server_costs_no_message(self):
        """An attempt that has started is not given up for being slow."""
        proxy = database.Proxy(self.url)
        self.addCleanup(proxy.stop)
        proxy.delay_seconds = 0.3
        api = self.make_api(proxy.url, 2)

        self.assertIsNotNone(self.create(api)[0])

    def test_connection_that_was_lost_is_made_again(self):
        """The database was restarted since the last message."""
        proxy = database.Proxy(self.url)
        self.addCleanup(proxy.stop)
        api = self.make_api(proxy.url, 2)
        self.assertIsNotNone(self.create(api)[0])
        proxy.drop()

        self.assertIsNotNone(self.create(api)[0])

        self.assertEqual(2, len(self.stored()))
        self.assertEqual([], self.lines())

    def test_thread_that_finds_no_connection_gives_up(self):
        """A burst of failures must not add a pile of waiting threads."""
        api = self.make_api(self.url, 0.4, user_messages__max_pool_size=1)

        with api.db.executor.engine().connect():
            self.assertGivenUp(api, 0.4, 'TimeoutError')

        self.assertIsNotNone(self.create(api)[0])


@database.only_on(database.MySQLFixture, test_case=DatabaseTimeBudgetTestCase)
class FrozenTest:
    """PostgreSQL has no limit for this time, as documented."""

    def test_statement_that_hangs_is_given_up(self):
        """The server is frozen, or the network drops its responses."""
        proxy = database.Proxy(self.url)
        self.addCleanup(proxy.stop)
        api = self.make_api(proxy.url, 2)
        self.assertIsNotNone(self.create(api)[0])
        proxy.freeze()
        # Without a timeout in create, the test would end here.
        timer = threading.Timer(60, proxy.drop)
        timer.start()
        self.addCleanup(timer.cancel)

        self.assertGivenUp(api, 2, 'OperationalError 2013')

        proxy.thaw()
        self.assertIsNotNone(self.create(api)[0])


@database.on_each
class LockedTest(DatabaseTimeBudgetTestCase):

    def test_table_that_is_locked_is_given_up(self):
        """A change of the table may take hours."""
        api = self.make_api(self.url, 2)
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)
        with engine.connect() as holder:
            if engine.dialect.name == 'sqlite':
                holder.exec_driver_sql('BEGIN EXCLUSIVE')
                reason = 'OperationalError SQLITE_BUSY'
            elif engine.dialect.name == 'postgresql':
                holder.exec_driver_sql('LOCK TABLE user_messages')
                reason = 'QueryCanceled 57014'
            else:
                holder.exec_driver_sql('LOCK TABLES user_messages WRITE')
                # The server, or else the driver, ends the statement.
                reason = 'OperationalError (1969|2013)'
            self.assertGivenUp(api, 2, reason)
            if engine.dialect.name == 'mysql':
                holder.exec_driver_sql('UNLOCK TABLES')
            holder.rollback()


class Clock:
    """A clock that the test advances."""

    now = 1000

    def monotonic(self):
        return self.now

    def sleep(self, _seconds):
        time.sleep(0.01)


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=DatabaseTimeBudgetTestCase)
class CircuitBreakerTest:
    """The circuit breaker after a message whose attempts all failed."""

    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.useFixture(fixtures.MockPatchObject(
            circuit_breaker, 'time', self.clock))
        self.proxy = database.Proxy(self.url)
        self.addCleanup(self.proxy.stop)
        self.pausing = self.make_api(
            self.proxy.url, 2, user_messages__circuit_breaker_reset_timeout=5)

    def make_unavailable(self, api):
        """Let the database go, and have one message find out."""
        self.proxy.stop()
        self.assertIsNone(self.create(api)[0])

    def assertAtOnce(self, api):
        """Check that a message is given up without a try."""
        before = len(self.lines())

        message_id, _taken = self.create(api)

        self.assertIsNone(message_id)
        [line] = self.lines()[before:]
        self.assertRegex(line, f'^{AT_ONCE}')

    def test_many_are_given_up_at_once(self):
        """Thousands of failures do not queue for an unavailable database."""
        self.make_unavailable(self.pausing)

        # Sequential waits would take a quarter of an hour.
        ids = [self.create(self.pausing)[0] for _number in range(1000)]

        self.assertEqual([None] * 1000, ids)
        self.assertEqual(1000, len(re.findall(AT_ONCE, self.log.output)))

    def test_probe_that_is_refused_opens_it_again(self):
        """Callers do not wait until the reset timeout is over again."""
        self.make_unavailable(self.pausing)
        self.clock.now += 4.9
        self.assertAtOnce(self.pausing)
        self.clock.now += 0.1

        self.assertIsNone(self.create(self.pausing)[0])

        self.assertAtOnce(self.pausing)

    def test_burst_after_an_outage_is_stored(self):
        """Services lose no message while a probe is running."""
        api = self.make_api(self.proxy.url, 60)
        self.make_unavailable(self.pausing)
        api.db.executor.circuit_breaker = (
            self.pausing.db.executor.circuit_breaker)
        self.proxy.start()
        self.clock.now += 20
        ids = []
        threads = [threading.Thread(target=lambda: ids.append(
            self.create(api)[0])) for _number in range(60)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(60, len(set(ids) - {None}))
        self.assertEqual(60, len(self.stored()))

    def test_message_that_is_stored_ends_it(self):
        """Services record messages as before the outage."""
        self.make_unavailable(self.pausing)
        self.proxy.start()
        self.assertAtOnce(self.pausing)
        self.clock.now += 5

        stored = [self.create(self.pausing)[0] for _number in range(3)]

        self.assertEqual(sorted(stored),
                         sorted(row['id'] for row in self.stored()))
        self.assertFalse(self.pausing.db.executor.circuit_breaker.is_open)

    def test_one_that_lost_lets_the_next_one_ask(self):
        """An error of the probe other than an outage does not affect others.
        """
        self.make_unavailable(self.pausing)
        self.proxy.start()
        self.clock.now += 5
        with fixtures.MockPatchObject(
                self.pausing.db.executor, '_run',
                side_effect=exc.DatabaseUnavailable('1213', False)):
            self.assertIsNone(self.create(self.pausing)[0])

        self.assertIsNotNone(self.create(self.pausing)[0])

    def test_answer_that_refuses_ends_it(self):
        """An error of the database proves that it is available."""
        self.make_unavailable(self.pausing)
        self.proxy.start()
        self.clock.now += 5
        with self.hidden_table():
            self.assertIsNone(self.create(self.pausing)[0])

        self.assertIsNotNone(self.create(self.pausing)[0])

    def test_lists_and_deletions_take_no_notice(self):
        """Users can list and delete messages in the meantime."""
        message_id = self.create(self.pausing)[0]
        self.make_unavailable(self.pausing)
        self.proxy.start()

        listed = self.pausing.get_all(self.context())
        self.pausing.delete(self.context(), message_id)

        self.assertEqual([message_id], [found['id'] for found in listed])
        self.assertEqual([], self.stored())
        self.assertAtOnce(self.pausing)

    def test_engine_of_a_service_gets_a_pause_too(self):
        """The settings of the service bound the time of one message only."""
        engine = sqlalchemy.create_engine(self.proxy.url)
        self.addCleanup(engine.dispose)
        api = message_api.API(
            self.configuration(user_messages__create_timeout=1),
            engine=lambda: engine)
        self.make_unavailable(api)
        self.assertAtOnce(api)
        self.proxy.start()
        self.clock.now += 5

        self.assertIsNotNone(self.create(api)[0])

    def test_child_of_a_fork_finds_out_for_itself(self):
        """Children of a fork do not depend on a probe of the parent."""
        self.make_unavailable(self.pausing)
        self.clock.now += 5
        self.pausing.db.executor.circuit_breaker.acquire_probe(0, 60)
        self.proxy.start()

        child = os.fork()
        if child == 0:  # pragma: no cover
            message_id = None
            try:
                message_id = self.create(self.pausing)[0]
            finally:
                os._exit(0 if message_id else 1)
        status = os.waitpid(child, 0)[1]

        self.assertEqual(0, status)
        self.assertEqual(1, len(self.stored()))

    def test_pool_without_a_connection_is_no_outage(self):
        """One slow thread does not cost the messages of others."""
        api = self.make_api(self.url, 0.4, user_messages__max_pool_size=1,
                            user_messages__circuit_breaker_reset_timeout=5)

        with api.db.executor.engine().connect():
            self.assertIsNone(self.create(api)[0])

        self.assertIsNotNone(self.create(api)[0])

    def test_without_a_pause_each_one_asks(self):
        """Operators can disable the circuit breaker."""
        api = self.make_api(self.proxy.url, 2)
        self.make_unavailable(api)
        self.proxy.start()

        self.assertIsNotNone(self.create(api)[0])

    @contextlib.contextmanager
    def hidden_table(self):
        """Let the table be missing for a while."""
        self.rename('user_messages', 'hidden')
        try:
            yield
        finally:
            self.rename('hidden', 'user_messages')

    def rename(self, before, after):
        connection = self.connect()
        connection.exec_driver_sql(f'ALTER TABLE {before} RENAME TO {after}')
        connection.commit()
        connection.close()
