# SPDX-License-Identifier: Apache-2.0

"""Stand between a driver and its server, and note what is sent.

``with Wire(url) as wire`` listens at ``wire.url``, and ``wire.sent`` has the
statements that went through: each query of the protocols of MariaDB and
PostgreSQL, the BEGIN, COMMIT and ROLLBACK of drivers included, and each ping.
"""

import contextlib
import socket
import threading
from types import TracebackType
from urllib import parse

_QUERY, _PING = 0x03, 0x0e


class Wire:
    """A way to the database at a URL."""

    def __init__(self, url: str):
        given = parse.urlsplit(url)
        self._is_mysql = given.scheme.startswith('mysql')
        self._server = (given.hostname or '127.0.0.1',
                        given.port or (3306 if self._is_mysql else 5432))
        self._listener = socket.create_server(('127.0.0.1', 0))
        user = given.netloc.rpartition('@')[0]
        port = self._listener.getsockname()[1]
        # An encrypted connection cannot be inspected.
        self.url = given._replace(
            netloc=f'{user}@127.0.0.1:{port}',
            query=given.query if self._is_mysql else 'sslmode=disable',
        ).geturl()
        self.sent: list[str] = []

    def __enter__(self) -> 'Wire':
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(self._server)
                for target, arguments in ((self._forward, (client, server)),
                                          (_pass_on, (server, client))):
                    threading.Thread(target=target, args=arguments,
                                     daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with client, client.makefile('rb') as stream, \
                contextlib.suppress(OSError):
            size = 4
            while head := stream.read(size):
                if self._is_mysql:
                    body = stream.read(int.from_bytes(head[:3], 'little'))
                    # The server includes the responses to these commands in
                    # its count.
                    if body and head[3] == 0:
                        self._note(body[0] if body[0] in (_QUERY, _PING)
                                   else None, body[1:])
                else:
                    body = stream.read(int.from_bytes(head[-4:]) - 4)
                    if size == 5 and head[:1] in (b'Q', b'P'):
                        self._note(_QUERY, body)
                    # But for the first one, each has a letter in front.
                    size = 5
                server.sendall(head + body)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _note(self, kind: int | None, body: bytes) -> None:
        if kind is not None:
            self.sent.append('ping' if kind == _PING else
                             body.decode(errors='replace').strip('\0'))


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with source, contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
