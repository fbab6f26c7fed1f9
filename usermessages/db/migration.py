# SPDX-License-Identifier: Apache-2.0

"""Bring the table of user messages up to date.

``sync(connection)`` is for the ``db sync`` of a host, ``sync_url(url)`` for
``usermessages-manage db sync``.  The migrations are a tree of their own with a
version table of their own, so that they live beside those of a host.
"""

from collections.abc import Callable, Iterator, Mapping
import contextlib
import os
from typing import Any, TypeVar

import alembic.command
import alembic.config
import alembic.runtime.migration
import alembic.script
import alembic.util
import sqlalchemy
import sqlalchemy.exc
from sqlalchemy import pool

from usermessages._i18n import _
from usermessages.db import engine as db_engine
from usermessages.db import faults
from usermessages.db import models
from usermessages import exception

_T = TypeVar('_T')

VERSION_TABLE = 'user_messages_alembic_version'
_LOCK_SECONDS = 60
_LOOK_SECONDS = 10
_STILL_RUNNING = _('another migration has been running for a minute')
# Any number will do that nobody else in the same database takes.
_POSTGRESQL_LOCK = 0x757365726d736773


def is_ours(name: str | None, type_: str,
            parent_names: Mapping[Any, Any]) -> bool:
    """Tell whether that belongs to the tables of this package.

    For ``include_name`` of alembic.  A host that looks for changes in a
    database that holds the user messages too returns the contrary in its own,
    or it would be told to drop the table.  A schema is nobody's.
    """
    if type_ == 'table':
        return name in models.metadata.tables or name == VERSION_TABLE
    return parent_names.get('table_name') in models.metadata.tables


def sync(connection: sqlalchemy.Connection) -> None:
    """Bring the database of a connection up to date, in its transaction.

    To be called within ``engine.begin()``: it commits nothing itself.  Does
    nothing where it is already.  Of several that do this at the same time
    one works and the others wait for it.

    :raises DatabaseUnavailable: another one worked for over a minute
    :raises WrongDatabaseVersion: the database is newer than this package
    """
    config = _config()
    config.attributes['connection'] = connection
    with _alone(connection):
        _refuse_newer(current(connection))
        alembic.command.upgrade(config, 'head')


def sync_url(url: str) -> None:
    """Bring the database at a URL up to date.

    :raises ConfigurationError: the URL or its driver can not be used
    :raises DatabaseUnavailable: the database is away
    :raises DatabaseError: it refuses, or is newer than this package
    """
    _with_connection(sqlalchemy.create_engine(
        db_engine.make_url(url), poolclass=pool.NullPool,
        hide_parameters=True), sync)


def current(connection: sqlalchemy.Connection) -> str | None:
    """Return the version of a database, None where it has no table."""
    return alembic.runtime.migration.MigrationContext.configure(
        connection, opts={'version_table': VERSION_TABLE},
    ).get_current_revision()


def current_at(url: str) -> str | None:
    """Return the version of the database at a URL, as :func:`current`.

    :raises ConfigurationError: the URL or its driver can not be used
    :raises DatabaseUnavailable: the database is away
    :raises DatabaseError: it refuses
    """
    # A service that starts looks too, and must not wait for a frozen server.
    return _with_connection(
        db_engine.make_engine(url, _LOOK_SECONDS, 1), current)


def head() -> str:
    """Return the version that this package works with."""
    revision = _scripts().get_current_head()
    assert revision is not None
    return revision


def check(version: str | None) -> None:
    """Make sure that a database of that version can be worked with.

    :raises WrongDatabaseVersion: it is older or newer than this package
    """
    if version == head():
        return
    if version is None:
        raise exception.WrongDatabaseVersion(
            _('there is no table of user messages yet: run '
              '"usermessages-manage db sync"'))
    _refuse_newer(version)
    raise exception.WrongDatabaseVersion(
        _('the table of user messages is at version %(version)s and %(head)s '
          'is needed: run "usermessages-manage db sync"')
        % {'version': version, 'head': head()})


def _refuse_newer(version: str | None) -> None:
    if version is None:
        return
    try:
        _scripts().get_revision(version)
    except alembic.util.CommandError as error:
        raise exception.WrongDatabaseVersion(
            _('the table of user messages is at version %(version)s, which '
              'is newer than this package, whose latest is %(head)s: upgrade '
              'the package') % {'version': version, 'head': head()}) from error


def _config() -> alembic.config.Config:
    return alembic.config.Config(
        os.path.join(os.path.dirname(__file__), 'alembic.ini'))


def _scripts() -> alembic.script.ScriptDirectory:
    return alembic.script.ScriptDirectory.from_config(_config())


def _with_connection(engine: sqlalchemy.Engine,
                     work: Callable[[sqlalchemy.Connection], _T]) -> _T:
    try:
        with engine.connect() as connection:
            result = work(connection)
            connection.commit()
            return result
    except sqlalchemy.exc.SQLAlchemyError as error:
        kind = (exception.DatabaseUnavailable if faults.is_passing(error)
                else exception.DatabaseError)
        raise kind(faults.reason(error)) from error
    finally:
        engine.dispose()


@contextlib.contextmanager
def _alone(connection: sqlalchemy.Connection) -> Iterator[None]:
    """Hold the lock of migrations, in whatever way the database has one."""
    dialect = connection.dialect.name
    if dialect == 'postgresql':
        _lock_postgresql(connection)
        yield
    elif dialect in ('mysql', 'mariadb'):
        # A lock of the server and not of one database, hence the name.
        name = sqlalchemy.text(
            "SHA1(CONCAT('user_messages ', DATABASE()))")
        taken = connection.scalar(sqlalchemy.select(
            sqlalchemy.func.get_lock(name, _LOCK_SECONDS)))
        if not taken:
            raise exception.DatabaseUnavailable(_STILL_RUNNING)
        try:
            yield
            # Who takes the lock next must see the version.
            connection.exec_driver_sql('COMMIT')
        finally:
            connection.execute(sqlalchemy.select(
                sqlalchemy.func.release_lock(name)))
    else:
        # The engines of oslo.db have begun already.
        sqlite: Any = connection.connection.dbapi_connection
        if not sqlite.in_transaction:
            connection.exec_driver_sql('BEGIN IMMEDIATE')
        yield


def _lock_postgresql(connection: sqlalchemy.Connection) -> None:
    function = sqlalchemy.func
    before = connection.scalar(sqlalchemy.select(
        function.current_setting('lock_timeout')))
    connection.execute(sqlalchemy.select(function.set_config(
        'lock_timeout', f'{_LOCK_SECONDS}s', True)))
    try:
        connection.execute(sqlalchemy.select(
            function.pg_advisory_xact_lock(_POSTGRESQL_LOCK)))
    except sqlalchemy.exc.OperationalError as error:
        if faults.is_passing(error):
            raise
        raise exception.DatabaseUnavailable(_STILL_RUNNING) from error
    connection.execute(sqlalchemy.select(function.set_config(
        'lock_timeout', before, True)))
