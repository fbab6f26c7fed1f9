# SPDX-License-Identifier: Apache-2.0

"""Properties of the responses to any request."""

import collections
import dataclasses
import json
import logging
import pathlib
from urllib import parse

import webob

import usermessages
from usermessages import fields
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import any_request
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON

REQUEST_ID = (r'\Areq-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-'
              r'[0-9a-f]{12}\Z')
VERSION = r'\A(user-messages 1|volume 3)\.[0-9]{1,2}\Z'

FAULTS = {400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound',
          405: 'badMethod', 406: 'computeFault', 413: 'overLimit'}
USERS = {'member': ('member', 'reader'), 'reader': ('reader',),
         'admin': ('admin',), 'auditor': ('auditor',)}
KEYS = {'id', 'event_id', 'user_message', 'message_level', 'created_at',
        'guaranteed_until', 'request_id', 'links'}
DESCRIPTION = json.loads(
    (pathlib.Path(usermessages.__file__).parents[1] / 'api-ref' / 'source'
     / 'openapi.json').read_text())
DESCRIBED = set(DESCRIPTION['components']['schemas']['Message']['properties'])
VISIBLE = {row['id']: row for row in any_request.ROWS
           if row['expires_at'] > NOON}


@database.on_each
class AnyRequestTest(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()
        for values in any_request.ROWS:
            self.db.message_create(values)
        self.tokens = {user: self.token(*roles).encode()
                       for user, roles in USERS.items()}
        self.tokens['system'] = self.scoped_token('system', 'admin').encode()
        self.tokens['nobody'] = None
        self.answered = collections.Counter()
        # The log of all requests would be too long to keep.
        logging.getLogger().setLevel(logging.WARNING)

    def test_service_alone(self):
        """Clients receive valid responses from a service deployed alone."""
        self.hold()

    def test_service_beside_cinder(self):
        """Operators can enable all options, with short pages."""
        self.serve(api__compat_service_type='volume', api__max_limit=2,
                   api__like_filters=list(fields.LIKE_FILTERS),
                   oslo_middleware__enable_proxy_headers_parsing=True)

        self.hold()

    def test_service_for_trials(self):
        """Clients without real tokens receive valid responses (noauth)."""
        self.serve(api__compat_service_type='volume',
                   api__auth_strategy='noauth',
                   api__project_id_regex='[^/]+',
                   cors__allowed_origin=['*'])
        self.tokens = {
            user: f'{user}:{base.PROJECT}'.encode() for user in USERS}
        self.tokens.update(
            system=f'admin:{any_request.EMOJI}'.encode(), nobody=None)

        self.hold()

    def hold(self):
        any_request.hold(
            self.check, any_request.requests(any_request.ROWS), 200)

        # The mode of a MariaDB that oslo.db logs has the word in it.
        self.assertNotRegex(self.log.output, '(?m)^ERROR ')
        # Requests without a valid token do not reach most of the code.
        self.assertGreater(self.answered['list'],
                           self.answered.total() // 6)

    def ask(self, request):
        token = self.tokens.get(request.user, request.user.encode('latin-1'))
        return webob.Request(request.environ(token)).get_response(self.app)

    def check(self, request):
        response = self.ask(request)
        self.assertLess(response.status_int, 500, response.text)
        self.assertHeaders(request, response)
        what = str(response.status_int)
        if request.method == 'HEAD':
            self.assertEqual(b'', response.body)
            same = self.ask(dataclasses.replace(request, method='GET'))
            self.assertEqual(same.status, response.status)
            self.assertEqual(same.content_length, response.content_length)
        elif response.status_int == 204:
            self.assertEqual(b'', response.body)
            self.restore(request)
        elif response.status_int == 401:
            self.assertIn('WWW-Authenticate', response.headers)
        elif response.status_int >= 400:
            self.assertFault(response.status_int,
                             FAULTS[response.status_int], response)
        elif request.method == 'GET':
            what = self.assertDocument(request, response)
        self.answered[what] += 1

    def assertHeaders(self, request, response):
        """Check the headers of any response."""
        [request_id] = response.headers.getall('x-openstack-request-id')
        self.assertRegex(request_id, REQUEST_ID)
        self.assertNotIn(request_id.encode(), request.headers.values())
        self.assertEqual(['private, no-store'],
                         response.headers.getall('Cache-Control'))
        self.assertIn('OpenStack-API-Version', response.vary)
        self.assertEqual(response.status_int == 405,
                         'Allow' in response.headers)
        if 'OpenStack-API-Version' in response.headers:
            self.assertRegex(
                response.headers['OpenStack-API-Version'], VERSION)
        for name, value in response.headerlist:
            self.assertRegex(f'{name}: {value}', r'\A[ -~\xa0-\xff]+\Z')

    def assertDocument(self, request, response):
        """Check a body that is not an error; return its kind."""
        self.assertEqual('application/json', response.content_type)
        self.assertEqual(len(response.body), response.content_length)
        [what] = {'versions', 'status', 'messages',
                  'message'} & set(response.json)
        if what.startswith('message'):
            self.assertIn('OpenStack-API-Version', response.headers)
        if what == 'message':
            self.assertMessages(request, [response.json['message']])
        elif what == 'messages':
            self.assertMessages(request, response.json['messages'])
            for link in response.json.get('messages_links', ()):
                self.assertLeadsOn(link, request, response.json['messages'])
            what = 'list' if response.json['messages'] else 'empty list'
        return what

    def assertMessages(self, request, messages):
        """Check that messages are complete, and may be seen."""
        found = [message['id'] for message in messages]
        self.assertEqual(len(found), len(set(found)))
        for message in messages:
            self.assertIn(message['id'], VISIBLE)
            self.assertEqual(set(), KEYS - set(message))
            self.assertEqual(set(), set(message) - DESCRIBED)
            self.assertTrue(message['user_message'])
            self.assertIn(message['message_level'],
                          ('ERROR', 'WARNING', 'INFO'))

    def assertLeadsOn(self, link, request, messages):
        """Check that a client who follows links comes to an end."""
        path, _mark, _query = request.target.partition(b'?')
        query = parse.urlsplit(link['href']).query.encode()
        response = self.ask(dataclasses.replace(
            request, target=path + b'?' + query))
        self.assertEqual(200, response.status_int, response.text)
        self.assertMessages(
            request, [*messages, *response.json['messages']])

    def restore(self, request):
        """Store deleted messages again, which fails for messages not deleted.
        """
        path = request.target.partition(b'?')[0]
        message_id = parse.unquote(path.decode()).rpartition('/')[2]
        self.db.message_create(VISIBLE[message_id])
