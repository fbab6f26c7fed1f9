# SPDX-License-Identifier: Apache-2.0

"""Ask the service with the clients that people have, behind a Keystone."""

import datetime
import json
import os
import subprocess

from usermessages.tests import base
from usermessages.tests.clients import cloud
from usermessages.tests import database
from usermessages.tests import processes


class ClientTestCase(base.TestCase):
    """A test with a cloud that has no messages yet."""

    def setUp(self):
        # Outlives the directory for temporary files that each test has.
        self.cloud = cloud.started()
        super().setUp()
        self.project_id = self.cloud.projects['demo']
        self.other_id = self.cloud.projects['other']
        self.db = self.cloud.api.db
        database.empty(self.db)

    def message(self, **values):
        """Store a valid message, with the values of the test."""
        return database.store(
            self.db, **{'project_id': self.project_id, **values})

    def messages(self, number, **values):
        """Store messages; return their IDs, the newest first."""
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        return [
            self.message(created_at=now - datetime.timedelta(seconds=age),
                         **values)['id']
            for age in range(number)]

    def stored(self):
        """Return the IDs of all messages, the newest first."""
        return [message['id'] for message
                in self.db.message_get_all(database.ALL_PROJECTS)]

    def run_client(self, *command, user='member', project='demo', status=0,
                   directory=None, **environment):
        """Run a command as a user; return both output streams."""
        process = subprocess.run(
            [processes.program(command[0]), *command[1:]],
            env={'PATH': os.environ['PATH'],
                 **self.cloud.environment(user, project), **environment},
            cwd=directory, capture_output=True, text=True)
        output = process.stdout + process.stderr
        self.assertEqual(status, process.returncode, output)
        return output

    def read_json(self, *command, **values):
        """Run a command of ``openstack``; return its output, parsed as JSON.
        """
        return json.loads(self.run_client(*command, '-f', 'json', **values))
