# SPDX-License-Identifier: Apache-2.0

import threading

import sqlalchemy

from usermessages.db import purge as db_purge
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.db import base as db_base

NOON = db_base.NOON
SECOND = db_base.SECOND
MICROSECOND = db_base.MICROSECOND
DAY = db_base.DAY
ALL_PROJECTS = db_base.ALL_PROJECTS


@database.on_each
class CleanupExpiredMessagesTest(db_base.ConnectionTestCase):

    def cleanup(self, project_id=ALL_PROJECTS, **options):
        """Return how many messages each batch removed."""
        return [batch.rows for batch in db_purge.cleanup_expired_messages(
            self.db, project_id, **options)]

    def expired(self, count):
        """Return messages that expired one second after the other."""
        return [self.message(expires_at=NOON - number * SECOND)
                for number in range(count)]

    def test_expired_messages_go_and_others_stay(self):
        """Users keep messages until their expiry."""
        for expires_at in (NOON - DAY, NOON - MICROSECOND, NOON):
            self.message(expires_at=expires_at)
        live = self.message(expires_at=NOON + MICROSECOND)

        batches = self.cleanup()

        self.assertEqual([3], batches)
        self.assertEqual([live], self.stored())

    def test_nothing_to_do_is_nothing_done(self):
        """The purge runs every hour and often finds no messages."""
        self.message()

        with self.statements() as sent:
            batches = self.cleanup()

        self.assertEqual([], batches)
        self.assertEqual(1, len(sent))

    def test_only_what_is_old_enough_goes(self):
        """Operators can keep messages longer than users see them."""
        for expires_at in (NOON - 2 * DAY, NOON - DAY):
            self.message(expires_at=expires_at)
        kept = self.message(expires_at=NOON - DAY + MICROSECOND)

        batches = self.cleanup(older_than=DAY)

        self.assertEqual([2], batches)
        self.assertEqual([kept], self.stored())

    def test_only_one_project_is_cleaned_up(self):
        """The ID of the project is compared byte by byte."""
        live = self.message(project_id='abc')
        self.message(project_id='abc', expires_at=NOON)
        others = [self.message(project_id=project_id, expires_at=NOON)
                  for project_id in ('ABC', 'abc ', 'äbc')]

        batches = self.cleanup('abc')

        self.assertEqual([1], batches)
        self.assertEqual(
            sorted(message['id'] for message in [live, *others]),
            sorted(row['id'] for row in self.stored()))

    def test_impossible_project_has_nothing_to_remove(self):
        """Operators read no error for a project ID that cannot be stored."""
        self.message(expires_at=NOON)

        self.assertEqual([[], [], []], [
            self.cleanup(project_id) for project_id in db_base.IMPOSSIBLE])
        self.assertEqual(1, len(self.stored()))

    def test_batches_have_the_size_that_was_asked_for(self):
        """The longest transaction is what others wait for."""
        self.expired(7)

        with self.statements() as sent:
            batches = self.cleanup(batch_size=3)

        self.assertEqual([3, 3, 1], batches)
        self.assertEqual(['SELECT', 'DELETE'] * 3,
                         [statement.split()[0] for statement, _rest in sent
                          if 'user_messages' in statement])
        self.assertEqual([], self.stored())

    def test_full_last_batch_ends_too(self):
        """The purge ends if the last batch is exactly full."""
        self.expired(6)

        self.assertEqual([3, 3], self.cleanup(batch_size=3))
        self.assertEqual([], self.stored())

    def test_oldest_go_first_and_no_more_than_asked_for(self):
        """An operator who is careful begins with a few."""
        messages = self.expired(7)

        self.assertEqual([3, 2], self.cleanup(batch_size=3, max_rows=5))
        self.assertEqual(
            sorted(message['id'] for message in messages[:2]),
            sorted(row['id'] for row in self.stored()))

    def test_oldest_of_a_project_go_first(self):
        """An index has the messages in the order of creation."""
        messages = [self.message(created_at=NOON - number * SECOND,
                                 expires_at=NOON) for number in range(3)]

        self.assertEqual([2], self.cleanup(base.PROJECT, max_rows=2))
        self.assertEqual([messages[0]], self.stored())

    def test_who_stops_in_between_has_removed_whole_batches(self):
        """Operators can stop a purge and continue later."""
        self.expired(7)
        batches = db_purge.cleanup_expired_messages(
            self.db, ALL_PROJECTS, batch_size=3)

        next(batches)
        batches.close()

        self.assertEqual(4, len(self.stored()))
        self.assertEqual([3, 1], self.cleanup(batch_size=3))

    def test_each_batch_is_followed_by_a_rest_as_long(self):
        """Services that record messages do not wait for the purge."""
        clock = self.fix_clock()
        self.expired(7)

        @sqlalchemy.event.listens_for(self.db.executor.engine(),
                                      'before_cursor_execute')
        def take_a_second(_connection, _cursor, statement, *_rest):
            # Except for a query of the clock of the server.
            if 'user_messages' in statement:
                clock.now += 1

        batches = list(db_purge.cleanup_expired_messages(
            self.db, ALL_PROJECTS, batch_size=3))

        self.assertEqual([1, 1, 1], [batch.seconds for batch in batches])
        self.assertEqual([2, 2], clock.rests)

    def test_two_at_once_count_each_message_once(self):
        """Two controllers may run it at the same time."""
        self.expired(40)
        live = self.message()
        counts = []
        together = threading.Barrier(2)

        def cleanup():
            together.wait()
            counts.append(sum(self.cleanup(batch_size=5)))

        db_base.in_threads(cleanup, cleanup)

        self.assertEqual(40, sum(counts))
        self.assertEqual(2, len(counts))
        self.assertEqual([live], self.stored())


class CleanupOnSQLiteTest(db_base.ConnectionTestCase):

    def test_rest_is_long_enough_for_a_writer_that_waits(self):
        """Writers to SQLite retry every 100 ms, and need a longer break."""
        clock = self.fix_clock()
        for _number in range(4):
            self.message(expires_at=NOON)

        for _batch in db_purge.cleanup_expired_messages(
                self.db, ALL_PROJECTS, batch_size=2):
            pass

        self.assertEqual([0.15, 0.15], clock.rests)


@database.on_each
class CountExpiredMessagesTest(db_base.ConnectionTestCase):

    def test_count_is_what_a_cleanup_removes(self):
        """Operators read the number of messages before a purge."""
        for expires_at in (NOON - DAY, NOON - MICROSECOND, NOON,
                           NOON + MICROSECOND):
            self.message(expires_at=expires_at)
        self.message(project_id=base.OTHER, expires_at=NOON)

        self.assertEqual([4, 3, 1, 0], [
            db_purge.count_expired_messages(self.db, project_id, **options)
            for project_id, options in (
                (ALL_PROJECTS, {}), (base.PROJECT, {}),
                (ALL_PROJECTS, {'older_than': DAY}),
                (base.OTHER, {'older_than': DAY}))])
        self.assertEqual(5, len(self.stored()))
