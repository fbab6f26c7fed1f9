# SPDX-License-Identifier: Apache-2.0

"""Let schemathesis send all requests of the OpenAPI description, and more.

Schemathesis generates requests from ``api-ref/source/openapi.json``, the same
ones each time, and validates the responses against the description.
"""

import pathlib

import fixtures

from usermessages.tests.clients import base
from usermessages.tests import processes

# The shown and the deleted message exist.  A list may reject a request that is
# described: no description can say that a parameter excludes another one.
CONFIGURATION = """
[parameters]
"path.project_id" = "{project_id}"
[[operations]]
include-operation-id-regex = "^index"
checks.positive_data_acceptance.enabled = false
[[operations]]
include-operation-id-regex = "^show"
parameters = {{ "path.message_id" = "{kept}" }}
[[operations]]
include-operation-id-regex = "^delete"
parameters = {{ "path.message_id" = "{deleted}" }}
"""


class DescriptionTest(base.ClientTestCase):

    def assertConforms(self, *arguments):
        """Check that schemathesis finds nothing."""
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        kept = self.messages(6)[0]
        deleted = self.message()['id']
        file = directory / 'schemathesis.toml'
        file.write_text(CONFIGURATION.format(
            project_id=self.project_id, kept=kept, deleted=deleted))
        token = self.cloud.session_of('member').get_token()

        output = self.run_client(
            'schemathesis', '--config-file', str(file), 'run',
            str(processes.ROOT / 'api-ref' / 'source' / 'openapi.json'),
            '--url', self.cloud.url, '--header', f'X-Auth-Token: {token}',
            '--generation-deterministic', '--max-examples', '20',
            '--no-color', '--warnings', 'off', *arguments,
            directory=directory)

        self.assertIn('12 selected / 12 total', output)
        self.assertNotIn(deleted, self.stored())
        self.assertIn(kept, self.stored())

    def test_answers_are_described(self):
        """A client that is generated from the description works."""
        self.assertConforms()

    def test_answers_on_the_axis_of_a_service_are_described(self):
        """Clients of Cinder receive responses as described, too."""
        self.assertConforms('--header', 'OpenStack-API-Version: volume 3.71')
