# SPDX-License-Identifier: Apache-2.0

from cinderclient import client
from cinderclient import exceptions

from usermessages.tests.clients import base
from usermessages.tests.clients import cloud
from usermessages.tests import database

UNKNOWN = '019b796d-d600-7000-8000-00000000dead'
RESOURCE = '1ae4dabe-8aeb-4d4c-b33f-2b3e5cfb1a47'
REQUEST = 'req-1b3b0ba2-d7c3-4b4f-8b6c-9f0f4ce9c3b1'
VERSIONS = ('3.3', '3.5', '3.31', '3.71')


class CommandTestCase(base.ClientTestCase):

    def cinder(self, *command, version=None, **values):
        """Run ``cinder ...``; return its output."""
        return self.run_client(
            'cinder',
            *(('--os-volume-api-version', version) if version else ()),
            *command, **values)

    def list(self, *arguments, **values):
        """Return the IDs that ``cinder message-list`` prints."""
        table = self.cinder('message-list', *arguments, **values)
        return [line.split()[1] for line in table.splitlines()
                if line.startswith('| ')][1:]


class MessageListTest(CommandTestCase):
    """``cinder message-list``

    It sorts by the ID, so the oldest message comes first, unless the user
    asks for an order.
    """

    def test_message(self):
        """Users find out with their usual client why a volume failed."""
        message = self.message()['id']

        table = self.cinder('message-list')

        self.assertIn(
            f'| {message} | VOLUME        | '
            'f292cc0c-54a7-4b3b-8174-d2ff82d87008 | 000002   | '
            'No storage could be allocated for this volume request. |', table)

    def test_all_pages(self):
        """Each message comes once, whatever the version and its pages."""
        messages = self.messages(7)[::-1]

        for version in (None, '3.3', '3.5'):
            with self.subTest(version=version):
                self.assertEqual(messages, self.list(version=version))

    def test_limit(self):
        """The limit of this client applies to the list, not to a page."""
        messages = self.messages(7)

        for limit, expected in (('2', 2), ('6', 6), ('100', 7)):
            with self.subTest(limit=limit):
                self.assertEqual(messages[:expected][::-1],
                                 self.list('--limit', limit))

    def test_marker(self):
        """Scripts continue after the last message of the previous run."""
        messages = self.messages(7)

        self.assertEqual(messages[2:][::-1],
                         self.list('--marker', messages[1]))
        self.assertEqual(messages[2:4][::-1], self.list(
            '--marker', messages[1], '--limit', '2', version='3.5'))

    def test_sort(self):
        """The order applies across pages."""
        messages = self.messages(7)

        for sort, expected in (('created_at:asc', messages[::-1]),
                               ('created_at', messages),
                               ('id:desc,created_at:asc', messages)):
            with self.subTest(sort=sort):
                self.assertEqual(expected, self.list('--sort', sort))

    def test_filters(self):
        """Users can filter by each name, in upper or lower case."""
        wanted = self.messages(
            6, event_id='000003', message_level='WARNING',
            request_id=REQUEST, resource_type='SNAPSHOT',
            resource_uuid=RESOURCE)[::-1]
        self.messages(6)

        for filters in (
                ['resource_type=snapshot'], ['message_level=warning'],
                [f'resource_uuid={RESOURCE}'], [f'request_id={REQUEST}'],
                ['resource_type=SNAPSHOT', 'event_id=000003'],
                ['event_id~=03', 'resource_uuid~=1ae4']):
            with self.subTest(filters=filters):
                self.assertEqual(wanted, self.list('--filters', *filters))

    def test_filters_of_old(self):
        """Scripts that predate ``--filters`` keep working."""
        wanted = self.messages(
            6, event_id='000003', message_level='WARNING',
            request_id=REQUEST, resource_type='SNAPSHOT',
            resource_uuid=RESOURCE)[::-1]
        self.messages(6)

        for version, arguments in (
                ('3.5', ['--resource_type', 'snapshot', '--event_id',
                         '000003']),
                ('3.31', ['--resource_uuid', RESOURCE, '--level', 'warning']),
                (None, ['--request_id', REQUEST])):
            with self.subTest(version=version, arguments=arguments):
                self.assertEqual(
                    wanted, self.list(*arguments, version=version))

    def test_filters_that_match_nothing(self):
        """An empty table is not an error."""
        self.message()

        self.assertEqual([], self.list('--filters', 'event_id=000009'))

    def test_what_is_refused(self):
        """The user reads why."""
        known = ('use one of event_id, message_level, request_id, '
                 'resource_type, resource_uuid. (HTTP 400)')
        for expected, arguments in (
                (f"The parameter 'colour' is not a filter here; {known}",
                 ['--filters', 'colour=red']),
                (f"The parameter 'request_id~' is not a filter here; {known}",
                 ['--filters', 'request_id~=1']),
                ("'size' is not a sort key; use one of id, ",
                 ['--sort', 'size:asc']),
                ('Message nonsense could not be found. (HTTP 404)',
                 ['--marker', 'nonsense'])):
            with self.subTest(arguments=arguments):
                output = self.cinder('message-list', *arguments, status=1)

                self.assertIn(f'ERROR: {expected}', output)

    def test_role_that_may_not(self):
        """Users read the name of the rule that forbids the request."""
        output = self.cinder('message-list', user='service', status=1)

        self.assertEqual("ERROR: Policy doesn't allow message:get_all to be "
                         'performed. (HTTP 403)\n', output)


class MessageShowTest(CommandTestCase):
    """``cinder message-show``"""

    def test_message(self):
        """Users see all fields except the links."""
        message = self.message()['id']

        for version in (None, '3.3'):
            with self.subTest(version=version):
                table = self.cinder('message-show', message, version=version)

                self.assertEqual(
                    ['created_at', 'event_id', 'guaranteed_until', 'id',
                     'message_level', 'request_id', 'resource_type',
                     'resource_uuid', 'user_message'],
                    [line.split()[1] for line in table.splitlines()
                     if line.startswith('| ')][1:])
                self.assertIn(f' {message} ', table)

    def test_message_that_is_not_there(self):
        """The client lists the messages then, and looks in there."""
        self.messages(6)
        foreign = self.message(project_id=self.other_id)['id']

        for message in (foreign, UNKNOWN, 'nonsense'):
            with self.subTest(message=message):
                output = self.cinder('message-show', message, status=1)

                self.assertEqual(f"ERROR: No message with a name or ID of "
                                 f"'{message}' exists.\n", output)

    def test_message_of_another_project_for_an_administrator(self):
        """Administrators need no token of the other project."""
        foreign = self.message(project_id=self.other_id)['id']

        self.assertIn(foreign,
                      self.cinder('message-show', foreign, user='admin'))


class MessageDeleteTest(CommandTestCase):
    """``cinder message-delete``"""

    def test_messages(self):
        """Users delete messages after reading them."""
        for version in (None, '3.3'):
            with self.subTest(version=version):
                first, kept, last = self.messages(3)

                output = self.cinder('message-delete', first, last,
                                     version=version)

                self.assertEqual('', output)
                self.assertEqual([kept], self.stored())
                database.empty(self.db)

    def test_message_that_is_not_there(self):
        """The others are deleted, and the user reads which one was not."""
        foreign = self.message(project_id=self.other_id)['id']
        first, last = self.messages(2)

        output = self.cinder('message-delete', first, UNKNOWN, foreign, last)

        self.assertEqual(
            ''.join(f'Delete for message {message} failed: No message with a '
                    f"name or ID of '{message}' exists.\n"
                    for message in (UNKNOWN, foreign)), output)
        self.assertEqual([foreign], self.stored())

    def test_none_of_the_messages(self):
        """Scripts read an error if no message can be deleted."""
        output = self.cinder('message-delete', UNKNOWN, status=1)

        self.assertIn('ERROR: Unable to delete any of the specified '
                      'messages.', output)

    def test_user_who_may_not(self):
        """Users who can read messages cannot always delete messages."""
        message = self.message()['id']

        output = self.cinder('message-delete', message, user='reader',
                             status=1)

        self.assertIn(f"Delete for message {message} failed: Policy doesn't "
                      'allow message:delete to be performed. (HTTP 403)',
                      output)
        self.assertEqual([message], self.stored())

    def test_message_of_another_project_by_an_administrator(self):
        """Administrators need no token of the other project."""
        foreign = self.message(project_id=self.other_id)['id']

        self.cinder('message-delete', foreign, user='admin')

        self.assertEqual([], self.stored())


class VersionTest(CommandTestCase):

    def test_versions(self):
        """A user looks which versions there are."""
        for command in ('version-list', 'api-version'):
            with self.subTest(command=command):
                table = self.cinder(command)

                self.assertIn('| v3.0 | CURRENT | ', table)
                self.assertIn('3.3 ', table)
                self.assertIn('3.71 ', table)

    def test_version_above_the_maximum(self):
        """The client uses the maximum, and warns the user."""
        message = self.message()['id']

        output = self.cinder('message-list', version='3.99')

        self.assertIn('downgrading to 3.71 based on server support', output)
        self.assertIn(message, output)

    def test_version_below_the_minimum(self):
        """Older versions of Cinder have no messages."""
        self.assertIn("invalid choice: 'message-list'", self.cinder(
            'message-list', version='3.2', status=2))


class MessageManagerTest(base.ClientTestCase):
    """``cinderclient.client.Client(...).messages``"""

    def manager(self, version, user='member'):
        """Return the client of a user's program."""
        return client.Client(
            version, session=self.cloud.session_of(user),
            region_name=cloud.REGION).messages

    def test_get(self):
        """A program has all that there is to know."""
        stored = self.message()['id']

        for version in VERSIONS:
            with self.subTest(version=version):
                message = self.manager(version).get(stored)

                self.assertEqual(
                    (stored, 'No storage could be allocated for this volume '
                     'request.'), (message.id, message.user_message))

    def test_get_of_what_is_not_there(self):
        """The error has the words of the service."""
        error = self.assertRaises(
            exceptions.NotFound, self.manager('3.71').get, UNKNOWN)

        self.assertEqual(
            f'Message {UNKNOWN} could not be found. (HTTP 404)', str(error))

    def test_list(self):
        """All pages, in the order of the service."""
        messages = self.messages(11)

        for version in VERSIONS:
            with self.subTest(version=version):
                self.assertEqual(messages, [
                    message.id for message in self.manager(version).list()])

    def test_list_of_a_part(self):
        """Programs can use all parameters of the method."""
        self.message(event_id='000003')
        messages = self.messages(7)

        for version in VERSIONS[1:]:
            with self.subTest(version=version):
                self.assertEqual(messages[::-1][2:4], [
                    message.id for message in self.manager(version).list(
                        search_opts={'event_id': '000002'},
                        marker=messages[5], limit=2, sort='created_at:asc')])

    def test_list_of_all_projects(self):
        """Administrators see all messages, other users see their own."""
        foreign = self.messages(6, project_id=self.other_id)
        own = self.messages(6)

        for user, query, expected in (
                ('admin', {'all_tenants': 1}, {*own, *foreign}),
                ('admin', {'project_id': self.other_id}, set(foreign)),
                ('admin', {}, set(own)),
                ('member', {'all_tenants': 1}, set(own)),
                ('reader', {'all_tenants': 1}, set(own))):
            with self.subTest(user=user, query=query):
                found = [message.id for message in self.manager(
                    '3.71', user).list(search_opts=query)]

                self.assertEqual(expected, set(found))
                self.assertEqual(len(expected), len(found))

    def test_delete(self):
        """Programs can delete by ID, or with the object of the message."""
        for version in VERSIONS:
            with self.subTest(version=version):
                self.messages(3)
                manager = self.manager(version)
                first, second, third = manager.list()

                manager.delete(first.id)
                manager.delete(second)
                third.delete()

                self.assertEqual([], self.stored())

    def test_server_version(self):
        """Programs read the range of versions before choosing a version."""
        self.assertEqual(
            ('3.3', '3.71'),
            tuple(version.get_string() for version
                  in client.get_server_version(self.cloud.url + '/v3')))
