# SPDX-License-Identifier: Apache-2.0

"""Take orders: ``POST /v1/{project_id}/coffees`` is 202, with an ID.

``GET /v1/{project_id}/coffees/{coffee_id}`` tells later how it went.
"""

import queue
import re
import time
from typing import Any
import uuid

from oslo_context import context as oslo_context
import sqlalchemy
import webob
import webob.dec
import webob.exc

from coffee.db import COFFEES

CONTEXT = 'coffee.context'
URL = re.compile(r'/v1/([0-9a-f-]{32,36})/coffees(?:/([0-9a-f-]{36}))?')


class Coffees:

    def __init__(self, engine: sqlalchemy.Engine, orders: queue.Queue):
        self.engine = engine
        self.orders = orders

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        context = request.environ[CONTEXT]
        match = URL.fullmatch(request.environ['PATH_INFO'])
        if match and request.method == 'POST' and not match[2]:
            return webob.Response(status=202, json={
                'coffee': self.order(context)})
        if match and request.method == 'GET':
            coffees = self.ordered(context.project_id, match[2])
            if not match[2]:
                return webob.Response(json={'coffees': coffees})
            if coffees:
                return webob.Response(json={'coffee': coffees[0]})
        raise webob.exc.HTTPNotFound()

    def order(self, context: oslo_context.RequestContext) -> dict[str, Any]:
        coffee = {'id': str(uuid.uuid4()), 'project_id': context.project_id,
                  'status': 'ordered', 'ordered_at': int(time.time())}
        with self.engine.begin() as connection:
            connection.execute(COFFEES.insert().values(coffee))
        self.orders.put((context, coffee['id']))
        return coffee

    def ordered(self, project_id: str,
                coffee_id: str | None) -> list[dict[str, Any]]:
        query = COFFEES.select().where(COFFEES.c.project_id == project_id)
        if coffee_id:
            query = query.where(COFFEES.c.id == coffee_id)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


@webob.dec.wsgify.middleware
def with_context(request: webob.Request, app: Any) -> Any:
    """Return the project in the URL; only this machine is served.

    A service that others can reach has keystonemiddleware in front of this.
    """
    project_id = f'{request.environ["PATH_INFO"]}//'.split('/')[2]
    request.environ[CONTEXT] = oslo_context.RequestContext(
        project_id=project_id, roles=['member', 'reader'])
    return app


def make_app(engine: sqlalchemy.Engine, orders: queue.Queue) -> Any:
    """Return the API, with all that is in front of it."""
    app = Coffees(engine, orders)
    return with_context(app)
