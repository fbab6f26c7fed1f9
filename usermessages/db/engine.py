# SPDX-License-Identifier: Apache-2.0

"""Create the engine of the library.

A failing thread of a service may hold locks and the last connection of a pool,
so the library has a small pool of its own.  The exception filters of
oslo.db classify errors; the other features of an engine of oslo.db would cost
a third of the CPU of a call.

The module has more than 300 lines, because each driver has parameters of its
own.
"""

from collections.abc import Callable
import datetime
import inspect
import math
import re
from typing import Any

from oslo_db.sqlalchemy import exc_filters
import sqlalchemy
import sqlalchemy.exc
from sqlalchemy import pool

from usermessages._i18n import _
from usermessages.db import error_classes
from usermessages import exception

# Source: pg_type.dat of PostgreSQL.
_UUID_OID = 2950

# The maximum share of create_timeout for one wait for the server: for a
# connection or for a response.
WAIT_SHARE = 0.4
# Short, so that a call can check its deadline, see executor.
_POOL_SECONDS = 0.5

# The package of a driver, or of the default driver of a database.
_PACKAGES = {'pymysql': 'PyMySQL', 'mysql': 'PyMySQL', 'mariadb': 'PyMySQL',
             'psycopg2': 'psycopg2-binary', 'psycopg': 'psycopg[binary]',
             'postgresql': 'psycopg[binary]'}
_DRIVERS = {'mysql': 'mysql+pymysql', 'mariadb': 'mysql+pymysql',
            'postgresql': 'postgresql+psycopg'}

_PLUGIN = 'usermessages'

# MariaDB and MySQL have different names, each in a comment for one database.
_STATEMENT_LIMIT = ('SET SESSION /*M! max_statement_time={seconds} */'
                    '/*!50708 max_execution_time={milliseconds} */')


def make_url(connection: str) -> sqlalchemy.URL:
    """Return the URL of a database with an installed driver.

    :raises ConfigurationError: the text is not a URL, or the driver is unknown
        or not installed
    """
    try:
        url = sqlalchemy.make_url(connection)
    except (sqlalchemy.exc.ArgumentError, ValueError) as error:
        # The text of the error contains the URL with the password.  An
        # invalid port is a ValueError.
        raise exception.ConfigurationError(
            _('[user_messages]connection is not an SQLAlchemy URL, for '
              'example mysql+pymysql://user:password@host/usermessages.')
        ) from error
    backend, _plus, name = url.drivername.partition('+')
    try:
        dialect: Any = url.get_dialect()
        dialect.import_dbapi()
    except (sqlalchemy.exc.NoSuchModuleError, sqlalchemy.exc.ArgumentError,
            ImportError) as error:
        if not name and backend in _DRIVERS:
            raise exception.ConfigurationError(
                _('[user_messages]connection starts with %(backend)s:// '
                  'and has no driver; use %(driver)s://.')
                % {'backend': backend, 'driver': _DRIVERS[backend]}
            ) from error
        package = _PACKAGES.get(name, _PACKAGES.get(backend))
        hint = _('; "pip install %s" may help') % package if package else ''
        raise exception.ConfigurationError(
            _('[user_messages]connection names the driver %(driver)s, which '
              'is not installed%(hint)s.')
            % {'driver': url.drivername, 'hint': hint}) from error
    if backend == 'mariadb':
        # The filters of oslo.db use this name.
        url = url.set(drivername=f'mysql+{dialect.driver}')
    if url.get_backend_name() == 'mysql' and 'charset' not in url.query:
        # The default of some drivers does not include all of Unicode.
        url = url.update_query_dict({'charset': 'utf8mb4'})
    if backend == 'postgresql' and 'client_encoding' not in url.query:
        # With the encoding SQL_ASCII of a database, texts would be bytes.
        url = url.update_query_dict({'client_encoding': 'utf8'})
    return url


def make_engine(connection: str, timeout_seconds: float,
                max_pool_size: int) -> sqlalchemy.Engine:
    """Return an engine for calls with a timeout in seconds.

    :raises ConfigurationError: see :func:`make_url`; or the driver does not
        accept a parameter
    """
    url = make_url(connection)
    url = url.update_query_dict({
        name: value for name, value in wait_limits(
            url, timeout_seconds).items() if name not in url.query})
    options: dict[str, Any] = {
        'connect_args': {},
        # The log contains no values.
        'hide_parameters': True,
        # Each statement is a transaction, without BEGIN, COMMIT and ROLLBACK,
        # and without a ping: after a disconnect, a second attempt is safe,
        # since a message has its ID before the first attempt.
        'isolation_level': 'AUTOCOMMIT', 'skip_autocommit_rollback': True}
    driver = url.get_driver_name()
    if driver == 'pysqlite':
        # In memory, each connection has a database of its own.
        is_in_memory = url.database in (None, '', ':memory:')
        options['connect_args'] = {'check_same_thread': not is_in_memory}
        options['poolclass'] = (pool.StaticPool if is_in_memory
                                else pool.NullPool)
    else:
        options.update(pool_size=max_pool_size, max_overflow=0,
                       pool_timeout=_POOL_SECONDS, pool_recycle=3600,
                       pool_use_lifo=True)
    if driver == 'pymysql':
        # The argument autocommit, unlike the option, requires no statement.
        options['connect_args'] = {'autocommit': True,
                                   'conv': _pymysql_conversions()}
    elif driver == 'psycopg':
        # With PgBouncer, each transaction can use another connection, without
        # the prepared statements.
        threshold = str(url.query.get('prepare_threshold'))
        url = url.difference_update_query(['prepare_threshold'])
        options['connect_args'] = {'prepare_threshold': (
            int(threshold) if threshold.isdecimal() else None)}
    engine = _checked(
        url, lambda url: sqlalchemy.create_engine(url, **options))
    sqlalchemy.event.listen(engine, 'handle_error', _before_oslo_db)
    sqlalchemy.event.listen(engine, 'handle_error', exc_filters.handler,
                            retval=True)
    if driver in _READ_IDS_AS_TEXT:
        sqlalchemy.event.listen(engine, 'connect', _READ_IDS_AS_TEXT[driver])
    return engine


def make_migration_engine(connection: str) -> sqlalchemy.Engine:
    """Return an engine without timeouts for statements.

    :raises ConfigurationError: see :func:`make_engine`
    """
    return _checked(make_url(connection), lambda url: sqlalchemy.create_engine(
        url, poolclass=pool.NullPool, hide_parameters=True))


def _checked(url: sqlalchemy.URL,
             create_engine: Callable[[sqlalchemy.URL], sqlalchemy.Engine],
             ) -> sqlalchemy.Engine:
    """Return an engine with a URL that the driver accepts.

    :raises ConfigurationError: the driver does not accept the URL
    """
    try:
        engine = create_engine(url)
    except sqlalchemy.exc.NoSuchModuleError as error:
        raise exception.ConfigurationError(
            _('[user_messages]connection names a plugin of SQLAlchemy that is '
              'not installed.')) from error
    except (ValueError, TypeError) as error:
        raise _parameter_error(url) from error
    # Plugins remove their parameters.
    if not _accepts_parameters(engine.url):
        raise _parameter_error(engine.url)
    return engine


def wait_limits(url: sqlalchemy.URL,
                timeout_seconds: float) -> dict[str, str]:
    """Return the parameters of the URL with the timeouts of the driver.

    SQLAlchemy and libpq accept whole seconds.
    """
    seconds = math.ceil(timeout_seconds * WAIT_SHARE)
    driver = url.get_driver_name()
    if driver in ('pymysql', 'mysqldb'):
        # The server continues a statement after the timeout of the client.
        return {**dict.fromkeys(
            ('connect_timeout', 'read_timeout', 'write_timeout'),
            str(seconds)), 'init_command': _STATEMENT_LIMIT.format(
                seconds=seconds, milliseconds=1000 * seconds)}
    if driver in ('psycopg2', 'psycopg'):
        # The minimum of libpq is two seconds.
        return {'connect_timeout': str(max(2, seconds)),
                'tcp_user_timeout': str(1000 * seconds),
                'options': f'-c statement_timeout={1000 * seconds}'}
    if driver == 'pysqlite':
        return {'timeout': str(seconds)}
    return {}


def supports_timeouts(url: sqlalchemy.URL) -> bool:
    """Tell whether the driver of a URL supports timeouts."""
    return bool(wait_limits(url, 1))


def overridden_timeouts(url: sqlalchemy.URL,
                        timeout_seconds: float) -> list[str]:
    """Return the parameters of a URL with longer timeouts."""
    limits = wait_limits(url, timeout_seconds)
    names = []
    for name, values in url.normalized_query.items():
        value, limit = ' '.join(values), limits.get(name)
        if name == 'options' and limit is not None:
            # The parameter replaces all options of the library.
            timeouts = re.findall(r'statement_timeout\s*=\s*(\S*)', value)
            # The default unit is milliseconds.
            is_longer = not timeouts or not all(
                text.isdecimal() and 0 < int(text) <= int(
                    limits['tcp_user_timeout']) for text in timeouts)
        elif name == 'init_command' and limit is not None:
            is_longer = not re.search(
                'max_(statement|execution)_time', value, re.IGNORECASE)
        elif name.endswith('timeout') and limit is not None:
            is_longer = not (value.replace('.', '', 1).isdecimal()
                             and 0 < float(value) <= int(limit))
        else:
            continue
        if is_longer:
            names.append(name)
    return names


def _before_oslo_db(
        context: sqlalchemy.ExceptionContext) -> None:
    """Raise errors that the filters of oslo.db would log.

    The filters log unknown errors with the text of the driver, which can
    contain a value of a message.
    """
    error = context.sqlalchemy_exception or context.original_exception
    if (isinstance(error, Exception) and not context.is_disconnect
            and not isinstance(error, sqlalchemy.exc.OperationalError)
            and not error_classes.is_duplicate(error)):
        raise error


def _pymysql_conversions() -> dict[Any, Any]:
    """Return the conversions of PyMySQL, with a faster parser of times.

    The parser of PyMySQL takes a tenth of the CPU of a list.
    """
    from pymysql.constants import FIELD_TYPE
    from pymysql import converters

    def timestamp(text: str) -> Any:
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            # MariaDB allows times such as 0000-00-00.
            return converters.convert_datetime(text)

    return {**converters.conversions, FIELD_TYPE.DATETIME: timestamp,
            FIELD_TYPE.TIMESTAMP: timestamp}


def _read_ids_as_text_psycopg2(connection: Any, _record: Any) -> None:
    from psycopg2 import extensions
    extensions.register_type(
        extensions.new_type((_UUID_OID,), 'ID', lambda text, _: text),
        connection)


def _read_ids_as_text_psycopg(connection: Any, _record: Any) -> None:
    from psycopg.types import string
    connection.adapters.register_loader(_UUID_OID, string.TextLoader)


# By default, drivers return UUID objects, whose conversion to text takes a
# tenth of the CPU of a list.
_READ_IDS_AS_TEXT = {'psycopg2': _read_ids_as_text_psycopg2,
                     'psycopg': _read_ids_as_text_psycopg}


def _accepts_parameters(url: sqlalchemy.URL) -> bool:
    """Tell whether the driver accepts the parameters of a URL."""
    dialect: Any = url.get_dialect()
    driver = dialect.import_dbapi()
    try:
        args, parameters = dialect(dbapi=driver).create_connect_args(url)
        if dialect.driver == 'pymysql':
            driver.connect(*args, **{**parameters, 'defer_connect': True})
        # The function of SQLite has no signature.
        elif dialect.name != 'sqlite':
            inspect.signature(driver.connect).bind(*args, **parameters)
    except (ValueError, TypeError, AttributeError, LookupError, OSError):
        return False
    return True


def _parameter_error(url: sqlalchemy.URL) -> exception.ConfigurationError:
    # The text of the error contains a value, and an unknown name can be a part
    # of a password.
    parameters: Any = ['timeout'] if url.get_backend_name() == 'sqlite' else (
        inspect.signature(url.get_dialect().import_dbapi().connect).parameters)
    names = [name for name, value in url.query.items() if name in parameters
             and not _accepts_parameters(url.set(query={name: value}))]
    return exception.ConfigurationError(
        _('[user_messages]connection has a parameter that the driver '
          '%(driver)s does not support%(names)s.')
        % {'driver': url.drivername,
           'names': f': {", ".join(names)}' if names else ''})
