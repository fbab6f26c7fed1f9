# SPDX-License-Identifier: Apache-2.0

"""Parameters: the numbers and keywords that a message can contain.

With ``parameters={'left': Gigabytes(about=PROJECT)}``, an event or a detail
has ``{left}`` in its text, and ``create(..., parameters={'left': 120})``
stores the value.  The types are finite: a parameter is a bounded integer or
one of the declared words, never free text.
"""

from collections.abc import Callable, Collection, Mapping
import dataclasses
import enum
import json
import re
from typing import Any, ClassVar

from usermessages._i18n import N_

#: A placeholder of a text with parameters.
PLACEHOLDER = re.compile(r'\{([a-z][a-z0-9_]{0,30})\}')
NAME = re.compile(r'[a-z][a-z0-9_]{0,30}')

# More than a text can have within MAXIMUM_BYTES.
_MAXIMUM_VALUES = 100
#: The length of the column.
MAXIMUM_BYTES = 255

Translate = Callable[[str], str]


class About(enum.Enum):
    """The subject of a parameter; no other subject exists.

    Other numbers, for example the free space of a storage back end, would show
    the resources of other projects to users.
    """

    #: The values in the request of the user.
    REQUEST = 'request'
    #: The quota and the usage of the project of the message.
    PROJECT = 'project'


REQUEST = About.REQUEST
PROJECT = About.PROJECT


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parameter:
    """The type of a parameter, and its subject.

    :param about: ``REQUEST`` or ``PROJECT``
    """

    about: About
    kind: ClassVar[str]
    words: ClassVar[Mapping[str, str]] = {}

    @property
    def signature(self) -> str:
        """The facts that never change for an event or detail ID."""
        return f'{self.kind}, {self.about.value}'

    @property
    def description(self) -> str:
        """The values and the subject, for readers of the catalog."""
        return f'{self.values}, of the {self.about.value}'

    @property
    def values(self) -> str:
        """The accepted values, in words."""
        raise NotImplementedError

    @property
    def largest(self) -> Any:
        """The accepted value with the longest JSON."""
        raise NotImplementedError

    def is_valid(self) -> bool:
        """Tell whether the declaration of the parameter is complete."""
        return isinstance(self.about, About)

    def accepts(self, value: Any) -> bool:
        """Tell whether a value can be stored."""
        raise NotImplementedError

    def affixes(self, translate: Translate) -> tuple[str, str]:
        """Return the texts before and after a number: the unit."""
        return '', ''


@dataclasses.dataclass(frozen=True)
class _Integer(Parameter):
    """An integer from 0 to ``maximum``."""

    maximum: int
    unit: ClassVar[str] = '{number}'

    @property
    def values(self) -> str:
        unit = self.unit.replace('{number}', f'{self.maximum}')
        return f'a number from 0 to {unit}'

    @property
    def largest(self) -> int:
        return self.maximum

    def is_valid(self) -> bool:
        return (super().is_valid() and type(self.maximum) is int
                and 0 < self.maximum < 10 ** 18)

    def accepts(self, value: Any) -> bool:
        # The methods of a subclass, such as bool, can return anything.
        return type(value) is int and 0 <= value <= self.maximum

    def affixes(self, translate: Translate) -> tuple[str, str]:
        translation = translate(self.unit)
        if '{number}' not in translation:
            translation = self.unit
        before, _number, after = translation.partition('{number}')
        return before, after


@dataclasses.dataclass(frozen=True)
class Count(_Integer):
    """A number of things, from 0 to ``maximum``."""

    kind = 'count'


@dataclasses.dataclass(frozen=True)
class Gigabytes(_Integer):
    """A size in GB, from 0 to 1,000,000,000."""

    maximum: int = dataclasses.field(default=10 ** 9, init=False)
    kind = 'gigabytes'
    unit = N_('{number} GB')


@dataclasses.dataclass(frozen=True)
class Percent(_Integer):
    """A percentage, from 0 to 100."""

    maximum: int = dataclasses.field(default=100, init=False)
    kind = 'percent'
    unit = N_('{number}%')


@dataclasses.dataclass(frozen=True)
class Seconds(_Integer):
    """A time in seconds, from 0 to 1,000,000,000."""

    maximum: int = dataclasses.field(default=10 ** 9, init=False)
    kind = 'seconds'
    unit = N_('{number} s')


@dataclasses.dataclass(frozen=True)
class OneOf(Parameter):
    """One of several words, such as ``{'ram': N_('memory')}``.

    :param words: the words by their keys.  A value is a key; users read the
        word in their language
    """

    words: Mapping[str, str] = (  # type: ignore[misc]
        dataclasses.field())
    kind = 'one'

    @property
    def signature(self) -> str:
        return f'one of {"|".join(sorted(self.words))}, {self.about.value}'

    @property
    def values(self) -> str:
        return 'one of ' + ', '.join(
            f'{key} ({word})' for key, word in sorted(self.words.items()))

    @property
    def largest(self) -> str:
        return max(self.words, key=len)

    def is_valid(self) -> bool:
        return super().is_valid() and type(self.words) is dict and bool(
            self.words) and all(
                type(key) is str and NAME.fullmatch(key) is not None
                and isinstance(word, str) and word.strip()
                and not PLACEHOLDER.search(word)
                for key, word in self.words.items())

    def accepts(self, value: Any) -> bool:
        return type(value) is str and value in self.words


#: All types; no other type exists.
TYPES = (Count, Gigabytes, Percent, Seconds, OneOf)

Parameters = Mapping[str, Parameter]


def placeholders(text: str) -> list[str]:
    """Return the names of the parameters in a text, in alphabetical order."""
    return sorted({*PLACEHOLDER.findall(text)})


def has_only(text: str, names: Collection[str]) -> bool:
    """Tell whether a text has these placeholders, and no other braces."""
    return (placeholders(text) == sorted(names)
            and not re.search('[{}]', PLACEHOLDER.sub('', text)))


def accept(declared: Parameters, given: Any) -> tuple[dict[str, Any], str]:
    """Return the valid values, and the reason for the rejection of others.

    :param given: a value of any type
    :returns: the values of all declared parameters, or no values; and a
        reason, which contains declared names only
    """
    names = ', '.join(sorted(declared))
    if not declared:
        return {}, 'needs a text with parameters'
    # Other keys and mappings can have methods that never return.
    if type(given) is not dict or len(given) > _MAXIMUM_VALUES or not all(
            type(name) is str for name in given):
        return {}, f'needs a dict with {names}'
    values = {name: given[name] for name in declared if name in given}
    invalid = sorted(name for name, parameter in declared.items()
                     if name not in values
                     or not parameter.accepts(values[name]))
    if invalid:
        return {}, f'needs a valid {", ".join(invalid)}'
    if len(given) > len(values):
        return values, f'needs only {names}'
    return values, ''


def serialize(values: Mapping[str, Any]) -> str:
    """Return values as canonical JSON in ASCII, or empty text for none."""
    return json.dumps(values, sort_keys=True, separators=(',', ':')) if (
        values) else ''


def load(stored: str) -> Any:
    """Return the value of a JSON text, or None if the text is invalid."""
    try:
        return json.loads(stored)
    except (ValueError, RecursionError):
        return None
