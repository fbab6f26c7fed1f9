# SPDX-License-Identifier: Apache-2.0

"""``openstack user message explain`` behind a real Keystone."""

import json

from usermessages.tests.clients import base
from usermessages.tests.clients import cloud
from usermessages.tests import processes
from usermessagesclient.tests import openstack

VOLUME = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'
SNAPSHOT = '5d9b7f0e-8a34-4c3e-9d35-cf3b1d9f6c11'
UNKNOWN = '019b796d-d600-7000-8000-00000000dead'


class ExplainTest(base.ClientTestCase):

    TIMEOUT_SCALING_FACTOR = 3

    def explain(self, *arguments, user='member', status=0):
        """Return the rows and the errors of the command."""
        ended, output, errors = openstack.run(
            'user', 'message', 'explain', *arguments, '--long', '-f', 'json',
            **self.cloud.environment(user))
        self.assertEqual(status, ended, errors)
        return json.loads(output or '[]'), errors

    def test_cause_before_its_consequence(self):
        """The error that comes first is on top, with its remedy."""
        late, early = self.messages(2)
        other = self.message(global_request_id='')['id']

        rows, errors = self.explain(VOLUME)

        # The catalog has the service under three service types.
        self.assertEqual(([early, late, other], ''),
                         ([row['ID'] for row in rows], errors))
        self.assertEqual(
            ('user-messages', 'change_request', 'catalog'),
            tuple(rows[0][name] for name in (
                'Service', 'User Action', 'Source')))

    def test_each_kind_of_id(self):
        """Users have a resource, a request or a message."""
        message = self.message(resource_uuid=SNAPSHOT)

        for wanted in (SNAPSHOT, message['id'], message['request_id'],
                       message['global_request_id']):
            with self.subTest(wanted=wanted):
                self.assertEqual([message['id']], [
                    row['ID'] for row in self.explain(wanted)[0]])

    def test_other_projects(self):
        """The command explains the failures of the project of the user."""
        message = self.message(project_id=self.other_id)

        for user in ('member', 'admin'):
            for wanted in (VOLUME, message['id'], message['request_id']):
                with self.subTest(user=user, wanted=wanted):
                    self.assertEqual(
                        ([], f'No errors found for {wanted}.  Services '
                         'searched: user-messages, block-storage.\n'),
                        self.explain(wanted, user=user, status=1))

    def test_list(self):
        """A service with three service types is listed once."""
        messages = self.messages(7)
        self.message(project_id=self.other_id)

        for user in ('member', 'admin'):
            rows = self.read_json('openstack', 'user', 'message', 'list',
                                  '--all-services', user=user)

            self.assertEqual(
                [('user-messages', message) for message in messages],
                [(row['Service'], row['ID']) for row in rows])

    def test_service_that_is_unavailable(self):
        """One line reports the service, and the others are searched."""
        message = self.message()['id']
        keystone = self.cloud.keystone
        service_id = keystone.create(
            'service', name='nova', type='compute')['id']
        self.addCleanup(
            keystone.request, 'DELETE', f'/services/{service_id}')
        keystone.create(
            'endpoint', service_id=service_id, interface='public',
            region_id=cloud.REGION,
            url=f'http://127.0.0.1:{processes.free_port()}/v2.1')

        rows, errors = self.explain(VOLUME)

        self.assertEqual([message], [row['ID'] for row in rows])
        self.assertRegex(errors, r'^compute: Unable to establish connection '
                         r'to .*\n$')
        self.assertRegex(self.explain(UNKNOWN, status=1)[1], (
            r'^compute: Unable .*\nNo errors found for .*  Services '
            r'searched: user-messages, block-storage\.\n$'))
