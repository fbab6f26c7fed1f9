# SPDX-License-Identifier: Apache-2.0

"""Request context.

The API creates a ``RequestContext`` for each request from the headers of
keystonemiddleware.  The library reads attributes of a context only, so a
consuming service can pass its own class.  ``MessageAttributes`` adds the
subject of a message to a context class.
"""

from collections.abc import Mapping
from typing import Any

from oslo_context import context

_ATTRIBUTES = ('message_action', 'message_resource_type',
               'message_resource_id')


class MessageAttributes:
    """Mixin for context classes with the subject of a message.

    ::

        class RequestContext(MessageAttributes, context.RequestContext):
            pass

    ``to_dict`` and ``from_dict`` include the three attributes, so that
    another process receives the attributes.  A class that overrides the
    methods calls ``super()``.  For an action, ``to_dict`` returns the ID.

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
        """Return the attributes for another process."""
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
        """Return a context with the attributes from ``to_dict``."""
        restored = super().from_dict(values, **kwargs)  # type: ignore[misc]
        for name in _ATTRIBUTES:
            setattr(restored, name, values.get(name))
        return restored


class RequestContext(MessageAttributes, context.RequestContext):
    """Context of one request: the user, the project and the roles.

    Source: oslo.context.
    """
