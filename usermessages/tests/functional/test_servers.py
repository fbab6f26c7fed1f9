# SPDX-License-Identifier: Apache-2.0

"""The endpoint under the servers that people run it with."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import http.client
import json
import os
import re
import socket
import subprocess
import sys

import fixtures

from usermessages.message import defined_messages
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import any_request
from usermessages.tests.functional import processes

ETC = os.path.join(os.path.dirname(__file__), *[os.pardir] * 3, 'etc',
                   'usermessages')
NOAUTH = '[api]\nauth_strategy = noauth\n'


class ServerTestCase(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.port = processes.free_port()

    def start(self, *args, url=None, configuration=NOAUTH):
        """Start a server; return its process, with its output in a file."""
        with open(os.path.join(self.directory, 'usermessages.conf'),
                  'w') as file:
            file.write(configuration)
        output = open(os.path.join(self.directory, 'output'), 'w+')
        self.addCleanup(output.close)
        command = os.path.join(os.path.dirname(sys.executable), args[0])
        process = subprocess.Popen(
            [command, *args[1:]], cwd=self.directory, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True, env={
                'HOME': self.directory,
                'OS_USERMESSAGES_CONFIG_DIR': self.directory,
                'OS_USER_MESSAGES__CONNECTION': url or self.url})
        self.addCleanup(processes.stop, process)
        return process

    def output(self):
        with open(os.path.join(self.directory, 'output')) as file:
            return file.read()

    def gunicorn(self, *args, **kwargs):
        return self.start(
            'gunicorn', '--worker-class', 'gthread', '--threads', '4',
            # One that is not up yet does not hear that it is to stop.
            '--graceful-timeout', '2',
            '--bind', f'127.0.0.1:{self.port}', *args,
            'usermessages.wsgi.api:application', **kwargs)

    def uwsgi(self, **kwargs):
        """Start it with the shipped file, but for the port."""
        with open(os.path.join(ETC, 'uwsgi.ini')) as file:
            shipped = file.read()
        self.assertIn('http-socket = 127.0.0.1:9699', shipped)
        name = os.path.join(self.directory, 'uwsgi.ini')
        with open(name, 'w') as file:
            file.write(shipped.replace(':9699', f':{self.port}'))
        return self.start('uwsgi', '--ini', name, **kwargs)

    def get(self, path, method='GET', **headers):
        """Return the status and the body of an answer."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port,
                                                timeout=30)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def wait_for(self, process):
        """Return when the server listens, with all of its workers."""
        def listens():
            if process.poll() is not None:
                raise AssertionError(self.output())
            # uWSGI listens at once, and a signal to stop that comes before
            # its workers have loaded is lost on them.
            if (process.args[0].endswith('uwsgi')
                    and self.output().count('WSGI app 0 (mount') < 2):
                return False
            try:
                socket.create_connection(('127.0.0.1', self.port)).close()
            except ConnectionRefusedError:
                return False
            return True

        database.wait_until(listens)

    def record(self):
        """Record what is to be read."""
        return self.api.create(
            self.context(), defined_messages.UNABLE_TO_ALLOCATE)


@database.on_each
class ServesTest(ServerTestCase):

    def assertServes(self, process, prefix=''):
        message_id = self.record()
        self.wait_for(process)

        status, body = self.get(f'{prefix}/v3/{base.PROJECT}/messages')
        discovery, versions = self.get(f'{prefix}/')

        self.assertEqual(200, status, self.output())
        [message] = json.loads(body)['messages']
        self.assertEqual(message_id, message['id'])
        self.assertEqual('000002', message['event_id'])
        self.assertEqual(300, discovery)
        self.assertIn(f'http://127.0.0.1:{self.port}{prefix}/v3',
                      versions.decode())
        processes.stop(process)
        self.assertNotIn('Traceback', self.output())

    def test_gunicorn_serves_a_list(self):
        """With threads, as the documentation says."""
        self.assertServes(self.gunicorn())

    def test_gunicorn_serves_what_was_loaded_before_the_fork(self):
        """No worker talks over the connection of its parent."""
        self.assertServes(self.gunicorn('--preload', '--workers', '2'))

    def test_uwsgi_serves_a_list(self):
        """With the shipped file, under a prefix that links start with."""
        self.assertServes(self.uwsgi(), '/user-messages')


class BrokenTest(ServerTestCase):
    """What can not be served is said in one line, and ends the server."""

    def assertEnds(self, expected, process):
        self.assertNotEqual(0, process.wait(30), self.output())
        output = self.output()
        lines = [line for line in output.splitlines()
                 if line.startswith('usermessages: ')]
        self.assertEqual({f'usermessages: {expected}'}, set(lines), output)
        self.assertNotIn('Traceback', output)
        self.assertNotIn('s3cret', output)

    def test_database_without_tables(self):
        """No server starts workers for ever."""
        expected = ('there is no table of user messages yet: run '
                    '"usermessages-manage db sync"')
        for start in (self.gunicorn, self.uwsgi):
            self.assertEnds(expected, start(url=self.make_empty_database()))

    def test_wrong_url(self):
        """Nothing of it is shown."""
        expected = ('[user_messages]connection names the driver '
                    'mysql+nonsense, which is not installed; "pip install '
                    'PyMySQL" may help.')
        for start in (self.gunicorn, self.uwsgi):
            self.assertEnds(
                expected, start(url='mysql+nonsense://alice:s3cret@host/db'))

    def test_wrong_file(self):
        """Nor of that."""
        process = self.gunicorn('--preload',
                                configuration='[api]\n = s3cret\n')

        self.assertEnds(
            f'Configuration file {self.directory}/usermessages.conf can not '
            'be parsed: line 2.', process)


class OddInputTest(ServerTestCase):
    """What strangers send to the embedded server."""

    def setUp(self):
        super().setUp()
        self.process = self.start(
            'usermessages-api', '--dev', '--bind-port', str(self.port))
        self.record()
        self.wait_for(self.process)

    def send(self, data):
        """Return the status of the answer to some bytes; None for none."""
        with socket.create_connection(('127.0.0.1', self.port),
                                      timeout=30) as connection:
            connection.sendall(data)
            # It may have refused the request before it was whole.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            answer = b''
            try:
                while data := connection.recv(65536):
                    answer += data
            except ConnectionResetError:
                pass
        match = re.match(rb'HTTP/1\.\d (\d{3})', answer)
        return int(match[1]) if match else None

    def test_nothing_is_an_error_of_the_server(self):
        """Scanners and broken clients are not worth an alarm."""
        path = f'/v3/{base.PROJECT}/messages'
        lines = [
            b'GET /\xff\xfe/\x80 HTTP/1.1', b'GET /%ff%fe HTTP/1.1',
            b'GET /v3/%00/messages HTTP/1.1', b'GET  HTTP/1.1', b'\xff\xff',
            b'GET /v3/\xc3\xa4/messages HTTP/1.1', b'GET / HTTP/9.9',
            b'G\xffT / HTTP/1.1', b'GET http:///x HTTP/1.1', b'* * *',
            b'OPTIONS * HTTP/1.1', b'CONNECT x:1 HTTP/1.1',
            b'GET //../../etc/passwd HTTP/1.1', b'', b'GET / HTTP/1.1 x',
            f'GET {path}?limit=%ff HTTP/1.1'.encode(),
            f'GET {path}?{"x" * 100000} HTTP/1.1'.encode(),
            f'GET {path}?marker={"x" * 9000} HTTP/1.1'.encode(),
            f'GET /v3/{"a" * 9000}/messages HTTP/1.1'.encode(),
            f'PATCH {path} HTTP/1.1'.encode(),
            f'{"X" * 9000} {path} HTTP/1.1'.encode()]
        headers = [
            b'Host: x', b'', b'Host: \xff\xff', b'Host: x\r\nx\xff: \xff',
            b'Host: x\r\nContent-Length: -1',
            b'Host: x\r\nContent-Length: many',
            b'Host: x\r\nTransfer-Encoding: chunked',
            b'Host: x\r\nOpenStack-API-Version: \xff',
            b'Host: x\r\nX-Auth-Token: \xff',
            b'Host: x\r\nX-OpenStack-Request-ID: \xff' + b'x' * 100000]

        statuses = {
            (line[:60], header[:60]): self.send(
                line + b'\r\n' + header + b'\r\nConnection: close\r\n\r\n')
            for line, header in [
                *((line, b'Host: x') for line in lines),
                *((f'GET {path} HTTP/1.1'.encode(), header)
                  for header in headers)]}

        self.assertEqual({}, {
            request: status for request, status in statuses.items()
            if status is not None and status >= 500
            and (request[0], status) != (b'GET / HTTP/9.9', 505)})
        self.assertEqual(200, self.get(path)[0])
        self.assertNotIn('Traceback', self.output())

    def test_head_has_no_body(self):
        """And the status of a GET, or that of a method that is not there."""
        for path in ('/', f'/v3/{base.PROJECT}/messages', '/nonsense'):
            status, body = self.get(path, method='HEAD')

            self.assertLess(status, 500)
            self.assertEqual(b'', body)

    def test_twenty_at_once_are_all_answered(self):
        """More than there are threads."""
        with concurrent.futures.ThreadPoolExecutor(20) as executor:
            answers = list(executor.map(
                lambda _number: self.get(f'/v3/{base.PROJECT}/messages'),
                range(60)))

        self.assertEqual({200}, {status for status, _body in answers})
        self.assertEqual({1}, {len(json.loads(body)['messages'])
                               for _status, body in answers})


class AnyRequestTest(ServerTestCase):
    """What strangers send to uWSGI, as far as it is HTTP."""

    def setUp(self):
        super().setUp()
        for row in any_request.ROWS:
            self.db.message_create({
                **row, 'expires_at': datetime.datetime.max})
        self.process = self.uwsgi(
            configuration=f'{NOAUTH}host_axis = volume\n'
            '[user_messages]\ncreate_timeout = 60\n')
        self.wait_for(self.process)

    def test_every_request_is_answered(self):
        """In full, and by the service rather than by a failure of it."""
        any_request.hold(
            self.check, any_request.requests(any_request.ROWS), 500)

        processes.stop(self.process)
        self.assertNotIn('Traceback', self.output())

    def test_scheme_of_links(self):
        """They are URLs, whatever the header of a proxy says."""
        for value, expected in (('https', 'https'), ('https, http', 'http'),
                                ('a b', 'http')):
            with self.subTest(value=value):
                status, body = self.get('/user-messages/v3', **{
                    'X-Forwarded-Proto': value})

                self.assertEqual(200, status)
                self.assertIn(f'"{expected}://127.0.0.1:', body.decode())

    def check(self, request):
        request = dataclasses.replace(
            request, target=b'/user-messages' + request.target)
        data = request.raw(f'{request.user}:{base.PROJECT}'.encode('latin-1'))
        if len(data) > 65000:
            # More than the file lets uWSGI take.
            return

        with socket.create_connection(('127.0.0.1', self.port),
                                      timeout=30) as connection:
            connection.sendall(data)
            response = http.client.HTTPResponse(
                connection, method=request.method)
            response.begin()
            body = response.read()

        self.assertLess(response.status, 500, body)
        self.assertIn('x-openstack-request-id', response.headers)
        if response.status == 204 or request.method == 'HEAD':
            self.assertEqual(b'', body)
        else:
            self.assertIsInstance(json.loads(body), dict)
