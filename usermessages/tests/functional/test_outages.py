# SPDX-License-Identifier: Apache-2.0

import contextlib
import time

import sqlalchemy

from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import defined_messages
from usermessages.tests import database

# Time for the other work of this machine; a driver without a limit takes
# longer.
SLACK_SECONDS = 20


class _Outage:
    """Behavior of an API while its database is unavailable."""

    def make_api(self, url, **values):
        self.timeout = self.TIMEOUT_SECONDS
        api = message_api.API(self.configuration(
            user_messages__connection=url,
            user_messages__create_timeout=self.timeout,
            user_messages__circuit_breaker_reset_timeout=0.2, **values))
        self.addCleanup(api.db.close)
        # Imports and compilation on first use do not count as the outage.
        api.catalog  # noqa: B018
        return api

    def create(self, api):
        return api.create(self.context(),
                          defined_messages.UNABLE_TO_ALLOCATE)

    @contextlib.contextmanager
    def in_time(self):
        started = time.monotonic()
        yield
        self.assertLess(time.monotonic() - started,
                        self.timeout + SLACK_SECONDS)

    def assertAway(self, api):
        """Check that nothing is raised by create, or takes long."""
        before = self.log.output
        with self.in_time():
            message_id = self.create(api)
        lines = self.log.output[len(before):].splitlines()

        self.assertIsNone(message_id)
        self.assertEqual(1, len(lines), lines)
        self.assertIn(
            'ERROR usermessages.message.api Could not store the user message '
            '(database unavailable, ', lines[0])

        with self.in_time():
            self.assertRaises(exception.DatabaseUnavailable, api.get_all,
                              self.context())

    def assertBack(self, api):
        """Check that everything works, without a restart."""
        # A machine that pauses may use up the budget of a single one.
        message_id = database.wait_until(lambda: self.create(api))

        self.assertIn(message_id, [
            message['id'] for message in api.get_all(self.context())])


class LockedFileTest(_Outage, database.DatabaseTestCase):
    """SQLite, where another process writes and does not end."""

    TIMEOUT_SECONDS = 1

    def test_locked_file_times_out(self):
        """Services do not wait longer than the timeout for a locked file."""
        api = self.make_api(self.url)
        connection = self.connect()
        connection.exec_driver_sql('BEGIN EXCLUSIVE')

        self.assertAway(api)

        connection.rollback()
        self.assertBack(api)

    def test_missing_file_system_is_an_error(self):
        """Callers do not wait for an error that is permanent."""
        api = self.make_api('sqlite:////nonexistent/usermessages.sqlite')

        with self.in_time():
            message_id = self.create(api)

        self.assertIsNone(message_id)
        self.assertIn(
            'ERROR usermessages.message.api Could not store the user '
            'message (database error, OperationalError SQLITE_CANTOPEN: '
            'the directory does not exist or is not writable, opening '
            '/nonexistent/usermessages.sqlite); recover it with ',
            self.log.output)


class _ServerOutage(_Outage):

    def setUp(self):
        super().setUp()
        self.proxy = database.Proxy(self.url)
        self.addCleanup(self.proxy.stop)

    def test_closed_port_is_an_outage(self):
        """A server that is down at the start, and then comes up."""
        self.proxy.stop()
        api = self.make_api(self.proxy.url)

        self.assertAway(api)

        for action in (api.get, api.delete):
            with self.in_time():
                self.assertRaises(
                    exception.DatabaseUnavailable, action, self.context(),
                    '019b796d-d600-7000-8000-000000000000')
        with self.in_time():
            self.assertRaises(exception.DatabaseUnavailable,
                              api.cleanup_expired_messages, self.context())
        self.proxy.start()
        self.assertBack(api)

    def test_server_that_goes_down_is_an_outage(self):
        """Operators need not restart a service after an outage."""
        api = self.make_api(self.proxy.url)
        self.assertBack(api)
        self.proxy.stop()

        self.assertAway(api)

        self.proxy.start()
        self.assertBack(api)

    def test_server_that_never_responds_is_an_outage(self):
        """A server that accepts connections without responding is unavailable.
        """
        self.proxy.freeze()
        api = self.make_api(self.proxy.url)

        self.assertAway(api)

        self.proxy.thaw()
        self.assertBack(api)

    def test_exhausted_pool_is_an_outage(self):
        """Callers do not wait longer than the timeout for a connection."""
        api = self.make_api(self.url, user_messages__max_pool_size=1)
        self.assertBack(api)
        used = api.db.executor.engine().connect()

        self.assertAway(api)

        used.close()
        self.assertBack(api)

    def test_locked_table_is_an_outage(self):
        """A schema change, or a backup that locks."""
        api = self.make_api(self.url)
        self.assertBack(api)
        holder = self.connect()
        holder.exec_driver_sql(self.LOCK)

        self.assertAway(api)

        holder.close()
        database.wait_until(lambda: not self.waiting())
        self.assertBack(api)

    def waiting(self):
        """Return the number of interrupted statements that still wait."""
        connection = self.connect()
        count = connection.scalar(sqlalchemy.text(self.WAITING))
        connection.close()
        return count


@database.only_on(database.MySQLFixture)
class OutageTest(_ServerOutage):

    TIMEOUT_SECONDS = 1
    LOCK = 'LOCK TABLES user_messages WRITE'
    WAITING = ('SELECT count(*) FROM information_schema.processlist WHERE'
               " db = DATABASE() AND info LIKE '%user_messages%'"
               ' AND id <> CONNECTION_ID()')

    def test_server_that_freezes_is_an_outage(self):
        """A server that stops responding on open connections is unavailable.
        """
        api = self.make_api(self.proxy.url)
        self.assertBack(api)
        self.proxy.freeze()

        self.assertAway(api)

        self.proxy.thaw()
        self.proxy.drop()
        self.assertBack(api)


@database.only_on(database.PostgreSQLFixture)
class OutageOfTest(_ServerOutage):
    """PostgreSQL has no limit for a frozen server, so no test."""

    # The library of PostgreSQL needs at least two seconds to connect.
    TIMEOUT_SECONDS = 2
    LOCK = 'LOCK TABLE user_messages IN ACCESS EXCLUSIVE MODE'
    WAITING = ('SELECT count(*) FROM pg_stat_activity WHERE'
               " datname = current_database() AND wait_event_type = 'Lock'")
