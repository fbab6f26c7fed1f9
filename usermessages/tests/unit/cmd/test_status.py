# SPDX-License-Identifier: Apache-2.0

import datetime
import json
import os
import pathlib

import fixtures
from oslo_utils import fixture as time_fixture
import sqlalchemy

from usermessages.cmd import status
from usermessages.db import clock
from usermessages.db import migration
from usermessages.tests import database
from usermessages.tests.unit.cmd import base
from usermessages.wsgi import deploy


NOON = datetime.datetime(2026, 1, 1, 12)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


class StatusTestCase(base.CommandTestCase):

    prog = 'usermessages-status'
    main = staticmethod(status.main)


@database.on_each
class UpgradeCheckTest(StatusTestCase):

    def test_all_is_well(self):
        """Deployment tools continue an upgrade with the status 0."""
        migration.sync_url(self.empty)

        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((0, ''), (code, err))
        self.assertEqual(out.count('Check: '), out.count('Result: Success'))
        self.assertGreater(out.count('Check: '), 5)

    def test_newer_table_is_a_warning(self):
        """Operators can continue an upgrade, and finish it later."""
        migration.sync_url(self.empty)
        connection = self.connect(self.empty)
        connection.execute(sqlalchemy.text(
            "UPDATE user_messages_alembic_version SET version_num = '9999'"))
        connection.commit()

        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((1, ''), (code, err))
        self.assertEqual(1, out.count('Result: Warning'))
        self.assertIn('is at version 9999, which is newer than this package',
                      ' '.join(out.replace('|', ' ').split()))

    def test_missing_tables_are_a_failure(self):
        """Deployment tools stop an upgrade with 2; operators read what to run.
        """
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
        """The table grows until the disk is full."""
        self.message(expires_at=NOON - 2 * DAY - HOUR)

        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((1, ''), (code, err))
        self.assertEqual(1, out.count('Result: Warning'))
        self.assertIn(
            'A message that expired 2 days ago is still stored.  Run '
            '"usermessages-manage message purge" once a day'.replace(
                '  ', ' '),
            ' '.join(out.replace('|', ' ').split()))

    def test_removal_that_runs_once_a_day_is_well(self):
        """Operators read no warning if one of the daily purges failed."""
        self.message(expires_at=NOON - 2 * DAY)
        self.message(expires_at=NOON + HOUR)

        code, out, _err = self.run_command('upgrade', 'check')

        self.assertEqual(0, code)
        self.assertEqual(out.count('Check: '), out.count('Result: Success'))


@database.on_each
class UnknownReasonsTest(StatusTestCase):

    def details(self):
        """Return the exit status, and the details of the check."""
        code, out, _err = self.run_command('upgrade', 'check', '--json')
        [details] = [check['details'] for check in json.loads(out)['checks']
                     if check['check'] == 'Unknown reasons']
        return code, details

    def test_share_is_information(self):
        """Operators learn that texts are missing; an upgrade continues."""
        self.use(self.url)
        self.useFixture(time_fixture.TimeFixture(NOON))
        for age, event_id in ((HOUR, '000001'), (HOUR, '000002'),
                              (2 * DAY, '000001')):
            self.message(created_at=NOON - age, event_id=event_id)

        self.assertEqual(
            (0, 'Of 2 messages of the last day, 1 (50.0%) have an unknown '
                'reason.'), self.details())

    def test_missing_table_is_not_reported_twice(self):
        """The check of the database fails already."""
        self.assertEqual((2, 'The share is not available.'), self.details())


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=StatusTestCase)
class ClockTest:

    def test_wrong_clock_is_a_warning(self):
        """Messages would expire too early, or never."""
        self.use(self.url)
        now = clock._system_time()
        self.useFixture(fixtures.MockPatchObject(
            clock, '_system_time', lambda: now + 31 * DAY + HOUR / 2))

        code, out, err = self.run_command('upgrade', 'check')

        self.assertEqual((1, ''), (code, err))
        self.assertEqual(1, out.count('Result: Warning'))
        self.assertIn('differ by 31 days, 0:2',
                      ' '.join(out.replace('|', ' ').split()))


class TrapTest(StatusTestCase):

    def test_configuration_that_misleads_is_a_warning(self):
        """Operators can upgrade, and read what to check."""
        migration.sync_url(self.empty)
        name = self.file('[api]\nauth_strategy = noauth\n'
                         'allow_noauth = true\n')

        code, out, err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual((1, ''), (code, err))
        self.assertEqual(1, out.count('Result: Warning'))
        self.assertIn('anyone who can connect to the endpoint',
                      ' '.join(out.replace('|', ' ').split()))


class OutputTest(StatusTestCase):
    """How the outcome is written."""

    def setUp(self):
        super().setUp()
        migration.sync_url(self.empty)
        self.catalog = self.file('[user_messages]\ncatalog = nonsense:X\n')

    def table(self, columns):
        self.useFixture(fixtures.EnvironmentVariable('COLUMNS', columns))
        return self.run_command('--config-file', self.catalog, 'upgrade',
                                'check')[1]

    def test_json_is_for_programs(self):
        """Deployment tools can pass JSON to other services."""
        code, out, err = self.run_command(
            '--config-file', self.catalog, 'upgrade', 'check', '--json')

        self.assertEqual((2, ''), (code, err))
        found = json.loads(out)
        self.assertEqual('Upgrade Check Results', found['name'])
        self.assertIn({'check': 'Database', 'result': 0, 'details': None},
                      found['checks'])
        [failed] = [check for check in found['checks']
                    if check['result'] == 2]
        self.assertEqual('Catalog', failed['check'])
        self.assertIn('nonsense', failed['details'])

    def test_terminal_of_40_columns_shows_whole_lines(self):
        """Terminals with a wrong width show whole lines, too."""
        for columns in ('40', '1'):
            lines = self.table(columns).splitlines()

            self.assertLessEqual(max(map(len, lines)), 40)
            self.assertTrue(any(line.startswith('| Details: [user_messages]')
                                for line in lines), lines)

    def test_wide_terminal_has_lines_that_can_be_read(self):
        """A terminal of 300 columns is not filled."""
        lines = self.table('300').splitlines()

        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertGreater(max(map(len, lines)), 60)

    def test_other_words_are_a_usage_error(self):
        """Operators must not mistake an unknown command for a passed check."""
        for args in (['upgrade', 'nonsense'], ['upgrade'], [], ['nonsense']):
            code, out, err = self.run_command(*args)

            self.assertEqual((2, ''), (code, out))
            self.assertIn('usage: usermessages-status', err)


class FailureTest(StatusTestCase):

    def assertFailure(self, words):
        code, out, _err = self.run_command('upgrade', 'check')

        self.assertEqual(2, code)
        self.assertIn(words, ' '.join(out.replace('|', ' ').split()))
        self.assertNotIn('s3cret', out)

    def test_database_that_is_unavailable(self):
        """Operators do not mistake an unknown state for a success."""
        self.use('mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')

        self.assertFailure('database unavailable (OperationalError '
                           '2003, connecting to 127.0.0.1:1, database')

    def test_no_database(self):
        """The option to set is named."""
        self.use(None)

        self.assertFailure('set [user_messages]connection')

    def test_catalog_that_cannot_be_loaded(self):
        """The server would not start with it."""
        migration.sync_url(self.empty)
        name = self.file('[user_messages]\ncatalog = nonsense:CATALOG\n')

        code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, code)
        self.assertEqual(out.count('Check: ') - 1,
                         out.count('Result: Success'))
        self.assertEqual(1, out.count('Result: Failure'))

    def test_policy_file_that_cannot_be_used(self):
        """The server would not start with it either."""
        migration.sync_url(self.empty)
        policy_file = self.file('"message:get": [')
        name = self.file(f'[oslo_policy]\npolicy_file = {policy_file}\n')

        code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, code)
        self.assertEqual(1, out.count('Result: Failure'))
        self.assertIn('Details: The policy file ', out)

    def test_file_with_any_name(self):
        """The name of a file never controls the terminal."""
        migration.sync_url(self.empty)
        directory = self.useFixture(fixtures.TempDir()).path
        policy_file = os.path.join(directory, '\x1b[2J.yaml')
        with open(policy_file, 'w') as file:
            file.write('[]')
        name = self.file(f'[oslo_policy]\npolicy_file = {policy_file}\n'
                         '[user_messages]\ncatalog = \x1b[2J:\x9b\n')

        _code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, out.count('Result: Failure'), out)
        self.assertNotRegex(out, '[\x00-\x09\x0b-\x1f\x7f-\x9f]')

    def test_option_of_the_policy_that_cannot_be_read(self):
        """Operators read the name of the option, and no part of its value."""
        migration.sync_url(self.empty)
        name = self.file('[oslo_policy]\npolicy_file = $SECRET\n')

        code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, code)
        self.assertIn('[oslo_policy]policy_file has a "$"', out)
        self.assertNotIn('SECRET', out)

    def test_pipeline_without_a_check_of_tokens(self):
        """The service would trust any identity header."""
        migration.sync_url(self.empty)
        shipped = pathlib.Path(deploy.__file__).with_name('api-paste.ini')
        paste_file = self.file(shipped.read_text().replace(
            ' authtoken context ', ' context authtoken '))
        name = self.file(f'[api]\npaste_config = {paste_file}\n')

        code, out, _err = self.run_command(
            '--config-file', name, 'upgrade', 'check')

        self.assertEqual(2, code)
        self.assertEqual(1, out.count('Result: Failure'))
        self.assertIn('Check: Pipeline', out)

    def test_missing_file_is_one_line(self):
        """Operators read one line, for every check."""
        outcome = self.run_command('--config-file', '/nonexistent/x.conf',
                                   'upgrade', 'check')

        self.assertEqual(
            (1, '', 'usermessages-status: Configuration file '
             '/nonexistent/x.conf is missing or cannot be read.\n'), outcome)

    def test_help_teaches(self):
        """Operators can use the command with the help alone."""
        code, out, _err = self.run_command('--help')

        self.assertEqual(0, code)
        self.assertIn('Check whether an upgrade can proceed', out)

        code, out, _err = self.run_command('upgrade', 'check', '--help')

        self.assertEqual(0, code)
        self.assertIn('Check the database', out)
        self.assertIn('--json', out)
