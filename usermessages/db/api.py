# SPDX-License-Identifier: Apache-2.0

"""Store, read and delete messages.

``Connection(conf).message_get(project_id, message_id)`` returns a dict with
the columns of ``models.MESSAGES``; times are naive, in UTC.  Methods that read
or delete messages take the project as their first argument, without a default:
an ID, or ``ALL_PROJECTS`` if a policy rule allows all projects.  The methods
exclude expired messages.

The module has more than 300 lines, because ``Connection`` has all operations
on messages, and the docstrings are the reference.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
import contextlib
import dataclasses
import enum
import logging
from typing import Any, cast

from oslo_config import cfg
from oslo_utils import timeutils
import sqlalchemy

from usermessages._i18n import _
from usermessages import config
from usermessages.db import error_classes
from usermessages.db import executor
from usermessages.db import ids
from usermessages.db import models
from usermessages.db import selects
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception
from usermessages import fields
from usermessages import opts

LOG = logging.getLogger(__name__)

_COLUMNS = tuple(column.name for column in models.MESSAGES.columns)


class AllProjects(enum.Enum):
    """The scope of a user if a policy rule allows all projects."""

    ALL_PROJECTS = 'all projects'


ALL_PROJECTS = AllProjects.ALL_PROJECTS
Scope = str | AllProjects


class Connection:
    """The messages of one database.

    :param conf: the configuration with the database and the timeout of a call
    :param engine: a function that returns the SQLAlchemy engine of a service,
        whose settings limit each attempt; by default, the first use creates an
        engine
    :param group: the configuration group with the options of the library
    :param table_mapping: the mapping of an existing table of the service
    :ivar rows: the table or subquery of all queries, with the columns of
        ``models.MESSAGES``
    :ivar executor: the executor of the queries
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 engine: Callable[[], sqlalchemy.Engine] | None = None,
                 group: str = opts.GROUP,
                 table_mapping: db_table_mapping.TableMapping = (
                     db_table_mapping.DEFAULT_TABLE)):
        self._conf = conf
        self._group = group
        self._options = opts.library_options(conf, group)
        self.table_mapping = table_mapping
        self.ttl_seconds = self._options.message_ttl
        self._selects = selects.Selects(table_mapping, self.ttl_seconds)
        self.rows = self._selects.rows
        self._insert = table_mapping.table.insert()
        self._has_warned = False
        self.executor = executor.Executor(
            self._options, lambda: connection_url(conf, group), engine)

    def message_create(self, values: Mapping[str, Any]) -> None:
        """Store a message, with the circuit breaker.

        :raises DatabaseUnavailable: the database did not respond in time
        :raises DatabaseError: the database rejected the message
        """
        self._store(values, self.executor.run_unless_unavailable)

    def message_recover(self, values: Mapping[str, Any],
                        timeout: float | None = None) -> bool:
        """Store a message unless its ID exists; return whether it was stored.

        An existing row stays unchanged.

        :param timeout: see :meth:`usermessages.db.executor.Executor.run`
        :raises DatabaseUnavailable: the database did not respond in time
        :raises DatabaseError: the database rejected the message
        """
        return self._store(
            values, lambda work: self.executor.run(work, timeout),
            may_exist=True, timeout=timeout)

    def _store(self, values: Mapping[str, Any], run: Callable[
            [Callable[[sqlalchemy.Connection], None]], None],
            may_exist: bool = False, timeout: float | None = None) -> bool:
        attempts = 0

        def insert(connection: sqlalchemy.Connection) -> None:
            nonlocal attempts
            attempts += 1
            connection.execute(self._insert, self.table_mapping.stored(
                values, connection.dialect))

        try:
            run(insert)
        except exception.DatabaseError as error:
            # An earlier attempt may have succeeded without a response, and a
            # recovered message may exist.  The row is the only evidence, since
            # an existing table can have other UNIQUE constraints.
            if not (error_classes.is_duplicate(error.__cause__)
                    and (attempts > 1 or may_exist)
                    and self._has_row(values['id'], timeout)):
                raise
            return attempts > 1
        return True

    def _has_row(self, message_id: str, timeout: float | None) -> bool:
        query = sqlalchemy.select(sqlalchemy.literal(1)).where(
            self.table_mapping.column('id') == message_id)
        return self.executor.run(lambda connection: connection.execute(
            query).first() is not None, timeout)

    def message_get(self, project_id: Scope,
                    message_id: str) -> dict[str, Any]:
        """Return one message.

        :raises MessageNotFound: the message does not exist in the scope
        :raises DatabaseUnavailable: the database did not respond in time
        """
        message = None
        with contextlib.suppress(exception.UnencodableText):
            message = self.executor.run(lambda connection: self._find(
                connection, project_id, message_id))
        if message is None:
            raise exception.MessageNotFound(message_id)
        return message

    def message_get_all(self, project_id: Scope,
                        filters: Mapping[str, Any] | None = None,
                        marker: str | None = None, limit: int | None = None,
                        offset: int | None = None,
                        sort_keys: Sequence[str] | None = None,
                        sort_dirs: Sequence[str] | None = None,
                        ) -> list[dict[str, Any]]:
        """Return messages, by default the newest first.

        :param filters: ``{'event_id': '000002'}`` for equal values,
            ``{'event_id~': '00'}`` for values that contain the text, and
            ``created_since`` and ``created_before`` with naive times in UTC,
            both inclusive; an unknown name matches no message
        :param marker: the ID after which the list starts.  In the default
            order, the message of an ID of version 7 need not exist
        :param limit: maximum number of messages; by default all
        :param offset: number of messages to skip, after the marker
        :param sort_keys: names of columns, see ``fields.SORT_KEYS``;
            ``created_at`` and ``id`` follow in the direction of the first
        :param sort_dirs: ``asc`` or ``desc`` for each key, by default desc
        :raises Invalid: a sort key or direction is unknown
        :raises SearchTooLarge: the filters, the offset or the sort keys
            require a search of more than ``selects.SEARCH_ROWS`` messages
        :raises MessageNotFound: the marker does not exist
        :raises DatabaseUnavailable: the database did not respond in time
        """
        order = selects.complete_order(sort_keys or (), sort_dirs or ())

        def select(connection: sqlalchemy.Connection) -> list[dict[str, Any]]:
            values: dict[str, Any] = {'limit': limit, 'offset': offset}
            if marker is not None:
                position = self._position(
                    connection, project_id, order, marker)
                if position is None:
                    raise exception.MessageNotFound(marker)
                values.update({selects.at_marker(key): value
                               for key, value in position.items()})
            filter_values = self._filter_values(project_id, filters or {})
            if filter_values is None or limit == 0:
                return []
            shape = self._bounded_shape(
                connection, project_id, filter_values, values, order,
                marker is not None)
            messages = self._dicts(connection.execute(
                self._selects.statement(shape), values), project_id)
            if shape.is_bounded and (limit is None or len(messages) < limit):
                # Messages beyond the bound may match.
                raise exception.SearchTooLarge(selects.SEARCH_ROWS)
            return messages

        with contextlib.suppress(exception.UnencodableText):
            return self.executor.run(select)
        # No message contains a text that the database cannot store.
        return []

    def message_get_groups(self, project_id: Scope,
                           filters: Mapping[str, Any] | None = None,
                           ) -> tuple[list[dict[str, Any]], bool]:
        """Count the newest messages by event, level and type of resource.

        :param filters: see :meth:`message_get_all`
        :returns: the groups, the largest first, and whether more messages
            match than the ``selects.GROUPED_ROWS`` counted messages.  A
            group has the ``selects.GROUP_KEYS``, ``action_id``, ``detail_id``,
            ``count``, the number of ``resources``, ``first_at`` and
            ``last_at`` as naive times in UTC, and ``latest_id``
        :raises SearchTooLarge: see :meth:`message_get_all`
        :raises DatabaseUnavailable: the database did not respond in time
        """
        def select(connection: sqlalchemy.Connection) -> list[dict[str, Any]]:
            filter_values = self._filter_values(project_id, filters or {})
            if filter_values is None:
                return []
            values: dict[str, Any] = {'limit': selects.GROUPED_ROWS}
            shape = self._bounded_shape(
                connection, project_id, filter_values, values,
                selects.DEFAULT_ORDER)
            found = [dict(row) for row in connection.execute(
                self._selects.groups(shape), values).mappings()]
            if shape.is_bounded and _count(found) < selects.GROUPED_ROWS:
                # Messages beyond the bound may match.
                raise exception.SearchTooLarge(selects.SEARCH_ROWS)
            return found

        groups: list[dict[str, Any]] = []
        # No message contains a text that the database cannot store.
        with contextlib.suppress(exception.UnencodableText):
            groups = self.executor.run(select)
        is_truncated = False
        if _count(groups) == selects.GROUPED_ROWS:
            try:
                is_truncated = bool(self.message_get_all(
                    project_id, filters, limit=1,
                    offset=selects.GROUPED_ROWS))
            except exception.SearchTooLarge:
                # The search cannot show whether more messages match.
                is_truncated = True
        return groups, is_truncated

    def message_destroy(self, project_id: Scope, message_id: str) -> None:
        """Delete one message permanently.

        :raises MessageNotFound: the message does not exist in the scope
        :raises DatabaseUnavailable: the database did not respond in time
        """
        removed = response_lost = False

        def delete(connection: sqlalchemy.Connection) -> None:
            nonlocal removed, response_lost
            try:
                # Stays true if the response to the COMMIT on the engine of a
                # service is lost.
                removed |= connection.execute(self.table_mapping.delete(
                    message_id, timeutils.utcnow(),
                    None if project_id is ALL_PROJECTS else project_id,
                    self.ttl_seconds)).rowcount > 0
            except executor.DATABASE_ERRORS as error:
                response_lost |= error_classes.is_disconnect(error)
                raise

        if self._can_exist(project_id, message_id):
            with contextlib.suppress(exception.UnencodableText):
                self.executor.run(delete)
        if removed:
            return
        if response_lost:
            # The first attempt may have deleted the message.
            LOG.warning('Message %s does not exist; an earlier attempt may '
                        'have removed it and lost the response of the '
                        'database.', message_id)
        raise exception.MessageNotFound(message_id)

    def check(self) -> None:
        """Send a query without a result to the database.

        :raises DatabaseUnavailable: the database did not respond in time
        :raises DatabaseError: the table does not exist
        """
        self.executor.run(lambda connection: connection.execute(
            sqlalchemy.select(self.rows.c.id).limit(0)).close())

    def has_unicode(self) -> bool:
        """Tell whether the database and the connection support all of Unicode.

        :raises DatabaseUnavailable: the database did not respond in time
        """
        def compare(connection: sqlalchemy.Connection) -> bool:
            text = sqlalchemy.literal('\N{GRINNING FACE}')
            return connection.scalar(sqlalchemy.select(
                sqlalchemy.cast(text, sqlalchemy.String(1)))) == text.value

        with contextlib.suppress(exception.UnencodableText):
            return self.executor.run(compare)
        return False

    def close(self) -> None:
        """Close the connections that this object created."""
        self.executor.close()

    def _bounded_shape(self, connection: sqlalchemy.Connection, scope: Scope,
                       filter_values: Mapping[str, Any],
                       values: dict[str, Any],
                       order: selects.Order, has_marker: bool = False,
                       ) -> selects.QueryShape:
        """Return the shape of a query, and add to its values.

        :raises SearchTooLarge: the query would read too many messages
        """
        offset = values.get('offset') or 0
        shape = selects.QueryShape(
            connection.dialect.name, scope is ALL_PROJECTS,
            tuple((name, value == '')
                  for name, value in filter_values.items()),
            order, has_marker, values['limit'] is not None, bool(offset))
        values.update({**self._scope_values(scope), **filter_values})
        for name, bound in selects.BOUNDS.items():
            if name in filter_values:
                values[bound.id_parameter] = bound.id_at(filter_values[name])
        if self._selects.is_search(shape, offset):
            end = connection.execute(
                self._selects.search_end(shape), values).scalar()
            if end is not None:
                if (not self._selects.has_index_order(shape)
                        or offset > selects.SEARCH_ROWS):
                    raise exception.SearchTooLarge(selects.SEARCH_ROWS)
                values['search_end'] = end
                return dataclasses.replace(shape, is_bounded=True)
        return shape

    def _scope_values(self, scope: Scope) -> dict[str, Any]:
        """Return the values of the parameters for the scope."""
        values = {'now': timeutils.utcnow()}
        return (values if scope is ALL_PROJECTS
                else {**values, 'project_id': scope})

    def _can_exist(self, scope: Scope, message_id: str) -> bool:
        """Tell whether a message with the ID can exist in the scope."""
        return ids.is_id(message_id) and (
            scope is ALL_PROJECTS
            or models.can_hold(self.rows.c.project_id, scope))

    def _find(self, connection: sqlalchemy.Connection, scope: Scope,
              message_id: str) -> dict[str, Any] | None:
        if not self._can_exist(scope, message_id):
            return None
        statement = self._selects.statement(selects.QueryShape(
            connection.dialect.name, scope is ALL_PROJECTS,
            (('id', False),)))
        messages = self._dicts(connection.execute(
            statement, {**self._scope_values(scope), 'id': message_id}), scope)
        return messages[0] if messages else None

    def _position(self, connection: sqlalchemy.Connection, scope: Scope,
                  order: selects.Order, marker: str) -> dict[str, Any] | None:
        """Return the values of the sort keys at the marker, or None."""
        timestamp = (ids.timestamp_of(marker)
                     if order == selects.DEFAULT_ORDER else None)
        if timestamp is not None:
            return {'created_at': self.table_mapping.timestamp(
                timestamp, 'created_at', connection.dialect), 'id': marker}
        if self.table_mapping.has_time_ordered_ids:
            return self._find(connection, scope, marker)
        if not self._can_exist(scope, marker):
            return None
        # In a mapped table, IDs contain no time, so the list continues after a
        # deleted message only if the table still has the row.
        messages = self._dicts(connection.execute(
            self._selects.at_marker(scope is ALL_PROJECTS),
            {**self._scope_values(scope), 'id': marker}), scope)
        return messages[0] if messages else None

    def _filter_values(self, scope: Scope,
                       filters: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the values of the filters, or None if nothing can match."""
        if (scope is not ALL_PROJECTS
                and not models.can_hold(self.rows.c.project_id, scope)):
            return None
        values: dict[str, Any] = {}
        for name, value in filters.items():
            query_filter = fields.FILTERS.get(name)
            if query_filter is None:
                return None
            if not query_filter.is_time:
                if not models.can_hold(
                        self.rows.c[query_filter.column], value):
                    return None
                if query_filter.column in fields.UPPER_CASE:
                    value = value.upper()
            values[name] = value
        return values

    def _dicts(self, rows: Iterable[Sequence[Any]],
               scope: Scope) -> list[dict[str, Any]]:
        messages = [dict(zip(_COLUMNS, row)) for row in rows]
        # Compare the projects again, independent of collations.
        messages = [message for message in messages
                    if scope is ALL_PROJECTS
                    or message['project_id'] == scope]
        # Only a mapped table can contain unreadable times.
        if (self.table_mapping is not db_table_mapping.DEFAULT_TABLE
                and not self._has_warned and any(
                    message['created_at'] == db_table_mapping.UNREADABLE
                    for message in messages)):
            self._has_warned = True
            LOG.warning('The table %s has a message with an invalid time '
                        'of creation, which is shown as the earliest time.',
                        self.table_mapping.table.name)
        return messages


def _count(groups: Iterable[Mapping[str, Any]]) -> int:
    return sum(group['count'] for group in groups)


def connection_url(conf: cfg.ConfigOpts, group: str = opts.GROUP) -> str:
    """Return the URL of the database in the configuration.

    :raises ConfigurationError: the URL is not set
    """
    name, _group = opts.place('connection', group)
    connection = config.read(
        conf if group == 'DEFAULT' else conf[group], group, name)
    if not connection:
        fallback = opts.database_group(conf, group)
        connection = config.read(conf[fallback], fallback, 'connection')
    if not connection:
        raise exception.ConfigurationError(
            _('No database is configured: set [%(group)s]%(option)s in '
              'usermessages.conf, or %(variable)s.')
            % {'group': group, 'option': name,
               'variable': f'OS_{group}__{name}'.upper()})
    return cast(str, connection)
