# SPDX-License-Identifier: Apache-2.0

"""The subjects of ``bench`` without Cinder, on SQLite."""

import json
import subprocess
import sys

import ddt
import fixtures
import testtools

from usermessages.tests import base
from usermessages.tests import processes


@ddt.ddt
@testtools.skipUnless((processes.ROOT / 'bench').exists(),
                      'needs a checkout of the source')
class WorkerTest(base.TestCase):

    def run_module(self, module, *args, commands=()):
        return subprocess.run(
            [sys.executable, '-m', f'bench.subjects.{module}', *args],
            cwd=processes.ROOT, capture_output=True, text=True,
            input=''.join(json.dumps(command) + '\n' for command in commands))

    @ddt.data('ours', 'floor')
    def test_each_operation_succeeds(self, subject):
        """The benchmarks follow the service: its pipeline and its table."""
        directory = self.useFixture(fixtures.TempDir()).path
        url = f'sqlite:///{directory}/messages.sqlite'
        self.run_module('schema', 'ours', url, directory)

        done = self.run_module('worker', subject, url, directory, commands=[
            {'do': 'mean_cpu', 'what': what, 'times': 1}
            for what in ('create', 'list', 'read')])

        self.assertEqual((0, 3), (done.returncode,
                                  len(done.stdout.splitlines())), done.stderr)
