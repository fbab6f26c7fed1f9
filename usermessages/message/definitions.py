# SPDX-License-Identifier: Apache-2.0

"""What a service can say: events, actions, details and their remedies.

An event is a string that carries its text::

    UNABLE_TO_ALLOCATE = Event('000002', N_('No storage could be ...'))

An action and a detail are the two halves of a composed event: the operation,
and the reason why it failed.
"""

from typing import NamedTuple

from usermessages.message import message_levels


class Remedy(NamedTuple):
    """The steps that a user can take.

    The user action is a constant of :mod:`.user_actions`.  The hint, one or
    two sentences that are marked for translation, explains what the text does
    not.
    """

    user_action: str
    hint: str = ''


class Event(str):
    """The ID of an event, with the text that users read.

    :param event_id: the ID to store; its meaning never changes
    :param text: one or two sentences, marked for translation
    :param level: a constant of :mod:`.message_levels`
    :param remedy: the steps that users can take, if known
    """

    text: str
    level: str
    remedy: Remedy | None

    def __new__(cls, event_id: str, text: str,
                level: str = message_levels.ERROR,
                remedy: Remedy | None = None) -> 'Event':
        event = super().__new__(cls, event_id)
        event.text = text
        event.level = level
        event.remedy = remedy
        return event

    def __getnewargs__(  # type: ignore[override]
            self) -> tuple[str, str, str, Remedy | None]:
        return str(self), self.text, self.level, self.remedy


class Action(NamedTuple):
    """The operation that failed: the first half of a composed event."""

    id: str
    text: str


class Detail(NamedTuple):
    """The reason of the failure, and the steps that users can take."""

    id: str
    text: str
    remedy: Remedy | None = None


def texts_of(value: Event | Action | Detail) -> tuple[str, ...]:
    """Return the text of an event, an action or a detail, and its hint."""
    remedy = getattr(value, 'remedy', None)
    return (value.text, remedy.hint) if remedy and remedy.hint else (
        value.text,)
