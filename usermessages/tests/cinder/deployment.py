# SPDX-License-Identifier: Apache-2.0

"""A Cinder whose messages are ours: API, scheduler and volume service.

Each is a process of its own, as Cinder starts it.  They use the RabbitMQ and
the MariaDB at the standard ports of this machine; the threads of Cinder lock
each other out of a SQLite file.  If one of the two is unavailable, tests are
skipped, or fail with ``OS_TEST_DATABASES_REQUIRED=1``.
``examples/cinder`` is laid over a copy of the Cinder that is installed.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import uuid

from babel.messages import mofile
from babel.messages import pofile
import cinder
import fixtures
from keystoneauth1.identity import v3
from keystoneauth1 import session
import sqlalchemy

from usermessages.tests.clients import cloud
from usermessages.tests import database
from usermessages.tests import processes

# The latest of Cinder 29.
VERSION = '3.71'
EXAMPLE = processes.ROOT / 'examples' / 'cinder'
# Files that Cinder no longer needs.
REMOVED = ('api/v3/views/messages.py',)

CONFIGURATION = """
[DEFAULT]
state_path = {directory}
scheduler_driver = usermessages.tests.cinder.scheduler.Scheduler
quota_volumes = 100
log_dir = {directory}
transport_url = rabbit://guest:guest@127.0.0.1:5672/
control_exchange = {exchange}
auth_strategy = keystone
api_paste_config = {paste}
resource_query_filters_file = {filters}
enabled_backends = nowhere
scheduler_default_filters = CapacityFilter
scheduler_max_attempts = 1
periodic_interval = 1
periodic_fuzzy_delay = 0
message_reap_interval = 1
report_interval = 1
service_down_time = 60
[nowhere]
volume_backend_name = nowhere
volume_driver = usermessages.tests.cinder.driver.NowhereDriver
[database]
connection = {database_url}
[oslo_concurrency]
lock_path = {directory}
[keystone_authtoken]
auth_type = password
auth_url = {keystone_url}
www_authenticate_uri = {keystone_url}
username = cinder
password = {password}
user_domain_id = default
project_name = service
project_domain_id = default
"""

RABBITMQ = ('127.0.0.1', 5672)
MARIADB = ('127.0.0.1', 3306)


def is_possible():
    """Tell whether both servers are available, or required."""
    if os.environ.get('OS_TEST_DATABASES_REQUIRED'):
        return True
    with contextlib.suppress(OSError):
        for address in (RABBITMQ, MARIADB):
            socket.create_connection(address).close()
        return True
    return False


def lay_over(directory):
    """Copy the Cinder that is installed, and lay the example over it."""
    copy = pathlib.Path(directory) / 'cinder'
    shutil.copytree(pathlib.Path(cinder.__file__).parent, copy,
                    ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copytree(EXAMPLE / 'cinder', copy, dirs_exist_ok=True)
    for path in REMOVED:
        (copy / path).unlink()
    for path in copy.glob('locale/*/LC_MESSAGES/cinder-messages.po'):
        with path.open('rb') as source, path.with_suffix('.mo').open(
                'wb') as target:
            mofile.write_mo(target, pofile.read_po(source))


class Cinder(fixtures.Fixture):
    """Cinder behind a Keystone, with two projects and a user in each.

    :param is_patched: whether its scheduler and its volume service run on
        eventlet; its API runs on threads
    :param has_own_engine: whether messages are stored without Cinder's engine
    :param is_modified: whether its messages are ours
    """

    def __init__(self, is_patched, has_own_engine, is_modified=True):
        super().__init__()
        self._is_patched = is_patched
        self._has_own_engine = has_own_engine
        self._is_modified = is_modified

    def _setUp(self):
        self._directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)
        if self._is_modified:
            lay_over(self._directory)
        if self._has_own_engine:
            self._leave_out_the_engine()
        self.keystone = self.useFixture(cloud.Keystone())
        self.projects = {
            name: self.keystone.create(
                'project', name=name, domain_id='default')['id']
            for name in ('demo', 'other', 'service')}
        for user, role, project in (
                ('member', 'member', 'demo'),
                ('stranger', 'member', 'other'), ('boss', 'admin', 'other'),
                ('cinder', 'service', 'service')):
            self.keystone.assign(role, self.keystone.user(user),
                                 f'/projects/{self.projects[project]}')
        created = self.useFixture(cloud.Database())
        self._engine, self._database_url = created.engine, created.url
        self._configure()
        self._run('cinder-manage', 'db', 'sync')
        self._start_services()
        self._start_api()
        self._wait_for_services()

    def environment(self, user):
        """Return the environment of the command line clients."""
        return {
            'PATH': os.environ['PATH'],
            'OS_AUTH_URL': self.keystone.url, 'OS_USERNAME': user,
            'OS_PASSWORD': cloud.PASSWORD, 'OS_USER_DOMAIN_ID': 'default',
            'OS_PROJECT_NAME': 'demo' if user == 'member' else 'other',
            'OS_PROJECT_DOMAIN_ID': 'default',
            'OS_IDENTITY_API_VERSION': '3', 'OS_REGION_NAME': cloud.REGION,
            # Without a version, Cinder has no messages.
            'OS_VOLUME_API_VERSION': VERSION}

    def logs(self):
        """Return the logs of this Cinder."""
        return '\n'.join(log.read_text()
                         for log in sorted(self._directory.glob('*.log')))

    def execute(self, statement, **values):
        """Do something in the database of Cinder; return the rows."""
        with self._engine.begin() as connection:
            result = connection.execute(sqlalchemy.text(statement), values)
            return ([tuple(row) for row in result] if result.returns_rows
                    else [])

    def request(self, method, path, headers, body=None):
        """Send a request of the member; return the body of the response."""
        password = v3.Password(
            auth_url=self.keystone.url, username='member',
            password=cloud.PASSWORD, user_domain_id='default',
            project_name='demo', project_domain_id='default')
        return session.Session(password).request(
            path, method, json=body, endpoint_filter={
                'service_type': 'volumev3', 'region_name': cloud.REGION},
            headers={'OpenStack-API-Version': f'volume {VERSION}', **headers},
        ).json()

    def manage(self, *command):
        """Run a command of ``usermessages-manage``; return its output."""
        return subprocess.run(
            [processes.program('usermessages-manage'), *command],
            env={**self._environment,
                 'OS_USER_MESSAGES__CONNECTION': self._database_url,
                 'OS_USER_MESSAGES__CATALOG': 'cinder.message.api:CATALOG',
                 'OS_USER_MESSAGES__TABLE_MAPPING':
                     'cinder.message.api:TABLE_MAPPING'},
            check=True, capture_output=True, text=True).stdout

    def run_program(self, source, *arguments):
        """Run a program with this Cinder; return its output."""
        return subprocess.run(
            [sys.executable, '-c', source, '--config-file', self._conf,
             *arguments], env=self._environment, check=True, text=True,
            stdout=subprocess.PIPE).stdout

    def _leave_out_the_engine(self):
        """Set the time budget as described in README.rst."""
        path = self._directory / 'cinder' / 'message' / 'api.py'
        before = path.read_text()
        after = before.replace(
            '\n            table_mapping=TABLE_MAPPING,'
            '\n            engine=lambda: '
            'db_api.main_context_manager.writer.get_engine())',
            '\n            table_mapping=TABLE_MAPPING)')
        assert after != before
        path.write_text(after)

    def _configure(self):
        files = pathlib.Path(sys.prefix) / 'etc' / 'cinder'
        self._conf = self._directory / 'cinder.conf'
        self._conf.write_text(CONFIGURATION.format(
            directory=self._directory, keystone_url=self.keystone.url,
            database_url=self._database_url,
            exchange=f'cinder-{uuid.uuid4()}', password=cloud.PASSWORD,
            paste=files / 'api-paste.ini',
            filters=files / 'resource_filters.json'))
        self._environment = {
            'PATH': os.environ['PATH'], 'HOME': str(self._directory),
            'PYTHONPATH': f'{self._directory}:{processes.ROOT}',
            'OS_CINDER_DISABLE_EVENTLET_PATCHING':
                str(not self._is_patched)}

    def _run(self, *command):
        subprocess.run(
            [processes.program(command[0]), '--config-file', self._conf,
             *command[1:]], env=self._environment, check=True,
            capture_output=True)

    def _start_services(self):
        for name in ('cinder-scheduler', 'cinder-volume'):
            output = self._directory / f'{name}.out'
            with output.open('w') as file:
                process = subprocess.Popen(
                    [processes.program(name), '--config-file', self._conf],
                    env=self._environment, stdout=file, stderr=file,
                    start_new_session=True)
            self.addCleanup(processes.stop, process)

    def _start_api(self):
        address = f'127.0.0.1:{processes.free_port()}'
        self.url = f'http://{address}/v3'
        # Cinder cannot use the arguments of uWSGI, so it reads the home
        # directory.
        configured = self._directory / '.cinder'
        configured.mkdir()
        shutil.copy(self._conf, configured)
        self.useFixture(cloud.UWSGI(
            ['--http-socket', address, '--module',
             'cinder.wsgi.api:application', '--master', '--threads', '4',
             '--lazy-apps', '--need-app', '--die-on-term',
             '--buffer-size', '65535', '--add-header', 'Connection: close'],
            self.url, self._environment))
        service = self.keystone.create(
            'service', name='cinder', type='volumev3')
        self.keystone.create(
            'endpoint', service_id=service['id'], interface='public',
            region_id=cloud.REGION, url=f'{self.url}/$(project_id)s')

    def _wait_for_services(self):
        """Wait until the scheduler is available, and has found the volume
        service.

        A volume requested before then is never created.
        """
        database.wait_until(lambda: self.execute(
            "SELECT 1 FROM services WHERE topic = 'cinder-volume'"))
        database.wait_until(lambda: '#nowhere' in subprocess.run(
            [processes.program('cinder'), 'get-pools'],
            env=self.environment('boss'), capture_output=True,
            text=True).stdout)
