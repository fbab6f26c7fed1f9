# SPDX-License-Identifier: Apache-2.0

"""The OpenAPI description matches the code and real responses."""

import json
import pathlib
import subprocess
import sys

import jsonschema
import openapi_spec_validator
import testtools

import usermessages
from usermessages.api.v3 import routes
from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

ROOT = pathlib.Path(usermessages.__file__).parents[1]
FILE = ROOT / 'api-ref' / 'source' / 'openapi.json'
UNKNOWN = '00000000-0000-7000-8000-000000000000'


class DescriptionTest(testtools.TestCase):

    def test_file_is_what_the_code_says(self):
        """A client that is generated from the file fits the service."""
        done = subprocess.run(
            [sys.executable, ROOT / 'tools' / 'openapi.py', '--check'],
            capture_output=True, text=True)

        self.assertEqual((0, ''), (done.returncode, done.stderr))

    def test_file_is_openapi(self):
        """Every tool can read it."""
        openapi_spec_validator.validate(json.loads(FILE.read_text()))

    def test_every_route_is_described(self):
        """Developers of clients find every URL in the description."""
        paths = json.loads(FILE.read_text())['paths']

        self.assertEqual(
            {(path, method.lower()) for path, methods in routes.ROUTES
             for method in methods},
            {(path, method) for path, item in paths.items()
             for method in item if path.startswith('/v3/')
             and 'message' in path and method != 'parameters'})


class AnswersTest(functional_base.APITestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__max_limit=2)

    def assertDescribed(self, path, response, method='get'):
        """Check that the description has this response."""
        document = json.loads(FILE.read_text())
        answers = document['paths'][path][method]['responses']
        self.assertIn(str(response.status_int), answers)
        content = answers[str(response.status_int)].get('content')
        if content is None:
            self.assertEqual(b'', response.body)
            return
        jsonschema.validate(
            response.json,
            {**content[response.content_type]['schema'],
             'components': document['components']},
            cls=jsonschema.Draft202012Validator,
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

    def test_answers_of_messages(self):
        """Generated clients can parse the responses."""
        self.serve(api__compat_service_type='volume',
                   api__help_url='https://docs.example.org/#')
        for _number in range(3):
            self.message(event_id='VOLUME_VOLUME_001_003', action_id='001',
                         detail_id='003')
        bare = self.message(resource_type='', resource_uuid='', request_id='')
        lists = '/v3/{project_id}/messages'
        member = lists + '/{message_id}'
        groups = '/v3/{project_id}/message_groups'
        url = f'/v3/{base.PROJECT}/messages'

        for version in (None, 'user-messages latest', 'volume 3.3',
                        'volume latest'):
            for path, method, target, *user in (
                    (lists, 'GET', url),
                    (lists, 'GET', f'{url}?limit=x'),
                    (lists, 'GET', url, 'nobody'),
                    (lists, 'GET', f'{url}?marker=x'),
                    (member, 'GET', f'{url}/{bare["id"]}'),
                    (member, 'GET', f'{url}/{UNKNOWN}'),
                    (member, 'DELETE', f'{url}/{UNKNOWN}'),
                    ('/v3/messages', 'GET', '/v3/messages'),
                    (groups, 'GET', f'/v3/{base.PROJECT}/message_groups'),
                    (groups, 'GET',
                     f'/v3/{base.PROJECT}/message_groups?limit=1'),
                    ('/v3/message_groups', 'GET', '/v3/message_groups')):
                self.assertDescribed(path, self.request(
                    target, *user, method=method, version=version),
                    method.lower())
        self.assertDescribed(
            lists, self.request(url, version='user-messages 9.9'))
        self.assertDescribed(member, self.request(
            f'{url}/{bare["id"]}', method='DELETE'), 'delete')

    def test_every_field_of_the_latest_version_is_asked_for(self):
        """The test above sees a field only in a message that has it."""
        self.serve(api__help_url='https://docs.example.org/#')
        self.message(event_id='VOLUME_VOLUME_009_103', action_id='009',
                     detail_id='103', parameters='{"image":5,"volume":3}')

        [message] = self.request(
            '/v3/messages', version='user-messages latest').json['messages']

        self.assertEqual(
            set(json.loads(FILE.read_text())['components']['schemas'][
                'Message']['properties']), set(message))

    def test_every_field_of_a_group_is_asked_for(self):
        """The same for groups, whose links to help are optional too."""
        self.serve(api__help_url='https://docs.example.org/#')
        self.message(event_id='VOLUME_VOLUME_001_003', action_id='001',
                     detail_id='003')

        [group] = self.request(
            '/v3/message_groups',
            version='user-messages latest').json['message_groups']

        self.assertEqual(
            set(json.loads(FILE.read_text())['components']['schemas'][
                'MessageGroup']['properties']), set(group))

    def test_answers_without_a_token(self):
        """Generated clients can parse the versions and the health."""
        for path in ('/', '/v3', '/v3/', '/healthcheck'):
            self.assertDescribed(path, self.request(path, None))

    def test_wrong_answer_is_found(self):
        """The test detects a response that is not described."""
        self.message()
        response = self.request('/v3/messages')
        [message] = response.json['messages']

        for wrong in ({'id': 'no UUID'}, {**message, 'id': 'no UUID'},
                      {**message, 'more': ''}, {**message, 'links': [
                          {**link, 'more': ''} for link in message['links']]}):
            response.json = {'messages': [wrong]}
            self.assertRaises(
                jsonschema.ValidationError, self.assertDescribed,
                '/v3/messages', response)
