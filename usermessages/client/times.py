# SPDX-License-Identifier: Apache-2.0

"""Parse and format times.

``2h`` is two hours ago, ``2026-01-01`` the start of that day and
``2026-01-01T12:00:00Z`` a point in time.  Times without an offset are in UTC,
or in the zone of the reader for output in local time.
"""

import argparse
import datetime
import re

from usermessages._i18n import _

_AGO = re.compile(r'([0-9]{1,9}) ?([smhdw])')
_UNITS = {'s': 'seconds', 'm': 'minutes', 'h': 'hours', 'd': 'days',
          'w': 'weeks'}
_DATE = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?')
# Within these no zone leads out of what a time can be.
_YEARS = range(1970, 9999)


def argument(text: str) -> datetime.datetime:
    """Return the time that an argument of a command means.

    :returns: a time with an offset, or without if the text has no offset
    :raises ArgumentTypeError: the text is not a time
    """
    text = text.strip()
    try:
        if match := _AGO.fullmatch(text):
            time = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(
                **{_UNITS[match[2]]: int(match[1])}))
        elif _DATE.fullmatch(text):
            time = datetime.datetime.fromisoformat(text)
        else:
            raise ValueError
        if time.year not in _YEARS:
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            _('invalid time %r: use "2h" or "3d" (ago; also s, m and w), '
              '2026-01-31, "2026-01-31 12:00" or '
              '2026-01-31T12:00:00+01:00') % text) from None
    return time


def on_the_wire(time: datetime.datetime, *, is_local: bool) -> str:
    """Return a time as the service takes it.

    :param is_local: a time without an offset is one of the reader's zone
    """
    if time.tzinfo is None and not is_local:
        time = time.replace(tzinfo=datetime.UTC)
    return time.astimezone(datetime.UTC).isoformat()


def of_message(text: str | None) -> datetime.datetime | None:
    """Return a time that a service sent, or None where it sent no such.

    Cinder leaves out that it is UTC.
    """
    try:
        time = datetime.datetime.fromisoformat(text or '')
    except ValueError:
        return None
    if time.year not in _YEARS:
        return None
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
