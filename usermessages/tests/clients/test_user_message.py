# SPDX-License-Identifier: Apache-2.0

"""``openstack user message ...``, the plugin of this package."""

import contextlib
import csv
import datetime
import fcntl
import io
import json
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import fixtures
import yaml

from usermessages.tests.base import LATEST
from usermessages.tests.clients import base
from usermessages.tests.clients import cloud
from usermessages.tests import database
from usermessages.tests import processes
from usermessagesclient.tests import openstack

WAITING = 'Waiting for new messages; press Ctrl-C to exit.'
UNKNOWN = '019b796d-d600-7000-8000-00000000dead'
VOLUME = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'
SNAPSHOT = '5d9b7f0e-8a34-4c3e-9d35-cf3b1d9f6c11'
TEXT = 'No storage could be allocated for this volume request.'
REQUEST_ID = r' \(Request-ID: req-[0-9a-f-]{36}\)\n'
NEW_YEAR = datetime.datetime(2026, 1, 1, 12)
LATER = datetime.datetime(2099, 1, 1, 12)


class UserMessageTestCase(base.ClientTestCase):

    # Some commands are processes that start anew.
    TIMEOUT_SCALING_FACTOR = 3

    def setUp(self):
        super().setUp()
        # Processes inherit it where tests run in the background without it.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(
            signal.SIGINT, signal.default_int_handler))

    def openstack(self, command, *arguments, options=(), user='member',
                  status=0, **environment):
        """Run ``openstack user message ...``; return its output."""
        ended, *output = openstack.run(
            *options, 'user', 'message', command, *arguments,
            **self.cloud.environment(user), **environment)
        self.assertEqual(status, ended, output)
        return ''.join(output)

    def list(self, *arguments, **values):
        """Return the IDs that are listed."""
        return self.openstack('list', '-f', 'value', '-c', 'ID', *arguments,
                              **values).split()

    def assertOneLine(self, pattern, output):
        """Check that a command printed only that error, in one line."""
        self.assertEqual(1, output.count('\n'), output)
        self.assertRegex(output, f'^{pattern}$')

    def command(self, *arguments, options=()):
        """Return a command as a process is started with."""
        return [processes.program('openstack'), *options, 'user', 'message',
                *arguments]

    def environment(self, **values):
        return {'PATH': os.environ['PATH'],
                **self.cloud.environment('member'), **values}

    def in_terminal(self, *arguments, width=80, typed=b''):
        """Run a command in a terminal; return its status and its output.

        :param typed: the input at its question
        """
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack('HHHH', 24, width, 0, 0))
        process = subprocess.Popen(
            self.command(*arguments), env=self.environment(), stdin=slave,
            stdout=slave, stderr=slave, start_new_session=True,
            # The process needs the terminal to receive Ctrl-C.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        printed = b''
        # A terminal that was closed on the other side raises an error.
        with contextlib.suppress(OSError):
            while data := os.read(master, 65536):
                printed += data
                if typed and b'[y/N]' in printed:
                    os.write(master, typed)
                    typed = b''
        os.close(master)
        return process.wait(), printed.decode().replace('\r\n', '\n')


class ListTest(UserMessageTestCase):
    """``openstack user message list``"""

    def test_messages_as_json(self):
        """Users find out why a volume failed, and how to react."""
        message = self.message(created_at=NEW_YEAR, expires_at=LATER)

        [found] = json.loads(self.openstack('list', '--long', '-f', 'json'))

        self.assertEqual({
            'ID': message['id'],
            'Created At': '2026-01-01T12:00:00.000000+00:00',
            'Message Level': 'ERROR',
            'Resource Type': 'VOLUME',
            'Resource UUID': VOLUME,
            'User Message': TEXT,
            'User Action': 'change_request',
            'Hint': 'Request a smaller volume, or choose another volume type '
                    'or availability zone.',
            'Help': None,
            'Event ID': '000002',
            'Request ID': 'req-7b61dd49-266a-4630-a2e9-e461fe5667a4',
            'Global Request ID': 'req-5f0d5c0c-52a4-4d5f-9d3e-6a4b8d3f7c21',
            'Project ID': self.project_id,
            'Guaranteed Until': '2099-01-01T12:00:00.000000+00:00',
        }, found)

    def test_messages_as_a_table(self):
        """Most users read messages as a table."""
        message = self.message(created_at=NEW_YEAR, expires_at=LATER)

        table = self.openstack('list')

        self.assertIn(
            f'| {message["id"]} | 2026-01-01T12:00:00+00:00 | ERROR         | '
            f'VOLUME        | {VOLUME} | {TEXT} |\n', table)

    def test_other_formats(self):
        """A script takes the format that it reads best."""
        self.message(created_at=NEW_YEAR, expires_at=LATER)
        expected = {'Created At': '2026-01-01T12:00:00.000000+00:00',
                    'User Message': TEXT}
        columns = ('-c', 'Created At', '-c', 'User Message')

        self.assertEqual([expected], list(csv.DictReader(io.StringIO(
            self.openstack('list', '-f', 'csv', *columns)))))
        self.assertEqual([expected], yaml.safe_load(
            self.openstack('list', '-f', 'yaml', *columns)))

    def test_times_of_the_reader(self):
        """A user compares them with their watch."""
        self.message(created_at=NEW_YEAR, expires_at=LATER)

        output = self.run_client(
            'openstack', 'user', 'message', 'list', '--local-time',
            '-f', 'value', '-c', 'Created At', TZ='Asia/Kolkata')

        self.assertEqual('2026-01-01T17:30:00.000000+05:30\n', output)

    def test_language_of_the_reader(self):
        """A user reads it in the language that their machine is set to."""
        self.message()

        output = self.openstack(
            'list', '-f', 'value', '-c', 'User Message', LANG='de_DE.UTF-8')

        self.assertEqual('Dieser Volume-Anforderung konnte kein '
                         'Speicherplatz zugewiesen werden.\n', output)

    def test_all_pages(self):
        """Each message comes once, however small the pages are."""
        messages = self.messages(7)

        for options in ((), ('--os-user-messages-api-version', '1.0'),
                        ('--os-user-messages-api-version', '3.71')):
            for limit in ((), ('--limit', '2')):
                with self.subTest(options=options, limit=limit):
                    self.assertEqual(messages, self.list(
                        *limit, options=options))

    def test_part_of_them(self):
        """Users list the last few messages, and scripts continue after them.
        """
        messages = self.messages(7)

        for arguments, expected in (
                (('--max-items', '3', '--limit', '2'), messages[:3]),
                (('--max-items', '0'), []),
                (('--marker', messages[2]), messages[3:]),
                (('--sort', 'created_at:asc'), messages[::-1])):
            with self.subTest(arguments=arguments):
                self.assertEqual(expected, self.list(*arguments))

    def test_filters(self):
        """A user picks what they look for."""
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        old = self.message(created_at=now - datetime.timedelta(days=3))['id']
        odd = self.message(
            event_id='000003', message_level='INFO', resource_type='SNAPSHOT',
            resource_uuid=SNAPSHOT, request_id='req-' + SNAPSHOT)['id']
        noon = (now - datetime.timedelta(days=2)).isoformat(' ', 'minutes')

        for arguments, expected in (
                (('--resource', SNAPSHOT), odd),
                (('--resource-type', 'snapshot'), odd),
                (('--event', '000003'), odd),
                (('--level', 'info'), odd),
                (('--request-id', 'req-' + SNAPSHOT), odd),
                (('--since', '2h'), odd),
                (('--since', noon), odd),
                (('--before', '1d'), old),
                (('--since', '4d', '--before', f'{noon}Z'), old)):
            with self.subTest(arguments=arguments):
                self.assertEqual([expected], self.list(*arguments))

    def test_projects(self):
        """An administrator looks into other projects, a user does not."""
        own = self.messages(2)
        foreign = self.messages(6, project_id=self.other_id)

        for user, arguments, expected in (
                ('admin', ('--project', 'other'), foreign),
                ('admin', ('--project', 'other', '--project-domain',
                           'Default'), foreign),
                ('admin', ('--project', self.other_id), foreign),
                ('member', ('--project', 'demo'), own),
                ('reader', ('--project', self.project_id), own)):
            with self.subTest(user=user, arguments=arguments):
                self.assertEqual(expected, self.list(*arguments, user=user))
        self.assertEqual({*own, *foreign}, {
            *self.list('--all-projects', user='admin')})
        for arguments in (('--project', 'other'), ('--all-projects',)):
            self.assertOneLine(
                r'Only the messages of your own project can be listed\. '
                rf'\(HTTP 403\){REQUEST_ID}',
                self.openstack('list', *arguments, status=1))
        self.assertOneLine(
            "Project 'none' does not exist.\n", self.openstack(
                'list', '--project', 'none', user='admin', status=1))

    def test_beside_the_client_for_volumes(self):
        """Both clients show the same fields of the same messages."""
        self.messages(7)
        self.message(resource_type='', resource_uuid='', request_id='')
        columns = ('ID', 'Created At', 'Event ID', 'Guaranteed Until',
                   'Message Level', 'Request ID', 'Resource Type',
                   'Resource UUID', 'User Message')
        picked = [word for name in columns for word in ('-c', name)]

        theirs = json.loads(self.run_client(
            'openstack', 'volume', 'message', 'list', '-f', 'json', *picked))

        self.assertEqual(8, len(theirs))
        for service_type in ('user-messages', 'block-storage', 'volumev3'):
            with self.subTest(service_type=service_type):
                self.assertEqual(theirs, json.loads(self.openstack(
                    'list', '-f', 'json', *picked, options=(
                        '--os-user-messages-service-type', service_type))))

    def test_service_of_the_environment(self):
        """A user sets once which service they mean."""
        message = self.message()['id']

        for name, value in (
                ('SERVICE_TYPE', 'block-storage'),
                ('ENDPOINT_OVERRIDE', f'{self.cloud.url}/v3'),
                ('API_VERSION', '1.1')):
            with self.subTest(name=name):
                self.assertEqual([message], self.list(
                    **{f'OS_USER_MESSAGES_{name}': value}))

    def test_older_versions(self):
        """The command reports features that an older version does not have."""
        self.message()

        for version, arguments, said in (
                ('1.0', ('--since', '1h'),
                 '--since and --before require user-messages 1.1 or later; '
                 'the request uses user-messages 1.0.\n'),
                ('3', ('--before', '1h'),
                 '--since and --before require user-messages 1.1 or later; '
                 'the request uses volume 3.34.\n'),
                ('3.3', ('--resource', VOLUME),
                 'Filters, --limit and --sort require volume 3.5 or later; '
                 'the request uses volume 3.3.\n'),
                ('1.99', (),
                 'The service does not support version 1.99; the latest '
                 f'version is {LATEST}.  Specify another version with '
                 '--os-user-messages-api-version, or omit the option.\n'),
                ('latest', (),
                 "'latest' is not a version of the user messages API.  "
                 'Specify 1.N or 3.N with --os-user-messages-api-version, or '
                 'omit the option to use the latest version.\n')):
            with self.subTest(version=version):
                self.assertEqual(said, self.openstack(
                    'list', *arguments, status=1,
                    options=('--os-user-messages-api-version', version)))
        [found] = json.loads(self.openstack(
            'list', '--long', '-f', 'json',
            options=('--os-user-messages-api-version', '1.1')))
        self.assertEqual((None, None), (found['User Action'], found['Hint']))

    def test_service_that_is_not_there(self):
        """The user reads which option to use."""
        for options, said in (
                (('--os-user-messages-service-type', 'nothing'),
                 'The catalog has no endpoint of service type nothing.  '
                 'Specify the type of the service with '
                 '--os-user-messages-service-type, for example '
                 'block-storage, or the URL of the service with '
                 '--os-user-messages-endpoint-override.\n'),
                (('--os-user-messages-service-type', 'identity'),
                 f'The server at {self.cloud.keystone.url}/messages does '
                 'not serve user messages.  Check '
                 '--os-user-messages-service-type and '
                 '--os-user-messages-endpoint-override.\n')):
            with self.subTest(options=options):
                self.assertEqual(said, self.openstack(
                    'list', options=options, status=1))

    def test_service_that_does_not_answer(self):
        """The user reads which one that is."""
        url = f'http://127.0.0.1:{processes.free_port()}/v3'

        output = self.openstack('list', status=1, options=(
            '--os-user-messages-endpoint-override', url))

        self.assertOneLine(
            f'Unable to establish connection to {url}/messages: .*\n', output)

    def test_token_that_is_no_good(self):
        """Users read the error of Keystone about an invalid token."""
        output = self.run_client(
            'openstack', 'user', 'message', 'list', status=1,
            OS_AUTH_TYPE='v3token', OS_TOKEN='expired', OS_USERNAME='',
            OS_PASSWORD='', OS_USER_DOMAIN_ID='')

        self.assertOneLine(r'.*\(HTTP 40[14]\).*\n', output)

    def test_flags_that_are_wrong(self):
        """The user reads what it takes."""
        for arguments, said in (
                (('--level', 'fatal'), 'argument --level: invalid choice: '),
                (('--resource', ''), 'argument --resource: must '
                 'not be empty\n'),
                (('--limit', '-1'), 'argument --limit: '),
                (('--interval', '0'), 'argument --interval: must be at '
                 'least 1 second, not 0\n'),
                (('--all-projects', '--project', 'demo'),
                 'not allowed with argument --all-projects')):
            with self.subTest(arguments=arguments):
                output = self.openstack('list', *arguments, status=2)

                self.assertIn(said, output)
        self.assertEqual(
            '--since: invalid time \'yesterday\': use "2h" or "3d" (ago; '
            'also s, m and w), 2026-01-31, "2026-01-31 12:00" or '
            '2026-01-31T12:00:00+01:00\n',
            self.openstack('list', '--since', 'yesterday', status=1))

    def test_flags_that_do_not_go_together(self):
        """Users read an error for flags that exclude each other."""
        for arguments, said in (
                (('--follow', '--sort', 'id'), '--sort cannot be used '
                 'with --follow.\n'),
                (('--follow', '--max-items', '1'), '--max-items cannot '
                 'be used with --follow.\n'),
                (('--interval', '5'),
                 '--interval requires --follow or --wait.\n')):
            with self.subTest(arguments=arguments):
                self.assertEqual(said, self.openstack(
                    'list', *arguments, status=1))

    def test_values_that_the_service_refuses(self):
        """Users read the error of the service."""
        self.assertOneLine(
            r"'size' is not a sort key; use one of .* \(HTTP 400\)"
            + REQUEST_ID, self.openstack('list', '--sort', 'size', status=1))
        self.assertOneLine(
            r'Message nonsense could not be found\. \(HTTP 404\)' + REQUEST_ID,
            self.openstack('list', '--marker', 'nonsense', status=1))

    def test_narrow_terminal(self):
        """Terminals do not break the lines of a list."""
        messages = self.messages(2)

        status, printed = self.in_terminal('list')

        self.assertEqual(0, status, printed)
        self.assertEqual([], [line for line in printed.splitlines()
                              if len(line) > 80])
        self.assertRegex(
            printed, rf'(?m)^(now|\d+ s ago) +ERROR  volume {VOLUME}\n'
            rf'  {re.escape(TEXT)}\n  ID: {messages[0]}\n\n')
        self.assertNotIn('\x1b', printed)

    def test_wide_terminal(self):
        """Each message is one line, and -c prints a table."""
        self.message(created_at=NEW_YEAR, expires_at=LATER)

        self.assertEqual(
            (0, f'2026-01-01T12:00:00+00:00  ERROR  volume {VOLUME}  '
             f'{TEXT}\n'),
            self.in_terminal('list', '--time', 'iso', width=160))
        self.assertIn('| Created At ', self.in_terminal(
            'list', '-c', 'Created At')[1])

    def test_output_without_a_reader(self):
        """``| head -1`` ends in silence, as it does anywhere."""
        # More than fits into a pipe.
        self.messages(150)
        command = ' '.join(self.command('list', '--long', '-f', 'json'))

        done = subprocess.run(
            ['bash', '-c', f'{command} | head -1; echo ${{PIPESTATUS[0]}}'],
            env=self.environment(), capture_output=True, text=True)

        self.assertEqual(('[\n141\n', ''), (done.stdout, done.stderr))


class ShowTest(UserMessageTestCase):
    """``openstack user message show``"""

    def test_message(self):
        """A user reads what happened, and what to do now."""
        message = self.message(created_at=NEW_YEAR, expires_at=LATER)['id']

        status, printed = self.in_terminal('show', message, width=120)

        self.assertEqual(0, status, printed)
        for name, value in (
                ('ID', message), ('Created At', '2026-01-01T12:00:00+00:00'),
                ('User Message', TEXT), ('User Action', 'change_request'),
                ('Hint', 'Request a smaller volume, or choose another volume '
                         'type or availability zone.'), ('Help', '')):
            self.assertRegex(printed, rf'\| {name} +\| {re.escape(value)} +\|')

    def test_link_to_help(self):
        """A user finds the page of their operator."""
        service = self.useFixture(cloud.Service(
            self.cloud.keystone.url,
            'help_url = https://docs.example.org/messages.html#'))
        message = database.store(service.api.db, project_id=self.project_id)

        output = self.openstack(
            'show', message['id'], '-f', 'value', '-c', 'Help', options=(
                '--os-user-messages-endpoint-override', f'{service.url}/v3'))

        self.assertEqual('https://docs.example.org/messages.html#000002\n',
                         output)

    def test_message_that_is_not_there(self):
        """Users read that a message of another project does not exist."""
        foreign = self.message(project_id=self.other_id)['id']

        for message in (foreign, UNKNOWN):
            with self.subTest(message=message):
                self.assertOneLine(
                    rf'Message {message} could not be found\. \(HTTP 404\)'
                    + REQUEST_ID, self.openstack('show', message, status=1))
        for message in ('', '.', '../messages'):
            with self.subTest(message=message):
                self.assertEqual(
                    f'{message!r} is not a message ID.\n',
                    self.openstack('show', message, status=1))

    def test_narrow_terminal(self):
        """The table fits into a narrow terminal, too."""
        message = self.message()['id']

        status, printed = self.in_terminal('show', message, width=40)

        self.assertEqual(0, status, printed)
        self.assertEqual([], [line for line in printed.splitlines()
                              if len(line) > 40])


class DeleteTest(UserMessageTestCase):
    """``openstack user message delete``"""

    def test_messages(self):
        """Users delete messages after reading them."""
        first, kept, last = self.messages(3)

        output = self.openstack('delete', first, last, first)

        self.assertEqual('', output)
        self.assertEqual([kept], self.stored())

    def test_message_that_is_not_there(self):
        """The others are deleted, and the user reads which one was not."""
        foreign = self.message(project_id=self.other_id)['id']
        first, last = self.messages(2)

        output = self.openstack(
            'delete', first, UNKNOWN, foreign, '..', last, status=1)

        self.assertRegex(output, ''.join((
            '^', *(rf'Failed to delete message {message}: Message {message} '
                   rf'could not be found\. \(HTTP 404\){REQUEST_ID}'
                   for message in (UNKNOWN, foreign)),
            r"Failed to delete message \.\.: '\.\.' is not a message "
            r'ID\.\n', r'Failed to delete 3 of 5 messages\.\n$')))
        self.assertEqual([foreign], self.stored())

    def test_user_who_may_not(self):
        """Users who can read messages cannot always delete messages."""
        message = self.message()['id']

        output = self.openstack('delete', message, user='reader', status=1)

        self.assertIn('(HTTP 403)', output)
        self.assertIn('Failed to delete 1 of 1 messages.\n', output)
        self.assertEqual([message], self.stored())

    def test_messages_that_match(self):
        """Users delete the messages about a volume that no longer exists."""
        kept = self.message(resource_uuid=SNAPSHOT)['id']
        self.messages(7)

        dry_run = self.openstack('delete', '--resource', VOLUME, '--dry-run')
        output = self.openstack('delete', '--resource', VOLUME, '--yes')

        self.assertIn('Messages to delete: 7\n', dry_run)
        self.assertEqual('Messages deleted: 7\n', output)
        self.assertEqual([kept], self.stored())
        self.assertEqual('Messages deleted: 0\n', self.openstack(
            'delete', '--resource', VOLUME))

    def test_question(self):
        """The command deletes only after the user agrees."""
        messages = self.messages(7)

        for typed in (b'n\n', b'\n', b'\x04'):
            with self.subTest(typed=typed):
                status, printed = self.in_terminal(
                    'delete', '--level', 'error', typed=typed)

                self.assertEqual(1, status)
                self.assertIn('Delete 7 messages? [y/N] ', printed)
                self.assertTrue(printed.endswith('Nothing was deleted.\n'))
                self.assertEqual(messages, self.stored())
        self.assertEqual('7 messages match; delete them with --yes.\n',
                         self.openstack('delete', '--level', 'error',
                                        status=1))
        status, printed = self.in_terminal(
            'delete', '--level', 'error', typed=b'y\n')
        self.assertEqual((0, []), (status, self.stored()), printed)

    def test_nothing_to_go_by(self):
        """A script whose variable is empty does not delete everything."""
        messages = self.messages(2)
        said = ('Specify the messages to delete: either IDs, or filters '
                'such as --resource or --before.\n')

        for arguments in (
                (), ('--yes',), (messages[0], '--level', 'error'),
                ('--yes', '--all-projects'), ('--yes', '--project', 'demo')):
            with self.subTest(arguments=arguments):
                self.assertEqual(said, self.openstack(
                    'delete', *arguments, status=1))
        self.assertIn('argument --resource: must not be empty', self.openstack(
            'delete', '--resource', '', '--yes', status=2))
        self.assertEqual(messages, self.stored())

    def test_service_that_is_not_there(self):
        """Users read one error, not one for each message."""
        output = self.openstack(
            'delete', UNKNOWN, VOLUME, status=1,
            options=('--os-user-messages-service-type', 'nothing'))

        self.assertEqual(1, output.count('\n'), output)


class Follower(fixtures.Fixture):
    """``openstack user message list --follow``, as a process.

    ``printed`` and ``said`` are the lines of its two streams.
    """

    def __init__(self, command, environment):
        self._command, self._environment = command, environment

    def _setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self._files = directory / 'stdout', directory / 'stderr'
        with self._files[0].open('w') as out, self._files[1].open('w') as err:
            self._process = subprocess.Popen(
                self._command, stdout=out, stderr=err, env=self._environment)
        self.addCleanup(self._process.wait)
        self.addCleanup(self._process.terminate)

    @property
    def printed(self):
        return self._files[0].read_text().splitlines()

    @property
    def said(self):
        return self._files[1].read_text().splitlines()

    def interrupt(self):
        """Press Ctrl-C; return its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait()


class FollowTest(UserMessageTestCase):
    """``openstack user message list --follow``"""

    TIMEOUT_SCALING_FACTOR = 5

    def follow(self, *arguments, options=(), **environment):
        """List new messages each second."""
        return self.useFixture(Follower(
            self.command('list', '--follow', '--interval', '1', *arguments,
                         options=options), self.environment(**environment)))

    def test_messages_that_come(self):
        """Users watch the messages about a running request."""
        there = self.message()['id']
        follower = self.follow('--since', '1h', '-f', 'value', '-c', 'ID')
        database.wait_until(lambda: follower.printed)

        one = self.message()['id']
        database.wait_until(lambda: len(follower.printed) == 2)
        two = [self.message()['id'] for _number in range(7)]
        self.message(project_id=self.other_id)
        database.wait_until(lambda: len(follower.printed) == 9)

        self.assertEqual(130, follower.interrupt())
        self.assertEqual([there, one, *two], follower.printed)
        self.assertEqual([WAITING], follower.said)

    def test_only_those_that_come(self):
        """Users see only new messages, not those from before the start."""
        self.messages(7)
        for options in ((), ('--os-user-messages-api-version', '3.71')):
            with self.subTest(options=options):
                stored = []
                follower = self.follow('-f', 'value', '-c', 'ID',
                                       options=options)

                def comes(stored=stored, follower=follower):
                    stored.append(self.message()['id'])
                    time.sleep(0.5)
                    return follower.printed

                database.wait_until(comes)
                database.wait_until(
                    lambda stored=stored, follower=follower:
                    follower.printed[-1] == stored[-1])

                self.assertEqual(130, follower.interrupt())
                # Each message from the first one on, once.
                self.assertEqual(stored[-len(follower.printed):],
                                 follower.printed)
                self.assertEqual([WAITING], follower.said)

    def test_message_that_is_stored_late(self):
        """A message that a service records late is shown, too."""
        self.message()
        follower = self.follow('--since', '1h', '-f', 'value', '-c', 'ID')
        database.wait_until(lambda: follower.printed)
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)

        late = self.message(
            created_at=now - datetime.timedelta(minutes=2))['id']

        database.wait_until(lambda: len(follower.printed) == 2)
        self.assertEqual(late, follower.printed[1])

    def test_formats(self):
        """Each format is one that can be read line by line."""
        message = self.message(created_at=NEW_YEAR, expires_at=LATER)['id']
        picked = ('-c', 'ID', '-c', 'Created At', '-c', 'User Message')
        for format_, expected in (
                ('table', [f'{message}  2026-01-01T12:00:00+00:00  {TEXT}']),
                ('csv', ['"ID","Created At","User Message"',
                         f'"{message}","2026-01-01T12:00:00.000000+00:00",'
                         f'"{TEXT}"']),
                ('json', [f'{{"ID": "{message}", "Created At": '
                          '"2026-01-01T12:00:00.000000+00:00", '
                          f'"User Message": "{TEXT}"}}']),
                ('yaml', [
                    "- Created At: '2026-01-01T12:00:00.000000+00:00'",
                    f'  ID: {message}', f'  User Message: {TEXT}'])):
            with self.subTest(format=format_):
                follower = self.follow(
                    '--since', '2026-01-01', '-f', format_, *picked)
                database.wait_until(
                    lambda follower=follower, expected=expected:
                    len(follower.printed) >= len(expected))

                self.assertEqual(130, follower.interrupt())
                self.assertEqual(expected, follower.printed)

    def test_restart_and_a_token_that_was_revoked(self):
        """The output continues while operators upgrade the service."""
        service = self.useFixture(cloud.Service(self.cloud.keystone.url, ''))

        def record():
            return database.store(
                service.api.db, project_id=self.project_id)['id']

        stored = [record()]
        follower = self.follow(
            '--since', '1h', '-f', 'value', '-c', 'ID', options=(
                '--os-user-messages-endpoint-override', f'{service.url}/v3'))
        database.wait_until(lambda: follower.printed)

        service.stop()
        stored += [record(), record()]
        database.wait_until(lambda: len(follower.said) > 1)
        # A new password, even the old one, ends all tokens of a user; the
        # service has forgotten that it knew this one.
        user_id = self.cloud.session('member').get_user_id()
        for password in (cloud.PASSWORD + '!', cloud.PASSWORD):
            self.cloud.keystone.request(
                'PATCH', f'/users/{user_id}', user={'password': password})
        service.start()
        database.wait_until(lambda: len(follower.printed) == 3)
        stored.append(record())
        database.wait_until(lambda: len(follower.printed) == 4)

        self.assertEqual(130, follower.interrupt())
        self.assertEqual(stored, follower.printed)
        self.assertRegex('\n'.join(follower.said), (
            rf'^{WAITING}\n'
            r'Service unavailable \(Unable to establish connection to .*\); '
            r'retrying\nService is available again\.$'))

    def test_service_that_does_not_answer_at_the_start(self):
        """A user with a wrong URL waits for a bounded time."""
        follower = self.follow(options=(
            '--os-user-messages-endpoint-override',
            f'http://127.0.0.1:{processes.free_port()}/v3'))

        self.assertEqual(1, follower._process.wait())
        self.assertEqual(1, len(follower.said))

    def test_output_without_a_reader(self):
        """The command ends silently with the next message."""
        self.messages(2)
        command = ' '.join(self.command(
            'list', '--follow', '--since', '1h', '-f', 'value', '-c', 'ID'))

        process = subprocess.Popen(
            ['bash', '-c', f'{command} | head -1; echo ${{PIPESTATUS[0]}}'],
            env=self.environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        first = process.stdout.readline()
        self.message()

        output, errors = process.communicate()
        self.assertRegex(first, '^[0-9a-f-]{36}\n$')
        self.assertEqual(('141\n', f'{WAITING}\n'), (output, errors))

    def test_first_new_message(self):
        """A script waits for a message, and then prints it."""
        self.message()
        waiting = self.useFixture(Follower(
            self.command('list', VOLUME, '--wait', '--interval', '1', '-f',
                         'value', '-c', 'ID'), self.environment()))
        database.wait_until(lambda: waiting.said)

        message = self.message()['id']

        self.assertEqual(0, waiting._process.wait())
        self.assertEqual([message], waiting.printed)

    def test_no_new_message(self):
        """A script continues after the timeout."""
        self.assertEqual(
            f'{WAITING}\nNo new message within 1 seconds.\n',
            self.openstack('list', '--wait', '--timeout', '1', status=1))


class ExpiryTest(UserMessageTestCase):

    TIMEOUT_SCALING_FACTOR = 5

    def test_token_that_expires(self):
        """A command that runs for hours outlives its first token."""
        url = f'http://127.0.0.1:{processes.free_port()}/v3'
        self.useFixture(self.cloud.keystone.short_tokens(url, 20))
        stored = [self.message()['id']]
        follower = self.useFixture(Follower(
            self.command('list', '--follow', '--interval', '1', '--since',
                         '1h', '-f', 'value', '-c', 'ID'),
            {**self.environment(), 'OS_AUTH_URL': url}))
        database.wait_until(lambda: follower.printed)

        for number in (2, 3):
            time.sleep(21)
            stored.append(self.message()['id'])
            database.wait_until(
                lambda number=number: len(follower.printed) == number)

        self.assertEqual(130, follower.interrupt())
        self.assertEqual((stored, [WAITING]), (
            follower.printed, follower.said))


class CompleteTest(UserMessageTestCase):
    """``openstack complete``"""

    def test_commands_and_their_flags(self):
        """A user presses the tab key."""
        script = self.run_client('openstack', 'complete')

        self.assertIn(
            "cmds_user_message='delete explain list show summary'\n", script)
        for flag in ('--resource', '--since', '--follow', '--local-time'):
            self.assertRegex(
                script, rf"\n  cmds_user_message_list='[^']*{flag}\b")


class InterruptTest(UserMessageTestCase):

    def test_at_the_question(self):
        """Ctrl-C ends the command without a traceback, and deletes nothing."""
        messages = self.messages(2)

        status, printed = self.in_terminal(
            'delete', '--level', 'error', typed=b'\x03')

        self.assertEqual(130, status)
        self.assertEqual(messages, self.stored())
        self.assertNotIn('Traceback', printed)
