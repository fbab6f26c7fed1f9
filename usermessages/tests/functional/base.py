# SPDX-License-Identifier: Apache-2.0

"""Ask the service as its clients do, through the shipped paste file.

Tokens are checked by keystonemiddleware; its own fixture stands in for the
Keystone behind it.
"""

import datetime

from keystoneauth1 import fixture as keystoneauth_fixture
from keystonemiddleware import fixture as keystone_fixture
from oslo_utils import fixture as utils_fixture
import webob

from usermessages.tests import base
from usermessages.tests import database
from usermessages.wsgi import deploy

# Before the tokens of the fixture expire, which is an hour from now.
NOON = datetime.datetime(2026, 1, 1, 12)
SECOND = datetime.timedelta(seconds=1)
UNKNOWN = '019b796d-d600-7000-8000-00000000dead'


class APITestCase(database.DatabaseTestCase):
    """A test with a database and the service in front of it."""

    def setUp(self):
        super().setUp()
        self.keystone = self.useFixture(keystone_fixture.AuthTokenFixture())
        self._tokens = {}
        self.app = deploy.application(self.conf)

    def serve(self, **options):
        """Start the service anew, with other options."""
        self.set(self.conf, **options)
        self.app = deploy.application(self.conf)

    def fix_clock(self, moment=NOON):
        """Let it be that moment until the clock is moved."""
        self.clock = self.useFixture(utils_fixture.TimeFixture(moment))

    def configure(self, conf):
        super().configure(conf)
        conf([], project='usermessages', default_config_dirs=[],
             default_config_files=self.create_tempfiles([('conf', """
[keystone_authtoken]
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = usermessages
password = secret
user_domain_id = default
project_name = service
project_domain_id = default
""")], '.conf'))

    def token(self, *roles, project_id=base.PROJECT, user_id='alice'):
        """Return a token of a user with these roles in a project."""
        key = roles, project_id, user_id
        if key not in self._tokens:
            self._tokens[key] = f'token-{len(self._tokens)}'
            self.keystone.add_token_data(
                self._tokens[key], project_id=project_id, user_id=user_id,
                role_list=list(roles))
        return self._tokens[key]

    def scoped_token(self, scope, *roles):
        """Return a token of scope ``system`` or ``domain``, or without a
        scope.
        """
        token = keystoneauth_fixture.V3Token(user_id='alice')
        if scope == 'system':
            token.set_system_scope()
        elif scope == 'domain':
            token.set_domain_scope(id='default', name='Default')
        for role in roles:
            token.add_role(name=role)
        return self.keystone.add_token(token)

    def request(self, path, *roles, method='GET', project_id=base.PROJECT,
                token=None, version=None, headers=None, **environ):
        """Send a request, by default as a member of a project.

        :param roles: of the token; None for a request without one
        :param version: value of ``OpenStack-API-Version``
        """
        request = webob.Request.blank(
            path, method=method, headers=headers or {}, **environ)
        if roles != (None,):
            request.headers['X-Auth-Token'] = token or self.token(
                *(roles or ('member', 'reader')), project_id=project_id)
        if version is not None:
            request.headers['OpenStack-API-Version'] = version
        return request.get_response(self.app)

    def assertFault(self, status, key, response):
        """Check that a response is that error; return its text."""
        self.assertEqual(status, response.status_int, response.text)
        self.assertEqual('application/json', response.content_type)
        body = response.json
        self.assertEqual([key], list(body))
        self.assertEqual(status, body[key]['code'])
        self.assertEqual({'code', 'message'}, set(body[key]))
        return body[key]['message']

    def assertIDs(self, messages, response):
        """Check that a list is of these messages, in this order."""
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual([message['id'] for message in messages],
                         [m['id'] for m in response.json['messages']])


class VolumeTestCase(APITestCase):
    """A test of the responses for clients of Cinder."""

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__compat_service_type='volume')

    def volume(self, version, path, *roles, **values):
        """Send a request with a microversion of Cinder."""
        return self.request(path, *roles, version=f'volume {version}',
                            **values)


class NoAuthTestCase(APITestCase):
    """A test of a service without authentication."""

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__auth_strategy='noauth')

    def request(self, path, token=None, remote_addr='127.0.0.1', **values):
        """Send a request, by default without a token."""
        if token is not None:
            # Servers pass on the bytes of the header, each as a letter.
            token = token.encode().decode('latin-1')
        if remote_addr is not None:
            values['remote_addr'] = remote_addr
        return super().request(
            path, *(() if token else (None,)), token=token, **values)
