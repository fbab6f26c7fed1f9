# SPDX-License-Identifier: Apache-2.0

"""Classify the errors of a database.

For example, a deadlock (1213, SQLSTATE 40P01) is a transient error, and a
missing table is not.  The exception classes of oslo.db apply first; the tables
below contain codes that the filters of oslo.db do not classify.  Except for
errors of libpq without a code, the module does not read the text of an error,
since texts differ between versions, and does not pass the text on, since a
text can contain a value.
"""

import errno
import os
import re
import socket

import oslo_db.exception
import sqlalchemy.exc

# The classes of SQLSTATE: connection, rollback, resources, intervention.
_TRANSIENT_SQLSTATE_CLASSES = ('08', '40', '53', '57')

# The connection cannot write: the node left the cluster, shuts down, or is a
# replica.  Another connection may be able to write.
_UNUSABLE = frozenset((
    1047, 1053, 1079, 1290, 1792, 1836, 3032,
    '25006', '57P01', '57P02', '57P03'))

# MariaDB and MySQL.
_TRANSIENT = _UNUSABLE | frozenset((
    1021, 1114,             # disk or table full
    1037, 1038, 1041,       # out of memory
    1040, 1203, 1226,       # too many connections
    1180,                   # lost at commit
    1317, 1969, 3024,       # interrupted, or longer than the server allows
    1927,                   # the connection was killed
    2005, 2055,             # cannot connect, or disconnect
))

# Also classified by oslo.db; the engine of a service may lack its filters.
_TRANSIENT_TO_OSLO_DB = frozenset((
    1020, 1205, 1213, 2002, 2003, 2006, 2013, '40P01'))

# SQLite: busy, locked, disk full.
_TRANSIENT_SQLITE_ERRORS = ('SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_FULL')

_DUPLICATES = (1022, 1062, 1586, '23505', 'SQLITE_CONSTRAINT_PRIMARYKEY',
               'SQLITE_CONSTRAINT_UNIQUE')

# The encoding of the database or of the connection lacks a character.
_UNENCODABLE = (1267, 1300, 1366, 3854, 3988, '22021', '22P05')

# Errors of the system for an unreachable server, without ETIMEDOUT, which
# drivers also report for their own timeouts.
_UNREACHABLE = frozenset((
    errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH,
    errno.ENETDOWN, errno.ENETUNREACH, errno.ENOENT))

# Texts of libpq for failed connects, which have no code.
_LIBPQ_UNREACHABLE = re.compile('|'.join((
    *(re.escape(os.strerror(code)) for code in sorted(_UNREACHABLE)),
    r'host name .* to address', r'resolve host', r'closed the connection',
    r'the database system is (?:starting up|shutting down|in recovery mode'
    r'|not (?:yet )?accepting connections)')))
_LIBPQ_REFUSED = re.compile('|'.join((
    r'(?:role|database) ".*" does not exist', r'authentication failed',
    r'no pg_hba\.conf entry', r'no password supplied', r'no such user',
    r'no such database', r'permission denied for database',
    r'unsupported startup parameter', r'unrecognized configuration param',
    r'invalid value for parameter')))

_NO_TABLE = 'the table may be missing; run "usermessages-manage db sync"'
_NO_DATABASE = 'no such database'
_NO_ACCESS = 'the user, the password or a privilege is wrong'

# Hints for operators.  SQLite has one code for several errors.
_HINTS: dict[int | str, str] = {
    1146: _NO_TABLE, '42P01': _NO_TABLE, 'SQLITE_ERROR': _NO_TABLE,
    1049: _NO_DATABASE, '3D000': _NO_DATABASE,
    1044: _NO_ACCESS, 1045: _NO_ACCESS, 1142: _NO_ACCESS,
    '28P01': _NO_ACCESS, '28000': _NO_ACCESS, '42501': _NO_ACCESS,
    'SQLITE_CANTOPEN': 'the directory does not exist or is not writable',
}


# The table, column, index or version exists, another statement changes the
# definition, or certification failed.
_LOST_MIGRATIONS = frozenset((1050, 1060, 1061, 1062, 1684, 1213))


def is_transient(error: BaseException) -> bool:
    """Tell whether a retry of the statement may succeed."""
    if is_disconnect(error) or isinstance(error, (
            oslo_db.exception.DBDeadlock, sqlalchemy.exc.TimeoutError,
            sqlalchemy.exc.DisconnectionError)):
        return True
    original = _original(error)
    code = _code(original)
    if code is None:
        return _is_from_libpq(original) and not _LIBPQ_REFUSED.search(
            str(original))
    return (code in _TRANSIENT or code in _TRANSIENT_TO_OSLO_DB
            or isinstance(code, str) and code.startswith(
                _TRANSIENT_SQLITE_ERRORS if _is_from(original, 'sqlite3')
                else _TRANSIENT_SQLSTATE_CLASSES))


def is_disconnect(error: BaseException) -> bool:
    """Tell whether the connection was lost before the response."""
    return (isinstance(error, oslo_db.exception.DBConnectionError)
            or getattr(error, 'connection_invalidated', False))


def is_unusable(error: BaseException) -> bool:
    """Tell whether the connection must leave the pool.

    The server responds, but other statements would fail with the same error.
    """
    original = _original(error)
    code = _code(original)
    if code is None:
        # The previous statement was interrupted.
        return _is_from_libpq(original) or (
            type(original).__name__ == 'InternalError'
            and _is_from(original, 'pymysql'))
    return code in _UNUSABLE or code == 1927


def is_outage(error: BaseException) -> bool:
    """Tell whether the server or the system reported an outage.

    The server refuses connections, is unreachable, shuts down or is
    read-only.  A timeout is not evidence, since this machine may be slow.
    """
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return False
    original = _original(error)
    code = _code(original)
    if code in _UNUSABLE:
        return True
    if _is_from(original, 'MySQLdb'):
        # The text contains the error number of the system; a timeout has the
        # text of a closed connection.
        found = re.search(r'\((\d+)', str(original.args[-1]))
        return code == 2006 or (
            found is not None and int(found[1]) in _UNREACHABLE)
    if _is_from(original, 'pymysql'):
        cause = original.__context__
        if isinstance(cause, OSError):
            return (cause.errno in _UNREACHABLE
                    or isinstance(cause, socket.gaierror))
        return code in (2006, 2013)
    return code is None and _is_from_libpq(original) and bool(
        _LIBPQ_UNREACHABLE.search(str(original)))


def is_duplicate(error: BaseException | None) -> bool:
    """Tell whether a row violates a unique constraint.

    A mapped table can have constraints other than the primary key.
    """
    return error is not None and (
        isinstance(error, oslo_db.exception.DBDuplicateEntry)
        or _code(_original(error)) in _DUPLICATES)


def is_lost_migration(error: BaseException) -> bool:
    """Tell whether another node of a cluster migrated at the same time."""
    return _code(_original(error)) in _LOST_MIGRATIONS


def is_unencodable(error: BaseException) -> bool:
    """Tell whether a text has a character that the database cannot store."""
    return (isinstance(error, (
        UnicodeEncodeError, oslo_db.exception.DBInvalidUnicodeParameter))
        or _code(_original(error)) in _UNENCODABLE)


def reason(error: BaseException) -> str:
    """Return the class and the code of an error: ``OperationalError 1213``.

    For some codes, a hint for operators follows.
    """
    original = _original(error)
    code = _code(original)
    name = type(original).__name__
    if code is None:
        return name
    hint = f': {_HINTS[code]}' if code in _HINTS else ''
    return f'{name} {code}{hint}'


def connect_reason(error: BaseException, url: sqlalchemy.URL) -> str:
    """Return the class and the code of a failed connect, and the database.

    ``OperationalError 2003, connecting to 127.0.0.1:3306, database messages,
    user alice``.  The text of libpq names roles, databases and addresses, and
    contains no values of messages.
    """
    original = _original(error)
    text = reason(error)
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return text
    if _is_from_libpq(original) and _code(original) is None:
        line = str(original).partition('\n')[0]
        text += f': {line.rpartition(" failed: ")[2].strip()}'
        if 'startup parameter' in line:
            text += ('; set it in PgBouncer: '
                     'ignore_startup_parameters = options')
    elif isinstance(original, RuntimeError):
        # PyMySQL: "'cryptography' package is required for ...".
        package = re.match(r"'([\w.-]+)' package is required", str(original))
        if package:
            text += (f': the authentication requires the package '
                     f'{package[1]}; run "pip install {package[1]}"')
    if url.get_backend_name() == 'sqlite':
        return f'{text}, opening {url.database}'
    place = [f'{url.host or "localhost"}:{url.port}' if url.port
             else url.host or 'localhost']
    if url.database:
        place.append(f'database {url.database}')
    if url.username:
        place.append(f'user {url.username}')
    return f'{text}, connecting to {", ".join(place)}'


def _original(error: BaseException) -> BaseException:
    """Return the error of the driver inside the errors of libraries."""
    for _layer in range(3):
        inner = (getattr(error, 'orig', None)
                 or getattr(error, 'inner_exception', None))
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def _code(original: BaseException) -> int | str | None:
    """Return the error number, SQLSTATE or error name."""
    if _is_from(original, 'pymysql', 'MySQLdb'):
        number = original.args[0] if original.args else None
        return number if isinstance(number, int) and number else None
    # The attribute is pgcode in psycopg2 and sqlstate in psycopg.
    return (getattr(original, 'pgcode', None)
            or getattr(original, 'sqlstate', None)
            or getattr(original, 'sqlite_errorname', None))


def _is_from(original: BaseException, *modules: str) -> bool:
    return type(original).__module__.partition('.')[0] in modules


def _is_from_libpq(original: BaseException) -> bool:
    """Tell whether libpq could not connect or lost the connection."""
    return (_is_from(original, 'psycopg2', 'psycopg')
            and type(original).__name__ in ('OperationalError',
                                            'InterfaceError',
                                            'ConnectionTimeout'))
