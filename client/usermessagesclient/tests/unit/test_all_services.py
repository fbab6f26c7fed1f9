# SPDX-License-Identifier: Apache-2.0

import json

import fixtures

from usermessagesclient.tests.unit import base
from usermessagesclient.tests.unit import fake_cloud


def serve_pages(service, *numbers):
    """Return a function that serves two messages in each page."""
    messages = [base.stored(
        number, resource_uuid=service, project_id=fake_cloud.PROJECT)
        for number in numbers]

    def answer(_path, query):
        ids = [None, *(message['id'] for message in messages)]
        start = ids.index(query.get('marker'))
        return 200, {
            'messages': messages[start:start + 2],
            'messages_links': [{'rel': 'next', 'href': 'x'}] * (
                start + 2 < len(messages))}
    return answer


def compute(_path, _query):
    return 200, {'servers': [
        {'id': str(minute), 'tenant_id': project_id, 'fault': {
            'created': f'2026-01-01T00:{minute:02}:00Z',
            'message': 'No valid node.'}}
        for minute, project_id in ((1, fake_cloud.PROJECT),
                                   (4, fake_cloud.PROJECT),
                                   (9, fake_cloud.OTHER))] + [{}, None]}


class ListTest(fake_cloud.CloudTestCase):
    """``openstack user message list --all-services``"""

    def list(self, *arguments, **values):
        """Return the service and the minute of each row, and the errors."""
        output, errors = self.openstack(
            'list', '--all-services', '-f', 'json', *arguments, **values)
        return [(row['Service'], int(row['Created At'][14:16]))
                for row in json.loads(output or '[]')], errors

    def test_order(self):
        """Users read the messages of all services, the newest first."""
        self.serve(user_messages=serve_pages('a', 7, 5, 0),
                   volumev3=serve_pages('b', 6, 3, 2), compute=compute,
                   image=fake_cloud.no_messages)

        self.assertEqual((
            [('user-messages', 7), ('block-storage', 6),
             ('user-messages', 5), ('compute', 4), ('block-storage', 3),
             ('block-storage', 2), ('compute', 1), ('user-messages', 0)], ''),
            self.list())

    def test_columns(self):
        """The column of the service follows the time."""
        self.serve(user_messages=serve_pages('a', 1))

        output, _errors = self.openstack('list', '--all-services', '--long',
                                         '-f', 'json')

        [row] = json.loads(output)
        self.assertEqual(['ID', 'Created At', 'Service'], [*row][:3])
        self.assertEqual('catalog', row['Source'])

    def test_pages_are_loaded_when_needed(self):
        """The first rows need only the first page of each service."""
        cloud = self.serve(user_messages=serve_pages('a', 7, 5, 3, 1),
                           volumev3=serve_pages('b', 6, 4, 2, 0))

        rows, _errors = self.list('--max-items', '2')

        self.assertEqual([('user-messages', 7), ('block-storage', 6)], rows)
        self.assertEqual([], [query for _path, query in cloud.asked
                              if 'marker' in query])

    def test_filters(self):
        """A filter applies to services that cannot filter, too."""
        self.serve(user_messages=serve_pages('a', 7, 5, 3, 1),
                   volumev3=serve_pages('b', 6, 4, 2, 0), compute=compute)

        for arguments, expected in (
                (('--resource', 'b'), [6, 4, 2, 0]),
                (('--resource-type', 'server'), [4, 1]),
                (('--level', 'info'), []),
                (('--request-id', 'req-1'), []),
                (('--event', '000002', '--max-items', '1'), [7]),
                (('--since', '2026-01-01 00:04', '--before',
                  '2026-01-01 00:06'), [6, 5, 4, 4])):
            with self.subTest(arguments=arguments):
                self.assertEqual(expected, [
                    minute for _service, minute in self.list(*arguments)[0]])

    def test_service_that_fails(self):
        """Users read the other messages, and which messages are missing."""
        self.serve(user_messages=serve_pages('a', 1),
                   compute=lambda *_request: (503, {}),
                   volumev3=lambda *_request: (200, b'<html>'))

        rows, errors = self.list()

        self.assertEqual([('user-messages', 1)], rows)
        self.assertRegex(errors, r'^block-storage: .*\ncompute: .*503.*\n$')

    def test_no_service(self):
        """Users read why there is no list."""
        self.serve(image=fake_cloud.no_messages)

        self.assertEqual(([], 'The catalog has no service with a list of '
                          'messages.\n'), self.list(status=1))

    def test_options_of_one_service(self):
        """An option that some services ignore would make a wrong list."""
        self.serve(user_messages=serve_pages('a', 1))

        for arguments in (('--sort', 'id'), ('--limit', '0'), (
                '--marker', 'x'), ('--project', 'x'), ('--all-projects',)):
            self.assertEqual(
                f'{arguments[0]} cannot be used with --all-services.\n',
                self.list(*arguments, status=1)[1])

    def test_follow(self):
        """Users watch all services, and read one line about an outage."""
        pages = iter(([2, 1], [2, 1], [3, 2, 1], [3, 2, 1]))
        self.useFixture(fixtures.MonkeyPatch('time.sleep', lambda _time: None))

        def messages(_path, _query):
            if (numbers := next(pages, None)) is None:
                raise KeyboardInterrupt
            return 200, {'messages': [base.stored(
                number, project_id=fake_cloud.PROJECT) for number in numbers]}

        self.serve(sharev2=messages, compute=lambda *_request: (503, {}))

        output, errors = self.openstack(
            'list', '--all-services', '--follow', '-f', 'value', '-c', 'ID',
            status=130)

        self.assertEqual(f'{base.stored(3)["id"]}\n', output)
        self.assertEqual(1, errors.count('compute: '), errors)
        self.assertIn('Waiting for new messages', errors)


class SummaryTest(fake_cloud.CloudTestCase):
    """``openstack user message summary --all-services``"""

    def summary(self, *arguments):
        output, _errors = self.openstack(
            'summary', '--all-services', '-f', 'json', *arguments)
        return [(row['Count'], row['Service'], row['Resources'],
                 row['First At'][14:16], row['Last At'][14:16])
                for row in json.loads(output)]

    def test_groups(self):
        """Users read which error is the most frequent, of all services."""
        self.serve(user_messages=serve_pages('a', 7, 5, 3), compute=compute)

        self.assertEqual(
            [('3', 'user-messages', '1', '03', '07'),
             ('2', 'compute', '2', '01', '04')],
            self.summary('--since', '2026-01-01'))
        # By default, the command counts the messages of a day.
        self.assertEqual([], self.summary())
        self.assertEqual([('1', 'user-messages', '1', '03', '03'),
                          ('1', 'compute', '1', '01', '01')],
                         self.summary('--before', '2026-01-01 00:03'))

    def test_more_messages_than_are_counted(self):
        """Users learn that the numbers are not of all messages."""
        self.useFixture(fixtures.MockPatch(
            'usermessagesclient.all_services.MAX_COUNTED', 2))
        self.serve(user_messages=serve_pages('a', 7, 5, 3))

        _output, errors = self.openstack(
            'summary', '--all-services', '--since', '2026-01-01')

        self.assertIn('More messages match than can be counted.', errors)
