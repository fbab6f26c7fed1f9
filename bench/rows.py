# SPDX-License-Identifier: Apache-2.0

"""The rows of the tables: the same messages for each subject.

One large project has 100,000 of a million rows, the project to read has 200,
and 5,000 projects in rotation have the rest.  The oldest tenth is expired.
``stored(total, now)`` makes the rows, always the same rows for a total.
"""

from collections.abc import Iterator
import datetime
import random
import uuid

PROJECT = '5ca1ab1e000000000000000000000001'
LARGE_PROJECT = '5ca1ab1e000000000000000000000002'
# The project for the measurements of create.
WRITTEN_PROJECT = '5ca1ab1e000000000000000000000003'
OTHER_PROJECTS = 5000
READ_ROWS = 200
PAGE = 50

ACTION, DETAIL = '001', '003'
EVENT = f'VOLUME_VOLUME_{ACTION}_{DETAIL}'
USER = 'a11ce000000000000000000000000001'

_TTL = datetime.timedelta(days=30)
_DAY = datetime.timedelta(days=1)

Row = dict[str, object]


def stored(total: int, now: datetime.datetime) -> Iterator[Row]:
    """Return that many messages, the oldest first, with IDs at random.

    :param now: naive, in UTC, in whole seconds, which is all that the table
        of the peer keeps on MariaDB
    """
    expired = total // 10
    large = total // 10
    chance = random.Random(total)
    # The project that is read has live messages only.
    places = chance.sample(range(expired, total), READ_ROWS + large)
    read = set(places[:READ_ROWS])
    in_large = set(places[READ_ROWS:])
    for number in range(total):
        if number < expired:
            created_at = now - 33 * _DAY + 2 * _DAY * number / expired
        else:
            created_at = now - 29 * _DAY + 28 * _DAY * (
                number - expired) / (total - expired)
        created_at = created_at.replace(microsecond=0)
        if number in read:
            project_id = PROJECT
        elif number in in_large:
            project_id = LARGE_PROJECT
        else:
            project_id = f'{number % OTHER_PROJECTS:032x}'
        yield _message(chance, project_id, created_at)


def expired(total: int, now: datetime.datetime) -> Iterator[Row]:
    """Return that many expired messages."""
    chance = random.Random(-total)
    for number in range(total):
        created_at = (now - 33 * _DAY + 2 * _DAY * number / total).replace(
            microsecond=0)
        yield _message(chance, f'{number % OTHER_PROJECTS:032x}', created_at)


def _message(chance: random.Random, project_id: str,
             created_at: datetime.datetime) -> Row:
    def some_uuid() -> uuid.UUID:
        return uuid.UUID(int=chance.getrandbits(128), version=4)

    return {
        'id': str(some_uuid()), 'project_id': project_id,
        'event_id': EVENT, 'action_id': ACTION, 'detail_id': DETAIL,
        'message_level': 'ERROR', 'resource_type': 'VOLUME',
        'resource_uuid': str(some_uuid()),
        'request_id': f'req-{some_uuid()}',
        'created_at': created_at, 'expires_at': created_at + _TTL}
