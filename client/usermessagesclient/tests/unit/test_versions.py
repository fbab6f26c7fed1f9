# SPDX-License-Identifier: Apache-2.0

from usermessagesclient.tests import base
from usermessagesclient import versions


class ParseTest(base.TestCase):

    def test_minor_version(self):
        """Users can leave the minor version to the client."""
        self.assertEqual((3, 34), versions.parse('3.34'))
        self.assertEqual((1, None), versions.parse('1'))

    def test_other_versions(self):
        """Only the versions of usermessages and Cinder are known."""
        self.assertRaises(ValueError, versions.parse, '2.1')
