# SPDX-License-Identifier: Apache-2.0

"""A process without a database records messages through a real RabbitMQ."""

import runpy
import uuid

from oslo_config import cfg
import oslo_messaging

from usermessages import context
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages.message import dead_letter
from usermessages.message import defined_messages
from usermessages.tests import database
from usermessages.tests import processes

EXAMPLE = str(processes.ROOT / 'examples/messages_over_rpc.py')
URL = 'rabbit://guest:guest@127.0.0.1:5672/'
UNKNOWN = catalog.Event('shelf.0', 'Something went wrong.')
SHELVES = catalog.Catalog('LIBRARY', events=[UNKNOWN], unknown_error=UNKNOWN)


class RemoteTest(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        example = runpy.run_path(EXAMPLE)
        example['TARGET'].topic = f'messages-{uuid.uuid4()}'
        # The functions have the globals of the module.
        example['remote_api'].__globals__['TIMEOUT_SECONDS'] = 3
        self.endpoint = example['Endpoint'](self.api)
        # oslo.messaging registers some options in the global configuration.
        conf = cfg.CONF
        conf([], default_config_files=[], default_config_dirs=[])
        self.addCleanup(conf.reset)
        transport = oslo_messaging.get_rpc_transport(conf, URL)
        self.addCleanup(transport.cleanup)
        self.remote = example['remote_api'](
            transport, defined_messages.CATALOG)
        self.foreign = example['remote_api'](transport, SHELVES)
        target = example['TARGET'](server='a-machine')
        self.server = oslo_messaging.get_rpc_server(
            transport, target, [self.endpoint], executor='threading')
        self.server.start()
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.stop)

    def create(self, api, event_id=defined_messages.UNABLE_TO_ALLOCATE):
        return api.create(context.RequestContext(project_id='c0ffee'),
                          event_id)

    def test_message_is_stored(self):
        """Users read a message of a process without a database."""
        message_id = self.create(self.remote)

        self.assertEqual([message_id], [row['id'] for row in self.stored()])

    def test_lost_response(self):
        """The message is stored once, although the log has a dead letter."""
        recover = self.api.recover

        def recover_and_hang(record):
            recover(record)
            database.wait_until(lambda: 'Could not store' in self.log.output)

        self.endpoint.api = type('API', (), {
            'recover': staticmethod(recover_and_hang)})

        self.assertIsNone(self.create(self.remote))

        [record] = [record for line in self.log.output.splitlines()
                    for record in dead_letter.parse_line(line)]
        self.assertEqual(message_api.ImportResult.ALREADY_EXISTS,
                         recover(record))
        self.assertEqual(1, len(self.stored()))

    def test_message_of_another_catalog(self):
        """The endpoint rejects a message that its catalog does not define."""
        self.assertIsNone(self.create(self.foreign, UNKNOWN))

        self.assertEqual([], self.stored())
        self.assertIn('Could not store the user message (', self.log.output)

    def test_letter_that_was_changed(self):
        """The endpoint acknowledges no letter without a message."""
        self.assertRaises(
            ValueError, self.endpoint.store_message, {}, 'No message.')
