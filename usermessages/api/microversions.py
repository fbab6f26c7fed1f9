# SPDX-License-Identifier: Apache-2.0

"""Which behaviour came with which microversion.

``OpenStack-API-Version: volume 3.5`` is served with ``MESSAGES`` and
``PAGINATION``.  Exactly one axis decides a request: ``user-messages`` where
the header names it, else that of the host where it is named, else
``user-messages`` at its minimum.  The axes stand in ``USER_MESSAGES`` and
``VOLUME``, nowhere else; what a version means is told in the history.
"""

from collections.abc import Mapping
import dataclasses
import enum
import re

from usermessages._i18n import _
from usermessages import exception

HEADER = 'OpenStack-API-Version'
LATEST = 'latest'

_VERSION = re.compile(r'(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})')

Version = tuple[int, int]


class Behaviour(enum.Enum):
    """What the service does since some version of an axis."""

    MESSAGES = 'list, show and delete'
    PAGINATION = 'limit, marker, offset, sort, links and filters'
    RESOURCE_FILTERS = 'unknown filters are refused'
    LIKE_FILTERS = 'filters that contain a value'
    PROJECT_ID = 'messages name their project'
    TIME_FILTERS = 'created_since and created_before'
    REMEDIES = 'what the user can do, and a link to help'


@dataclasses.dataclass(frozen=True)
class Microversion:
    """A version of an axis, and what it brings."""

    axis: str
    version: Version
    behaviours: frozenset[Behaviour]

    def __contains__(self, behaviour: Behaviour) -> bool:
        return behaviour in self.behaviours

    def __str__(self) -> str:
        return f'{self.axis} {as_text(self.version)}'


@dataclasses.dataclass(frozen=True)
class Axis:
    """The versions of one service.

    :param history: what each version added
    :param maximum: the last version, by default the last one in the history
    """

    name: str
    history: Mapping[Version, frozenset[Behaviour]]
    maximum: Version

    @property
    def minimum(self) -> Version:
        return min(self.history)

    def at(self, version: Version) -> Microversion:
        """Return a version with all that came up to it.

        :raises VersionNotSupported: it is below the minimum or above the
            maximum
        """
        if not self.minimum <= version <= self.maximum:
            raise exception.VersionNotSupported(
                self.name, as_text(version), as_text(self.minimum),
                as_text(self.maximum))
        return Microversion(self.name, version, frozenset().union(
            *(added for since, added in self.history.items()
              if since <= version)))


USER_MESSAGES = Axis('user-messages', {
    (1, 0): frozenset({Behaviour.MESSAGES, Behaviour.PAGINATION,
                       Behaviour.RESOURCE_FILTERS, Behaviour.LIKE_FILTERS,
                       Behaviour.PROJECT_ID}),
    (1, 1): frozenset({Behaviour.TIME_FILTERS}),
    (1, 2): frozenset({Behaviour.REMEDIES}),
}, maximum=(1, 2))

# The versions at which Cinder got the same.
VOLUME = Axis('volume', {
    (3, 3): frozenset({Behaviour.MESSAGES}),
    (3, 5): frozenset({Behaviour.PAGINATION}),
    (3, 31): frozenset({Behaviour.RESOURCE_FILTERS}),
    (3, 34): frozenset({Behaviour.LIKE_FILTERS}),
}, maximum=(3, 71))


def host_axis(name: str | None, maximum: str) -> Axis | None:
    """Return the axis of a host with the maximum of that host.

    :raises ConfigurationError: the maximum is below the minimum
    """
    if name is None:
        return None
    axis = dataclasses.replace(VOLUME, maximum=_parsed(maximum))
    if axis.maximum < axis.minimum:
        raise exception.ConfigurationError(
            _('[api]host_axis_maximum is %(maximum)s, below the minimum of '
              '%(minimum)s.')
            % {'maximum': maximum, 'minimum': as_text(axis.minimum)})
    return axis


def decide(header: str | None, host: Axis | None) -> Microversion:
    """Return the microversion that a request is served with.

    :param header: the value of ``HEADER``, None where there is none
    :raises Invalid: the part that decides is malformed, or says two things
    :raises VersionNotSupported: it lies outside of what is served
    """
    if header is None:
        return USER_MESSAGES.at(USER_MESSAGES.minimum)
    parts = [part.strip().split() for part in header.split(',')]
    for axis in filter(None, (USER_MESSAGES, host)):
        asked = {tuple(part[1:]) for part in parts
                 if part and part[0].lower() == axis.name}
        if asked:
            return axis.at(_agreed(axis, asked))
    if any(len(part) < 2 for part in parts):
        raise exception.Invalid(
            _('The header %s names a service and a version, as in '
              '"user-messages 1.0".') % HEADER)
    return USER_MESSAGES.at(USER_MESSAGES.minimum)


def as_text(version: Version) -> str:
    """Return a version as it is written: ``3.71``."""
    return f'{version[0]}.{version[1]}'


def _agreed(axis: Axis, asked: set[tuple[str, ...]]) -> Version:
    if len(asked) > 1:
        raise exception.Invalid(
            _('The header %(header)s asks for two versions of %(service)s.')
            % {'header': HEADER, 'service': axis.name})
    words = asked.pop()
    if len(words) != 1:
        raise exception.Invalid(
            _('The header %(header)s has no single version for %(service)s.')
            % {'header': HEADER, 'service': axis.name})
    if words[0].lower() == LATEST:
        return axis.maximum
    return _parsed(words[0])


def _parsed(text: str) -> Version:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise exception.Invalid(
            _('The version %r is not two numbers with a point between them.')
            % text)
    return int(match[1]), int(match[2])
