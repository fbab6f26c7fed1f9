# SPDX-License-Identifier: Apache-2.0

"""Put an end to every way in which a database can make a call wait.

With ``create_timeout = 2``, half a second to find a connection in the pool,
half a second to make one, a second for each statement, and no statement begins
after the first second.  Each driver has names and ways of its own for that.
"""

from collections.abc import Callable, Iterator
import contextlib
import contextvars
import math
import re
import time
from typing import Any

import sqlalchemy

# CR_SERVER_LOST of MariaDB and MySQL.
_LOST = 2013
_AT_ONCE_SECONDS = 0.001

# The name of an attribute of the errors that are made here.
TOO_LATE = 'is_too_late'

# Of the call that this thread is in.
_latest_start: contextvars.ContextVar[float] = contextvars.ContextVar(
    'latest_start', default=math.inf)


def connect_args(url: sqlalchemy.URL, timeout_seconds: float,
                 ) -> dict[str, Any]:
    """Return what the driver is told when it connects.

    What the URL says of it has precedence.
    """
    connect, statement = timeout_seconds / 4, timeout_seconds / 2
    driver = url.get_driver_name()
    args: dict[str, Any] = {}
    if driver == 'pymysql':
        import pymysql
        args = {'connect_timeout': connect, 'read_timeout': statement,
                'write_timeout': statement,
                # Said here, it takes no statement of its own.
                'autocommit': True,
                'cursorclass': _in_time(
                    pymysql.cursors.Cursor,
                    lambda: pymysql.OperationalError(_LOST, 'too late'))}
    elif driver == 'mysqldb':
        args = {'connect_timeout': math.ceil(connect),
                'read_timeout': math.ceil(statement),
                'write_timeout': math.ceil(statement)}
    elif driver in ('psycopg2', 'psycopg'):
        milliseconds = math.ceil(statement * 1000)
        if driver == 'psycopg2':
            import psycopg2
            import psycopg2.extensions
            cursor = _in_time(psycopg2.extensions.cursor,
                              lambda: psycopg2.OperationalError('too late'))
        else:
            import psycopg
            cursor = _in_time(psycopg.Cursor,
                              lambda: psycopg.OperationalError('too late'))
        # libpq takes whole seconds here, and less than two for two.
        args = {'cursor_factory': cursor,
                'connect_timeout': max(2, math.ceil(connect)),
                'tcp_user_timeout': milliseconds,
                'options': f'-c statement_timeout={milliseconds}'}
    elif driver == 'pysqlite':
        args = {'timeout': statement}
    return {name: value for name, value in args.items()
            if name not in url.query}


def knows(url: sqlalchemy.URL) -> bool:
    """Tell whether waits of the driver of a URL can be bounded at all."""
    return bool(connect_args(url.set(query={}), 1))


def lifted(url: sqlalchemy.URL, timeout_seconds: float) -> list[str]:
    """Return the parameters of a URL that let a wait last longer than ours."""
    ours = connect_args(url.set(query={}), timeout_seconds)
    found = []
    for name, values in url.normalized_query.items():
        value, limit = ' '.join(values), ours.get(name)
        if name == 'options' and limit is not None:
            # It replaces ours as a whole, whatever it is about.
            said = re.findall(r'statement_timeout\s*=\s*(\S*)', value)
            # A number without a unit is one of milliseconds.
            is_lifted = not said or not all(
                text.isdecimal() and 0 < int(text) <= ours['tcp_user_timeout']
                for text in said)
        elif name.endswith('timeout') and limit is not None:
            is_lifted = not (value.replace('.', '', 1).isdecimal()
                             and 0 < float(value) <= limit)
        else:
            continue
        if is_lifted:
            found.append(name)
    return found


@contextlib.contextmanager
def no_statement_after(latest_start: float) -> Iterator[None]:
    """Let no statement start after that time, of the monotonic clock.

    A server that answers each within its timeout can still take too long for
    all of them, which are a dozen when the first connection is made.
    """
    token = _latest_start.set(latest_start)
    try:
        yield
    finally:
        _latest_start.reset(token)


def bound_handshake(engine: sqlalchemy.Engine) -> None:
    """Give up a connection of PyMySQL that comes too late to be used.

    Its server answers three times or more before the first statement, and
    PyMySQL gives each answer all the time of a statement.
    """
    from pymysql import connections

    class Connection(connections.Connection):

        # As the driver has them, which has no types.
        _read_packet: Any
        _read_timeout: Any

        def connect(self, sock: Any = None) -> None:
            read_packet, read_timeout = self._read_packet, self._read_timeout

            def read_in_time(*args: Any, **kwargs: Any) -> Any:
                left = _latest_start.get() - time.monotonic()
                # With 0, a socket does not wait, which is another error.
                self._read_timeout = min(read_timeout,
                                         max(left, _AT_ONCE_SECONDS))
                return read_packet(*args, **kwargs)

            # Of this object and not of the class, since each row of a result
            # is a packet too.
            self._read_packet = read_in_time
            try:
                super().connect(sock)
            finally:
                del self._read_packet
                self._read_timeout = read_timeout

    @sqlalchemy.event.listens_for(engine, 'do_connect')
    def connect(_dialect: Any, _record: Any, args: list[Any],
                parameters: dict[str, Any]) -> Any:
        return Connection(*args, **parameters)


def bound_answers(engine: sqlalchemy.Engine, seconds: float) -> None:
    """Close a connection of psycopg whose server does not answer in time.

    libpq has no timeout for that: ``statement_timeout`` is kept by the server,
    and ``tcp_user_timeout`` is content with a kernel that takes our bytes.  So
    psycopg2 waits for as long as a server stands still; psycopg waits in
    Python, where an end can be put to it.
    """
    import psycopg

    def until(deadline: float, gen: Any,
              give_up: Callable[[], Exception]) -> Any:
        try:
            waits_for = next(gen)
            while True:
                # Comes back empty-handed several times a second.
                ready = yield waits_for
                if not ready and time.monotonic() > deadline:
                    raise give_up()
                waits_for = gen.send(ready)
        except StopIteration as end:
            return end.value

    class Connection(psycopg.Connection[Any]):

        def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
            return super().wait(until(
                time.monotonic() + seconds, gen, self._give_up),
                *args, **kwargs)

        def _give_up(self) -> Exception:
            self.close()
            return psycopg.OperationalError('the server does not answer')

        @classmethod
        def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
            # Two seconds of libpq are too many where no statement may start
            # after them.
            return until(
                _latest_start.get(), super()._connect_gen(*args, **kwargs),
                lambda: psycopg.errors.ConnectionTimeout('too late'))

    @sqlalchemy.event.listens_for(engine, 'do_connect')
    def connect(_dialect: Any, _record: Any, args: list[Any],
                parameters: dict[str, Any]) -> Any:
        return Connection.connect(*args, **parameters)


def _in_time(cursor: type, error: Callable[..., Exception]) -> type:
    """Return a cursor class of a driver that starts nothing too late."""
    class Cursor(cursor):

        def execute(self, *args: Any, **kwargs: Any) -> Any:
            if time.monotonic() > _latest_start.get():
                too_late = error()
                # For who asks whether anything was sent.
                setattr(too_late, TOO_LATE, True)
                raise too_late
            return super().execute(*args, **kwargs)

    return Cursor
