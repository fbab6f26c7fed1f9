# SPDX-License-Identifier: Apache-2.0

"""Store, find and remove messages.

``Connection(conf).message_get(project_id, message_id)`` returns a dict with
the columns of ``models.MESSAGES``, times naive and in UTC.  Every method takes
the project first and without default: its ID, or ``ALL_PROJECTS`` where a
policy rule allowed exactly that.  A message past its time is not there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
import datetime
import enum
import logging
import os
import random
import time
from typing import Any, cast, TypeVar

from oslo_config import cfg
import oslo_db.exception
from oslo_utils import timeutils
import sqlalchemy
import sqlalchemy.exc

from usermessages._i18n import _
from usermessages.db import breaker
from usermessages.db import engine as db_engine
from usermessages.db import faults
from usermessages.db import ids
from usermessages.db import models
from usermessages.db import selects
from usermessages.db import timeouts
from usermessages import exception
from usermessages import opts

LOG = logging.getLogger(__name__)

_T = TypeVar('_T')
_Column = sqlalchemy.ColumnElement[Any]
_COLUMNS = tuple(column.name for column in models.MESSAGES.columns)

# A transaction of so many is over before anybody notices.
CLEANUP_ROWS = 200
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1
# Who waits for a SQLite file looks again every 100 ms, and would find it
# locked each time by a reaper that rests for less.
_SQLITE_REST_SECONDS = 0.15
_DATABASE_ERRORS = (sqlalchemy.exc.SQLAlchemyError,
                    oslo_db.exception.DBError)


class AllProjects(enum.Enum):
    """The scope of those whom a policy rule lets see every project."""

    ALL_PROJECTS = 'all projects'


ALL_PROJECTS = AllProjects.ALL_PROJECTS
Scope = str | AllProjects


@dataclasses.dataclass(frozen=True)
class Batch:
    """The messages that one transaction of the reaper removed."""

    rows: int
    seconds: float


@dataclasses.dataclass(frozen=True)
class Counts:
    """How many messages there are for each value of a column.

    ``largest`` has the values with most messages, and those counts; ``values``
    is how many values there are.
    """

    values: int
    largest: list[tuple[str, int]]


class Connection:
    """The messages of one database.

    :param conf: names the database and the time that a call may take
    :param engine: returns the SQLAlchemy engine of a host, whose settings
        then bound the time; without it, one is made at the first use
    :param group: of the configuration, where the options of the library are
    :param layout: of a table that the host has already
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 engine: Callable[[], sqlalchemy.Engine] | None = None,
                 group: str = opts.GROUP, layout: models.Layout = models.OWN):
        self._conf = conf
        self._group = group
        self._options = opts.of_library(conf, group)
        self._layout = layout
        self._selects = selects.Selects(layout, self._options.message_ttl)
        self._rows = self._selects.rows
        self._insert = layout.table.insert()
        self._breaker = breaker.Breaker()
        self._host_engine = engine
        self._engines: dict[int, sqlalchemy.Engine] = {}

    def message_create(self, values: Mapping[str, Any]) -> None:
        """Store a message, with an ID that was made before.

        After one that was in vain for all of its time, since the database was
        away, others are given up at once for ``unavailable_pause`` seconds.

        :raises DatabaseUnavailable: it could not be stored in time
        :raises DatabaseError: it can not be stored
        """
        options = self._options
        has_turn = self._breaker.is_open and self._breaker.take_turn(
            options.create_timeout + options.unavailable_pause)
        try:
            self._store(values)
        except exception.DatabaseUnavailable as error:
            pause = options.unavailable_pause
            if pause and error.is_away:
                self._breaker.open(error.reason, pause)
            elif has_turn:
                # What it met, others need not meet: the next one tries.
                self._breaker.open(error.reason, 0)
            raise
        except exception.DatabaseError:
            # It answers.
            self._breaker.close()
            raise
        if self._breaker.is_open:
            self._breaker.close()

    def message_restore(self, values: Mapping[str, Any]) -> bool:
        """Store a message that may be there; tell whether it was not.

        Which one is there is told by the ID alone, and what is there stays as
        it is.

        :raises DatabaseUnavailable: it could not be stored in time
        :raises DatabaseError: it can not be stored
        """
        return self._store(values, may_be_there=True)

    def _store(self, values: Mapping[str, Any],
               may_be_there: bool = False) -> bool:
        stored = self._layout.stored(values)
        tries = 0

        def insert(connection: sqlalchemy.Connection) -> bool:
            nonlocal tries
            tries += 1
            try:
                connection.execute(self._insert, stored)
            except _DATABASE_ERRORS as error:
                if not faults.is_duplicate(error):
                    raise
                if tries == 1:
                    if may_be_there:
                        return False
                    raise
                # The connection was lost after the first try was committed.
            return True

        return self._run(insert)

    def message_get(self, project_id: Scope,
                    message_id: str) -> dict[str, Any]:
        """Return one message.

        :raises MessageNotFound: there is none in that project
        :raises DatabaseUnavailable: the database did not answer in time
        """
        found = self._run(lambda connection: self._find(
            connection, project_id, message_id))
        if found is None:
            raise exception.MessageNotFound(message_id)
        return found

    def message_get_all(self, project_id: Scope,
                        filters: Mapping[str, Any] | None = None,
                        marker: str | None = None, limit: int | None = None,
                        offset: int | None = None,
                        sort_keys: Sequence[str] | None = None,
                        sort_dirs: Sequence[str] | None = None,
                        ) -> list[dict[str, Any]]:
        """Return messages, the newest first unless told otherwise.

        :param filters: ``{'event_id': '000002'}`` for exactly that value,
            ``{'event_id~': '00'}`` for one that contains it, and
            ``created_since`` and ``created_before`` with naive times in UTC,
            both inclusive; an unknown name matches nothing
        :param marker: ID behind which the answer starts.  In the default
            order an ID of version 7 needs no message
        :param limit: how many messages at most; by default all
        :param offset: how many messages to leave out, after the marker
        :param sort_keys: names of columns, see ``selects.SORT_KEYS``;
            ``created_at`` and ``id`` follow in the direction of the first
        :param sort_dirs: ``asc`` or ``desc`` for each key, by default desc
        :raises Invalid: a sort key or direction is unknown
        :raises MessageNotFound: the marker leads nowhere
        :raises DatabaseUnavailable: the database did not answer in time
        """
        order = selects.complete_order(sort_keys or (), sort_dirs or ())

        def select(connection: sqlalchemy.Connection) -> list[dict[str, Any]]:
            values = self._visible(project_id)
            if marker is not None:
                position = self._position(
                    connection, project_id, order, marker)
                if position is None:
                    raise exception.MessageNotFound(marker)
                values.update({selects.at_marker(key): value
                               for key, value in position.items()})
            matching = self._matching(project_id, filters or {})
            if matching is None or limit == 0:
                return []
            statement = self._selects.of(selects.Form(
                connection.dialect.name, project_id is ALL_PROJECTS,
                tuple((name, value == '') for name, value
                      in matching.items()), order, marker is not None,
                limit is not None, bool(offset)))
            values.update(matching, limit=limit, offset=offset)
            for name, (_compare, id_at) in selects.BOUNDS.items():
                if name in matching:
                    values[id_at.__name__] = id_at(matching[name])
            return _dicts(connection.execute(statement, values), project_id)

        return self._run(select)

    def message_destroy(self, project_id: Scope, message_id: str) -> None:
        """Remove one message for good.

        :raises MessageNotFound: there is none in that project
        :raises DatabaseUnavailable: the database did not answer in time
        """
        removed = answer_lost = False

        def delete(connection: sqlalchemy.Connection) -> None:
            nonlocal removed, answer_lost
            try:
                # Stays so where it is the answer to the COMMIT of a host's
                # engine that is lost.
                removed |= connection.execute(self._layout.delete(
                    message_id, timeutils.utcnow(),
                    None if project_id is ALL_PROJECTS else project_id,
                    self._options.message_ttl)).rowcount > 0
            except _DATABASE_ERRORS as error:
                answer_lost |= faults.is_lost(error)
                raise

        if self._can_be(project_id, message_id):
            self._run(delete)
        if removed:
            return
        if answer_lost:
            # Whether it was there, nobody can tell any more.
            LOG.warning('Message %s is not there, and may have been removed '
                        'by a request whose answer from the database was '
                        'lost.', message_id)
        raise exception.MessageNotFound(message_id)

    def cleanup_expired_messages(
            self, project_id: Scope, *,
            older_than: datetime.timedelta = datetime.timedelta(),
            batch_size: int = CLEANUP_ROWS,
            max_rows: int | None = None) -> Iterator[Batch]:
        """Remove messages that are past their time, batch by batch.

        Whoever iterates can stop at any time, and go on with another call:
        what was yielded is gone, and nothing else is.  After each batch comes
        a rest as long as that took, so that nobody who writes waits for it.

        :param older_than: how long they have been past their time at least
        :param batch_size: how many messages one transaction removes at most
        :param max_rows: how many are removed at most; by default all
        :raises DatabaseUnavailable: the database did not answer in time
        :raises DatabaseError: there is no table of messages
        """
        column = self._layout.column
        # Each is the order of an index; without one, PostgreSQL reads the
        # whole table.
        order = ((column('expires_at'),) if project_id is ALL_PROJECTS
                 else (column('created_at'), column('id')))
        query = sqlalchemy.select(column('id')).where(
            *self._expired(project_id, older_than)).order_by(*order)
        left = max_rows
        while left is None or left > 0:
            size = batch_size if left is None else min(batch_size, left)
            started = time.monotonic()
            # Each tried again on its own, so that a removal whose answer was
            # lost is not followed by one of other messages.
            message_ids = self._run(lambda connection: connection.execute(
                query.limit(size)).scalars().all())
            if not message_ids:
                return
            batch = self._remove(message_ids)
            rest_seconds = time.monotonic() - started
            if batch.rows:
                yield batch
            if len(message_ids) < size:
                return
            if left is not None:
                left -= len(message_ids)
            if self._engine().dialect.name == 'sqlite':
                rest_seconds = max(rest_seconds, _SQLITE_REST_SECONDS)
            time.sleep(rest_seconds)

    def _remove(self, message_ids: Sequence[str]) -> Batch:
        """Remove rows, of which another reaper may have removed some."""
        statement = self._layout.remove(message_ids)

        def remove(connection: sqlalchemy.Connection) -> Batch:
            started = time.monotonic()
            rows = connection.execute(statement).rowcount
            return Batch(rows, time.monotonic() - started)

        return self._run(remove)

    def count_expired_messages(
            self, project_id: Scope, *,
            older_than: datetime.timedelta = datetime.timedelta()) -> int:
        """Return how many messages a cleanup would remove.

        The parameters and errors are those of
        :meth:`cleanup_expired_messages`.
        """
        query = sqlalchemy.select(sqlalchemy.func.count()).select_from(
            self._layout.table).where(*self._expired(project_id, older_than))
        return self._run(lambda connection: connection.execute(
            query).scalar_one())

    def count_by(self, project_id: Scope, name: str, *, limit: int,
                 above: int = 0) -> Counts:
        """Count what is stored, past its time or not, by a column.

        It reads every message of the scope; by ``project_id`` an index is
        enough.

        :param name: of a column with text
        :param limit: how many values to tell at most
        :param above: leave out values with so many messages or fewer
        :raises DatabaseUnavailable: the database did not answer in time
        :raises DatabaseError: there is no table of messages
        """
        function, column = sqlalchemy.func, self._rows.c[name]
        count = function.count()
        # Counted before all but the largest are cut off.
        values = function.count().over()
        query = self._stored(project_id, column, count, values).group_by(
            column).order_by(count.desc(), column).limit(limit)
        if above:
            query = query.having(count > above)
        rows = self._run(lambda connection: connection.execute(
            query).all())
        return Counts(rows[0][2] if rows else 0,
                      [(row[0], row[1]) for row in rows])

    def count_by_age(self, project_id: Scope,
                     ages: Sequence[datetime.timedelta]) -> list[int]:
        """Count what is stored, past its time or not, by its age.

        :param ages: the youngest first
        :returns: for each age how many messages are as old at most and older
            than the age before it; at last how many are older than all
        :raises DatabaseUnavailable: the database did not answer in time
        :raises DatabaseError: there is no table of messages
        """
        now = timeutils.utcnow()
        function, created_at = sqlalchemy.func, self._rows.c.created_at
        query = self._stored(project_id, *(
            function.count(sqlalchemy.case((created_at >= now - age, 1)))
            for age in ages), function.count())
        counts = self._run(lambda connection: connection.execute(query).one())
        return [count - younger for younger, count
                in zip((0, *counts), counts)]

    def oldest_expires_at(self) -> datetime.datetime | None:
        """Return the first time at which a message expires or expired.

        :returns: naive, in UTC; None where there is no message
        :raises DatabaseUnavailable: the database did not answer in time
        :raises DatabaseError: there is no table of messages
        """
        return self._run(lambda connection: connection.execute(
            sqlalchemy.select(sqlalchemy.func.min(self._rows.c.expires_at)),
        ).scalar_one())

    def check(self) -> None:
        """Ask the database for nothing, to see whether it answers.

        :raises DatabaseUnavailable: it did not, in time
        :raises DatabaseError: there is no table of messages
        """
        self._run(lambda connection: connection.execute(
            sqlalchemy.select(self._rows.c.id).limit(0)).close())

    def close(self) -> None:
        """Close the connections that this object made."""
        self._forget_parents()
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()

    def _visible(self, scope: Scope) -> dict[str, Any]:
        """Return the values that say which messages the scope may see."""
        values = {'now': timeutils.utcnow()}
        return (values if scope is ALL_PROJECTS
                else {**values, 'project_id': scope})

    def _expired(self, scope: Scope, older_than: datetime.timedelta,
                 ) -> list[sqlalchemy.ColumnElement[bool]]:
        """Return what holds for the rows of the table that are to go."""
        expires_at: _Column = self._layout.column('expires_at')
        conditions = []
        if scope is not ALL_PROJECTS:
            expires_at = selects.unindexed(expires_at)
            project_id = self._layout.column('project_id')
            conditions.append(
                self._layout.is_exactly(project_id, scope)
                if selects.can_hold(self._rows.c.project_id, scope)
                else sqlalchemy.false())
        return [*conditions, self._layout.expired(
            expires_at, timeutils.utcnow() - older_than,
            self._options.message_ttl)]

    def _stored(self, scope: Scope,
                *columns: _Column) -> sqlalchemy.Select[Any]:
        """Return the statement that counts the messages of a scope."""
        query = sqlalchemy.select(*columns).select_from(self._rows)
        if scope is ALL_PROJECTS:
            return query
        return query.where(
            self._layout.is_exactly(self._rows.c.project_id, scope)
            if selects.can_hold(self._rows.c.project_id, scope)
            else sqlalchemy.false())

    def _can_be(self, scope: Scope, message_id: str) -> bool:
        """Tell whether such a message can be there at all."""
        return ids.is_id(message_id) and (
            scope is ALL_PROJECTS
            or selects.can_hold(self._rows.c.project_id, scope))

    def _find(self, connection: sqlalchemy.Connection, scope: Scope,
              message_id: str) -> dict[str, Any] | None:
        if not self._can_be(scope, message_id):
            return None
        statement = self._selects.of(selects.Form(
            connection.dialect.name, scope is ALL_PROJECTS,
            (('id', False),)))
        found = _dicts(connection.execute(
            statement, {**self._visible(scope), 'id': message_id}), scope)
        return found[0] if found else None

    def _position(self, connection: sqlalchemy.Connection, scope: Scope,
                  order: selects.Order, marker: str) -> dict[str, Any] | None:
        """Return the values of the sort keys at the marker, or None."""
        moment = (ids.moment_of(marker)
                  if order == selects.DEFAULT_ORDER else None)
        if moment is not None:
            return {'created_at': self._layout.moment(moment), 'id': marker}
        return self._find(connection, scope, marker)

    def _matching(self, scope: Scope,
                  filters: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the values to look for, None where nothing can match."""
        if (scope is not ALL_PROJECTS
                and not selects.can_hold(self._rows.c.project_id, scope)):
            return None
        values: dict[str, Any] = {}
        for name, value in filters.items():
            if name not in selects.BOUNDS:
                column_name = name.removesuffix('~')
                if (column_name not in selects.FILTERS
                        or not selects.can_hold(
                            self._rows.c[column_name], value)):
                    return None
                if column_name in selects.UPPER_CASE:
                    value = value.upper()
            values[name] = value
        return values

    def _run(self, work: Callable[[sqlalchemy.Connection], _T]) -> _T:
        """Do something in a transaction, again where that may help.

        The time is bounded, not the number of tries: a try starts only where
        a statement that takes as long as it may would still end in time.
        """
        timeout = self._options.create_timeout
        latest_start = time.monotonic() + timeout / 2
        pause = _FIRST_PAUSE_SECONDS
        met = None
        while True:
            try:
                with timeouts.no_statement_after(latest_start), \
                        self._connect() as connection:
                    return work(connection)
            except UnicodeEncodeError as error:
                # Of an encoding of the database that has no such letter.
                raise exception.DatabaseError('UnicodeEncodeError') from error
            except _DATABASE_ERRORS as error:
                if not faults.is_passing(error):
                    raise exception.DatabaseError(
                        faults.reason(error)) from error
                # What was not sent any more tells less than what was answered.
                if met is None or not faults.is_too_late(error):
                    met = faults.reason(error), faults.is_away(error)
                # Those who lost to each other must not meet again.
                seconds = pause * random.uniform(0.5, 1)  # noqa: S311
                if time.monotonic() + seconds > latest_start:
                    raise exception.DatabaseUnavailable(*met) from error
            time.sleep(seconds)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _connect(self) -> contextlib.AbstractContextManager[
            sqlalchemy.Connection]:
        engine = self._engine()
        # On an engine of ours each statement is a transaction, and to begin
        # one would send a COMMIT, whose answer can be lost as well.
        return (engine.begin() if self._host_engine is not None
                else engine.connect())

    def _engine(self) -> sqlalchemy.Engine:
        if self._host_engine is not None:
            return self._host_engine()
        process = os.getpid()
        engine = self._engines.get(process)
        if engine is None:
            self._forget_parents()
            # Of several threads that come here, all take the first one's.
            engine = self._engines.setdefault(process, db_engine.make_engine(
                connection_url(self._conf, self._group),
                self._options.create_timeout, self._options.max_pool_size))
        return engine

    def _forget_parents(self) -> None:
        """Let go of what came with a fork; it stays the parent's."""
        for process in list(self._engines):
            if process != os.getpid():
                inherited = self._engines.pop(process, None)
                if inherited is not None:
                    inherited.dispose(close=False)


def connection_url(conf: cfg.ConfigOpts, group: str = opts.GROUP) -> str:
    """Return the URL of the database that the configuration names.

    :raises ConfigurationError: it names none
    """
    name, _group = opts.place('connection', group)
    connection = (opts.of_library(conf, group).connection
                  or conf.database.connection)
    if not connection:
        raise exception.ConfigurationError(
            _('No database is configured: set [%(group)s]%(option)s in '
              'usermessages.conf, or %(variable)s.')
            % {'group': group, 'option': name,
               'variable': f'OS_{group}__{name}'.upper()})
    return cast(str, connection)


def _dicts(rows: Iterable[Sequence[Any]],
           scope: Scope) -> list[dict[str, Any]]:
    messages = [dict(zip(_COLUMNS, row)) for row in rows]
    # Said once more where no collation has a say in it.
    return [message for message in messages
            if scope is ALL_PROJECTS or message['project_id'] == scope]
