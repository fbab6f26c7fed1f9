# SPDX-License-Identifier: Apache-2.0

from urllib import parse

from usermessages.tests import base
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND

MESSAGES = f'/v3/{base.PROJECT}/messages'
NO_UUID = 'no-uuid'


class ClientTestCase(functional_base.VolumeTestCase):
    """Replay the recorded requests of a client, with its own headers."""

    HEADERS = {'Accept': 'application/json'}
    VERSION = None

    def setUp(self):
        super().setUp()
        self.fix_clock()
        self.messages = [
            self.message(created_at=NOON - number * SECOND)
            for number in range(3)]
        self.newest = self.messages[0]['id']
        self.oldest = self.messages[2]['id']

    def send(self, method, path, *roles, **values):
        return self.request(path, *roles, method=method,
                            headers=dict(self.HEADERS), version=self.VERSION,
                            **values)

    def walk(self, path, *roles):
        """Follow the links to the end; return all messages."""
        found = []
        while path:
            response = self.send('GET', path, *roles)
            self.assertEqual(200, response.status_int, response.text)
            found += response.json['messages']
            [link] = response.json.get('messages_links', [{'href': None}])
            path = link['href']
        return [message['id'] for message in found]


class OpenStackClientTest(ClientTestCase):

    HEADERS = {'Accept': 'application/json',
               'User-Agent': 'openstacksdk/4.22.0 keystoneauth1/5.18.1'}

    def discover(self):
        """Return the URL of the version that the client goes on with."""
        response = self.send('GET', '/v3', None)
        self.assertEqual(200, response.status_int)
        [version] = response.json['versions']
        self.assertEqual('v3.0', version['id'])
        self.assertEqual('CURRENT', version['status'])
        return {link['rel']: link['href']
                for link in version['links']}['self']

    def test_list(self):
        """``openstack volume message list``"""
        self.assertEqual('http://localhost/v3/', self.discover())

        found = self.walk(f'{MESSAGES}?project_id={base.PROJECT}')

        self.assertEqual([m['id'] for m in self.messages], found)

    def test_list_in_pages(self):
        """``openstack volume message list --limit 2``"""
        found = self.walk(f'{MESSAGES}?limit=2&project_id={base.PROJECT}')

        self.assertEqual([m['id'] for m in self.messages], found)

    def test_list_behind_a_marker(self):
        """``openstack volume message list --marker ID``"""
        found = self.walk(f'{MESSAGES}?marker={self.newest}')

        self.assertEqual([m['id'] for m in self.messages[1:]], found)

    def test_show_and_delete(self):
        """``openstack volume message show|delete ID``"""
        path = f'{MESSAGES}/{self.newest}'

        self.assertEqual(self.newest,
                         self.send('GET', path).json['message']['id'])
        self.assertEqual(204, self.send('DELETE', path).status_int)
        self.assertEqual(404, self.send('GET', path).status_int)

    def test_with_a_version(self):
        """``openstack --os-volume-api-version 3.5 volume message list``"""
        self.VERSION = 'volume 3.5'

        self.assertEqual([m['id'] for m in self.messages],
                         self.walk(f'{MESSAGES}?limit=1'))


class SDKTest(ClientTestCase):

    def walk_as_the_sdk(self, query):
        """Ask for pages until one is empty, as the SDK does without links."""
        found, marker = [], ''
        while True:
            response = self.send('GET', f'{MESSAGES}?{query}{marker}')
            self.assertEqual(200, response.status_int, response.text)
            page = [m['id'] for m in response.json['messages']]
            if not page:
                return found
            self.assertEqual(set(), set(page) & set(found))
            found += page
            marker = f'&marker={page[-1]}'

    def test_parameters(self):
        """``conn.block_storage.messages(...)`` sends any of these."""
        query = (f'project_id={base.PROJECT}&sort=created_at:asc&limit=1'
                 '&offset=0')

        self.assertEqual([m['id'] for m in self.messages[::-1]],
                         self.walk(f'{MESSAGES}?{query}'))

    def test_bare_last_id(self):
        """Clients send one more request after the last page, without an error.
        """
        for version in (None, 'volume 3.3', 'volume 3.5', 'volume 3.71'):
            self.VERSION = version
            for query in ('', 'limit=1', 'limit=2', 'limit=3', 'limit=4'):
                with self.subTest(version=version, query=query):
                    self.assertEqual(
                        [m['id'] for m in self.messages],
                        self.walk_as_the_sdk(query))


class CinderClientTest(ClientTestCase):

    HEADERS = {'Accept': 'application/json',
               'User-Agent': 'python-cinderclient'}
    VERSION = 'volume 3.71'

    def test_discovery(self):
        """``cinder`` sends a token for the versions, and expects 300."""
        response = self.send('GET', '/')

        self.assertEqual(300, response.status_int)
        [version] = response.json['versions']
        self.assertEqual(('3.3', '3.71', 'CURRENT'), (
            version['min_version'], version['version'], version['status']))
        self.assertTrue(version['links'][1]['href'].endswith('/v3/'))

    def test_list(self):
        """``cinder message-list``"""
        self.assertEqual([m['id'] for m in self.messages],
                         self.walk(MESSAGES))

    def test_list_with_everything(self):
        """``cinder message-list --filters ... --sort ... --limit ...``"""
        query = parse.urlencode({
            'event_id': '000002', 'limit': 1, 'message_level': 'ERROR',
            'resource_type': 'VOLUME', 'resource_uuid': base.RESOURCE,
            'request_id': base.REQUEST, 'sort': 'created_at:asc'})

        self.assertEqual([m['id'] for m in self.messages[::-1]],
                         self.walk(f'{MESSAGES}?{query}'))

    def test_list_behind_a_marker(self):
        """``cinder message-list --marker ID --sort event_id``"""
        self.assertEqual(
            [m['id'] for m in self.messages[1:]],
            self.walk(f'{MESSAGES}?marker={self.newest}&sort=event_id'))

    def test_show_and_delete(self):
        """``cinder message-show|message-delete ID``"""
        path = f'{MESSAGES}/{self.newest}'

        response = self.send('GET', path)
        self.assertEqual('volume 3.71',
                         response.headers['OpenStack-API-Version'])
        self.assertEqual(self.newest, response.json['message']['id'])
        self.assertEqual(204, self.send('DELETE', path).status_int)

    def test_id_that_is_not_found(self):
        """The client then looks for the name in a list of all projects."""
        for role in ('member', 'admin'):
            for message_id in (NO_UUID, base.RESOURCE):
                with self.subTest(role=role, message_id=message_id):
                    show = self.send('GET', f'{MESSAGES}/{message_id}', role)
                    found = self.walk(f'{MESSAGES}?all_tenants=1', role)

                    self.assertFault(404, 'itemNotFound', show)
                    self.assertEqual([m['id'] for m in self.messages], found)


class TempestTest(ClientTestCase):

    HEADERS = {'Accept': 'application/json',
               'Content-Type': 'application/json'}

    # tempest/lib/api_schema/response/volume/messages.py, which allows no
    # other key.
    REQUIRED = {'user_message', 'links', 'request_id', 'event_id', 'id',
                'message_level', 'resource_type', 'guaranteed_until',
                'created_at', 'resource_uuid'}

    def test_list_show_delete(self):
        """tempest sends a Content-Type even if there is no content."""
        for version in ('3.3', 'latest'):
            self.VERSION = f'volume {version}'
            message_id = self.message(created_at=NOON)['id']
            with self.subTest(version=version):
                listed = self.send('GET', MESSAGES)
                shown = self.send('GET', f'{MESSAGES}/{message_id}')
                deleted = self.send('DELETE', f'{MESSAGES}/{message_id}')

                self.assertEqual(200, listed.status_int)
                self.assertIn(message_id,
                              [m['id'] for m in listed.json['messages']])
                self.assertEqual(200, shown.status_int)
                self.assertEqual(self.REQUIRED, set(shown.json['message']))
                self.assertEqual(204, deleted.status_int)
                for response in (listed, shown, deleted):
                    self.assertIn('OpenStack-API-Version', response.headers)

    def test_version_is_echoed(self):
        """tempest compares the header with the requested version."""
        self.VERSION = 'volume 3.3'

        for method, path in (('GET', MESSAGES),
                             ('GET', f'{MESSAGES}/{self.newest}'),
                             ('DELETE', f'{MESSAGES}/{self.newest}')):
            with self.subTest(method=method, path=path):
                self.assertEqual(
                    'volume 3.3', self.send(method, path).headers[
                        'OpenStack-API-Version'])
