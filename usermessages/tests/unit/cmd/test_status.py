# SPDX-License-Identifier: Apache-2.0

import datetime

from oslo_utils import fixture as time_fixture

from usermessages.cmd import status
from usermessages.db import migration
from usermessages.tests import database
from usermessages.tests.unit.cmd import base


NOON = datetime.datetime(2026, 1, 1, 12)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


class StatusTestCase(base.CommandTestCase):

    prog = 'usermessages-status'
    main = staticmethod(status.main)


@database.on_each
class UpgradeCheckTest(StatusTestCase):

    def test_all_is_well(self):
        """An upgrade goes on with 0."""
        migration.sync_url(self.empty)

        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((0, ''), (code, err))
        self.assertEqual(4, out.count('Result: Success'))

    def test_missing_tables_are_a_failure(self):
        """An upgrade stops with 2, and is told what to run."""
        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((2, ''), (code, err))
        self.assertIn('Check: Database', out)
        self.assertIn('Result: Failure', out)
        self.assertIn('usermessages-manage db sync',
                      ' '.join(out.replace('|', ' ').split()))


@database.on_each
class ExpiredMessagesTest(StatusTestCase):

    def setUp(self):
        super().setUp()
        self.use(self.url)
        self.useFixture(time_fixture.TimeFixture(NOON))

    def test_removal_that_was_forgotten_is_a_warning(self):
        """The table grows for ever, and nobody notices before it is full."""
        self.message(expires_at=NOON - 3 * DAY - HOUR)

        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((1, ''), (code, err))
        self.assertEqual(1, out.count('Result: Warning'))
        self.assertIn(
            'A message has been past its time for 3 days and is still stored: '
            'run "usermessages-manage message purge" once a day',
            ' '.join(out.replace('|', ' ').split()))

    def test_removal_that_runs_once_a_day_is_well(self):
        """And one that failed once is not worth a warning."""
        self.message(expires_at=NOON - 2 * DAY)
        self.message(expires_at=NOON + HOUR)

        code, out, _err = self.run_command('upgrade', 'check')

        self.assertEqual((0, 4), (code, out.count('Result: Success')))


class FailureTest(StatusTestCase):

    def assertFailure(self, words):
        code, out, _err = self.run_command('upgrade', 'check')

        self.assertEqual(2, code)
        self.assertIn(words, ' '.join(out.replace('|', ' ').split()))
        self.assertNotIn('s3cret', out)

    def test_database_that_is_away(self):
        """It can not be said whether all is well."""
        self.use('mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')

        self.assertFailure('the database does not answer (OperationalError '
                           '2003)')

    def test_no_database(self):
        """The option to set is named."""
        self.use(None)

        self.assertFailure('set [user_messages]connection')

    def test_catalog_that_can_not_be_loaded(self):
        """The server would not start with it."""
        migration.sync_url(self.empty)
        name = self.file('[user_messages]\ncatalog = nonsense:CATALOG\n')

        code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, code)
        self.assertEqual(3, out.count('Result: Success'))
        self.assertEqual(1, out.count('Result: Failure'))

    def test_policy_file_that_can_not_be_used(self):
        """The server would not start with it either."""
        migration.sync_url(self.empty)
        policy_file = self.file('"message:get": [')
        name = self.file(f'[oslo_policy]\npolicy_file = {policy_file}\n')

        code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, code)
        self.assertEqual(1, out.count('Result: Failure'))
        self.assertIn('The policy file can not be used', out)

    def test_missing_file_is_one_line(self):
        """Whatever was to be checked."""
        outcome = self.run_command('--config-file', '/nonexistent/x.conf',
                                   'upgrade', 'check')

        self.assertEqual(
            (1, '', 'usermessages-status: Configuration file '
             '/nonexistent/x.conf is missing or can not be read.\n'), outcome)

    def test_help_teaches(self):
        """Nobody needs another page to use it."""
        code, out, _err = self.run_command('--help')

        self.assertEqual(0, code)
        self.assertIn('Tell an operator whether an upgrade can go on', out)
