# SPDX-License-Identifier: Apache-2.0

import types

from usermessages.message import adapters
from usermessages.tests import base
from usermessages.tests.unit.message.test_catalog import Action
from usermessages.tests.unit.message.test_catalog import Detail
from usermessages.tests.unit.message.test_catalog import make
from usermessages.tests.unit.message.test_catalog import NO_ROOM
from usermessages.tests.unit.message.test_catalog import PUT
from usermessages.tests.unit.message.test_catalog import Resource
from usermessages.tests.unit.message.test_catalog import ShelfIsFull


class ModulesOfTodayTest(base.TestCase):

    TEXTS = {'VOLUME_000001': 'An unknown error.',
             'VOLUME_000002': 'There is no space left.'}

    def make(self, events):
        return make(events=events, unknown_error='VOLUME_000001',
                    actions=Action, details=Detail,
                    unknown_detail=Detail.UNKNOWN_ERROR,
                    resource_types=Resource,
                    exceptions=Detail.EXCEPTION_DETAIL_MAPPINGS)

    def assertRead(self, found):
        self.assertEqual(['VOLUME_000001', 'VOLUME_000002'],
                         sorted(found.events))
        self.assertEqual('There is no space left.',
                         found.text('VOLUME_000002'))
        self.assertEqual('An unknown error.', found.unknown_error.text)
        self.assertEqual('ERROR', found.unknown_error.level)

    def test_texts_by_id(self):
        """``event_id_message_map`` is read as it is."""
        self.assertRead(self.make(self.TEXTS))

    def test_module_with_texts_by_id(self):
        """Modules such as ``defined_messages`` are valid catalogs."""
        module = types.ModuleType('defined_messages')
        module.EventIds = type('EventIds', (), {
            'UNKNOWN_ERROR': 'VOLUME_000001'})
        module.event_id_message_map = self.TEXTS
        module.get_message_text = self.TEXTS.get
        module.something_else = {'a': 1, 2: 'b'}

        self.assertRead(self.make(module))

    def test_classes(self):
        """``message_field`` is, exceptions by name included."""
        found = self.make(self.TEXTS)

        self.assertEqual(NO_ROOM, found.detail_of(ShelfIsFull()))
        self.assertEqual({'BOOK', 'SHELF'}, found.resource_types)
        self.assertEqual('put a book on the shelf:there is no room',
                         found.text('LIBRARY_BOOK_001_002', '001', '002'))

    def test_action_that_went_through_a_message_queue(self):
        """The tuple of an action becomes a list in a message queue."""
        self.assertEqual(PUT, self.make(self.TEXTS).action(['001', 'x']))


class IdOfTest(base.TestCase):

    def test_half_or_its_id(self):
        """Drivers pass the constant, its copy from a queue, or the ID."""
        for half in (PUT, tuple(PUT), list(PUT), '001'):
            self.assertEqual('001', adapters.id_of(half))
