# SPDX-License-Identifier: Apache-2.0

"""A service without messages gets them by a patch of under thirty lines.

``examples/coffee`` runs as it stands, and in a copy to which its
``messages.patch`` was applied.
"""

import configparser
import datetime
import doctest
import json
import os
import pathlib
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request

import fixtures

from usermessages.message import api as message_api
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import test_documents
from usermessages.tests import processes

EXAMPLES = processes.ROOT / 'examples'
PATCH = EXAMPLES / 'coffee' / 'messages.patch'
SECRET = 'hunter2'
MACHINE = f'sh -c "exit 3" barista --password {SECRET}'


class Coffee(fixtures.Fixture):
    """The service, in a process and a directory of its own.

    :param is_patched: whether it has messages
    :param environment: what it is started with
    """

    def __init__(self, is_patched, **environment):
        super().__init__()
        self._is_patched = is_patched
        self._environment = environment

    def _setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        shutil.copytree(EXAMPLES / 'coffee', directory / 'coffee')
        if self._is_patched:
            apply(directory, 'git', 'apply', PATCH)
        self._log = directory / 'log'
        with self._log.open('w') as log:
            process = subprocess.Popen(
                [sys.executable, '-B', '-m', 'coffee'], cwd=directory,
                env=dict(self._environment, HOME=str(directory),
                         OS_COFFEE__PORT='0', PATH=os.environ['PATH']),
                stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.url = database.wait_until(self._serves_at)

    def _serves_at(self):
        found = re.search(r'^Serving on (http://[\d.:]+);', self.log(), re.M)
        return found and f'{found[1]}/v1/{base.PROJECT}'

    def log(self):
        """Return the log of the service."""
        return self._log.read_text()

    def ask(self, path, method='GET'):
        """Return the status and the text of the response."""
        request = urllib.request.Request(self.url + path, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def order(self):
        """Order a coffee; return the result from the response."""
        status, body = self.ask('/coffees', 'POST')
        assert status == 202, body
        coffee_id = json.loads(body)['coffee']['id']

        def ended():
            _status, body = self.ask(f'/coffees/{coffee_id}')
            return '"ordered"' not in body and body

        body = database.wait_until(ended)
        return json.loads(body)['coffee'], body


def apply(directory, *command):
    """Have a program apply the patch in a directory."""
    subprocess.run(command, cwd=directory, check=True, capture_output=True)


class PatchTest(base.TestCase):

    def test_it_adds_under_thirty_lines(self):
        """A developer sees at a glance what it costs."""
        lines = PATCH.read_text().splitlines()

        added = [line for line in lines
                 if line.startswith('+') and not line.startswith('+++ ')]
        removed = [line for line in lines
                   if line.startswith('-') and not line.startswith('--- ')]

        # Blank lines, imports and the catalog included.
        self.assertLess(len(added), 30)
        self.assertEqual([], removed)

    def test_nothing_else_knows_of_messages(self):
        """All that makes the difference is counted."""
        modules = {path.name: path.read_text()
                   for path in EXAMPLES.glob('coffee/*.py')}

        self.assertEqual(
            {'__init__.py', '__main__.py', 'api.py', 'db.py', 'worker.py',
             'test_messages.py'}, set(modules))
        # These tests require a service with messages.
        self.assertEqual(['test_messages.py'], [
            name for name, module in modules.items() if 'message' in module])

    def test_both_programs_apply_it(self):
        """Developers can apply the patch with any program."""
        results = []
        for command in (('git', 'apply', PATCH),
                        ('patch', '-p1', '--fuzz=0', '-i', PATCH)):
            if not shutil.which(command[0]):
                continue
            directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
            shutil.copytree(EXAMPLES / 'coffee', directory / 'coffee')
            apply(directory, *command)
            results.append({
                path.name: path.read_text()
                for path in (directory / 'coffee').iterdir()
                if path.is_file()})

        self.assertIn('messages.py', results[0])
        self.assertEqual([results[0]] * len(results), results)


class BeforeTest(base.TestCase):

    def test_a_failure_is_only_an_error(self):
        """Customers do not learn the reason, with any request."""
        service = self.useFixture(Coffee(
            False, OS_COFFEE__BEANS='1', OS_COFFEE__MACHINE='true'))

        ready, _body = service.order()
        failed, body = service.order()

        self.assertEqual(['ready', 'error'],
                         [coffee['status'] for coffee in (ready, failed)])
        self.assertEqual({'id', 'ordered_at', 'project_id', 'status'},
                         set(failed))
        self.assertNotIn('beans', body)
        self.assertIn(f'{failed["id"]}: there are no beans', service.log())
        self.assertEqual(404, service.ask('/messages')[0])


@database.on_each
class AfterTest(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.database = self.make_empty_database()

    def start(self, **options):
        """Start the service with messages."""
        return self.useFixture(Coffee(
            True, OS_DATABASE__CONNECTION=self.database, **options))

    def rows(self, table):
        """Return the rows of a table in the database of the service."""
        with self.connect(self.database) as connection:
            return connection.exec_driver_sql(
                f'SELECT * FROM {table}').mappings().all()

    def test_a_failure_has_its_reason(self):
        """Customers list, show and delete the message next to the coffees."""
        service = self.start(OS_COFFEE__BEANS='0')

        coffee, _body = service.order()
        status, body = service.ask('/messages')
        [message] = json.loads(body)['messages']
        own = f'/messages/{message["id"]}'
        shown = service.ask(own)
        deleted = service.ask(own, 'DELETE')

        self.assertEqual((200, 'error'), (status, coffee['status']))
        self.assertEqual('There are no beans; order tomorrow.',
                         message['user_message'])
        self.assertEqual(
            ('COFFEE', coffee['id'], base.PROJECT),
            (message['resource_type'], message['resource_uuid'],
             message['project_id']))
        self.assertEqual(f'{service.url}{own}', message['links'][0]['href'])
        self.assertEqual((200, {'message': message}),
                         (shown[0], json.loads(shown[1])))
        self.assertEqual((204, ''), deleted)
        self.assertEqual(404, service.ask(own)[0])
        self.assertEqual('{"messages": []}', service.ask('/messages')[1])

    def test_other_projects_read_nothing(self):
        """The failures of a project are its own matter."""
        service = self.start(OS_COFFEE__BEANS='0')
        service.order()
        message_id = self.rows('user_messages')[0]['id']

        service.url = service.url.replace(base.PROJECT, base.OTHER)

        self.assertEqual((200, '{"messages": []}'), service.ask('/messages'))
        self.assertEqual(404, service.ask(f'/messages/{message_id}')[0])

    def test_the_text_of_an_exception_is_nowhere(self):
        """Customers do not read how to log in to the machine."""
        service = self.start(OS_COFFEE__MACHINE=MACHINE)

        coffee, shown = service.order()
        _status, listed = service.ask('/messages')
        [message] = json.loads(listed)['messages']

        self.assertEqual('error', coffee['status'])
        self.assertEqual('COFFEE_COFFEE_001_001', message['event_id'])
        self.assertEqual('Making the coffee:the machine is out of order.',
                         message['user_message'])
        stored = [*self.rows('coffees'), *self.rows('user_messages')]
        self.assertEqual(2, len(stored))
        for text in (shown, listed, str(stored)):
            self.assertNotIn(SECRET, text)
        # The service itself logs the exception, once.
        [line] = [line for line in service.log().splitlines()
                  if SECRET in line]
        self.assertTrue(line.startswith('ERROR:coffee.worker:Coffee '))

    def test_an_exception_says_what_went_wrong(self):
        """Customers read another text for another class of exception."""
        service = self.start(OS_COFFEE__MACHINE='sleep 60',
                             OS_COFFEE__MACHINE_TIMEOUT='0.1')

        service.order()

        [message] = json.loads(service.ask('/messages')[1])['messages']
        self.assertEqual('Making the coffee:the machine took too long.',
                         message['user_message'])

    def test_what_expired_is_removed(self):
        """Operators do not set up a purge of the example."""
        self.start(OS_COFFEE__KEEP='0.1')
        stored = message_api.API(self.configuration(
            user_messages__connection=self.database)).db
        self.addCleanup(stored.close)
        valid = database.store(stored)

        database.store(stored, expires_at=datetime.datetime(2020, 1, 1))

        [left] = database.wait_until(
            lambda: len(rows := self.rows('user_messages')) == 1 and rows)
        self.assertEqual(valid['id'], str(left['id']))

    def test_a_second_start_finds_its_tables(self):
        """Messages from before a restart remain, and no table is made again.
        """
        self.start(OS_COFFEE__BEANS='0').order()

        service = self.start()

        self.assertEqual(
            1, len(json.loads(service.ask('/messages')[1])['messages']))


class HostTest(base.TestCase):

    def test_its_own_tests_pass(self):
        """The tests that developers are shown work."""
        directory = self.useFixture(fixtures.TempDir()).path
        shutil.copytree(EXAMPLES / 'coffee',
                        os.path.join(directory, 'coffee'))
        apply(directory, 'git', 'apply', PATCH)

        done = subprocess.run(
            [sys.executable, '-B', '-m', 'unittest', 'coffee.test_messages'],
            cwd=directory, capture_output=True, text=True)

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('Ran 11 tests', done.stderr)
        self.assertNotIn('skipped', done.stderr)

    def test_its_own_tests_find_a_secret(self):
        """Developers are shown what a finding looks like."""
        directory = self.useFixture(fixtures.TempDir()).path
        shutil.copytree(EXAMPLES / 'coffee',
                        os.path.join(directory, 'coffee'))
        apply(directory, 'git', 'apply', PATCH)
        tests = pathlib.Path(directory, 'coffee', 'test_messages.py')
        silent = 'self.messages, api.make_app(None, None)))'
        self.assertIn(silent, tests.read_text())
        tests.write_text(tests.read_text().replace(
            silent, f"{silent[:-2]}, loggers=['coffee']))"))
        done = subprocess.run(
            [sys.executable, '-B', '-m', 'unittest',
             'coffee.test_messages.MakeTest.test_nothing_leaks'],
            cwd=directory, capture_output=True, text=True)

        self.assertEqual(1, done.returncode, done.stderr)
        # The documents show it.
        shown = (EXAMPLES / 'coffee' / 'leak.txt').read_text()
        self.assertTrue(doctest.OutputChecker().check_output(
            f'...{shown}', done.stderr, doctest.ELLIPSIS), done.stderr)

    def test_commands_of_the_page_work_on_it(self):
        """A developer tries them here, before they do so at home."""
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        shutil.copytree(EXAMPLES / 'coffee', directory / 'coffee')
        apply(directory, 'git', 'apply', PATCH)
        locked = directory.joinpath('coffee', 'messages.lock')
        expected = locked.read_text()
        locked.unlink()
        page = test_documents.text('library', 'catalog.rst')
        tox = configparser.ConfigParser(interpolation=None)
        tox.read(directory / 'coffee' / 'tox.ini')
        check = tox['testenv:catalog']['commands']

        def run(command):
            done = subprocess.run(
                shlex.split(command), cwd=directory, capture_output=True,
                text=True, env={'HOME': str(directory), 'PATH': ':'.join([
                    os.path.dirname(sys.executable), os.environ['PATH']])})
            self.assertEqual(0, done.returncode, (command, done))

        for command in test_documents.commands(page):
            if command.startswith('usermessages-catalog lock'):
                run(command)
        self.assertEqual(expected, locked.read_text())
        run(check.replace('\\\n', '').replace('{posargs}', ''))

        # The catalog of the page has texts that are marked.
        shutil.copy(EXAMPLES / 'translated_messages.py',
                    directory / 'coffee' / 'messages.py')
        for command in test_documents.commands(page):
            if command.startswith(('mkdir coffee/', 'pybabel ')):
                run(command)
        translated = directory / 'coffee/locale/pt_BR/LC_MESSAGES'
        self.assertTrue(translated.joinpath('coffee.mo').exists())
        self.assertIn('msgid "The coffee could not be made."\n',
                      translated.joinpath('coffee.po').read_text())

    def test_catalog_of_the_page(self):
        """Developers can copy the catalog from the page."""
        shown = runpy.run_path(str(EXAMPLES / 'translated_messages.py'))
        found = shown['CATALOG']

        self.assertEqual(
            [], [problem for problem in found.problems()
                 if 'coffee.mo' not in problem])
        self.assertEqual('There are no beans.', found.text('000002'))
        self.assertEqual(('wait', 'Beans are delivered every morning.'),
                         found.remedy('000002'))
        self.assertEqual('There is no milk.', found.text('000003'))
        self.assertTrue(found.is_retired(shown['NO_MILK']))

    def test_parameters_of_the_page(self):
        """A developer copies the event, and users read the numbers."""
        shown = runpy.run_path(str(EXAMPLES / 'parameters.py'))
        found = shown['CATALOG']

        self.assertEqual([], found.problems())
        self.assertEqual(
            'The quota of the project does not allow 500 GB: 120 GB of 1000 '
            'GB are left.', found.text('000006', parameters=(
                '{"left":120,"limit":1000,"requested":500}')))

    def test_routes_of_the_page(self):
        """A developer with a Routes mapper copies the function."""
        directory = self.useFixture(fixtures.TempDir()).path
        shutil.copytree(EXAMPLES / 'coffee',
                        os.path.join(directory, 'coffee'))
        apply(directory, 'git', 'apply', PATCH)
        program = textwrap.dedent('''
            import sys
            from oslo_config import cfg
            import routes
            sys.path.append(sys.argv[1])
            import routes_mapper
            conf = cfg.ConfigOpts()
            conf([], default_config_files=[])
            mapper = routes.Mapper()
            routes_mapper.add_message_routes(mapper, conf)
            print(mapper.match('/v1/6c430ede94764128883886d3929ced22/messages',
                               {'REQUEST_METHOD': 'GET'})['controller'])
            ''')

        done = subprocess.run(
            [sys.executable, '-B', '-c', program, EXAMPLES], cwd=directory,
            capture_output=True, text=True, env={
                'PATH': os.environ['PATH'],
                'OS_USER_MESSAGES__CONNECTION': 'sqlite://'})

        self.assertEqual('', done.stderr)
        self.assertIn('resource.Messages object', done.stdout)

    def test_import_of_the_page(self):
        """A developer copies the program, and recovers what the log has."""
        directory = self.useFixture(fixtures.TempDir()).path
        shutil.copytree(EXAMPLES / 'coffee',
                        os.path.join(directory, 'coffee'))
        apply(directory, 'git', 'apply', PATCH)
        record = textwrap.dedent('''
            import logging
            from oslo_config import cfg
            from usermessages.message import api
            from coffee import messages
            logging.basicConfig()
            cfg.CONF([], project='coffee')
            api.API(cfg.CONF, catalog=messages.CATALOG).create(
                None, messages.NO_BEANS, '6c430ede94764128883886d3929ced22')
            ''')

        def run(*arguments, connection):
            return subprocess.run(
                arguments, cwd=directory, capture_output=True, text=True,
                env={'HOME': directory, 'PATH': os.environ['PATH'],
                     'PYTHONPATH': directory,
                     'OS_USER_MESSAGES__CONNECTION': connection})

        stored = f'sqlite:///{directory}/messages.sqlite'
        recorded = run(sys.executable, '-B', '-c', record, connection=(
            'mysql+pymysql://a:b@127.0.0.1:1/c'))
        log = pathlib.Path(directory, 'coffee.log')
        log.write_text(f'{recorded.stderr}\n{recorded.stderr[:-20]}\n')
        run(processes.program('usermessages-manage'), 'db', 'sync',
            connection=stored)

        shutil.copy(EXAMPLES / 'import_messages.py', directory)
        done = run(sys.executable, '-B', 'import_messages.py', str(log),
                   connection=stored)

        self.assertEqual(('1 messages rejected\n', ''),
                         (done.stdout, done.stderr))
        counted = run(processes.program('usermessages-manage'), 'message',
                      'stats', connection=stored)
        self.assertIn('Messages stored: 1\n', counted.stdout)

    def test_its_catalog_is_checked(self):
        """Developers can check the catalog in tox.ini without an installation.
        """
        directory = self.useFixture(fixtures.TempDir()).path
        shutil.copytree(EXAMPLES / 'coffee',
                        os.path.join(directory, 'coffee'))
        apply(directory, 'git', 'apply', PATCH)
        command = [os.path.join(os.path.dirname(sys.executable),
                                'usermessages-catalog'),
                   'check', 'coffee.messages:CATALOG']

        def check(*args):
            done = subprocess.run(
                [*command, *args], cwd=directory, capture_output=True,
                text=True, env={'HOME': directory, 'PATH': os.environ['PATH']})
            return done.returncode, done.stdout, done.stderr

        self.assertEqual(
            (0, 'IDs checked: 5; violations: 0; warnings: 0\n', ''),
            check('--import', 'coffee.worker'))
        path = os.path.join(directory, 'coffee', 'messages.py')
        with open(path) as file:
            source = file.read()
        with open(path, 'w') as file:
            file.write(source.replace('no beans;', 'no %s;'))
        self.assertEqual(
            (1, "coffee/messages.py:8: event 000002 has the placeholder '%s'; "
             'remove it\n', ''), check('--import', 'coffee.worker'))
