# SPDX-License-Identifier: Apache-2.0

import copy
import json
import pickle

from usermessages.message import catalog
from usermessages.tests import base
from usermessages.tests.unit.message.test_catalog import FULL
from usermessages.tests.unit.message.test_catalog import UNKNOWN


class EventTest(base.TestCase):

    def test_is_its_id(self):
        """A service compares and logs an event as the ID that it is."""
        self.assertEqual('000002', FULL)
        self.assertEqual({'000002': 1}, {FULL: 1})
        self.assertEqual('"000002"', json.dumps(FULL))
        self.assertEqual('000002', f'{FULL}')
        self.assertIsInstance(FULL, str)

    def test_carries_its_text_and_level(self):
        """Developers define a message in one line."""
        self.assertEqual('The shelf is full.', FULL.text)
        self.assertEqual('WARNING', FULL.level)
        self.assertEqual('ERROR', UNKNOWN.level)

    def test_survives_copy_and_pickle(self):
        """A service hands an event on to another process."""
        copies = [copy.copy(FULL), copy.deepcopy(FULL),
                  *[pickle.loads(pickle.dumps(FULL, protocol))
                    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]]

        self.assertEqual(
            [(catalog.Event, '000002', 'The shelf is full.', 'WARNING',
              ('wait', ''))] * 6,
            [(type(e), str(e), e.text, e.level, e.remedy) for e in copies])
