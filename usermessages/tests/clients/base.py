# SPDX-License-Identifier: Apache-2.0

"""Use the service with the clients that people have, behind a real Keystone."""

import json
import os
import subprocess

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.clients import cloud
from usermessages.tests.functional import processes


class ClientTestCase(base.TestCase):
    """A test with a cloud that has no messages yet."""

    def setUp(self):
        super().setUp()
        self.cloud = cloud.started()
        self.project_id = self.cloud.projects['demo']
        self.other_id = self.cloud.projects['other']
        self.db = self.cloud.api.db
        database.empty(self.db)

    def message(self, **values):
        """Store a valid message, with what the test cares about."""
        return database.store(
            self.db, **{'project_id': self.project_id, **values})

    def run_client(self, *command, user='member', project='demo', status=0,
                   **environment):
        """Run a command as a user; return what it prints, both streams."""
        process = subprocess.run(
            [processes.program(command[0]), *command[1:]],
            env={'PATH': os.environ['PATH'],
                 **self.cloud.environment(user, project), **environment},
            capture_output=True, text=True)
        output = process.stdout + process.stderr
        self.assertEqual(status, process.returncode, output)
        return output

    def read_json(self, *command, **values):
        """Run a command of ``openstack``; return what it prints as JSON."""
        return json.loads(self.run_client(*command, '-f', 'json', **values))
