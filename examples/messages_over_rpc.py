# SPDX-License-Identifier: Apache-2.0

"""Record messages in a process without a database, over oslo.messaging."""

from oslo_config import cfg
import oslo_messaging
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import dead_letter

TARGET = oslo_messaging.Target(topic='coffee-messages')
TIMEOUT_SECONDS = 10


class Endpoint:
    """Store messages in the database of this process."""

    def __init__(self, api):
        self.api = api

    @oslo_messaging.expected_exceptions(exception.UserMessagesError)
    def store_message(self, _context, letter):
        [record] = dead_letter.parse_line(letter)
        self.api.recover(record)


def remote_api(transport, catalog):
    """Return an API that sends its messages to the endpoint."""
    client = oslo_messaging.get_rpc_client(
        transport, TARGET, timeout=TIMEOUT_SECONDS)

    def store(letter):
        client.call({}, 'store_message', letter=letter)

    return message_api.API(cfg.CONF, catalog=catalog, store=store)
