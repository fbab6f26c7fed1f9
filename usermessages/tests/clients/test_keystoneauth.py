# SPDX-License-Identifier: Apache-2.0

from keystoneauth1 import adapter
from keystoneauth1 import discover
from keystoneauth1 import exceptions
from keystoneauth1 import noauth
from keystoneauth1 import session

from usermessages.tests.base import LATEST
from usermessages.tests.base import MAXIMUM
from usermessages.tests.clients import base
from usermessages.tests.clients import cloud
from usermessages.tests import database

# The service types of Cinder, old and new, for which clients look.
TYPES = ('block-storage', 'volumev3', 'volume')


class DiscoveryTest(base.ClientTestCase):
    """Discovery by a client before its first request."""

    def test_without_a_token(self):
        """A client discovers first and authenticates then."""
        for path in ('/', '/v3', '/v3/'):
            with self.subTest(path=path):
                [version] = discover.Discover(
                    session.Session(), self.cloud.url + path).version_data()

                self.assertEqual(
                    ((3, 0), 'CURRENT', (3, 3), (3, 71),
                     f'{self.cloud.url}/v3/'),
                    (version['version'], version['status'],
                     version['min_microversion'],
                     version['max_microversion'], version['url']))

    def test_without_a_catalog(self):
        """A client that knows the endpoint needs no catalog."""
        data = noauth.NoAuth(self.cloud.url + '/v3').get_endpoint_data(
            session.Session(), discover_versions=True)

        self.assertEqual((3, 3), data.min_microversion)
        self.assertEqual((3, 71), data.max_microversion)

    def test_by_the_catalog(self):
        """Clients find the service by each of its service types."""
        member = self.cloud.session_of('member')
        for service_type in (*TYPES, 'user-messages'):
            for wanted in ({}, {'version': '3'}, {'min_version': '3'},
                           {'min_version': '3', 'max_version': 'latest'}):
                with self.subTest(service_type=service_type, wanted=wanted):
                    data = member.get_endpoint_data(
                        service_type=service_type, region_name=cloud.REGION,
                        interface='public', **wanted)

                    self.assertEqual(
                        (f'{self.cloud.url}/v3/{self.project_id}', (3, 0),
                         (3, 3), (3, 71)),
                        (data.url, data.api_version, data.min_microversion,
                         data.max_microversion))

    def test_version_that_is_not_there(self):
        """A client finds no endpoint rather than a wrong one."""
        member = self.cloud.session_of('member')
        for wanted in ({'min_version': '4'},
                       {'min_version': '2', 'max_version': '2.latest'}):
            with self.subTest(wanted=wanted):
                self.assertIsNone(member.get_endpoint_data(
                    service_type='block-storage', **wanted))

    def test_all_versions(self):
        """``openstack versions show`` lists the versions of the service."""
        found = self.cloud.session_of('member').get_all_version_data(
            service_type='block-storage')

        [version] = found[cloud.REGION]['public']['block-storage']
        self.assertEqual(
            ('3.0', 'CURRENT', '3.3', '3.71', f'{self.cloud.url}/v3/'),
            (version['version'], version['status'],
             version['min_microversion'], version['max_microversion'],
             version['url']))


class AdapterTest(base.ClientTestCase):
    """Libraries use the adapter with a version of their choice."""

    def adapter(self, service_type, version=None, user='member'):
        return adapter.Adapter(
            self.cloud.session_of(user), service_type=service_type,
            region_name=cloud.REGION, default_microversion=version)

    def test_default_microversion(self):
        """The header has the name that the service expects."""
        self.message()

        for service_type, version, expected in (
                *((service_type, version, f'volume {version}')
                  for service_type in TYPES
                  for version in ('3.3', '3.71')),
                ('block-storage', 'latest', 'volume 3.71'),
                ('block-storage', None, 'user-messages 1.0'),
                ('user-messages', None, 'user-messages 1.0'),
                ('user-messages', '1.1', 'user-messages 1.1'),
                ('user-messages', 'latest', LATEST)):
            with self.subTest(service_type=service_type, version=version):
                response = self.adapter(service_type, version).get('/messages')

                self.assertEqual(
                    expected, response.headers['OpenStack-API-Version'])
                [message] = response.json()['messages']
                self.assertEqual(expected.startswith('user-messages'),
                                 'project_id' in message)

    def test_version_out_of_range(self):
        """The error is of its own class."""
        for service_type, version in (
                ('block-storage', '3.2'), ('block-storage', '3.72'),
                ('user-messages', f'1.{MAXIMUM[1] + 1}'),
                ('user-messages', '3.71')):
            with self.subTest(service_type=service_type, version=version):
                error = self.assertRaises(
                    exceptions.NotAcceptable,
                    self.adapter(service_type, version).get, '/messages')

                self.assertTrue(error.request_id.startswith('req-'))

    def test_errors(self):
        """Programs can catch each status, and users can quote the request ID.
        """
        message = self.message()['id']
        for cls, user, method, path in (
                (exceptions.BadRequest, 'member', 'GET', '?limit=x'),
                (exceptions.Forbidden, 'reader', 'DELETE', f'/{message}'),
                (exceptions.NotFound, 'member', 'GET', '/nonsense'),
                (exceptions.MethodNotAllowed, 'member', 'POST', '')):
            with self.subTest(cls=cls.__name__):
                error = self.assertRaises(
                    cls, self.adapter('block-storage', user=user).request,
                    f'/messages{path}', method)

                self.assertTrue(error.request_id.startswith('req-'))


class ServiceOfItsOwnTest(base.ClientTestCase):
    """Without a compatibility service type, clients discover own versions
    only.
    """

    def test_discovery(self):
        """Developers can write an SDK for the service's own versions."""
        service = self.useFixture(
            cloud.Service(self.cloud.keystone.url, ''))
        message = database.store(
            service.api.db, project_id=self.project_id)['id']
        endpoint = f'{service.url}/v3/{self.project_id}'
        member = self.cloud.session_of('member')

        data = member.get_endpoint_data(endpoint_override=endpoint)
        response = adapter.Adapter(
            member, service_type='user-messages', endpoint_override=endpoint,
            default_microversion='latest').get('/messages')

        self.assertEqual(((3, 0), (1, 0), MAXIMUM), (
            data.api_version, data.min_microversion, data.max_microversion))
        self.assertEqual([message], [
            item['id'] for item in response.json()['messages']])
        self.assertEqual(LATEST,
                         response.headers['OpenStack-API-Version'])
