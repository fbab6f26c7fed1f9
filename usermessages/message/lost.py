# SPDX-License-Identifier: Apache-2.0

"""Write a message that could not be stored into the log, and find it there.

A line ends in ``{"lost_user_message": {"action_id": "", ...}, "version": 1}``
then: the row, in ASCII and without a line break whatever is in it.  A log
keeps it behind any prefix, and perhaps as text within JSON of its own, where
each quotation mark has backslashes in front of it.
"""

from collections.abc import Iterator, Mapping
import datetime
import json
import re
from typing import Any

# Found in a line before anything is looked at more closely.
MARK = 'lost_user_message'
_VERSION = 1

# Text within text within text has 1, 3 and 7 backslashes.
_START = re.compile(r'\{(|\\|\\{3}|\\{7})"' + MARK + r'\1"')
# Twice what the longest values take, so written.
_LONGEST = 32768
# A log may have a tab or so as it is.
_DECODER = json.JSONDecoder(strict=False)


def record(message: Mapping[str, Any]) -> str:
    """Return a message as the text that :func:`find` finds."""
    return json.dumps(
        {MARK: {name: _time(value) if isinstance(value, datetime.datetime)
                else value for name, value in message.items()},
         'version': _VERSION}, sort_keys=True)


def find(line: str) -> Iterator[dict[str, str] | None]:
    """Go through the messages in a line of a log.

    :returns: for each, what stands there, which anybody may have edited; None
        where something starts as a message does and is none, and then no more
    """
    last = None
    for found in _find(line):
        # A log in JSON has the text, and what it was made of, too.
        if found is None or found != last:
            yield found
        if found is None:
            # To try the next one, and so on, could take for ever.
            return
        last = found


def _find(line: str) -> Iterator[dict[str, str] | None]:
    at = 0
    # What is behind a message is looked at, and not what is in it: that is
    # the project of somebody.
    while match := _START.search(line, at):
        at = match.start()
        text = line[at:at + _LONGEST]
        try:
            if match[1]:
                # It is in a text, which ends at the next quotation mark.
                inner, end = _DECODER.raw_decode(f'"{text}')
                yield from _find(inner)
                at += end - 1
            else:
                outer, end = _DECODER.raw_decode(text)
                yield _values(outer)
                at += end
        except (ValueError, RecursionError):
            yield None
            return


def _values(found: dict[str, Any]) -> dict[str, str] | None:
    values = found.pop(MARK, None)
    if found != {'version': _VERSION} or not isinstance(values, dict):
        return None
    return (values if all(isinstance(value, str) for value
                          in values.values()) else None)


def moment(text: Any) -> datetime.datetime | None:
    """Return the naive time in UTC that was written so, None for no such."""
    try:
        found = datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    except (TypeError, ValueError):
        return None
    return found if _time(found) == text else None


def _time(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec='microseconds') + '+00:00'
