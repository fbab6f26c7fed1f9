# SPDX-License-Identifier: Apache-2.0

import datetime

from usermessages.tests.clients import base


class VolumeMessageTest(base.ClientTestCase):
    """``openstack volume message ...``"""

    def test_list(self):
        """A user asks why their volume failed, with the client they have."""
        message = self.message(created_at=datetime.datetime(2026, 1, 1, 12),
                               expires_at=datetime.datetime(2099, 1, 1, 12))

        [found] = self.read_json('openstack', 'volume', 'message', 'list')

        self.assertEqual({
            'ID': message['id'],
            'Event ID': '000002',
            'Resource Type': 'VOLUME',
            'Resource UUID': 'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
            'Message Level': 'ERROR',
            'User Message': 'No storage could be allocated for this volume '
                            'request.',
            'Request ID': 'req-7b61dd49-266a-4630-a2e9-e461fe5667a4',
            'Created At': '2026-01-01T12:00:00.000000+00:00',
            'Guaranteed Until': '2099-01-01T12:00:00.000000+00:00',
        }, found)
