# SPDX-License-Identifier: Apache-2.0

"""The server for development, as a fixture."""

import os
import re
import subprocess
import sys

import fixtures

from usermessages.tests import processes

EXAMPLE_PROJECT = '6c430ede-9476-4128-8838-8d3929ced223'


class DevServer(fixtures.Fixture):
    """``usermessages-api --dev`` on a free port, in a directory of its own.

    ``url`` is where it serves, ``project_url`` where the messages of the
    example program are.
    """

    def _setUp(self):
        directory = self.useFixture(fixtures.TempDir()).path
        self._environment = {
            'HOME': directory, 'OS_USER_MESSAGES__CONNECTION':
            f'sqlite:///{os.path.join(directory, "messages.sqlite")}'}
        process = subprocess.Popen(
            [processes.program('usermessages-api'), '--dev', '--bind-port',
             '0'],
            cwd=directory, env=self._environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        for line in process.stdout:
            match = re.match(r'Serving on (http://[\d.:]+\d);', line)
            if match:
                self.url = match[1]
                self.project_url = f'{self.url}/v3/{EXAMPLE_PROJECT}'
                return
        raise AssertionError('usermessages-api --dev did not start')

    def record_example(self):
        """Record the message of the example program."""
        subprocess.run(
            [sys.executable,
             processes.ROOT / 'examples' / 'record_a_message.py'],
            env=self._environment, check=True)
