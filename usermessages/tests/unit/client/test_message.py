# SPDX-License-Identifier: Apache-2.0

import json

import fixtures

from usermessages.tests.unit.client import base

IDS = [base.stored(number)['id'] for number in (3, 2, 1)]
PROJECT = '6c430ede94764128883886d3929ced22'


def three(_method, _path, _query):
    return 200, {'messages': [base.stored(n) for n in (3, 2, 1)]}


class ListTest(base.CommandTestCase):

    def test_columns(self):
        """A user sees the most important ones, and can have all."""
        self.serve(lambda *_request: (200, {'messages': [base.stored(
            1, user_action='retry', hint='Once more.',
            links=[{'rel': 'self', 'href': 'x'},
                   {'rel': 'help', 'href': 'https://help'}])]}))

        [short] = json.loads(self.openstack('list', '-f', 'json'))
        [long] = json.loads(self.openstack('list', '--long', '-f', 'json'))

        self.assertEqual(
            ['ID', 'Created At', 'Message Level', 'Resource Type',
             'Resource UUID', 'User Message'], list(short))
        self.assertEqual(
            ('retry', 'Once more.', 'https://help', None),
            (long['User Action'], long['Hint'], long['Help'],
             long['Project ID']))

    def test_empty_cells(self):
        """What is not there is no word in a table."""
        self.serve(three)

        self.assertIn('| ERROR         |               |               | No ',
                      self.openstack('list'))

    def test_filters(self):
        """Each is sent as the service calls it."""
        service = self.serve(three)

        self.openstack(
            'list', '--resource', 'ID', '--resource-type', 'volume',
            '--event', '000002', '--level', 'error', '--request-id', 'req-1',
            '--since', '2026-01-01', '--before', '2026-01-02T00:00+01:00',
            '--limit', '2', '--marker', 'M', '--sort', 'id:asc',
            '--all-projects')

        self.assertEqual([('GET', '/v3/messages', {
            'resource_uuid': 'ID', 'resource_type': 'VOLUME',
            'event_id': '000002', 'message_level': 'ERROR',
            'request_id': 'req-1',
            'created_since': '2026-01-01T00:00:00+00:00',
            'created_before': '2026-01-01T23:00:00+00:00', 'limit': '2',
            'marker': 'M', 'sort': 'id:asc', 'all_tenants': '1'})],
            service.asked)

    def test_max_items(self):
        """A user looks at the last few."""
        self.serve(three)

        for number in (0, 1, 2, 3, 4):
            self.assertEqual(IDS[:number], self.openstack(
                'list', '--max-items', str(number), '-f', 'value', '-c',
                'ID').split())

    def test_error_behind_the_first_page(self):
        """A script gets all of them or none."""
        def answer(_method, _path, query):
            if 'marker' in query:
                return 503, {'serviceUnavailable': {'message': 'Later.'}}
            return 200, {'messages': [base.stored(1)], 'messages_links': [
                {'rel': 'next', 'href': ''}]}

        self.serve(answer)

        self.assertEqual('Later. (HTTP 503)\n', self.openstack(
            'list', '-f', 'value', status=1))

    def test_flags(self):
        """The user reads what is wrong with them."""
        for arguments, status, said in (
                (('--since', 'now'), 2, "'now' is no time"),
                (('--resource', ' '), 2, 'argument --resource: it is empty'),
                (('--limit', 'x'), 2, "'x' is no number from 0 on"),
                (('--interval', '0'), 2, '0 seconds are too few'),
                (('--interval', '2'), 1, '--interval goes with --follow.\n'),
                (('--follow', '--before', '1h'), 1,
                 '--before does not go with --follow')):
            with self.subTest(arguments=arguments):
                self.serve(three)

                self.assertIn(said, self.openstack(
                    'list', *arguments, status=status))

    def test_time_on_an_older_service(self):
        """The user reads why it can not be had."""
        for version in ('user-messages 1.0', 'volume 3.71', None):
            service = self.serve(three, version=version)

            self.assertIn(
                '--since and --before need user-messages 1.1 or newer; the '
                'service is asked with ', self.openstack(
                    'list', '--since', '1h', status=1))
            self.assertEqual([], service.asked)

    def test_narrow_terminal(self):
        """Each message is a table of its own, which fits."""
        self.serve(three)
        self.useFixture(fixtures.MockPatch(
            'usermessages.client.message.cliff_utils.terminal_width',
            return_value=40))

        printed = self.openstack('list', '-c', 'ID', '-c', 'Created At',
                                 '--fit-width')

        self.assertEqual(3, printed.count('| Field'))
        self.assertEqual(3, printed.count('Created At'))

    def test_follow(self):
        """Each format is one that is read line by line."""
        def pause(_seconds):
            raise KeyboardInterrupt

        self.useFixture(fixtures.MonkeyPatch('time.sleep', pause))
        self.serve(lambda *_request: (200, {'messages': [base.stored(1)]}))
        arguments = ('list', '--follow', '--since', '2026-01-01', '-c', 'ID',
                     '-c', 'Resource Type', '-c', 'Created At')
        ident = base.stored(1)['id']

        for format_, expected in (
                ('table', f'{ident}  2026-01-01T00:01:00+00:00\n'),
                ('value', f'{ident} 2026-01-01T00:01:00.000000+00:00 None\n'),
                ('csv', '"ID","Created At","Resource Type"\n'
                 f'"{ident}","2026-01-01T00:01:00.000000+00:00","None"\n'),
                ('json', f'{{"ID": "{ident}", "Created At": '
                 '"2026-01-01T00:01:00.000000+00:00", '
                 '"Resource Type": null}\n'),
                ('yaml', "- Created At: '2026-01-01T00:01:00.000000+00:00'\n"
                 f'  ID: {ident}\n  Resource Type: null\n')):
            with self.subTest(format=format_):
                self.assertEqual(expected, self.openstack(
                    *arguments, '-f', format_, status=130))


class ShowTest(base.CommandTestCase):

    def test_message(self):
        """A user reads what happened, and what to do."""
        service = self.serve(lambda *_request: (200, {'message': base.stored(
            1, user_action='wait')}))

        shown = json.loads(self.openstack('show', IDS[2], '-f', 'json'))

        self.assertEqual((IDS[2], 'wait', None), (
            shown['ID'], shown['User Action'], shown['Hint']))
        self.assertEqual([('GET', f'/v3/messages/{IDS[2]}', {})],
                         service.asked)

    def test_no_id(self):
        """It does not become another path."""
        service = self.serve(three)

        for message in ('', '..', 'a/b', 'a?b', '%2e'):
            self.assertEqual(f'{message!r} is not the ID of a message.\n',
                             self.openstack('show', message, status=1))
        self.assertEqual([], [path for _method, path, _query
                              in service.asked])


class DeleteTest(base.CommandTestCase):

    def answer(self, method, path, _query):
        if method == 'DELETE':
            return self.deleted.get(path[-36:], 204), {
                'itemNotFound': {'message': 'It is gone.'}}
        return three(method, path, _query)

    def setUp(self):
        super().setUp()
        self.deleted = {}
        self.service = self.serve(self.answer)

    def test_failures(self):
        """The others are deleted, and it is summed up."""
        self.deleted = {IDS[0]: 404}

        output = self.openstack('delete', *IDS, IDS[1], status=1)

        self.assertEqual(
            f'Failed to delete message {IDS[0]}: It is gone. (HTTP 404)\n'
            'Failed to delete 1 of 3 messages.\n', output)
        self.assertEqual(
            [('DELETE', f'/v3/messages/{ident}', {}) for ident in IDS],
            self.service.asked)

    def test_messages_that_match(self):
        """Those that somebody else has deleted are no failure."""
        self.deleted = {IDS[0]: 404}

        self.assertEqual('', self.openstack(
            'delete', '--level', 'error', '--yes'))
        self.assertEqual(4, len(self.service.asked))

    def test_filters_that_may_be_overlooked(self):
        """Nothing is deleted that was not meant."""
        for version in ('volume 3.71', None):
            with self.subTest(version=version):
                service = self.serve(self.answer, version=version)

                self.assertEqual(
                    'To delete by filters, the service has to know '
                    'user-messages 1.0: another may list more than was asked '
                    'for.  Name the messages by their IDs.\n',
                    self.openstack('delete', '--level', 'error', '--yes',
                                   status=1))
                self.assertEqual([], service.asked)

    def test_project_of_an_id(self):
        """A flag that says nothing is refused."""
        for flag in (('--project', 'demo'), ('--all-projects',)):
            self.assertEqual(
                '--project and --all-projects go with filters; an ID needs '
                'neither.\n',
                self.openstack('delete', IDS[0], *flag, status=1))
        self.assertEqual([], self.service.asked)

    def test_question(self):
        """A user agrees, or nothing happens."""
        for typed, status, said, number in (
                ('n\n', 1, 'Delete 3 messages? [y/N] Nothing was deleted.\n',
                 1),
                ('', 1, 'Delete 3 messages? [y/N] Nothing was deleted.\n', 1),
                (None, 1, '3 messages match; delete them with --yes.\n', 1),
                ('Yes\n', 0, 'Delete 3 messages? [y/N] ', 4)):
            with self.subTest(typed=typed):
                self.service.asked.clear()

                self.assertEqual(said, self.openstack(
                    'delete', '--level', 'error', status=status, typed=typed))
                self.assertEqual(number, len(self.service.asked))

    def test_interrupt(self):
        """The user reads how far it came."""
        def answer(method, path, query):
            if path.endswith(IDS[1]):
                raise KeyboardInterrupt
            return 204, {}

        self.serve(answer)

        self.assertEqual(
            'Interrupted after 1 of 3 messages were deleted.\n',
            self.openstack('delete', *IDS, status=130))

    def test_nothing_to_go_by(self):
        """An empty variable of a script does not delete everything."""
        for arguments in ((), ('--yes',), ('--yes', '--all-projects'),
                          (IDS[0], '--level', 'error')):
            self.assertEqual(
                'Name the messages to delete: by their IDs, or else by '
                'filters such as --resource or --before.\n',
                self.openstack('delete', *arguments, status=1))
        self.assertEqual([], self.service.asked)
