# SPDX-License-Identifier: Apache-2.0

"""The linter, on the catalog of Cinder and on ours for Cinder."""

import os
import subprocess
import sys

from cinder import exception
import fixtures
import oslo_messaging

from usermessages.message import defined_messages
from usermessages.tests import base
from usermessages.tests.cinder import deployment


class CatalogTest(base.TestCase):

    def test_violations_of_the_catalog_of_cinder(self):
        """Only two texts of Cinder 29 are not marked for translation."""
        directory = self.useFixture(fixtures.TempDir()).path
        deployment.lay_over(directory)

        done = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable),
                          'usermessages-catalog'),
             'check', 'cinder.message.api:CATALOG'],
            cwd=directory, capture_output=True, text=True,
            env={'PATH': os.environ['PATH'], 'HOME': directory})

        self.assertEqual([
            f'cinder/message/message_field.py:{line}: detail {detail} is not '
            'marked for translation; write N_("...") or _("...") around it'
            for line, detail in ((117, '020'), (124, '024'))
        ], done.stdout.splitlines(), done.stderr)
        self.assertEqual(1, done.returncode)

    def test_error_of_another_process(self):
        """Services that allow no class receive the name of the class."""
        error = oslo_messaging.RemoteError('QuotaError', 'secret')

        self.assertEqual(
            defined_messages.CATALOG.detail_of(exception.QuotaError()),
            defined_messages.CATALOG.detail_of(error))
        self.assertIsNotNone(defined_messages.CATALOG.detail_of(error))

    def test_shipped_catalog_maps_exceptions_of_cinder(self):
        """A volume service has them, and this package has not."""
        self.assertEqual(
            [], defined_messages.CATALOG.unknown_exceptions())
