# SPDX-License-Identifier: Apache-2.0

"""Run ``openstack user message ...`` in this process, with fake responses.

The client is real, except for the network connection.
"""

import json
import re
from urllib import parse

import fixtures
import requests

from usermessagesclient.tests import base
from usermessagesclient.tests import openstack

ENDPOINT = 'http://messages.example.org/v3'
NEWEST = base.LATEST
TEXT = 'No storage could be allocated for this volume request.'


def stored(number, **values):
    """Return a message as a service sends it; the numbers are its minutes."""
    return {
        'id': f'019b76da-a800-7000-8000-{number:012}', 'event_id': '000002',
        'created_at': f'2026-01-01T00:{number:02}:00.000000+00:00',
        'guaranteed_until': '2026-01-31T00:00:00.000000+00:00',
        'message_level': 'ERROR', 'request_id': '', 'user_message': TEXT,
        'links': [], **values}


class Service:
    """A fake service in place of the network.

    ``answer`` is called with the method, the path and the query of each
    request, and returns a status and a body, or raises an error.  ``asked``
    lists the requests after the discovery of the version.
    """

    def __init__(self, answer, version=NEWEST):
        self._answer, self._version = answer, version
        self.asked, self.headers = [], []

    def send(self, _adapter, request, **_values):
        parts = parse.urlsplit(request.url)
        query = dict(parse.parse_qsl(parts.query))
        self.headers.append(request.headers)
        if 'latest' in request.headers.get('OpenStack-API-Version', ''):
            status, body = 200, {'messages': []}
        else:
            self.asked.append((request.method, parts.path, query))
            status, body = self._answer(request.method, parts.path, query)
        response = requests.Response()
        response.status_code = status
        response.url, response.request = request.url, request
        response._content = (body if isinstance(body, bytes)
                             else json.dumps(body).encode())
        response.headers['Content-Type'] = 'application/json'
        if self._version:
            response.headers['OpenStack-API-Version'] = self._version
        return response


class CommandTestCase(base.TestCase):

    def serve(self, answer, **values):
        """Let a function return the response to each request."""
        service = Service(answer, **values)
        self.useFixture(fixtures.MonkeyPatch(
            'requests.adapters.HTTPAdapter.send',
            lambda *arguments, **values: service.send(*arguments, **values)))
        return service

    def openstack(self, *arguments, status=0, options=(), typed=None,
                  encoding='utf-8', **environment):
        """Return the output of a command, both streams."""
        ended, *output = openstack.run(
            '--os-auth-type', 'none', '--os-endpoint', ENDPOINT, *options,
            'user', 'message', *arguments, typed=typed, encoding=encoding,
            **environment)
        self.assertEqual(status, ended, output)
        return re.sub('(?s)^usage: .*\n(?=openstack)', '', ''.join(output))
