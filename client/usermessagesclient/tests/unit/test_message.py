# SPDX-License-Identifier: Apache-2.0

import json
from unittest import mock

import fixtures
from keystoneauth1 import exceptions as ksa_exceptions
import yaml

from usermessagesclient import rows
from usermessagesclient.tests.unit import base

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
        """Users read an empty cell, not the word None."""
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

        self.assertEqual(('GET', '/v3/messages', {
            'resource_uuid': 'ID', 'resource_type': 'VOLUME',
            'event_id': '000002', 'message_level': 'ERROR',
            'request_id': 'req-1',
            'created_since': '2026-01-01T00:00:00+00:00',
            'created_before': '2026-01-01T23:00:00+00:00', 'limit': '2',
            'marker': 'M', 'sort': 'id:asc', 'all_tenants': '1'}),
            service.asked[1])

    def test_all_projects_without_the_right(self):
        """Users read an error, not the messages of their own project."""
        def answer(method, path, query):
            return (403, {'forbidden': {'message': 'Not you.'}}) if (
                'project_id' in query) else three(method, path, query)

        for command in ('list', 'summary', 'delete'):
            service = self.serve(answer)

            self.assertEqual('Not you. (HTTP 403)\n', self.openstack(
                command, '--all-projects', '--level', 'error', status=1))
            self.assertEqual([('GET', '/v3/messages', {
                'project_id': '0' * 32, 'limit': '0'})], service.asked)

    def test_resource(self):
        """Users specify the ID of a resource without an option."""
        service = self.serve(lambda *_request: (200, {'messages': []}))

        self.assertEqual(
            'No messages for this resource.\n',
            self.openstack('list', IDS[0]))
        self.assertEqual({'resource_uuid': IDS[0]}, service.asked[0][2])
        self.assertEqual('No user messages found.\n', self.openstack(
            'list', IDS[0], '--since', '1h'))
        self.assertIn("No volume, share, server or image has the name 'x'.",
                      self.openstack('list', 'x', status=1))

    def test_wait(self):
        """A script continues with the first new message."""
        numbers = iter(([1], [1], [1], [3, 2, 1]))
        self.useFixture(fixtures.MonkeyPatch('time.sleep', lambda _time: None))
        self.serve(lambda *_request: (200, {'messages': [
            base.stored(number) for number in next(numbers)]}))

        self.assertEqual(
            f'{base.stored(2)["id"]}\nWaiting for new messages; press Ctrl-C '
            'to exit.\n', self.openstack(
                'list', '--wait', '-f', 'value', '-c', 'ID'))

    def test_wait_until_the_timeout(self):
        """A script learns that nothing came, although the service hangs."""
        now = self.useFixture(fixtures.MockPatch(
            'time.monotonic', return_value=0.0)).mock
        self.useFixture(fixtures.MonkeyPatch('time.sleep', lambda seconds: (
            setattr(now, 'return_value', now.return_value + seconds))))
        service = self.serve(lambda *_request: (200, {'messages': []}))

        self.assertIn('No new message within 7 seconds.\n', self.openstack(
            'list', '--wait', '--timeout', '7', status=1))
        self.assertEqual(4, len(service.asked))

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
                (('--since', 'now'), 1, "--since: invalid time 'now': use"),
                (('--resource', ' '), 2, 'argument --resource: must '
                 'not be empty'),
                (('--limit', 'x'), 2, "must be 0 or greater, not 'x'"),
                (('--interval', '0'), 2, 'must be at least 1 second'),
                (('--interval', '2'), 1,
                 '--interval requires --follow or --wait.\n'),
                (('--timeout', '2'), 1, '--timeout requires --wait.\n'),
                (('--wait', '--max-items', '1'), 1,
                 '--max-items cannot be used with --wait.'),
                ((IDS[0], '--resource', 'x'), 1, 'Specify the resource once'),
                (('--follow', '--before', '1h'), 1,
                 '--before cannot be used with --follow.')):
            with self.subTest(arguments=arguments):
                self.serve(three)

                self.assertIn(said, self.openstack(
                    'list', *arguments, status=status))

    def test_time_on_an_older_service(self):
        """The user reads why it cannot be had."""
        for version in ('user-messages 1.0', 'volume 3.71', None):
            service = self.serve(three, version=version)

            self.assertIn(
                '--since and --before require user-messages 1.1 or later; '
                'the request uses ', self.openstack(
                    'list', '--since', '1h', status=1))
            self.assertEqual([], service.asked)

    def test_narrow_terminal(self):
        """Each message is a table of its own, which fits."""
        self.serve(three)
        self.useFixture(fixtures.MockPatch(
            'usermessagesclient.commands.cliff_utils.terminal_width',
            return_value=40))

        printed = self.openstack('list', '-c', 'ID', '-c', 'Created At',
                                 '--fit-width')

        self.assertEqual(3, printed.count('| Field'))
        self.assertEqual(3, printed.count('Created At'))

    def test_format_of_times(self):
        """The formats for programs have the complete time."""
        self.serve(three)
        self.useFixture(fixtures.MonkeyPatch(
            'usermessagesclient.times.relative', lambda _time: '5 min ago'))
        arguments = ('list', '--max-items', '1', '-c', 'Created At')

        for values, expected in (
                (('--time', 'relative'), '| 5 min ago  |'),
                (('--time', 'iso'), '| 2026-01-01T00:03:00+00:00 |'),
                (('--time', 'relative', '-f', 'value'),
                 '2026-01-01T00:03:00.000000+00:00\n')):
            with self.subTest(values=values):
                self.assertIn(expected, self.openstack(*arguments, *values))
        self.assertEqual(
            self.openstack(*arguments, '--local-time', '-f', 'value'),
            self.openstack(*arguments, '--time', 'local', '-f', 'value'))

    def test_terminal(self):
        """The list on a terminal fits its width, and has complete IDs."""
        self.serve(lambda *_request: (200, {'messages': [base.stored(
            1, resource_type='VOLUME', resource_uuid='\x1b[2J')]}))
        self.useFixture(fixtures.MockPatch(
            'usermessagesclient.commands.cliff_utils.terminal_width',
            return_value=50))
        self.useFixture(fixtures.MonkeyPatch(
            'usermessagesclient.commands.sys', mock.Mock()))
        self.useFixture(fixtures.MonkeyPatch(
            'usermessagesclient.times.relative', lambda _time: '5 min ago'))

        for arguments, expected in (
                ((), '5 min ago'),
                (('--time', 'iso'), '2026-01-01T00:01:00+00:00')):
            with self.subTest(arguments=arguments):
                self.assertEqual(
                    f'{expected}  ERROR  volume \\x1b[2J\n'
                    '  No storage could be allocated for this volume\n'
                    '  request.\n'
                    f'  ID: {base.stored(1)["id"]}\n',
                    self.openstack('list', *arguments))
        self.assertIn('\x1b[31mERROR\x1b[0m', self.openstack(
            'list', TERM='xterm'))

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
                ('table', f'{ident}  2026-01-01T00:01:00+00:00  -\n'),
                ('value', f'{ident} 2026-01-01T00:01:00.000000+00:00 None\n'),
                ('csv', '"ID","Created At","Resource Type"\n'
                 f'"{ident}","2026-01-01T00:01:00.000000+00:00","None"\n'),
                ('json', f'{{"ID": "{ident}", "Created At": '
                 '"2026-01-01T00:01:00.000000+00:00", '
                 '"Resource Type": null}\n'),
                ('yaml', "- Created At: '2026-01-01T00:01:00.000000+00:00'\n"
                 f'  ID: {ident}\n  Resource Type: null\n')):
            with self.subTest(format=format_):
                self.assertEqual(
                    f'{expected}Waiting for new messages; press Ctrl-C to '
                    'exit.\n', self.openstack(
                        *arguments, '-f', format_, status=130))


class SortColumnTest(base.CommandTestCase):

    def test_cells_without_a_value(self):
        """Messages without a value can be sorted, and are all in the table."""
        self.serve(lambda *_request: (200, {'messages': [
            base.stored(1, resource_uuid='b'), base.stored(2),
            base.stored(3, resource_uuid='a'),
            base.stored(4, resource_uuid=None)]}))

        for arguments, expected in (
                ((), '3124'), (('--sort-descending',), '2413'),
                (('--sort-column', 'Created At'), '3124'),
                (('--long',), '3124'),
                (('--sort-column', 'Hint', '--long'), '3124')):
            with self.subTest(arguments=arguments):
                printed = self.openstack(
                    'list', '-f', 'value', '-c', 'ID', '-c', 'Resource UUID',
                    '--sort-column', 'Resource UUID', *arguments)

                self.assertEqual(expected, ''.join(
                    line.split()[0][-1] for line in printed.splitlines()))

    def test_every_column(self):
        """Users can choose every column in every format."""
        self.serve(lambda *_request: (200, {'messages': [
            {}, base.stored(1, hint='x'), {'id': 5}]}))
        for name, _key in rows.LONG:
            for format_ in ('table', 'json', 'value'):
                with self.subTest(column=name, format=format_):
                    printed = self.openstack(
                        'list', '--long', '-f', format_, '--sort-column', name)

                    self.assertIn(IDS[2], printed)
                    self.assertNotIn('sort', printed)


class OddServiceTest(base.CommandTestCase):
    """One malformed message does not hide the others."""

    ODD = (None, '', 'soon', 'infinity', '0000-00-00 00:00:00', 7, 1e308,
           True, [], {}, ['a'], {'rel': 'help'}, [{'rel': 'help'}], [[]],
           '0001-01-01T00:00:00', '9999-12-31T23:59:59+00:00')

    def assertListed(self, odd, *arguments):
        """Check that a list has the messages around a malformed one; return
        it.
        """
        self.serve(lambda *_request: (200, {
            'messages': [base.stored(2), *odd, base.stored(1)]}))

        printed = self.openstack('list', '--long', *arguments)

        self.assertIn(IDS[1], printed)
        self.assertIn(IDS[2], printed)
        return printed

    def test_any_field_with_anything(self):
        """Users read a value of any type as sent by the service."""
        for name in (*base.stored(1), 'hint', 'resource_type'):
            with self.subTest(name=name):
                odd = [base.stored(3, **{name: value}) for value in self.ODD]

                for arguments in ('-f', 'value'), ('--local-time',):
                    self.assertListed(odd, *arguments)

    def test_field_that_is_missing(self):
        """Users read an empty cell for a missing field."""
        self.assertListed([
            {key: value for key, value in base.stored(3).items()
             if key != name} for name in base.stored(1)])

    def test_what_is_no_message(self):
        """Users read a value that is not a message as a text."""
        self.assertListed(self.ODD)

    def test_show(self):
        """Users can show a message with values of any type."""
        for value in self.ODD:
            with self.subTest(value=value):
                self.serve(lambda *_request, value=value: (200, {
                    'message': dict.fromkeys(base.stored(1), value)}))

                self.openstack('show', IDS[0])

    def test_invalid_time(self):
        """Users read an unknown time as sent by the service."""
        printed = self.assertListed(
            [base.stored(3, created_at='soon')], '-f', 'json')

        self.assertEqual('soon', json.loads(printed)[1]['Created At'])

    def test_links_to_the_next_page(self):
        """Users read the list up to a link that is malformed."""
        for links in (None, {}, 'x', [None], [[]], ['next'], [{'rel': 1}]):
            with self.subTest(links=links):
                service = self.serve(lambda *_request, links=links: (200, {
                    'messages': [base.stored(1)], 'messages_links': links}))

                self.assertIn(IDS[2], self.openstack('list', '-f', 'value'))
                self.assertEqual(1, len(service.asked))

    def test_follow(self):
        """Users read each message once, and the command continues."""
        sleep = mock.Mock()
        self.useFixture(fixtures.MonkeyPatch('time.sleep', sleep))
        odd = [*self.ODD, *(base.stored(3 + number, created_at=value)
                            for number, value in enumerate(self.ODD)),
               *(base.stored(40, id=value) for value in self.ODD)]
        for since in ('--since', '2026-01-01'), ():
            with self.subTest(since=since):
                sleep.side_effect = [None, None, KeyboardInterrupt]
                sleep.reset_mock()
                self.serve(lambda *_request: (200, {'messages': [
                    *(odd if sleep.call_count else ()), base.stored(1)]}))

                printed = self.openstack(
                    'list', '--follow', '-f', 'value', '-c', 'ID', *since,
                    status=130).splitlines()

                for number in range(len(self.ODD)):
                    self.assertEqual(1, printed.count(
                        base.stored(3 + number)['id']), printed)
                self.assertEqual(len(since) // 2, printed.count(IDS[2]))


class HostileServiceTest(base.CommandTestCase):
    """Values of a service never control the terminal."""

    HOSTILE = '\x1b[2J\x9b\nERROR\r\u202e'
    ESCAPED = '\\x1b[2J\\x9b\\nERROR\\r\\u202e'

    def setUp(self):
        super().setUp()
        self.message = base.stored(1, **dict.fromkeys(
            ('id', 'event_id', 'message_level', 'request_id', 'user_message',
             'resource_type', 'resource_uuid', 'project_id', 'user_action',
             'hint'), self.HOSTILE),
            links=[{'rel': 'help', 'href': self.HOSTILE}])
        self.serve(lambda _method, path, _query: (
            200, {'messages': [self.message]} if path.endswith('messages')
            else {'message': self.message}))

    def assertHarmless(self, number, printed):
        # csv writes each backslash twice.
        printed = printed.replace('\\\\', '\\')
        self.assertEqual(number, printed.count(self.ESCAPED), printed)
        self.assertNotRegex(printed, '[^\n\x20-\x7e]')

    def test_list(self):
        """The values are escaped in each format without its own escapes."""
        for format_ in ('table', 'value', 'csv'):
            with self.subTest(format=format_):
                self.assertHarmless(11, self.openstack(
                    'list', '--long', '-f', format_))
        self.assertHarmless(11, self.openstack(
            'list', '--long', '--max-width', '9999'))

    def test_show(self):
        """The same message alone."""
        for format_ in ('table', 'value', 'shell'):
            with self.subTest(format=format_):
                self.assertHarmless(11, self.openstack(
                    'show', IDS[0], '-f', format_))

    def test_follow(self):
        """Lines are printed immediately, so they must be harmless."""
        self.useFixture(fixtures.MonkeyPatch(
            'time.sleep', mock.Mock(side_effect=KeyboardInterrupt)))
        for format_ in ('table', 'value', 'csv'):
            with self.subTest(format=format_):
                self.assertHarmless(5, self.openstack(
                    'list', '--follow', '--since', '2026-01-01', '-f',
                    format_, status=130))

    def test_formats_for_programs(self):
        """Programs read all characters, escaped by the format."""
        for format_, load in (('json', json.loads), ('yaml', yaml.safe_load)):
            with self.subTest(format=format_):
                printed = self.openstack('list', '-f', format_)

                self.assertNotRegex(printed, '[^\n\x20-\x7e]')
                self.assertEqual(self.HOSTILE, load(printed)[0]['ID'])

    def test_errors(self):
        """An error is read as well."""
        for status, body in (
                (403, {'forbidden': {'message': self.HOSTILE}}),
                (500, {'error': {'message': self.HOSTILE, 'x': 1}})):
            with self.subTest(status=status):
                self.serve(lambda *_request, status=status, body=body:
                           (status, body))

                self.assertHarmless(0, self.openstack('list', status=1))
                self.assertHarmless(0, self.openstack(
                    'delete', IDS[0], status=1))
        self.serve(lambda *_request: (200, {'messages': []}),
                   version='\x1b[2J 1.0')

        self.assertHarmless(0, self.openstack('list', '--since', '1h',
                                              status=1))

    def test_deletion_of_what_is_listed(self):
        """A service may return a value that is not an ID."""
        printed = self.openstack('delete', '--level', 'error', '--yes',
                                 status=1)

        self.assertHarmless(2, printed)

    def test_errors_of_the_connection(self):
        """Errors of the connection may quote values of the service."""
        def answer(*_request):
            raise ksa_exceptions.ConnectFailure('No \x1b[2J')

        self.serve(answer)

        self.assertEqual('No \\x1b[2J\n', self.openstack('list', status=1))


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
        """A malformed ID does not become another path."""
        service = self.serve(three)

        for message in ('', '..', 'a/b', 'a?b', '%2e'):
            self.assertEqual(f'{message!r} is not a message ID.\n',
                             self.openstack('show', message, status=1))
        self.assertEqual([], [path for _method, path, _query
                              in service.asked])
