# SPDX-License-Identifier: Apache-2.0

from usermessages import exception
from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

PATHS = (('/', 300), ('/v3', 200), ('/v3/', 200))
UPDATED = r'\A20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z'


def document(service, minimum, maximum, base_url, updated):
    """Return the document as the contract has it."""
    return {'versions': [{
        'id': 'v3.0',
        'status': 'CURRENT',
        'version': maximum,
        'min_version': minimum,
        'updated': updated,
        'links': [
            {'rel': 'describedby', 'type': 'text/html',
             'href': 'https://docs.openstack.org/api-ref/'},
            {'rel': 'self', 'href': f'{base_url}/v3/'}],
        'media-types': [{
            'base': 'application/json',
            'type': f'application/vnd.openstack.{service}+json;version=3'}],
    }]}


class VersionsTest(functional_base.APITestCase):

    def assertDocument(self, expected, response):
        """Check a document, but for when it was changed last."""
        updated = response.json['versions'][0]['updated']
        self.assertRegex(updated, UPDATED)
        self.assertEqual(document(*expected, updated), response.json)

    def test_document_of_this_service(self):
        """Clients discover versions without a token."""
        for path, status in PATHS:
            with self.subTest(path=path):
                response = self.request(path, None)

                self.assertEqual(status, response.status_int)
                self.assertEqual('application/json', response.content_type)
                self.assertDocument(
                    ('user-messages', '1.0', base.MAXIMUM_TEXT,
                     'http://localhost'),
                    response)

    def test_document_of_a_service(self):
        """The clients of Cinder find what they know."""
        self.serve(api__compat_service_type='volume')
        for path, status in PATHS:
            with self.subTest(path=path):
                response = self.request(path, None)

                self.assertEqual(status, response.status_int)
                self.assertDocument(
                    ('volume', '3.3', '3.71', 'http://localhost'), response)

    def test_document_has_the_maximum_of_the_service(self):
        """Clients of an older Cinder see fewer versions."""
        self.serve(api__compat_service_type='volume',
                   api__compat_max_microversion='3.60')

        self.assertDocument(('volume', '3.3', '3.60', 'http://localhost'),
                            self.request('/v3', None))

    def test_any_token_and_any_version_will_do(self):
        """A client that knows no version yet may send a wrong one."""
        for headers in ({'X-Auth-Token': 'unknown'},
                        {'OpenStack-API-Version': 'volume 9.99'},
                        {'OpenStack-API-Version': 'nonsense'},
                        {'OpenStack-API-Version': ''},
                        {'Accept': 'text/html'}):
            for path, status in PATHS:
                with self.subTest(path=path, headers=headers):
                    response = self.request(path, None, headers=headers)

                    self.assertEqual(status, response.status_int)
                    self.assertEqual(['versions'], list(response.json))

    def test_head(self):
        """The headers can be had alone."""
        for path, status in PATHS:
            with self.subTest(path=path):
                response = self.request(path, None, method='HEAD')

                self.assertEqual(status, response.status_int)
                self.assertEqual(b'', response.body)
                self.assertEqual(
                    self.request(path, None).content_length,
                    response.content_length)

    def test_other_methods(self):
        """A document can only be read."""
        for path, _status in PATHS:
            for method in ('POST', 'DELETE', 'PUT', 'OPTIONS'):
                with self.subTest(path=path, method=method):
                    response = self.request(path, None, method=method)

                    self.assertFault(405, 'badMethod', response)
                    self.assertEqual('GET, HEAD', response.headers['Allow'])

    def test_link_has_the_public_endpoint(self):
        """Clients continue with the URL that the operator sets."""
        self.serve(api__public_endpoint='https://messages.example.org/um/')
        for path, _status in PATHS:
            with self.subTest(path=path):
                self.assertDocument(
                    ('user-messages', '1.0', base.MAXIMUM_TEXT,
                     'https://messages.example.org/um'),
                    self.request(path, None, base_url='http://10.0.0.1/x'))

    def test_link_has_the_prefix_of_the_mount(self):
        """Links work if the service is mounted below a prefix."""
        for path, status in (*PATHS, ('', 300)):
            with self.subTest(path=path):
                response = self.request(path, None,
                                        base_url='https://c.example:81/um')

                self.assertEqual(status, response.status_int)
                self.assertDocument(
                    ('user-messages', '1.0', base.MAXIMUM_TEXT,
                     'https://c.example:81/um'),
                    response)

    def test_query_is_ignored(self):
        """Clients receive the same document with a cache buster."""
        self.assertEqual(
            200, self.request('/v3?x=%ff', None).status_int)

    def test_maximum_below_the_minimum_is_refused_at_the_start(self):
        """Operators read about a wrong maximum at the start."""
        error = self.assertRaises(
            exception.ConfigurationError, self.serve,
            api__compat_service_type='volume',
            api__compat_max_microversion='3.2')

        self.assertEqual('[api]compat_max_microversion is 3.2, below the '
                         'minimum of 3.3.', str(error))
