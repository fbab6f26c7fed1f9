# SPDX-License-Identifier: Apache-2.0

import ast
import gettext
import inspect
import pathlib

from babel.messages import extract
from babel.messages import pofile

from usermessages import _i18n
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.message import gate
from usermessages.message import lock
from usermessages.message import message_levels
from usermessages.message import resource_types
from usermessages.message import user_actions
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


def hints():
    """Return the hints in the source."""
    return [node.args[1] for node in ast.walk(
        ast.parse(inspect.getsource(defined_messages)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        and node.func.id == 'Remedy' and len(node.args) > 1]


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

    def test_every_hint_is_a_translatable_sentence(self):
        """It stands on its own, below the text."""
        for hint in hints():
            self.assertTrue(is_marked(hint), f'line {hint.lineno}')
            self.assertRegex(hint.args[0].value, r'^[A-Z][^%{}$]*\.$')

    def test_everything_has_a_remedy(self):
        """Whoever reads a message wants to know what to do."""
        shipped = defined_messages.CATALOG

        self.assertEqual([], [
            value for value in [*shipped.events.values(),
                                *shipped.details.values()]
            if value.remedy is None])

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


class LockTest(base.TestCase):
    """The lock is only added to, so it is that of each release before."""

    def test_catalog_is_what_it_was(self):
        """No ID says something else now, and no text says too much."""
        self.assertEqual([], [str(finding) for finding in gate.check(
            defined_messages.CATALOG)])

    def test_every_id_that_was_ever_released_is_read(self):
        """What is stored does not turn into an unknown error."""
        shipped = defined_messages.CATALOG
        locked = lock.read(gate.default_path(shipped))

        for kind, key in locked.entries:
            if kind == 'event':
                said = shipped.text(key)
                expected = shipped.events[key].text
            elif kind == 'action':
                said = shipped.text(f'VOLUME_{key}_001', key, '001')
                expected = (f'{shipped.actions[key].text}:the reason is not '
                            'known')
            else:
                said = shipped.text(f'VOLUME_001_{key}', '001', key)
                expected = ('find room for a volume:'
                            f'{shipped.details[key].text}')
            with self.subTest(kind=kind, key=key):
                self.assertEqual(expected, said)
        self.assertEqual(len(EVENTS) + len(ACTIONS) + len(DETAILS),
                         len(locked.entries))


class TranslationsTest(base.TestCase):
    """What ``tox -e i18n`` writes is there, whole and of today."""

    LANGUAGES = ('de', 'ja', 'zh_CN')

    def texts(self):
        shipped = defined_messages.CATALOG
        return {text for table in (
            shipped.events, shipped.actions, shipped.details)
            for value in table.values() for text in catalog.texts_of(value)}

    def read(self, path):
        """Return what a file of texts has, by text, and what it is of."""
        with pathlib.Path(path).open('rb') as file:
            found = pofile.read_po(file)
        return {entry.id: entry for entry in found if entry.id}, found

    def each(self):
        """Go through the files of each language, as text and compiled."""
        for name in self.LANGUAGES:
            path = _i18n.LOCALE_DIR / name / 'LC_MESSAGES'
            yield path / 'usermessages.po', path / 'usermessages.mo'

    def test_languages(self):
        """A directory is a language that users can ask for."""
        self.assertEqual(sorted(self.LANGUAGES), sorted(
            path.name for path in _i18n.LOCALE_DIR.iterdir()
            if path.is_dir()))
        self.assertEqual(
            {'en', 'de', 'ja', 'zh-CN'},
            set(defined_messages.CATALOG.languages.values()))

    def test_translators_get_the_texts_of_today(self):
        """Each text of the source, and no other."""
        extracted = {text for _line, text, _comments, _context
                     in extract.extract_from_file(
                         'python', defined_messages.__file__, {'N_': None})}

        self.assertEqual(self.texts(), extracted)
        template, _catalog = self.read(_i18n.LOCALE_DIR / 'usermessages.pot')
        self.assertEqual(self.texts(), set(template))

    def test_every_text_is_translated(self):
        """In each language, and by somebody who was sure of it."""
        for po, _mo in self.each():
            entries, whole = self.read(po)

            self.assertEqual(self.texts(), set(entries), po)
            self.assertEqual([], [
                text for text, entry in entries.items()
                if not entry.string.strip() or entry.fuzzy], po)
            self.assertEqual({}, whole.obsolete, po)

    def test_no_translation_has_room_for_a_value(self):
        """It would be shown as it stands."""
        for po, _mo in self.each():
            for entry in self.read(po)[0].values():
                self.assertNotRegex(entry.string, r'[%{}$<>]', po)

    def test_halves_fit_together_in_each_language(self):
        """A composed text reads ``action:detail`` there too."""
        shipped = defined_messages.CATALOG
        for po, _mo in self.each():
            entries = self.read(po)[0]
            for half in [*shipped.actions.values(),
                         *shipped.details.values()]:
                text = entries[half.text].string
                self.assertNotRegex(text, '[:：]', po)
                self.assertNotRegex(text, '[.!。！]$', po)

    def test_what_is_read_is_what_was_translated(self):
        """The compiled files are those of these translations."""
        for po, mo in self.each():
            entries = self.read(po)[0]
            with mo.open('rb') as file:
                compiled = gettext.GNUTranslations(file)

            self.assertEqual(
                {text: entry.string for text, entry in entries.items()},
                {text: translation for text, translation
                 in compiled._catalog.items() if text}, po)

    def test_drafts_are_marked(self):
        """Nobody who speaks the language has read these yet."""
        for po, _mo in self.each():
            self.assertIn('# DRAFT: no native speaker has read them.',
                          po.read_text(), po)

    def test_users_read_them(self):
        """The message of the README, in each language."""
        self.assertEqual([
            'No storage could be allocated for this volume request.',
            'Dieser Volume-Anforderung konnte kein Speicherplatz zugewiesen '
            'werden.',
            'このボリュームの要求にストレージを割り当てることができませんでした。',
            '无法为此卷请求分配存储空间。',
        ], [defined_messages.CATALOG.text('000002', language=language)
            for language in ('en', 'de', 'ja', 'zh-CN')])


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


class UserActionsTest(base.TestCase):

    def test_are_a_closed_set(self):
        """Programs act on them, and the API reference names them."""
        self.assertEqual(
            {'RETRY': 'retry', 'CHANGE_REQUEST': 'change_request',
             'FREE_QUOTA': 'free_quota', 'WAIT': 'wait',
             'CONTACT_OPERATOR': 'contact_operator', 'NONE': 'none',
             'ALL': ('retry', 'change_request', 'free_quota', 'wait',
                     'contact_operator', 'none')},
            {name: value for name, value in vars(user_actions).items()
             if not name.startswith('__')})
