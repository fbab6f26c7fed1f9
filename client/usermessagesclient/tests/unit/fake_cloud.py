# SPDX-License-Identifier: Apache-2.0

"""A fake cloud in place of the network: Keystone, and functions as services.

``Cloud({'compute': {'http://compute/v2.1': answer}})`` calls ``answer`` with
the path after the URL and the query of each request.  ``answer`` returns a
status and a body, or raises an error.
"""

import json
import re
from urllib import parse

import fixtures
from keystoneauth1 import fixture as ksa_fixture
import requests

from usermessagesclient.tests import base
from usermessagesclient.tests import openstack

KEYSTONE = 'http://identity.example.org/v3'
PROJECT, OTHER = base.PROJECT, base.OTHER
RESOURCE, REQUEST = base.RESOURCE, base.REQUEST


def no_messages(_path, _query):
    return 200, {'messages': [], 'servers': [], 'tasks': []}


class Cloud(fixtures.Fixture):
    """The cloud; ``asked`` lists the requests to its services.

    :param services: the functions, by the URL of an endpoint, by service type
    """

    def __init__(self, services):
        self._services = services
        self.asked, self.headers = [], []

    def _setUp(self):
        self.useFixture(fixtures.MonkeyPatch(
            'requests.adapters.HTTPAdapter.send',
            lambda _adapter, request, **values: self._send(request)))

    def _token(self):
        token = ksa_fixture.V3Token(project_id=PROJECT)
        for service_type, endpoints in self._services.items():
            service = token.add_service(service_type)
            for url in endpoints:
                service.add_standard_endpoints(public=url, region='RegionOne')
        return token

    def _send(self, request):
        response = requests.Response()
        response.url, response.request = request.url, request
        response.headers['Content-Type'] = 'application/json'
        if request.url.startswith(KEYSTONE):
            response.headers['X-Subject-Token'] = 'token'
            status, body = (201, self._token()) if request.method == (
                'POST') else (200, {'version': {
                    'id': 'v3.14', 'status': 'stable',
                    'links': [{'rel': 'self', 'href': KEYSTONE}]}})
        else:
            status, body = self._answer(request, response)
        response.status_code = status
        response._content = (body if isinstance(body, bytes)
                             else json.dumps(body).encode())
        return response

    def _answer(self, request, response):
        url, _mark, query = request.url.partition('?')
        known = [(address, answer) for endpoints in self._services.values()
                 for address, answer in endpoints.items()
                 if url.startswith(address)]
        if not known:
            return 404, {}
        address, answer = max(known, key=lambda item: len(item[0]))
        header = request.headers.get('OpenStack-API-Version', '')
        if header:
            asked = re.match(r'([a-z-]+) (\S+?)(,|$)', header)
            response.headers['OpenStack-API-Version'] = (
                base.LATEST if asked[1] == 'user-messages'
                else 'volume 3.71' if asked[2] == 'latest' else header)
        path = url[len(address):]
        query = dict(parse.parse_qsl(query))
        self.asked.append((path, query))
        self.headers.append(dict(request.headers))
        return answer(path, query)


class CloudTestCase(base.TestCase):

    def serve(self, **services):
        """Serve functions as services.

        :param services: the function or the endpoints, by service type with
            underscores
        """
        return self.useFixture(Cloud({
            name.replace('_', '-'): (
                answer if isinstance(answer, dict)
                else {f'http://{name}.example.org/v2.1': answer})
            for name, answer in services.items()}))

    def openstack(self, *arguments, status=0, encoding='utf-8', options=()):
        """Return the output and the errors of a command."""
        ended, output, errors = openstack.run(
            '--os-auth-type', 'v3password', '--os-auth-url', KEYSTONE,
            '--os-username', 'u', '--os-password', 'p', '--os-user-domain-id',
            'default', '--os-project-id', PROJECT, *options, 'user',
            'message', *arguments, encoding=encoding)
        self.assertEqual(status, ended, (output, errors))
        return output, errors
