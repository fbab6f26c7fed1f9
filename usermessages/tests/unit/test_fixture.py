# SPDX-License-Identifier: Apache-2.0

from oslo_config import cfg
import sqlalchemy

from usermessages.db import models
from usermessages import exception
from usermessages import fixture
from usermessages.message import api as message_api
from usermessages.message import defined_messages
from usermessages.tests import base


class UserMessagesTest(base.TestCase):

    def test_host_sees_what_its_code_recorded(self):
        """The unit tests of a host ask what its users will read."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        messages = self.useFixture(fixture.UserMessages(conf))

        message_api.API(conf).create(
            self.context(), defined_messages.UNABLE_TO_ALLOCATE)

        [found] = messages.of(base.PROJECT)
        self.assertEqual('000002', found['event_id'])
        self.assertEqual(
            'No storage could be allocated for this volume request.',
            found['user_message'])
        self.assertEqual([], messages.of(base.OTHER))

    def test_what_was_recorded_is_checked(self):
        """A test of a host says what it cares about."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        for group in ('user_messages', 'bakery', 'DEFAULT'):
            with self.subTest(group=group), \
                    fixture.UserMessages(conf, group=group) as messages:
                api = message_api.API(conf, group=group)
                for resource_id in (base.RESOURCE, base.OTHER_RESOURCE):
                    api.create(self.context(), '000002',
                               resource_uuid=resource_id)

                found = messages.assert_created(
                    event_id='000002', resource_uuid=base.RESOURCE)

                self.assertEqual(base.PROJECT, found['project_id'])
                self.assertRaisesRegex(
                    AssertionError, '^2 messages have .*000002',
                    messages.assert_created, event_id='000002')
                self.assertRaisesRegex(
                    AssertionError, f'^0 messages have .*{base.RESOURCE}',
                    messages.assert_created, event_id='000003')

    def test_table_of_the_host(self):
        """What a service keeps its messages in, its tests do too."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        layout = models.Layout(
            models.MESSAGES.to_metadata(sqlalchemy.MetaData(),
                                        name='messages'))
        messages = self.useFixture(
            fixture.UserMessages(conf, layout=layout))

        message_api.API(conf, layout=layout).create(self.context(), '000002')

        self.assertEqual(base.PROJECT, messages.assert_created(
            event_id='000002')['project_id'])

    def test_mistakes_are_errors(self):
        """A typo in a host is found by its tests, not by its users."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        self.useFixture(fixture.UserMessages(conf))
        api = message_api.API(conf)

        self.assertRaises(exception.InvalidMessage, api.create,
                          self.context(), 'no such event')
        self.assertRaises(exception.InvalidMessage, api.create,
                          self.context(), defined_messages.UNKNOWN_ERROR,
                          resource_type='NO_SUCH_TYPE')
        self.assertRaises(exception.ProjectRequired, api.create,
                          None, defined_messages.UNKNOWN_ERROR)

    def test_configuration_is_as_before_afterwards(self):
        """One test of a host leaves nothing to the next."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])

        with fixture.UserMessages(conf):
            self.assertTrue(conf.user_messages.strict)

        self.assertFalse(conf.user_messages.strict)
        self.assertIsNone(conf.user_messages.connection)
