# SPDX-License-Identifier: Apache-2.0

import json

import fixtures
import sqlalchemy

from usermessages.cmd import manage
from usermessages.cmd import purge
from usermessages.db import migration
from usermessages.tests import database
from usermessages.tests.database import HEAD
from usermessages.tests.unit.cmd import base

NEWER = ('The table of user messages is at version 9999, which is newer than '
         f'this package, whose latest is {HEAD}; it can be used until the '
         'package is upgraded.')


class ManageTestCase(base.CommandTestCase):

    prog = 'usermessages-manage'
    main = staticmethod(manage.main)

    def make_newer(self, version='9999'):
        migration.sync_url(self.empty)
        connection = self.connect(self.empty)
        connection.execute(sqlalchemy.text(
            'UPDATE user_messages_alembic_version SET version_num = :version'),
            {'version': version})
        connection.commit()
        connection.close()


@database.on_each
class SyncTest(ManageTestCase):

    def test_tables_are_made(self):
        """The first command of every installation."""
        outcome = self.run_command('db', 'sync')

        self.assertEqual((0, f'The database is at version {HEAD}.\n', ''),
                         outcome)
        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_second_time_is_harmless(self):
        """Deployment tools run the command at each start."""
        self.run_command('db', 'sync')

        outcome = self.run_command('db', 'sync')

        self.assertEqual((0, f'The database is at version {HEAD}.\n', ''),
                         outcome)

    def test_newer_database_is_left_alone_with_a_warning(self):
        """Deployment tools run the command with an older service, too."""
        self.make_newer()

        self.assertEqual((0, 'The database is at version 9999.\n', ''),
                         self.run_command('db', 'sync'))
        self.assertIn(NEWER, self.log.output)


@database.on_each
class VersionTest(ManageTestCase):

    def test_empty_database_has_no_table(self):
        """Operators read that the database has no table."""
        self.assertEqual(
            (0, f'database: no table\nneeded:   {HEAD}\n', ''),
            self.run_command('db', 'version'))

    def test_version_is_told(self):
        """Operators read the current and the required version."""
        migration.sync_url(self.empty)

        self.assertEqual(
            (0, f'database: {HEAD}\nneeded:   {HEAD}\n', ''),
            self.run_command('db', 'version'))

    def test_version_that_was_edited(self):
        """A version in the database never controls the terminal."""
        self.make_newer('\x1b[2J')

        self.assertEqual(
            (0, f'database: \\x1b[2J\nneeded:   {HEAD}\n', ''),
            self.run_command('db', 'version'))

    def test_newer_version_is_told_too(self):
        """An operator who went back wants to see just that."""
        self.make_newer()

        self.assertEqual(
            (0, f'database: 9999\nneeded:   {HEAD}\n', ''),
            self.run_command('db', 'version'))

    def test_json_is_for_programs(self):
        """Programs receive null if there is no table."""
        before = self.run_command('db', 'version', '-f', 'json')
        migration.sync_url(self.empty)
        after = self.run_command('db', 'version', '-f', 'json')

        self.assertEqual(
            [(0, {'database': None, 'needed': HEAD}, ''),
             (0, {'database': HEAD, 'needed': HEAD}, '')],
            [(status, json.loads(out), err) for status, out, err
             in (before, after)])


@database.on_each
class CheckTest(ManageTestCase):

    def test_right_version_is_status_0(self):
        """Scripts check the exit status."""
        migration.sync_url(self.empty)

        self.assertEqual((0, 'The database is up to date.\n', ''),
                         self.run_command('db', 'check'))

    def test_missing_table_is_status_1(self):
        """Operators read which command creates the table."""
        self.assertEqual(
            (1, '', 'usermessages-manage: the table of user messages does '
                    'not exist; run "usermessages-manage db sync"\n'),
            self.run_command('db', 'check'))

    def test_newer_version_is_a_warning(self):
        """A service of this release runs beside newer ones."""
        self.make_newer()

        self.assertEqual((0, 'The database is up to date.\n', ''),
                         self.run_command('db', 'check'))
        self.assertIn(NEWER, self.log.output)

    def test_json_has_the_same_statuses(self):
        """Operators can parse JSON, and still read the line."""
        none = self.run_command('db', 'check', '-f', 'json')
        migration.sync_url(self.empty)
        right = self.run_command('db', 'check', '-f', 'json')
        self.make_newer()
        newer = self.run_command('db', 'check', '-f', 'json')

        self.assertEqual(
            [(0, {'database': HEAD, 'needed': HEAD, 'up_to_date': True},
              ''),
             (0, {'database': '9999', 'needed': HEAD, 'up_to_date': True},
              ''),
             (1, {'database': None, 'needed': HEAD, 'up_to_date': False},
              'usermessages-manage: the table of user messages does not '
              'exist; run "usermessages-manage db sync"\n')],
            [(status, json.loads(out), err) for status, out, err
             in (right, newer, none)])


@database.on_each
class NewerTest(ManageTestCase):
    """The next release has been synced, and this one is still at work."""

    def test_commands_work_with_a_warning(self):
        """Operators can purge a newer table."""
        self.make_newer()
        log = self.create_tempfiles([('log', '')])[0]

        self.assertEqual(
            [0, 0, 0], [self.run_command('message', *args)[0] for args in (
                ('stats',), ('purge',), ('import', log))])
        self.assertIn(NEWER, self.log.output)


class CompletionTest(ManageTestCase):

    def test_it_is_not_offered(self):
        """The completion of oslo.config fails, since it misses a file."""
        _status, out, _err = self.run_command('--help')
        status, _out, err = self.run_command('--shell_completion', 'bash')

        self.assertNotIn('completion', out)
        self.assertEqual(2, status)
        self.assertIn('usage: usermessages-manage', err)


class ConfigurationTest(ManageTestCase):
    """Mistakes of an operator, reported in one line."""

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
        """Operators can use the database that the documentation names."""
        self.use(None)
        name = self.file(f'[user_messages]\nconnection = {self.empty}\n')

        status, _out, err = self.run_command('--config-file', name, 'db',
                                             'sync')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_missing_file(self):
        """Operators read the name of the missing file."""
        self.assertLine('Configuration file /nonexistent/x.conf is missing or '
                        'cannot be read.',
                        '--config-file', '/nonexistent/x.conf')

    def test_directory_instead_of_a_file(self):
        """A directory cannot be read as a file, not even by root."""
        self.assertLine('Configuration file /etc cannot be read: Is a '
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
        self.assertIn('cannot be read', err)

    def test_line_without_sense(self):
        """Operators read the number of the line, not its possible password."""
        for line in (' = s3cret', '[user_messages', '  s3cret'):
            name = self.file(f'{line}\n')

            self.assertLine(
                f'Configuration file {name} cannot be parsed: line 1.',
                '--config-file', name)

    def test_wrong_value(self):
        """Operators read the option, the file and the reason."""
        name = self.file('[user_messages]\nmessage_ttl = soon\n')

        status, out, err = self.run_command('--config-file', name, 'db',
                                            'sync')

        self.assertEqual((1, ''), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertIn('message_ttl', err)
        self.assertIn(name, err)

    def test_messages_that_expire_at_once(self):
        """Users would never see a message that expires immediately."""
        for text in ('0', '-1'):
            name = self.file(f'[user_messages]\nmessage_ttl = {text}\n')

            status, out, err = self.run_command('--config-file', name, 'db',
                                                'sync')

            self.assertEqual((1, ''), (status, out))
            self.assertEqual(1, len(err.splitlines()), err)
            self.assertIn('message_ttl', err)
            self.assertIn('Should be greater than or equal to 1', err)

    def test_unknown_driver(self):
        """Operators read which package to install."""
        self.use('mysql+nonsense://alice:s3cret@127.0.0.1/messages')

        self.assertLine(
            '[user_messages]connection names the driver mysql+nonsense, which '
            'is not installed; "pip install PyMySQL" may help.')

    def test_no_url(self):
        """Operators read no part of a malformed URL."""
        self.use('mysql:alice:s3cret@127.0.0.1')

        self.assertLine(
            '[user_messages]connection is not an SQLAlchemy URL, for '
            'example mysql+pymysql://user:password@host/usermessages.')

    def test_unknown_parameter(self):
        """Operators read about an unknown parameter before a connection."""
        self.use('mysql+pymysql://alice:s3cret@127.0.0.1/messages?nonsense=1')

        self.assertLine('[user_messages]connection has a parameter that the '
                        'driver mysql+pymysql does not support.')

    def test_refused_connection(self):
        """The number of the error can be looked up."""
        self.use('mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')
        self.assertLine('database unavailable (OperationalError 2003, '
                        'connecting to 127.0.0.1:1, database messages, user '
                        'alice)')

        self.use('postgresql+psycopg2://alice:s3cret@127.0.0.1:1/messages')
        self.assertLine('database unavailable (OperationalError: '
                        'Connection refused, connecting to 127.0.0.1:1, '
                        'database messages, user alice)')

    def test_file_that_cannot_be_opened(self):
        """Operators read the path of a directory that does not exist."""
        self.use('sqlite:////nonexistent/usermessages.sqlite')

        self.assertLine('The database refused a statement '
                        '(OperationalError SQLITE_CANTOPEN: the directory '
                        'does not exist or is not writable, opening '
                        '/nonexistent/usermessages.sqlite).')


class InterruptTest(ManageTestCase):

    def test_ctrl_c_is_one_line(self):
        """Shells learn from the exit status that a signal ended the command.
        """
        self.useFixture(fixtures.MockPatchObject(
            migration, 'sync_url', side_effect=KeyboardInterrupt))

        self.assertEqual((130, '', 'usermessages-manage: interrupted\n'),
                         self.run_command('db', 'sync'))


@database.only_on(database.MySQLFixture, test_case=ManageTestCase)
class CredentialsTest:

    def test_wrong_password(self):
        """Operators read about a wrong password without waiting."""
        self.use(self.empty.replace(':openstack_citest@', ':s3cret@'))

        self.assertEqual(
            (1, '', 'usermessages-manage: The database refused a statement '
             '(OperationalError 1045: the user, the password or a '
             'privilege is wrong, connecting to localhost, database '
             f'{self.empty.rpartition("/")[2]}, user openstack_citest).\n'),
            self.run_command('db', 'sync'))


@database.only_on(database.PostgreSQLFixture, test_case=ManageTestCase)
class CredentialsOfTest:

    def test_wrong_user(self):
        """The library of PostgreSQL has no code for it."""
        self.use(self.empty.replace('//openstack_citest:', '//nobody_x:'))

        status, out, err = self.run_command('db', 'sync')

        self.assertEqual((1, ''), (status, out))
        # Which of the two, pg_hba.conf decides.
        self.assertRegex(
            err, r'^usermessages-manage: The database refused a statement '
            r'\(OperationalError: FATAL:  (role "nobody_x" does not exist|'
            r'password authentication failed for user "nobody_x"), connecting '
            r'to localhost, database um_\w+, user nobody_x\).\n$')


class HelpTest(ManageTestCase):

    def test_each_level_teaches(self):
        """Operators can use the commands with the help alone."""
        for args, *expected in (
                (['--help'], 'Manage the database of user messages',
                 '--config-file', 'Manage the database schema', 'message',
                 'Manage the stored messages'),
                (['db', '--help'], 'sync', 'version', 'check',
                 'Create or upgrade the table'),
                (['message', '--help'], 'purge', 'expired messages', 'stats',
                 'Count the messages by age, level, event and project'),
                (['db', 'sync', '--help'], 'the others wait'),
                (['db', 'version', '--help'], 'the required version'),
                (['db', 'check', '--help'], 'Exit with status 0',
                 'exit with status 1'),
                (['message', 'stats', '--help'], 'include expired messages',
                 '--projects-above N', 'more than N messages',
                 '--top N', 'default: 10', '--project ID',
                 '{text,json,prometheus}'),
                (['message', 'purge', '--help'], 'expired messages',
                 'while the service is running', '--older-than DAYS',
                 'less than DAYS days ago (default: 0)')):
            status, out, err = self.run_command(*args)

            self.assertEqual((0, ''), (status, err))
            for words in expected:
                self.assertIn(words, ' '.join(out.split()))

    def test_wrong_command_is_a_usage_error(self):
        """Operators read the list of commands."""
        for args in (['db', 'nonsense'], ['db'], [], ['nonsense'],
                     ['message'], ['db', 'purge']):
            status, out, err = self.run_command(*args)

            self.assertEqual((2, ''), (status, out))
            self.assertIn('usage: usermessages-manage', err)
