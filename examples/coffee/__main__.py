# SPDX-License-Identifier: Apache-2.0

"""Serve coffee to this machine: ``python3 -m coffee``."""

import contextlib
import logging
import threading
from typing import Any
from wsgiref import simple_server

from oslo_config import cfg
from oslo_db import options as db_options
import sqlalchemy

from coffee import api
from coffee import db
from coffee import worker

CONF = cfg.CONF
CONF.register_opt(cfg.PortOpt('port', default=9700, help="""
TCP port to listen on; 0 takes any that is free.
"""), 'coffee')
LOG = logging.getLogger(__name__)


def repeat(task: Any) -> None:
    """Do that again and again, whatever becomes of it."""
    while True:
        try:
            task()
        except Exception:
            LOG.exception('It failed, and will be tried again:')


logging.basicConfig(level=logging.INFO)
db_options.set_defaults(CONF, connection='sqlite:///coffee.sqlite')
CONF(project='coffee')
engine = sqlalchemy.create_engine(CONF.database.connection)
db.db_sync(engine)
barista = worker.Barista(engine)
for task in (barista.make_next, barista.clean_up):
    threading.Thread(target=repeat, args=[task], daemon=True).start()
with contextlib.suppress(KeyboardInterrupt), simple_server.make_server(
        '127.0.0.1', CONF.coffee.port,
        api.make_app(engine, barista.orders)) as server:
    print(f'Serving on http://127.0.0.1:{server.server_port}; stop with '
          'Ctrl-C.', flush=True)
    server.serve_forever()
