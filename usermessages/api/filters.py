# SPDX-License-Identifier: Apache-2.0

"""Decide which query parameters are filters.

``GET /v3/{project_id}/messages?event_id=000002`` keeps the messages whose
column of that name has that value.  Everything a user may filter on is in
``FILTERS``, nowhere else; which of them an operator allows is an option.
"""

from collections.abc import Collection, Mapping
import datetime
import re
from typing import Any

from usermessages._i18n import _
from usermessages.api.microversions import Behaviour
from usermessages.api.microversions import Microversion
from usermessages.api import pagination
from usermessages import exception

FILTERS = ('resource_uuid', 'resource_type', 'event_id', 'request_id',
           'message_level')
TIME_FILTERS = ('created_since', 'created_before')
SCOPES = ('all_tenants', 'project_id')

# RFC 3339, section 5.6; the offset may be left out, and a "+" that was not
# quoted arrives as a blank.
_TIME = re.compile(
    r'(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)'
    r'([Zz]|[+ -]\d\d:\d\d)?', re.ASCII)


def filters(parameters: Mapping[str, str], microversion: Microversion,
            allowed: Collection[str], allowed_like: Collection[str],
            ) -> dict[str, Any] | None:
    """Return the filters in query parameters, as the database takes them.

    :param allowed: the names that the operator allows
    :param allowed_like: the same for ``name~=part``
    :returns: None where nothing can match, since a version of old takes an
        unknown parameter for a filter
    :raises Invalid: a parameter is unknown, not allowed or not of its form;
        the text names it
    """
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in pagination.PARAMETERS or name in SCOPES:
            continue
        if (name in TIME_FILTERS
                and Behaviour.TIME_FILTERS in microversion):
            found[name] = _time(name, value)
            continue
        if Behaviour.RESOURCE_FILTERS in microversion:
            _refuse_unknown(name, microversion, allowed, allowed_like)
        elif name not in FILTERS:
            return None
        found[name] = value
    _refuse_reversed(found)
    return found


def is_true(name: str, value: str) -> bool:
    """Return the meaning of a parameter that is a flag.

    :raises Invalid: it is neither
    """
    if value.lower() in ('', '1', 'true'):
        return True
    if value.lower() in ('0', 'false'):
        return False
    raise exception.Invalid(
        _('The parameter %s is neither true nor false.') % name)


def _refuse_unknown(name: str, microversion: Microversion,
                    allowed: Collection[str],
                    allowed_like: Collection[str]) -> None:
    if name.endswith('~') and Behaviour.LIKE_FILTERS in microversion:
        known = allowed_like
        name_alone = name[:-1]
    else:
        known = allowed
        name_alone = name
    if name in TIME_FILTERS:
        raise exception.Invalid(
            _('The parameter %r takes version 1.1 of user-messages, which '
              'the header OpenStack-API-Version asks for.') % name)
    if name_alone not in known:
        raise exception.Invalid(
            _('The parameter %(name)r is not a filter here; use one of '
              '%(known)s.')
            % {'name': name, 'known': ', '.join(sorted(allowed))})


def _refuse_reversed(found: Mapping[str, Any]) -> None:
    since, before = (found.get(name) for name in TIME_FILTERS)
    if since is not None and before is not None and since > before:
        raise exception.Invalid(
            _('created_since is later than created_before.'))


def _time(name: str, text: str) -> datetime.datetime:
    """Return the naive time in UTC that a text in RFC 3339 stands for."""
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        offset = (match[3] or 'Z').upper().replace(' ', '+')
        # Digits behind the microseconds would not be understood.
        clock, _point, fraction = match[2].partition('.')
        moment = datetime.datetime.fromisoformat(
            f'{match[1]}T{clock}.{fraction[:6].ljust(6, "0")}'
            f'{offset.replace("Z", "+00:00")}')
        return moment.astimezone(datetime.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise exception.Invalid(
            _('The parameter %s is not a time such as '
              '2026-01-01T00:00:00Z.') % name) from error
