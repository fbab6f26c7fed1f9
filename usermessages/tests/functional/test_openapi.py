# SPDX-License-Identifier: Apache-2.0

"""The OpenAPI description is true: of the code, and of real answers."""

import json
import pathlib
import subprocess
import sys

import jsonschema
import openapi_spec_validator
import testtools

import usermessages
from usermessages.api.v3 import router
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
        """There is no hidden URL."""
        paths = json.loads(FILE.read_text())['paths']

        self.assertEqual(
            {(path, method.lower()) for path, methods in router.ROUTES
             for method in methods},
            {(path, method) for path, item in paths.items()
             for method in item if path.startswith('/v3/')
             and 'messages' in path and method != 'parameters'})


class AnswersTest(functional_base.APITestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__max_limit=2)

    def assertDescribed(self, path, response, method='get'):
        """Check that the description has this answer."""
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
        """What a generated client parses is what it gets."""
        for _number in range(3):
            self.message()
        bare = self.message(resource_type='', resource_uuid='', request_id='')
        lists = '/v3/{project_id}/messages'
        member = lists + '/{message_id}'
        url = f'/v3/{base.PROJECT}/messages'

        for path, response in (
                (lists, self.request(url)),
                (lists, self.request(f'{url}?limit=x')),
                (lists, self.request(url, 'nobody')),
                (lists, self.request(f'{url}?marker=x')),
                (lists, self.request(url, version='user-messages 9.9')),
                (member, self.request(f'{url}/{bare["id"]}')),
                (member, self.request(f'{url}/{UNKNOWN}')),
                ('/v3/messages', self.request('/v3/messages'))):
            self.assertDescribed(path, response)
        self.assertDescribed(member, self.request(
            f'{url}/{bare["id"]}', method='DELETE'), 'delete')
        self.assertDescribed(member, self.request(
            f'{url}/{bare["id"]}', method='DELETE'), 'delete')

    def test_answers_without_a_token(self):
        """So are the versions and the health of the service."""
        for path in ('/', '/v3', '/v3/', '/healthcheck'):
            self.assertDescribed(path, self.request(path, None))

    def test_wrong_answer_is_found(self):
        """A check that accepts anything would show nothing."""
        response = self.request('/v3/messages')
        response.json = {'messages': [{'id': 'no UUID'}]}

        self.assertRaises(jsonschema.ValidationError, self.assertDescribed,
                          '/v3/messages', response)
