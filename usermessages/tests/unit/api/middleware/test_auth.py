# SPDX-License-Identifier: Apache-2.0

import fixtures
import webob

from usermessages.api.middleware import auth
from usermessages.api import wsgi
from usermessages import exception
from usermessages.tests import base


class AuthtokenFactoryTest(base.TestCase):

    def make(self, text=''):
        """Make the filter of a configuration with that text."""
        [path] = self.create_tempfiles([('conf', text)], '.conf')
        self.conf([], project='usermessages', default_config_files=[path],
                  default_config_dirs=[])
        return auth.authtoken_factory({'oslo_config_config': self.conf})

    def test_nothing_says_how_tokens_are_checked(self):
        """Operators read in one line which section is missing."""
        for text in ('', '[keystone_authtoken]\nauth_url = http://a/v3\n'):
            with self.subTest(text=text):
                error = self.assertRaises(exception.ConfigurationError,
                                          self.make, text)

                self.assertEqual(
                    '[keystone_authtoken]auth_type is not set: with '
                    '[api]auth_strategy = keystone, the section '
                    '[keystone_authtoken] configures the validation of '
                    'tokens.',
                    str(error))

    def test_unknown_way_to_check_tokens(self):
        """Operators read in one line about an unknown strategy."""
        error = self.assertRaises(
            exception.ConfigurationError, self.make,
            '[keystone_authtoken]\nauth_type = passwort\n')

        self.assertIn('[keystone_authtoken] cannot be used: ', str(error))
        self.assertIn('passwort', str(error))
        self.assertNotIn('\n', str(error))

    def test_package_of_the_token_cache_is_missing(self):
        """keystonemiddleware would fail at the first request."""
        self.useFixture(fixtures.MockPatch(
            'importlib.util.find_spec', return_value=None))

        error = self.assertRaises(
            exception.ConfigurationError, self.make,
            '[keystone_authtoken]\nauth_type = password\n'
            'auth_url = http://a/v3\nusername = u\npassword = p\n'
            'memcached_servers = 127.0.0.1:11211\n')

        self.assertEqual(
            '[keystone_authtoken]memcached_servers needs the package '
            'python-memcached: run "pip install python-memcached".',
            str(error))

    def test_no_check_without_authentication(self):
        """Trials need no Keystone."""
        self.set(self.conf, api__auth_strategy='noauth')
        application = object()

        self.assertIs(application, self.make()(application))


class KeystoneContextTest(base.TestCase):

    def answer(self, **environ):
        """Return the response to a request with that in its environment."""
        return webob.Request.blank('/', environ=environ).get_response(
            auth.KeystoneContext(webob.Response('reached')))

    def test_headers_of_a_client_are_not_believed(self):
        """Without keystonemiddleware, any client could send these headers."""
        response = self.answer(
            HTTP_X_IDENTITY_STATUS='Confirmed', HTTP_X_USER_ID='mallory',
            HTTP_X_PROJECT_ID=base.PROJECT, HTTP_X_ROLES='admin')

        self.assertEqual(500, response.status_int)
        self.assertIn(
            'keystonemiddleware is not in the pipeline', self.log.output)

    def test_bad_token_that_keystonemiddleware_let_pass(self):
        """With delay_auth_decision, this package rejects the token."""
        for headers in (
                {}, {'HTTP_X_IDENTITY_STATUS': 'Invalid'},
                {'HTTP_X_IDENTITY_STATUS': 'Confirmed',
                 'HTTP_X_SERVICE_IDENTITY_STATUS': 'Invalid'}):
            with self.subTest(headers=headers):
                response = self.answer(
                    **{'keystone.token_auth': object()}, **headers)

                self.assertEqual(401, response.status_int)
                self.assertEqual(
                    {'error': {'code': 401, 'title': 'Unauthorized',
                               'message': 'The request you have made '
                                          'requires authentication.'}},
                    response.json)

    def test_context_is_that_of_the_token(self):
        """keystonemiddleware adds the identity to the request."""
        found = []
        middleware = auth.KeystoneContext(
            lambda environ, _start: found.append(
                environ['usermessages.context']))

        middleware({'keystone.token_auth': object(),
                    'HTTP_X_IDENTITY_STATUS': 'Confirmed',
                    'HTTP_X_USER_ID': 'alice',
                    'HTTP_X_PROJECT_ID': base.PROJECT,
                    'HTTP_X_ROLES': 'member,reader',
                    'openstack.request_id': base.REQUEST}, None)

        [context] = found
        self.assertEqual('alice', context.user_id)
        self.assertEqual(base.PROJECT, context.project_id)
        self.assertEqual(['member', 'reader'], context.roles)
        self.assertEqual(base.REQUEST, context.request_id)
        self.assertIsNone(context.system_scope)


class NoAuthContextTest(base.TestCase):

    def test_project_is_in_the_token_or_in_the_path(self):
        """Trials work with the URL alone, as with the endpoint of Cinder."""
        def application(environ, _start_response):
            made = environ[wsgi.CONTEXT]
            return made.user_id, made.project_id

        middleware = auth.NoAuthContext(application, self.conf)
        for token, path, expected in (
                ('alice:c0ffee', '/v3/messages', ('alice', 'c0ffee')),
                ('alice', '/v3/c0ffee/messages', ('alice', 'c0ffee')),
                ('alice', '/v3/c0ffee/messages/1', ('alice', 'c0ffee')),
                ('alice:beef', '/v3/c0ffee/messages', ('alice', 'beef')),
                ('', '/v3/c0ffee/message_groups', ('nobody', 'c0ffee')),
                ('alice', '/v3/messages/1', ('alice', None))):
            self.assertEqual(expected, middleware({
                'REMOTE_ADDR': '127.0.0.1', 'HTTP_X_AUTH_TOKEN': token,
                'PATH_INFO': path}, None))
