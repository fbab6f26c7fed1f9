# SPDX-License-Identifier: Apache-2.0

"""The values from which a message is created, before they are verified.

``API.create()`` makes a ``MessageRequest`` from its arguments and its context,
and ``MessageRequest.from_record(record)`` makes one from a dead letter.
"""

from collections.abc import Mapping
import dataclasses
from typing import Any, Self

from usermessages.message import parameters as message_parameters


@dataclasses.dataclass(frozen=True, slots=True)
class MessageRequest:
    """The requested values of a message; each has any type, or is None.

    :ivar event_id: an event, or None for the event of ``action`` and of
        ``detail`` or ``exception``
    """

    project_id: Any
    request_id: Any
    global_request_id: Any = None
    event_id: Any = None
    action: Any = None
    detail: Any = None
    exception: Any = None
    level: Any = None
    resource_type: Any = None
    resource_uuid: Any = None
    parameters: Any = None

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the request that results in the row of a dead letter."""
        values = {name: record[name] for name in (
            'project_id', 'request_id', 'global_request_id', 'resource_type',
            'resource_uuid')}
        if record['action_id']:
            values.update(action=record['action_id'],
                          detail=record['detail_id'])
        else:
            values.update(event_id=record['event_id'])
        if record['parameters']:
            values.update(parameters=message_parameters.load(
                record['parameters']))
        return cls(level=record['message_level'], **values)


def value_of(context: Any, name: str) -> Any:
    """Return an attribute of a context of any class, None without one."""
    try:
        return getattr(context, name, None)
    except Exception:
        # A property of the service failed.  This object is rejected as a
        # value, with a reason of its own.
        return NotImplemented
