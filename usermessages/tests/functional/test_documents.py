# SPDX-License-Identifier: Apache-2.0

"""Nothing is left out of the documents, and what they show works.

Each test takes what the code has from the code itself, and looks for it where
a reader would.
"""

import argparse
import configparser
import importlib
import importlib.metadata
import importlib.util
import os
import pathlib
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from unittest import mock
from urllib import parse
import urllib.request

import fixtures
from oslo_config import cfg
import testtools
import yaml

import usermessages
from usermessages.api import filters
from usermessages.api import microversions
from usermessages.api.middleware import versions
from usermessages.api import pagination
from usermessages.api.v3 import routes
from usermessages.api import wsgi
from usermessages.cmd import api as api_command
from usermessages.cmd import manage
from usermessages import exception
from usermessages import fields
from usermessages import opts
from usermessages import policies
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import dev_server
from usermessages.tests import processes

PACKAGE = pathlib.Path(usermessages.__file__).parent
ROOT = PACKAGE.parent
CLIENT = ROOT / 'client' / 'usermessagesclient'
DOCUMENTS = ROOT / 'doc' / 'source'
REFERENCE = ROOT / 'api-ref' / 'source'

# Commands that a test machine cannot run, and the reasons.
NOT_RUN = {
    'python3 -m venv': '"tox -e wheel" makes one in the same way',
    'pip install': 'the wheel is built and installed by "tox -e wheel"',
    'export PATH': 'changes the shell of the reader',
    'mkdir': 'changes the machine',
    'install -d': 'changes the machine',
    'apt-get install': 'changes the machine',
    'curl https:': '"tox -e clients" runs it',
    'openstack user': '"tox -e clients" runs it in a Keystone',
    'openstack role': '"tox -e clients" runs it in a Keystone',
    'openstack service': '"tox -e clients" runs it in a Keystone',
    'openstack endpoint': '"tox -e clients" runs it in a Keystone',
    'uwsgi --ini': 'test_servers runs this file',
    'useradd': 'changes the machine',
    'chown': 'changes the machine',
    'chmod': 'changes the machine',
    'chgrp': 'changes the machine',
    'touch': 'changes the machine',
    'rm': 'changes the machine',
    'cp /opt/usermessages/etc': 'changes the machine',
    'systemctl': 'changes the machine',
    'tox': 'is what runs this',
    'git clone': 'is how this came here',
    'tools/test-setup.sh': 'is run before this',
    'alembic': 'would leave a file in the tree',
}

# Commands and calls of clients for each request of the API reference, as in
# user/requests.rst.
CLIENT_CALLS = {
    ('GET', '/'): 'cinder version-list',
    ('GET', '/v3/'): 'openstack versions show',
    ('GET', '/v3/{project_id}/messages'): 'openstack volume message list',
    ('GET', '/v3/{project_id}/messages/{message_id}'): 'cinder message-show',
    ('DELETE', '/v3/{project_id}/messages/{message_id}'):
        'openstack volume message delete',
    ('GET', '/v3/{project_id}/message_groups'):
        'openstack user message summary',
}
CLIENT_PARAMETERS = {
    'limit': '--limit', 'marker': '--marker', 'sort': '--sort',
    'resource_uuid': '--filters resource_uuid=',
    'resource_type': '--filters resource_type=',
    'event_id': '--filters event_id~=',
    'created_since': "params={'created_since': ",
    'global_request_id': '--request-id $REQUEST',
    'project_id': '--project', 'all_tenants': '--filters all_tenants=1',
}
# Requests and parameters that need no example, and the reasons.
NO_CLIENT = {('GET', '/healthcheck'): 'load balancers ask for it'}
NO_EXAMPLE = {
    'offset': 'pages are walked by their links',
    'sort_key': 'the old name of sort', 'sort_dir': 'the old name of sort',
    'request_id': 'used as resource_uuid is',
    'message_level': 'used as resource_uuid is',
    'created_before': 'used as created_since is',
}


def text(*names, root=DOCUMENTS):
    return root.joinpath(*names).read_text()


def pages():
    """Return each page for people, with its text."""
    for path in sorted([*DOCUMENTS.rglob('*.rst'), *DOCUMENTS.rglob('*.inc'),
                        ROOT / 'README.rst', ROOT / 'CONTRIBUTING.rst']):
        yield str(path.relative_to(ROOT)), path.read_text()


def blocks(page, language):
    """Return the code blocks of a page in that language."""
    return [
        '\n'.join(line[3:] for line in block.splitlines())
        for block in re.findall(
            rf'^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)',
            page + '\n', re.MULTILINE)]


def commands(page):
    """Return the commands that a page shows, continued lines joined.

    They are to be found in PATH, and not where the page installs them.
    """
    for block in blocks(page, 'console'):
        joined = re.sub(r' *\\\n\s*', ' ', block)
        yield from (line[2:].replace('/opt/usermessages/bin/', '')
                    for line in joined.splitlines() if line.startswith('$ '))


def documented_requests():
    """Return the method and path of each request of the API reference."""
    return {request for path in REFERENCE.glob('*.inc') for request
            in re.findall(r'rest_method:: (\w+) (\S+)', path.read_text())}


def requests_by_curl():
    """Return the requests of the commands with curl: method, path and query.
    """
    for _name, page in pages():
        for command in commands(page):
            words = shlex.split(command)
            # The service of the example has an API of its own.
            if words[0] != 'curl' or '$COFFEE' in command:
                continue
            [url] = [word for word in words[1:]
                     if word.startswith(('$URL', '${URL%v3}', 'https:'))]
            for shown, meant in (
                    ('https://messages.example.org/user-messages', ''),
                    ('${URL%v3}', '/'), ('$URL/messages',
                                         '/v3/{project_id}/messages'),
                    ('$URL/message_groups',
                     '/v3/{project_id}/message_groups'),
                    ('$URL', '/v3'), ('$ID', '{message_id}')):
                url = url.replace(shown, meant)
            parts = parse.urlsplit(url)
            method = words[words.index('-X') + 1] if '-X' in words else 'GET'
            yield method, parts.path, parse.parse_qs(parts.query)


class CompletenessTest(testtools.TestCase):

    def assertNamed(self, names, page):
        """Check that a page contains each name as a word of its own."""
        self.assertEqual([], [
            name for name in names if not re.search(
                rf'(?<![\w-]){re.escape(name)}(?![\w-])', page)])

    def sample(self, generator, name):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'sample')
            subprocess.run(
                [processes.program(generator), '--config-file',
                 f'etc/usermessages/{name}-generator.conf',
                 '--output-file', path],
                cwd=ROOT, check=True, capture_output=True)
            return pathlib.Path(path).read_text()

    def test_every_option(self):
        """An operator finds every option in the sample and its page."""
        conf = cfg.ConfigOpts()
        opts.register_api_opts(conf)
        sample = configparser.ConfigParser(
            strict=False, allow_no_value=True, interpolation=None)
        sample.read_string(re.sub(
            r'^#(\w+ =)', r'\1',
            self.sample('oslo-config-generator', 'config'), flags=re.M))

        missing = [
            (group, option) for group in ('user_messages', 'api')
            for option in conf[group]
            if not sample.has_option(group, option)]

        # The fixture alone sets it.
        self.assertEqual([('user_messages', 'strict')], missing)
        self.assertIn('usermessages', text('configuration', 'options.rst')
                      .split('.. show-options::')[1].split())

    def test_every_rule(self):
        """An operator finds every rule in the sample, and who it is for."""
        sample = self.sample('oslopolicy-sample-generator', 'policy')
        rules = [rule.name for rule in policies.list_rules()]

        self.assertEqual([], [rule for rule in rules
                              if f'#"{rule}": ' not in sample])
        ours = [rule for rule in rules if rule.startswith('message:')]
        self.assertNotEqual([], ours)
        self.assertNamed(ours, text('admin', 'index.rst'))
        self.assertNamed(ours, text('messages.inc', root=REFERENCE)
                         + text('parameters.yaml', root=REFERENCE))

    def test_every_route(self):
        """A developer of a client finds every URL in the reference."""
        # In the reference, {project_id} is optional.
        served = {(method, path) for path, methods in routes.ROUTES
                  for method in methods if '{project_id}' in path}
        # In the reference, "/v3" is the same.
        others = {('GET', path) for path in versions.STATUS
                  if path not in ('', '/v3')} | {('GET', '/healthcheck')}
        self.assertEqual(served | others, documented_requests())

    def test_every_request_has_examples(self):
        """Users find a command for each request."""
        page = text('user', 'requests.rst')
        shown = [*commands(page), *blocks(page, 'python')]

        self.assertEqual(documented_requests(),
                         {(method, path) for method, path, _query
                          in requests_by_curl()})
        self.assertEqual(documented_requests(), {*CLIENT_CALLS, *NO_CLIENT})
        calls = [*CLIENT_CALLS.values(), '--os-volume-api-version']
        self.assertEqual([], [
            call for call in calls
            if not any(call in command for command in shown)])
        self.assertTrue(any('-H "OpenStack-API-Version: ' in command
                            for command in shown))

    def test_every_query_parameter_has_examples(self):
        """A user finds a command for what they want to narrow a list by."""
        page = text('user', 'requests.rst')
        shown = [*commands(page), *blocks(page, 'python')]
        by_curl = {name.rstrip('~') for _method, _path, query
                   in requests_by_curl() for name in query}

        names = {*pagination.PARAMETERS, *fields.EQUAL_FILTERS,
                 *fields.TIME_FILTERS, *filters.SCOPES}
        self.assertEqual(
            names, {*CLIENT_PARAMETERS, *NO_EXAMPLE},
            'add an example to doc/source/user/requests.rst, and its option '
            'to CLIENT_PARAMETERS')
        self.assertEqual(set(), set(CLIENT_PARAMETERS) - by_curl)
        self.assertEqual([], [
            call for call in CLIENT_PARAMETERS.values()
            if not any(call in command for command in shown)])

    def test_proxies_send_here_what_is_served_here(self):
        """An operator who copies the rule loses no request of Cinder."""
        page = text('admin', 'index.rst')
        [nginx] = re.findall(r'location ~ (\S+) {', page)
        [apache] = re.findall(r'ProxyPassMatch "(\S+)"', page)
        messages = [path for _method, path in documented_requests()
                    if 'messages' in path]

        self.assertNotEqual([], messages)
        for rule in (nginx, apache):
            for path in messages:
                for url in (path, path.replace('{project_id}/', '')):
                    self.assertRegex(url, rule)
            for url in ('/', '/v3', '/v3/', '/v3/P/volumes', '/v3/P/messagesX',
                        '/v3/P/volumes/messages', '/v3/P/messages/ID/action'):
                self.assertNotRegex(url, rule)

    def test_every_query_parameter(self):
        """A developer of a client finds every parameter."""
        listing = text('messages.inc', root=REFERENCE).split(
            '.. rest_method:: GET /v3/{project_id}/messages/')[0]
        names = [*pagination.PARAMETERS, *fields.EQUAL_FILTERS,
                 *fields.TIME_FILTERS, *filters.SCOPES]

        documented = re.findall(
            r'^   - ([A-Za-z][\w-]*): (\w+)$', listing, re.M)

        described = yaml.safe_load(text('parameters.yaml', root=REFERENCE))
        in_query = {name for name, key in documented
                    if described.get(key, {}).get('in') == 'query'}
        self.assertEqual(
            set(names), in_query, 'describe each parameter in '
            'api-ref/source/parameters.yaml and messages.inc')
        self.assertEqual(
            {name: microversions.as_text(
                microversions.USER_MESSAGES.since(found.feature))
             for name, found in fields.FILTERS.items()
             if not name.endswith('~')},
            {name: str(described[key].get('min_version', '1.0'))
             for name, key in documented if name in fields.FILTERS
             and described.get(key, {}).get('in') == 'query'},
            'min_version in api-ref/source/parameters.yaml')
        sort = described['sort']['description']
        self.assertEqual([], [key for key in fields.SORT_KEYS
                              if f'``{key}``' not in sort])

    def test_every_query_parameter_of_groups(self):
        """Groups have the filters of the list."""
        described = yaml.safe_load(text('parameters.yaml', root=REFERENCE))

        documented = re.findall(
            r'^   - ([A-Za-z][\w-]*): (\w+)$',
            text('message-groups.inc', root=REFERENCE), re.M)

        self.assertEqual(
            {*fields.EQUAL_FILTERS, *fields.TIME_FILTERS, *filters.SCOPES},
            {name for name, key in documented
             if described.get(key, {}).get('in') == 'query'},
            'describe each parameter in api-ref/source/message-groups.inc')

    def test_every_status(self):
        """A developer of a client finds what every status means."""
        statuses = {*wsgi.STATUS.values(), *wsgi.KEYS,
                    *versions.STATUS.values(), 200, 204, 401}

        self.assertEqual(statuses, set(yaml.safe_load(
            text('http-status.yaml', root=REFERENCE))))
        errors = text('errors.inc', root=REFERENCE)
        self.assertNamed([*wsgi.KEYS.values(), wsgi.OTHER_KEY], errors)
        self.assertNamed([str(status) for status in statuses
                          if status >= 400], errors)

    def test_every_command(self):
        """An operator finds every command and every argument of it."""
        programs = [entry.name for entry in importlib.metadata.distribution(
            'usermessages').entry_points if entry.group == 'console_scripts']

        self.assertNotEqual([], programs)
        conf = text('conf.py')
        for program in programs:
            self.assertIn(f"'cli/{program}', '{program}'", conf)
            self.assertIn(f'   {program}\n', text('cli', 'index.rst'))
        page = text('cli', 'usermessages-manage.rst')
        for category, (_help, members) in manage.CATEGORIES.items():
            for name, (_command, add_arguments) in members.items():
                parser = argparse.ArgumentParser(add_help=False)
                add_arguments(parser)
                self.assertNamed(
                    [f'{category} {name}', *parser._option_string_actions],
                    page)
        self.assertNamed([f'--{opt.name}' for opt in api_command.CLI_OPTS],
                         text('cli', 'usermessages-api.rst'))

    def test_every_environment_variable(self):
        """An operator finds what the environment can change."""
        used = set()
        # Variables of other services and their clients do not concern this
        # package.
        for path in {*PACKAGE.rglob('*.py'), *CLIENT.rglob('*.py')} - {
                *PACKAGE.glob('tests/clients/*.py'),
                *PACKAGE.glob('tests/cinder/*.py'),
                *PACKAGE.glob('tests/services/*.py'),
                *CLIENT.glob('tests/unit/*.py')}:
            used.update(re.findall(r"'(OS_[A-Z_]+)'", path.read_text()))

        documents = ''.join(page for _name, page in pages())

        self.assertIn('OS_USERMESSAGES_CONFIG_DIR', used)
        self.assertEqual([], [name for name in used
                              if name not in documents
                              and not name.startswith((
                                  'OS_USER_MESSAGES__', 'OS_DATABASE__',
                                  'OS_API__'))])
        self.assertIn('OS_<GROUP>__<OPTION>', documents)

    def test_every_microversion(self):
        """A developer of a client finds what each version brought."""
        history = text('contributor', 'microversions.rst')

        headings = [
            *(f'\n{microversions.as_text(version)}\n---'
              for version in microversions.USER_MESSAGES.history),
            *(f'\n* {microversions.as_text(version)}: '
              for version in microversions.VOLUME.history)]

        self.assertEqual(
            [], [heading for heading in headings if heading not in history],
            'describe the version in '
            'doc/source/contributor/microversions.rst')

    def test_every_exception(self):
        """Developers of a service find each exception in the reference."""
        self.assertIn('.. automodule:: usermessages.exception\n   :members:',
                      text('reference', 'exception.rst'))
        self.assertEqual([], [
            value.__name__ for value in vars(exception).values()
            if isinstance(value, type) and not value.__doc__
            and value.__module__ == exception.__name__])

    def test_every_sample_file(self):
        """An operator finds every file that can be copied."""
        documents = ''.join(page for _name, page in pages())

        self.assertEqual([], [
            path.name for path in (ROOT / 'etc' / 'usermessages').iterdir()
            if not path.name.endswith(('.sample', '-generator.conf'))
            and path.name not in documents])


class SnippetsTest(base.TestCase):

    def test_commands_for_users_run(self):
        """Users can copy the commands from the page."""
        server = self.useFixture(dev_server.DevServer())
        server.record_example()
        page = text('user', 'index.rst')
        shown = list(commands(page))
        # The environment tells the client the same as a cloud.
        script = '\n'.join([
            'set -euo pipefail',
            f'export OS_AUTH_TYPE=none OS_ENDPOINT={server.project_url}',
            *(line.replace('http://127.0.0.1:9699', server.url)
              for line in shown if not line.startswith('openstack'))])

        done = subprocess.run(
            ['bash', '-c', script], capture_output=True, text=True,
            timeout=base.HANG_SECONDS)

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('No storage could be allocated', done.stdout)
        self.assertNotIn('"code": ', done.stdout)
        self.assertEqual(3, len(shown))

    def test_program_for_users_runs(self):
        """Users can copy the code from the page into a program."""
        server = self.useFixture(dev_server.DevServer())
        server.record_example()
        [program] = blocks(text('user', 'index.rst'), 'python')

        done = subprocess.run(
            [sys.executable, '-c', program.replace(
                'http://127.0.0.1:9699', server.url)],
            capture_output=True, text=True, timeout=base.HANG_SECONDS)

        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('No storage could be allocated', done.stdout)

    def environment(self, directory):
        """Return the environment of a shell in a clone."""
        return {
            'HOME': directory, 'PYTHONDONTWRITEBYTECODE': '1',
            'PATH': f'{os.path.dirname(sys.executable)}:'
                    f'{os.environ["PATH"]}'}

    def serve(self, script, directory, **environment):
        """Run a script in a clone until it serves; return its output.

        :returns: a process that is stopped when the test ends, and its output
        """
        process = subprocess.Popen(
            ['bash', '-euc', script], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env={
                **self.environment(directory), **environment})
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        printed = ''
        for line in process.stdout:
            printed += line
            if re.search('Serving on|Listening at', line):
                return printed
        self.fail(printed)

    def test_commands_for_developers_run(self):
        """Developers can copy the commands from the page, in order."""
        directory = self.useFixture(fixtures.TempDir()).path
        shutil.copytree(ROOT / 'examples', f'{directory}/examples')
        shown = [command.replace('/tmp', directory) for command
                 in commands(text('library', 'tutorial.rst'))
                 # The environment of the test replaces the one of the page.
                 if not command.startswith(
                     ('python3 -m venv', '. .venv', 'pip install'))]
        # Every expected text appears in the output in the end.
        answers = {'curl -s $COFFEE/coffees': '"status":"error"',
                   'curl -s $COFFEE/messages': 'There are no beans'}
        shell, url = [f'cd {directory}'], None

        def run(command):
            script = '\n'.join([*shell, command])
            return subprocess.run(
                ['bash', '-euc', script.replace('http://127.0.0.1:9700', url)],
                env=self.environment(directory), capture_output=True,
                check=True, text=True, timeout=base.HANG_SECONDS).stdout

        for command in shown:
            if command.startswith(('cd ', 'export ', 'COFFEE=', 'DATABASE=')):
                shell.append(command)
            elif command.endswith((' -m coffee', ' --dev')):
                # Each of these serves until Ctrl-C.
                port = ' --bind-port 0' if command.endswith('dev') else ''
                printed = self.serve(
                    '\n'.join([*shell, f'exec env {command}{port}']),
                    directory, OS_COFFEE__PORT='0')
                url = re.search(r'http://127.0.0.1:\d+', printed)[0]
            elif command in answers:
                database.wait_until(
                    lambda command=command: answers[command] in run(command))
            else:
                run(command)

        self.assertEqual(set(), set(answers) - set(shown))
        self.assertEqual(4, len([command for command in shown if
                                 command.endswith((' -m coffee', ' --dev'))]))

    def test_gunicorn_serves_where_the_proxies_ask(self):
        """An operator who copies each part of the page has a service."""
        directory = self.useFixture(fixtures.TempDir()).path
        pathlib.Path(directory, 'usermessages.conf').touch()
        page = text('install', 'servers.rst')
        [command] = [line for line in commands(page)
                     if line.startswith('gunicorn --bind ')]

        printed = self.serve(
            'usermessages-manage db sync\nexec env '
            + command.replace('127.0.0.1:9699', '127.0.0.1:0'), directory,
            OS_USERMESSAGES_CONFIG_DIR=directory,
            OS_API__AUTH_STRATEGY='noauth',
            OS_USER_MESSAGES__CONNECTION=(
                f'sqlite:///{directory}/messages.sqlite'))

        url = re.search(r'http://127.0.0.1:\d+', printed)[0]
        # The proxy removes the prefix.
        for path in re.findall(
                r'https://messages.example.org/user-messages(/\S+)\n', page):
            with urllib.request.urlopen(url + path) as response:
                self.assertEqual(200, response.status)
        self.assertIn('location /user-messages {', page)
        self.assertIn('ProxyPass /user-messages ', page)

    def test_validator_knows_each_option(self):
        """Operators find a misspelled option, and no other line."""
        [command] = [line for line in commands(text('admin', 'operations.rst'))
                     if line.startswith('oslo-config-validator ')]
        shipped = text('tools', 'deployment', 'usermessages.conf', root=ROOT)
        [path] = self.create_tempfiles([('usermessages', shipped)], '.conf')
        program, *arguments = shlex.split(command.replace(
            '/etc/usermessages/usermessages.conf', path))

        def validate():
            return subprocess.run(
                [processes.program(program), *arguments], capture_output=True,
                text=True, timeout=base.HANG_SECONDS)

        self.assertEqual(0, validate().returncode)
        pathlib.Path(path).write_text(
            shipped.replace('compat_service_type', 'compat_servcie_type'))
        found = validate()
        self.assertEqual(1, found.returncode)
        self.assertIn('api/compat_servcie_type is not part', found.stderr)

    def test_every_command_is_run_or_has_a_reason(self):
        """A command that is not tested becomes wrong over time."""
        run_elsewhere = {
            'doc/source/user/index.rst', 'doc/source/library/tutorial.rst',
            # Tested in test_examples.py.
            'doc/source/library/catalog.rst',
            # Tested in clients/test_documents.py.
            'doc/source/user/client.rst', 'doc/source/user/requests.rst'}
        unknown = [
            (name, command) for name, page in pages()
            if name not in run_elsewhere for command in commands(page)
            if not command.startswith((
                *NOT_RUN, 'usermessages-', 'gunicorn --bind ',
                'oslo-config-validator '))]

        self.assertEqual([], unknown)

    def test_programs_that_are_named_exist(self):
        """A command of ours that is shown takes the arguments shown."""
        for name, page in pages():
            for command in commands(page):
                if not command.startswith('usermessages-'):
                    continue
                program, *arguments = shlex.split(command)
                words = [word for word in arguments
                         if not word.startswith('-')]
                done = subprocess.run(
                    [processes.program(program), *words, '--help'],
                    capture_output=True, text=True)
                self.assertEqual(0, done.returncode, (name, command))
                for option in set(arguments) - set(words):
                    self.assertIn(option, done.stdout, (name, command))

    def test_configuration_that_is_shown_is_known(self):
        """Operators who copy an option into a file change the behavior."""
        sample = cfg.ConfigOpts()
        opts.register_api_opts(sample)
        from keystoneauth1 import loading
        from keystonemiddleware import auth_token
        from oslo_middleware import http_proxy_to_wsgi
        auth = {name.replace('-', '_') for name in (
            option.dest for option in
            [*loading.get_auth_plugin_conf_options('password'),
             *loading.get_auth_common_conf_options(),
             *(option for _group, options in auth_token.list_opts()
               for option in options)])}
        proxies = {option.dest for option in http_proxy_to_wsgi.OPTS}
        shown = [(name, block) for name, page in pages()
                 for block in blocks(page, 'ini')]
        shown.append(('tools/deployment', text(
            'tools', 'deployment', 'usermessages.conf', root=ROOT)))
        found = 0
        for name, block in shown:
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_string(block)
            for group in parser.sections():
                if group.startswith('filter:'):
                    # The factory rejects unknown arguments.
                    module, _colon, factory = parser[group][
                        'paste.filter_factory'].partition(':')
                    self.assertTrue(hasattr(
                        importlib.import_module(module), factory), name)
                    continue
                known = {'keystone_authtoken': auth,
                         'oslo_middleware': proxies}.get(group)
                self.assertEqual(
                    set(), set(parser[group]) - (known or set(sample[group])),
                    (name, group))
                found += 1
        self.assertGreater(found, 2)

    def test_python_that_is_shown_is_tested(self):
        """A snippet is a part of a program that the tests run."""
        loose = [(name, block) for name, page in pages()
                 if not name.startswith('doc/source/user/')
                 for block in blocks(page, 'python')
                 if block.strip() not in text(
                     'examples', 'record_a_message.py', root=ROOT)]

        self.assertEqual([], loose)


class ProseTest(testtools.TestCase):

    def violations(self, text, name='a.rst'):
        """Return the violations that tools/check_prose.py finds."""
        spec = importlib.util.spec_from_file_location(
            'check_prose', ROOT / 'tools' / 'check_prose.py')
        check_prose = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(check_prose)
        page = pathlib.Path(self.useFixture(fixtures.TempDir()).path, name)
        page.write_text(text)
        return list(
            check_prose.violations_of_module(page) if page.suffix == '.py'
            else check_prose.violations(page))

    def test_phrases(self):
        """A reader meets one term for one thing, and US spelling."""
        self.assertEqual(
            [(1, "'can not': write cannot"),
             (3, "'tried again': write retry")],
            self.violations('The service can not start.\nErrors are tried\n'
                            'again.\n'))

    def test_openers(self):
        """A reader finds the subject at the start of a sentence."""
        self.assertEqual(
            [(1, "a sentence opens with 'Of'"),
             (3, "a sentence opens with 'Where'")],
            self.violations('Of two, one waits.\n\nFirst.  Where needed,\n'
                            'What is left follows.\n'))

    def test_pronouns(self):
        """A reader need not look back for a noun."""
        self.assertEqual(
            [(1, '55.6 pronouns in 100 words, more than 3.3: write the '
                 'nouns')],
            self.violations('It takes what it finds, and that is it.\n'))

    def test_code_is_no_prose(self):
        """An author quotes identifiers and programs as they are."""
        self.assertEqual([], self.violations(
            'Set ``message_reap_interval``::\n\n    reap = host\n\n'
            '.. code-block:: python\n\n   behaviour = 1\n\n'
            '.. can not\n'))

    def test_docstrings_and_comments(self):
        """A developer reads the same terms in the code."""
        self.assertEqual(
            [(3, "'Whoever': write a noun such as \"user\" or \"operator\""),
             (3, "a sentence opens with 'Whoever'"),
             (7, "'in vain': write fails"),
             (7, "'is no': write is not a"),
             (1, "a docstring opens with 'It'"),
             (5, "a docstring opens with 'And'")],
            self.violations(
                '"""It works.\n\nWhoever asks."""\ndef wait():\n'
                '    """And waits."""\n    x = "away"  # tries in\n'
                '    # vain, and is no\n    # error\n', 'a.py'))

    def test_strings_and_identifiers_are_no_prose(self):
        """A developer names code and hosts as they are."""
        self.assertEqual([], self.violations(
            '"""Return the host.\n\n::\n\n    reap()\n"""\n'
            'axis = "away"  # see ``axis``\n'
            '# The result is no longer None, and there is no error.\n',
            'a.py'))


class StyleTest(testtools.TestCase):

    def test_wide_tables_scroll(self):
        """A reader with a telephone need not move the whole page.

        With Chromium, "tox -e docs" measures the pages.
        """
        source = ROOT / 'doc' / 'source'
        configured = runpy.run_path(
            str(source / 'conf.py'), {'tags': mock.Mock()})
        [name] = configured['html_css_files']
        [directory] = configured['html_static_path']

        style = (source / directory / name).read_text()

        self.assertRegex(style, r'(?s)\.docs-body table \{[^}]*'
                         r'overflow-x: auto;')
        self.assertRegex(style, r'(?s)\bth code\.literal\b[^}]*'
                         r'color: inherit;')


class HackingTest(testtools.TestCase):

    def test_every_rule_names_a_test_that_exists(self):
        """A rule without a test is a wish."""
        page = (ROOT / 'HACKING.rst').read_text()
        tests = re.findall(r'``(\w+Test)\.(test_\w+)``', page)
        modules = re.findall(r'``(?:functional\.)?(test_[a-z]+)``', page)
        sources = {path.stem: path.read_text() for path
                   in (PACKAGE / 'tests').rglob('test_*.py')}

        self.assertGreater(len(tests), 5)
        for cls, test in tests:
            self.assertTrue(any(
                f'class {cls}(' in source and f'def {test}(' in source
                for source in sources.values()), (cls, test))
        self.assertEqual([], [module for module in modules
                              if module not in sources])
