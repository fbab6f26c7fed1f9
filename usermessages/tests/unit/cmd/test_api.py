# SPDX-License-Identifier: Apache-2.0

import os
import socket

import fixtures

from usermessages.cmd import api
from usermessages.tests.unit.cmd import base


class MainTest(base.CommandTestCase):
    """Errors that prevent the start of the server, in one line."""

    prog = 'usermessages-api'
    main = staticmethod(api.main)

    def setUp(self):
        super().setUp()
        self.use(self.url)

    def assertLine(self, expected, *args):
        self.assertEqual((1, '', f'usermessages-api: {expected}\n'),
                         self.run_command(*args))

    def noauth(self, more=''):
        return '--config-file', self.file(
            f'[api]\nauth_strategy = noauth\n{more}')

    def test_missing_authtoken_section(self):
        """Operators read why the service cannot check tokens."""
        status, out, err = self.run_command()

        self.assertEqual((1, ''), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertIn('[keystone_authtoken]', err)

    def test_noauth_is_for_this_machine_only(self):
        """Other machines cannot read the messages of all projects."""
        for host in ('0.0.0.0', '::', '192.0.2.1', 'example.org'):
            self.assertLine(
                'without authentication, the server does not listen on '
                f'{host}, but on a loopback address only; to allow access '
                'without authentication from other machines, set '
                '[api]allow_noauth.', *self.noauth(), '--bind-host', host)

    def test_port_that_is_taken(self):
        """Operators may have started another server before."""
        taken = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]

        status, _out, err = self.run_command(
            *self.noauth(), '--bind-port', str(port))

        self.assertEqual(1, status)
        self.assertIn(
            f'usermessages-api: cannot listen on 127.0.0.1 port {port}: ',
            err)
        self.assertIn('Address already in use', err)
        self.assertEqual(1, len(err.splitlines()), err)

    def test_database_without_tables(self):
        """Operators read which command creates the tables."""
        self.use(self.empty)

        self.assertLine(
            'the table of user messages does not exist; run '
            '"usermessages-manage db sync"', *self.noauth())

    def test_no_database(self):
        """The option to set is named."""
        self.use(None)

        self.assertLine('No database is configured: set '
                        '[user_messages]connection in usermessages.conf, or '
                        'OS_USER_MESSAGES__CONNECTION.', *self.noauth())

    def test_missing_paste_file(self):
        """A typo must not bring up the default."""
        self.assertLine(
            "[api]paste_config is '/nonexistent.ini', but the file does "
            'not exist.', *self.noauth('paste_config = /nonexistent.ini\n'))

    def test_wrong_value(self):
        """A number of threads below one."""
        status, out, err = self.run_command('--threads', '0')

        self.assertEqual('', out)
        self.assertNotEqual(0, status)
        self.assertIn('threads', err)

    def test_help_teaches(self):
        """Operators can try the command with the help alone."""
        status, out, _err = self.run_command('--help')

        self.assertEqual(0, status)
        words = ' '.join(out.split())
        for expected in ('Serve the API with an embedded server',
                         '--dev', 'Run without configuration',
                         '--bind-host HOST', 'default: 127.0.0.1',
                         '--bind-port PORT', 'default: 9699', '--threads N',
                         'default: 10', 'uWSGI or gunicorn'):
            self.assertIn(expected, words)


class DevTest(base.CommandTestCase):
    """Restrictions of ``--dev``."""

    prog = 'usermessages-api'
    main = staticmethod(api.main)

    def test_other_databases_are_refused(self):
        """``--dev`` makes a table and admits all users, so only with SQLite.
        """
        for url in ('mysql+pymysql://alice:s3cret@127.0.0.1:1/messages',
                    'postgresql+psycopg2://alice:s3cret@127.0.0.1:1/x'):
            self.use(url)

            self.assertEqual(
                (1, '', 'usermessages-api: --dev creates the table and '
                 'disables authentication, so it requires a SQLite database; '
                 '[user_messages]connection is the URL of another '
                 'database.\n'),
                self.run_command('--dev'))

    def test_other_machines_are_refused(self):
        """Operators cannot open the trial server by accident."""
        name = self.file('[api]\nallow_noauth = true\n')

        status, out, err = self.run_command(
            '--config-file', name, '--dev', '--bind-host', '0.0.0.0')

        self.assertEqual((1, ''), (status, out))
        self.assertIn('does not listen on 0.0.0.0', err)

    def test_directory_that_cannot_be_written(self):
        """Operators read the error in one line."""
        self.use('sqlite:////nonexistent/usermessages.sqlite')

        status, out, err = self.run_command('--dev')

        self.assertEqual((1, ''), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)

    def test_nothing_is_made_where_it_is_refused(self):
        """A typo leaves no file behind."""
        directory = self.useFixture(fixtures.TempDir()).path
        self.use(None)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(directory)

        self.run_command('--dev', '--bind-host', 'example.org')

        self.assertEqual([], os.listdir(directory))
