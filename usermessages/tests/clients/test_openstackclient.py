# SPDX-License-Identifier: Apache-2.0

import datetime
import json

from usermessages.tests.clients import base
from usermessages.tests import database

UNKNOWN = '019b796d-d600-7000-8000-00000000dead'
OUT_OF_RANGE = (
    'A default microversion for service block-storage of {} was requested, '
    'but the cloud only supports a minimum of 3.3 and a maximum of 3.71.')


class VolumeMessageTestCase(base.ClientTestCase):

    def openstack(self, command, *arguments, version=None, **values):
        """Run ``openstack volume message ...``; return its output."""
        return self.run_client(
            'openstack',
            *(('--os-volume-api-version', version) if version else ()),
            'volume', 'message', command, *arguments, **values)


class VolumeMessageListTest(VolumeMessageTestCase):
    """``openstack volume message list``"""

    def list(self, *arguments, **values):
        """Return the IDs that are listed."""
        return self.openstack('list', '-f', 'value', '-c', 'ID', *arguments,
                              **values).split()

    def test_messages_as_json(self):
        """Users find out with their usual client why a volume failed."""
        message = self.message(created_at=datetime.datetime(2026, 1, 1, 12),
                               expires_at=datetime.datetime(2099, 1, 1, 12))

        [found] = json.loads(self.openstack('list', '-f', 'json'))

        self.assertEqual({
            'ID': message['id'],
            'Event ID': '000002',
            'Resource Type': 'VOLUME',
            'Resource UUID': 'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
            'Message Level': 'ERROR',
            'User Message': 'No storage could be allocated for this volume '
                            'request.',
            'Request ID': 'req-7b61dd49-266a-4630-a2e9-e461fe5667a4',
            'Created At': '2026-01-01T12:00:00.000000+00:00',
            'Guaranteed Until': '2099-01-01T12:00:00.000000+00:00',
        }, found)

    def test_messages_as_a_table(self):
        """Most users read messages as a table."""
        message = self.message()

        table = self.openstack('list')

        self.assertIn(f'| {message["id"]} | 000002   | VOLUME        |', table)
        self.assertIn(' | No storage could be allocated for this volume '
                      'request. | ', table)

    def test_message_without_a_resource(self):
        """A failure before a volume exists leaves the cell empty."""
        self.message(resource_type='', resource_uuid='', request_id='')

        [found] = json.loads(self.openstack('list', '-f', 'json'))

        self.assertEqual(
            (None, None, ''),
            (found['Resource Type'], found['Resource UUID'],
             found['Request ID']))

    def test_project_without_messages(self):
        """Users without messages read an empty table."""
        self.message(project_id=self.other_id)

        self.assertEqual([], self.list())

    def test_all_pages(self):
        """Each message comes once, whatever the version and its pages."""
        messages = self.messages(7)

        for version, limit in (
                (None, None), (None, '7'), ('3', '2'), ('3.3', '2'),
                ('3.5', '2'), ('3.71', '4')):
            with self.subTest(version=version, limit=limit):
                self.assertEqual(messages, self.list(
                    *(('--limit', limit) if limit else ()), version=version))

    def test_limit_of_nothing(self):
        """A script may compute its limit."""
        self.message()

        self.assertEqual([], self.list('--limit', '0'))

    def test_marker(self):
        """Scripts continue after the last message of the previous run."""
        messages = self.messages(7)

        for version in (None, '3.3', '3.5'):
            with self.subTest(version=version):
                self.assertEqual(messages[2:], self.list(
                    '--marker', messages[1], version=version))

    def test_marker_that_is_no_id(self):
        """The user reads what is wrong."""
        output = self.list('--marker', 'nonsense', status=1)

        self.assertTrue(' '.join(output).endswith(
            ', Message nonsense could not be found.'), output)

    def test_project(self):
        """An administrator looks into another project, by ID or name."""
        own = self.messages(1)
        foreign = self.messages(7, project_id=self.other_id)

        for user, expected, project in (
                ('admin', foreign, ['other']),
                ('admin', foreign, ['other', '--project-domain', 'default']),
                ('admin', foreign, [self.other_id, '--limit', '3']),
                ('admin', own, [self.project_id]),
                ('reader', own, [self.project_id])):
            with self.subTest(user=user, project=project):
                self.assertEqual(expected, self.list(
                    '--project', *project, user=user))

    def test_project_of_others(self):
        """The client reports that the user is not an administrator.

        Keystone does not tell them the ID of a project by its name, and the
        client sends the name then.
        """
        for project in ('demo', self.other_id):
            with self.subTest(project=project):
                output = self.openstack('list', '--project', project, status=1)

                self.assertIn('ForbiddenException: 403: ', output)
                self.assertIn('Only the messages of your own project can be '
                              'listed.', output)

    def test_role_that_may_not(self):
        """Users read the name of the rule that forbids the request."""
        output = self.openstack('list', user='service', status=1)

        self.assertIn("Policy doesn't allow message:get_all to be performed.",
                      output)

    def test_version_out_of_range(self):
        """Users read about an unsupported version before the request."""
        for version in ('3.2', '3.72'):
            with self.subTest(version=version):
                output = self.openstack('list', version=version, status=1)

                self.assertIn(OUT_OF_RANGE.format(version), output)


class VolumeMessageShowTest(VolumeMessageTestCase):
    """``openstack volume message show``

    With openstacksdk 4.22 the command shows the ID alone, since the SDK looks
    for ``messages`` in the response.
    """

    def test_message(self):
        """The user sees that it is there."""
        message = self.message()['id']

        for version in (None, '3.3', '3.71'):
            with self.subTest(version=version):
                found = json.loads(self.openstack(
                    'show', message, '-f', 'json', version=version))

                self.assertEqual(message, found['ID'])

    def test_message_as_a_table(self):
        """The client draws the table without an error."""
        message = self.message()['id']

        self.assertIn(f'| ID               | {message} |',
                      self.openstack('show', message))

    def test_message_that_is_not_there(self):
        """Users read that a message of another project does not exist."""
        foreign = self.message(project_id=self.other_id)['id']

        for message in (foreign, UNKNOWN):
            with self.subTest(message=message):
                output = self.openstack('show', message, status=1)

                self.assertTrue(output.endswith(
                    f', Message {message} could not be found.\n'), output)

    def test_message_of_another_project_for_an_administrator(self):
        """Administrators need no token of the other project."""
        foreign = self.message(project_id=self.other_id)['id']

        self.assertIn(foreign, self.openstack('show', foreign, user='admin'))


class VolumeMessageDeleteTest(VolumeMessageTestCase):
    """``openstack volume message delete``"""

    def test_messages(self):
        """Users delete messages after reading them."""
        for version in (None, '3.3', '3.71'):
            with self.subTest(version=version):
                first, kept, last = self.messages(3)

                output = self.openstack('delete', first, last,
                                        version=version)

                self.assertEqual('', output)
                self.assertEqual([kept], self.stored())
                database.empty(self.db)

    def test_message_that_is_not_there(self):
        """The others are deleted, and the user reads which one was not."""
        foreign = self.message(project_id=self.other_id)['id']
        first, last = self.messages(2)

        output = self.openstack('delete', first, UNKNOWN, foreign, 'nonsense',
                                last, status=1)

        self.assertEqual(
            f'Failed to delete message: {UNKNOWN}\n'
            f'Failed to delete message: {foreign}\n'
            'Failed to delete message: nonsense\n'
            'Failed to delete 3 of 5 messages.\n', output)
        self.assertEqual([foreign], self.stored())

    def test_user_who_may_not(self):
        """Users who can read messages cannot always delete messages."""
        message = self.message()['id']

        for user in ('reader', 'service'):
            with self.subTest(user=user):
                output = self.openstack('delete', message, user=user,
                                        status=1)

                self.assertIn('Failed to delete 1 of 1 messages.', output)
                self.assertEqual([message], self.stored())

    def test_message_of_another_project_by_an_administrator(self):
        """Administrators need no token of the other project."""
        own = self.message()['id']
        foreign = self.message(project_id=self.other_id)['id']

        self.openstack('delete', own, foreign, user='admin')

        self.assertEqual([], self.stored())
