# SPDX-License-Identifier: Apache-2.0

import json

import fixtures
import sqlalchemy

from usermessages.cmd import manage
from usermessages.cmd import purge
from usermessages.db import migration
from usermessages.tests import database
from usermessages.tests.unit.cmd import base

NEWER = ('usermessages-manage: the table of user messages is at version '
         '9999, which is newer than this package, whose latest is 0001: '
         'upgrade the package\n')


class ManageTestCase(base.CommandTestCase):

    prog = 'usermessages-manage'
    main = staticmethod(manage.main)

    def make_newer(self):
        migration.sync_url(self.empty)
        connection = self.connect(self.empty)
        connection.execute(sqlalchemy.text(
            "UPDATE user_messages_alembic_version SET version_num = '9999'"))
        connection.commit()
        connection.close()


@database.on_each
class SyncTest(ManageTestCase):

    def test_tables_are_made(self):
        """The first command of every installation."""
        outcome = self.run_command('db', 'sync')

        self.assertEqual((0, 'The database is at version 0001.\n', ''),
                         outcome)
        self.assertEqual('0001', migration.current_at(self.empty))

    def test_second_time_is_harmless(self):
        """Deployment tools run it at each start."""
        self.run_command('db', 'sync')

        outcome = self.run_command('db', 'sync')

        self.assertEqual((0, 'The database is at version 0001.\n', ''),
                         outcome)

    def test_newer_database_is_refused(self):
        """An old package must not touch what it does not know."""
        self.make_newer()

        self.assertEqual((1, '', NEWER), self.run_command('db', 'sync'))


@database.on_each
class VersionTest(ManageTestCase):

    def test_empty_database_has_no_table(self):
        """It is said in words."""
        self.assertEqual(
            (0, 'database: no table\nneeded:   0001\n', ''),
            self.run_command('db', 'version'))

    def test_version_is_told(self):
        """Beside the one that is needed."""
        migration.sync_url(self.empty)

        self.assertEqual(
            (0, 'database: 0001\nneeded:   0001\n', ''),
            self.run_command('db', 'version'))

    def test_newer_version_is_told_too(self):
        """An operator who went back wants to see just that."""
        self.make_newer()

        self.assertEqual(
            (0, 'database: 9999\nneeded:   0001\n', ''),
            self.run_command('db', 'version'))

    def test_json_is_for_programs(self):
        """No table is null."""
        before = self.run_command('db', 'version', '-f', 'json')
        migration.sync_url(self.empty)
        after = self.run_command('db', 'version', '-f', 'json')

        self.assertEqual(
            [(0, {'database': None, 'needed': '0001'}, ''),
             (0, {'database': '0001', 'needed': '0001'}, '')],
            [(status, json.loads(out), err) for status, out, err
             in (before, after)])


@database.on_each
class CheckTest(ManageTestCase):

    def test_right_version_is_status_0(self):
        """For scripts."""
        migration.sync_url(self.empty)

        self.assertEqual((0, 'The database is up to date.\n', ''),
                         self.run_command('db', 'check'))

    def test_missing_table_is_status_1(self):
        """With the command that makes it."""
        self.assertEqual(
            (1, '', 'usermessages-manage: there is no table of user messages '
             'yet: run "usermessages-manage db sync"\n'),
            self.run_command('db', 'check'))

    def test_newer_version_is_status_1(self):
        """Its columns may mean something else."""
        self.make_newer()

        self.assertEqual((1, '', NEWER), self.run_command('db', 'check'))

    def test_json_has_the_same_statuses(self):
        """And the line stays where people look for it."""
        migration.sync_url(self.empty)
        right = self.run_command('db', 'check', '-f', 'json')
        self.make_newer()
        newer = self.run_command('db', 'check', '-f', 'json')

        self.assertEqual(
            [(0, {'database': '0001', 'needed': '0001', 'up_to_date': True},
              ''),
             (1, {'database': '9999', 'needed': '0001', 'up_to_date': False},
              NEWER)],
            [(status, json.loads(out), err) for status, out, err
             in (right, newer)])


class ConfigurationTest(ManageTestCase):
    """What an operator does wrong, and is told in one line."""

    def setUp(self):
        super().setUp()
        # A purge is more patient than these tests.
        self.useFixture(fixtures.MockPatchObject(
            purge, '_TIMEOUT_SECONDS', 0))

    def assertLine(self, expected, *args):
        for command in (('db', 'sync'), ('db', 'check'), ('db', 'version'),
                        ('message', 'purge'), ('message', 'stats')):
            outcome = self.run_command(*args, *command)

            self.assertEqual((1, '', f'usermessages-manage: {expected}\n'),
                             outcome)

    def test_no_database(self):
        """The option to set is named."""
        self.use(None)

        self.assertLine('No database is configured: set '
                        '[user_messages]connection in usermessages.conf, or '
                        'OS_USER_MESSAGES__CONNECTION.')

    def test_database_of_the_file(self):
        """It is where the documentation says."""
        self.use(None)
        name = self.file(f'[user_messages]\nconnection = {self.empty}\n')

        status, _out, err = self.run_command('--config-file', name, 'db',
                                             'sync')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual('0001', migration.current_at(self.empty))

    def test_missing_file(self):
        """It is named."""
        self.assertLine('Configuration file /nonexistent/x.conf is missing or '
                        'can not be read.',
                        '--config-file', '/nonexistent/x.conf')

    def test_directory_instead_of_a_file(self):
        """Which nobody can read, not even root."""
        self.assertLine('Configuration file /etc can not be read: Is a '
                        'directory.', '--config-file', '/etc')

    def test_file_that_is_no_text(self):
        """A certificate, or another encoding."""
        name = self.file('')
        with open(name, 'wb') as file:
            file.write(b'[DEFAULT]\ndebug = \xe4\n')

        status, out, err = self.run_command('--config-file', name, 'db',
                                            'sync')

        self.assertEqual((1, ''), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertIn('can not be read', err)

    def test_line_without_sense(self):
        """Its number is told, and not what is in it: perhaps a password."""
        for line in (' = s3cret', '[user_messages', '  s3cret'):
            name = self.file(f'{line}\n')

            self.assertLine(
                f'Configuration file {name} can not be parsed: line 1.',
                '--config-file', name)

    def test_wrong_value(self):
        """The option, the file and the reason are told."""
        name = self.file('[user_messages]\nmessage_ttl = soon\n')

        status, out, err = self.run_command('--config-file', name, 'db',
                                            'sync')

        self.assertEqual((1, ''), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertIn('message_ttl', err)
        self.assertIn(name, err)

    def test_messages_that_expire_at_once(self):
        """Nobody would ever see one, and somebody would look for days."""
        for text in ('0', '-1'):
            name = self.file(f'[user_messages]\nmessage_ttl = {text}\n')

            status, out, err = self.run_command('--config-file', name, 'db',
                                                'sync')

            self.assertEqual((1, ''), (status, out))
            self.assertEqual(1, len(err.splitlines()), err)
            self.assertIn('message_ttl', err)
            self.assertIn('Should be greater than or equal to 1', err)

    def test_unknown_driver(self):
        """Which package to install is told."""
        self.use('mysql+nonsense://alice:s3cret@127.0.0.1/messages')

        self.assertLine(
            '[user_messages]connection names the driver mysql+nonsense, which '
            'is not installed; "pip install PyMySQL" may help.')

    def test_no_url(self):
        """Nothing of it is shown."""
        self.use('mysql:alice:s3cret@127.0.0.1')

        self.assertLine(
            '[user_messages]connection is no SQLAlchemy URL, such as '
            'mysql+pymysql://user:password@host/usermessages.')

    def test_unknown_parameter(self):
        """Before anything is tried."""
        self.use('mysql+pymysql://alice:s3cret@127.0.0.1/messages?nonsense=1')

        self.assertLine('[user_messages]connection has a parameter that the '
                        'driver mysql+pymysql does not take.')

    def test_refused_connection(self):
        """The number of the error can be looked up."""
        self.use('mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')
        self.assertLine('the database does not answer (OperationalError 2003)')

        self.use('postgresql+psycopg2://alice:s3cret@127.0.0.1:1/messages')
        self.assertLine('the database does not answer (OperationalError)')

    def test_file_that_can_not_be_opened(self):
        """A directory that nobody made."""
        self.use('sqlite:////nonexistent/usermessages.sqlite')

        self.assertLine('The database refused a statement (OperationalError '
                        'SQLITE_CANTOPEN: the directory is not there, or not '
                        'to be written to).')


class InterruptTest(ManageTestCase):

    def test_ctrl_c_is_one_line(self):
        """Whatever ran, the shell is told what ended it."""
        self.useFixture(fixtures.MockPatchObject(
            migration, 'sync_url', side_effect=KeyboardInterrupt))

        self.assertEqual((130, '', 'usermessages-manage: interrupted\n'),
                         self.run_command('db', 'sync'))


@database.only_on(database.MySQLFixture, test_case=ManageTestCase)
class CredentialsTest:

    def test_wrong_password(self):
        """It does not get better by waiting."""
        self.use(self.empty.replace(':openstack_citest@', ':s3cret@'))

        self.assertEqual(
            (1, '', 'usermessages-manage: The database refused a statement '
             '(OperationalError 1045: wrong user or password, or no '
             'rights).\n'),
            self.run_command('db', 'sync'))


@database.only_on(database.PostgreSQLFixture, test_case=ManageTestCase)
class CredentialsOfTest:

    def test_wrong_user(self):
        """The library of PostgreSQL does not tell this from an outage."""
        self.use(self.empty.replace('//openstack_citest:', '//nobody_x:'))

        self.assertEqual(
            (1, '', 'usermessages-manage: the database does not answer '
             '(OperationalError)\n'),
            self.run_command('db', 'sync'))


class HelpTest(ManageTestCase):

    def test_each_level_teaches(self):
        """Nobody needs another page to use the commands."""
        for args, *expected in (
                (['--help'], 'Care for the database of user messages',
                 '--config-file', 'Care for the table', 'message',
                 'Care for the messages'),
                (['db', '--help'], 'sync', 'version', 'check',
                 'Make the table, or bring it up to date'),
                (['message', '--help'], 'purge', 'past their time', 'stats',
                 'Count the messages by age, level, event and project'),
                (['db', 'sync', '--help'], 'the others wait'),
                (['db', 'version', '--help'], 'the one that is needed'),
                (['db', 'check', '--help'], 'exit status 0', 'For scripts'),
                (['message', 'stats', '--help'], 'Those past their time count',
                 '--projects-above N', 'more than so many messages',
                 '--top N', 'by default 10', '--project ID', '{text,json}'),
                (['message', 'purge', '--help'], 'past their time',
                 'while the service does', '--older-than DAYS',
                 'less than so many days; by default 0')):
            status, out, err = self.run_command(*args)

            self.assertEqual((0, ''), (status, err))
            for words in expected:
                self.assertIn(words, ' '.join(out.split()))

    def test_wrong_command_is_a_usage_error(self):
        """With those that there are."""
        for args in (['db', 'nonsense'], ['db'], [], ['nonsense'],
                     ['message'], ['db', 'purge']):
            status, out, err = self.run_command(*args)

            self.assertEqual((2, ''), (status, out))
            self.assertIn('usage: usermessages-manage', err)
