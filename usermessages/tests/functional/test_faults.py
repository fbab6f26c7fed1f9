# SPDX-License-Identifier: Apache-2.0

from http import server
import logging
import socket
import threading

import fixtures
from keystoneauth1 import fixture as keystone_fixture
from keystonemiddleware import auth_token
from oslo_context import context
import webob

from usermessages.db import migration
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import UNKNOWN

MESSAGES = f'/v3/{base.PROJECT}/messages'
REQUEST_ID = (r'\Areq-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
              r'[0-9a-f]{12}\Z')
SECRET = 'hunter2'
BOMB = '%F0%9F%92%A3'

# The original function, which the fixture replaces.
FETCH_TOKEN = auth_token.AuthProtocol.fetch_token


class NotFoundTest(functional_base.APITestCase):

    def test_unknown_url(self):
        """Clients of another service receive JSON, not HTML."""
        for path in ('/v2', '/v4/messages', '/v3/messages/', '/v3/volumes',
                     f'/v3/{base.PROJECT}', f'{MESSAGES}/', '/v3//messages',
                     f'{MESSAGES}/{UNKNOWN}/x', '/v3/NOT-HEX/messages',
                     '/favicon.ico', '/v3/%C3%A4/messages', '/healthcheck/',
                     '/v3/messages%0A', f'/v3/messages/{UNKNOWN}%0A',
                     '/%00', '//', '/v3/%2e%2e/messages'):
            with self.subTest(path=path):
                self.assertEqual(
                    'The resource could not be found.',
                    self.assertFault(404, 'itemNotFound',
                                     self.request(path)))

    def test_newline_behind_an_id(self):
        """A malformed URL does not delete a message."""
        message = self.message()

        response = self.request(f'/v3/messages/{message["id"]}%0a',
                                method='DELETE')

        self.assertFault(404, 'itemNotFound', response)
        self.assertEqual([message], self.stored())

    def test_what_is_no_id(self):
        """Clients receive 404 for a malformed ID, on every database."""
        for path, message_id in (
                ('abc', 'abc'), ('0', '0'), ('%20', ' '), ('%00', '\0'),
                ("'%20OR%201=1--", "' OR 1=1--"), ('%25', '%'),
                ('%F0%9F%92%A3', '\U0001f4a3'), ('.', '.'),
                ('9' * 3000, '9' * 3000),
                ('F292CC0C-54A7-4B3B-8174-D2FF82D87008',
                 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'),
                ('f292cc0c54a74b3b8174d2ff82d87008',
                 'f292cc0c54a74b3b8174d2ff82d87008')):
            for method in ('GET', 'DELETE'):
                with self.subTest(path=path, method=method):
                    self.assertEqual(
                        f'Message {message_id} could not be found.',
                        self.assertFault(
                            404, 'itemNotFound', self.request(
                                f'/v3/messages/{path}', method=method)))


class MethodNotAllowedTest(functional_base.APITestCase):

    def test_list(self):
        """A client learns what it could do instead."""
        for method in ('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE',
                       'FOO', 'get'):
            for path in (MESSAGES, '/v3/messages'):
                with self.subTest(method=method, path=path):
                    response = self.request(path, method=method)

                    self.assertFault(405, 'badMethod', response)
                    self.assertEqual('GET, HEAD', response.headers['Allow'])

    def test_message(self):
        """A message can be removed, not changed."""
        for method in ('POST', 'PUT', 'PATCH', 'OPTIONS'):
            with self.subTest(method=method):
                response = self.request(f'{MESSAGES}/{UNKNOWN}',
                                        method=method)

                self.assertEqual(
                    f'Method {method} is not allowed here; use DELETE, GET, '
                    'HEAD.', self.assertFault(405, 'badMethod', response))
                self.assertEqual('DELETE, GET, HEAD',
                                 response.headers['Allow'])

    def test_who_has_no_token_learns_nothing(self):
        """Clients without a token receive 401, not 404 or 405."""
        for method, path in (('POST', MESSAGES), ('GET', '/v3/volumes'),
                             ('GET', f'{MESSAGES}/{UNKNOWN}')):
            with self.subTest(method=method, path=path):
                self.assertEqual(401, self.request(
                    path, None, method=method).status_int)


class HeaderTest(functional_base.APITestCase):

    def test_blanks_and_tabs_around_a_value(self):
        """Clients may add blanks, even on servers that do not strip them."""
        self.message()

        response = self.request(f'{MESSAGES}?limit=1', None, environ={
            f'HTTP_{name}': f' \t{value}\t ' for name, value in (
                ('X_AUTH_TOKEN', self.token('reader')),
                ('HOST', 'messages.example.org'),
                ('ACCEPT_LANGUAGE', 'de'),
                ('OPENSTACK_API_VERSION', 'user-messages 1.1'))})

        [message] = response.json['messages']
        self.assertTrue(message['links'][0]['href'].startswith(
            'http://messages.example.org/v3/'))
        self.assertEqual('de', response.headers['Content-Language'])
        self.assertEqual('user-messages 1.1',
                         response.headers['OpenStack-API-Version'])


class BadRequestTest(functional_base.APITestCase):

    def test_path_that_is_no_utf_8(self):
        """Clients receive 400, and operators read of no failure."""
        for path in ('/v3/%ff/messages', f'{MESSAGES}/%ff', '/%c3', '/v3/%ff',
                     f'{MESSAGES}/%ed%a0%80'):
            for method in ('GET', 'DELETE'):
                with self.subTest(path=path, method=method):
                    self.assertEqual(
                        'The path is not encoded in UTF-8.',
                        self.assertFault(400, 'badRequest', self.request(
                            path, method=method)))

    def test_query_that_is_no_utf_8(self):
        """Clients receive 400 for bytes that are not a text."""
        for query in ('event_id=%ff', '%ff=1', 'limit=%ff', 'marker=%c3',
                      'x=%ed%a0%80', 'event_id=\xff'):
            with self.subTest(query=query):
                response = self.request(
                    '/v3/messages', environ={'QUERY_STRING': query})

                self.assertEqual(
                    'The query string is not encoded in UTF-8.',
                    self.assertFault(400, 'badRequest', response))

    def test_malformed_host(self):
        """A name that no host can have does not get into a link."""
        self.message()
        for host in ('a b', 'a"b', '<script>', 'a/b', 'a:b', 'user@host',
                     'a\\b', 'a,b', 'host:123456', '[::1', 'ä', 'a?b', '#',
                     '[javascript:]', 'a' * 256, f'[{":" * 46}]'):
            for path in ('/', '/v3', '/v3/messages'):
                with self.subTest(host=host, path=path):
                    response = self.request(
                        path, environ={'HTTP_HOST': host})

                    self.assertEqual(
                        'The Host header is malformed.',
                        self.assertFault(400, 'badRequest', response))

    def test_missing_host(self):
        """Links to this machine would be useless for users."""
        self.message()
        for path in ('/', '/v3', '/v3/messages'):
            with self.subTest(path=path):
                request = webob.Request.blank(
                    path, headers={'X-Auth-Token': self.token('reader')})
                del request.environ['HTTP_HOST']

                response = request.get_response(self.app)

                self.assertEqual('The Host header is missing.',
                                 self.assertFault(400, 'badRequest', response))

    def test_good_host(self):
        """Clients may use names, addresses and ports."""
        for host in ('a', 'a-b.example.org', 'a_b', '10.0.0.1:8776', '[::1]',
                     '[::1]:8776', 'localhost:1', 'a' * 255):
            with self.subTest(host=host):
                response = self.request('/v3', environ={'HTTP_HOST': host})

                self.assertEqual(
                    f'http://{host}/v3/',
                    response.json['versions'][0]['links'][1]['href'])


@database.on_each
class HostileRequestTest(functional_base.APITestCase):
    """Requests that cost a server time or memory are rejected."""

    def setUp(self):
        super().setUp()
        self.stored_message = self.message()

    def ask(self, query, **values):
        return self.request(f'{MESSAGES}?{query}',
                            version='user-messages 1.1', **values)

    def test_what_matches_nothing(self):
        """Clients receive an empty list for a value of any length."""
        for value in (BOMB, '%00', 'x' * 60000, '%25' * 20000):
            for name in ('event_id', 'message_level', 'request_id',
                         'resource_type', 'resource_uuid'):
                with self.subTest(name=name, value=value[:20]):
                    self.assertIDs([], self.ask(f'{name}={value}'))

    def test_marker_that_leads_nowhere(self):
        """Clients receive an error for a marker that cannot exist."""
        for value in (BOMB, '%00', 'x' * 60000):
            with self.subTest(value=value[:20]):
                self.assertFault(404, 'itemNotFound',
                                 self.ask(f'marker={value}'))

    def test_what_is_refused(self):
        """Clients receive an error before a query of the database."""
        for query in (
                *(f'{name}={value}' for value in (BOMB, '%00', 'x' * 60000)
                  for name in ('limit', 'offset', 'sort', 'sort_key',
                               'sort_dir', 'all_tenants', 'created_since',
                               'created_before', 'x')),
                *(f'{name}=%ed%a0%80' for name in (
                    'event_id', 'marker', 'sort', 'project_id')),
                f'{BOMB}=1', '%00=1', f'{"x" * 60000}=1',
                '&'.join(f'x{number}=' for number in range(7500)),
                '&' * 60000 + 'x=', f'sort={",".join(["id"] * 10000)}',
                f'offset={10 ** 30}',
                'created_since=9999-12-31T23:59:59-14:00',
                'created_before=9999-12-31T23:59:59-14:00',
                'created_since=0001-01-01T00:00:00%2B14:00'):
            with self.subTest(query=query[:40]):
                self.assertFault(400, 'badRequest', self.ask(query))

    def test_limit_that_is_too_much(self):
        """Clients receive the maximum, as for any other large limit."""
        self.assertIDs([self.stored_message], self.ask(f'limit={10 ** 30}'))

    def test_project_that_does_not_exist(self):
        """Clients receive 403, as for any project of other users."""
        for value in (BOMB, '%00', 'x' * 60000):
            with self.subTest(value=value[:20]):
                self.assertFault(403, 'forbidden',
                                 self.ask(f'project_id={value}'))

    def test_large_headers(self):
        """Clients may send large headers, which servers accept."""
        for name, status in (
                ('Accept', 200), ('Accept-Language', 200), ('Cookie', 200),
                ('Content-Type', 200), ('X-Project-Id', 200),
                ('X-Forwarded-Host', 200), ('X-OpenStack-Request-ID', 200),
                ('Host', 400), ('OpenStack-API-Version', 400),
                ('X-Auth-Token', 401)):
            for value in ('x' * 10000, 'a,' * 5000, '\xff' * 10000):
                with self.subTest(name=name, value=value[:2]):
                    response = self.request(MESSAGES, None, headers={
                        'X-Auth-Token': self.token('reader'), name: value})

                    self.assertEqual(status, response.status_int)


class UnauthorizedTest(functional_base.APITestCase):

    def test_body_is_that_of_keystonemiddleware(self):
        """Clients receive the same body from every service of a cloud."""
        for values in ({}, {'headers': {'X-Auth-Token': 'unknown'}}):
            with self.subTest(**values):
                response = self.request(MESSAGES, None, **values)

                self.assertEqual(401, response.status_int)
                self.assertIn('Keystone uri=',
                              response.headers['WWW-Authenticate'])
                self.assertIn('The request you have made requires '
                              'authentication.', response.text)

    def test_decision_that_is_delayed(self):
        """Clients without a token have no access to this service."""
        self.serve(keystone_authtoken__delay_auth_decision=True)

        self.test_body_is_that_of_keystonemiddleware()

    def test_credential_with_access_rules(self):
        """Users can restrict a credential to the service type in the catalog.
        """
        for service_type, catalog, path, status in (
                ('user-messages', ['user-messages'], '/v3/messages', 200),
                ('user-messages', ['user-messages'], '/v3/x', 401),
                ('user-messages', ['volume'], '/v3/messages', 401),
                ('user-messages', [], '/v3/messages', 401),
                ('user-messages', None, '/v3/messages', 401),
                (None, ['user-messages'], '/v3/messages', 401)):
            with self.subTest(service_type=service_type, catalog=catalog,
                              path=path):
                token = keystone_fixture.V3Token(user_id='alice')
                token.set_project_scope(id=base.PROJECT)
                token.add_role(name='reader')
                for name in catalog or ():
                    token.add_service(name)
                if catalog is None:
                    token['token'].pop('catalog', None)
                token['token']['application_credential'] = {
                    'access_rules': [{
                        'service': 'user-messages', 'method': 'GET',
                        'path': '/v3/messages'}]}
                self.serve(keystone_authtoken__service_type=service_type)

                response = self.request(
                    path, token=self.keystone.add_token(token))

                self.assertEqual(status, response.status_int)

    def test_headers_of_an_identity_are_not_believed(self):
        """Only keystonemiddleware sets the identity of a request."""
        response = self.request(MESSAGES, None, headers={
            'X-Identity-Status': 'Confirmed', 'X-Project-Id': base.PROJECT,
            'X-Roles': 'admin', 'X-User-Id': 'mallory'})

        self.assertEqual(401, response.status_int)

    def test_roles_of_headers_are_not_believed(self):
        """A token of a reader does not become an administrator's."""
        self.message(project_id=base.OTHER)

        response = self.request(
            '/v3/messages', 'reader', headers={
                'X-Roles': 'admin', 'X-Project-Id': base.OTHER,
                'X-Is-Admin-Project': 'True'})

        self.assertIDs([], response)


class KeystoneAwayTest(functional_base.APITestCase):
    """Users with a valid token do not read 401 in an outage of Keystone."""

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch(
            'keystonemiddleware.auth_token.AuthProtocol.fetch_token',
            FETCH_TOKEN))

    def configure_keystone(self, **options):
        """Serve with options in the configuration file of the tests."""
        [path] = self.create_tempfiles([('conf', '\n'.join([
            '[keystone_authtoken]', 'http_request_max_retries = 0',
            *(f'{name} = {value}' for name, value in options.items())]))],
            '.conf')
        self.conf([], project='usermessages', default_config_dirs=[],
                  default_config_files=[*self.conf.config_file, path])
        self.serve()

    def assertUnavailable(self, **options):
        self.configure_keystone(**options)
        for accept in ('application/json', 'text/html', '*/*'):
            with self.subTest(accept=accept):
                response = self.request(MESSAGES, token='some-token',
                                        headers={'Accept': accept})

                self.assertEqual(
                    'The service is temporarily unavailable; try again '
                    'later.',
                    self.assertFault(503, 'serviceUnavailable', response))
                self.assertEqual('5', response.headers['Retry-After'])
        self.assertNotIn('Traceback', self.log.output)

    def test_keystone_that_is_unavailable(self):
        """Clients receive 503 if Keystone is not reachable."""
        self.assertUnavailable()

    def test_unavailable_keystone_and_a_decision_that_is_delayed(self):
        """The option does not turn that into 401."""
        self.assertUnavailable(delay_auth_decision='true')

    def test_keystone_that_hangs(self):
        """The server of Keystone accepts connections, and does not respond."""
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)

        self.assertUnavailable(
            http_connect_timeout=1,
            auth_url=f'http://127.0.0.1:{listener.getsockname()[1]}/v3')

    def test_something_else_replies(self):
        """A proxy in front of Keystone may reply with anything."""
        for body in (b'<html>', b'{}', b'[]', b'{"token": "x"}', b''):
            with self.subTest(body=body):
                keystone = self.useFixture(Replies(body))

                self.assertUnavailable(auth_url=keystone.url)

    def test_time_is_bounded_as_it_comes(self):
        """Requests do not hang with a Keystone that hangs."""
        options = self.conf.keystone_authtoken

        self.assertEqual((5, 1), (options.http_connect_timeout,
                                  options.http_request_max_retries))

    def test_service_type_as_it_comes(self):
        """Credentials with access rules need the service type."""
        self.assertEqual('user-messages',
                         self.conf.keystone_authtoken.service_type)

    def test_operator_knows_better(self):
        """Operators can override the default in the configuration file."""
        self.configure_keystone(http_connect_timeout=30)

        self.assertEqual(
            30, self.conf.keystone_authtoken.http_connect_timeout)


class Replies(fixtures.Fixture):
    """A server that replies to everything with one text."""

    def __init__(self, body):
        self._body = body

    def _setUp(self):
        body = self._body

        class Handler(server.BaseHTTPRequestHandler):

            def do_GET(self):
                self.send_response(200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_args):
                pass

        http = server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.addCleanup(http.server_close)
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(http.shutdown)
        self.url = f'http://127.0.0.1:{http.server_port}/v3'


class LogTest(functional_base.APITestCase):
    """Operators find each request by its ID in the log, without user data."""

    def setUp(self):
        super().setUp()
        self.found = []

    def remember(self, record):
        self.found.append((record.getMessage(), context.get_current()))
        return True

    def look(self, name):
        """Remember in which context each line of a logger is written."""
        logger = logging.getLogger(name)
        logger.addFilter(self.remember)
        self.addCleanup(logger.removeFilter, self.remember)

    def test_bad_token_after_a_good_one(self):
        """A thread serves one after the other."""
        self.look('keystonemiddleware.auth_token')
        self.request(MESSAGES)
        self.found.clear()

        response = self.request(MESSAGES, None, headers={
            'X-Auth-Token': 'bad', 'X-OpenStack-Request-Id': base.REQUEST})

        self.assertEqual(401, response.status_int)
        [current] = [found for text, found in self.found
                     if text == 'Invalid user token']
        self.assertEqual(
            (None, None, [], base.REQUEST,
             response.headers['x-openstack-request-id']),
            (current.user_id, current.project_id, current.roles,
             current.global_request_id, current.request_id))

    def test_failure_in_front_of_the_request_id(self):
        """Operators do not read the ID of an earlier request."""
        self.request(MESSAGES)
        self.look('usermessages.api.wsgi')

        with fixtures.MonkeyPatch(
                'oslo_middleware.request_id.RequestId.set_global_req_id',
                None):
            self.request(MESSAGES)

        [(text, current)] = self.found
        self.assertIn('A request failed: TypeError', text)
        self.assertEqual((None, None, '-'),
                         (current.user_id, current.project_id,
                          current.request_id))

    def test_user_who_asks(self):
        """Operators find the user in the log of an authenticated request."""
        message = self.message()
        self.look('usermessages.api.v3.messages')

        self.request(f'{MESSAGES}/{message["id"]}', method='DELETE')

        [(_text, current)] = self.found
        self.assertEqual(('alice', base.PROJECT),
                         (current.user_id, current.project_id))


class OverLimitTest(functional_base.APITestCase):

    def test_body_that_is_too_large(self):
        """A service that needs no body does not read a large one."""
        for accept in ('application/json', 'text/html', '*/*', ''):
            with self.subTest(accept=accept):
                response = self.request(
                    MESSAGES, method='DELETE', body=b'x' * 200000,
                    headers={'Accept': accept})

                self.assertEqual('The body of the request is too large.',
                                 self.assertFault(413, 'overLimit', response))

    def test_small_body_is_ignored(self):
        """Some clients send a body with every request."""
        response = self.request(MESSAGES, body=b'{"a": 1}',
                                content_type='application/json')

        self.assertEqual(200, response.status_int)


class AwayTest(functional_base.APITestCase):

    def closed_port(self):
        """Return a port without a listener."""
        with socket.socket() as listener:
            listener.bind(('127.0.0.1', 0))
            return listener.getsockname()[1]

    def make_unavailable(self, scheme):
        self.serve(
            user_messages__create_timeout=0.2,
            user_messages__connection=f'{scheme}://alice:{SECRET}@127.0.0.1:'
                                      f'{self.closed_port()}/db')

    def test_database_that_is_unavailable(self):
        """Clients read that they can retry a little later."""
        for scheme in ('mysql+pymysql', 'postgresql+psycopg2'):
            self.make_unavailable(scheme)
            for method, path in (('GET', MESSAGES),
                                 ('GET', f'{MESSAGES}/{UNKNOWN}'),
                                 ('DELETE', f'{MESSAGES}/{UNKNOWN}')):
                with self.subTest(scheme=scheme, method=method):
                    response = self.request(path, method=method)

                    self.assertEqual(
                        'The service is temporarily unavailable; try again '
                        'later.', self.assertFault(
                            503, 'serviceUnavailable', response))
                    self.assertEqual('5', response.headers['Retry-After'])
        self.assertIn('ERROR usermessages.api.wsgi A request failed: '
                      'DatabaseUnavailable at ', self.log.output)
        self.assertNotIn(SECRET, self.log.output)

    def test_discovery_works_without_a_database(self):
        """Clients can discover versions during an outage."""
        self.make_unavailable('mysql+pymysql')

        self.assertEqual(300, self.request('/', None).status_int)

    def test_unknown_url_needs_no_database(self):
        """Clients read about mistakes in requests during an outage, too."""
        self.make_unavailable('mysql+pymysql')

        self.assertFault(404, 'itemNotFound', self.request('/v3/volumes'))
        self.assertFault(400, 'badRequest',
                         self.request('/v3/messages?limit=x'))


@database.on_each
class BrokenDatabaseTest(functional_base.APITestCase):

    def configure(self, conf):
        # The one of the tests has to stay whole.
        self.url = self.make_empty_database()
        migration.sync_url(self.url)
        super().configure(conf)

    def test_table_that_is_missing(self):
        """Users cannot create tables, so the error does not name the table."""
        connection = self.connect()
        connection.exec_driver_sql('DROP TABLE user_messages')
        connection.commit()

        for method, path in (('GET', MESSAGES),
                             ('GET', f'{MESSAGES}/{UNKNOWN}'),
                             ('DELETE', f'{MESSAGES}/{UNKNOWN}')):
            with self.subTest(method=method, path=path):
                self.assertEqual(
                    'The service failed to process the request; its log '
                    'contains the reason.',
                    self.assertFault(500, 'computeFault', self.request(
                        path, method=method)))
        self.assertIn('A request failed: DatabaseError at ', self.log.output)
        self.assertNotIn('SELECT', self.log.output)


class UnexpectedErrorTest(functional_base.APITestCase):

    def test_text_of_an_unexpected_error_is_not_told(self):
        """The text may contain a password, and does not help users."""
        def fail(*_args, **_values):
            raise ArithmeticError(SECRET) from ValueError(SECRET)

        # A class that drivers are not known to raise.
        self.useFixture(fixtures.MonkeyPatch(
            'sqlalchemy.engine.base.Engine.connect', fail))
        for method, path in (('GET', MESSAGES),
                             ('DELETE', f'{MESSAGES}/{UNKNOWN}')):
            with self.subTest(method=method):
                response = self.request(path, method=method)

                self.assertEqual(
                    'The service failed to process the request; its log '
                    'contains the reason.',
                    self.assertFault(500, 'computeFault', response))
                self.assertNotIn(SECRET, str(response))
                self.assertRegex(
                    response.headers['x-openstack-request-id'], REQUEST_ID)
        self.assertRegex(
            self.log.output, 'ERROR usermessages.api.wsgi A request failed: '
            r'ArithmeticError at .*, db/api\.py:[0-9]+, message/api\.py:')
        self.assertNotIn(SECRET, self.log.output)


class EveryAnswerTest(functional_base.APITestCase):

    def answers(self, **values):
        """Return a response of each kind, by kind."""
        message_id = self.message()['id']
        asked = {
            '200': ('GET', MESSAGES, {}),
            '204': ('DELETE', f'{MESSAGES}/{message_id}', {}),
            '300': ('GET', '/', {}),
            'versions': ('GET', '/v3', {}),
            'versions 405': ('POST', '/v3', {}),
            'health 405': ('POST', '/healthcheck', {}),
            'options': ('OPTIONS', MESSAGES, {}),
            'health': ('GET', '/healthcheck', {}),
            '400': ('GET', f'{MESSAGES}?limit=x', {}),
            'undecodable': ('GET', '/v3/%ff/messages', {}),
            'foreign': ('GET', f'/v3/{base.OTHER}/messages', {}),
            '403': ('DELETE', f'{MESSAGES}/{self.message()["id"]}',
                    {'roles': ('reader',)}),
            '404': ('GET', f'{MESSAGES}/{UNKNOWN}', {}),
            'no route': ('GET', '/v3/volumes', {}),
            '405': ('PUT', MESSAGES, {}),
            '406': ('GET', MESSAGES, {'version': 'user-messages 9.9'}),
            '413': ('GET', MESSAGES, {'body': b'x' * 200000}),
            '401': ('GET', MESSAGES, {'roles': (None,)}),
        }
        answers = {}
        for name, (method, path, more) in asked.items():
            roles = more.pop('roles', ())
            answers[name] = self.request(
                path, *roles, method=method, **values, **more)
        with fixtures.MonkeyPatch('sqlalchemy.engine.base.Engine.connect',
                                  None):
            answers['500'] = self.request(MESSAGES, **values)
        for name, response in answers.items():
            if name.isdigit():
                self.assertEqual(int(name), response.status_int, name)
        return answers

    def test_has_a_new_request_id(self):
        """Users can quote the request ID to operators."""
        for headers in ({}, {'X-OpenStack-Request-Id': base.REQUEST},
                        {'X-OpenStack-Request-Id': 'evil'}):
            found = []
            for name, response in self.answers(headers=headers).items():
                with self.subTest(name=name):
                    [value] = response.headers.getall(
                        'x-openstack-request-id')
                    self.assertRegex(value, REQUEST_ID)
                    found.append(value)
            self.assertNotIn(base.REQUEST, found)
            self.assertEqual(len(found), len(set(found)))

    def test_is_not_to_be_cached(self):
        """A cache between users would show one the messages of another."""
        for name, response in self.answers().items():
            with self.subTest(name=name):
                self.assertEqual(
                    ['private, no-store'],
                    response.headers.getall('Cache-Control'), name)
                self.assertIn('OpenStack-API-Version', response.vary, name)

    def test_is_json_whatever_is_accepted(self):
        """Clients of the API never receive HTML."""
        for accept in ('application/json', 'text/html', 'text/plain',
                       'application/xml', 'image/*;q=0', ''):
            answers = self.answers(headers={'Accept': accept})
            # The one exception is the text of keystonemiddleware.
            del answers['401'], answers['204']
            for name, response in answers.items():
                with self.subTest(accept=accept, name=name):
                    self.assertEqual('application/json',
                                     response.content_type, name)
                    self.assertIsInstance(response.json, dict)

    def test_error_has_its_key(self):
        """Clients read the words below the key of the status."""
        keys = {400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound',
                405: 'badMethod', 406: 'computeFault', 413: 'overLimit',
                500: 'computeFault'}
        for name, response in self.answers().items():
            if response.status_int >= 400 and name != '401':
                with self.subTest(name=name):
                    self.assertFault(response.status_int,
                                     keys[response.status_int], response)


class CrossOriginTest(functional_base.APITestCase):

    ORIGIN = 'https://dashboard.example.org'

    def setUp(self):
        super().setUp()
        self.serve(cors__allowed_origin=[self.ORIGIN])

    def test_preflight_needs_no_token(self):
        """Browsers send a preflight request without a token."""
        for method in ('GET', 'DELETE'):
            with self.subTest(method=method):
                response = self.request(
                    f'{MESSAGES}/{UNKNOWN}', None, method='OPTIONS', headers={
                        'Origin': self.ORIGIN,
                        'Access-Control-Request-Method': method,
                        'Access-Control-Request-Headers':
                            'X-Auth-Token, OpenStack-API-Version'})

                self.assertEqual(200, response.status_int)
                self.assertEqual(
                    self.ORIGIN,
                    response.headers['Access-Control-Allow-Origin'])
                self.assertEqual(
                    method, response.headers['Access-Control-Allow-Methods'])
                self.assertIn(
                    'X-Auth-Token',
                    response.headers['Access-Control-Allow-Headers'])
                self.assertIn(
                    'OpenStack-API-Version',
                    response.headers['Access-Control-Allow-Headers'])

    def test_preflight_of_others_gets_nothing(self):
        """Only dashboards that the operator configures receive access."""
        for origin, method in (('https://evil.example.org', 'GET'),
                               (self.ORIGIN, 'POST')):
            with self.subTest(origin=origin, method=method):
                response = self.request(
                    MESSAGES, None, method='OPTIONS', headers={
                        'Origin': origin,
                        'Access-Control-Request-Method': method})

                self.assertNotIn('Access-Control-Allow-Methods',
                                 response.headers)

    def test_answers_and_errors_can_be_read(self):
        """A script that may not read an error cannot show it."""
        for path, roles, status in (
                (MESSAGES, ('reader',), 200),
                (f'{MESSAGES}?limit=x', ('reader',), 400),
                (MESSAGES, (None,), 401),
                (MESSAGES, ('auditor',), 403),
                (f'{MESSAGES}/{UNKNOWN}', ('reader',), 404),
                ('/', (None,), 300)):
            with self.subTest(status=status):
                response = self.request(path, *roles,
                                        headers={'Origin': self.ORIGIN})

                self.assertEqual(status, response.status_int)
                self.assertEqual(
                    self.ORIGIN,
                    response.headers['Access-Control-Allow-Origin'])
                self.assertEqual(
                    {'X-Auth-Token', 'X-OpenStack-Request-ID',
                     'OpenStack-API-Version'},
                    set(response.headers['Access-Control-Expose-Headers']
                        .split(',')))
                self.assertIn('Origin', response.vary)
                self.assertIn('OpenStack-API-Version', response.vary)


class ProxyHeadersTest(functional_base.APITestCase):

    HEADERS = {'X-Forwarded-Proto': 'https',
               'X-Forwarded-Host': 'cloud.example.org',
               'X-Forwarded-Prefix': '/user-messages'}

    def href(self, **values):
        response = self.request('/v3', None, **values)
        self.assertEqual(200, response.status_int, response.text)
        return response.json['versions'][0]['links'][1]['href']

    def test_headers_of_a_proxy_are_ignored(self):
        """Without a proxy, any client could send these headers."""
        self.assertEqual('http://localhost/v3/',
                         self.href(headers=self.HEADERS))

    def test_operator_trusts_their_proxy(self):
        """Users behind a trusted proxy receive links that work."""
        self.serve(oslo_middleware__enable_proxy_headers_parsing=True)

        self.assertEqual('https://cloud.example.org/user-messages/v3/',
                         self.href(headers=self.HEADERS))

    def test_scheme_that_the_server_took_from_a_client(self):
        """uWSGI copies the scheme from the header, which any client can send.
        """
        for more, expected in (({}, 'http'), ({'HTTPS': 'on'}, 'https'),
                               ({'UWSGI_SCHEME': 'https'}, 'https')):
            for scheme in ('https', 'HTTPS', 'http', 'javascript'):
                with self.subTest(more=more, scheme=scheme):
                    self.assertEqual(
                        f'{expected}://localhost/v3/', self.href(environ={
                            'uwsgi.version': b'2.0', **more,
                            'HTTP_X_FORWARDED_PROTO': scheme,
                            'HTTP_HOST': 'localhost',
                            'wsgi.url_scheme': scheme}))

    def test_lists_of_several_proxies(self):
        """The first one is where the client is."""
        self.serve(oslo_middleware__enable_proxy_headers_parsing=True)
        for headers, expected in (
                ({'X-Forwarded-Proto': 'https,http'}, 'https://localhost'),
                ({'X-Forwarded-Proto': 'HTTPS'}, 'https://localhost'),
                ({'X-Forwarded-Proto': '\t, Https ,http'},
                 'https://localhost'),
                ({'X-Forwarded-Host': 'a.example:8443, b.example'},
                 'http://a.example:8443'),
                ({'X-Forwarded-Prefix': '/a, /b'}, 'http://localhost/a'),
                ({'X-Forwarded-Host': ','}, 'http://localhost'),
                ({'Forwarded': 'host="a.example:8443"'},
                 'http://a.example:8443'),
                ({'Forwarded': 'for="[2001:db8::1]:4711";Proto=HTTPS;'
                               'HOST="[2001:db8::2]:8443"'},
                 'https://[2001:db8::2]:8443'),
                ({'Forwarded': 'for=192.0.2.60; proto=https ;host="a.\\b" ,'
                               'proto=http;host=c'}, 'https://a.b'),
                ({'Forwarded': 'by="a,b";host=c'}, 'http://c'),
                ({'Forwarded': ',, proto=https, host=b'},
                 'https://localhost'),
                ({'Forwarded': 'nonsense'}, 'http://localhost'),
                ({'Forwarded': 'host=a', 'X-Forwarded-Host': 'b'},
                 'http://a')):
            with self.subTest(headers=headers):
                self.assertEqual(f'{expected}/v3/',
                                 self.href(headers={
                                     'Host': 'localhost', **headers}))

    def test_malformed_forwarded_is_refused(self):
        """Quotes do not turn an invalid host into a valid one."""
        self.serve(oslo_middleware__enable_proxy_headers_parsing=True)
        for value in ('host="a;proto=https"', 'host="a,b"', 'host="a b"',
                      r'host="a\"b"', 'proto=javascript', 'host="<script>"'):
            with self.subTest(value=value):
                self.assertFault(400, 'badRequest', self.request(
                    '/v3', None, headers={'Forwarded': value}))

    def test_malformed_host_of_a_proxy_is_refused(self):
        """A proxy may pass on what its client wrote."""
        self.serve(oslo_middleware__enable_proxy_headers_parsing=True)

        response = self.request('/v3', None, headers={
            'X-Forwarded-Host': 'evil"><script>'})

        self.assertFault(400, 'badRequest', response)

    def test_malformed_prefix_of_a_proxy_is_refused(self):
        """Links do not lead to another host, and can always be made."""
        self.serve(oslo_middleware__enable_proxy_headers_parsing=True)
        for name, value, expected in (
                ('Prefix', '\xff',
                 'The prefix of the path is not encoded in UTF-8.'),
                ('Prefix', '.evil.example.org',
                 'The headers of the proxy are malformed.'),
                ('Prefix', '@evil.example.org/',
                 'The headers of the proxy are malformed.'),
                ('Proto', 'javascript',
                 'The headers of the proxy are malformed.')):
            for path in ('/', '/v3', '/v3/messages'):
                with self.subTest(value=value, path=path):
                    response = self.request(
                        path, headers={f'X-Forwarded-{name}': value})

                    self.assertEqual(expected, self.assertFault(
                        400, 'badRequest', response))
