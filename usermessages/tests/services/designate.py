# SPDX-License-Identifier: Apache-2.0

"""Designate behind a Keystone, as it is or with the patch of the example.

API, central, worker and producer are processes of their own, as is the mDNS,
which serves as a name server.  They use the RabbitMQ and the MariaDB at the
standard ports of this machine.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import uuid

import designate
import fixtures
from keystoneauth1.identity import v3
from keystoneauth1 import session
import sqlalchemy

from usermessages.tests.clients import cloud
from usermessages.tests import database
from usermessages.tests import processes

EXAMPLE = processes.ROOT / 'examples' / 'designate'
DEFAULT_POOL = '794ccc2c-d751-44fe-b57f-8894c9f5c842'
SERVICES = ('central', 'worker', 'producer')

CONFIGURATION = """
[DEFAULT]
log_dir = {directory}
state_path = {directory}
transport_url = rabbit://guest:guest@127.0.0.1:5672/
control_exchange = {exchange}
quota_zones = 100
[oslo_policy]
policy_file = {directory}/policy.yaml
[oslo_concurrency]
lock_path = {directory}
[storage:sqlalchemy]
connection = {database_url}
[user_messages]
connection_group = storage:sqlalchemy
[heartbeat_emitter]
heartbeat_interval = 1
[service:api]
[service:central]
workers = 1
topic = {exchange}-central
[service:worker]
workers = 1
topic = {exchange}-worker
poll_max_retries = 1
poll_retry_interval = 0
poll_delay = 0
[service:producer]
workers = 1
topic = {exchange}-producer
enabled_tasks = worker_periodic_recovery
[producer_task:worker_periodic_recovery]
interval = 1
[service:mdns]
workers = 1
listen = 127.0.0.1:{mdns_port}
[keystone_authtoken]
auth_type = password
auth_url = {keystone_url}
www_authenticate_uri = {keystone_url}
username = designate
password = {password}
user_domain_id = default
project_name = service
project_domain_id = default
"""

POLICY = """
"create_zone": "role:member"
"""

POOLS = """
- name: default
  id: {default_pool}
  ns_records: [{{hostname: ns.example.org., priority: 1}}]
  nameservers: [{{host: 127.0.0.1, port: {mdns_port}}}]
  targets:
  - type: pdns4
    masters: [{{host: 127.0.0.1, port: {mdns_port}}}]
    options:
      host: 127.0.0.1
      port: {mdns_port}
      api_endpoint: http://127.0.0.1:{api_port}
      api_token: none
"""


class Designate(fixtures.Fixture):
    """Designate with two projects, and a user in each.

    The pool has one name server, the mDNS of Designate, which is down until
    a test starts it.  ``api_port`` is the port of the HTTP API of the name
    server, where nothing listens.

    :param is_patched: whether Designate records messages
    """

    def __init__(self, is_patched):
        self._is_patched = is_patched
        self.api_port = processes.free_port()

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
                ('member', 'member', 'demo'), ('reader', 'reader', 'demo'),
                ('stranger', 'member', 'other'), ('boss', 'admin', 'other'),
                ('designate', 'service', 'service')):
            self.keystone.assign(role, self.keystone.user(user),
                                 f'/projects/{self.projects[project]}')
        self._configure()
        self.run('designate-manage', '--config-file', self._conf,
                 'database', 'sync')
        if self._is_patched:
            self.run('usermessages-manage', '--config-file', self._conf,
                     'db', 'sync')
        for name in SERVICES:
            self.start(name)
        self._serve()
        database.wait_until(lambda: {*SERVICES} <= {
            name for name, in self.execute(
                'SELECT service_name FROM service_statuses')})
        self.run('designate-manage', '--config-file', self._conf, 'pool',
                 'update', '--file', self._directory / 'pools.yaml')

    def environment(self, user):
        """Return the environment of the command line clients."""
        return {
            'PATH': os.environ['PATH'], 'OS_AUTH_URL': self.keystone.url,
            'OS_USERNAME': user, 'OS_PASSWORD': cloud.PASSWORD,
            'OS_USER_DOMAIN_ID': 'default',
            'OS_PROJECT_NAME': ('demo' if user in ('member', 'reader')
                                else 'other'),
            'OS_PROJECT_DOMAIN_ID': 'default',
            'OS_IDENTITY_API_VERSION': '3', 'OS_REGION_NAME': cloud.REGION}

    def execute(self, statement, **values):
        """Do something in the database of Designate; return the rows."""
        with self._engine.begin() as connection:
            result = connection.execute(sqlalchemy.text(statement), values)
            return ([tuple(row) for row in result] if result.returns_rows
                    else [])

    def run(self, program, *arguments):
        """Run a program with this Designate; return its output."""
        return subprocess.run(
            [sys.executable, processes.program(program), *arguments],
            env=self._environment, cwd=self._directory, check=True,
            stdout=subprocess.PIPE, text=True).stdout

    def manage(self, *command):
        """Run ``usermessages-manage``; return its output."""
        return self.run('usermessages-manage', '--config-file', self._conf,
                        *command)

    def request(self, method, path, user='member', **values):
        """Send a request to Designate; return the response."""
        environment = self.environment(user)
        return session.Session(v3.Password(
            auth_url=self.keystone.url, username=user,
            password=cloud.PASSWORD, user_domain_id='default',
            project_id=self.projects[environment['OS_PROJECT_NAME']],
        )).request(f'{self.url}{path}', method, raise_exc=False, **values)

    def start(self, name):
        """Start a service of Designate; return a function that stops it."""
        output = self._directory / f'{name}.out'
        with output.open('w') as file:
            process = subprocess.Popen(
                [sys.executable, processes.program(f'designate-{name}'),
                 '--config-file', self._conf], env=self._environment,
                cwd=self._directory, stdout=file, stderr=file,
                start_new_session=True)
        self.addCleanup(processes.stop, process)
        return lambda: processes.stop(process)

    def set_policy(self, **rules):
        """Replace the policy file."""
        path = self._directory / 'policy.yaml'
        path.write_text(POLICY + ''.join(
            f'"{name}": "{check}"\n' for name, check in rules.items()))

    def _copy(self):
        """Copy the installed Designate and its paste file, and patch them."""
        [installed] = designate.__path__
        shutil.copytree(installed, self._directory / 'designate',
                        ignore=shutil.ignore_patterns('__pycache__', 'tests'))
        shutil.copy(pathlib.Path(sys.prefix) / 'etc/designate/api-paste.ini',
                    self._directory)
        if self._is_patched:
            shutil.copytree(
                EXAMPLE / 'designate', self._directory / 'designate',
                dirs_exist_ok=True)
            subprocess.run(
                ['git', 'apply', EXAMPLE / 'messages.patch'],
                cwd=self._directory, check=True)

    def _configure(self):
        created = self.useFixture(cloud.Database())
        self._engine = created.engine
        values = {
            'directory': self._directory, 'password': cloud.PASSWORD,
            'exchange': f'designate-{uuid.uuid4().hex}',
            'keystone_url': self.keystone.url, 'database_url': created.url,
            'default_pool': DEFAULT_POOL,
            'api_port': self.api_port,
            'mdns_port': processes.free_port()}
        self._conf = self._directory / 'designate.conf'
        self._conf.write_text(CONFIGURATION.format(**values))
        (self._directory / 'pools.yaml').write_text(POOLS.format(**values))
        self.set_policy()
        self._environment = {
            'PATH': os.environ['PATH'], 'HOME': str(self._directory),
            'PYTHONPATH': str(self._directory),
            'OS_DESIGNATE_CONFIG_DIR': str(self._directory)}

    def _serve(self):
        address = f'127.0.0.1:{processes.free_port()}'
        self.url = f'http://{address}/v2'
        self.useFixture(cloud.UWSGI(
            ['--http-socket', address, '--module',
             'designate.wsgi.api:application', '--master', '--threads', '4',
             '--enable-threads', '--lazy-apps', '--need-app',
             '--die-on-term', '--buffer-size', '65535', '--add-header',
             'Connection: close'], self.url, self._environment))
        for kind, path in (('dns', ''), ('user-messages', '/v2'))[
                :1 + self._is_patched]:
            service = self.keystone.create('service', name=kind, type=kind)
            self.keystone.create(
                'endpoint', service_id=service['id'], interface='public',
                region_id=cloud.REGION, url=f'http://{address}{path}')
