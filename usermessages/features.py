# SPDX-License-Identifier: Apache-2.0

"""Features of the API, and the microversions that add them.

``user-messages 1.1`` adds ``TIME_FILTERS``.  ``HISTORY`` has all versions of
each service type that add a feature, for the service and the OpenAPI
description.
"""

from collections.abc import Mapping
import enum

Version = tuple[int, int]


class Feature(enum.Enum):
    """A feature that a microversion adds."""

    MESSAGES = 'list, show and delete'
    PAGINATION = 'limit, marker, offset, sort, links and filters'
    RESOURCE_FILTERS = 'rejection of unknown filters'
    LIKE_FILTERS = 'filters for a part of a value'
    PROJECT_ID = 'the project ID of messages'
    TIME_FILTERS = 'created_since and created_before'
    REMEDIES = 'remedies and help links'
    GLOBAL_REQUEST_ID = 'the global request ID of messages'
    PARAMETERS = 'the values of the parameters in a text'
    MESSAGE_GROUPS = 'message groups with the number of messages'


USER_MESSAGES = 'user-messages'
VOLUME = 'volume'

HISTORY: Mapping[str, Mapping[Version, frozenset[Feature]]] = {
    USER_MESSAGES: {
        (1, 0): frozenset({Feature.MESSAGES, Feature.PAGINATION,
                           Feature.RESOURCE_FILTERS, Feature.LIKE_FILTERS,
                           Feature.PROJECT_ID}),
        (1, 1): frozenset({Feature.TIME_FILTERS}),
        (1, 2): frozenset({Feature.REMEDIES}),
        (1, 3): frozenset({Feature.GLOBAL_REQUEST_ID,
                           Feature.MESSAGE_GROUPS}),
        (1, 4): frozenset({Feature.PARAMETERS}),
    },
    # The versions of Cinder that added the features.
    VOLUME: {
        (3, 3): frozenset({Feature.MESSAGES}),
        (3, 5): frozenset({Feature.PAGINATION}),
        (3, 31): frozenset({Feature.RESOURCE_FILTERS}),
        (3, 34): frozenset({Feature.LIKE_FILTERS}),
    },
}


def at(service_type: str, version: Version) -> frozenset[Feature]:
    """Return the features of a version of a service type."""
    return frozenset().union(*(
        added for since, added in HISTORY.get(service_type, {}).items()
        if since <= version))
