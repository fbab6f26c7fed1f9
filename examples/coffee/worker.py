# SPDX-License-Identifier: Apache-2.0

"""Make the coffees that were ordered, while no client waits for a response."""

import logging
import queue
import shlex
import subprocess
import time

from oslo_config import cfg
from oslo_context import context as oslo_context
import sqlalchemy

from coffee.db import COFFEES

CONF = cfg.CONF
CONF.register_opts([
    cfg.IntOpt('beans', default=100, min=0, help="""
Number of coffees that the beans in the machine are enough for.
"""),
    cfg.StrOpt('machine', default='sleep 1', help="""
Command that makes a coffee, and ends when it is ready.
"""),
    cfg.FloatOpt('machine_timeout', default=30, min=0.1, help="""
Time, in seconds, that the machine may take for a coffee.
"""),
    cfg.FloatOpt('keep', default=3600, min=0.1, help="""
Time, in seconds, that an order is kept; once in that time, old ones go.
"""),
], 'coffee')
LOG = logging.getLogger(__name__)


class Barista:

    def __init__(self, engine: sqlalchemy.Engine):
        self.engine = engine
        self.beans = CONF.coffee.beans
        self.orders: queue.Queue = queue.Queue()

    def make_next(self) -> None:
        """Wait for an order, and make it."""
        self.make(*self.orders.get())

    def make(self, context: oslo_context.RequestContext,
             coffee_id: str) -> None:
        """Make a coffee whose order returned 202 long ago."""
        if self.beans == 0:
            LOG.error('Coffee %s: there are no beans left', coffee_id)
            self.set_status(coffee_id, 'error')
            return
        self.beans -= 1
        try:
            subprocess.run(  # noqa: S603
                shlex.split(CONF.coffee.machine), check=True,
                timeout=CONF.coffee.machine_timeout)
        except Exception as error:
            LOG.error('Coffee %s: %s', coffee_id, error)
            self.set_status(coffee_id, 'error')
        else:
            self.set_status(coffee_id, 'ready')

    def set_status(self, coffee_id: str, status: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(COFFEES.update().where(
                COFFEES.c.id == coffee_id).values(status=status))

    def clean_up(self) -> None:
        """Wait for a while, and remove old orders."""
        time.sleep(CONF.coffee.keep)
        with self.engine.begin() as connection:
            connection.execute(COFFEES.delete().where(
                COFFEES.c.ordered_at < time.time() - CONF.coffee.keep))
