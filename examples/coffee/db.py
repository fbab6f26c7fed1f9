# SPDX-License-Identifier: Apache-2.0

"""Keep what was ordered: one row for each coffee, and how it went."""

import sqlalchemy
from sqlalchemy import Column

METADATA = sqlalchemy.MetaData()
COFFEES = sqlalchemy.Table(
    'coffees', METADATA,
    Column('id', sqlalchemy.String(36), primary_key=True),
    Column('project_id', sqlalchemy.String(36), nullable=False),
    Column('status', sqlalchemy.String(16), nullable=False),
    # Seconds since 1970.
    Column('ordered_at', sqlalchemy.BigInteger, nullable=False))


def db_sync(engine: sqlalchemy.Engine) -> None:
    """Make the tables that are not there yet."""
    with engine.begin() as connection:
        METADATA.create_all(connection)
