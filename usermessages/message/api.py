# SPDX-License-Identifier: Apache-2.0

"""What a service calls to leave a message, and to read messages back.

``API().create(context, defined_messages.UNABLE_TO_ALLOCATE, project_id)``
records that text for the users of the project.  Nothing that the caller says
is kept as it is, except for the project: all else is an ID of the catalog, or
has the form of an ID.
"""

from collections.abc import Callable, Mapping, Sequence
import contextlib
import datetime
import enum
import functools
import logging
import re
from typing import Any, cast

from oslo_config import cfg
from oslo_utils import timeutils

from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import models as db_models
from usermessages import exception as exc
from usermessages.message import catalog as message_catalog
from usermessages.message import lost
from usermessages.message import message_levels
from usermessages import opts

LOG = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r'req-' + message_catalog.UUID_PATTERN)
_LONGEST_ID = 255

# By so much the clock of the machine that made a message may be ahead.
_AHEAD = datetime.timedelta(days=1)
_NO_TIME = datetime.timedelta()
_LONGEST_TTL = datetime.timedelta(seconds=opts.MAXIMUM_TTL_SECONDS)


class _RecordingMessage(Exception):
    """A user message is being recorded."""


class Restored(enum.Enum):
    """What became of a message that was taken back."""

    STORED = 'stored'
    THERE = 'there already'
    EXPIRED = 'past its time'


class API:
    """The messages of one service.

    :param conf: the configuration to use.  By default ``cfg.CONF`` where the
        process has called it, else what :mod:`usermessages.config` finds
    :param catalog: what the service can say, by default the catalog that
        ``[user_messages]catalog`` names
    :param engine: returns the SQLAlchemy engine to use.  Its settings alone
        then bound the time of ``create``, so leave it out where a thread of
        the host may hold the last connection of its pool
    :param group: of the configuration, where the options of the library are
    :param layout: of the table of messages that the host has already

    Making one reads nothing and connects to nothing.  The first use settles
    the configuration; it connects then, and again after a fork.
    """

    def __init__(self, conf: cfg.ConfigOpts | None = None, *,
                 catalog: message_catalog.Catalog | None = None,
                 engine: Callable[[], Any] | None = None,
                 group: str = opts.GROUP,
                 layout: db_models.Layout = db_models.OWN):
        self._given_conf = conf
        self._given_catalog = catalog
        self._engine = engine
        self._group = group
        self._layout = layout

    @functools.cached_property
    def conf(self) -> cfg.ConfigOpts:
        """The configuration in use."""
        if self._given_conf is None:
            return config.of_process(self._group)
        opts.register_opts(self._given_conf, self._group)
        return self._given_conf

    @functools.cached_property
    def options(self) -> Any:
        """The options of the library, as attributes.

        ``message_reap_interval`` is for the periodic task of a host that
        calls :meth:`cleanup_expired_messages`.
        """
        return opts.of_library(self.conf, self._group)

    @functools.cached_property
    def catalog(self) -> message_catalog.Catalog:
        """The catalog in use."""
        if self._given_catalog is None:
            return message_catalog.load(self.options.catalog)
        return self._given_catalog

    @functools.cached_property
    def db(self) -> db_api.Connection:
        """The database in use."""
        return db_api.Connection(self.conf, self._engine, self._group,
                                 self._layout)

    def create(self, context: Any, event_id: str | None = None,
               project_id: str | None = None,
               resource_type: str | None = None,
               resource_uuid: str | None = None, level: str | None = None, *,
               action: Any = None, detail: Any = None,
               exception: BaseException | None = None) -> str | None:
        """Leave a message for the users of a project.

        Never fails its caller: what goes wrong here is logged, once, and the
        caller goes on with the failure it was reporting.  What is not defined
        is replaced, with a warning in the log: an unknown event by the
        unknown error of the catalog, an unknown level by ``ERROR``, an unknown
        resource or request by nothing.

        :param context: the request being served; its ``request_id`` is kept
        :param event_id: a constant of the catalog; not with ``action``
        :param project_id: the only project whose users can read the message;
            by default the project of ``context``
        :param resource_type: a constant of the resource types of the catalog
        :param resource_uuid: UUID of the resource that is in trouble
        :param level: a constant of :mod:`.message_levels`, by default that of
            the event
        :param action: what was going on, an ``Action`` of the catalog
        :param exception: what went wrong; where its class maps to a detail,
            that is the detail.  Its text is not looked at
        :param detail: what went wrong otherwise, a ``Detail`` of the catalog
        :returns: UUID of the message, or None where none could be recorded

        Readable for ``message_ttl`` seconds (default 30 days), in UTC.  Takes
        ``create_timeout`` seconds at most (default 2).

        Source: Cinder contributor guide, "User Messages".
        """
        # The caller is handling an exception.  Python would hang it onto each
        # exception that is raised from here on, and oslo.log shows the one
        # being handled in formats with error_summary.  So ours is handled
        # here, with nothing behind it.
        try:
            raise _RecordingMessage(_RecordingMessage.__doc__)
        except _RecordingMessage as curtain:
            curtain.__context__ = None
            return self._create(
                context, event_id, project_id, resource_type, resource_uuid,
                level, action, detail, exception)

    def create_from_request_context(
            self, context: Any, exception: BaseException | None = None,
            detail: Any = None, level: str | None = None) -> str | None:
        """Leave the message that a context was prepared for.

        Where a request is accepted, its context gets ``message_action``,
        ``message_resource_type`` and ``message_resource_id``; where it fails,
        maybe in another process, these say what the message is about.

        The parameters are those of :meth:`create`.

        Source: Cinder.
        """
        return self.create(
            context,
            resource_type=_attribute(context, 'message_resource_type'),
            resource_uuid=_attribute(context, 'message_resource_id'),
            level=level, action=_attribute(context, 'message_action'),
            detail=detail, exception=exception)

    def get(self, context: Any, message_id: str, *,
            project_id: str | None = None,
            all_projects: bool = False) -> dict[str, Any]:
        """Return one message, with times naive and in UTC.

        :param project_id: project to look in, by default that of ``context``
        :param all_projects: look in every project instead; only for those
            whom a policy rule lets do so
        :raises MessageNotFound: there is none in that project
        :raises ProjectRequired: neither the call nor the context names one
        :raises DatabaseUnavailable: the database did not answer in time
        """
        return self.db.message_get(
            _scope(context, project_id, all_projects), message_id)

    def get_all(self, context: Any, filters: Mapping[str, Any] | None = None,
                marker: str | None = None, limit: int | None = None,
                offset: int | None = None,
                sort_keys: Sequence[str] | None = None,
                sort_dirs: Sequence[str] | None = None, *,
                project_id: str | None = None,
                all_projects: bool = False) -> list[dict[str, Any]]:
        """Return messages, the newest first unless told otherwise.

        The parameters are those of
        :meth:`usermessages.db.api.Connection.message_get_all` and of
        :meth:`get`.

        :raises Invalid: a sort key or direction is unknown
        :raises MessageNotFound: the marker leads nowhere
        :raises ProjectRequired: neither the call nor the context names one
        :raises DatabaseUnavailable: the database did not answer in time
        """
        return self.db.message_get_all(
            _scope(context, project_id, all_projects), filters, marker,
            limit, offset, sort_keys, sort_dirs)

    def delete(self, context: Any, message_id: str, *,
               project_id: str | None = None,
               all_projects: bool = False) -> None:
        """Remove one message for good.

        The parameters are those of :meth:`get`.

        :raises MessageNotFound: there is none in that project
        :raises ProjectRequired: neither the call nor the context names one
        :raises DatabaseUnavailable: the database did not answer in time
        """
        self.db.message_destroy(
            _scope(context, project_id, all_projects), message_id)

    def restore(self, record: Mapping[str, str], *,
                dry_run: bool = False) -> Restored:
        """Take back a message that :meth:`create` could not store.

        It keeps its ID and its times.  To do so twice is harmless.  All that
        ``create`` checks is checked again, since anybody may have edited it,
        and nothing is replaced.

        :param record: what :func:`usermessages.message.lost.find` found in a
            line of a log
        :param dry_run: only tell what would become of it
        :raises InvalidMessage: it is not what ``create`` wrote with this
            catalog; names the fields
        :raises DatabaseUnavailable: the database did not answer in time
        :raises DatabaseError: it can not be stored
        """
        message = self._restored(record)
        if message['expires_at'] <= timeutils.utcnow():
            return Restored.EXPIRED
        if dry_run:
            try:
                self.db.message_get(db_api.ALL_PROJECTS, message['id'])
            except exc.MessageNotFound:
                return Restored.STORED
            return Restored.THERE
        return (Restored.STORED if self.db.message_restore(message)
                else Restored.THERE)

    def cleanup_expired_messages(self, context: Any) -> int:
        """Remove the messages of all projects that are past their time.

        Two hundred at a time, each in a transaction of its own, with rests.
        Several may do it at the same time, and one that was interrupted has
        removed whole batches.

        :param context: taken as Cinder takes it, and not looked at
        :returns: how many were removed
        :raises DatabaseUnavailable: the database did not answer in time
        """
        return sum(batch.rows for batch in self.db.cleanup_expired_messages(
            db_api.ALL_PROJECTS))

    def _create(self, context: Any, event_id: Any, project_id: Any,
                resource_type: Any, resource_uuid: Any, level: Any,
                action: Any, detail: Any, exception: Any) -> str | None:
        strict, message = False, None
        try:
            strict = self.options.strict
            message, unusable = self._message(
                context, event_id, project_id, resource_type, resource_uuid,
                level, action, detail, exception)
            if strict:
                unusable += self._retired(message)
            if unusable:
                if strict:
                    raise exc.InvalidMessage(unusable)
                _log(logging.WARNING, 'Not usable in a user message, and '
                     'replaced: %s', ', '.join(unusable))
            self.db.message_create(message)
        except (exc.InvalidMessage, exc.ProjectRequired,
                exc.ConfigurationError) as error:
            if strict:
                raise
            severity, reason = logging.WARNING, str(error)
        except (exc.DatabaseUnavailable, exc.DatabaseError) as error:
            severity = logging.ERROR
            reason = f'the database answered {error.reason}'
        except Exception as error:
            severity, reason = logging.ERROR, exc.trace(error)
        else:
            _log(logging.DEBUG, 'User message %s was recorded', message['id'])
            return message['id']
        # Not where the error is being handled: oslo.log would show its text.
        if message is None:
            _log(severity, 'No user message was recorded: %s', reason)
        else:
            _log(severity, 'No user message was recorded: %s; import it with '
                 '"usermessages-manage message import": %s',
                 reason.removesuffix('.'), lost.record(message))
        return None

    def _message(self, context: Any, event_id: Any, project_id: Any,
                 resource_type: Any, resource_uuid: Any, level: Any,
                 action: Any, detail: Any, exception: Any,
                 ) -> tuple[dict[str, Any], list[str]]:
        """Return the row, and the names of the arguments not kept in it.

        :raises ProjectRequired: there is no project
        :raises InvalidMessage: there is one, and it can not be kept
        """
        if project_id is None:
            project_id = _attribute(context, 'project_id')
        message, unusable = self._kept(
            _attribute(context, 'request_id'), event_id, project_id,
            resource_type, resource_uuid, level, action, detail, exception)
        created_at = timeutils.utcnow()
        message['id'] = ids.new_id(created_at)
        message['created_at'] = created_at
        message['expires_at'] = created_at + datetime.timedelta(
            seconds=self.options.message_ttl)
        return message, unusable

    def _restored(self, record: Mapping[str, str]) -> dict[str, Any]:
        """Return the row that a record stands for.

        :raises InvalidMessage: it is none that this object could have made
        """
        missing = db_models.MESSAGES.columns.keys() - record.keys()
        if missing:
            raise exc.InvalidMessage(sorted(missing))
        is_composed = bool(record['action_id'])
        try:
            kept, _unusable = self._kept(
                record['request_id'],
                None if is_composed else record['event_id'],
                record['project_id'], record['resource_type'],
                record['resource_uuid'], record['message_level'],
                record['action_id'] if is_composed else None,
                record['detail_id'] if is_composed else None, None)
        except exc.ProjectRequired as error:
            raise exc.InvalidMessage(['project_id']) from error
        # It was checked when it was made, so there is nothing to replace.
        wrong = {name for name, value in kept.items()
                 if value != record[name]}
        created_at, expires_at = (
            lost.moment(record[name]) for name in ('created_at', 'expires_at'))
        if created_at is None or created_at > timeutils.utcnow() + _AHEAD:
            wrong.add('created_at')
        elif not ids.is_of(record['id'], created_at):
            wrong.add('id')
        if expires_at is None or created_at is not None and not (
                _NO_TIME < expires_at - created_at <= _LONGEST_TTL):
            wrong.add('expires_at')
        if wrong:
            raise exc.InvalidMessage(sorted(wrong))
        return {'id': record['id'], **kept, 'created_at': created_at,
                'expires_at': expires_at}

    def _kept(self, request_id: Any, event_id: Any, project_id: Any,
              resource_type: Any, resource_uuid: Any, level: Any,
              action: Any, detail: Any, exception: Any,
              ) -> tuple[dict[str, Any], list[str]]:
        """Return the row but for its ID and its times, and the same names.

        :raises ProjectRequired: there is no project
        :raises InvalidMessage: there is one, and it can not be kept
        """
        unusable: list[str] = []

        def keep(field: str, value: Any, accept: Callable[[str], Any],
                 otherwise: str = '') -> str:
            if value is None:
                return otherwise
            if isinstance(value, str):
                # What a subclass takes for equal, or shows, has no say in it.
                value = str.__str__(value)
                if not value:
                    return otherwise
                if accept(value):
                    return value
            unusable.append(field)
            return otherwise

        project_id = keep('project_id', project_id, _is_storable)
        if unusable:
            raise exc.InvalidMessage(unusable)
        if not project_id:
            raise exc.ProjectRequired()

        catalog = self.catalog
        resource_type = keep('resource_type', resource_type,
                             catalog.resource_types.__contains__)
        event, known_action, known_detail = self._event(
            resource_type, event_id, action, detail, exception, unusable)
        return {
            'project_id': project_id,
            'event_id': str.__str__(event),
            'action_id': known_action.id if known_action else '',
            'detail_id': known_detail.id if known_detail else '',
            'message_level': keep(
                'level', level, message_levels.ALL.__contains__,
                otherwise=getattr(event, 'level', message_levels.ERROR)),
            'resource_type': resource_type,
            'resource_uuid': keep(
                'resource_uuid', resource_uuid, lambda value: (
                    catalog.is_resource_id(value) and _is_storable(value))),
            'request_id': keep('request_id', request_id,
                               _REQUEST_ID.fullmatch),
        }, unusable

    def _retired(self, message: dict[str, Any]) -> list[str]:
        """Return the arguments that no message is to have any more."""
        catalog = self.catalog
        return [f'{name} (retired)' for name, value in (
            ('event_id', catalog.event(message['event_id'])),
            ('action', catalog.action(message['action_id'])),
            ('detail', catalog.detail(message['detail_id'])),
        ) if catalog.is_retired(value)]

    def _event(self, resource_type: str, event_id: Any, action: Any,
               detail: Any, exception: Any, unusable: list[str],
               ) -> tuple[str, message_catalog.Action | None,
                          message_catalog.Detail | None]:
        """Return the event ID to store, and the halves it is made of."""
        catalog = self.catalog
        if event_id is not None or action is None:
            event = catalog.event(event_id)
            if event is None:
                unusable.append('event_id')
            # The halves of an event that is not composed.
            unusable.extend(
                name for name, value in (
                    ('action', action), ('detail', detail),
                    ('exception', exception)) if value is not None)
            return event or catalog.unknown_error, None, None

        known_action = catalog.action(action)
        if known_action is None:
            unusable.append('action')
            return catalog.unknown_error, None, None

        mapped = None
        if exception is not None:
            try:
                mapped = catalog.detail_of(exception)
            except Exception:
                # Of the host's own mapper, and so with a text of its own.
                unusable.append('exception')
        given = catalog.detail(detail)
        if detail is not None and given is None:
            unusable.append('detail')
        # A catalog without it could not be made, as it has actions.
        known_detail = mapped or given or cast(message_catalog.Detail,
                                               catalog.unknown_detail)
        return (catalog.compose(resource_type, known_action, known_detail),
                known_action, known_detail)


def _attribute(context: Any, name: str) -> Any:
    """Return what a context of any class has by that name."""
    try:
        return getattr(context, name, None)
    except Exception:
        # Of the host's own class; this is no text, and so not usable.
        return NotImplemented


def _is_storable(value: str) -> bool:
    """Tell whether every database can keep that and compare it exactly."""
    if '\0' in value or len(value) > _LONGEST_ID:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _log(severity: int, text: str, *args: str) -> None:
    """Write to the log of the host, whose filters may fail."""
    with contextlib.suppress(Exception):
        LOG.log(severity, text, *args)


def _scope(context: Any, project_id: str | None,
           all_projects: bool) -> db_api.Scope:
    """Return whose messages are asked for.

    :raises ProjectRequired: neither the call nor the context names a project
    """
    if project_id is None and all_projects:
        return db_api.ALL_PROJECTS
    if project_id is None:
        project_id = getattr(context, 'project_id', None)
    if not project_id:
        raise exc.ProjectRequired()
    return project_id
