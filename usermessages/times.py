# SPDX-License-Identifier: Apache-2.0

"""Parse times in the arguments of commands.

``parse('2h', now)`` is two hours before ``now``, and ``parse('2026-01-31',
now)`` the start of the day.  The module has no imports from the package, so
that the client plugin can use the module.
"""

import datetime
import re

UNITS = {'s': 'seconds', 'm': 'minutes', 'h': 'hours', 'd': 'days',
         'w': 'weeks'}
_AGO = re.compile(r'([0-9]{1,9}) ?([smhdw])')
_DATE = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?')


def parse(text: str, now: datetime.datetime,
          units: str = ''.join(UNITS)) -> datetime.datetime:
    """Return the time before ``now``, or the time in ISO 8601.

    :param units: the accepted keys of ``UNITS``
    :raises ValueError: the text is not a time
    :raises OverflowError: the time is before the first year
    """
    match = _AGO.fullmatch(text)
    if match and match[2] in units:
        return now - datetime.timedelta(**{UNITS[match[2]]: int(match[1])})
    if not _DATE.fullmatch(text):
        raise ValueError
    return datetime.datetime.fromisoformat(text)
