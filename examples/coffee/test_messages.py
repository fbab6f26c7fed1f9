# SPDX-License-Identifier: Apache-2.0

"""Test what those who ordered are told; for the service with messages."""

import pathlib
import subprocess
from unittest import mock

import fixtures
from oslo_config import cfg
from oslo_config import fixture as config_fixture
from oslo_context import context
import sqlalchemy

from coffee import api
from coffee import db
from coffee import messages
from coffee import worker
from usermessages import fixture

CONF = cfg.CONF
PROJECT = '6c430ede94764128883886d3929ced22'
COFFEE = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'


class MakeTest(fixtures.TestWithFixtures):

    def setUp(self):
        super().setUp()
        self.conf = self.useFixture(config_fixture.Config(CONF))
        self.messages = self.useFixture(
            fixture.UserMessages(CONF, catalog=messages.CATALOG))

    def make(self, **options):
        """Have a coffee made, with these options."""
        self.conf.config(group='coffee', **options)
        engine = sqlalchemy.create_engine('sqlite://')
        self.addCleanup(engine.dispose)
        db.db_sync(engine)
        worker.Barista(engine).make(
            context.RequestContext(project_id=PROJECT), COFFEE)

    def test_no_beans(self):
        """Customers read that they can order again tomorrow."""
        self.make(beans=0)

        self.messages.assert_created(
            project_id=PROJECT, event_id=messages.NO_BEANS,
            resource_type='COFFEE', resource_uuid=COFFEE)

    def test_slow_machine(self):
        """The class of the exception selects the text for the customer."""
        self.make(machine='sleep 60', machine_timeout=0.1)

        self.messages.assert_created(event_id='COFFEE_COFFEE_001_002')

    def test_broken_machine(self):
        """Customers never read the name or the password of the machine."""
        self.make(machine='false --password=secret machine-7.example.org')

        [message] = self.messages.of(PROJECT)
        self.assertEqual('Making the coffee:the machine is out of order.',
                         message['user_message'])

    def test_nothing_leaks(self):
        """The text of an exception is for operators only."""
        CONF([], project='coffee')
        canary = self.useFixture(fixture.LeakCanary(
            self.messages, api.make_app(None, None)))

        with mock.patch('subprocess.run', side_effect=canary.error(
                subprocess.TimeoutExpired)):
            self.make()

    def test_coffee(self):
        """A successful order leaves no message."""
        self.make(machine='true')

        self.assertEqual([], self.messages.of(PROJECT))


class CatalogTest(fixture.CatalogTestMixin, fixtures.TestWithFixtures):

    lock = pathlib.Path(__file__).parent / 'messages.lock'

    def setUp(self):
        super().setUp()
        self.messages = self.useFixture(
            fixture.UserMessages(CONF, catalog=messages.CATALOG))


class EndpointTest(fixture.EndpointTestMixin, fixtures.TestWithFixtures):

    def setUp(self):
        super().setUp()
        self.messages = self.useFixture(
            fixture.UserMessages(CONF, catalog=messages.CATALOG))
        # The service does the same at its start, before it makes its API.
        CONF([], project='coffee')
        self.addCleanup(CONF.reset)
        self.application = api.make_app(None, None)
