# SPDX-License-Identifier: Apache-2.0

import datetime
import json

import fixtures

from usermessages.cmd import purge
from usermessages.db import api as db_api
from usermessages.db import clock
from usermessages.db import executor
from usermessages.db import purge as db_purge
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.cmd import base as cmd_base

NOON = cmd_base.NOON
DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)


class Rests:
    """Time in which nothing is waited for, and where a test can come in."""

    def __init__(self, in_a_rest=lambda: None):
        self.now = 0
        self.in_a_rest = in_a_rest

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.in_a_rest()


class PurgeTestCase(cmd_base.ManageTestCase):
    """A test of the command at noon, on the database with the table."""

    def setUp(self):
        super().setUp()
        self.rests = Rests()
        for module in (db_purge, executor):
            self.useFixture(fixtures.MockPatchObject(
                module, 'time', self.rests))

    def purge(self, *args):
        return self.run_command('message', 'purge', *args)

    def expired(self, count, **values):
        """Return messages that expired one day after the other."""
        return [self.message(expires_at=NOON - number * DAY, **values)
                for number in range(count)]

    def left(self):
        return sorted(row['id'] for row in self.stored())


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=PurgeTestCase)
class ClockTest:

    def test_wrong_clock_removes_nothing(self):
        """A clock that is a month ahead does not remove valid messages."""
        self.expired(1)
        system_time = clock._system_time
        for ahead in (31 * DAY, -31 * DAY):
            for args in ((), ('--dry-run',)):
                with fixtures.MockPatchObject(
                        clock, '_system_time',
                        lambda ahead=ahead: system_time() + ahead):
                    status, out, err = self.purge(*args)

                self.assertEqual((1, ''), (status, out))
                self.assertRegex(
                    err, r'^usermessages-manage: The clocks of this machine '
                    r'and of the database differ by 3[01] days, .* nothing '
                    r'was removed\.  Synchronize the clocks\.\n$')
        self.assertEqual(1, len(self.stored()))

    def test_minutes_do_not_matter(self):
        """Clocks of two machines never agree exactly."""
        self.expired(1)
        now = clock._system_time()
        self.useFixture(fixtures.MockPatchObject(
            clock, '_system_time', lambda: now + 50 * 60 * SECOND))

        self.assertIn('Messages removed: 1;', self.purge()[1])


@database.on_each
class PurgeTest(PurgeTestCase):

    def test_expired_messages_go(self):
        """Users keep the messages that are not expired."""
        live = self.message(expires_at=NOON + SECOND)
        self.expired(3)

        outcome = self.purge()

        self.assertEqual(
            (0, 'Messages removed: 3; batches: 1; longest transaction: 0.000 '
             'seconds\n', ''), outcome)
        self.assertEqual([live], self.stored())

    def test_age_is_in_days_after_expiry(self):
        """Operators can keep expired messages for a week."""
        messages = self.expired(10)

        status, out, _err = self.purge('--older-than', '7')

        self.assertEqual(0, status)
        self.assertIn('Messages removed: 3;', out)
        self.assertEqual(sorted(message['id'] for message in messages[:7]),
                         self.left())

    def test_one_project_can_be_purged_alone(self):
        """Operators can purge a project that was deleted in Keystone."""
        self.expired(2)
        [other] = self.expired(1, project_id=base.OTHER)

        status, out, _err = self.purge('--project', base.PROJECT)

        self.assertEqual(0, status)
        self.assertIn('Messages removed: 2;', out)
        self.assertEqual([other], self.stored())

    def test_sizes_are_obeyed_and_told_in_json(self):
        """Operators monitor the purges with these numbers."""
        self.expired(7)

        status, out, err = self.purge('--batch-size', '2', '--max-rows', '5',
                                      '-f', 'json')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual(
            {'dry_run': False, 'rows': 5, 'batches': 3,
             'longest_transaction_seconds': 0.0}, json.loads(out))
        self.assertEqual(2, len(self.stored()))

    def test_dry_run_tells_and_removes_nothing(self):
        """Operators read the effect before the first purge."""
        self.expired(3)

        self.assertEqual(
            [(0, 'Messages that would be removed: 3\n', ''),
             (0, 'Messages that would be removed: 2\n', ''),
             (0, 'Messages that would be removed: 1\n', ''),
             (0, 'Messages that would be removed: 0\n', '')],
            [self.purge('--dry-run', *args) for args in (
                (), ('--max-rows', '2'), ('--older-than', '2'),
                ('--project', base.OTHER))])
        self.assertEqual(
            {'dry_run': True, 'rows': 3, 'batches': 0,
             'longest_transaction_seconds': 0.0},
            json.loads(self.purge('--dry-run', '--format', 'json')[1]))
        self.assertEqual(3, len(self.stored()))

    def test_ctrl_c_leaves_whole_batches_and_tells_how_many(self):
        """Operators can stop the purge immediately."""
        self.expired(7)
        self.rests.in_a_rest = self.press_ctrl_c_the_second_time()

        interrupted = self.purge('--batch-size', '2')
        left = len(self.stored())
        self.rests.in_a_rest = lambda: None
        again = self.purge('--batch-size', '2')

        self.assertEqual(
            (130, '', 'usermessages-manage: interrupted; Messages removed: 4; '
             'batches: 2; longest transaction: 0.000 seconds\n'), interrupted)
        self.assertEqual(3, left)
        self.assertEqual(
            (0, 'Messages removed: 3; batches: 2; longest transaction: 0.000 '
             'seconds\n', ''), again)

    def test_table_that_is_lost_meanwhile_is_one_line(self):
        """Operators read how many messages were purged before the error."""
        self.use(self.empty)
        self.run_command('db', 'sync')
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=self.empty))
        self.addCleanup(self.db.close)
        self.expired(4)
        self.rests.in_a_rest = self.drop_table

        status, out, err = self.purge('--batch-size', '2')

        self.assertEqual((1, ''), (status, out))
        self.assertRegex(
            err, r'^usermessages-manage: The database refused a statement '
            r'\(\w+ \w+: the table may be missing.*\)\.; '
            r'Messages removed: 2; batches: 1; '
            r'longest transaction: 0\.000 seconds\n$')

    def test_missing_table_is_one_line(self):
        """A timer mails it to the operator."""
        self.use(self.empty)

        for args in ((), ('--dry-run',)):
            status, out, err = self.purge(*args)

            self.assertEqual((1, ''), (status, out))
            self.assertRegex(
                err, r'^usermessages-manage: The database refused a '
                r'statement \(\w+ \w+: the table may be missing.*\)\.\n$')

    def press_ctrl_c_the_second_time(self):
        presses = iter((False, True))

        def press():
            if next(presses):
                raise KeyboardInterrupt

        return press

    def drop_table(self):
        connection = self.connect(self.empty)
        connection.exec_driver_sql('DROP TABLE user_messages')
        connection.commit()
        connection.close()


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=PurgeTestCase)
class OutageTest:

    def setUp(self):
        super().setUp()
        self.proxy = database.Proxy(self.url)
        self.proxy.stop()
        self.use(self.proxy.url)

    def test_server_that_is_replaced_is_outlasted(self):
        """Operators with a timer do not look at an error until the next day.
        """
        self.expired(3)
        self.rests.in_a_rest = self.start_after_six_seconds

        status, out, err = self.purge()

        self.assertEqual((0, ''), (status, err))
        self.assertIn('Messages removed: 3;', out)

    def test_server_that_is_unavailable_is_one_line(self):
        """Operators read the code of the error."""
        status, out, err = self.purge()

        self.assertEqual((1, ''), (status, out))
        self.assertRegex(err, r'^usermessages-manage: database unavailable '
                         r'\(OperationalError.*, connecting to '
                         r'127.0.0.1:\d+, .*\)\n$')

    def start_after_six_seconds(self):
        if self.rests.now > 6:
            self.rests.in_a_rest = lambda: None
            self.proxy.start()
            self.addCleanup(self.proxy.stop)


class UsageTest(PurgeTestCase):
    """Wrong arguments, which remove nothing."""

    def assertRefused(self, words, *args):
        status, out, err = self.purge(*args)

        self.assertEqual((2, ''), (status, out))
        self.assertEqual(
            f'usermessages-manage message purge: error: argument {words}',
            err.splitlines()[-1])
        self.assertNotIn('Traceback', err)
        self.assertEqual(1, len(self.stored()))

    def test_wrong_values_are_refused(self):
        """A typo must not empty a table."""
        self.expired(1)

        for text in ('-1', '1.5', 'x', '', '36501', '1e3'):
            self.assertRefused(f'--older-than: {text!r} is not an integer '
                               'from 0 to 36500', '--older-than', text)
        for text in ('0', '-1', '10001'):
            self.assertRefused(f'--batch-size: {text!r} is not an integer '
                               'from 1 to 10000', '--batch-size', text)
        self.assertRefused("--max-rows: '0' is not an integer from 1 to "
                           '2147483647', '--max-rows', '0')

    def test_empty_project_is_not_all_projects(self):
        """An unset variable of the shell does not remove all messages."""
        self.expired(1)

        self.assertRefused('--project: the project ID must not be empty',
                           '--project', '')

    def test_oldest_age_is_no_error(self):
        """Operators may enter an age for which no message exists."""
        self.expired(1)

        status, out, _err = self.purge('--older-than', '36500')

        self.assertEqual(0, status)
        self.assertIn('Messages removed: 0;', out)


class ReportTest(base.TestCase):

    def test_longest_transaction_is_kept(self):
        """Operators read the longest possible wait for a lock."""
        report = purge.Report(dry_run=False)
        for seconds in (0.25, 0.5004, 0.125):
            report.add(db_purge.Batch(10, seconds))

        self.assertEqual('Messages removed: 30; batches: 3; longest '
                         'transaction: 0.500 seconds', str(report))
