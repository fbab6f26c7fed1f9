# SPDX-License-Identifier: Apache-2.0

"""Say on whose behalf something is done.

``RequestContext()`` has a new ``request_id``; the API makes one of each
request from the headers of keystonemiddleware.  The library reads a context
by attribute only, so that a host passes its own class, and adds
``MessageAttributes`` to it where its contexts carry what a message will be
about.
"""

from collections.abc import Mapping
from typing import Any

from oslo_context import context

_ATTRIBUTES = ('message_action', 'message_resource_type',
               'message_resource_id')


class MessageAttributes:
    """What a message about this request will be about, for a context class.

    ::

        class RequestContext(MessageAttributes, context.RequestContext):
            pass

    A context of that class keeps the three attributes through ``to_dict`` and
    ``from_dict``, and so on its way to another process; a class that has
    these methods too calls those of ``super()``.  Of an action, only the ID
    goes there.

    Source: Cinder, for the names.
    """

    def __init__(self, *args: Any, message_action: Any = None,
                 message_resource_type: str | None = None,
                 message_resource_id: str | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.message_action = message_action
        self.message_resource_type = message_resource_type
        self.message_resource_id = message_resource_id

    def to_dict(self) -> dict[str, Any]:
        """Return what another process needs to know."""
        action = self.message_action
        return {
            **super().to_dict(),  # type: ignore[misc]
            'message_action': (
                action[0] if isinstance(action, (tuple, list)) and action
                else action),
            'message_resource_type': self.message_resource_type,
            'message_resource_id': self.message_resource_id}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], **kwargs: Any) -> Any:
        """Return the context that ``to_dict`` was called on."""
        made = super().from_dict(values, **kwargs)  # type: ignore[misc]
        for name in _ATTRIBUTES:
            setattr(made, name, values.get(name))
        return made


class RequestContext(MessageAttributes, context.RequestContext):
    """The context of one request: who asks, and for which project.

    Source: oslo.context.
    """
