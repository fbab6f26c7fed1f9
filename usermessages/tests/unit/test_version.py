# SPDX-License-Identifier: Apache-2.0

import subprocess
import sys

from usermessages.tests import base
from usermessages import version


class VersionStringTest(base.TestCase):

    def test_is_that_of_the_installed_package(self):
        """An operator tells it in a bug report."""
        self.assertRegex(version.version_string(), r'^\d+\.\d+')

    def test_copy_that_was_not_installed_has_none(self):
        """A checkout runs without being installed."""
        # Isolated and without site-packages, so that nothing is installed.
        done = subprocess.run(
            [sys.executable, '-I', '-S', '-c',
             'import runpy, sys\n'
             'found = runpy.run_path(sys.argv[1])\n'
             'print(found["version_string"]())', version.__file__],
            capture_output=True, text=True, timeout=base.HANG_SECONDS)

        self.assertEqual(('unknown\n', ''), (done.stdout, done.stderr))
