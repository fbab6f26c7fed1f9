# SPDX-License-Identifier: Apache-2.0

import gettext
import pathlib
import re

from babel.messages import extract
from babel.messages import pofile

from usermessages import _i18n
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.message.definitions import texts_of
from usermessages.message import id_registry
from usermessages.message import lint
from usermessages.message import message_levels
from usermessages.message import parameters
from usermessages.message import resource_types
from usermessages.message import user_actions
from usermessages.tests import base
from usermessages.tests import locale

SHIPPED = defined_messages.CATALOG


def constants(namespace, kind):
    return {name: value for name, value in vars(namespace).items()
            if isinstance(value, kind)}


class DefinedMessagesTest(base.TestCase):

    def test_unable_to_allocate_says_this(self):
        """The message of the README, to the letter."""
        self.assertEqual('000002', defined_messages.UNABLE_TO_ALLOCATE)
        self.assertEqual(
            'No storage could be allocated for this volume request.',
            defined_messages.UNABLE_TO_ALLOCATE.text)
        self.assertEqual('ERROR', defined_messages.UNABLE_TO_ALLOCATE.level)

    def test_catalog_has_each_constant(self):
        """A constant that is not in the catalog could not be recorded."""
        for kind, namespace, known in (
                (catalog.Event, defined_messages, SHIPPED.events),
                (catalog.Action, defined_messages.Actions, SHIPPED.actions),
                (catalog.Detail, defined_messages.Details, SHIPPED.details)):
            defined = constants(namespace, kind)

            self.assertEqual([], [
                name for name in defined if name != name.upper()])
            self.assertEqual(
                sorted(known.items()),
                sorted((value if kind is catalog.Event else value.id, value)
                       for value in defined.values()))

    def test_each_event_and_detail_has_a_remedy(self):
        """A user who reads a message needs to know the next step."""
        self.assertEqual([], [
            value for value in [*SHIPPED.events.values(),
                                *SHIPPED.details.values()]
            if value.remedy is None])

    def test_events_and_hints_are_sentences(self):
        """Users read each text without a context."""
        texts = [value.text for value in SHIPPED.events.values()]
        hints = [value.remedy.hint for value in [
            *SHIPPED.events.values(), *SHIPPED.details.values()]
            if value.remedy.hint]

        self.assertEqual([], [text for text in [*texts, *hints]
                              if not re.fullmatch(r'[A-Z].*\.', text)])

    def test_halves_read_as_one_sentence(self):
        """The text of a composed message is ``action:detail``."""
        self.assertEqual([], [
            action.text for action in SHIPPED.actions.values()
            if not re.fullmatch(r'[A-Z][^:.]*', action.text)])
        self.assertEqual([], [
            detail.text for detail in SHIPPED.details.values()
            if not re.fullmatch(r'[a-z][^:.]*\.', detail.text)])
        self.assertEqual(
            'Scheduling the volume:no storage back end can satisfy the '
            'request.', SHIPPED.text('VOLUME_VOLUME_001_003', '001', '003'))


class LockFileTest(base.TestCase):

    def test_catalog_has_no_violations(self):
        """The lock file has each ID with its constant, and is only added to.

        The linter also checks that each text is marked for translation and
        has no placeholder.
        """
        self.assertEqual([], [str(violation) for violation
                              in lint.check(SHIPPED)])

    def test_each_released_id_has_a_text(self):
        """A stored message does not turn into the unknown error."""
        registry = id_registry.read(lint.default_path(SHIPPED))

        self.assertNotEqual({}, registry.entries)
        self.assertEqual([], [
            (kind, key) for kind, key in registry.entries
            if key not in SHIPPED.tables[kind]])


class TranslationsTest(base.TestCase):
    """The files that ``tox -e i18n`` updates are correct."""

    def texts(self):
        """Return the texts of the catalog, and the units of parameters."""
        return {'{number} GB', '{number}%', '{number} s', *(
            text for table in SHIPPED.tables.values()
            for value in table.values() for text in texts_of(value))}

    def read(self, path):
        """Return the entries of a file by their texts, and the file."""
        with pathlib.Path(path).open('rb') as file:
            found = pofile.read_po(file)
        return {entry.id: entry for entry in found if entry.id}, found

    def each(self):
        """Yield the file of each language, and the compiled file."""
        for path in _i18n.LOCALE_DIR.glob('*/LC_MESSAGES'):
            yield path / 'usermessages.po', path / 'usermessages.mo'

    def test_languages(self):
        """A directory is a language that users can request."""
        self.assertEqual(['de', 'ja', 'zh_CN'], sorted(
            path.name for path in _i18n.LOCALE_DIR.iterdir()
            if path.is_dir()))
        self.assertEqual(
            {'en', 'de', 'ja', 'zh-CN'}, set(SHIPPED.languages.values()))

    def test_translators_get_the_texts_of_today(self):
        """The template has each text of the source, and no other."""
        extracted = {text for module in (defined_messages, parameters)
                     for _line, text, _comments, _context
                     in extract.extract_from_file(
                         'python', module.__file__, {'N_': None})}

        self.assertEqual(self.texts(), extracted)
        template, _catalog = self.read(_i18n.LOCALE_DIR / 'usermessages.pot')
        self.assertEqual(self.texts(), set(template))

    def test_translations_are_of_texts_of_today(self):
        """A translation may be missing, but not fuzzy or of another text."""
        for po, _mo in self.each():
            entries, whole = self.read(po)

            self.assertEqual(set(), set(entries) - self.texts(), po)
            self.assertEqual([], [text for text, entry in entries.items()
                                  if entry.fuzzy], po)
            self.assertEqual({}, whole.obsolete, po)

    def test_missing_translation_reads_english(self):
        """The author of a message need not know each language."""
        shipped = self.useFixture(locale.Locale())
        shipped.add('de', {})
        english = catalog.Catalog(
            'VOLUME', events=defined_messages,
            unknown_error=defined_messages.UNKNOWN_ERROR,
            domain='library', locale_dir=shipped.path)

        self.assertEqual(
            'No storage could be allocated for this volume request.',
            english.text('000002', language='de'))

    def test_translations_have_the_same_placeholders(self):
        """Users of each language read all values, and nothing else."""
        for po, _mo in self.each():
            for text, entry in self.read(po)[0].items():
                self.assertEqual(parameters.placeholders(text),
                                 parameters.placeholders(entry.string), po)
                self.assertNotRegex(parameters.PLACEHOLDER.sub(
                    '', entry.string).replace('%', '', text.count('%')),
                    r'[%{}$<>]', po)

    def test_halves_read_as_one_sentence_in_each_language(self):
        """The text of a composed message is ``action:detail`` there, too."""
        for po, _mo in self.each():
            entries = self.read(po)[0]
            for half, pattern in (
                    *((action, '[^:：.。]*')
                      for action in SHIPPED.actions.values()),
                    *((detail, '([^:：.。]+[.。])?')
                      for detail in SHIPPED.details.values())):
                if half.text in entries:
                    self.assertRegex(entries[half.text].string,
                                     f'^{pattern}$', po)

    def test_compiled_translations_match_their_sources(self):
        """Users read the compiled files."""
        for po, mo in self.each():
            entries = self.read(po)[0]
            with mo.open('rb') as file:
                compiled = gettext.GNUTranslations(file)

            self.assertEqual(
                {text: entry.string for text, entry in entries.items()
                 if entry.string},
                {text: translation for text, translation
                 in compiled._catalog.items() if text}, po)

    def test_drafts_are_marked(self):
        """The draft translations have no review by a native speaker yet."""
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
        """Filters are in upper case, so the values are, too."""
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
        """Filters are in upper case, so the values are, too."""
        self.assertEqual(
            {'ERROR': 'ERROR', 'WARNING': 'WARNING', 'INFO': 'INFO',
             'ALL': ('ERROR', 'WARNING', 'INFO')},
            {name: value for name, value in vars(message_levels).items()
             if not name.startswith('__')})


class UserActionsTest(base.TestCase):

    def test_are_a_closed_set(self):
        """Programs depend on the constants of the API reference."""
        self.assertEqual(
            {'RETRY': 'retry', 'CHANGE_REQUEST': 'change_request',
             'FREE_QUOTA': 'free_quota', 'WAIT': 'wait',
             'CONTACT_OPERATOR': 'contact_operator', 'NONE': 'none',
             'ALL': ('retry', 'change_request', 'free_quota', 'wait',
                     'contact_operator', 'none')},
            {name: value for name, value in vars(user_actions).items()
             if not name.startswith('__')})
