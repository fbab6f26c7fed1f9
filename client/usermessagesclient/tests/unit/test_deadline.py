# SPDX-License-Identifier: Apache-2.0

import itertools
import socketserver
import threading

from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import session

from usermessagesclient import deadline
from usermessagesclient.tests import base

START = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
BODY = b'Content-Length: 1000000\r\n\r\n'


class Handler(socketserver.StreamRequestHandler):
    """Sends a start of a response, and then a byte from time to time."""

    def handle(self):
        self.rfile.readline()
        self.wfile.write(self.server.start_of_response)
        for byte in itertools.repeat(b' ' if BODY in (
                self.server.start_of_response) else b'x'):
            if self.server.is_stopped.wait(0.01):
                return
            try:
                self.wfile.write(byte)
            except OSError:
                return


class RequestTest(base.TestCase):

    def serve(self, start_of_response):
        """Start a server; return an adapter with its URL."""
        server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler)
        server.daemon_threads = True
        server.start_of_response = start_of_response
        server.is_stopped = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for cleanup in (server.server_close, server.shutdown,
                        server.is_stopped.set):
            self.addCleanup(cleanup)
        return deadline.DeadlineAdapter(
            session.Session(), timeout_seconds=1, endpoint_override=(
                f'http://127.0.0.1:{server.server_address[1]}'))

    def test_response_that_arrives_in_single_bytes(self):
        """A slow service does not keep the user waiting."""
        for start in (b'', START, START + BODY):
            adapter = self.serve(start)

            self.assertRaises(
                ksa_exceptions.ConnectTimeout, adapter.get, '/')

    def test_requests_that_share_a_deadline(self):
        """The second request has no time left."""
        adapter = self.serve(START + b'Content-Length: 0\r\n\r\n')
        self.assertEqual(200, adapter.get('/').status_code)

        adapter.start(0)

        self.assertRaises(ksa_exceptions.ConnectTimeout, adapter.get, '/')
