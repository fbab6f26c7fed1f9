# SPDX-License-Identifier: Apache-2.0

import json

import fixtures
import openstack
from openstack import connection
from openstack import exceptions

from usermessages import fields
from usermessages.tests.clients import base
from usermessages.tests.clients import cloud
from usermessagesclient import sdk

GLOBAL_REQUEST_ID = 'req-1f0ad2c3-5b49-4f0e-8c57-0b6f4b3f7a10'
UNKNOWN = '019b796d-d600-7000-8000-00000000dead'
VERSIONS = (None, '3.3', '3.5', '3.71')


class SDKTestCase(base.ClientTestCase):

    def block_storage(self, version=None, user='member'):
        """Return the proxy of a user's program."""
        sdk = connection.Connection(
            session=self.cloud.session_of(user), region_name=cloud.REGION,
            block_storage_default_microversion=version)
        self.addCleanup(sdk.close)
        return sdk.block_storage

    def ids(self, version=None, user='member', **query):
        """Return the IDs that ``messages`` finds."""
        return [message.id for message
                in self.block_storage(version, user).messages(**query)]


class MessagesTest(SDKTestCase):
    """``Connection.block_storage.messages``"""

    def test_message(self):
        """A program has all that there is to know."""
        stored = self.message()

        [message] = self.block_storage().messages()

        self.assertEqual(
            (stored['id'], '000002', 'ERROR', 'VOLUME',
             'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
             'req-7b61dd49-266a-4630-a2e9-e461fe5667a4',
             'No storage could be allocated for this volume request.'),
            (message.id, message.event_id, message.message_level,
             message.resource_type, message.resource_uuid,
             message.request_id, message.user_message))
        self.assertLess(message.created_at, message.guaranteed_until)

    def test_all_pages(self):
        """Each message comes once, whatever the version and its pages."""
        messages = self.messages(6)

        for version in VERSIONS:
            for query in ({}, {'limit': 1}, {'limit': 2}, {'limit': 4},
                          {'limit': 100}):
                with self.subTest(version=version, query=query):
                    self.assertEqual(messages, self.ids(version, **query))

    def test_one_page(self):
        """A program may want no more than the newest."""
        messages = self.messages(6)

        for version, expected in ((None, 2), ('3.3', 6), ('3.5', 2)):
            with self.subTest(version=version):
                self.assertEqual(messages[:expected], self.ids(
                    version, limit=2, paginated=False))

    def test_max_items(self):
        """Programs receive at most the given number, in pages of any size."""
        messages = self.messages(6)

        self.assertEqual(messages[:3], self.ids(limit=2, max_items=3))

    def test_walk_goes_on_when_messages_are_deleted(self):
        """Programs that delete messages while they list read all messages."""
        messages = self.messages(6)
        for version in VERSIONS:
            for limit in (1, 2):
                with self.subTest(version=version, limit=limit):
                    block_storage = self.block_storage(version)

                    found = []
                    for message in block_storage.messages(limit=limit):
                        block_storage.delete_message(message)
                        found.append(message.id)

                    self.assertEqual(messages, found)
                    self.assertEqual([], self.stored())
                    messages = self.messages(6)

    def test_marker(self):
        """Programs continue after the last message of the previous run."""
        messages = self.messages(6)

        for version in VERSIONS:
            with self.subTest(version=version):
                self.assertEqual(messages[2:],
                                 self.ids(version, marker=messages[1]))

    def test_offset(self):
        """Programs skip messages once, not on every page."""
        messages = self.messages(6)

        self.assertEqual(messages[2:], self.ids(offset=2, limit=3))

    def test_sort(self):
        """The order applies across pages; versions without an order ignore it.
        """
        oldest, middle, newest = (
            self.message(event_id=event_id)['id']
            for event_id in ('000003', '000002', '000003'))

        for version, sort, expected in (
                (None, 'created_at:asc', [oldest, middle, newest]),
                ('3.5', 'event_id:asc,created_at:desc',
                 [middle, newest, oldest]),
                ('3.71', 'event_id', [newest, oldest, middle]),
                ('3.3', 'created_at:asc', [newest, middle, oldest])):
            with self.subTest(version=version, sort=sort):
                self.assertEqual(expected, self.ids(version, sort=sort,
                                                    limit=1))

    def test_filters(self):
        """The SDK does not send them, but looks at what comes."""
        messages = self.messages(6, event_id='000003')
        self.messages(6)

        for query, expected in (({'event_id': '000003'}, messages),
                                ({'event_id': '000004'}, []),
                                ({'message_level': 'WARNING'}, [])):
            with self.subTest(query=query):
                self.assertEqual(expected, self.ids(**query))

    def test_project(self):
        """An administrator looks into another project."""
        own = self.messages(6)
        foreign = self.messages(6, project_id=self.other_id)

        for user, project_id, expected in (
                ('admin', self.other_id, foreign),
                ('admin', self.project_id, own),
                ('reader', self.project_id, own)):
            with self.subTest(user=user, project_id=project_id):
                self.assertEqual(expected, self.ids(
                    user=user, project_id=project_id, limit=4))

    def test_project_of_others(self):
        """Users who are not administrators get an error with the reason."""
        error = self.assertRaises(
            exceptions.ForbiddenException, self.ids, project_id=self.other_id)

        self.assertEqual('Only the messages of your own project can be '
                         'listed.', error.details)

    def test_parameter_that_is_refused(self):
        """The error has the words of the service, and its request ID."""
        error = self.assertRaises(
            exceptions.BadRequestException, self.ids, sort='colour')

        self.assertEqual(
            "'colour' is not a sort key; use one of id, created_at, "
            'event_id, message_level, request_id, resource_type, '
            'resource_uuid, guaranteed_until, expires_at.', error.details)
        self.assertTrue(error.request_id.startswith('req-'))


class GetMessageTest(SDKTestCase):
    """``Connection.block_storage.get_message``

    With openstacksdk 4.22 the method fills in the ID alone, since the SDK
    looks for ``messages`` in the response.
    """

    def test_message(self):
        """A program can look whether it is there."""
        message = self.message()['id']

        for version in VERSIONS:
            with self.subTest(version=version):
                self.assertEqual(
                    message,
                    self.block_storage(version).get_message(message).id)

    def test_message_that_is_not_there(self):
        """Users read that a message of another project does not exist."""
        foreign = self.message(project_id=self.other_id)['id']

        for message in (foreign, UNKNOWN, 'nonsense'):
            with self.subTest(message=message):
                error = self.assertRaises(
                    exceptions.NotFoundException,
                    self.block_storage().get_message, message)

                self.assertEqual(f'Message {message} could not be found.',
                                 error.details)


class DeleteMessageTest(SDKTestCase):
    """``Connection.block_storage.delete_message``"""

    def test_message(self):
        """Programs can use the ID or the object of the message."""
        for version in VERSIONS:
            with self.subTest(version=version):
                self.messages(2)
                block_storage = self.block_storage(version)
                first, last = block_storage.messages()

                block_storage.delete_message(first)
                block_storage.delete_message(last.id, ignore_missing=False)

                self.assertEqual([], self.stored())

    def test_message_that_is_not_there(self):
        """Programs decide whether a missing message is an error."""
        foreign = self.message(project_id=self.other_id)['id']
        block_storage = self.block_storage()

        for message in (foreign, UNKNOWN):
            with self.subTest(message=message):
                self.assertIsNone(block_storage.delete_message(message))
                self.assertRaises(
                    exceptions.NotFoundException,
                    block_storage.delete_message, message,
                    ignore_missing=False)
        self.assertEqual([foreign], self.stored())

    def test_user_who_may_not(self):
        """Users who can read messages cannot always delete messages."""
        message = self.message()['id']

        error = self.assertRaises(
            exceptions.ForbiddenException,
            self.block_storage(user='reader').delete_message, message)

        self.assertEqual(
            "Policy doesn't allow message:delete to be performed.",
            error.details)
        self.assertEqual([message], self.stored())


class MicroversionTest(SDKTestCase):

    def test_version_out_of_range(self):
        """The SDK refuses what the service does not have."""
        for version in ('3.2', '3.72'):
            with self.subTest(version=version):
                error = self.assertRaises(
                    exceptions.ConfigException, self.block_storage, version)

                self.assertIn(
                    'the cloud only supports a minimum of 3.3 and a maximum '
                    'of 3.71.', str(error))


class UserMessagesTest(base.ClientTestCase):
    """``Connection.user_messages`` of the client."""

    def user_messages(self, user='member'):
        """Return the proxy of a user's program."""
        connected = connection.Connection(
            session=self.cloud.session_of(user), region_name=cloud.REGION)
        self.addCleanup(connected.close)
        sdk.add_service(connected)
        return connected.user_messages

    def test_message(self):
        """A program has the remedy, although the service also serves Cinder.
        """
        stored = self.message()

        [message] = self.user_messages().messages()

        self.assertEqual(
            (stored['id'], 'change_request', self.project_id),
            (message.id, message.user_action, message.project_id))
        self.assertEqual(
            message.user_message,
            self.user_messages().get_message(stored['id']).user_message)

    def test_filters_and_pages(self):
        """Each filter narrows the list, and each message comes once."""
        messages = self.messages(6)
        self.message(message_level='INFO')
        proxy = self.user_messages()

        found = [message.id for message in proxy.messages(
            limit=2, message_level='ERROR', type_of_resource='VOLUME',
            resource_uuid='f292cc0c-54a7-4b3b-8174-d2ff82d87008')]

        self.assertEqual(messages, found)
        self.assertEqual([], [*proxy.messages(
            created_before='2026-01-01T00:00:00')])

    def test_every_filter(self):
        """A program can use each filter of the service."""
        self.message(global_request_id=GLOBAL_REQUEST_ID)
        proxy = self.user_messages()
        [message] = proxy.messages()

        for name in (*fields.EQUAL_FILTERS, *fields.TIME_FILTERS):
            # The name resource_type is a parameter of openstacksdk.
            parameter = {'resource_type': 'type_of_resource'}.get(name, name)
            value = message.to_dict().get(name, message.created_at)
            found = [*proxy.messages(**{parameter: value})]
            self.assertEqual([message.id], [one.id for one in found], name)
            # openstacksdk would apply other filters to all messages.
            self.assertRegex(self.log.output, rf'GET "?\S+/messages\?{name}=')

    def test_every_field(self):
        """A program can read each field of a response."""
        stored = self.message()

        response = self.user_messages().get(f'/messages/{stored["id"]}')

        self.assertEqual(
            set(), {*response.json()['message']} - {*sdk.Message().to_dict()})

    def test_delete(self):
        """A program deletes messages that it has handled."""
        stored = self.message()
        proxy = self.user_messages()

        proxy.delete_message(stored['id'])
        proxy.delete_message(stored['id'])

        self.assertEqual([], self.stored())
        self.assertRaises(exceptions.NotFoundException, proxy.delete_message,
                          stored['id'], ignore_missing=False)

    def test_wait(self):
        """A program reads the first reason for the failure."""
        last, first = self.messages(2)

        message = self.user_messages().wait_for_message(
            'f292cc0c-54a7-4b3b-8174-d2ff82d87008')

        self.assertEqual(first, message.id)
        self.assertNotEqual(last, message.id)
        self.assertRaises(
            exceptions.ResourceTimeout, self.user_messages().wait_for_message,
            UNKNOWN, timeout=0.2, interval=0.1)

    def test_vendor_hook(self):
        """Users need only an option in clouds.yaml."""
        stored = self.message()
        path = self.useFixture(fixtures.TempDir()).join('clouds.yaml')
        with open(path, 'w') as file:
            json.dump({'clouds': {'mine': {
                'auth': {
                    'auth_url': self.cloud.keystone.url, 'username': 'member',
                    'password': cloud.PASSWORD, 'user_domain_id': 'default',
                    'project_id': self.project_id},
                'region_name': cloud.REGION,
                'vendor_hook': 'usermessagesclient.sdk:add_service'}}}, file)
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_CLIENT_CONFIG_FILE', path))

        connected = openstack.connect(cloud='mine')
        self.addCleanup(connected.close)

        self.assertEqual([stored['id']], [
            message.id for message in connected.user_messages.messages()])
