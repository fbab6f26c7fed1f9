# SPDX-License-Identifier: Apache-2.0

"""Versions of the API that the client supports.

``user-messages 1.1`` is the first version in ``TIME_FILTERS``.  A service
without a version in such a table does not have the feature.
"""

from collections.abc import Mapping
import re

Version = tuple[int, int]

USER_MESSAGES = 'user-messages'
VOLUME = 'volume'

# The first version of each service type with a feature.  The versions of
# VOLUME are the versions of Cinder.
PAGINATION: Mapping[str, Version] = {USER_MESSAGES: (1, 0), VOLUME: (3, 5)}
TIME_FILTERS: Mapping[str, Version] = {USER_MESSAGES: (1, 1)}
GLOBAL_REQUEST_ID: Mapping[str, Version] = {USER_MESSAGES: (1, 3)}
MESSAGE_GROUPS: Mapping[str, Version] = {USER_MESSAGES: (1, 3)}

# The latest version that the client requests.
LATEST: Mapping[str, Version] = {USER_MESSAGES: (1, 4), VOLUME: (3, 34)}

_VERSION = re.compile(r'([13])(?:\.([0-9]{1,5}))?')


def parse(text: str) -> tuple[int, int | None]:
    """Return the major version and, if specified, the minor version.

    :raises ValueError: the text is not a version
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(match[1]), None if match[2] is None else int(match[2])
