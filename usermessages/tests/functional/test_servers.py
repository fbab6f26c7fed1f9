# SPDX-License-Identifier: Apache-2.0

"""The endpoint under the servers that people run it with."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

import fixtures
import sqlalchemy

from usermessages.message import defined_messages
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import any_request
from usermessages.tests import processes

ETC = os.path.join(os.path.dirname(__file__), *[os.pardir] * 3, 'etc',
                   'usermessages')
NOAUTH = '[api]\nauth_strategy = noauth\n'


class ServerTestCase(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.port = processes.free_port()

    def start(self, *args, url=None, configuration=NOAUTH,
              environment=None):
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
                'OS_USER_MESSAGES__CONNECTION': url or self.url,
                **(environment or {})})
        self.addCleanup(processes.stop, process)
        return process

    def output(self):
        with open(os.path.join(self.directory, 'output')) as file:
            return file.read()

    def gunicorn(self, *args, **kwargs):
        return self.start(
            'gunicorn', '--worker-class', 'gthread', '--threads', '4',
            # A server ignores a signal to stop before its start is complete.
            '--graceful-timeout', '2',
            '--bind', f'127.0.0.1:{self.port}', *args,
            'usermessages.wsgi.api:application', **kwargs)

    def uwsgi(self, **kwargs):
        """Start it with the shipped file, but for the port.

        Each worker says when it accepts requests.
        """
        with open(os.path.join(ETC, 'uwsgi.ini')) as file:
            shipped = file.read()
        self.assertIn('http-socket = 127.0.0.1:9699', shipped)
        name = os.path.join(self.directory, 'uwsgi.ini')
        with open(name, 'w') as file:
            file.write(shipped.replace(':9699', f':{self.port}')
                       + 'hook-accepting = print:ready\n')
        return self.start('uwsgi', '--ini', name, **kwargs)

    def get(self, path, method='GET', **headers):
        """Return the status and the body of a response."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port,
                                                timeout=base.HANG_SECONDS)
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
            # uWSGI listens immediately, but loses a signal to stop that comes
            # before its workers accept requests.
            if (process.args[0].endswith('uwsgi')
                    and self.output().count('(accepting)') < 2):
                return False
            try:
                socket.create_connection(('127.0.0.1', self.port)).close()
            except ConnectionRefusedError:
                return False
            return True

        database.wait_until(listens)

    def record(self):
        """Record a message to read."""
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
        """Operators can run gunicorn with threads, as documented."""
        self.assertServes(self.gunicorn())

    def test_gunicorn_serves_what_was_loaded_before_the_fork(self):
        """Workers do not share the connection of their parent."""
        self.assertServes(self.gunicorn('--preload', '--workers', '2'))

    def test_uwsgi_serves_a_list(self):
        """Operators can run uWSGI with the shipped file, under a prefix."""
        self.assertServes(self.uwsgi(), '/user-messages')


class BrokenTest(ServerTestCase):
    """An error at the start is one line, and ends the server."""

    def assertEnds(self, expected, process):
        self.assertNotEqual(0, process.wait(base.HANG_SECONDS), self.output())
        output = self.output()
        lines = [line for line in output.splitlines()
                 if line.startswith('usermessages: ')]
        self.assertEqual({f'usermessages: {expected}'}, set(lines), output)
        self.assertNotIn('Traceback', output)
        self.assertNotIn('s3cret', output)

    def test_database_without_tables(self):
        """The server does not restart workers indefinitely."""
        expected = ('the table of user messages does not exist; run '
                    '"usermessages-manage db sync"')
        for start in (self.gunicorn, self.uwsgi):
            self.assertEnds(expected, start(url=self.make_empty_database()))

    def test_wrong_url(self):
        """Operators read no part of the wrong URL."""
        expected = ('[user_messages]connection names the driver '
                    'mysql+nonsense, which is not installed; "pip install '
                    'PyMySQL" may help.')
        for start in (self.gunicorn, self.uwsgi):
            self.assertEnds(
                expected, start(url='mysql+nonsense://alice:s3cret@host/db'))

    def test_wrong_file(self):
        """Operators read one line about a wrong paste file."""
        process = self.gunicorn('--preload',
                                configuration='[api]\n = s3cret\n')

        self.assertEnds(
            f'Configuration file {self.directory}/usermessages.conf cannot '
            'be parsed: line 2.', process)


class RunningTest(ServerTestCase):
    """Faults that last for a moment do not end a running server."""

    def workers(self, process):
        """Return the process IDs of the workers."""
        with open(f'/proc/{process.pid}/task/{process.pid}/children') as file:
            return {int(child) for child in file.read().split()}

    def kill_a_worker(self, process):
        """Kill one with a configuration that no longer loads."""
        with open(os.path.join(self.directory, 'usermessages.conf'),
                  'w') as file:
            file.write('nonsense')
        connection = self.connect()
        connection.execute(sqlalchemy.text(
            "UPDATE user_messages_alembic_version SET version_num = '9999'"))
        connection.commit()
        database.wait_until(lambda: len(self.workers(process)) == 2)
        before = self.workers(process)
        os.kill(min(before), signal.SIGKILL)

        database.wait_until(
            lambda: len(self.workers(process) - before) == 1
            or process.poll() is not None)

    def assertServes(self, process, path):
        self.assertIsNone(process.poll(), self.output())
        self.assertEqual({200}, {
            self.get(path)[0] for _number in range(20)}, self.output())

    def test_uwsgi_replaces_a_dead_worker(self):
        """Operators can edit files or upgrade the database meanwhile."""
        process = self.uwsgi()
        self.wait_for(process)

        self.kill_a_worker(process)

        self.assertServes(
            process, f'/user-messages/v3/{base.PROJECT}/messages')

    def test_gunicorn_replaces_a_dead_worker(self):
        """Operators can run gunicorn with --preload, as documented."""
        process = self.gunicorn('--preload', '--workers', '2')
        self.wait_for(process)

        self.kill_a_worker(process)

        self.assertServes(process, f'/v3/{base.PROJECT}/messages')

    def test_hangup_does_not_end_uwsgi(self):
        """Log rotation sends SIGHUP."""
        process = self.uwsgi()
        self.wait_for(process)

        def reloads():
            # A signal before the loop of the master is lost.
            process.send_signal(signal.SIGHUP)
            return ('chain next victim is worker 1' in self.output()
                    or process.poll() is not None)

        database.wait_until(reloads)

        self.assertServes(
            process, f'/user-messages/v3/{base.PROJECT}/messages')

    def test_uwsgi_is_ready_when_it_has_loaded(self):
        """systemd starts dependent services after the application is loaded.
        """
        path = os.path.join(self.directory, 'notify')
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.settimeout(60)
        process = self.uwsgi(environment={'NOTIFY_SOCKET': path})

        while b'READY=1' not in listener.recv(4096):
            pass

        self.assertIn('WSGI app 0 (mount', self.output())
        self.wait_for(process)
        self.assertEqual(200, self.get('/user-messages/v3')[0])


class WholeRequestTest(ServerTestCase):
    """Requests that uWSGI and gunicorn change before the application."""

    def send(self, data):
        """Return all that the server sends until it closes."""
        with socket.create_connection(('127.0.0.1', self.port),
                                      timeout=60) as connection:
            connection.sendall(data)
            received = b''
            with contextlib.suppress(ConnectionResetError):
                while data := connection.recv(65536):
                    received += data
        return received.decode()

    def test_no_list_comes_without_its_filter(self):
        """uWSGI drops a query that does not fit into its buffer twice."""
        self.record()
        path = f'/user-messages/v3/{base.PROJECT}/messages'
        self.wait_for(self.uwsgi())

        for length in (1000, 16000, 20000, 32700, 40000, 65000, 65400, 65430,
                       65460, 65490, 65520, 70000):
            with self.subTest(length=length):
                received = self.send(
                    f'GET {path}?limit=1&request_id={"x" * length} HTTP/1.1'
                    '\r\nHost: x\r\n\r\n'.encode())

                self.assertNotIn('event_id', received)
                if length <= 16000:
                    self.assertIn('HTTP/1.1 200 ', received)
                    self.assertIn('{"messages": []}', received)
                elif length <= 65000:
                    self.assertIn('HTTP/1.1 400 ', received)
                    self.assertIn('The URL is longer than 16384 bytes.',
                                  received)
                else:
                    self.assertNotIn(' 200 ', received)

    def test_uwsgi_refuses_an_empty_request_line(self):
        """Operators do not read of a failure of the service."""
        self.wait_for(self.uwsgi())

        received = self.send(b'\r\n\r\n')

        self.assertIn(' 400 Bad Request', received)
        self.assertNotIn('KeyError', self.output())

    def test_uwsgi_takes_many_headers(self):
        """Clients receive a response, not a closed connection."""
        self.wait_for(self.uwsgi())

        received = self.send(
            b'GET /user-messages/v3 HTTP/1.1\r\nHost: x\r\n'
            + b''.join(b'X-%d: 1\r\n' % number for number in range(1000))
            + b'\r\n')

        self.assertIn('HTTP/1.1 200 ', received)

    def test_values_of_filters_are_not_logged(self):
        """Values of filters are in the log of neither uWSGI nor the service.
        """
        self.wait_for(self.uwsgi())

        self.get(f'/user-messages/v3/{base.PROJECT}/messages'
                 '?resource_uuid=s3cret')

        self.assertIn(f'"GET /user-messages/v3/{base.PROJECT}/messages" '
                      'status: 200', self.output())
        self.assertNotIn('s3cret', self.output())

    def test_gunicorn_takes_no_prefix_of_a_client(self):
        """Operators can run gunicorn with --forwarder-headers "", as
        documented.
        """
        self.wait_for(self.gunicorn('--forwarder-headers', ''))

        for path in ('/v3', '/nonsense'):
            received = self.send(
                f'GET {path} HTTP/1.1\r\nHost: x\r\nScript_Name: /x\r\n'
                'Connection: close\r\n\r\n'.encode())

            self.assertIn('Content-Type: application/json', received)
            self.assertNotIn('html', received.partition('\r\n\r\n')[0])


class OddInputTest(ServerTestCase):
    """Malformed requests to the embedded server."""

    def setUp(self):
        super().setUp()
        self.process = self.start(
            'usermessages-api', '--dev', '--bind-port', str(self.port))
        self.record()
        self.wait_for(self.process)

    def send(self, data):
        """Return the status of the response to some bytes, or None."""
        with socket.create_connection(('127.0.0.1', self.port),
                                      timeout=base.HANG_SECONDS) as connection:
            connection.sendall(data)
            # The server may have rejected the request before its end.
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
        """Operators need no alarm for scanners and broken clients."""
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

    def request(self, *lines):
        """Return all that the server sends until it closes."""
        with socket.create_connection(('127.0.0.1', self.port),
                                      timeout=60) as connection:
            connection.sendall(b'\r\n'.join([*lines, b'', b'']))
            received = b''
            while data := connection.recv(65536):
                received += data
        return received.decode()

    def test_lines_of_a_header_are_one_list(self):
        """RFC 9110, section 5.3; the last line is not the only one."""
        path = f'/v3/{base.PROJECT}/messages'.encode()

        received = self.request(
            b'GET ' + path + b' HTTP/1.1', b'Host: x', b'Connection: close',
            b'OpenStack-API-Version: volume 9.9',
            b'OpenStack-API-Version: compute 2.1')

        self.assertIn('HTTP/1.1 406 ', received)

    def test_unread_body_is_no_request(self):
        """The body of one client is not a request of another (smuggling)."""
        received = self.request(
            b'GET /v3 HTTP/1.1', b'Host: x', b'Transfer-Encoding: chunked',
            b'', b'5', b'hello', b'0', b'', b'GET /v3 HTTP/1.1', b'Host: x')

        self.assertEqual(1, received.count('HTTP/1.1 '), received)
        self.assertIn('HTTP/1.1 200 ', received)

    def test_malformed_url_is_refused(self):
        """A malformed URL does not end a thread."""
        received = self.request(
            b'GET http://[::1/v3 HTTP/1.1', b'Host: x', b'Connection: close')

        self.assertIn('HTTP/1.1 400 ', received)
        self.assertNotIn('Traceback', self.output())

    def test_slashes_are_json(self):
        """Clients receive JSON, as for any other unknown path."""
        for path in (b'///v3', b'///'):
            received = self.request(
                b'GET ' + path + b' HTTP/1.1', b'Host: x',
                b'Connection: close')

            self.assertIn('Content-Type: application/json', received)

    def test_hangup_does_not_end_it(self):
        """Operators read how to restart the server instead."""
        self.process.send_signal(signal.SIGHUP)
        database.wait_until(lambda: 'SIGHUP is ignored' in self.output()
                            or self.process.poll() is not None)

        self.assertEqual(300, self.get('/')[0])

    def test_signals_do_not_interrupt_the_server(self):
        """A handler could leave a lock locked, and the server running."""
        # While the main thread waits for signals, Linux shows none as blocked.
        threads = [thread for thread in pathlib.Path(
            f'/proc/{self.process.pid}/task').iterdir()
            if thread.name != str(self.process.pid)]

        self.assertNotEqual([], threads)
        for thread in threads:
            blocked = int(re.search(
                r'SigBlk:\s+(\w+)', (thread / 'status').read_text())[1], 16)
            # A thread that starts blocks all signals for a moment.
            self.assertEqual([], [
                number for number in (
                    signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
                if not blocked >> (number - 1) & 1])

    def test_head_has_no_body(self):
        """Clients receive the status of GET, or 404 or 405, without a body."""
        for path in ('/', f'/v3/{base.PROJECT}/messages', '/nonsense'):
            status, body = self.get(path, method='HEAD')

            self.assertLess(status, 500)
            self.assertEqual(b'', body)

    def test_twenty_at_once_are_all_answered(self):
        """The server accepts more requests than threads."""
        with concurrent.futures.ThreadPoolExecutor(20) as executor:
            answers = list(executor.map(
                lambda _number: self.get(f'/v3/{base.PROJECT}/messages'),
                range(60)))

        self.assertEqual({200}, {status for status, _body in answers})
        self.assertEqual({1}, {len(json.loads(body)['messages'])
                               for _status, body in answers})


class AnyRequestTest(ServerTestCase):
    """HTTP requests of any kind to uWSGI."""

    def setUp(self):
        super().setUp()
        for row in any_request.ROWS:
            self.db.message_create({
                **row, 'expires_at': datetime.datetime.max})
        self.process = self.uwsgi(
            configuration=f'{NOAUTH}compat_service_type = volume\n'
            '[user_messages]\ncreate_timeout = 60\n')
        self.wait_for(self.process)

    def test_every_request_is_answered(self):
        """Clients receive complete responses of the service."""
        any_request.hold(
            self.check, any_request.requests(any_request.ROWS), 500)

        processes.stop(self.process)
        self.assertNotIn('Traceback', self.output())

    def test_scheme_of_links(self):
        """Links have the scheme of the server, not that of a client."""
        for value in ('https', 'HTTPS', 'https, http', 'a b', 'javascript'):
            with self.subTest(value=value):
                status, body = self.get('/user-messages/v3', **{
                    'X-Forwarded-Proto': value})

                self.assertEqual(200, status)
                self.assertIn('"http://127.0.0.1:', body.decode())

    def check(self, request):
        request = dataclasses.replace(
            request, target=b'/user-messages' + request.target)
        data = request.raw(f'{request.user}:{base.PROJECT}'.encode('latin-1'))
        # More than the file lets uWSGI take, or no scheme of a proxy.
        if len(data) > 65000 or not request.headers.get(
                'X-Forwarded-Proto', b'').isascii():
            return

        with socket.create_connection(('127.0.0.1', self.port),
                                      timeout=base.HANG_SECONDS) as connection:
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
