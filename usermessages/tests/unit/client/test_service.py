# SPDX-License-Identifier: Apache-2.0

import fixtures
from keystoneauth1 import exceptions as ksa_exceptions

from usermessages.client import service
from usermessages.tests import base
from usermessages.tests.unit.client import base as client_base

EMPTY = (200, {'messages': []})


class VersionTest(client_base.CommandTestCase):

    def asked_with(self, answered, *options):
        """Return the version of a request, by what the service has."""
        found = self.serve(lambda *_request: EMPTY, version=answered)
        self.openstack('list', options=options)
        first, second = [headers.get('OpenStack-API-Version')
                         for headers in found.headers]
        self.assertEqual('user-messages latest, volume latest', first)
        return second

    def test_newest_that_both_know(self):
        """A service of tomorrow is asked as one of today."""
        for answered, expected in (
                ('user-messages 1.0', 'user-messages 1.0'),
                ('user-messages 1.2', 'user-messages 1.2'),
                ('user-messages 1.12', 'user-messages 1.2'),
                ('volume 3.5', 'volume 3.5'),
                ('volume 3.71', 'volume 3.34'),
                ('compute 2.100', 'compute 2.100'),
                (None, None), ('nonsense', None)):
            with self.subTest(answered=answered):
                self.assertEqual(expected, self.asked_with(answered))

    def test_version_of_the_user(self):
        """A script stays with the one it was written for."""
        self.assertEqual('user-messages 1.1', self.asked_with(
            'user-messages 1.2', '--os-user-messages-api-version', '1.1'))

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
        for answered, newest in (('user-messages 1.2', 'user-messages 1.2'),
                                 ('volume 3.71', 'volume 3.71'),
                                 (None, 'without a number')):
            found = self.serve(lambda *_request: EMPTY, version=answered)

            self.assertEqual(
                f'The service has no version 1.3; the newest is {newest}.  '
                'Choose another with --os-user-messages-api-version, or leave '
                'it out.\n', self.openstack('list', status=1, options=(
                    '--os-user-messages-api-version', '1.3')))
            self.assertEqual([], found.asked)


class ErrorTest(client_base.CommandTestCase):

    def test_words_of_the_service(self):
        """Whatever key they stand under."""
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

    def test_answer_that_is_none(self):
        """A portal that wants a password says 200 to everything."""
        for body in (b'<html>', [], {}, {'messages': None}):
            with self.subTest(body=body):
                self.serve(lambda *_request, body=body: (200, body))

                self.assertEqual(
                    'What answers at http://messages.example.org/v3/messages '
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
        """A service that is wrong does not keep the user for ever."""
        self.serve(lambda *_request: (200, {
            'messages': [client_base.stored(1)],
            'messages_links': [{'rel': 'next', 'href': 'http://again'}]}))

        self.assertEqual(2, len(self.openstack(
            'list', '-f', 'value', '-c', 'ID').split()))


class LocaleLanguageTest(base.TestCase):

    def test_locales(self):
        """A reader of another language is told apart from a machine."""
        for values, expected in (
                ({'LANG': 'de_DE.UTF-8'}, 'de-DE'),
                ({'LANG': 'C.UTF-8'}, None), ({'LANG': 'POSIX'}, None),
                ({'LANG': 'en_US'}, 'en-US'), ({'LANG': 'ja'}, 'ja'),
                ({'LANG': 'sr_RS@latin'}, 'sr-RS'), ({}, None),
                ({'LANG': 'de_DE', 'LC_MESSAGES': 'zh_CN.GB2312'}, 'zh-CN'),
                ({'LC_ALL': 'C', 'LC_MESSAGES': 'zh_CN'}, None),
                ({'LC_ALL': '', 'LANG': 'de_DE'}, 'de-DE'),
                ({'LANG': 'de_DE\r\nX: y'}, None)):
            with self.subTest(values=values):
                for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'):
                    self.useFixture(fixtures.EnvironmentVariable(
                        name, values.get(name)))

                self.assertEqual(expected, service.locale_language())


class HasPagesTest(client_base.CommandTestCase):

    def test_what_would_be_overlooked(self):
        """A filter that the service ignores would show too much."""
        self.serve(lambda *_request: EMPTY, version='volume 3.3')

        for arguments in (('--resource', 'x'), ('--limit', '1'),
                          ('--sort', 'id')):
            self.assertEqual(
                'Filters, --limit and --sort need volume 3.5 or newer; the '
                'service is asked with volume 3.3.\n',
                self.openstack('list', *arguments, status=1))
        self.assertEqual('\n', self.openstack('list', '--marker', 'x'))


class RequestTest(client_base.CommandTestCase):

    def test_no_connection(self):
        """What keystoneauth1 says is one line already."""
        def answer(*_request):
            raise ksa_exceptions.ConnectFailure('Nobody is there')

        self.serve(answer)

        self.assertEqual('Nobody is there\n',
                         self.openstack('list', status=1))

    def test_language(self):
        """Texts come in the language of the reader."""
        found = self.serve(lambda *_request: EMPTY)

        self.openstack('list', LANG='de_DE.UTF-8')

        self.assertEqual(['de-DE', 'de-DE'], [
            headers['Accept-Language'] for headers in found.headers])
