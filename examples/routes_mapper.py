# SPDX-License-Identifier: Apache-2.0

"""Serve the messages of the coffee service with a Routes mapper."""

from coffee import messages as coffee_messages
from oslo_config import cfg
import routes

from usermessages.api.v3 import messages
from usermessages.api.v3 import resource
from usermessages.api.v3 import routes as message_routes
from usermessages.message import api as message_api
from usermessages import policy


def add_message_routes(mapper: routes.Mapper, conf: cfg.ConfigOpts) -> None:
    """Add the routes of the messages API below ``/v1``."""
    controller = messages.MessagesController(
        message_api.API(conf, catalog=coffee_messages.CATALOG),
        policy.operator_policy(conf), messages.Settings(max_limit=500))
    message_routes.add_routes(mapper, resource.Messages(
        controller, context_key='coffee.context'), '/v1')
