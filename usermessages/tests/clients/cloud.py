# SPDX-License-Identifier: Apache-2.0

"""A Keystone, and the service behind it, as processes on loopback.

Both run under uWSGI, the service with the files that it ships.  They are
started once for all tests of a process, which takes a quarter of a minute.
"""

import atexit
import functools
import os
import pathlib
import subprocess
import time
import uuid

import fixtures
from keystoneauth1.identity import v3
from keystoneauth1 import session
from oslo_config import cfg
import requests
import sqlalchemy
from sqlalchemy import pool

from usermessages.db import migration
from usermessages.message import api as message_api
from usermessages import opts
from usermessages.tests import processes

PASSWORD = 'correct horse battery staple'
OPERATOR = 'operator'
REGION = 'RegionOne'
PATIENCE_SECONDS = 300
# Small, so that a handful of messages is more than one page.
MAX_LIMIT = 5

KEYSTONE = """
[DEFAULT]
log_file = {directory}/keystone.log
[database]
connection = sqlite:///{directory}/keystone.sqlite
[fernet_tokens]
key_repository = {directory}/fernet
[credential]
key_repository = {directory}/credential
[identity]
password_hash_rounds = 4
[token]
expiration = {token_seconds}
[cache]
enabled = false
"""

SERVICE = """
[DEFAULT]
log_file = {directory}/usermessages.log
[api]
{options}
[user_messages]
connection = sqlite:///{directory}/usermessages.sqlite
create_timeout = 60
[keystone_authtoken]
auth_type = password
auth_url = {keystone_url}
www_authenticate_uri = {keystone_url}
username = usermessages
password = {password}
user_domain_id = default
project_name = service
project_domain_id = default
service_token_roles_required = true
"""


class Database(fixtures.Fixture):
    """A new database in MariaDB, with its ``url`` and an ``engine``."""

    SERVER = sqlalchemy.make_url(
        'mysql+pymysql://openstack_citest:openstack_citest@127.0.0.1/'
        'openstack_citest?charset=utf8mb4')

    def _setUp(self):
        url = self.SERVER.set(database=f'um_{uuid.uuid4().hex}')
        administer = sqlalchemy.create_engine(
            self.SERVER, poolclass=pool.NullPool).begin

        def execute(statement):
            with administer() as connection:
                connection.exec_driver_sql(f'{statement} {url.database}')

        execute('CREATE DATABASE')
        self.addCleanup(execute, 'DROP DATABASE')
        self.engine = sqlalchemy.create_engine(url, poolclass=pool.NullPool)
        self.url = url.render_as_string(hide_password=False)


class UWSGI(fixtures.Fixture):
    """An application under uWSGI, started and available.

    :param arguments: of uWSGI
    :param url: for checking that the application is available
    """

    def __init__(self, arguments, url, environment):
        self._command = [processes.program('uwsgi'), *arguments]
        self._url = url
        self._environment = environment

    def _setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        log = directory / 'uwsgi.log'
        with log.open('w') as file:
            process = subprocess.Popen(
                self._command, cwd=directory, env=self._environment,
                stdout=file, stderr=file, start_new_session=True)
        self.addCleanup(processes.stop, process)
        latest = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < latest:
            try:
                requests.get(self._url, timeout=PATIENCE_SECONDS)
                return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError(log.read_text())


class Keystone(fixtures.Fixture):
    """A Keystone with its administrator.

    ``url`` is that of its API, ``request`` asks it as the administrator.
    """

    def _setUp(self):
        self._directory = self.useFixture(fixtures.TempDir()).path
        configuration = self._configure('keystone.conf', 3600)
        self.url = f'http://127.0.0.1:{processes.free_port()}/v3'
        for arguments in (
                ['db_sync'],
                ['fernet_setup', '--keystone-user', str(os.getuid()),
                 '--keystone-group', str(os.getgid())],
                ['bootstrap', '--bootstrap-username', OPERATOR,
                 '--bootstrap-password', PASSWORD,
                 '--bootstrap-public-url', self.url,
                 '--bootstrap-internal-url', self.url,
                 '--bootstrap-region-id', REGION]):
            subprocess.run(
                [processes.program('keystone-manage'), '--config-file',
                 configuration, *arguments], check=True, capture_output=True)
        self.useFixture(self._server(self.url, configuration))
        self._session = session.Session(v3.Password(
            auth_url=self.url, username=OPERATOR, password=PASSWORD,
            user_domain_id='default', project_name='admin',
            project_domain_id='default'))

    def _configure(self, name, token_seconds):
        """Write a configuration file; return its path."""
        path = os.path.join(self._directory, name)
        with open(path, 'w') as file:
            file.write(KEYSTONE.format(
                directory=self._directory, token_seconds=token_seconds))
        return path

    def _server(self, url, configuration):
        return UWSGI(
            ['--http-socket', url[len('http://'):-len('/v3')],
             '--module', 'keystone.wsgi.api:application', '--master',
             '--threads', '4', '--lazy-apps', '--need-app',
             '--die-on-term', '--buffer-size', '65535', '--add-header',
             'Connection: close'], url,
            {'OS_KEYSTONE_CONFIG_DIR': self._directory,
             'OS_KEYSTONE_CONFIG_FILES': configuration})

    def short_tokens(self, url, seconds):
        """Return a second server of the same Keystone.

        :param url: of its API
        :param seconds: how long its tokens are good
        """
        return self._server(url, self._configure('short.conf', seconds))

    def request(self, method, path, headers=None, **body):
        """Send a request; return the content of the response."""
        response = self._session.request(
            self.url + path, method, json=body or None, headers=headers)
        [answer] = response.json().values() if response.text else [None]
        return answer

    def create(self, kind, **values):
        """Create a user, project, role, service or endpoint."""
        return self.request('POST', f'/{kind}s', **{kind: values})

    def user(self, name, domain_id='default'):
        """Create a user; return their ID."""
        return self.create('user', name=name, password=PASSWORD,
                           domain_id=domain_id)['id']

    @functools.cached_property
    def roles(self):
        """The ID of each role, by its name."""
        return {role['name']: role['id'] for role in self._session.get(
            f'{self.url}/roles').json()['roles']}

    def assign(self, role, user_id, scope):
        """Give a role to a user.

        :param scope: ``/projects/ID``, ``/domains/ID`` or ``/system``
        """
        self.request(
            'PUT', f'{scope}/users/{user_id}/roles/{self.roles[role]}')


class Service(fixtures.Fixture):
    """The service as it is shipped, with a database of its own.

    ``url`` is where it serves, ``log`` where it logs to, and ``api`` records
    what it shows.  It can be stopped and started.

    :param options: the section ``[api]`` of its configuration
    """

    def __init__(self, keystone_url, options):
        self._keystone_url = keystone_url
        self._options = options

    def _setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        file = directory / 'usermessages.conf'
        file.write_text(SERVICE.format(
            directory=directory, options=self._options, password=PASSWORD,
            keystone_url=self._keystone_url))
        self.log = directory / 'usermessages.log'
        migration.sync_url(f'sqlite:///{directory}/usermessages.sqlite')

        port = processes.free_port()
        shipped = (processes.ROOT / 'etc/usermessages/uwsgi.ini').read_text()
        ini = directory / 'uwsgi.ini'
        ini.write_text(shipped.replace(':9699', f':{port}'))
        self.url = f'http://127.0.0.1:{port}/user-messages'
        self._directory = directory
        self.start()
        self.addCleanup(lambda: self.stop())

        conf = cfg.ConfigOpts()
        opts.register_api_opts(conf)
        conf([], project='usermessages', default_config_dirs=[],
             default_config_files=[str(file)])
        self.api = message_api.API(conf)
        self.addCleanup(self.api.db.close)

    def start(self):
        """Serve, at the same URL as before."""
        self._server = UWSGI(
            ['--ini', str(self._directory / 'uwsgi.ini')], self.url + '/v3',
            {'OS_USERMESSAGES_CONFIG_DIR': str(self._directory)})
        self._server.setUp()

    def stop(self):
        """Serve no more."""
        self._server.cleanUp()


class Cloud(fixtures.Fixture):
    """A cloud with two projects, and a user for each role in each of them.

    The users of project ``demo`` are called ``reader``, ``member``, ``admin``
    and ``service``, those of ``other`` ``other-reader`` and so on.  There are
    ``system-admin`` and ``domain-admin`` too, and ``nobody``, who has no role.
    """

    ROLES = ('reader', 'member', 'admin', 'service')

    def _setUp(self):
        self.keystone = self.useFixture(Keystone())
        self.projects = {
            name: self.keystone.create(
                'project', name=name, domain_id='default')['id']
            for name in ('demo', 'other', 'service')}
        for prefix, project in (('', 'demo'), ('other-', 'other')):
            for role in self.ROLES:
                self._user(prefix + role, role,
                           f'/projects/{self.projects[project]}')
        self._user('usermessages', 'service',
                   f'/projects/{self.projects["service"]}')
        self._user('system-admin', 'admin', '/system')
        self._user('domain-admin', 'admin', '/domains/default')
        self.keystone.user('nobody')

        self.service = self.useFixture(Service(
            self.keystone.url, 'compat_service_type = volume\n'
            f'max_limit = {MAX_LIMIT}\n'
            'like_filters = event_id,resource_uuid'))
        self.url, self.api = self.service.url, self.service.api
        for kind in ('volumev3', 'block-storage', 'user-messages'):
            service = self.keystone.create('service', name=kind, type=kind)
            self.keystone.create(
                'endpoint', service_id=service['id'], interface='public',
                region_id=REGION, url=f'{self.url}/v3/$(project_id)s')

    def _user(self, name, role, scope):
        self.keystone.assign(role, self.keystone.user(name), scope)

    def session(self, user, project='demo', **scope):
        """Return a new session of a user, by default in a project."""
        if not scope and project is not None:
            scope = {'project_id': self.projects[project]}
        return session.Session(v3.Password(
            auth_url=self.keystone.url, username=user, password=PASSWORD,
            user_domain_id='default', **scope))

    @functools.cache
    def session_of(self, user):
        """Return the session of a user in ``demo``, with the same token."""
        return self.session(user)

    def environment(self, user, project='demo'):
        """Return the environment of the command line clients."""
        return {
            'OS_AUTH_URL': self.keystone.url, 'OS_USERNAME': user,
            'OS_PASSWORD': PASSWORD, 'OS_USER_DOMAIN_ID': 'default',
            'OS_PROJECT_NAME': project, 'OS_PROJECT_DOMAIN_ID': 'default',
            'OS_IDENTITY_API_VERSION': '3', 'OS_REGION_NAME': REGION}


@functools.cache
def started():
    """Return the cloud of this process."""
    cloud = Cloud()
    cloud.setUp()
    atexit.register(cloud.cleanUp)
    return cloud
