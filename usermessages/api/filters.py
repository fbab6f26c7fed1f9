# SPDX-License-Identifier: Apache-2.0

"""Filters in query parameters.

``GET /v3/{project_id}/messages?event_id=000002`` lists the messages with the
event ID ``000002``.  ``fields.FILTERS`` contains all filters; an option lists
the filters that the operator allows.
"""

from collections.abc import Collection, Mapping
import datetime
import re
from typing import Any

from usermessages._i18n import _
from usermessages.api import microversions
from usermessages.api.microversions import Microversion
from usermessages.api import pagination
from usermessages import exception
from usermessages.features import Feature
from usermessages import fields

SCOPES = ('all_tenants', 'project_id')

# RFC 3339, section 5.6; the offset is optional, and an unquoted "+" arrives as
# a blank.
_TIME = re.compile(
    r'(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)'
    r'([Zz]|[+ -]\d\d:\d\d)?', re.ASCII)

_LAST_SECOND = datetime.time(23, 59, 59)


def filters(parameters: Mapping[str, str], microversion: Microversion,
            allowed: Collection[str], allowed_like: Collection[str],
            ) -> dict[str, Any] | None:
    """Return the filters in query parameters, for the database.

    :param allowed: the filters that the operator allows
    :param allowed_like: the filters that the operator allows in the form
        ``name~=part``
    :returns: None if no message can match: in early versions, an unknown
        parameter is a filter
    :raises Invalid: a parameter is unknown, not allowed or malformed; the text
        names the parameter
    """
    values: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in pagination.PARAMETERS or name in SCOPES:
            continue
        query_filter = fields.FILTERS.get(name)
        if Feature.RESOURCE_FILTERS in microversion:
            query_filter = _allowed_filter(
                name, microversion, allowed, allowed_like)
        elif query_filter is None or query_filter.feature not in microversion:
            return None
        values[name] = _time(name, value) if query_filter.is_time else value
    _check_period(values)
    return values


def is_true(name: str, value: str) -> bool:
    """Return the value of a Boolean parameter.

    :raises Invalid: the value is not a Boolean
    """
    if value.lower() in ('', '1', 'true'):
        return True
    if value.lower() in ('0', 'false'):
        return False
    raise exception.Invalid(
        _('The parameter %s must be true or false.') % name)


def _allowed_filter(name: str, microversion: Microversion,
                    allowed: Collection[str],
                    allowed_like: Collection[str]) -> fields.Filter:
    """Return a filter that the version and the operator allow.

    :raises Invalid: the filter does not exist or is not allowed
    """
    query_filter = fields.FILTERS.get(name)
    if query_filter is None or not (
            query_filter.is_time
            or query_filter.column in (
                allowed if query_filter.match is fields.Match.EQUAL
                else allowed_like)):
        raise exception.Invalid(
            _('The parameter %(name)r is not a filter here; use one of '
              '%(known)s.')
            % {'name': name, 'known': ', '.join(sorted(
                column for column in allowed
                if fields.FILTERS[column].feature in microversion))})
    if query_filter.feature not in microversion:
        raise exception.Invalid(
            _('The parameter %(name)r requires version %(version)s of '
              '%(service_type)s in the header %(header)s.')
            % {'name': name, 'version': microversions.as_text(
                microversions.USER_MESSAGES.since(query_filter.feature)),
               'service_type': microversions.USER_MESSAGES.service_type,
               'header': microversions.HEADER})
    return query_filter


def _check_period(values: Mapping[str, Any]) -> None:
    since, before = values.get('created_since'), values.get('created_before')
    if since is not None and before is not None and since > before:
        raise exception.Invalid(
            _('created_since is later than created_before.'))


def _time(name: str, text: str) -> datetime.datetime:
    """Return the naive time in UTC for a text in the format of RFC 3339."""
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        offset = (match[3] or 'Z').upper().replace(' ', '+')
        # Python rejects digits after the microseconds.
        time_of_day, _point, fraction = match[2].partition('.')
        minutes, seconds = time_of_day[:-2], int(time_of_day[-2:])
        timestamp = datetime.datetime.fromisoformat(
            f'{match[1]}T{minutes}{min(seconds, 59):02}'
            f'.{fraction[:6].ljust(6, "0")}{offset.replace("Z", "+00:00")}')
        timestamp = timestamp.astimezone(datetime.UTC).replace(tzinfo=None)
        if seconds < 60:
            return timestamp
        if seconds > 60 or timestamp.time() < _LAST_SECOND:
            raise ValueError(text)
        # Python has no leap seconds, which are at the end of a day in UTC.
        return timestamp + datetime.timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise exception.Invalid(
            _('The parameter %s is not a time such as '
              '2026-01-01T00:00:00Z.') % name) from error
