# SPDX-License-Identifier: Apache-2.0

"""Create, read, delete, purge and recover messages.

``API().create(context, defined_messages.UNABLE_TO_ALLOCATE, project_id)``
records the text of the event for the users of the project.  Apart from the
project, only IDs of the catalog, values in the form of an ID and declared
parameters are stored; see :mod:`usermessages.message.sanitizer`.

The module has more than 300 lines, because ``API`` is the only interface for
services, and its docstrings are the reference.
"""

from collections.abc import Callable, Mapping, Sequence
import contextlib
import datetime
import enum
import logging
import time
from typing import Any

from oslo_config import cfg
from oslo_utils import timeutils

from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import purge as db_purge
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception as exc
from usermessages import lazy
from usermessages.message import catalog as message_catalog
from usermessages.message import dead_letter
from usermessages.message import exception_class
from usermessages.message import request as message_request
from usermessages.message import sanitizer
from usermessages.message import spool as message_spool
from usermessages import opts

LOG = logging.getLogger(__name__)

# The files that one call of create() recovers after an outage.
_SPOOLED_FILES = 5


class ImportResult(enum.Enum):
    """The result of :meth:`API.recover`."""

    STORED = 'stored'
    ALREADY_EXISTS = 'already exists'
    EXPIRED = 'expired'


class API:
    """The messages of one service.

    :param conf: the configuration.  By default ``cfg.CONF`` if the process
        has called it, and otherwise the configuration that
        :mod:`usermessages.config` finds
    :param catalog: the message catalog of the service, by default the catalog
        in ``[user_messages]catalog``
    :param engine: a function that returns an SQLAlchemy engine of the service.
        Only the settings of that engine limit the time of ``create``, so omit
        this parameter if the pool of the engine can be exhausted
    :param group: the configuration group with the options of the library
    :param table_mapping: the mapping of an existing table of the service
    :param store: a function that stores a dead letter, for a process without
        access to the database.  ``create`` and ``recover`` call the function,
        for example to send the text to another process, which parses the text
        with :func:`usermessages.message.dead_letter.parse_line` and calls
        ``recover``.  Any exception means that the message is not stored.  The
        function limits the time of ``create``

    The constructor neither reads the configuration nor connects to the
    database.  The first use does both, and the first use after a fork connects
    again.  An ``API`` object can be pickled for a spawned process if
    ``engine`` and the functions of the catalog are functions of a module.
    """

    def __init__(self, conf: cfg.ConfigOpts | None = None, *,
                 catalog: message_catalog.Catalog | None = None,
                 engine: Callable[[], Any] | None = None,
                 group: str = opts.GROUP,
                 table_mapping: db_table_mapping.TableMapping = (
                     db_table_mapping.DEFAULT_TABLE),
                 store: Callable[[str], Any] | None = None):
        self._given_conf = conf
        self._given_catalog = catalog
        self._engine = engine
        self._group = group
        self._table_mapping = table_mapping
        self._store = store
        self._databases: dict[str | None, db_api.Connection] = {}
        self._has_spooled = False

    def __getstate__(self) -> dict[str, Any]:
        # Each process has connections of its own.
        return {**lazy.state_without_cached(self), '_databases': {}}

    @lazy.cached_property
    def conf(self) -> cfg.ConfigOpts:
        """The configuration in use."""
        if self._given_conf is None:
            return config.process_config(self._group)
        opts.register_opts(self._given_conf, self._group)
        return self._given_conf

    @lazy.cached_property
    def options(self) -> Any:
        """The options of the library, as attributes.

        ``message_reap_interval`` is the interval for a periodic task that
        calls :meth:`cleanup_expired_messages`.
        """
        return opts.library_options(self.conf, self._group)

    @lazy.cached_property
    def catalog(self) -> message_catalog.Catalog:
        """The catalog in use."""
        if self._given_catalog is None:
            return message_catalog.load(self.options.catalog)
        return self._given_catalog

    @lazy.cached_property
    def _sanitizer(self) -> sanitizer.Sanitizer:
        return sanitizer.Sanitizer(self.catalog)

    @property
    def db(self) -> db_api.Connection:
        """The database in use.

        If an ``API`` object is an attribute of a module, the tests of a
        service use the object with several databases.
        """
        url = None if self._engine else (
            self.options.connection or self.conf[opts.database_group(
                self.conf, self._group)].connection)
        if url not in self._databases:
            with lazy.fork_lock:
                if url not in self._databases:
                    for other in self._databases.values():
                        other.close()
                    self._databases = {url: db_api.Connection(
                        self.conf, self._engine, self._group,
                        self._table_mapping)}
        return self._databases[url]

    @property
    def spool(self) -> message_spool.Spool | None:
        """The directory for messages that were not stored, or None."""
        path = self.options.spool_dir
        return (message_spool.Spool(path, self.options.spool_max_files)
                if path else None)

    def create(self, context: Any, event_id: str | None = None,
               project_id: str | None = None,
               resource_type: str | None = None,
               resource_uuid: str | None = None, level: str | None = None, *,
               action: Any = None, detail: Any = None,
               exception: BaseException | None = None,
               parameters: Mapping[str, int | str] | None = None,
               ) -> str | None:
        """Record a message for the users of a project.

        Does not raise exceptions, except in strict mode.  If a message cannot
        be stored, one line of the log contains the reason and the dead letter.
        Invalid arguments are replaced, with a warning in the log: an unknown
        event by the unknown error of the catalog, an unknown level by the
        level of the event, and an unknown resource or request by an empty
        text.  For a message with the unknown detail, one line at INFO contains
        the class of the exception.

        :param context: the context of the request; its ``request_id`` and
            ``global_request_id`` are stored
        :param event_id: an event of the catalog; not with ``action``
        :param project_id: the project whose users can read the message, by
            default the project of ``context``
        :param resource_type: a resource type of the catalog
        :param resource_uuid: the UUID of the affected resource
        :param level: a constant of :mod:`.message_levels`, by default the
            level of the event
        :param action: the failed action, an ``Action`` of the catalog
        :param exception: the exception; if the catalog maps its class to a
            detail, the message has that detail.  The text of the exception is
            not used
        :param detail: the reason, a ``Detail`` of the catalog, for an
            exception without a mapping
        :param parameters: a dict with the values of the parameters in the text
            of the event or detail.  If a value is missing or invalid, users
            read the general text
        :returns: the UUID of the message, or None if no message was stored

        Users can read the message for ``message_ttl`` seconds (default: 30
        days).  A call takes at most ``create_timeout`` seconds (default: 10).

        Source: Cinder contributor guide, "User Messages".
        """
        try:
            if project_id is None:
                project_id = message_request.value_of(context, 'project_id')
            return self._create(message_request.MessageRequest(
                project_id=project_id,
                request_id=message_request.value_of(context, 'request_id'),
                global_request_id=message_request.value_of(
                    context, 'global_request_id'),
                event_id=event_id, action=action, detail=detail,
                exception=exception, level=level, resource_type=resource_type,
                resource_uuid=resource_uuid, parameters=parameters))
        except exc.UserMessagesError:
            # In strict mode only.
            raise
        except Exception:
            # The memory or the stack is exhausted, also for the log.
            return None

    def create_from_request_context(
            self, context: Any, exception: BaseException | None = None,
            detail: Any = None, level: str | None = None, *,
            project_id: str | None = None,
            parameters: Mapping[str, int | str] | None = None) -> str | None:
        """Record a message with the action and resource of the context.

        A service sets ``message_action``, ``message_resource_type`` and
        ``message_resource_id`` of the context when the service accepts the
        request.  If the request fails, possibly in another process, the
        message has these values.

        For the parameters, see :meth:`create`.

        Source: Cinder.
        """
        action, resource_type, resource_uuid = (
            message_request.value_of(context, f'message_{name}')
            for name in ('action', 'resource_type', 'resource_id'))
        return self.create(
            context, project_id=project_id, resource_type=resource_type,
            resource_uuid=resource_uuid, level=level, action=action,
            detail=detail, exception=exception, parameters=parameters)

    def get(self, context: Any, message_id: str, *,
            project_id: str | None = None,
            all_projects: bool = False) -> dict[str, Any]:
        """Return one message, with naive times in UTC.

        :param project_id: the project to search, by default the project of
            ``context``
        :param all_projects: search all projects; only for users whom a policy
            rule permits it
        :raises MessageNotFound: the project has no such message
        :raises ProjectRequired: neither the call nor the context has a project
        :raises DatabaseUnavailable: the database did not respond in time
        """
        return self.db.message_get(
            _scope(context, project_id, all_projects),
            ids.canonical(message_id))

    def get_all(self, context: Any, filters: Mapping[str, Any] | None = None,
                marker: str | None = None, limit: int | None = None,
                offset: int | None = None,
                sort_keys: Sequence[str] | None = None,
                sort_dirs: Sequence[str] | None = None, *,
                project_id: str | None = None,
                all_projects: bool = False) -> list[dict[str, Any]]:
        """Return a list of messages, by default the newest first.

        For the parameters, see
        :meth:`usermessages.db.api.Connection.message_get_all` and :meth:`get`.

        :raises Invalid: a sort key or direction is unknown
        :raises MessageNotFound: the marker is not the ID of a message
        :raises ProjectRequired: neither the call nor the context has a project
        :raises DatabaseUnavailable: the database did not respond in time
        """
        return self.db.message_get_all(
            _scope(context, project_id, all_projects), _canonical(filters),
            ids.canonical(marker), limit, offset, sort_keys, sort_dirs)

    def get_groups(self, context: Any,
                   filters: Mapping[str, Any] | None = None, *,
                   project_id: str | None = None, all_projects: bool = False,
                   ) -> tuple[list[dict[str, Any]], bool]:
        """Count the newest messages by event, level and type of resource.

        For the parameters and the result, see
        :meth:`usermessages.db.api.Connection.message_get_groups` and
        :meth:`get`.

        :raises ProjectRequired: neither the call nor the context has a project
        :raises SearchTooLarge: the filters would read too many messages
        :raises DatabaseUnavailable: the database did not respond in time
        """
        return self.db.message_get_groups(
            _scope(context, project_id, all_projects), _canonical(filters))

    def delete(self, context: Any, message_id: str, *,
               project_id: str | None = None,
               all_projects: bool = False) -> None:
        """Delete one message permanently.

        For the parameters, see :meth:`get`.

        :raises MessageNotFound: the project has no such message
        :raises ProjectRequired: neither the call nor the context has a project
        :raises DatabaseUnavailable: the database did not respond in time
        """
        self.db.message_destroy(
            _scope(context, project_id, all_projects),
            ids.canonical(message_id))

    def recover(self, record: Mapping[str, str], *,
                dry_run: bool = False,
                timeout: float | None = None) -> ImportResult:
        """Store a dead letter: a message that :meth:`create` only logged.

        The message keeps its ID and its times; recovering is idempotent.
        Records in a log can be edited, so this method verifies all values that
        ``create`` verifies, and replaces none.

        :param record: a record from
            :func:`usermessages.message.dead_letter.parse_line`
        :param dry_run: return the result without storing the message
        :param timeout: the time for all attempts in seconds, by default
            ``create_timeout``
        :raises InvalidMessage: ``create`` cannot have written the record with
            this catalog; names the fields
        :raises DatabaseUnavailable: the database did not respond in time
        :raises DatabaseError: the database cannot store the message
        """
        message = self._sanitizer.verify(record)
        if message['expires_at'] <= timeutils.utcnow():
            return ImportResult.EXPIRED
        if self._store is not None:
            if not dry_run:
                self._store(dead_letter.serialize(message))
            return ImportResult.STORED
        if dry_run:
            try:
                self.db.message_get(db_api.ALL_PROJECTS, message['id'])
            except exc.MessageNotFound:
                return ImportResult.STORED
            return ImportResult.ALREADY_EXISTS
        is_new = self.db.message_recover(message, timeout)
        return ImportResult.STORED if is_new else ImportResult.ALREADY_EXISTS

    def cleanup_expired_messages(self, context: Any) -> int:
        """Purge expired messages of all projects.

        Each transaction removes at most 200 messages, with a pause after the
        transaction.  Several processes can purge at the same time, and an
        interrupted purge has removed complete batches.

        With ``spool_dir``, first recover the messages in the spool.  With
        ``store``, purge nothing.

        :param context: not used; for compatibility with Cinder
        :returns: the number of removed messages
        :raises WrongClock: the clocks of this machine and of the database
            differ by more than an hour; no message was removed
        :raises DatabaseUnavailable: the database did not respond in time
        """
        self._drain_spool()
        if self._store is not None:
            return 0
        return sum(batch.rows for batch in db_purge.cleanup_expired_messages(
            self.db, db_api.ALL_PROJECTS))

    @exc.isolated_exception_context
    def _create(self, request: message_request.MessageRequest) -> str | None:
        strict, message, started = False, None, time.monotonic()
        try:
            strict = self.options.strict
            message = self._sanitized(request, strict)
            if self._store is None:
                self.db.message_create(message)
            else:
                self._store(dead_letter.serialize(message))
        except (exc.InvalidMessage, exc.ProjectRequired,
                exc.ConfigurationError) as error:
            if strict:
                raise
            severity, reason = logging.WARNING, str(error)
        except exc.DatabaseUnavailable as error:
            severity = logging.ERROR
            reason = f'database unavailable, {error.reason}'
        except exc.DatabaseError as error:
            severity = logging.ERROR
            reason = f'database error, {error.reason}'
        except Exception as error:
            severity, reason = logging.ERROR, exc.trace(error)
        else:
            _log(logging.DEBUG, 'Stored user message %s', message['id'])
            if self._has_spooled:
                self._drain_after_outage(started)
            return message['id']
        # Outside of the except block: oslo.log would append the exception.
        if message is None:
            _log(severity, 'Could not create a user message: %s', reason)
        else:
            _log(severity, 'Could not store the user message (%s%s); recover '
                 'it with "usermessages-manage message import": %s',
                 reason.removesuffix('.'), self._write_to_spool(message),
                 dead_letter.serialize(message))
        return None

    def _write_to_spool(self, message: Mapping[str, Any]) -> str:
        """Spool a message, and return the result for the log."""
        try:
            spool = self.spool
            if spool is None:
                return ''
            spool.write(message)
            self._has_spooled = True
        except exc.SpoolError as error:
            return f'; not spooled: {error.reason}'
        except Exception as error:
            return f'; not spooled: {exc.trace(error)}'
        return '; spooled'

    def _drain_after_outage(self, started: float) -> None:
        """Recover some spooled messages within the time of a call."""
        # The other threads continue.
        self._has_spooled = False
        timeout, files = self.options.create_timeout, 0

        def recover(record: Mapping[str, str]) -> None:
            nonlocal files
            files += 1
            # With two fifths for attempts and a wait of two fifths, the call
            # ends in time.
            if time.monotonic() - started > timeout / 5:
                raise exc.SpoolError('no time is left')
            self.recover(record, timeout=timeout * 2 / 5)

        # The caller receives the ID of its own message in any case.
        with contextlib.suppress(Exception):
            if (spool := self.spool) is not None:
                spool.drain(recover, limit=_SPOOLED_FILES)
        # Unless files may be left, following calls do not read the directory.
        self._has_spooled |= files > 0

    def _drain_spool(self) -> None:
        """Recover the messages in the spool; log errors."""
        try:
            spool = self.spool
            if spool is not None:
                spool.drain(self.recover)
        except exc.UserMessagesError as error:
            reason = getattr(error, 'reason', str(error))
        except Exception as error:
            # An error of the function that stores dead letters.
            reason = exc.trace(error)
        else:
            return
        # Purging is more important if, for example, the disk is full.
        _log(logging.WARNING, 'Could not recover all spooled user '
             'messages: %s', reason)

    def _sanitized(self, request: message_request.MessageRequest,
                   strict: bool) -> dict[str, Any]:
        """Return the row of a request, and log the rejected values.

        :raises ProjectRequired: the request has no project
        :raises InvalidMessage: the ID of the project cannot be stored; in
            strict mode, any value was rejected
        """
        row, rejected = self._sanitizer.sanitize(
            request, reject_retired=strict)
        if rejected and strict:
            raise exc.InvalidMessage(rejected)
        if rejected:
            _log(logging.WARNING, 'Replaced invalid arguments of a user '
                 'message: %s', exc.InvalidMessage.reasons(rejected))
        created_at = timeutils.utcnow()
        row['id'] = ids.new_id(created_at)
        row['created_at'] = created_at
        seconds = self.options.message_ttl_by_level.get(
            row['message_level'], self.options.message_ttl)
        row['expires_at'] = created_at + datetime.timedelta(seconds=seconds)
        if self.catalog.is_unknown_detail(row['action_id'], row['detail_id']):
            _log(logging.INFO, 'User message %s has the unknown detail: '
                 'action %s, exception %s', row['id'], row['action_id'],
                 exception_class.describe(request.exception))
        return row


def _log(severity: int, text: str, *args: str) -> None:
    """Write to the log of the service, whose filters may fail."""
    with contextlib.suppress(Exception):
        LOG.log(severity, text, *args)


def _canonical(filters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return filters with UUIDs as they are stored."""
    return {name: ids.canonical(value) if name.removesuffix('~') in (
        'request_id', 'global_request_id', 'resource_uuid') else value
        for name, value in (filters or {}).items()}


def _scope(context: Any, project_id: str | None,
           all_projects: bool) -> db_api.Scope:
    """Return the scope of a call: a project or all projects.

    :raises ProjectRequired: neither the call nor the context has a project
    """
    if project_id is None and all_projects:
        return db_api.ALL_PROJECTS
    if project_id is None:
        project_id = getattr(context, 'project_id', None)
    if not project_id:
        raise exc.ProjectRequired()
    return project_id
