# SPDX-License-Identifier: Apache-2.0

"""Make the engine that the library uses where a host gives it none.

A host's thread may hold the host's last connection and its locks when it
reports that it failed, so ``mysql+pymysql://...`` gets a small pool of its own
here.  ``timeouts`` puts an end to each way of waiting, and nothing is
connected before the first statement.
"""

import datetime
import inspect
from typing import Any

import sqlalchemy
import sqlalchemy.exc
from sqlalchemy import pool

from usermessages._i18n import _
from usermessages.db import timeouts
from usermessages import exception

# Source: pg_type.dat of PostgreSQL.
_UUID_OID = 2950

# What to install for a driver, or for a database whose driver is not named.
_PACKAGES = {'pymysql': 'PyMySQL', 'mysql': 'PyMySQL', 'mariadb': 'PyMySQL',
             'psycopg2': 'psycopg2-binary', 'psycopg': 'psycopg[binary]',
             'postgresql': 'psycopg[binary]'}


def make_url(connection: str) -> sqlalchemy.URL:
    """Return the URL of a database, and check what it names.

    :raises ConfigurationError: it is no URL, or its driver is unknown or not
        installed
    """
    try:
        url = sqlalchemy.make_url(connection)
    except (sqlalchemy.exc.ArgumentError, ValueError) as error:
        # The text of the error shows the URL, password included.  A port that
        # is no number is a ValueError.
        raise exception.ConfigurationError(
            _('[user_messages]connection is no SQLAlchemy URL, such as '
              'mysql+pymysql://user:password@host/usermessages.')) from error
    try:
        dialect: Any = url.get_dialect()
        driver = dialect.import_dbapi()
    except (sqlalchemy.exc.NoSuchModuleError, sqlalchemy.exc.ArgumentError,
            ImportError) as error:
        backend, _plus, name = url.drivername.partition('+')
        package = _PACKAGES.get(name, _PACKAGES.get(backend))
        hint = _('; "pip install %s" may help') % package if package else ''
        raise exception.ConfigurationError(
            _('[user_messages]connection names the driver %(driver)s, which '
              'is not installed%(hint)s.')
            % {'driver': url.drivername, 'hint': hint}) from error
    _check_parameters(url, dialect(dbapi=driver))
    if url.get_backend_name() in ('mysql', 'mariadb'):
        # Not every driver takes the whole of Unicode by itself.
        if 'charset' not in url.query:
            url = url.update_query_dict({'charset': 'utf8mb4'})
    return url


def make_engine(connection: str, timeout_seconds: float,
                max_pool_size: int) -> sqlalchemy.Engine:
    """Return an engine whose every step takes a bounded time.

    Each statement is a transaction of its own, and the only thing that is
    sent: no BEGIN, no COMMIT and no ROLLBACK.

    :raises ConfigurationError: see :func:`make_url`
    """
    url = make_url(connection)
    options: dict[str, Any] = {
        'connect_args': timeouts.connect_args(url, timeout_seconds),
        'hide_parameters': True,
        'isolation_level': 'AUTOCOMMIT',
        'skip_autocommit_rollback': True}
    if url.get_backend_name() == 'sqlite':
        if url.database in (None, '', ':memory:'):
            # One connection, or each thread would have a database of its own.
            options['poolclass'] = pool.StaticPool
            options['connect_args']['check_same_thread'] = False
        else:
            options['poolclass'] = pool.NullPool
    else:
        options.update(pool_size=max_pool_size, max_overflow=0,
                       pool_timeout=timeout_seconds / 4, pool_recycle=3600,
                       pool_use_lifo=True)
    if url.get_driver_name() == 'pymysql':
        options['connect_args']['conv'] = _pymysql_conversions()
    engine = sqlalchemy.create_engine(url, **options)
    if url.get_driver_name() in _TEXT_OF_IDS:
        sqlalchemy.event.listen(engine, 'connect',
                                _TEXT_OF_IDS[url.get_driver_name()])
    if url.get_driver_name() == 'pymysql':
        timeouts.bound_handshake(engine)
    elif url.get_driver_name() == 'psycopg':
        timeouts.bound_answers(engine, timeout_seconds / 2)
    return engine


def _pymysql_conversions() -> dict[Any, Any]:
    """Return how PyMySQL reads values, with a faster reader of times.

    Its own takes a tenth of the CPU of a list.
    """
    from pymysql.constants import FIELD_TYPE
    from pymysql import converters

    def moment(text: str) -> Any:
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            # What MariaDB lets be a time and Python does not, as in 0000-00.
            return converters.convert_datetime(text)

    return {**converters.conversions, FIELD_TYPE.DATETIME: moment,
            FIELD_TYPE.TIMESTAMP: moment}


def _psycopg2_reads_ids_as_text(connection: Any, _record: Any) -> None:
    from psycopg2 import extensions
    extensions.register_type(
        extensions.new_type((_UUID_OID,), 'ID', lambda text, _: text),
        connection)


def _psycopg_reads_ids_as_text(connection: Any, _record: Any) -> None:
    from psycopg.types import string
    connection.adapters.register_loader(_UUID_OID, string.TextLoader)


# Otherwise a driver makes an object of each, which becomes text again and
# takes a tenth of the CPU of a list.
_TEXT_OF_IDS = {'psycopg2': _psycopg2_reads_ids_as_text,
                'psycopg': _psycopg_reads_ids_as_text}


def _check_parameters(url: sqlalchemy.URL, dialect: Any) -> None:
    """Find out before the first connection whether the driver takes them.

    :raises ConfigurationError: it does not
    """
    try:
        args, parameters = dialect.create_connect_args(url)
        connect = dialect.loaded_dbapi.connect
        if url.get_driver_name() == 'pymysql' and any(
                parameters.get(name, 1) <= 0 for name in (
                    'connect_timeout', 'read_timeout', 'write_timeout')):
            # It says so itself, but not before it connects.
            raise ValueError
        # That of SQLite is written in C and tells nothing of itself.
        if url.get_backend_name() != 'sqlite':
            inspect.signature(connect).bind(*args, **parameters)
    except (ValueError, TypeError) as error:
        # The text of the error shows a value.
        raise exception.ConfigurationError(
            _('[user_messages]connection has a parameter that the driver '
              '%s does not take.') % url.drivername) from error
