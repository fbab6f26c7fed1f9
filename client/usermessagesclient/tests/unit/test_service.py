# SPDX-License-Identifier: Apache-2.0

import json

from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient.tests import base
from usermessagesclient.tests.unit import base as client_base

EMPTY = (200, {'messages': []})


class VersionTest(client_base.CommandTestCase):

    def asked_with(self, answered, *options):
        """Return the version of a request to a service with these versions."""
        found = self.serve(lambda *_request: EMPTY, version=answered)
        self.openstack('list', options=options)
        first, second = [headers.get('OpenStack-API-Version')
                         for headers in found.headers]
        self.assertEqual('user-messages latest, volume latest', first)
        return second

    def test_newest_that_both_know(self):
        """Users of an old client can use a newer service."""
        for answered, expected in (
                ('user-messages 1.0', 'user-messages 1.0'),
                (base.LATEST, base.LATEST),
                ('user-messages 1.999', base.LATEST),
                ('volume 3.5', 'volume 3.5'),
                ('volume 3.71', 'volume 3.34'),
                ('compute 2.100', 'compute 2.100'),
                (None, None), ('nonsense', None)):
            with self.subTest(answered=answered):
                self.assertEqual(expected, self.asked_with(answered))

    def test_version_of_the_user(self):
        """A script stays with the one it was written for."""
        self.assertEqual('user-messages 1.1', self.asked_with(
            base.LATEST, '--os-user-messages-api-version', '1.1'))

    def test_version_of_cinder(self):
        """A user may want what their other client sees."""
        for asked, expected in (('3', '3.34'), ('3.71', '3.71')):
            found = self.serve(lambda *_request: EMPTY, version='volume 3.71')

            self.openstack('list', options=(
                '--os-user-messages-api-version', asked))

            self.assertEqual(
                ['volume latest', f'volume {expected}'],
                [headers['OpenStack-API-Version']
                 for headers in found.headers])

    def test_version_that_is_not_there(self):
        """The user reads what there is instead."""
        for answered, newest in ((base.LATEST, base.LATEST),
                                 ('volume 3.71', 'volume 3.71'),
                                 (None, 'unknown')):
            found = self.serve(lambda *_request: EMPTY, version=answered)

            self.assertEqual(
                'The service does not support version 1.999; the latest '
                f'version is {newest}.  Specify another version with '
                '--os-user-messages-api-version, or omit the option.\n',
                self.openstack('list', status=1, options=(
                    '--os-user-messages-api-version', '1.999')))
            self.assertEqual([], found.asked)


class ErrorTest(client_base.CommandTestCase):

    def test_words_of_the_service(self):
        """Users read the error of the service under any key."""
        for status, body, said in (
                (403, {'forbidden': {'code': 403, 'message': 'Not\n you.'}},
                 'Not you. (HTTP 403)\n'),
                (400, {'error': {'message': 'Why?'}}, 'Why? (HTTP 400)\n'),
                (409, {'a': 1, 'b': 2},
                 'Unrecognized schema in response body. (HTTP 409)\n'),
                (500, b'<html>', 'Internal Server Error (HTTP 500)\n')):
            with self.subTest(status=status):
                self.serve(lambda *_request, status=status, body=body:
                           (status, body))

                self.assertEqual(said, self.openstack('list', status=1))

    def test_response_that_is_not_json(self):
        """Users read an error if a portal returns 200 with HTML."""
        for body in (b'<html>', [], {}, {'messages': None}):
            with self.subTest(body=body):
                self.serve(lambda *_request, body=body: (200, body))

                self.assertEqual(
                    'The server at http://messages.example.org/v3/messages '
                    'does not serve user messages.  Check '
                    '--os-user-messages-service-type and '
                    '--os-user-messages-endpoint-override.\n',
                    self.openstack('list', status=1))


class MessagesTest(client_base.CommandTestCase):

    def test_address_that_only_the_service_knows(self):
        """The link to the next page may lead nowhere from here."""
        pages = {None: [3, 2], client_base.stored(2)['id']: [1]}

        def answer(_method, _path, query):
            numbers = pages[query.get('marker')]
            return 200, {
                'messages': [client_base.stored(n) for n in numbers],
                **({'messages_links': [{'rel': 'next', 'href':
                                        'http://inside/v3/messages'}]}
                   if len(numbers) == 2 else {})}

        self.serve(answer)

        self.assertEqual(
            [client_base.stored(n)['id'] for n in (3, 2, 1)],
            self.openstack('list', '-f', 'value', '-c', 'ID').split())

    def test_page_that_repeats(self):
        """A broken service does not block the user indefinitely."""
        self.serve(lambda *_request: (200, {
            'messages': [client_base.stored(1)],
            'messages_links': [{'rel': 'next', 'href': 'http://again'}]}))

        self.assertEqual(2, len(self.openstack(
            'list', '-f', 'value', '-c', 'ID').split()))


class EncodingTest(client_base.CommandTestCase):
    """A terminal that has not all letters of a text shows that in English."""

    JAPANESE = '\u3053\u306e\u30dc\u30ea\u30e5\u30fc\u30e0'

    def setUp(self):
        super().setUp()
        self.service = self.serve(self.answer)

    def answer(self, method, path, _query):
        message = client_base.stored(
            1, resource_type='\xfc', user_message=(
                self.JAPANESE if self.service.headers[-1].get(
                    'Accept-Language') else client_base.TEXT))
        return 200, {'messages': [message]} if path.endswith('messages') else {
            'message': message}

    def test_encodings(self):
        """Formats for people escape; formats for programs have all letters."""
        for encoding, format_, text, letter in (
                ('ascii', 'value', client_base.TEXT, '\\xfc'),
                ('latin-1', 'value', client_base.TEXT, '\xfc'),
                ('latin-1', 'csv', client_base.TEXT, '\xfc'),
                ('latin-1', 'table', client_base.TEXT, '\xfc'),
                ('utf-8', 'value', self.JAPANESE, '\xfc'),
                ('ascii', 'json', json.dumps(self.JAPANESE), '\\u00fc')):
            for command in (['list'], ['show', 'x']):
                if command == ['show', 'x'] and format_ == 'csv':
                    continue
                with self.subTest(encoding=encoding, format=format_,
                                  command=command):
                    printed = self.openstack(
                        *command, '-f', format_, LANG='ja_JP.UTF-8',
                        encoding=encoding)

                    self.assertIn(text, printed)
                    self.assertIn(letter, printed)

    def test_foreign_letters_in_english(self):
        """Users read escapes in a terminal without these letters."""
        printed = self.openstack('list', '-f', 'value', encoding='ascii')

        self.assertIn('\\xfc', printed)
        self.assertEqual(1, len(self.service.asked))


class HasPagesTest(client_base.CommandTestCase):

    def test_what_would_be_overlooked(self):
        """A filter that the service ignores would show too much."""
        self.serve(lambda *_request: EMPTY, version='volume 3.3')

        for arguments in (('--resource', 'x'), ('--limit', '1'),
                          ('--sort', 'id')):
            self.assertEqual(
                'Filters, --limit and --sort require volume 3.5 or later; '
                'the request uses volume 3.3.\n',
                self.openstack('list', *arguments, status=1))
        self.assertEqual('No user messages found.\n',
                         self.openstack('list', '--marker', 'x'))


class OfRequestTest(client_base.CommandTestCase):
    """The messages of a request ID, of this service or of another."""

    def serve_both(self, **values):
        def answer(_method, _path, query):
            if query.get('request_id'):
                return 200, {'messages': [client_base.stored(n)
                                          for n in (4, 2)]}
            return self.other(query)

        return self.serve(answer, **values)

    def other(self, query):
        if query.get('global_request_id'):
            return 200, {'messages': [client_base.stored(n)
                                      for n in (3, 2, 1)]}
        return EMPTY

    def listed(self, *arguments):
        return [line[-1] for line in self.openstack(
            'list', '--request-id', 'req-1', '-f', 'value', '-c', 'ID',
            *arguments).splitlines()]

    def test_both_kinds_in_order(self):
        """A user who holds the ID of Nova finds the message of Cinder."""
        service = self.serve_both()

        self.assertEqual(['4', '3', '2', '1'], self.listed())
        self.assertEqual(
            [{'request_id': 'req-1'}, {'global_request_id': 'req-1'}],
            [query for _method, _path, query in service.asked])
        self.assertEqual(['1', '2', '3', '4'],
                         self.listed('--sort', 'created_at:asc'))
        self.assertEqual(['4', '3'], self.listed('--max-items', '2'))
        self.assertEqual(['4', '3', '2', '1'], self.listed(
            '--sort', 'expires_at,event_id:asc,id'))

    def test_service_without_global_request_ids(self):
        """An older service knows the ID of its own request only."""
        for version in ('user-messages 1.2', 'volume 3.71'):
            self.serve_both(version=version)

            self.assertEqual(['4', '2'], self.listed())

    def test_filter_that_the_operator_has_turned_off(self):
        """The user learns that the list is not complete."""
        self.other = lambda _query: (400, {'badRequest': {
            'code': 400, 'message': 'no filter'}})
        self.serve_both()

        output = self.openstack('list', '--request-id', 'req-1', '-f',
                                'value', '-c', 'Created At')

        self.assertEqual(
            '2026-01-01T00:04:00.000000+00:00\n'
            '2026-01-01T00:02:00.000000+00:00\n'
            'The list lacks messages of other services with this request ID: '
            'no filter (HTTP 400)\n', output)


class RequestTest(client_base.CommandTestCase):

    def test_no_connection(self):
        """Users read the error of keystoneauth1 in one line."""
        def answer(*_request):
            raise ksa_exceptions.ConnectFailure('Nobody is there')

        self.serve(answer)

        self.assertEqual('Nobody is there\n',
                         self.openstack('list', status=1))

    def test_language(self):
        """Users read texts in their language."""
        found = self.serve(lambda *_request: EMPTY)

        self.openstack('list', LANG='de_DE.UTF-8')

        self.assertEqual(['de-DE', 'de-DE'], [
            headers['Accept-Language'] for headers in found.headers])
