# SPDX-License-Identifier: Apache-2.0

"""Serialize dead letters into log lines, and parse them.

A dead letter is at the end of a log line:
``{"lost_user_message": {"action_id": "", ...}, "version": 3}``.  The record is
the row, in printable ASCII.  The log can add a prefix to the line, and can
quote the record as text in JSON, with backslashes before quotation marks.
Records of older versions lack the columns in ``_ADDED``.
"""

from collections.abc import Iterator, Mapping
import datetime
import json
import re
from typing import Any

# A line without the key has no dead letter.
KEY = 'lost_user_message'
_VERSION = 3
# The columns that each version added.
_ADDED = {2: ('global_request_id',), 3: ('parameters',)}

# Nested quotation adds 1, 3 and 7 backslashes.
_START = re.compile(r'\{(|\\|\\{3}|\\{7})"' + KEY + r'\1"')
# Twice the length of the longest record.
_LONGEST = 32768
# A log may have unescaped control characters.
_DECODER = json.JSONDecoder(strict=False)


def serialize(message: Mapping[str, Any]) -> str:
    """Return the record of a message, for :func:`parse_line`."""
    return json.dumps(
        {KEY: {name: _format_timestamp(value)
               if isinstance(value, datetime.datetime) else value
               for name, value in message.items()},
         'version': _VERSION}, sort_keys=True)


def parse_line(line: str) -> Iterator[dict[str, str] | None]:
    """Iterate over the dead letters in a line of a log.

    :returns: for each dead letter the values of the row as text, unverified.
        A truncated or edited record ends the iteration with None
    """
    previous = None
    for record in _parse(line):
        # The JSON format of oslo.log has the record twice: in the message, and
        # as an argument.
        if record is None or record != previous:
            yield record
        if record is None:
            # Parsing the rest of the line from each start is quadratic.
            return
        previous = record


def _parse(line: str) -> Iterator[dict[str, str] | None]:
    position = 0
    # The search continues after the record: a project ID in the record may
    # look like another record.
    while match := _START.search(line, position):
        position = match.start()
        text = line[position:position + _LONGEST]
        try:
            if match[1]:
                # The record is part of a quoted text.
                inner, end = _DECODER.raw_decode(f'"{text}')
                yield from _parse(inner)
                position += end - 1
            else:
                outer, end = _DECODER.raw_decode(text)
                yield _values(outer)
                position += end
        except (ValueError, RecursionError):
            yield None
            return


def _values(record: dict[str, Any]) -> dict[str, str] | None:
    values, version = record.pop(KEY, None), record.pop('version', None)
    if (record or not isinstance(values, dict) or type(version) is not int
            or not 1 <= version <= _VERSION):
        return None
    if not all(isinstance(value, str) for value in values.values()):
        return None
    added = (name for since, names in _ADDED.items() if since > version
             for name in names)
    return {**values, **dict.fromkeys(added, '')}


def parse_timestamp(text: Any) -> datetime.datetime | None:
    """Return the naive time in UTC, or None for an invalid text."""
    try:
        timestamp = datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    except (TypeError, ValueError):
        return None
    return timestamp if _format_timestamp(timestamp) == text else None


def _format_timestamp(timestamp: datetime.datetime) -> str:
    return timestamp.isoformat(timespec='microseconds') + '+00:00'
