# SPDX-License-Identifier: Apache-2.0

import ast
import inspect

from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.message import message_levels
from usermessages.message import resource_types
from usermessages.tests import base

# What was once released never changes its meaning: add lines, change none.
EVENTS = {
    'UNKNOWN_ERROR': '000001',
    'UNABLE_TO_ALLOCATE': '000002',
    'ATTACH_READONLY_VOLUME': '000003',
    'IMAGE_FROM_VOLUME_OVER_QUOTA': '000004',
    'UNMANAGE_ENCRYPTED_VOLUME_UNSUPPORTED': '000005',
}
ACTIONS = {
    'SCHEDULE_ALLOCATE_VOLUME': '001',
    'ATTACH_VOLUME': '002',
    'COPY_VOLUME_TO_IMAGE': '003',
    'UPDATE_ATTACHMENT': '004',
    'COPY_IMAGE_TO_VOLUME': '005',
    'UNMANAGE_VOLUME': '006',
    'EXTEND_VOLUME': '007',
    'CREATE_VOLUME_FROM_BACKEND': '008',
    'SNAPSHOT_CREATE': '009',
    'SNAPSHOT_DELETE': '010',
    'BACKUP_CREATE': '013',
    'BACKUP_DELETE': '014',
    'BACKUP_RESTORE': '015',
}
DETAILS = {
    'UNKNOWN_ERROR': '001',
    'DRIVER_NOT_INITIALIZED': '002',
    'NO_BACKEND_AVAILABLE': '003',
    'VOLUME_ATTACH_MODE_INVALID': '005',
    'QUOTA_EXCEED': '006',
    'NOT_ENOUGH_SPACE_FOR_IMAGE': '007',
    'DRIVER_FAILED_EXTEND': '010',
    'DRIVER_FAILED_CREATE': '012',
    'SNAPSHOT_IS_BUSY': '015',
    'BACKUP_SERVICE_DOWN': '018',
    'VOLUME_INVALID_STATE': '027',
}


def constants(namespace, kind):
    return {name: value for name, value in vars(namespace).items()
            if isinstance(value, kind)}


def definitions():
    """Return the calls of Event, Action and Detail in the source."""
    tree = ast.parse(inspect.getsource(defined_messages))
    return [node for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            and node.func.id in ('Event', 'Action', 'Detail')]


def is_marked(text):
    """Tell whether that is a literal within N_()."""
    return (isinstance(text, ast.Call) and isinstance(text.func, ast.Name)
            and text.func.id == 'N_' and len(text.args) == 1
            and isinstance(text.args[0], ast.Constant)
            and isinstance(text.args[0].value, str))


class DefinedMessagesTest(base.TestCase):

    def test_unable_to_allocate_says_this(self):
        """The message of the README, to the letter."""
        self.assertEqual('000002', defined_messages.UNABLE_TO_ALLOCATE)
        self.assertEqual(
            'No storage could be allocated for this volume request.',
            defined_messages.UNABLE_TO_ALLOCATE.text)
        self.assertEqual('ERROR', defined_messages.UNABLE_TO_ALLOCATE.level)

    def test_ids_are_fixed(self):
        """An event ID never changes its meaning."""
        self.assertEqual(EVENTS, constants(defined_messages, catalog.Event))
        self.assertEqual(ACTIONS, {
            name: action.id for name, action in constants(
                defined_messages.Actions, catalog.Action).items()})
        self.assertEqual(DETAILS, {
            name: detail.id for name, detail in constants(
                defined_messages.Details, catalog.Detail).items()})

    def test_catalog_has_all_of_them(self):
        """A constant that is not in the catalog could not be recorded."""
        shipped = defined_messages.CATALOG

        self.assertEqual(sorted(EVENTS.values()), sorted(shipped.events))
        self.assertEqual(sorted(ACTIONS.values()), sorted(shipped.actions))
        self.assertEqual(sorted(DETAILS.values()), sorted(shipped.details))
        for event in constants(defined_messages, catalog.Event).values():
            self.assertIs(event, shipped.event(event))
        for action in constants(
                defined_messages.Actions, catalog.Action).values():
            self.assertEqual(action, shipped.action(action))
        for detail in constants(
                defined_messages.Details, catalog.Detail).values():
            self.assertEqual(detail, shipped.detail(detail))

    def test_ids_are_unique(self):
        """A message has one text."""
        for ids in (EVENTS, ACTIONS, DETAILS):
            self.assertEqual(len(ids), len(set(ids.values())))

    def test_every_text_is_there_and_translatable(self):
        """Each text is a literal that the extraction finds."""
        found = definitions()

        self.assertEqual(len(EVENTS) + len(ACTIONS) + len(DETAILS),
                         len(found))
        for call in found:
            where = f'line {call.lineno}'
            self.assertGreaterEqual(len(call.args), 2, where)
            self.assertIsInstance(call.args[0], ast.Constant, where)
            self.assertTrue(is_marked(call.args[1]), where)
            self.assertNotEqual('', call.args[1].args[0].value.strip(), where)

    def test_no_text_has_room_for_a_value(self):
        """A text with a placeholder would show it, or what is put in it."""
        for call in definitions():
            text = call.args[1].args[0].value
            self.assertNotRegex(text, r'[%{}]')

    def test_halves_fit_together(self):
        """A composed text reads ``action:detail``."""
        shipped = defined_messages.CATALOG
        for half in [*shipped.actions.values(), *shipped.details.values()]:
            self.assertNotIn(':', half.text)
            self.assertNotRegex(half.text, r'[.!]$')

    def test_every_event_is_an_upper_case_constant(self):
        """One looks for messages by these names."""
        names = [*EVENTS, *ACTIONS, *DETAILS]

        self.assertEqual([], [n for n in names if n != n.upper()])


class ResourceTypesTest(base.TestCase):

    def test_each_is_an_upper_case_constant_of_its_own_name(self):
        """Filters are upper-cased, so the values have to be."""
        self.assertEqual(
            {'VOLUME': 'VOLUME', 'VOLUME_SNAPSHOT': 'VOLUME_SNAPSHOT',
             'VOLUME_BACKUP': 'VOLUME_BACKUP'},
            {name: value for name, value in vars(resource_types).items()
             if not name.startswith('__')})

    def test_catalog_has_all_of_them(self):
        """A message can be about each of them."""
        self.assertEqual({'VOLUME', 'VOLUME_SNAPSHOT', 'VOLUME_BACKUP'},
                         defined_messages.CATALOG.resource_types)


class MessageLevelsTest(base.TestCase):

    def test_each_is_an_upper_case_constant_of_its_own_name(self):
        """Filters are upper-cased, so the values have to be."""
        self.assertEqual(
            {'ERROR': 'ERROR', 'WARNING': 'WARNING', 'INFO': 'INFO',
             'ALL': ('ERROR', 'WARNING', 'INFO')},
            {name: value for name, value in vars(message_levels).items()
             if not name.startswith('__')})
