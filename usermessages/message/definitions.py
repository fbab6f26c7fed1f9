# SPDX-License-Identifier: Apache-2.0

"""Definitions of a catalog: events, actions, details and remedies.

An event is a string that carries its text::

    UNABLE_TO_ALLOCATE = Event('000002', N_('No storage could be ...'))

An action and a detail are the two halves of a composed event: the operation,
and the reason why it failed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from usermessages.message import message_levels
from usermessages.message import parameters as message_parameters


class Remedy(NamedTuple):
    """The steps that a user can take.

    The user action is a constant of :mod:`.user_actions`.  The hint, one or
    two sentences that are marked for translation, adds details to the text.
    """

    user_action: str
    hint: str = ''


class Event(str):
    """The ID of an event, with the text that users read.

    :param event_id: the ID to store; its meaning never changes
    :param text: one or two sentences, marked for translation
    :param level: a constant of :mod:`.message_levels`
    :param remedy: the steps that users can take, if known
    :param parameters: the types of the parameters in the text, by their names
    :param general: the text without the parameters, for a message that lacks
        a value; required with ``parameters``
    """

    text: str
    level: str
    remedy: Remedy | None
    parameters: Mapping[str, message_parameters.Parameter] | None
    general: str

    def __new__(cls, event_id: str, text: str,
                level: str = message_levels.ERROR,
                remedy: Remedy | None = None,
                parameters: message_parameters.Parameters | None = None,
                general: str = '') -> 'Event':
        event = super().__new__(cls, event_id)
        event.text = text
        event.level = level
        event.remedy = remedy
        event.parameters = parameters
        event.general = general
        return event

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (str(self), self.text, self.level, self.remedy,
                self.parameters, self.general)


class Action(NamedTuple):
    """The operation that failed: the first half of a composed event."""

    id: str
    text: str


class Detail(NamedTuple):
    """The reason of the failure, and the steps that users can take.

    For ``parameters`` and ``general``, see :class:`Event`.
    """

    id: str
    text: str
    remedy: Remedy | None = None
    parameters: message_parameters.Parameters | None = None
    general: str = ''

    def __hash__(self) -> int:
        # Parameters are a dict, which has no hash.
        return hash((self.id, self.text))


def parameters_of(value: Any) -> message_parameters.Parameters:
    """Return the parameters of an event or a detail; others have none."""
    return getattr(value, 'parameters', None) or {}


def named_texts_of(value: Event | Action | Detail) -> dict[str, str]:
    """Return all texts of an event, an action or a detail, by their names."""
    texts = {'text': value.text}
    remedy = getattr(value, 'remedy', None)
    if remedy and remedy.hint:
        texts['hint'] = remedy.hint
    if parameters := parameters_of(value):
        texts['general text'] = value.general  # type: ignore[union-attr]
    for name, parameter in parameters.items():
        for key, word in parameter.words.items():
            texts[f'word {key} of {name}'] = word
    return texts


def texts_of(value: Event | Action | Detail) -> tuple[str, ...]:
    """Return all texts of an event, an action or a detail."""
    return tuple(named_texts_of(value).values())
