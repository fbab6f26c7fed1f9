# SPDX-License-Identifier: Apache-2.0

"""Bake cakes behind a 202, and tell those who ordered when it fails."""

from oslo_config import cfg
import sqlalchemy

from bakery import messages
from usermessages import context as request_context
from usermessages.db import migration
from usermessages.message import api as message_api


class Baker:

    def __init__(self, conf: cfg.ConfigOpts):
        self.message_api = message_api.API(conf, catalog=messages.CATALOG)

    def order(self, context: request_context.RequestContext, cake_id: str,
              flour_grams: int) -> None:
        """Bake a cake; called by a worker, after the order was accepted."""
        if flour_grams <= 0:
            self.message_api.create(
                context,
                messages.OUT_OF_FLOUR,
                resource_type=messages.CAKE,
                resource_uuid=cake_id)
            return
        try:
            self.bake(flour_grams)
        except Exception as error:
            self.message_api.create(
                context,
                action=messages.BAKE,
                exception=error,
                resource_type=messages.CAKE,
                resource_uuid=cake_id)
            raise

    def bake(self, flour_grams: int) -> None:
        if flour_grams > 5000:
            raise messages.OvenError(f'oven-17.example.org: {flour_grams} g')


def db_sync(engine: sqlalchemy.Engine) -> None:
    """Bring the tables of the bakery up to date, and that of messages."""
    with engine.begin() as connection:
        migration.sync(connection)


def include_name(name: str | None, type_: str, parent_names: dict) -> bool:
    """Keep the bakery's own alembic away from the table of messages."""
    return not migration.is_ours(name, type_, parent_names)
