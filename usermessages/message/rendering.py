# SPDX-License-Identifier: Apache-2.0

"""Render the text of a message with parameters.

``Rendering('{left} are left.', 'The quota is used up.', declared, str)``
renders ``{"left":120}`` as ``120 GB are left.``, and invalid values as the
general text.  The catalog creates one rendering for each text and language.
"""

from collections.abc import Callable
import json
from typing import Any

from usermessages.message import parameters as message_parameters

Rendered = tuple[str, dict[str, Any]]

_DECODER = json.JSONDecoder()


class Rendering:
    """The text of an event or a detail in one language.

    :param text: the text with the placeholders of all parameters
    :param general: the text without parameters
    :param declared: the parameters by their names
    :param translate: the function that translates the words and the units of
        the parameters
    """

    def __init__(self, text: str, general: str,
                 declared: message_parameters.Parameters,
                 translate: Callable[[str], str]):
        self._general = general
        self._size = len(declared)
        # For each parameter, the preceding text, including the unit.
        self._pieces: list[tuple[
            str, str, message_parameters.Parameter, dict[str, str]]] = []
        before, *rest = message_parameters.PLACEHOLDER.split(text)
        for name, after in zip(rest[::2], rest[1::2], strict=True):
            parameter = declared[name]
            prefix, suffix = parameter.affixes(translate)
            self._pieces.append((before + prefix, name, parameter, {
                key: translate(word)
                for key, word in parameter.words.items()}))
            before = suffix + after
        self._end = before

    def render(self, stored: str) -> Rendered:
        """Return the text with the stored values, and the values.

        :returns: the general text and no values, if the stored values
            belong to another catalog
        """
        try:
            values, end = _DECODER.raw_decode(stored)
        except (ValueError, RecursionError):
            return self._general, {}
        if (type(values) is not dict or len(values) != self._size
                or end != len(stored)):
            return self._general, {}
        parts: list[str] = []
        for before, name, parameter, words in self._pieces:
            value: Any = values.get(name)
            if not parameter.accepts(value):
                return self._general, {}
            parts += before, words[value] if words else str(value)
        return ''.join(parts) + self._end, values
