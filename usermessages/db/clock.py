# SPDX-License-Identifier: Apache-2.0

"""Compare the clocks of this machine and of the database.

A purge with a wrong clock would remove messages that have not expired.
"""

import datetime

import sqlalchemy

from usermessages.db import api
from usermessages.db import sql_functions
from usermessages import exception

# With a larger difference, different messages have expired for the machine and
# for the database.
MAXIMUM_SKEW = datetime.timedelta(hours=1)


def skew(connection: api.Connection) -> datetime.timedelta:
    """Return how far the clock of this machine is ahead of the database.

    :raises DatabaseUnavailable: the database did not respond in time
    """
    def compare(database: sqlalchemy.Connection) -> datetime.timedelta:
        now = sql_functions.utc_now(database.dialect.name)
        if now is None:
            return datetime.timedelta()
        return _system_time() - database.execute(
            sqlalchemy.select(now)).scalar_one()

    return connection.executor.run(compare)


def check(connection: api.Connection) -> None:
    """Compare both clocks before a purge.

    :raises WrongClock: the clocks differ by more than an hour
    :raises DatabaseUnavailable: the database did not respond in time
    """
    difference = skew(connection)
    if abs(difference) > MAXIMUM_SKEW:
        raise exception.WrongClock(without_fraction(difference))


def without_fraction(difference: datetime.timedelta) -> str:
    """Return a difference in whole seconds, such as ``31 days, 0:00:00``."""
    return str(abs(difference)).partition('.')[0]


def _system_time() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
