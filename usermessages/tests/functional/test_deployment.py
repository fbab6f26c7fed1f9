# SPDX-License-Identifier: Apache-2.0

"""The deployment that ``tools/deployment`` runs, as far as files tell.

It runs where nginx, HAProxy and a Keystone are; here is what holds without
them.
"""

import configparser
import importlib
import os
import pathlib
import re
import runpy
import signal
import subprocess
import sys

import fixtures
import testtools

from usermessages.tests import base
from usermessages.tests import database

ROOT = pathlib.Path(__file__).parents[3]
DEPLOYMENT = ROOT / 'tools' / 'deployment'
PAGE = ROOT / 'doc' / 'source' / 'install' / 'deployment.rst'
ETC = ROOT / 'etc' / 'usermessages'


def read(path):
    return path.read_text()


def only(pattern, text):
    """Return the group of the only match of a pattern in a text."""
    [found] = set(re.findall(pattern, text, re.MULTILINE))
    return found


def is_running(process_id):
    return pathlib.Path('/proc', process_id).exists()


@testtools.skipUnless(DEPLOYMENT.exists(), 'needs a checkout of the source')
class FilesTest(base.TestCase):
    """The files of a deployment agree with each other."""

    def setUp(self):
        super().setUp()
        self.nginx = read(DEPLOYMENT / 'nginx.conf')
        self.haproxy = read(DEPLOYMENT / 'haproxy.cfg')
        self.service = configparser.ConfigParser(interpolation=None)
        self.service.read(DEPLOYMENT / 'usermessages.conf')
        # uWSGI has some options more than once.
        self.uwsgi = configparser.ConfigParser(
            interpolation=None, strict=False)
        self.uwsgi.read(ETC / 'uwsgi.ini')

    def test_each_part_asks_the_next_one(self):
        """An operator who copies all of them has a way to the service."""
        self.assertEqual(only(r'^\s*bind (\S+)$', self.haproxy),
                         only(r'proxy_pass http://(.+);$', self.nginx))
        servers = re.findall(r'^\s*server \w+ (\S+)$', self.haproxy, re.M)
        self.assertEqual([self.uwsgi['uwsgi']['http-socket'],
                          '127.0.0.1:9698'], servers)

    def test_links_lead_to_where_users_ask(self):
        """Users can follow the links to all pages."""
        prefix = self.uwsgi['uwsgi']['mount'].partition('=')[0]

        self.assertEqual(
            f'http://{only(r"^ +listen (.+);$", self.nginx)}{prefix}',
            self.service['api']['public_endpoint'])
        self.assertIn(f'location {prefix} {{', self.nginx)
        self.assertIn(f'uri {prefix}/healthcheck ', self.haproxy)

    def test_haproxy_sends_what_uwsgi_can_serve_at_once(self):
        """A request that waits in a server that dies is lost."""
        uwsgi = self.uwsgi['uwsgi']

        self.assertEqual(
            int(uwsgi['processes']) * int(uwsgi['threads']),
            int(only(r'^ +default-server maxconn (\d+)$', self.haproxy)))

    def test_a_request_that_uwsgi_takes_is_taken_before(self):
        """HAProxy reads the whole request, to send the request once more."""
        taken = int(self.uwsgi['uwsgi']['buffer-size'])

        self.assertGreater(
            int(only(r'^ +tune.bufsize (\d+)$', self.haproxy)), taken)
        self.assertEqual(
            ('4', '64'), only(r'large_client_header_buffers (\d+) (\d+)k;',
                              self.nginx))

    def test_a_get_alone_is_sent_once_more(self):
        """The repetition of a successful DELETE would return 404."""
        self.assertIn('http-request disable-l7-retry unless METH_GET\n',
                      self.haproxy)
        # nginx would do it where it had a second one.
        self.assertEqual(1, self.nginx.count('proxy_pass '))
        self.assertNotIn('upstream', self.nginx)

    def test_page_shows_every_file(self):
        """An operator reads what runs, not what ran once."""
        shown = {(PAGE.parent / name).resolve() for name in re.findall(
            r'^\.\. literalinclude:: (\S+)$', read(PAGE), re.M)}

        self.assertEqual({
            *(path for path in DEPLOYMENT.iterdir()
              if path.suffix not in ('.py', '.pyc')
              and path.name != '__pycache__'),
            DEPLOYMENT / 'record.py', ETC / 'uwsgi.ini'}, shown)
        self.assertEqual([], [path for path in shown if not path.exists()])

    def test_page_names_every_option(self):
        """Operators find every option of the command."""
        printed = subprocess.run(
            [sys.executable, DEPLOYMENT, '--help'], check=True,
            capture_output=True, text=True).stdout

        options = set(re.findall(r'^  (?:-h, )?(--[\w-]+)', printed, re.M))
        self.assertEqual(
            {'--help', '--kill-workers', '--once', '--port'}, options)
        self.assertEqual([], [option for option in options - {'--help'}
                              if option not in read(PAGE)])


@testtools.skipUnless(DEPLOYMENT.exists(), 'needs a checkout of the source')
class CommandTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)
        self.programs = self.directory / 'programs'
        self.programs.mkdir()
        self.temporary = self.directory / 'temporary'
        self.temporary.mkdir()

    def start(self, *args, prelude=''):
        """Start the command where nothing but the given programs is there."""
        code = (
            'import os, runpy, signal, subprocess, sys\n'
            'main, programs, *sys.argv[1:] = sys.argv[1:]\n'
            'sys.path.insert(0, main)\n'
            'import parts\n'
            'parts.PLACES = programs\n'
            f'{prelude}\n'
            'runpy.run_path(main, run_name="__main__")\n')
        # The environment of these tests has not got them.
        for name in ('keystone', 'memcache'):
            (self.directory / f'{name}.py').touch()
        process = subprocess.Popen(
            [sys.executable, '-c', code, DEPLOYMENT, self.programs, *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={
                **os.environ, 'TMPDIR': str(self.temporary),
                'PYTHONPATH': str(self.directory)})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def program(self, name, script='exit 0'):
        path = self.programs / name
        path.write_text(f'#!/bin/bash\nPATH=/usr/bin:/bin\n{script}\n')
        path.chmod(0o755)

    def all_programs(self, **scripts):
        for name in ('nginx', 'haproxy', 'mariadbd', 'mariadb-install-db',
                     'memcached', 'uwsgi', 'openstack'):
            self.program(name, scripts.get(name.replace('-', '_'), 'exit 0'))

    def assertNothingIsLeft(self):
        self.assertEqual([], list(self.temporary.iterdir()))

    def test_missing_programs_are_named_in_one_line(self):
        """Operators read which programs to install before the start."""
        self.program('haproxy')

        output, errors = self.start('--kill-workers', '1').communicate()

        self.assertEqual('', output)
        self.assertEqual(
            'deployment: programs are missing: run "apt-get install '
            'mariadb-server memcached nginx-light wrk", as an '
            'administrator.\n', errors)
        self.assertNothingIsLeft()

    def test_missing_packages_are_named_in_one_line(self):
        """Operators without the environment of tox read which packages to
        install.
        """
        self.all_programs()
        (self.programs / 'openstack').unlink()

        output, errors = self.start().communicate()

        self.assertEqual('', output)
        self.assertEqual(
            'deployment: packages of Python are missing: run "pip install '
            'python-openstackclient", or "tox -e deployment", which does.\n',
            errors)

    def test_a_step_that_fails_is_shown_and_leaves_nothing(self):
        """Operators read one line, not a traceback, if the disk is full."""
        self.all_programs(mariadb_install_db='echo no space; exit 3')

        process = self.start()
        _output, errors = process.communicate()

        self.assertEqual(1, process.returncode)
        self.assertRegex(
            errors, r'^deployment: "mariadb-install-db .*" ended with exit '
            r'status 3:\nno space\n$')
        self.assertNothingIsLeft()

    def test_a_server_that_ends_is_shown_and_leaves_nothing(self):
        """Operators read the last output of the server that ended."""
        self.all_programs(mariadbd='echo no memory; exit 1')

        process = self.start()
        _output, errors = process.communicate()

        self.assertEqual(1, process.returncode)
        self.assertIn('deployment: mariadb does not serve.  It has printed:\n'
                      'no memory\n', errors)
        self.assertNothingIsLeft()

    def test_a_signal_while_a_server_is_started_leaves_nothing(self):
        """A signal may arrive before the program knows the process ID."""
        file = self.directory / 'ids'
        self.all_programs(mariadbd=f'echo $$ >{file}; exec sleep 1000')
        process = self.start(prelude=f"""
class Late(subprocess.Popen):
    def __init__(self, command, **options):
        super().__init__(command, **options)
        if 'mariadbd' in command[0]:
            heard, wakeup = os.pipe()
            os.set_blocking(wakeup, False)
            signal.set_wakeup_fd(wakeup)
            while not os.path.exists('{file}'):
                pass
            print('started', flush=True)
            os.read(heard, 1)

subprocess.Popen = Late
""")
        output = ''
        while not output.endswith('started\n'):
            output += process.stdout.readline()

        process.send_signal(signal.SIGTERM)

        self.assertEqual(0, process.wait())
        database.wait_until(lambda: not is_running(read(file).strip()))
        self.assertNothingIsLeft()

    def test_a_signal_in_the_middle_leaves_nothing(self):
        """Operators find no remaining process, not even one just started."""
        for number, status in ((signal.SIGINT, 0), (signal.SIGTERM, 0)):
            with self.subTest(number=number):
                file = self.directory / f'ids-{number}'
                self.all_programs(mariadbd=(
                    f'sleep 1000 & echo $$ $! >{file}.new\n'
                    f'mv {file}.new {file}; wait'))
                process = self.start()
                database.wait_until(file.exists)

                process.send_signal(number)

                self.assertEqual(status, process.wait())
                # A killed process may take a moment to end.
                database.wait_until(lambda file=file: not any(
                    is_running(process_id)
                    for process_id in file.read_text().split()))
                self.assertNothingIsLeft()


@testtools.skipUnless(DEPLOYMENT.exists(), 'needs a checkout of the source')
class PartTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.PythonPathEntry(str(DEPLOYMENT)))
        self.parts = importlib.import_module('parts')
        self.load = importlib.import_module('load')
        for name in ('parts', 'load'):
            self.addCleanup(sys.modules.pop, name)
        self.directory = self.useFixture(fixtures.TempDir()).path

    def part(self, script):
        part = self.parts.Part(
            'server', ['sh', '-c', script], pathlib.Path(self.directory),
            lambda: True)
        part.launch()
        self.addCleanup(part.stop)
        return part

    def test_stop_waits_for_the_whole_group(self):
        """A worker that is dying holds the port of the next server."""
        part = self.part('exec sleep 1000')
        left = [None, None, None, None, ProcessLookupError]

        with fixtures.MockPatch('os.killpg', side_effect=left) as killpg:
            os.kill(part.pid, signal.SIGKILL)
            part.stop()

        self.assertEqual([9, 0, 0, 0, 0], [
            call.args[1] for call in killpg.mock.call_args_list])

    def test_wait_says_for_what(self):
        """Operators read the name of the server that did not return."""
        part = self.part('echo busy; exec sleep 1000')
        database.wait_until(lambda: part.log)

        with fixtures.MockPatchObject(self.parts, 'PATIENCE_SECONDS', 0):
            error = self.assertRaises(
                self.parts.DeploymentError, self.load._wait, part,
                lambda: False, 'a worker')

        self.assertEqual(
            'The tool has waited 0 seconds for a worker.  server has '
            'printed:\nbusy\n', str(error))

    def test_wait_notices_a_server_that_has_ended(self):
        """Operators do not wait two minutes for a server that has ended."""
        part = self.part('echo no memory')

        error = self.assertRaises(
            self.parts.DeploymentError, self.load._wait, part,
            lambda: False, 'a worker')

        self.assertEqual(
            'server has ended while the tool waited for a worker.  It has '
            'printed:\nno memory\n', str(error))


@testtools.skipUnless(DEPLOYMENT.exists(), 'needs a checkout of the source')
class WriteFilesTest(base.TestCase):

    def test_each_address_is_that_of_this_run(self):
        """Two of them run beside each other, and beside a real service."""
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.useFixture(fixtures.PythonPathEntry(str(DEPLOYMENT)))
        tool = runpy.run_path(str(DEPLOYMENT))
        # The second is a port of the files, and not to be changed twice.
        ports = {8080: 1, 9690: 8080, 9699: 3, 9698: 4, 3307: 5, 5000: 6,
                 11211: 7}

        tool['write_files'](directory, ports, 's3cret')

        text = ''.join(read(path) for path in directory.iterdir())
        self.assertEqual(
            {'1', '8080', '3', '4', '5', '6', '7'},
            set(re.findall(r'127\.0\.0\.1:(\d+)', text)))
        self.assertNotIn('PASSWORD', text)
        self.assertNotIn('/etc/keystone', text)
        self.assertIn('proxy_pass http://127.0.0.1:8080;',
                      read(directory / 'nginx.conf'))
        self.assertIn('http-socket = 127.0.0.1:4\n',
                      read(directory / 'uwsgi-two.ini'))
