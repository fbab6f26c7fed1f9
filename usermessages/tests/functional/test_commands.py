# SPDX-License-Identifier: Apache-2.0

"""The commands as an operator calls them; each case: unit/cmd."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import fixtures
from oslo_utils import timeutils

import usermessages
from usermessages.db import models
from usermessages.tests import base
from usermessages.tests import database

SECOND = datetime.timedelta(seconds=1)


def path(command):
    return os.path.join(os.path.dirname(sys.executable), command)


class CommandTestCase(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        # Libraries keep caches there, which do not concern a command.
        self.home = self.useFixture(fixtures.TempDir()).path
        self.empty = self.make_empty_database()

    def environment(self, url=None):
        """Return one with nothing of that of the tests."""
        environment = {'HOME': self.home}
        if url:
            environment['OS_USER_MESSAGES__CONNECTION'] = url
        return environment

    def run_command(self, command, *args, url=None):
        """Return the exit status, standard output and standard error."""
        done = subprocess.run(
            [path(command), *args], env=self.environment(url),
            cwd=self.directory, capture_output=True, text=True,
            timeout=base.HANG_SECONDS)
        return done.returncode, done.stdout, done.stderr

    def file(self, name, content):
        name = os.path.join(self.directory, name)
        with open(name, 'w') as file:
            file.write(content)
        return name

    def rest_of(self, process):
        """Return the remaining output of a server that ends."""
        with process:
            # communicate() would leave out what was read ahead.
            return tuple('' if stream.closed else stream.read()
                         for stream in (process.stdout, process.stderr))

    def start(self, command, *args, url=None):
        """Start a server; return the process and its URL."""
        process = subprocess.Popen(
            [path(command), *args], env=self.environment(url),
            cwd=self.directory, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.rest_of, process)
        self.addCleanup(process.kill)
        # The log of the service goes to standard output too.
        lines = []
        for line in process.stdout:
            match = re.match('Serving on (http://.*); stop with', line)
            if match:
                self.started = ''.join(lines)
                return process, match[1]
            lines.append(line)
        raise AssertionError(''.join(lines) + process.stderr.read())


@database.on_each
class ManageTest(CommandTestCase):

    def test_database_is_cared_for(self):
        """Operators use the commands from installation to upgrade."""
        outcomes = [self.run_command('usermessages-manage', 'db', command,
                                     url=self.empty)
                    for command in ('sync', 'check', 'version')]

        self.assertEqual([
            (0, f'The database is at version {database.HEAD}.\n', ''),
            (0, 'The database is up to date.\n', ''),
            (0, f'database: {database.HEAD}\n'
             f'needed:   {database.HEAD}\n', '')], outcomes)

    def test_upgrade_check_has_its_statuses(self):
        """Deployment tools check the exit status."""
        before = self.run_command('usermessages-status', 'upgrade', 'check',
                                  url=self.empty)
        # The other driver causes a warning.
        after = self.run_command(
            'usermessages-status', 'upgrade', 'check',
            url=self.url.replace('+psycopg2:', '+psycopg:'))

        self.assertEqual((2, ''), (before[0], before[2]))
        self.assertIn('Result: Failure', before[1])
        self.assertEqual((0, ''), (after[0], after[2]))
        self.assertNotIn('Result: Failure', after[1])


@database.on_each
class PurgeTest(CommandTestCase):
    """usermessages-manage message purge, in processes of its own."""

    def setUp(self):
        super().setUp()
        # Background processes, and the processes they start, ignore Ctrl-C.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(
            signal.SIGINT, signal.default_int_handler))
        self.live = self.message()
        self.expired = [self.message(
            expires_at=self.live['created_at'] - number * SECOND)
            for number in range(40, 0, -1)]

    def start_purge(self, *args, **streams):
        process = subprocess.Popen(
            [path('usermessages-manage'), 'message', 'purge', *args],
            cwd=self.directory, text=True,
            **{'env': self.environment(self.url), 'stdout': subprocess.PIPE,
               'stderr': subprocess.PIPE, **streams})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def ended(self, process):
        out, err = process.communicate(timeout=base.HANG_SECONDS)
        return process.returncode, out, err

    def purge(self):
        return self.ended(self.start_purge('-f', 'json'))

    @contextlib.contextmanager
    def in_the_middle(self):
        """Give a purge that has removed some batches, and has others left."""
        other = self.connect()
        environment = self.environment(self.url)
        if other.dialect.name == 'sqlite':
            # SQLite cannot lock rows, so its second rest is a long one.
            self.file('sitecustomize.py', """
import time

rests, sleep = [], time.sleep

def rest(seconds):
    rests.append(seconds)
    sleep(seconds if len(rests) < 2 else 1000)

time.sleep = rest
""")
            environment['PYTHONPATH'] = self.directory
        else:
            other.execute(models.MESSAGES.select().where(
                models.MESSAGES.c.id == self.expired[25]['id'],
            ).with_for_update())
        process = self.start_purge('--batch-size', '5', env=environment)
        # The first batch has been counted when the second one is gone.
        database.wait_until(lambda: len(self.stored()) < 36)
        yield process
        other.close()

    def test_expired_messages_are_purged(self):
        """Operators can purge expired messages every day with a timer."""
        outcome = self.ended(self.start_purge())

        self.assertEqual((0, ''), (outcome[0], outcome[2]))
        self.assertRegex(
            outcome[1], r'^Messages removed: 40; batches: 1; longest '
            r'transaction: \d+\.\d{3} seconds\n$')
        self.assertEqual([self.live], self.stored())

    def test_ctrl_c_leaves_whole_batches(self):
        """Operators read one line, and shells learn why the purge ended."""
        with self.in_the_middle() as process:
            process.send_signal(signal.SIGINT)

        status, out, err = self.ended(process)

        self.assertEqual((130, ''), (status, out))
        self.assertRegex(err, r'^usermessages-manage: interrupted; Messages '
                         r'removed: \d+; [^\n]*\n$')
        self.assertWholeBatches()

    def test_kill_leaves_whole_batches(self):
        """A power failure during a purge leaves whole batches."""
        with self.in_the_middle() as process:
            process.kill()

        self.assertEqual((-9, '', ''), self.ended(process))
        self.assertWholeBatches()

    def assertWholeBatches(self):
        """Check it, and that the next purge goes on where this one was."""
        left = len(self.stored()) - 1
        self.assertIn(left, range(5, 35, 5))

        status, out, err = self.purge()

        self.assertEqual((0, ''), (status, err))
        # The server may still be processing the last request.
        self.assertIn(json.loads(out)['rows'], (left, left - 5))
        self.assertEqual([self.live], self.stored())

    def test_three_at_once_remove_each_message_once(self):
        """Each controller has a timer."""
        processes = [self.start_purge('--batch-size', '3', '-f', 'json')
                     for _number in range(3)]

        outcomes = [self.ended(process) for process in processes]

        self.assertEqual([(0, '')] * 3,
                         [(status, err) for status, _out, err in outcomes])
        self.assertEqual(40, sum(json.loads(out)['rows']
                                 for _status, out, _err in outcomes))
        self.assertEqual([self.live], self.stored())


class StatsTest(CommandTestCase):
    """usermessages-manage message stats; each case: unit/cmd."""

    def test_sample_of_the_page(self):
        """An operator knows beforehand what they will read."""
        shown = (pathlib.Path(usermessages.__file__).parents[1]
                 / 'doc/source/admin/message-stats.txt').read_text()
        now = timeutils.utcnow()
        for number in range(12):
            self.message(
                created_at=now - datetime.timedelta(hours=5 * (number % 3)),
                event_id='000003' if number % 4 else '000002',
                message_level='ERROR' if number < 10 else 'WARNING',
                **({'project_id': base.OTHER} if number == 7 else {}))
        self.message(created_at=now - datetime.timedelta(days=31),
                     expires_at=now - datetime.timedelta(days=1))

        outcome = self.run_command('usermessages-manage', 'message', 'stats',
                                   url=self.url)

        self.assertEqual((0, shown, ''), outcome)

    def test_letters_that_the_terminal_does_not_know(self):
        """A service may take anything for a project."""
        self.message(project_id='\xe4\u65e5')

        done = subprocess.run(
            [path('usermessages-manage'), 'message', 'stats'],
            env={**self.environment(self.url), 'PYTHONIOENCODING': 'ascii'},
            cwd=self.directory, capture_output=True, text=True,
            timeout=base.HANG_SECONDS)

        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertIn('\nBy project:\n1 \\xe4\\u65e5\n', done.stdout)


class OneLineTest(CommandTestCase):
    """Every error of a command is one line without a traceback."""

    def assertOneLine(self, words, command, *args, url=None, status=1):
        outcome = self.run_command(command, *args, url=url)

        self.assertEqual(status, outcome[0], outcome)
        self.assertNotIn('Traceback', outcome[1])
        self.assertNotIn('s3cret', outcome[1])
        self.assertEqual(1, len(outcome[2].splitlines()), outcome[2])
        self.assertIn(words, outcome[2])
        self.assertNotIn('s3cret', outcome[2])

    def test_unreadable_file(self):
        """Operators read the name of the file in one line, for any command."""
        for command, *args in (('usermessages-manage', 'db', 'sync'),
                               ('usermessages-api',),
                               ('usermessages-status', 'upgrade', 'check')):
            self.assertOneLine('cannot be read', command, '--config-file',
                               self.directory, *args)

    def test_password_that_is_refused(self):
        """Operators read one line, without the password."""
        name = self.file('x.conf', '[user_messages]\n = alice:s3cret@host\n')

        self.assertOneLine('line 2', 'usermessages-manage', '--config-file',
                           name, 'db', 'sync')

    def test_database_that_is_unavailable(self):
        """A command does not wait for it."""
        self.assertOneLine(
            'database unavailable (OperationalError 2003, connecting '
            'to 127.0.0.1:1, database messages, user alice)',
            'usermessages-manage', 'db', 'sync',
            url='mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')

    def test_keystone_that_is_not_configured(self):
        """The default of auth_strategy needs it."""
        self.assertOneLine('[keystone_authtoken]', 'usermessages-api',
                           url=self.url)

    def test_noauth_for_other_machines(self):
        """Operators have to allow access from other machines explicitly."""
        name = self.file('x.conf', '[api]\nauth_strategy = noauth\n')

        self.assertOneLine('not listen on 0.0.0.0', 'usermessages-api',
                           '--config-file', name, '--bind-host', '0.0.0.0',
                           url=self.url)

    def test_dev_with_another_database(self):
        """``--dev`` makes a table and admits all users, so only with SQLite.
        """
        self.assertOneLine(
            'it requires a SQLite database', 'usermessages-api', '--dev',
            url='mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')


class EndTest(CommandTestCase):
    """Commands that are ended from outside set their exit status."""

    COMMANDS = (('usermessages-api', '--help'),
                ('usermessages-catalog', 'check'),
                ('usermessages-manage', '--debug', 'db', 'check'),
                ('usermessages-status', 'upgrade', 'check'))
    # Each looks at the database first.
    LOOKS = (('usermessages-api',),
             ('usermessages-manage', 'db', 'check'),
             ('usermessages-status', 'upgrade', 'check'))

    def setUp(self):
        super().setUp()
        self.set_interrupts(signal.default_int_handler)

    def set_interrupts(self, handler):
        """Let a process receive or ignore Ctrl-C, as shells do."""
        self.addCleanup(signal.signal, signal.SIGINT,
                        signal.signal(signal.SIGINT, handler))

    def popen(self, *args, url=None, **options):
        process = subprocess.Popen(
            args, env={**self.environment(url or self.url),
                       **options.pop('env', {})},
            cwd=self.directory, text=True,
            **{'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE,
               **options})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def ended(self, process):
        """Return the exit status and all output of the process."""
        out, err = process.communicate(timeout=base.HANG_SECONDS)
        return process.returncode, out, err

    def looking(self, command, *args, **environment):
        """Start a command; return it when it waits for a frozen database."""
        frozen = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(frozen.close)
        name = self.file('x.conf', '[api]\nauth_strategy = noauth\n')
        process = self.popen(
            path(command), '--config-file', name, *args, env=environment,
            url='mysql+pymysql://alice:s3cret@127.0.0.1:'
            f'{frozen.getsockname()[1]}/messages')
        self.addCleanup(frozen.accept()[0].close)
        return process

    def importing(self, command):
        """Start a command; return it when it is about to import something."""
        self.file('oslo_config.py', """
import time
print('importing', flush=True)
time.sleep(1000)
""")
        process = self.popen(path(command),
                             env={'PYTHONPATH': self.directory})
        self.assertEqual('importing\n', process.stdout.readline())
        return process

    def test_output_without_a_reader(self):
        """Operators can pipe the output into "head" without an error."""
        for command, *args in self.COMMANDS:
            ours, theirs = os.pipe()
            os.close(ours)

            process = self.popen(path(command), *args, stdout=theirs)

            os.close(theirs)
            self.assertEqual((141, None, ''), self.ended(process), command)

    def test_full_disk(self):
        """A report that is cut off is not taken for a whole one."""
        for command, *args in self.COMMANDS:
            with open('/dev/full', 'w') as full:
                process = self.popen(path(command), *args, stdout=full)

            self.assertEqual(
                (1, None, f'{command}: input or output failed: No space left '
                 'on device\n'), self.ended(process))

    def test_errors_that_have_nowhere_to_go(self):
        """Errors do not change the output, even with "2>&-"."""
        for url, args, out in (
                (self.empty, ('db', 'check'), ''),
                (self.url, ('message', 'import', '/nonexistent'),
                 'Messages imported: 0; existing: 0; expired: 0; '
                 'rejected: 0; files not read: 1\n')):
            process = self.popen(
                'bash', '-c', 'exec "$@" 2>&-', '',
                path('usermessages-manage'), *args, url=url)

            self.assertEqual((1, out, ''), self.ended(process))

    def test_errors_to_a_full_disk(self):
        """The exit status is left to tell of them."""
        for args, status in ((('db', 'check'), 1), (('nonsense',), 2)):
            with open('/dev/full', 'w') as full:
                process = self.popen(path('usermessages-manage'), *args,
                                     url=self.empty, stderr=full)

            self.assertEqual((status, '', None), self.ended(process))

    def test_ctrl_c_before_anything_was_done(self):
        """Operators who mistype something can stop the command immediately."""
        for command in ('usermessages-api', 'usermessages-catalog',
                        'usermessages-manage', 'usermessages-status'):
            process = self.importing(command)

            process.send_signal(signal.SIGINT)

            # Shells tell this as 130 too.
            self.assertEqual((-signal.SIGINT, '', ''), self.ended(process))

    def test_ctrl_c_while_the_database_is_waited_for(self):
        """Operators read one line, and shells learn why the command ended."""
        for command, *args in self.LOOKS:
            process = self.looking(
                command, *args, OS_USER_MESSAGES__CREATE_TIMEOUT='60')

            process.send_signal(signal.SIGINT)

            self.assertEqual((130, '', f'{command}: interrupted\n'),
                             self.ended(process))

    def test_second_ctrl_c_ends_what_cleans_up(self):
        """Operators who press Ctrl-C again do not have to wait."""
        self.file('slow.py', """
import time

def main(argv):
    try:
        print('working', flush=True)
        time.sleep(1000)
    finally:
        print('cleaning up', flush=True)
        time.sleep(1000)
""")
        process = self.popen(
            sys.executable, '-c', 'from usermessages.cmd import main; '
            "main.run('slow', 'slow')")
        self.assertEqual('working\n', process.stdout.readline())
        process.send_signal(signal.SIGINT)
        self.assertEqual('cleaning up\n', process.stdout.readline())

        process.send_signal(signal.SIGINT)

        self.assertEqual((-signal.SIGINT, '', ''), self.ended(process))

    def test_ctrl_c_is_not_for_what_runs_in_the_background(self):
        """Shells start background processes with SIGINT ignored."""
        self.set_interrupts(signal.SIG_IGN)
        process = self.looking('usermessages-manage', 'db', 'check')

        process.send_signal(signal.SIGINT)

        status, out, err = self.ended(process)
        self.assertEqual((1, ''), (status, out))
        self.assertRegex(
            err, r'^usermessages-manage: database unavailable '
            r'\(OperationalError 2013, connecting to 127.0.0.1:\d+, database '
            r'messages, user alice\)\n$')


class ServerTest(CommandTestCase):

    def test_port_that_is_taken(self):
        """The line names it, after the warning that every start has."""
        taken = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(taken.close)
        port = str(taken.getsockname()[1])

        status, out, err = self.run_command(
            'usermessages-api', '--dev', '--bind-port', port)

        self.assertEqual(1, status)
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertIn(f'cannot listen on 127.0.0.1 port {port}', err)
        self.assertNotIn('Traceback', err)

    def test_unavailable_database_does_not_keep_it_from_starting(self):
        """Operators can start services and databases in any order."""
        name = self.file('x.conf', '[api]\nauth_strategy = noauth\n')

        process, url = self.start(
            'usermessages-api', '--config-file', name, '--bind-port', '0',
            url='mysql+pymysql://alice:s3cret@127.0.0.1:1/messages')

        error = self.assertRaises(
            urllib.error.HTTPError, urllib.request.urlopen,
            f'{url}/v3/c0ffee/messages')
        self.assertEqual(503, error.code)
        error.close()
        process.terminate()
        output = self.started + ''.join(self.rest_of(process))
        self.assertEqual(0, process.returncode)
        self.assertIn('Database unavailable (OperationalError 2003, ', output)
        self.assertNotIn('s3cret', output)
        self.assertNotIn('Traceback', output)

    def test_frozen_database_does_not_keep_it_from_starting(self):
        """A database that accepts connections without responding is harmless.
        """
        frozen = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(frozen.close)
        name = self.file('x.conf', '[api]\nauth_strategy = noauth\n')

        process, _url = self.start(
            'usermessages-api', '--config-file', name, '--bind-port', '0',
            url='mysql+pymysql://alice:s3cret@127.0.0.1:'
            f'{frozen.getsockname()[1]}/messages')

        process.terminate()
        self.rest_of(process)
        self.assertEqual(0, process.returncode)


class DevTest(CommandTestCase):
    """usermessages-api --dev, in an empty directory and environment."""

    def start_dev(self):
        return self.start('usermessages-api', '--dev', '--bind-port', '0')

    def get(self, url):
        with urllib.request.urlopen(url) as response:
            return json.load(response)

    def record(self):
        """Record a message as described by the help of --dev."""
        subprocess.run(
            [sys.executable, '-c', """
from usermessages import context
from usermessages.message import api, defined_messages
api.API().create(context.RequestContext(),
                 defined_messages.UNABLE_TO_ALLOCATE, 'c0ffee')"""],
            env=self.environment('sqlite:///usermessages-dev.sqlite'),
            cwd=self.directory, check=True, timeout=base.HANG_SECONDS)

    def test_recorded_message_is_served(self):
        """Users read recorded messages without any configuration."""
        process, url = self.start_dev()
        before = self.get(f'{url}/v3/c0ffee/messages')
        self.record()

        after = self.get(f'{url}/v3/c0ffee/messages')

        self.assertEqual({'messages': []}, before)
        self.assertEqual(['000002'], [message['event_id'] for message
                                      in after['messages']])
        self.assertEqual(['usermessages-dev.sqlite'],
                         os.listdir(self.directory))
        process.send_signal(signal.SIGTERM)
        _out, err = self.rest_of(process)
        self.assertEqual((0, ''), (process.returncode, err))

    def test_ctrl_c_stops_it(self):
        """Users can stop the program without a traceback."""
        process, url = self.start_dev()

        process.send_signal(signal.SIGINT)

        out, err = self.rest_of(process)
        self.assertEqual((0, ''), (process.returncode, err))
        self.assertIn(f'curl {url}/v3/c0ffee/messages', out)
        self.assertEqual(1, (self.started + out).count('WARNING'))

    def test_second_start_keeps_the_messages(self):
        """The file stays."""
        process, url = self.start_dev()
        self.record()
        process.terminate()
        self.rest_of(process)

        _process, url = self.start_dev()

        self.assertEqual(1, len(self.get(
            f'{url}/v3/c0ffee/messages')['messages']))
