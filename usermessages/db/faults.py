# SPDX-License-Identifier: Apache-2.0

"""Tell which errors of a database pass by themselves.

A deadlock does (1213, SQLSTATE 40P01), a missing table does not.  The message
of an error is never looked at, since it changes between versions, and never
passed on, since it can hold a value.
"""

import oslo_db.exception
import sqlalchemy.exc

from usermessages.db import timeouts

# The classes of SQLSTATE: connection, rollback, resources, operator's doing.
_SQLSTATE_CLASSES = ('08', '40', '53', '57')

# Of MariaDB and MySQL.
_ERROR_NUMBERS = frozenset((
    1021, 1114,         # disk or table full
    1040, 1203,         # too many connections
    1041, 1037, 1038,   # out of memory
    1047,               # the node is not ready (Galera)
    1053, 1079,         # shutting down
    1180, 1205, 1213,   # lost at commit, lock wait, deadlock
    1290, 1792, 1836,   # read-only, as a node that is being replaced
    1317, 1969, 3024,   # interrupted, or longer than the server allows
    1927,               # the connection was killed
    2002, 2003, 2005, 2006, 2013, 2055,     # no connection, or no more
))

# SQLite: busy, locked, disk full.
_SQLITE_ERRORS = ('SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_FULL')

# Those of them that one transaction meets and another one does not: it lost
# to somebody else's.
_LOST_NUMBERS = frozenset((1180, 1205, 1213))
_LOST_SQLSTATE_CLASS = '40'
_LOST_SQLITE_ERRORS = ('SQLITE_BUSY', 'SQLITE_LOCKED')
_DUPLICATES = (1022, 1062, 1586, '23505', 'SQLITE_CONSTRAINT_PRIMARYKEY',
               'SQLITE_CONSTRAINT_UNIQUE')

_NO_TABLE = 'no such table? "usermessages-manage db sync" makes it'
_NO_DATABASE = 'no such database'
_NO_ACCESS = 'wrong user or password, or no rights'

# What an operator can do about it.  SQLite has one code for many things.
_HINTS: dict[int | str, str] = {
    1146: _NO_TABLE, '42P01': _NO_TABLE, 'SQLITE_ERROR': _NO_TABLE,
    1049: _NO_DATABASE, '3D000': _NO_DATABASE,
    1044: _NO_ACCESS, 1045: _NO_ACCESS, 1142: _NO_ACCESS,
    '28P01': _NO_ACCESS, '28000': _NO_ACCESS, '42501': _NO_ACCESS,
    'SQLITE_CANTOPEN': 'the directory is not there, or not to be written to',
}


def is_passing(error: BaseException) -> bool:
    """Tell whether the same statement may succeed a moment later."""
    if is_lost(error) or isinstance(error, (
            oslo_db.exception.DBDeadlock, sqlalchemy.exc.TimeoutError,
            sqlalchemy.exc.DisconnectionError)):
        return True
    original = _original(error)
    # PyMySQL knows both, and the SQLSTATE of most that pass is HY000.
    number = _number(original)
    if number is not None:
        return number in _ERROR_NUMBERS
    sqlstate = _sqlstate(original)
    if sqlstate:
        return sqlstate.startswith(_SQLSTATE_CLASSES)
    name = getattr(original, 'sqlite_errorname', None)
    if name is not None:
        return name.startswith(_SQLITE_ERRORS)
    # libpq tells no code where it could not connect or lost the connection.
    return (type(original).__module__.partition('.')[0]
            in ('psycopg2', 'psycopg')
            and type(original).__name__ in ('OperationalError',
                                            'InterfaceError',
                                            'ConnectionTimeout'))


def is_too_late(error: BaseException) -> bool:
    """Tell whether nothing was sent, since there was no time left."""
    return getattr(_original(error), timeouts.TOO_LATE, False)


def is_away(error: BaseException) -> bool:
    """Tell whether an error that passes would meet every statement just now.

    A server that is down or full does that, and so does a table that is
    locked, which MariaDB does not tell from one.  A transaction that lost to
    another one does not, and neither does a pool in which there is no
    connection left: those who have them find out.  Where nothing was sent, it
    is this machine that is slow.
    """
    if is_too_late(error) or isinstance(error, (
            oslo_db.exception.DBDeadlock, sqlalchemy.exc.TimeoutError)):
        return False
    original = _original(error)
    return not (
        _number(original) in _LOST_NUMBERS
        or (_sqlstate(original) or '').startswith(_LOST_SQLSTATE_CLASS)
        or (getattr(original, 'sqlite_errorname', None) or '').startswith(
            _LOST_SQLITE_ERRORS))


def is_lost(error: BaseException) -> bool:
    """Tell whether the connection went before the answer came."""
    return (isinstance(error, oslo_db.exception.DBConnectionError)
            or getattr(error, 'connection_invalidated', False))


def is_duplicate(error: BaseException) -> bool:
    """Tell whether a row with this primary key was there already.

    The table of a host may have other constraints, whose violation tells
    nothing of that.
    """
    return (isinstance(error, oslo_db.exception.DBDuplicateEntry)
            or _code(_original(error)) in _DUPLICATES)


def reason(error: BaseException) -> str:
    """Name an error by its class and code: ``OperationalError 1213``.

    Some codes are followed by what an operator can do about them.
    """
    original = _original(error)
    code = _code(original)
    name = type(original).__name__
    if code is None:
        return name
    hint = f': {_HINTS[code]}' if code in _HINTS else ''
    return f'{name} {code}{hint}'


def _original(error: BaseException) -> BaseException:
    """Return what the driver raised, from under SQLAlchemy and oslo.db."""
    for _layer in range(3):
        inner = (getattr(error, 'orig', None)
                 or getattr(error, 'inner_exception', None))
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def _code(original: BaseException) -> int | str | None:
    """Return what the database calls an error."""
    return (_number(original) or _sqlstate(original)
            or getattr(original, 'sqlite_errorname', None))


def _sqlstate(original: BaseException) -> str | None:
    """Return the SQLSTATE of psycopg2 (pgcode) or psycopg (sqlstate)."""
    return (getattr(original, 'pgcode', None)
            or getattr(original, 'sqlstate', None))


def _number(original: BaseException) -> int | None:
    """Return the error number of a driver of MariaDB or MySQL."""
    if type(original).__module__.partition('.')[0] not in (
            'pymysql', 'MySQLdb'):
        return None
    number = original.args[0] if original.args else None
    return number if isinstance(number, int) else None
