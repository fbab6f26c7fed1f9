# SPDX-License-Identifier: Apache-2.0

"""Sanitize the values of a message, or verify the values of a dead letter.

``Sanitizer(catalog).sanitize(request)`` returns a row that contains the
project and otherwise only IDs of the catalog, values in the form of an ID and
declared parameters.  Other values are rejected and replaced: an unknown event
by the unknown error of the catalog, an unknown level by the level of the
event, an unknown resource or request by an empty text.
"""

from collections.abc import Callable, Mapping
import datetime
import re
from typing import Any, cast, NamedTuple

from oslo_utils import timeutils

from usermessages.db import ids
from usermessages.db import models
from usermessages import exception as exc
from usermessages.message import catalog as message_catalog
from usermessages.message import dead_letter
from usermessages.message import message_levels
from usermessages.message import parameters as message_parameters
from usermessages.message import request as message_request
from usermessages import opts

_REQUEST_ID = re.compile(r'req-' + message_catalog.UUID_PATTERN)
_REQUEST_ID_FORM = '"req-" and a UUID'
_LONGEST_ID = 255
_STORABLE_FORM = f'{_LONGEST_ID} characters of Unicode at most, without NUL'
_LEVEL_FORM = ' or '.join(message_levels.ALL)

# The clock of the machine that created a message may be ahead.
_MAX_CLOCK_SKEW = datetime.timedelta(days=1)
_NO_TIME = datetime.timedelta()
_LONGEST_TTL = datetime.timedelta(seconds=opts.MAXIMUM_TTL_SECONDS)


class SanitizedMessage(NamedTuple):
    """A row without its ID and times, and the reason of each rejection."""

    row: dict[str, Any]
    rejected: dict[str, str]


class _Event(NamedTuple):
    """The part of a row that describes the event."""

    event_id: str
    action_id: str
    detail_id: str
    level: str
    parameters: str
    rejected: dict[str, str]


class Sanitizer:
    """Sanitizes and verifies messages of one catalog."""

    def __init__(self, catalog: message_catalog.Catalog):
        self._catalog = catalog

    def sanitize(self, request: message_request.MessageRequest, *,
                 reject_retired: bool = False) -> SanitizedMessage:
        """Return the row of a request, and the rejected values.

        :param reject_retired: also give a reason for each retired event,
            action and detail; the row contains their IDs anyway
        :raises ProjectRequired: the request has no project
        :raises InvalidMessage: the ID of the project cannot be stored
        """
        project_id, reason = _accept(
            request.project_id, _is_storable, _STORABLE_FORM)
        if reason:
            raise exc.InvalidMessage({'project_id': reason})
        if not project_id:
            raise exc.ProjectRequired()

        resource_type, type_reason = _accept(
            request.resource_type,
            self._catalog.resource_types.__contains__,
            'a resource type of the catalog')
        resource_uuid, uuid_reason = _accept(
            request.resource_uuid, self._is_resource_id,
            self._catalog.resource_id_form)
        request_id, request_reason = _accept(
            request.request_id, _REQUEST_ID.fullmatch, _REQUEST_ID_FORM)
        global_id, global_reason = _accept(
            request.global_request_id, _REQUEST_ID.fullmatch, _REQUEST_ID_FORM)
        event = (self._composed_event(request, resource_type)
                 if request.event_id is None and request.action is not None
                 else self._defined_event(request))
        level, level_reason = _accept(
            request.level, message_levels.ALL.__contains__, _LEVEL_FORM,
            default=event.level)
        row = {
            'project_id': project_id,
            'event_id': event.event_id,
            'action_id': event.action_id,
            'detail_id': event.detail_id,
            'message_level': level,
            'resource_type': resource_type,
            'resource_uuid': ids.canonical(resource_uuid),
            'request_id': ids.canonical(request_id),
            'global_request_id': ids.canonical(global_id),
            'parameters': event.parameters,
        }
        rejected = {name: reason for name, reason in (
            ('resource_type', type_reason), *event.rejected.items(),
            ('level', level_reason), ('resource_uuid', uuid_reason),
            ('request_id', request_reason),
            ('global_request_id', global_reason)) if reason}
        if reject_retired:
            rejected.update(self._retired(event))
        return SanitizedMessage(row, rejected)

    def verify(self, record: Mapping[str, str]) -> dict[str, Any]:
        """Return the row of a dead letter, if ``sanitize`` can return it.

        :raises InvalidMessage: the record was edited, or is that of another
            catalog; names the fields
        """
        missing = models.MESSAGES.columns.keys() - record.keys()
        if missing:
            raise exc.InvalidMessage(dict.fromkeys(sorted(missing), ''))
        try:
            row, _rejected = self.sanitize(
                message_request.MessageRequest.from_record(record))
        except exc.ProjectRequired as error:
            raise exc.InvalidMessage({'project_id': ''}) from error
        created_at, expires_at = (
            dead_letter.parse_timestamp(record[name])
            for name in ('created_at', 'expires_at'))
        # The values of a record are sanitized, so none may be replaced again.
        wrong = {name for name, value in row.items() if value != record[name]}
        if created_at is None or (
                created_at > timeutils.utcnow() + _MAX_CLOCK_SKEW):
            wrong.add('created_at')
        elif not ids.has_timestamp(record['id'], created_at):
            wrong.add('id')
        if expires_at is None or created_at is not None and not (
                _NO_TIME < expires_at - created_at <= _LONGEST_TTL):
            wrong.add('expires_at')
        if wrong:
            raise exc.InvalidMessage(dict.fromkeys(sorted(wrong), ''))
        return {**row, 'id': record['id'], 'created_at': created_at,
                'expires_at': expires_at}

    def _is_resource_id(self, value: str) -> bool:
        return self._catalog.is_resource_id(value) and _is_storable(value)

    def _defined_event(self, request: message_request.MessageRequest,
                       ) -> _Event:
        """Return the event of the request, or the unknown error."""
        event = self._catalog.event(request.event_id)
        rejected = {name: reason for name, value, reason in (
            ('action', request.action, 'needs a call without event_id'),
            ('detail', request.detail, 'needs an action'),
            ('exception', request.exception, 'needs an action'))
            if value is not None}
        if event is None:
            return self._event(self._catalog.unknown_error, {
                'event_id': _reason('an event of the catalog',
                                    request.event_id), **rejected})
        parameters, reason = _parameters(event, request.parameters)
        if reason:
            rejected['parameters'] = reason
        return self._event(event, rejected, parameters)

    def _composed_event(self, request: message_request.MessageRequest,
                        resource_type: str) -> _Event:
        """Return the event of an action, and of a detail or exception."""
        catalog = self._catalog
        action = catalog.action(request.action)
        if action is None:
            return self._event(catalog.unknown_error, {
                'action': _reason('an action of the catalog',
                                  request.action)})
        rejected: dict[str, str] = {}
        mapped, given = None, catalog.detail(request.detail)
        parameters = request.parameters
        if request.exception is not None:
            mapped, found = self._mapped(request.exception, rejected)
            # Values of the call belong to the detail of the call.
            if parameters is None or mapped and given and mapped is not given:
                parameters = found
        if request.detail is not None and given is None:
            rejected['detail'] = _reason('a detail of the catalog',
                                         request.detail)
        # A catalog with actions has an unknown detail.
        detail = mapped or given or cast(message_catalog.Detail,
                                         catalog.unknown_detail)
        stored, reason = '', ''
        # A mapping by class has no values.
        if parameters is not None or not mapped:
            stored, reason = _parameters(detail, parameters)
        if reason:
            rejected['parameters'] = reason
        return _Event(catalog.compose(resource_type, action, detail),
                      action.id, detail.id, message_levels.ERROR, stored,
                      rejected)

    def _mapped(self, exception: BaseException, rejected: dict[str, str],
                ) -> tuple[message_catalog.Detail | None, Any]:
        """Return the detail of an exception, and its parameters."""
        try:
            return self._catalog.detail_and_parameters_of(exception)
        except Exception:
            # The mapper of the service failed, with any text.
            rejected['exception'] = 'its mapping to a detail failed'
        try:
            return self._catalog.detail_of_class(exception), None
        except Exception:
            return None, None

    def _event(self, event: str, rejected: dict[str, str],
               parameters: str = '') -> _Event:
        return _Event(str.__str__(event), '', '',
                      getattr(event, 'level', message_levels.ERROR),
                      parameters, rejected)

    def _retired(self, event: _Event) -> dict[str, str]:
        """Return a reason for each retired part of an event."""
        catalog = self._catalog
        return {name: 'retired' for name, value in (
            ('event_id', catalog.event(event.event_id)),
            ('action', catalog.action(event.action_id)),
            ('detail', catalog.detail(event.detail_id)),
        ) if catalog.is_retired(value)}


def _parameters(source: message_catalog.Event | message_catalog.Detail,
                given: Any) -> tuple[str, str]:
    """Return parameters as they are stored, and why values are rejected."""
    if not source.parameters and given is None:
        return '', ''
    values, reason = message_parameters.accept(
        source.parameters or {}, given)
    return message_parameters.serialize(values), reason


def _accept(value: Any, is_accepted: Callable[[str], Any], form: str,
            default: str = '') -> tuple[str, str]:
    """Return a value as plain text, or the default and why it is rejected."""
    if value is None:
        return default, ''
    text = message_catalog.plain_text(value)
    if text is not None and (not text or is_accepted(text)):
        return text or default, ''
    return default, _reason(form, value)


def _reason(form: str, value: Any) -> str:
    """Return which form is needed, and the type of a value without one."""
    if value is NotImplemented:
        return 'the context cannot be read'
    if value is None or issubclass(type(value), (str, tuple, list)):
        return f'needs {form}'
    return f'needs {form}, as text, not {exc.class_name(value)}'


def _is_storable(value: str) -> bool:
    """Tell whether each database can store a text and compare it exactly."""
    if '\0' in value or len(value) > _LONGEST_ID:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
