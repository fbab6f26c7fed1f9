# SPDX-License-Identifier: Apache-2.0

import json

import fixtures

from usermessagesclient.tests.unit import base


def group(number, **values):
    """Return a group as a service sends it."""
    return {
        'event_id': '000002', 'user_message': base.TEXT,
        'message_level': 'ERROR', 'resource_type': 'VOLUME', 'count': number,
        'resources': 2, 'first_at': '2026-01-01T00:01:00.000000+00:00',
        'last_at': '2026-01-01T00:02:00.000000+00:00',
        'latest_id': base.stored(number)['id'],
        'links': [{'rel': 'help', 'href': 'https://docs.example.org/#2'}],
        **values}


class SummaryTest(base.CommandTestCase):

    def groups(self, *found, is_truncated=False, **values):
        return self.serve(lambda *_request: (200, {
            'message_groups': found, 'truncated': is_truncated}), **values)

    def test_groups(self):
        """A user sees what happened how often, and an example to show."""
        self.groups(group(412), group(7))

        [first, second] = json.loads(self.openstack(
            'summary', '--long', '-f', 'json'))

        self.assertEqual('7', second['Count'])
        self.assertEqual({
            'Count': '412', 'Resources': '2', 'Message Level': 'ERROR',
            'Resource Type': 'VOLUME', 'User Message': base.TEXT,
            'First At': '2026-01-01T00:01:00.000000+00:00',
            'Last At': '2026-01-01T00:02:00.000000+00:00',
            'Latest ID': '019b76da-a800-7000-8000-000000000412',
            'Event ID': '000002', 'User Action': None, 'Hint': None,
            'Help': 'https://docs.example.org/#2'}, first)

    def test_filters(self):
        """The flags of a list that narrow it."""
        service = self.serve(lambda _method, path, _query: (
            200, {path.split('/')[-1]: []}))

        self.openstack('summary', '--level', 'error', '--since', '2026-01-01',
                       '--all-projects')

        self.assertEqual([('GET', '/v3/message_groups', {
            'message_level': 'ERROR', 'all_tenants': '1',
            'created_since': '2026-01-01T00:00:00+00:00'})],
            [request for request in service.asked
             if 'message_groups' in request[1]])

    def test_more_messages_than_the_service_counts(self):
        """Users learn that the numbers are not of all messages."""
        self.groups(group(1), is_truncated=True)

        self.assertIn('More messages match than can be counted',
                      self.openstack('summary'))

    def test_nothing(self):
        """Users of a project without messages read an empty summary."""
        self.groups()

        self.assertEqual('No user messages found.\n',
                         self.openstack('summary'))

    def test_older_service(self):
        """The user reads why it cannot be had."""
        for version in ('user-messages 1.2', 'volume 3.71', None):
            service = self.groups(version=version)

            self.assertIn('requires user-messages 1.3 or later',
                          self.openstack('summary', status=1))
            self.assertEqual([], service.asked)

    def test_odd_groups(self):
        """Users read the other groups despite one malformed group."""
        for odd in (None, 7, 'x', [], {}, {'count': None, 'links': 5},
                    {'first_at': 'soon', 'latest_id': ['\x1b[31m']}):
            self.groups(group(1), odd)

            printed = self.openstack('summary')

            self.assertIn(base.stored(1)['id'], printed)
            self.assertNotIn('\x1b', printed)

    def test_service_that_sends_no_groups(self):
        """Users read an error that names possible reasons."""
        for body in ({'message_groups': {}}, {}, [], b'x'):
            self.serve(lambda *_request, body=body: (200, body))

            self.assertIn('does not serve user messages',
                          self.openstack('summary', status=1))


class WidthTest(base.CommandTestCase):

    def printed(self, columns, *arguments, messages=(1,), **values):
        self.serve(lambda *_request: (200, {'messages': [
            base.stored(number, resource_uuid=base.stored(number)['id'],
                        **values) for number in messages]}))
        self.useFixture(fixtures.MockPatch(
            'usermessagesclient.commands.cliff_utils.terminal_width',
            return_value=columns))
        self.useFixture(fixtures.MockPatch(
            'cliff.formatters.table.utils.terminal_width',
            return_value=columns))
        return self.openstack('list', '--fit-width', *arguments)

    def test_lines_fit_and_ids_are_whole(self):
        """Users can copy an ID at each width of the terminal."""
        for columns in (60, 79, 80, 100, 120, 160, 200, 240):
            for values in ({}, {'user_message': '\u5bb9\u91cf' * 60}):
                printed = self.printed(columns, **values)

                self.assertIn(f' {base.stored(1)["id"]} ', printed)
                self.assertLessEqual(
                    max(len(line) + sum(letter > '\u2fff' for letter in line)
                        for line in printed.splitlines()), columns)

    def test_table_that_fits(self):
        """A wide terminal has one line for each message."""
        self.assertEqual(5, self.printed(
            200, messages=(1,)).count('\n'))
        self.assertIn('| Field', self.printed(180))
        self.assertNotIn('| Field', self.printed(80, '-c', 'ID'))

    def test_column_that_does_not_exist(self):
        """The user reads which columns there are."""
        self.assertIn('There is no column colour; the columns are ID, Created',
                      ' '.join(self.openstack_error(
                          'list', '-c', 'Colour').split()))

    def openstack_error(self, *arguments):
        self.serve(lambda *_request: (200, {'messages': [base.stored(1)]}))
        return self.openstack(*arguments, status=1)
