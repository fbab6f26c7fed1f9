# SPDX-License-Identifier: Apache-2.0

"""Glance behind a Keystone, as it is or with the patch of the example."""

import os
import pathlib
import shutil
import subprocess
import sys

import fixtures
import glance
from keystoneauth1.identity import v3
from keystoneauth1 import session

from usermessages.tests.clients import cloud
from usermessages.tests import processes

EXAMPLE = processes.ROOT / 'examples' / 'glance'

CONFIGURATION = """
[DEFAULT]
log_dir = {directory}
enabled_backends = files:file
enabled_import_methods = [web-download]
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = {directory}/images
[os_glance_staging_store]
filesystem_store_datadir = {directory}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {directory}/tasks
[import_filtering_opts]
allowed_hosts = [127.0.0.1]
allowed_ports = [{ports}]
[database]
connection = {database_url}
[paste_deploy]
flavor = keystone
config_file = {directory}/etc/glance-api-paste.ini
[keystone_authtoken]
auth_type = password
auth_url = {keystone_url}
www_authenticate_uri = {keystone_url}
username = glance
password = {password}
user_domain_id = default
project_name = service
project_domain_id = default
"""


class Glance(fixtures.Fixture):
    """Glance with two projects, and a user in each.

    :param ports: from which images can be downloaded
    :param is_patched: whether Glance records messages
    """

    def __init__(self, ports, is_patched):
        self._ports = ports
        self._is_patched = is_patched

    def _setUp(self):
        self._directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)
        self._copy()
        self.keystone = self.useFixture(cloud.Keystone())
        self.projects = {
            name: self.keystone.create(
                'project', name=name, domain_id='default')['id']
            for name in ('demo', 'other', 'service')}
        for user, role, project in (
                ('member', 'member', 'demo'), ('stranger', 'member', 'other'),
                ('glance', 'service', 'service')):
            self.keystone.assign(role, self.keystone.user(user),
                                 f'/projects/{self.projects[project]}')
        self._configure()
        self.run('glance-manage', '--config-file', self._conf, 'db_sync')
        if self._is_patched:
            self.run('usermessages-manage', '--config-file', self._conf,
                     'db', 'sync')
        self._serve()

    def environment(self, user):
        """Return the environment of the command line clients."""
        return {
            'PATH': os.environ['PATH'], 'OS_AUTH_URL': self.keystone.url,
            'OS_USERNAME': user, 'OS_PASSWORD': cloud.PASSWORD,
            'OS_USER_DOMAIN_ID': 'default',
            'OS_PROJECT_NAME': 'demo' if user == 'member' else 'other',
            'OS_PROJECT_DOMAIN_ID': 'default',
            'OS_IDENTITY_API_VERSION': '3', 'OS_REGION_NAME': cloud.REGION}

    def run(self, program, *arguments):
        """Run a program with this Glance; return its output."""
        return subprocess.run(
            [sys.executable, processes.program(program), *arguments],
            env=self._environment, cwd=self._directory, check=True,
            stdout=subprocess.PIPE, text=True).stdout

    def request(self, method, path, user='member', **values):
        """Send a request to Glance; return the response."""
        project = 'demo' if user == 'member' else 'other'
        return session.Session(v3.Password(
            auth_url=self.keystone.url, username=user,
            password=cloud.PASSWORD, user_domain_id='default',
            project_id=self.projects[project])).request(
                f'{self.url}{path}', method, raise_exc=False, **values)

    def _copy(self):
        """Copy the installed Glance and its paste file, and patch them."""
        [installed] = glance.__path__
        shutil.copytree(installed, self._directory / 'glance',
                        ignore=shutil.ignore_patterns('__pycache__', 'tests'))
        (self._directory / 'etc').mkdir()
        shutil.copy(
            pathlib.Path(sys.prefix) / 'etc/glance/glance-api-paste.ini',
            self._directory / 'etc')
        if self._is_patched:
            shutil.copytree(EXAMPLE / 'glance', self._directory / 'glance',
                            dirs_exist_ok=True)
            subprocess.run(
                ['git', 'apply', EXAMPLE / 'messages.patch'],
                cwd=self._directory, check=True)

    def _configure(self):
        self._conf = self._directory / 'glance-api.conf'
        self._conf.write_text(CONFIGURATION.format(
            directory=self._directory, password=cloud.PASSWORD,
            ports=','.join(map(str, self._ports)),
            keystone_url=self.keystone.url,
            database_url=self.useFixture(cloud.Database()).url))
        self._environment = {
            'PATH': os.environ['PATH'], 'HOME': str(self._directory),
            'PYTHONPATH': str(self._directory),
            'OS_GLANCE_CONFIG_FILES': 'glance-api.conf',
            'OS_GLANCE_CONFIG_DIR': str(self._directory)}

    def _serve(self):
        address = f'127.0.0.1:{processes.free_port()}'
        self.url = f'http://{address}/v2'
        self.useFixture(cloud.UWSGI(
            ['--http-socket', address, '--module',
             'glance.wsgi.api:application', '--master', '--threads', '4',
             '--enable-threads', '--lazy-apps', '--need-app',
             '--die-on-term', '--buffer-size', '65535', '--add-header',
             'Connection: close'], self.url, self._environment))
        for kind in ('image', 'user-messages')[:1 + self._is_patched]:
            service = self.keystone.create('service', name=kind, type=kind)
            self.keystone.create(
                'endpoint', service_id=service['id'], interface='public',
                region_id=cloud.REGION, url=f'http://{address}/v2')
