# SPDX-License-Identifier: Apache-2.0

import webob

from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

MESSAGES = f'/v3/{base.PROJECT}/messages'


class ClaimsTest(functional_base.NoAuthTestCase):

    def test_project_of_the_url(self):
        """Users of a trial can list messages with curl, without headers."""
        mine = self.message()
        self.message(project_id=base.OTHER)

        self.assertIDs([mine], self.request(MESSAGES))
        self.assertEqual(200, self.request(
            f'{MESSAGES}/{mine["id"]}').status_int)
        [group] = self.request(
            f'/v3/{base.PROJECT}/message_groups',
            version=base.LATEST).json['message_groups']
        self.assertEqual(mine['id'], group['latest_id'])

    def test_project_of_the_token(self):
        """The token is ``user:project``, as in other OpenStack services."""
        mine = self.message()
        self.message(project_id=base.OTHER)

        for path in ('/v3/messages', MESSAGES):
            with self.subTest(path=path):
                self.assertIDs([mine], self.request(
                    path, f'alice:{base.PROJECT}'))

    def test_token_without_a_project(self):
        """Users name themselves in the token, and the project in the URL."""
        mine = self.message()

        for token in ('alice', 'alice:'):
            with self.subTest(token=token):
                self.assertIDs([mine], self.request(MESSAGES, token))

    def test_no_project_at_all(self):
        """Messages belong to projects."""
        for token in (None, 'alice', 'alice:', 'admin'):
            with self.subTest(token=token):
                self.assertFault(403, 'forbidden',
                                 self.request('/v3/messages', token))

    def test_two_projects(self):
        """Users, administrators included, read an error for two projects."""
        for user in ('alice', 'admin'):
            with self.subTest(user=user):
                response = self.request(MESSAGES, f'{user}:{base.OTHER}')

                self.assertEqual(
                    'Malformed request url',
                    self.assertFault(400, 'badRequest', response))

    def test_every_user_is_a_member(self):
        """Users of a trial can delete messages."""
        message = self.message()

        response = self.request(f'{MESSAGES}/{message["id"]}',
                                method='DELETE')

        self.assertEqual(204, response.status_int)
        self.assertIn(
            'User nobody of project 6c430ede94764128883886d3929ced22 deleted '
            f'message {message["id"]}', self.log.output)

    def test_only_admin_sees_other_projects(self):
        """The user of that name is the administrator."""
        mine = self.message()
        foreign = self.message(project_id=base.OTHER)
        path = '/v3/messages?all_tenants=1'

        self.assertIDs([foreign, mine],
                       self.request(path, f'admin:{base.PROJECT}'))
        for user in ('alice', 'Admin', 'administrator', ''):
            with self.subTest(user=user):
                self.assertIDs([mine], self.request(
                    path, f'{user}:{base.PROJECT}'))

    def test_token_that_is_no_utf_8(self):
        """Clients receive an error for a token that cannot name a project."""
        response = self.request(
            MESSAGES, environ={'HTTP_X_AUTH_TOKEN': 'alice:\xff'})

        self.assertFault(400, 'badRequest', response)

    def test_path_that_is_no_utf_8(self):
        """Clients receive 400, as with authentication."""
        for path in ('/v3/%ff/messages', f'{MESSAGES}/%ff', '/%ff'):
            for token in (None, f'alice:{base.PROJECT}'):
                with self.subTest(path=path, token=token):
                    self.assertFault(400, 'badRequest',
                                     self.request(path, token))

    def test_discovery(self):
        """Clients need no token for the versions."""
        self.assertEqual(300, self.request('/').status_int)
        self.assertEqual(200, self.request('/healthcheck').status_int)


class WhereFromTest(functional_base.NoAuthTestCase):

    REFUSAL = ('This server accepts requests of its own machine only, '
               'unless the operator sets [api]allow_noauth.')

    def test_own_machine_is_answered(self):
        """A trial runs where it was started."""
        for address in ('127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'):
            with self.subTest(address=address):
                self.assertEqual(200, self.request(
                    MESSAGES, remote_addr=address).status_int)

    def test_other_machines_are_refused(self):
        """Operators do not expose all messages to other machines by accident.
        """
        for address in ('10.0.0.1', '192.0.2.1', '2001:db8::1', '0.0.0.0',
                        '::', '::ffff:10.0.0.1', '', 'localhost', 'unix:',
                        None):
            for method, tail in (('GET', ''), ('DELETE', '/x')):
                with self.subTest(address=address, method=method):
                    response = self.request(
                        MESSAGES + tail, remote_addr=address, method=method)

                    self.assertEqual(self.REFUSAL, self.assertFault(
                        403, 'forbidden', response))

    def test_relayed_requests_are_refused(self):
        """A proxy on this machine relays requests of other machines."""
        for header in ('X-Forwarded-For', 'Forwarded', 'X-Real-IP'):
            with self.subTest(header=header):
                response = self.request(MESSAGES,
                                        headers={header: '127.0.0.1'})

                self.assertEqual(self.REFUSAL, self.assertFault(
                    403, 'forbidden', response))

    def test_address_of_a_proxy_is_not_believed(self):
        """Headers of a proxy do not open the server to other machines."""
        self.serve(oslo_middleware__enable_proxy_headers_parsing=True)

        response = self.request(
            MESSAGES, remote_addr='10.0.0.1',
            headers={'X-Forwarded-For': '127.0.0.1'})

        self.assertFault(403, 'forbidden', response)

    def test_operator_allows_other_machines(self):
        """Operators of a closed network can allow access."""
        self.serve(api__allow_noauth=True)
        for values in ({'remote_addr': '10.0.0.1'}, {'remote_addr': None},
                       {'headers': {'X-Forwarded-For': '10.0.0.1'}}):
            with self.subTest(**values):
                self.assertEqual(
                    200, self.request(MESSAGES, **values).status_int)


class StartTest(functional_base.NoAuthTestCase):

    def test_start_warns(self):
        """An operator who forgot it reads so in the log."""
        self.assertIn(
            'WARNING usermessages.api.middleware.auth auth_strategy is '
            'noauth: any user of this machine can read and delete the '
            'messages of every project.', self.log.output)

    def test_start_warns_of_open_access(self):
        """Operators read a warning if other machines have access."""
        self.serve(api__allow_noauth=True)

        self.assertIn(
            'auth_strategy is noauth: anyone who can connect to this '
            'server can read and delete the messages of every project.',
            self.log.output)


class KeystoneTest(functional_base.APITestCase):

    def test_claims_count_for_nothing(self):
        """Clients cannot use a token of a trial if tokens are checked."""
        request = webob.Request.blank(
            MESSAGES, remote_addr='127.0.0.1',
            headers={'X-Auth-Token': f'admin:{base.PROJECT}'})

        self.assertEqual(401, request.get_response(self.app).status_int)
        self.assertNotIn('noauth', self.log.output)
