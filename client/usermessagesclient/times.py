# SPDX-License-Identifier: Apache-2.0

"""Parse and format times.

``2h`` is two hours ago, and ``2026-01-01`` is the start of the day.  Times
without an offset, unlike ``2026-01-01T12:00:00Z``, are in UTC or, with
``--local-time``, in the time zone of the machine.
"""

import argparse
import datetime
import re

from usermessagesclient._i18n import _

# The query parameters with a time.
FILTERS = ('created_since', 'created_before')

_UNITS = {'s': 'seconds', 'm': 'minutes', 'h': 'hours', 'd': 'days',
          'w': 'weeks'}
_AGO = re.compile(r'([0-9]{1,9}) ?([smhdw])')
_DATE = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?')
# The longest unit first, in seconds.
_RELATIVE_UNITS = (('d', 86400), ('h', 3600), ('min', 60), ('s', 1))
# Within these years, a conversion of the time zone cannot fail.
_YEARS = range(1970, 9999)


def argument(text: str) -> datetime.datetime:
    """Return the time in an argument of a command.

    :returns: a time with an offset, or without if the text has no offset
    :raises ArgumentTypeError: the text is not a time
    """
    text = text.strip()
    try:
        if match := _AGO.fullmatch(text):
            time = datetime.datetime.now(datetime.UTC) - datetime.timedelta(
                **{_UNITS[match[2]]: int(match[1])})
        else:
            time = datetime.datetime.fromisoformat(text)
        if time.year not in _YEARS or not (match or _DATE.fullmatch(text)):
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            _('invalid time %r: use "2h" or "3d" (ago; also s, m and w), '
              '2026-01-31, "2026-01-31 12:00" or '
              '2026-01-31T12:00:00+01:00') % text) from None
    return time


def query_value(time: datetime.datetime, *, is_local: bool) -> str:
    """Return a time in the format of query parameters.

    :param is_local: whether a time without an offset is in local time
    """
    if time.tzinfo is None and not is_local:
        time = time.replace(tzinfo=datetime.UTC)
    return time.astimezone(datetime.UTC).isoformat()


def relative(time: datetime.datetime) -> str:
    """Return how long ago a time is, such as ``5 min ago``.

    The time of a service can be in the future, if clocks differ.
    """
    seconds = round((datetime.datetime.now(datetime.UTC) - time)
                    .total_seconds())
    for unit, length in _RELATIVE_UNITS:
        number = abs(seconds) // length
        if number:
            return (_('%(number)d %(unit)s ago') if seconds > 0
                    else _('in %(number)d %(unit)s')) % {
                        'number': number, 'unit': unit}
    return _('now')


def parse(text: str | None) -> datetime.datetime | None:
    """Return the time in a response, or None for an invalid text.

    Times of Cinder have no offset and are in UTC.
    """
    try:
        time = datetime.datetime.fromisoformat(text or '')
    except ValueError:
        return None
    if time.year not in _YEARS:
        return None
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
