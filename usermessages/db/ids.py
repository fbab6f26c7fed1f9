# SPDX-License-Identifier: Apache-2.0

"""Create message IDs, and return the time in an ID.

An ID is a UUID of version 7 that contains the microseconds, for example
``019aaff5-4d5e-7abc-9c1d-6f2b8a3e4d5c``.  An ID contains the same time as
``created_at``, so IDs sort by the time of creation, and an ID is a valid
marker after the deletion of the message.  Source: RFC 9562, section 6.2,
method 3.
"""

import datetime
import re
import secrets
from typing import Any
import uuid

_EPOCH = datetime.datetime(1970, 1, 1)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_RANDOM_BITS = 62
_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
_ID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
_ANY_UUID = re.compile(r'(?:req-)?' + _ID.pattern.replace('a-f', 'a-fA-F'))


def new_id(timestamp: datetime.datetime) -> str:
    """Return a new ID for a naive time in UTC."""
    return _id_at(timestamp, secrets.randbits(_RANDOM_BITS))


def first_id(timestamp: datetime.datetime) -> str:
    """Return the smallest ID that the time can have."""
    return _id_at(timestamp, 0)


def last_id(timestamp: datetime.datetime) -> str:
    """Return the largest ID that the time can have."""
    return _id_at(timestamp, (1 << _RANDOM_BITS) - 1)


def canonical(value: Any) -> Any:
    """Return a UUID, with or without the prefix ``req-``, in lower case.

    Other values are returned unchanged.  Source: RFC 9562, section 4.
    """
    return (value.lower() if isinstance(value, str)
            and _ANY_UUID.fullmatch(value) else value)


def has_timestamp(text: object, timestamp: datetime.datetime) -> bool:
    """Tell whether an ID contains a time, to the microsecond."""
    return isinstance(text, str) and is_id(text) and (
        first_id(timestamp) <= text <= last_id(timestamp))


def is_id(text: object) -> bool:
    """Tell whether a value has the format of a message ID."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def timestamp_of(message_id: str) -> datetime.datetime | None:
    """Return the naive time in UTC of an ID, or None without a time.

    For a time after the maximum of ``datetime``, return the maximum.
    """
    if not is_id(message_id) or message_id[14] != '7':
        return None
    number = uuid.UUID(message_id).int
    milliseconds = number >> 80
    fraction = number >> 64 & 0xfff
    microseconds = -(-fraction * 1000 >> 12)
    try:
        return _EPOCH + datetime.timedelta(
            milliseconds=milliseconds, microseconds=microseconds)
    except OverflowError:
        return datetime.datetime.max


def _id_at(timestamp: datetime.datetime, random: int) -> str:
    milliseconds, rest = divmod(max(timestamp, _EPOCH) - _EPOCH, _MILLISECOND)
    fraction = (rest.microseconds << 12) // 1000
    return str(uuid.UUID(int=(milliseconds << 80 | fraction << 64
                              | _VERSION_AND_VARIANT | random)))
