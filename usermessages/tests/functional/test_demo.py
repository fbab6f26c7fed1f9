# SPDX-License-Identifier: Apache-2.0

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import fixtures
import testtools

from usermessages.tests import base

ROOT = pathlib.Path(__file__).parents[3]
DEMO = ROOT / 'tools' / 'demo.py'
PROGRAM = ROOT / 'examples' / 'record_a_message.py'


@testtools.skipUnless(DEMO.exists(), 'needs a checkout of the source')
class DemoTest(base.TestCase):

    def run_demo(self, *args, demo=DEMO, **options):
        """Run the demo to its end; it does not end by itself without once."""
        return subprocess.run(
            [sys.executable, demo, *args], capture_output=True, text=True,
            timeout=base.HANG_SECONDS, **options)

    def start_demo(self, *shell):
        """Start the demo; return the process, and the output until it serves.

        :param shell: the arguments of a shell that starts it, as "$@"
        """
        process = subprocess.Popen(
            [*shell, sys.executable, '-u', DEMO], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        # A demo that prints nothing must not hold up the other tests.
        timer = threading.Timer(100, process.kill)
        timer.start()
        for stop in (process.wait, process.stdout.close,
                     process.stderr.close, process.kill, timer.cancel):
            self.addCleanup(stop)
        printed = ''
        for line in process.stdout:
            printed += line
            if line.startswith('Serving on'):
                return process, printed
        self.fail(printed)

    def copy_with_program(self, program):
        """Return the path of a demo beside another program."""
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for path, text in ((PROGRAM, program), (DEMO, DEMO.read_text())):
            copy = directory / path.relative_to(ROOT)
            copy.parent.mkdir()
            copy.write_text(text)
        return copy

    def test_once_shows_that_what_went_in_comes_back(self):
        """New users run this command first."""
        result = self.run_demo('--once')

        self.assertEqual((0, ''), (result.returncode, result.stderr))
        for line in PROGRAM.read_text().splitlines():
            self.assertIn(f'    {line}\n' if line else '\n', result.stdout)
        self.assertRegex(
            result.stdout,
            r'\n    curl http://127\.0\.0\.1:\d+/v3/'
            r'6c430ede-9476-4128-8838-8d3929ced223/messages\n')
        text = result.stdout.partition('and reads:\n')[2].partition('The r')[0]
        [message] = json.loads(text)['messages']
        self.assertEqual('000002', message['event_id'])
        self.assertEqual(
            'No storage could be allocated for this volume request.',
            message['user_message'])
        self.assertEqual('f292cc0c-54a7-4b3b-8174-d2ff82d87008',
                         message['resource_uuid'])
        self.assertTrue(result.stdout.endswith(
            '\nThe retrieved message matches the recorded one.\n'),
            result.stdout)

    def test_once_fails_where_something_else_comes_back(self):
        """Users can rely on the demo to detect a wrong message."""
        demo = self.copy_with_program(PROGRAM.read_text().replace(
            'f292cc0c', 'ffffffff').replace(
            'UNABLE_TO_ALLOCATE', 'UNKNOWN_ERROR'))

        result = self.run_demo('--once', demo=demo)

        self.assertEqual((1, ''), (result.returncode, result.stderr))
        self.assertIn(
            "Difference: event_id is '000001' and not '000002'\n",
            result.stdout)
        self.assertIn(
            'Difference: resource_uuid is '
            "'ffffffff-54a7-4b3b-8174-d2ff82d87008' and not "
            "'f292cc0c-54a7-4b3b-8174-d2ff82d87008'\n", result.stdout)

    def test_once_fails_where_nothing_comes_back(self):
        """Users can rely on the demo to detect a missing message."""
        result = self.run_demo('--once', demo=self.copy_with_program(''))

        self.assertEqual((1, ''), (result.returncode, result.stderr))
        self.assertIn('Difference: one message was recorded, and this '
                      'is no list of one: []\n', result.stdout)

    def test_a_program_that_fails_is_shown(self):
        """The traceback of one's own program is what one needs then."""
        result = self.run_demo(
            '--once', demo=self.copy_with_program('1 / 0'))

        self.assertEqual(1, result.returncode)
        self.assertIn('ended with exit status 1:\n', result.stderr)
        self.assertIn('ZeroDivisionError', result.stderr)

    def test_a_port_in_use_is_named(self):
        """Users read in one line why the server does not start."""
        with socket.create_server(('127.0.0.1', 0)) as other:
            port = other.getsockname()[1]

            result = self.run_demo('--once', '--port', str(port))

        self.assertEqual((1, ''), (result.returncode, result.stdout))
        self.assertTrue(result.stderr.startswith(
            'demo: the server did not start.\nusermessages-api: cannot '
            f'listen on 127.0.0.1 port {port}: '), result.stderr)
        self.assertNotIn('Traceback', result.stderr)

    def test_configuration_of_the_machine_is_not_looked_at(self):
        """A demo on a production machine leaves production alone."""
        result = self.run_demo('--once', env={
            **os.environ,
            'OS_USER_MESSAGES__CONNECTION': 'mysql+pymysql://nobody@127.0.0.1',
            'OS_USER_MESSAGES__MESSAGE_TTL': '60',
            'OS_USERMESSAGES_CONFIG_DIR': '/nowhere',
            'http_proxy': 'http://127.0.0.1:1'})

        self.assertEqual((0, ''), (result.returncode, result.stderr))

    def test_serves_until_interrupted(self):
        """Users can run the printed commands; the end removes all files."""
        process, printed = self.start_demo()
        url = re.search(r'show +curl (\S+)', printed)[1]
        database = re.search(r'sqlite:///(\S+)', printed)[1]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url) as response:
            message = json.load(response)['message']

        # tox sends both signals in quick succession.
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)

        self.assertEqual(0, process.wait(timeout=base.HANG_SECONDS))
        self.assertEqual('000002', message['event_id'])
        self.assertRaises(OSError, opener.open, url)
        self.assertFalse(pathlib.Path(database).parent.exists())

    def test_can_be_interrupted_in_the_background(self):
        """A script that starts it with "&" makes it ignore Ctrl-C."""
        process, _printed = self.start_demo(
            'sh', '-c', 'trap "" INT; exec "$@"', 'sh')

        process.send_signal(signal.SIGINT)

        self.assertEqual(0, process.wait(timeout=base.HANG_SECONDS))

    def test_ends_with_its_parent_process(self):
        """A tox that is killed leaves no server behind."""
        parent, printed = self.start_demo('sh', '-c', '"$@"; true', 'sh')
        url = re.search(r'list +curl (\S+)', printed)[1]
        database = re.search(r'sqlite:///(\S+)', printed)[1]
        port = int(re.search(r':(\d+)/', url)[1])

        parent.kill()

        # The output ends with the last process of the demo.
        self.assertEqual(('', ''), (parent.stdout.read(),
                                    parent.stderr.read()))
        self.assertRaises(OSError, socket.create_connection,
                          ('127.0.0.1', port))
        self.assertFalse(pathlib.Path(database).parent.exists())

    def test_ends_when_the_reader_ends(self):
        """Users can pipe the output into "head -1"; no server remains."""
        process = subprocess.Popen(
            [sys.executable, '-u', DEMO], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        process.stdout.close()

        status = process.wait(timeout=base.HANG_SECONDS)

        self.assertEqual((1, ''), (status, process.stderr.read()))

    def test_the_end_of_the_server_is_told(self):
        """Users learn that the server has ended."""
        process, printed = self.start_demo()
        url = re.search(r'list +curl (\S+)', printed)[1]
        port = int(re.search(r':(\d+)/', url)[1])
        [child] = children_of(process.pid)

        os.kill(child, signal.SIGKILL)

        self.assertEqual(1, process.wait(timeout=base.HANG_SECONDS))
        self.assertIn('demo: the server ended, with exit status -9.\n',
                      process.stderr.read())
        self.assertRaises(OSError, socket.create_connection,
                          ('127.0.0.1', port))


def children_of(pid):
    """Return the process IDs of the children of a process."""
    return [int(child) for child in pathlib.Path(
        f'/proc/{pid}/task/{pid}/children').read_text().split()]
