# SPDX-License-Identifier: Apache-2.0

"""Pagination and sort order in query parameters, and next links.

``?limit=50&sort=event_id:asc,created_at&marker=ID`` selects the fifty messages
after ``ID`` in this order.  ``fields.SORT_KEYS`` has all sort keys.
"""

from collections.abc import Mapping, Sequence
import dataclasses
import re
from urllib import parse

from usermessages._i18n import _
from usermessages.api.microversions import Microversion
from usermessages import exception
from usermessages import fields

PARAMETERS = ('limit', 'marker', 'offset', 'sort', 'sort_key', 'sort_dir')

_MAXIMUM_SORT_KEYS = 10
MAXIMUM_OFFSET = 2 ** 31 - 1
_DIGITS = re.compile(r'[0-9]+')


@dataclasses.dataclass(frozen=True)
class Page:
    """The part of a list that a request selects."""

    limit: int
    marker: str | None = None
    offset: int = 0
    sort_keys: tuple[str, ...] = ()
    sort_dirs: tuple[str, ...] = ()


def page(parameters: Mapping[str, str], max_limit: int,
         microversion: Microversion) -> Page:
    """Return the part of the list that query parameters select.

    :raises Invalid: a parameter is malformed; the text names the parameter
    """
    limit = _number(parameters, 'limit', max_limit)
    offset = _number(parameters, 'offset', 0)
    if offset > MAXIMUM_OFFSET:
        raise exception.Invalid(
            _('The parameter offset must be at most %(value)d.')
            % {'value': MAXIMUM_OFFSET})
    keys, directions = _sort(parameters, microversion)
    return Page(min(limit, max_limit), parameters.get('marker'), offset,
                keys, directions)


def next_link(url: str, parameters: Sequence[tuple[str, str]],
              last_id: str) -> dict[str, str]:
    """Return the link to the page after the last message of a page."""
    # The marker replaces the offset.  The link has an offset of 0, since
    # openstacksdk adds parameters of the first request that the link lacks.
    pairs = [(name, '0' if name == 'offset' else value)
             for name, value in parameters if name != 'marker']
    query = parse.urlencode([*pairs, ('marker', last_id)])
    return {'rel': 'next', 'href': f'{url}?{query}'}


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text):
        raise exception.Invalid(
            _('The parameter %s must be an integer of at least 0.') % name)
    # Twenty digits exceed each maximum; int() rejects thousands of digits.
    return int(text.lstrip('0')[:20] or '0')


def _sort(parameters: Mapping[str, str], microversion: Microversion,
          ) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns to sort by, and a direction for each."""
    if 'sort' in parameters:
        if 'sort_key' in parameters or 'sort_dir' in parameters:
            raise exception.Invalid(
                _('The parameter sort excludes sort_key and sort_dir.'))
        pairs = [part.partition(':') for part
                 in parameters['sort'].split(',')]
    elif 'sort_key' in parameters or 'sort_dir' in parameters:
        pairs = [(parameters.get('sort_key', 'created_at'), ':',
                  parameters.get('sort_dir', 'desc'))]
    else:
        return (), ()
    if len(pairs) > _MAXIMUM_SORT_KEYS:
        raise exception.Invalid(
            _('A list can have at most %d sort keys.') % _MAXIMUM_SORT_KEYS)
    columns = {name: sort_key.column
               for name, sort_key in fields.SORT_KEYS.items()
               if sort_key.feature in microversion}
    keys, directions = [], []
    for key, colon, direction in pairs:
        key, direction = key.strip(), direction.strip()
        if key not in columns:
            raise exception.Invalid(
                _('%(key)r is not a sort key; use one of %(known)s.')
                % {'key': key, 'known': ', '.join(columns)})
        if colon and direction not in ('asc', 'desc'):
            raise exception.Invalid(
                _('%r is not a sort direction; use asc or desc.')
                % direction)
        keys.append(columns[key])
        directions.append(direction or 'desc')
    return tuple(keys), tuple(directions)
