# SPDX-License-Identifier: Apache-2.0

import fixtures
import openstack
from openstack import exceptions
import yaml

from usermessagesclient import sdk
from usermessagesclient.tests.unit import base
from usermessagesclient.tests.unit import fake_cloud

RESOURCE = fake_cloud.RESOURCE
ID = base.stored(1)['id']
AUTH = {'auth_url': fake_cloud.KEYSTONE, 'username': 'u', 'password': 'p',
        'user_domain_id': 'default', 'project_id': fake_cloud.PROJECT}


class UserMessagesTestCase(fake_cloud.CloudTestCase):

    def user_messages(self, answer, **values):
        """Return the attribute of a connection to a service."""
        self.cloud = self.useFixture(fake_cloud.Cloud(
            {'user-messages': {'http://messages/v3': answer}}))
        connection = openstack.connect(
            auth=AUTH, region_name='RegionOne', load_yaml_config=False,
            load_envvars=False, **values)
        self.addCleanup(connection.close)
        sdk.add_service(connection)
        return connection.user_messages


class MessagesTest(UserMessagesTestCase):

    def test_filters(self):
        """Programs use the names of the API, except for resource_type."""
        proxy = self.user_messages(lambda _path, query: (200, {
            'messages': [] if 'marker' in query else [base.stored(
                1, resource_uuid=RESOURCE, user_action='retry')]}))

        [message] = proxy.messages(
            resource_uuid=RESOURCE, type_of_resource='VOLUME',
            all_projects=True, created_since='2026-01-01T00:00', limit=7)

        self.assertEqual((ID, base.TEXT, 'retry', RESOURCE), (
            message.id, message.user_message, message.user_action,
            message.resource_uuid))
        self.assertEqual(('/messages', {
            'resource_uuid': RESOURCE, 'resource_type': 'VOLUME', 'limit': '7',
            'all_tenants': 'True', 'created_since': '2026-01-01T00:00'}),
            self.cloud.asked[0])

    def test_version(self):
        """Programs receive all fields, or select a version."""
        for values, expected in (
                ({}, 'latest'),
                ({'user_messages_default_microversion': '1.2'}, '1.2')):
            proxy = self.user_messages(fake_cloud.no_messages, **values)

            self.assertEqual([], [*proxy.messages()])

            self.assertEqual(
                f'user-messages {expected}',
                self.cloud.headers[-1]['OpenStack-API-Version'])


class MessageTest(UserMessagesTestCase):

    def test_one_message(self):
        """Programs find and delete a message by ID."""
        proxy = self.user_messages(lambda path, _query: (
            (200, {'message': base.stored(1)}) if path.endswith(ID)
            else (404, {})))

        self.assertEqual(base.TEXT, proxy.get_message(ID).user_message)
        proxy.delete_message(ID)
        proxy.delete_message('other')

        self.assertRaises(
            exceptions.NotFoundException, proxy.get_message, 'other')
        self.assertRaises(
            exceptions.NotFoundException, proxy.delete_message, 'other',
            ignore_missing=False)


class WaitForMessageTest(UserMessagesTestCase):

    def test_first_message(self):
        """A program continues with the reason for a failure."""
        self.useFixture(fixtures.MonkeyPatch('time.sleep', lambda _time: None))
        pages = iter(([], [], [base.stored(1)]))
        proxy = self.user_messages(
            lambda *_request: (200, {'messages': next(pages)}))

        message = proxy.wait_for_message(RESOURCE, since='2026-01-01')

        self.assertEqual(ID, message.id)
        self.assertEqual([{
            'resource_uuid': RESOURCE, 'sort': 'created_at:asc', 'limit': '1',
            'created_since': '2026-01-01'}] * 3, [
                query for _path, query in self.cloud.asked])

    def test_no_message(self):
        """A program does not wait indefinitely."""
        proxy = self.user_messages(fake_cloud.no_messages)

        error = self.assertRaises(
            exceptions.ResourceTimeout, proxy.wait_for_message, RESOURCE,
            timeout=0.2, interval=0.1)

        self.assertIn(RESOURCE, str(error))


class AddServiceTest(fake_cloud.CloudTestCase):

    def test_vendor_hook(self):
        """Programs need only an option in clouds.yaml."""
        self.serve(user_messages={
            'http://messages/v3': lambda *_request: (200, {
                'messages': [base.stored(1)]})})
        path = self.useFixture(fixtures.TempDir()).join('clouds.yaml')
        with open(path, 'w') as file:
            yaml.safe_dump({'clouds': {'mine': {
                'auth': AUTH, 'region_name': 'RegionOne',
                'vendor_hook': 'usermessagesclient.sdk:add_service'}}}, file)
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_CLIENT_CONFIG_FILE', path))

        connection = openstack.connect(cloud='mine')
        self.addCleanup(connection.close)

        self.assertEqual([ID], [
            message.id for message in connection.user_messages.messages()])
