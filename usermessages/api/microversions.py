# SPDX-License-Identifier: Apache-2.0

"""Microversions of requests.

A request with ``OpenStack-API-Version: volume 3.5`` has the features
``MESSAGES`` and ``PAGINATION``.  If the header contains ``user-messages``, the
version of ``user-messages`` applies; otherwise, the version of the
compatibility service type.  Without either version, the minimum of
``user-messages`` applies.  ``features.HISTORY`` has the features that each
version added.
"""

from collections.abc import Mapping
import dataclasses
import re

from usermessages._i18n import _
from usermessages import exception
from usermessages import features
from usermessages.features import Feature
from usermessages.features import Version

HEADER = 'OpenStack-API-Version'
LATEST = 'latest'

_VERSION = re.compile(r'(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})')


@dataclasses.dataclass(frozen=True)
class Microversion:
    """A version of a service type, with its features."""

    service_type: str
    version: Version
    features: frozenset[Feature]

    def __contains__(self, feature: Feature) -> bool:
        return feature in self.features

    def __str__(self) -> str:
        return f'{self.service_type} {as_text(self.version)}'


@dataclasses.dataclass(frozen=True)
class ServiceVersions:
    """The versions of one service type.

    :param history: the features that each version added
    :param maximum: the latest version, possibly without a new feature
    """

    service_type: str
    history: Mapping[Version, frozenset[Feature]]
    maximum: Version

    @property
    def minimum(self) -> Version:
        return min(self.history)

    def since(self, feature: Feature) -> Version:
        """Return the version that added a feature."""
        return next(version for version, added in self.history.items()
                    if feature in added)

    def at(self, version: Version) -> Microversion:
        """Return a version with the features of all versions up to it.

        :raises VersionNotSupported: the version is below the minimum or above
            the maximum
        """
        if not self.minimum <= version <= self.maximum:
            raise exception.VersionNotSupported(
                self.service_type, as_text(version), as_text(self.minimum),
                as_text(self.maximum))
        return Microversion(self.service_type, version, frozenset().union(
            *(added for since, added in self.history.items()
              if since <= version)))


USER_MESSAGES = ServiceVersions(
    features.USER_MESSAGES, features.HISTORY[features.USER_MESSAGES],
    maximum=max(features.HISTORY[features.USER_MESSAGES]))
VOLUME = ServiceVersions(
    features.VOLUME, features.HISTORY[features.VOLUME], maximum=(3, 71))


def compat_versions(service_type: str | None,
                    maximum: str) -> ServiceVersions | None:
    """Return the versions of the compatibility service type.

    :param maximum: the highest microversion of the replaced service
    :raises ConfigurationError: the maximum is below the minimum
    """
    if service_type is None:
        return None
    versions = dataclasses.replace(VOLUME, maximum=_parse(maximum))
    if versions.maximum < versions.minimum:
        raise exception.ConfigurationError(
            _('[api]compat_max_microversion is %(maximum)s, below the minimum '
              'of %(minimum)s.')
            % {'maximum': maximum, 'minimum': as_text(versions.minimum)})
    return versions


def decide(header: str | None,
           compat: ServiceVersions | None) -> Microversion:
    """Return the microversion of a request.

    :param header: the value of ``HEADER``, or None
    :raises Invalid: the entry for the service type is malformed, or two
        entries differ
    :raises VersionNotSupported: the service does not support the version
    """
    if header is None:
        return USER_MESSAGES.at(USER_MESSAGES.minimum)
    parts = [part.strip().split() for part in header.split(',')]
    for versions in filter(None, (USER_MESSAGES, compat)):
        requested = {tuple(part[1:]) for part in parts
                     if part and part[0].lower() == versions.service_type}
        if requested:
            return versions.at(_requested_version(versions, requested))
    if any(len(part) < 2 for part in parts):
        raise exception.Invalid(
            _('The header %s needs a service and a version, for example '
              '"user-messages 1.0".') % HEADER)
    return USER_MESSAGES.at(USER_MESSAGES.minimum)


def as_text(version: Version) -> str:
    """Return a version as text, such as ``3.71``."""
    return f'{version[0]}.{version[1]}'


def _requested_version(versions: ServiceVersions,
                       requested: set[tuple[str, ...]]) -> Version:
    if len(requested) > 1:
        raise exception.Invalid(
            _('The header %(header)s has two versions of %(service)s.')
            % {'header': HEADER, 'service': versions.service_type})
    words = requested.pop()
    if len(words) != 1:
        raise exception.Invalid(
            _('The header %(header)s has no single version for %(service)s.')
            % {'header': HEADER, 'service': versions.service_type})
    if words[0].lower() == LATEST:
        return versions.maximum
    return _parse(words[0])


def _parse(text: str) -> Version:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise exception.Invalid(
            _('The version %r does not consist of two numbers separated by '
              'a point.')
            % text)
    return int(match[1]), int(match[2])
