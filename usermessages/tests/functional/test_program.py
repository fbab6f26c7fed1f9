# SPDX-License-Identifier: Apache-2.0

"""Run the program that the README shows, unchanged, and read its message."""

import datetime
import os
import subprocess
import sys

import usermessages
from usermessages.db import ids
from usermessages.tests import base as tests_base
from usermessages.tests import database
from usermessages.tests.functional import base

PROJECT = '6c430ede-9476-4128-8838-8d3929ced223'
PROGRAM = os.path.join(os.path.dirname(usermessages.__file__), os.pardir,
                       'examples', 'record_a_message.py')

# The program keeps its context to itself, so it is run in a namespace that
# can be looked into.
RUN = """
import runpy, sys
found = runpy.run_path(sys.argv[1], run_name='__main__')
print(found['context'].request_id)
"""


@database.on_each
class RecordAMessageTest(base.APITestCase):

    def run_program(self, **environment):
        """Run the program; return the request ID of its context."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith('OS_')}
        done = subprocess.run(
            [sys.executable, '-c', RUN, PROGRAM], capture_output=True,
            text=True, env={**kept, 'HOME': '/nonexistent', **environment},
            timeout=tests_base.HANG_SECONDS)
        self.assertEqual('', done.stderr)
        self.assertEqual(0, done.returncode)
        return done.stdout.strip()

    def assertRecorded(self, request_id):
        """Check the row, and the message for users."""
        [row] = self.stored()
        created_at = row['created_at']
        self.assertEqual({
            'id': row['id'],
            'project_id': PROJECT,
            'event_id': '000002',
            'action_id': '',
            'detail_id': '',
            'message_level': 'ERROR',
            'resource_type': 'VOLUME',
            'resource_uuid': 'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
            'request_id': request_id,
            'global_request_id': '', 'parameters': '',
            'created_at': created_at,
            'expires_at': created_at + datetime.timedelta(days=30),
        }, row)
        self.assertEqual(created_at, ids.timestamp_of(row['id']))
        now = datetime.datetime.now(datetime.UTC)
        age = now - created_at.replace(tzinfo=datetime.UTC)
        self.assertLess(datetime.timedelta(0), age)
        self.assertLess(age, datetime.timedelta(minutes=2))

        response = self.request(f'/v3/{PROJECT}/messages',
                                project_id=PROJECT)

        self.assertEqual(200, response.status_int, response.text)
        url = f'http://localhost/v3/{PROJECT}/messages/{row["id"]}'
        moment = '%Y-%m-%dT%H:%M:%S.%f+00:00'
        later = created_at + datetime.timedelta(days=30)
        self.assertEqual({'messages': [{
            'id': row['id'],
            'event_id': '000002',
            'user_message':
                'No storage could be allocated for this volume request.',
            'message_level': 'ERROR',
            'resource_type': 'VOLUME',
            'resource_uuid': 'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
            'created_at': created_at.strftime(moment),
            'guaranteed_until': later.strftime(moment),
            'request_id': request_id,
            'project_id': PROJECT,
            'links': [
                {'rel': 'self', 'href': url},
                {'rel': 'bookmark', 'href': url.replace('/v3/', '/')}],
        }]}, response.json)
        [message] = response.json['messages']
        self.assertEqual(
            datetime.timedelta(days=30),
            datetime.datetime.fromisoformat(message['guaranteed_until'])
            - datetime.datetime.fromisoformat(message['created_at']))

    def test_environment_names_the_database(self):
        """Developers can set the database in the environment."""
        request_id = self.run_program(OS_USER_MESSAGES__CONNECTION=self.url)

        self.assertRegex(request_id, '^req-')
        self.assertRecorded(request_id)

    def test_configuration_file_names_the_database(self):
        """Developers can set the database in a configuration file."""
        [path] = self.create_tempfiles([(
            'usermessages',
            f'[user_messages]\nconnection = {self.url}\n')], '.conf')
        directory = f'{path}.d'
        os.mkdir(directory)
        os.rename(path, os.path.join(directory, 'usermessages.conf'))

        request_id = self.run_program(OS_USERMESSAGES_CONFIG_DIR=directory)

        self.assertRecorded(request_id)

    def test_other_projects_do_not_see_it(self):
        """A message is for the users of its project."""
        self.run_program(OS_USER_MESSAGES__CONNECTION=self.url)

        response = self.request('/v3/messages')

        self.assertEqual({'messages': []}, response.json)

    def test_without_database_the_program_goes_on(self):
        """Programs without a configuration work as before."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith('OS_')}
        done = subprocess.run(
            [sys.executable, PROGRAM], capture_output=True, text=True,
            env={**kept, 'HOME': '/nonexistent'},
            timeout=tests_base.HANG_SECONDS)

        self.assertEqual(0, done.returncode, done.stderr)
        # One line, with all fields for an import.
        self.assertRegex(
            done.stderr,
            r'\ACould not store the user message \(No database is configured: '
            r'set \[user_messages\]connection in usermessages.conf, or '
            r'OS_USER_MESSAGES__CONNECTION\); recover it with '
            r'"usermessages-manage message import": '
            r'\{"lost_user_message": \{.*"event_id": "000002".*\n\Z')
        self.assertEqual([], self.stored())
