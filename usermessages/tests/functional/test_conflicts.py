# SPDX-License-Identifier: Apache-2.0

"""Lose conflicts with other transactions in the database.

A trigger returns the errors of a server for a transaction that lost: 1213 on
MariaDB, as Galera does after a certification failure, and 40P01 on PostgreSQL.
"""

import threading
import time

import sqlalchemy

from usermessages.db import migration
from usermessages.db import purge as db_purge
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import dead_letter
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base

MESSAGES = f'/v3/{base.PROJECT}/messages'
ALWAYS = 1000000
# A loaded machine may pause a test, and what has no end of its own is missed
# by more than that.
ROOM_SECONDS = 20

_ON_MYSQL = """
CREATE TABLE faults_left (number INT) ENGINE=MyISAM;
INSERT INTO faults_left VALUES ({times});
CREATE TRIGGER fault BEFORE {event} ON user_messages FOR EACH ROW
  IF (SELECT number FROM faults_left) > 0 THEN
    UPDATE faults_left SET number = number - 1; {SIGNAL}
  END IF"""
_SIGNAL = "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213; "
_ON_POSTGRESQL = """
CREATE SEQUENCE faults;
CREATE FUNCTION fault() RETURNS trigger AS $$ BEGIN
  IF nextval('faults') <= {times} THEN
    RAISE EXCEPTION USING ERRCODE = '40P01';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$ LANGUAGE plpgsql;
CREATE TRIGGER fault BEFORE {event} ON user_messages FOR EACH ROW
  EXECUTE FUNCTION fault()"""


class ConflictTestCase(functional_base.APITestCase):
    """A test with a database that no other test uses."""

    def setUp(self):
        super().setUp()
        self.url = self.make_empty_database()
        migration.sync_url(self.url)
        self.serve(user_messages__connection=self.url)
        self.api = message_api.API(self.conf)
        self.db = self.api.db
        self.addCleanup(self.db.close)
        # The time for a connection is not part of the test.
        self.db.check()

    def administer(self, *statements):
        connection = self.connect()
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
        connection.close()

    def lose(self, event, times):
        """Let so many statements of a kind lose."""
        if self.db.executor.engine().dialect.name == 'postgresql':
            self.administer(_ON_POSTGRESQL.format(event=event, times=times))
        else:
            self.administer(*_ON_MYSQL.format(
                event=event, times=times, SIGNAL=_SIGNAL).strip().split(
                    ';\n', 2))

    def create(self, api=None):
        return (api or self.api).create(self.context(), '000002')

    def budget(self, seconds):
        self.set(self.conf, user_messages__create_timeout=seconds)
        self.latest = time.monotonic() + seconds + ROOM_SECONDS

    def assertInTime(self):
        self.assertLess(time.monotonic(), self.latest)

    def assertAway(self, response):
        """Check that a client reads when to retry."""
        self.assertEqual(
            'The service is temporarily unavailable; try again later.',
            self.assertFault(503, 'serviceUnavailable', response))
        self.assertEqual('5', response.headers['Retry-After'])


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=ConflictTestCase)
class LostTransactionTest:

    def test_message_that_loses_is_retried(self):
        """Callers find the message of each returned ID, once."""
        self.lose('INSERT', 3)

        message_id = self.create()

        self.assertEqual([message_id], [row['id'] for row in self.stored()])

    def test_message_on_the_engine_of_a_service_is_retried(self):
        """On the engine of a service, a retry repeats several statements."""
        self.lose('INSERT', 3)
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)

        message_id = self.create(message_api.API(
            self.conf, engine=lambda: engine))

        self.assertEqual([message_id], [row['id'] for row in self.stored()])

    def test_message_that_always_loses_is_in_the_log(self):
        """Services try to store the next message, since the database is
        available.
        """
        self.lose('INSERT', ALWAYS)
        self.budget(2)

        message_id = self.create()

        self.assertInTime()
        self.assertIsNone(message_id)
        self.administer('DROP TRIGGER fault' + self.on_table())
        [record] = [record for line in self.log.output.splitlines()
                    for record in dead_letter.parse_line(line)]
        self.assertIsNotNone(self.create())
        self.api.recover(record)
        self.assertEqual(2, len(self.stored()))

    def test_deletion_that_loses_is_retried(self):
        """Users do not notice the retry."""
        message = self.message()
        self.lose('DELETE', 3)

        response = self.request(f'{MESSAGES}/{message["id"]}',
                                method='DELETE')

        self.assertEqual(204, response.status_int)
        self.assertEqual([], self.stored())

    def test_deletion_that_always_loses_is_no_failure_of_ours(self):
        """Clients read that they can retry a little later."""
        message = self.message()
        self.lose('DELETE', ALWAYS)
        self.budget(2)

        response = self.request(f'{MESSAGES}/{message["id"]}',
                                method='DELETE')

        self.assertInTime()
        self.assertAway(response)
        self.assertEqual(1, len(self.stored()))

    def test_purge_that_loses_is_retried(self):
        """Each batch on its own."""
        for number in range(1, 8):
            self.message(expires_at=functional_base.NOON
                         - number * functional_base.SECOND)
        self.lose('DELETE', 3)

        removed = [batch.rows for batch in db_purge.cleanup_expired_messages(
            self.db, database.ALL_PROJECTS, batch_size=3)]

        self.assertEqual([3, 3, 1], removed)
        self.assertEqual([], self.stored())

    def test_purge_that_always_loses_ends(self):
        """The next run continues, so a timer need not wait."""
        self.message(expires_at=functional_base.NOON)
        self.lose('DELETE', ALWAYS)
        self.budget(2)

        self.assertRaises(exception.DatabaseUnavailable,
                          self.api.cleanup_expired_messages, None)

        self.assertInTime()

    def on_table(self):
        return (' ON user_messages'
                if self.db.executor.engine().name == 'postgresql' else '')


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=ConflictTestCase)
class LockedTableTest:

    def setUp(self):
        super().setUp()
        self.stored_message = self.message()
        self.holder = self.connect()
        self.holder.exec_driver_sql(
            'LOCK TABLE user_messages IN ACCESS EXCLUSIVE MODE'
            if self.holder.dialect.name == 'postgresql'
            else 'LOCK TABLES user_messages WRITE')

    def test_requests_are_answered_in_time(self):
        """Requests do not wait for a change of the table, which may take
        hours.
        """
        self.budget(2)
        self.serve()
        one = f'{MESSAGES}/{self.stored_message["id"]}'
        for method, path in (('GET', MESSAGES), ('GET', one),
                             ('DELETE', one)):
            with self.subTest(method=method, path=path):
                self.budget(2)

                response = self.request(path, method=method)

                self.assertInTime()
                self.assertAway(response)

    def test_session_that_is_ended_while_it_waits_is_not_noticed(self):
        """An operator who ends what hangs costs no message."""
        found = []
        waits = threading.Thread(target=lambda: found.append(self.create()))
        waits.start()
        database.wait_until(self.end_what_waits)
        self.holder.close()
        waits.join()

        self.assertEqual(
            sorted([found[0], self.stored_message['id']]),
            sorted(row['id'] for row in self.stored()))

    def end_what_waits(self):
        """End the session that inserts; tell whether there was one."""
        connection = self.connect()
        if connection.dialect.name == 'postgresql':
            ended = connection.scalars(sqlalchemy.text(
                'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
                " WHERE datname = current_database() AND query LIKE 'INSERT%'"
                " AND wait_event_type = 'Lock'")).all()
        else:
            ended = connection.scalars(sqlalchemy.text(
                'SELECT id FROM information_schema.processlist'
                " WHERE db = DATABASE() AND info LIKE 'INSERT INTO user%'",
            )).all()
            for session in ended:
                connection.exec_driver_sql(f'KILL {session}')
        connection.close()
        return ended
