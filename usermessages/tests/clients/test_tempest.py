# SPDX-License-Identifier: Apache-2.0

from tempest.lib import auth
from tempest.lib.common import api_microversion_fixture
from tempest.lib import exceptions
from tempest.lib.services.volume.v3 import messages_client
from tempest.lib.services.volume.v3 import versions_client

from usermessages.tests.clients import base
from usermessages.tests.clients import cloud

UNKNOWN = '019b796d-d600-7000-8000-00000000dead'
VERSIONS = ('3.3', '3.5', '3.71', 'latest')


class TempestTestCase(base.ClientTestCase):

    def client(self, cls, user='member'):
        """Return a client of tempest, as tempest makes it."""
        return cls(auth.KeystoneV3AuthProvider(
            auth.KeystoneV3Credentials(
                username=user, password=cloud.PASSWORD,
                user_domain_id='default', project_id=self.project_id),
            self.cloud.keystone.url), 'block-storage', cloud.REGION,
            build_timeout=30)

    def each_version(self):
        """Let the clients send one version after the other."""
        for version in VERSIONS:
            with (self.subTest(version=version),
                  api_microversion_fixture.APIMicroversionFixture(
                      volume_microversion=version)):
                yield version


class MessagesClientTest(TempestTestCase):
    """``tempest.lib.services.volume.v3.messages_client``

    The client validates each response against a schema of its own, and the
    version of the response against the requested version.
    """

    def setUp(self):
        super().setUp()
        self.messages_client = self.client(messages_client.MessagesClient)

    def test_list_show_delete(self):
        """The gate of the service that records the messages is green."""
        for _version in self.each_version():
            kept, deleted = self.messages(2)

            listed = self.messages_client.list_messages()['messages']
            shown = self.messages_client.show_message(deleted)['message']
            self.messages_client.delete_message(deleted)
            self.messages_client.wait_for_resource_deletion(deleted)

            self.assertEqual([kept, deleted], [item['id'] for item in listed])
            self.assertEqual(listed[1], shown)
            self.assertEqual([kept], self.stored())
            self.assertFalse(self.messages_client.is_resource_deleted(kept))
            self.messages_client.delete_message(kept)

    def test_message_without_a_resource(self):
        """The schemas of tempest accept a message without a resource."""
        message = self.message(resource_type='', resource_uuid='',
                               request_id='')['id']

        for _version in self.each_version():
            [listed] = self.messages_client.list_messages()['messages']
            shown = self.messages_client.show_message(message)['message']

            self.assertEqual(listed, shown)

    def test_more_than_a_page(self):
        """The schema of tempest, like version 3.3, has no link to a second
        page.
        """
        messages = self.messages(7)

        with api_microversion_fixture.APIMicroversionFixture(
                volume_microversion='3.3'):
            listed = self.messages_client.list_messages()['messages']

        self.assertEqual(messages, [item['id'] for item in listed])

    def test_message_that_is_not_there(self):
        """Users read that a message of another project does not exist."""
        foreign = self.message(project_id=self.other_id)['id']

        for _version in self.each_version():
            for message in (foreign, UNKNOWN, 'nonsense'):
                self.assertTrue(
                    self.messages_client.is_resource_deleted(message))
                self.assertRaises(
                    exceptions.NotFound,
                    self.messages_client.delete_message, message)
        self.assertEqual([foreign], self.stored())

    def test_user_who_may_not(self):
        """Policy tests of tempest expect the error 403."""
        message = self.message()['id']
        reader = self.client(messages_client.MessagesClient, 'reader')

        for _version in self.each_version():
            reader.show_message(message)
            self.assertRaises(exceptions.Forbidden, reader.delete_message,
                              message)
        self.assertEqual([message], self.stored())

    def test_version_out_of_range(self):
        """Microversion tests of tempest expect the error 406."""
        for version in ('3.2', '3.72'):
            with (self.subTest(version=version),
                  api_microversion_fixture.APIMicroversionFixture(
                      volume_microversion=version)):
                self.assertRaises(exceptions.NotAcceptable,
                                  self.messages_client.list_messages)


class VersionsClientTest(TempestTestCase):
    """``tempest.lib.services.volume.v3.versions_client``"""

    def test_versions(self):
        """tempest finds out which microversions are available."""
        client = self.client(versions_client.VersionsClient)

        for answer in (client.list_versions(), client.show_version('v3')):
            [version] = answer['versions']

            self.assertEqual(
                ('v3.0', 'CURRENT', '3.3', '3.71'),
                (version['id'], version['status'], version['min_version'],
                 version['version']))
