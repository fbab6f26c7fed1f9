# SPDX-License-Identifier: Apache-2.0

"""Commands of clients in the documents work.

Commands, programs and their output are taken from the pages:
``openstack volume message delete $ID`` of ``user/requests.rst`` is run as a
member of a project, after everything above the command on the page.
"""

import contextlib
import dataclasses
import datetime
import doctest
import json
import os
import pathlib
import pty
import re
import shlex
import subprocess
import sys

import fixtures
from keystoneauth1.identity import v3
from keystoneauth1 import session
from oslo_config import cfg
import testtools
import webob

from usermessages.db import migration
from usermessages import opts
from usermessages.tests import base as base_tests
from usermessages.tests.clients import base
from usermessages.tests.clients import cloud
from usermessages.tests.functional import dev_server
from usermessages.tests.functional import test_documents as documents
from usermessages.wsgi import deploy

PUBLIC = 'https://messages.example.org/user-messages'
TRIAL = 'http://127.0.0.1:9699'
PROJECT = '6c430ede94764128883886d3929ced22'
OTHER = '0f0f0f0f94764128883886d3929ced22'

NEW_YEAR = datetime.datetime(2026, 1, 1)
OLDER = '019b76da-a800-7000-8000-000000000001'
NEWER = '019b7c01-0400-7000-8000-000000000002'
OF_OTHER = '019b76da-a800-7000-8000-000000000003'
SNAPSHOT = '5d9b7f0e-8a34-4c3e-9d35-cf3b1d9f6c11'
# The messages of the pages must not have expired when the test runs.
LATER = {'2026-01-31T': '2096-01-31T', '2026-02-01T': '2096-02-01T'}

# A test machine has them already.
GIVEN = ('pip install', 'mkdir', 'cp ')


@dataclasses.dataclass(frozen=True)
class Step:
    """A command or a program of a page, and its output there."""

    source: str
    is_program: bool = False
    printed: str = ''


def steps(page):
    """Return the steps of a page, in order."""
    found = []
    for language, block in re.findall(
            r'^\.\. code-block:: (\w+)\n\n((?:   .*\n|\n)+)', page + '\n',
            re.MULTILINE):
        block = ''.join(f'{line[3:]}\n' for line in block.splitlines())
        if language == 'python':
            found.append(Step(block, is_program=True))
        elif language == 'text' and found and found[-1].is_program:
            found[-1] = dataclasses.replace(
                found[-1], printed=block.strip('\n'))
        elif language == 'console':
            found += [
                Step(command, printed=printed.strip('\n')) for command, printed
                in re.findall(r'^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)',
                              block, re.MULTILINE)]
    return [step for step in found if not step.source.startswith(GIVEN)]


def looks_like(printed, expected):
    """Tell whether a text matches, with "..." for any text."""
    return doctest.OutputChecker().check_output(
        f'{expected}\n', f'{printed}\n', doctest.ELLIPSIS)


def broken(text):
    """Return JSON on many lines, and any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=4)
    except ValueError:
        return '\n'.join(line.rstrip() for line in text.strip().splitlines())


class PageTestCase(base.ClientTestCase):

    # A page starts each client anew, many times.
    TIMEOUT_SCALING_FACTOR = 3

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path

    def record(self, **values):
        """Store the two messages of the pages."""
        for day, here in enumerate((
                {'id': OLDER, 'global_request_id': ''},
                {'id': NEWER, 'event_id': 'VOLUME_VOLUME_001_003',
                 'action_id': '001', 'detail_id': '003',
                 'resource_uuid': SNAPSHOT,
                 'global_request_id': base_tests.GLOBAL_REQUEST})):
            created_at = NEW_YEAR + datetime.timedelta(days=day)
            self.message(created_at=created_at, expires_at=(
                created_at.replace(year=2096) + datetime.timedelta(days=30)),
                **{**here, **values})

    def write_openrc(self):
        """Write the files that the pages begin with."""
        for user, name in (('member', 'demo-openrc'),
                           ('admin', 'admin-openrc')):
            pathlib.Path(self.directory, name).write_text(''.join(
                f'export {key}={shlex.quote(value)}\n' for key, value
                in self.cloud.environment(user).items()))

    def run_page(self, found, replacements):
        """Run the commands of a page in one shell; return the output of each.

        The output is compared with the output on the page, if any.

        :param replacements: texts of the page, and their values in this test
        """
        script = 'set -euo pipefail\n'
        for number, step in enumerate(found):
            source = step.source
            for there, here in replacements.items():
                source = source.replace(there, here)
            if step.is_program:
                name = f'program_{number}.py'
                pathlib.Path(self.directory, name).write_text(source)
                source = f'python3 {name}\n'
            script += f'printf "\\n#step %s\\n" {number}\n{source}'

        process = subprocess.run(
            ['bash', '-c', script], cwd=self.directory, text=True,
            capture_output=True, env={
                'HOME': self.directory,
                'PATH': f'{os.path.dirname(sys.executable)}:'
                        f'{os.environ["PATH"]}'})

        output = process.stdout
        self.assertEqual(0, process.returncode, output + process.stderr)
        for there, here in replacements.items():
            output = output.replace(here, there)
        printed = re.split(r'\n#step \d+\n', output)[1:]
        self.assertEqual(len(found), len(printed), output)
        for step, text in zip(found, printed, strict=True):
            if step.printed and not looks_like(broken(text), step.printed):
                self.assertEqual(step.printed, broken(text), step.source)
        return printed


class CompletenessTest(testtools.TestCase):

    def test_every_page_with_commands_of_clients_is_run(self):
        """A page that is not tested becomes wrong over time."""
        found = {name for name, page in documents.pages()
                 for command in documents.commands(page)
                 if re.match('openstack |cinder |curl https:', command)}

        self.assertEqual({
            'doc/source/admin/index.rst', 'doc/source/install/index.rst',
            'doc/source/install/servers.rst', 'doc/source/user/client.rst',
            'doc/source/user/index.rst', 'doc/source/user/requests.rst'},
            found)


class RequestsTest(PageTestCase):
    """``user/requests.rst``"""

    def test_commands_and_programs(self):
        """Users can copy commands from the page and run them in order."""
        self.record()
        self.message(id=OF_OTHER, project_id=self.other_id,
                     created_at=NEW_YEAR, expires_at=NEW_YEAR.replace(
                         year=2096))
        self.write_openrc()
        found = steps(documents.text('user', 'requests.rst'))

        printed = self.run_page(found, {
            PUBLIC: self.cloud.url, PROJECT: self.project_id,
            OTHER: self.other_id, **LATER})

        self.assertEqual([], [
            step.source for step in found
            if step.source.startswith('curl') and not step.printed])
        # Their tables are too wide to be shown.
        for step, text in zip(found, printed, strict=True):
            if step.source.startswith('cinder message-list'):
                self.assertIn('| 019b7', text, step.source)
        self.assertEqual([], self.db.message_get_all(
            self.project_id, limit=10))


class ClientTest(PageTestCase):
    """``user/client.rst``"""

    PAGE = documents.DOCUMENTS / 'user' / 'client.rst'

    def test_walk(self):
        """The output on the page matches the output in a terminal.

        With ``UPDATE_SAMPLES=1`` the page is written instead of compared.
        """
        self.record(resource_uuid=base_tests.RESOURCE)
        self.write_openrc()
        page = self.PAGE.read_text()
        walk = page.split('.. begin of the walk\n')[1].split(
            '.. end of the walk\n')[0]
        found = [dataclasses.replace(step, printed='') for step in steps(walk)]

        printed = iter(self.run_page(
            found, {PROJECT: self.project_id, **LATER}))

        def shown(match):
            return match[1] + ''.join(
                f'   {line}'.rstrip() + '\n'
                for line in next(printed).strip().splitlines())

        seen = page.replace(walk, re.sub(
            r'^(   \$ (?:.*\\\n)*.*\n)(?:   (?!\$ ).*\n)*', shown, walk,
            flags=re.MULTILINE))
        if os.environ.get('UPDATE_SAMPLES'):
            self.PAGE.write_text(seen)
        self.assertEqual(self.PAGE.read_text(), seen)
        self.assertEqual(12, len(found))
        self.assertEqual([], self.db.message_get_all(
            self.project_id, limit=10))


class TrialTest(PageTestCase):
    """``user/index.rst`` and ``README.rst``"""

    def test_commands_and_programs(self):
        """Users without a Keystone see the same output with their client."""
        server = self.useFixture(dev_server.DevServer())
        server.record_example()
        found = steps(documents.text('user', 'index.rst'))

        self.run_page(found, {TRIAL: server.url})

        # README.rst says the same.
        [command] = [step.source for step in found
                     if step.source.startswith('openstack')]
        readme = documents.text('README.rst', root=documents.ROOT)
        words = command.partition(' -f ')[0].replace(
            '$URL', server.project_url.replace(server.url, TRIAL))
        self.assertIn(words.replace('\\', '').split(), [
            shown.replace('\\', '').split() for shown in re.findall(
                r'^    (openstack (?:.*\\\n)*.*)\n', readme, re.MULTILINE)])


class InstallTest(PageTestCase):
    """``install``, ``configuration`` and ``admin``"""

    def test_commands(self):
        """Operators can register the service with the commands on the page."""
        keystone = self.useFixture(cloud.Keystone())
        keystone.create('project', name='service', domain_id='default')
        commands = [step.source for step in steps(
            documents.text('install', 'index.rst'))
            if step.source.startswith('openstack')]
        self.assertEqual(
            {'user', 'role', 'service', 'endpoint'},
            {command.split()[1] for command in commands})

        for command in commands:
            self.run_in_terminal(command, keystone)

        administrator = session.Session(v3.Password(
            auth_url=keystone.url, username=cloud.OPERATOR,
            password=cloud.PASSWORD, user_domain_id='default',
            project_name='admin', project_domain_id='default'))
        endpoint = administrator.get_endpoint(service_type='user-messages')
        self.assertEqual(
            f'{PUBLIC}/v3/{administrator.get_project_id()}', endpoint)
        request = webob.Request.blank(
            endpoint.removeprefix(PUBLIC) + '/messages',
            headers={'X-Auth-Token': administrator.get_token()})
        response = request.get_response(self.serve(keystone))
        self.assertEqual((200, {'messages': []}),
                         (response.status_int, response.json))

        [command] = [step.source for step in steps(
            documents.text('admin', 'index.rst'))
            if step.source.startswith('openstack ')]
        # The service already has one endpoint, and gets this one instead.
        self.run_in_terminal(
            'openstack endpoint delete $(openstack endpoint list '
            '--service user-messages -f value -c ID)', keystone)
        self.run_in_terminal(command, keystone)
        administrator.invalidate()
        self.assertEqual(
            'https://volume.example.org/v3/'
            f'{administrator.get_project_id()}',
            administrator.get_endpoint(service_type='user-messages'))

    def run_in_terminal(self, command, keystone):
        """Run a command as the administrator, and enter PASSWORD."""
        environment = {
            'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
            **self.cloud.environment(cloud.OPERATOR, 'admin'),
            'OS_AUTH_URL': keystone.url}
        process_id, terminal = pty.fork()
        if process_id == 0:
            os.execvpe('bash', ['bash', '-c', command], environment)
        printed = b''
        # A terminal that was closed on the other side raises an error.
        with contextlib.suppress(OSError):
            while data := os.read(terminal, 65536):
                printed += data
                if printed.endswith(b'assword:'):
                    os.write(terminal, b'PASSWORD\n')
        os.close(terminal)
        status = os.waitpid(process_id, 0)[1]
        self.assertEqual(0, os.waitstatus_to_exitcode(status), printed)

    def serve(self, keystone):
        """Return the application, configured as on the page."""
        url = f'sqlite:///{self.directory}/usermessages.sqlite'
        migration.sync_url(url)
        [block] = documents.blocks(
            documents.text('configuration', 'index.rst'), 'ini')
        for there, here in (
                ('mysql+pymysql://usermessages:PASSWORD@db.example.org/'
                 'usermessages', url),
                ('https://keystone.example.org/v3', keystone.url),
                ('memcached_servers = 127.0.0.1:11211', '')):
            self.assertIn(there, block)
            block = block.replace(there, here)
        conf = cfg.ConfigOpts()
        opts.register_api_opts(conf)
        conf([], project='usermessages', default_config_dirs=[],
             default_config_files=self.create_tempfiles(
                 [('conf', block)], '.conf'))
        return deploy.application(conf)

    def test_healthcheck(self):
        """Operators can check the health through the proxy, without a token.
        """
        found = [step for step in steps(
            documents.text('install', 'servers.rst'))
            if step.source.startswith('curl')]

        self.run_page(found, {PUBLIC: self.cloud.url})

        self.assertEqual(1, len(found))
