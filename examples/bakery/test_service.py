# SPDX-License-Identifier: Apache-2.0

"""Test what the customers of the bakery are told."""

from oslo_config import cfg
import testtools

from bakery import messages
from bakery import service
from usermessages import context
from usermessages import fixture

PROJECT = '6c430ede94764128883886d3929ced22'
CAKE_ID = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'


class OrderTest(testtools.TestCase):

    def setUp(self):
        super().setUp()
        conf = cfg.ConfigOpts()
        self.messages = self.useFixture(
            fixture.UserMessages(conf, catalog=messages.CATALOG))
        self.baker = service.Baker(conf)
        self.context = context.RequestContext(project_id=PROJECT)

    def test_customer_hears_of_missing_flour(self):
        self.baker.order(self.context, CAKE_ID, flour_grams=0)

        [message] = self.messages.of(PROJECT)
        self.assertEqual(messages.OUT_OF_FLOUR, message['event_id'])
        self.assertEqual(CAKE_ID, message['resource_uuid'])

    def test_customer_does_not_hear_of_our_machines(self):
        self.assertRaises(messages.OvenError, self.baker.order,
                          self.context, CAKE_ID, flour_grams=9000)

        [message] = self.messages.of(PROJECT)
        self.assertEqual('BAKERY_CAKE_001_002', message['event_id'])
        self.assertEqual('bake a cake:the oven is out of order',
                         message['user_message'])
