# SPDX-License-Identifier: Apache-2.0

"""Lists compared with what a few lines of plain Python find.

Filters, orders, markers, offsets and limits are combined at random.
``USERMESSAGES_TEST_REQUESTS=10000`` asks for so many, in place of 150.
"""

import datetime
import os
import random

import fixtures
from oslo_utils import fixture as time_fixture

from usermessages.db import ids
from usermessages.db import selects
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database

NOON = datetime.datetime(2026, 1, 1, 12)
MICROSECOND = datetime.timedelta(microseconds=1)
HOUR = datetime.timedelta(hours=1)
SCOPES = (base.PROJECT, 'abc', 'ABC', 'abc ', 'äbc', database.ALL_PROJECTS)
TEXTS = ('', 'abc', 'ABC', 'abc ', 'äbc', base.RESOURCE, '100%', 'a_c')
VALUES = {
    'event_id': ('000002', '000003', 'VOLUME_000002'),
    'message_level': ('ERROR', 'INFO'),
    'request_id': TEXTS,
    'resource_type': ('', 'VOLUME', 'SNAPSHOT'),
    'resource_uuid': TEXTS,
}
KEYS = (*VALUES, 'created_at', 'expires_at', 'id')
# The filters without a filter for parts and without a sort key.
EXACT = {'global_request_id': ('', base.REQUEST, base.GLOBAL_REQUEST)}
COMBINATIONS = int(os.environ.get('USERMESSAGES_TEST_REQUESTS', 150))


def matches(message, name, value):
    """Tell whether a filter keeps a message."""
    if name == 'created_since':
        return message['created_at'] >= value
    if name == 'created_before':
        return message['created_at'] <= value
    key = name.removesuffix('~')
    if key in ('message_level', 'resource_type'):
        value = value.upper()
    return (value in message[key] if name.endswith('~')
            else value == message[key])


def ordered(messages, order):
    """Sort by several keys, the last one first."""
    for key, direction in reversed(order):
        messages = sorted(messages, key=lambda message: message[key],
                          reverse=direction == 'desc')
    return messages


def complete(keys, directions):
    """Return the order that no two messages are equal in."""
    first = directions[0] if directions else 'desc'
    order = []
    for key, direction in [*zip(keys, directions), ('created_at', first),
                           ('id', first)]:
        if key not in [known for known, _direction in order]:
            order.append((key, direction))
        if key == 'id':
            # No two messages are equal from here on.
            break
    return order


@database.on_each
class OracleTest(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(time_fixture.TimeFixture(NOON))
        # The same in each run.
        self.random = random.Random(20260101)
        self.messages = []
        for _number in range(80):
            created_at = NOON - self.random.randrange(20) * MICROSECOND
            self.messages.append(self.message(
                created_at=created_at,
                expires_at=NOON + self.random.randrange(-1, 4) * HOUR,
                project_id=self.random.choice(SCOPES[:-1]),
                **{name: self.random.choice(values)
                   for name, values in {**VALUES, **EXACT}.items()}))

    def test_lists_are_those_of_the_oracle(self):
        """Users can combine any parameters, with any marker."""
        self.assertEqual({'nowhere', 'some', 'none'}, self.compare())

    def test_bounded_searches_are_those_too(self):
        """A list that is not refused has all that belongs to it."""
        self.useFixture(fixtures.MockPatchObject(selects, 'SEARCH_ROWS', 12))

        self.assertEqual({'nowhere', 'some', 'none', 'too large'},
                         self.compare())

    def compare(self):
        """Return the results of some lists, after a check of each."""
        outcomes = set()
        for _number in range(COMBINATIONS):
            scope, *question = self.question()
            expected = self.expected(scope, *question)
            try:
                found = [message['id'] for message
                         in self.db.message_get_all(scope, *question)]
            except exception.SearchTooLarge:
                outcomes.add('too large')
                continue
            except exception.MessageNotFound:
                found = None

            self.assertEqual(expected, found, (scope, question))
            outcomes.add('nowhere' if found is None
                         else 'some' if found else 'none')
        return outcomes

    def question(self):
        """Return the arguments of message_get_all."""
        choose = self.random.choice
        filters = {}
        for _number in range(choose((0, 0, 1, 1, 2, 3))):
            name = choose((*VALUES, *EXACT, 'created_since',
                           'created_before'))
            if name in EXACT:
                filters[name] = choose(EXACT[name])
                continue
            if name not in VALUES:
                filters[name] = choose(self.messages)['created_at']
                continue
            value = choose(VALUES[name])
            if self.random.random() < 0.3:
                name, value = f'{name}~', value[1:3]
            filters[name] = (value.lower() if name.startswith(
                ('message_level', 'resource_type')) else value)
        keys = self.random.sample(KEYS, choose((0, 0, 1, 1, 2, 3)))
        directions = [choose(('asc', 'desc')) for _key in keys]
        marker = choose((
            None, None, choose(self.messages)['id'],
            ids.new_id(NOON - self.random.randrange(20) * MICROSECOND),
            base.RESOURCE))
        return (choose(SCOPES), filters, marker, choose((None, 0, 1, 7, 50)),
                choose((None, 0, 1, 9)), keys, directions)

    def expected(self, scope, filters, marker, limit, offset, keys,
                 directions):
        """Return the IDs of such a list, or None for an unknown marker."""
        order = complete(keys, directions)
        found = ordered([
            message for message in self.messages
            if scope in (message['project_id'], database.ALL_PROJECTS)
            and message['expires_at'] > NOON], order)
        if marker is not None:
            known = [message['id'] for message in found]
            if (tuple(order) == selects.DEFAULT_ORDER
                    and ids.timestamp_of(marker) is not None):
                found = [message for message in found
                         if message['id'] < marker]
            elif marker in known:
                found = found[known.index(marker) + 1:]
            else:
                return None
        found = [message['id'] for message in found if all(
            matches(message, *item) for item in filters.items())]
        found = found[offset or 0:]
        return found if limit is None else found[:limit]
