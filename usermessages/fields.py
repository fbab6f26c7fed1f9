# SPDX-License-Identifier: Apache-2.0

"""Filters and sort keys of messages.

``FIELDS`` defines the columns that users can filter and sort by, the names of
the query parameters, and the feature that adds each filter and sort key.  The
API, the statements, the options and the OpenAPI description use ``FIELDS``.
``Field('event_id', equal=Feature.X)`` makes ``?event_id=000002`` a filter of
the versions with that feature, but neither a filter ``event_id~`` nor a sort
key.
"""

from collections.abc import Iterator, Mapping
import dataclasses
import enum

from usermessages.features import Feature


class Match(enum.Enum):
    """How a filter compares a column with a value."""

    EQUAL = 'the column has the value'
    LIKE = 'the column contains the value'
    SINCE = 'the column has the time or a later time'
    BEFORE = 'the column has the time or an earlier time'


@dataclasses.dataclass(frozen=True)
class Filter:
    """A query parameter that narrows a list."""

    column: str
    match: Match
    feature: Feature

    @property
    def is_time(self) -> bool:
        return self.match in (Match.SINCE, Match.BEFORE)


@dataclasses.dataclass(frozen=True)
class SortKey:
    """A name by which users sort a list."""

    column: str
    feature: Feature


@dataclasses.dataclass(frozen=True)
class Field:
    """A column that users filter or sort by.

    :param equal: the feature that adds the filter ``column``
    :param like: the feature that adds the filter ``column~``
    :param since: the features that add filters with the earliest time
    :param before: the features that add filters with the latest time
    :param sort_keys: the features that add sort keys, by name
    :param is_upper_case: values are stored, and compared, in upper case
    """

    column: str
    equal: Feature | None = None
    like: Feature | None = None
    since: Mapping[str, Feature] = dataclasses.field(default_factory=dict)
    before: Mapping[str, Feature] = dataclasses.field(default_factory=dict)
    sort_keys: Mapping[str, Feature] = dataclasses.field(default_factory=dict)
    is_upper_case: bool = False

    def filters(self) -> Iterator[tuple[str, Filter]]:
        """Yield the query parameters that filter by this column."""
        if self.equal is not None:
            yield self.column, Filter(self.column, Match.EQUAL, self.equal)
        if self.like is not None:
            yield f'{self.column}~', Filter(
                self.column, Match.LIKE, self.like)
        for match, parameters in ((Match.SINCE, self.since),
                                  (Match.BEFORE, self.before)):
            for name, feature in parameters.items():
                yield name, Filter(self.column, match, feature)


FIELDS = (
    Field('id', sort_keys={'id': Feature.PAGINATION}),
    Field('created_at',
          since={'created_since': Feature.TIME_FILTERS},
          before={'created_before': Feature.TIME_FILTERS},
          sort_keys={'created_at': Feature.PAGINATION}),
    Field('event_id',
          equal=Feature.PAGINATION, like=Feature.LIKE_FILTERS,
          sort_keys={'event_id': Feature.PAGINATION}),
    Field('message_level',
          equal=Feature.PAGINATION, like=Feature.LIKE_FILTERS,
          sort_keys={'message_level': Feature.PAGINATION},
          is_upper_case=True),
    Field('request_id',
          equal=Feature.PAGINATION, like=Feature.LIKE_FILTERS,
          sort_keys={'request_id': Feature.PAGINATION}),
    Field('global_request_id', equal=Feature.GLOBAL_REQUEST_ID),
    Field('resource_type',
          equal=Feature.PAGINATION, like=Feature.LIKE_FILTERS,
          sort_keys={'resource_type': Feature.PAGINATION},
          is_upper_case=True),
    Field('resource_uuid',
          equal=Feature.PAGINATION, like=Feature.LIKE_FILTERS,
          sort_keys={'resource_uuid': Feature.PAGINATION}),
    Field('expires_at',
          sort_keys={'guaranteed_until': Feature.PAGINATION,
                     'expires_at': Feature.PAGINATION}),
)

# The values of message_level, the most severe first.
LEVELS = ('ERROR', 'WARNING', 'INFO')

# By the names of query parameters.
FILTERS = {name: item for field in FIELDS for name, item in field.filters()}
SORT_KEYS = {name: SortKey(field.column, feature) for field in FIELDS
             for name, feature in field.sort_keys.items()}

# The columns with a filter for equal values, or for a part of the value.
EQUAL_FILTERS = tuple(field.column for field in FIELDS if field.equal)
LIKE_FILTERS = tuple(field.column for field in FIELDS if field.like)
# The names of the filters with a time.
TIME_FILTERS = tuple(name for name, item in FILTERS.items() if item.is_time)
UPPER_CASE = frozenset(field.column for field in FIELDS
                       if field.is_upper_case)
