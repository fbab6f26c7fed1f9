# SPDX-License-Identifier: Apache-2.0

import fixtures

from usermessages.message import translations
from usermessages.tests import base
from usermessages.tests import locale

FULL = 'The shelf is full.'
GERMAN = 'Das Regal hat keinen Platz.'


class TranslationsTestCase(base.TestCase):

    def setUp(self):
        super().setUp()
        self.locale = self.useFixture(locale.Locale())

    def translations(self, *names):
        for name in names:
            self.locale.add(name, {FULL: name})
        return translations.Translations(locale.DOMAIN, self.locale.path)


class TagsTest(TranslationsTestCase):

    def test_english_is_always_there(self):
        """The texts are written in it."""
        for directory in (None, self.locale.path, self.locale.path / 'none'):
            self.assertEqual({'en': 'en'}, translations.Translations(
                locale.DOMAIN, directory).tags)

    def test_each_directory_is_a_tag(self):
        """Clients request pt-BR for the directory pt_BR."""
        found = self.translations('de', 'pt_BR', 'fil').tags

        self.assertEqual({'en': 'en', 'de': 'de', 'pt-BR': 'pt-BR',
                          'pt': 'pt-BR', 'fil': 'fil'}, found)

    def test_language_without_its_region(self):
        """Users read the language of any region if theirs is missing."""
        self.assertEqual('pt', self.translations('pt', 'pt_BR').tags['pt'])
        self.assertEqual(
            'es-ES', self.translations('es_ES', 'es_MX').tags['es'])
        self.assertEqual('en', self.translations('en_GB').tags['en'])

    def test_chinese_has_two_scripts(self):
        """Users read the other script only if theirs is missing."""
        both = {'en': 'en', 'zh-CN': 'zh-CN', 'zh-Hans': 'zh-CN',
                'zh-SG': 'zh-CN', 'zh': 'zh-CN', 'zh-TW': 'zh-TW',
                'zh-Hant': 'zh-TW', 'zh-HK': 'zh-TW', 'zh-MO': 'zh-TW'}

        self.assertEqual(both, self.translations('zh_CN', 'zh_TW').tags)

    def test_chinese_named_by_its_script(self):
        """Users can name the script of Chinese as in CLDR."""
        self.assertEqual(
            {'en': 'en', 'zh-Hans': 'zh-Hans', 'zh-CN': 'zh-Hans',
             'zh-SG': 'zh-Hans', 'zh': 'zh-Hans'},
            self.translations('zh_Hans').tags)

    def test_other_files_are_no_languages(self):
        """Another domain may use the same directory."""
        self.locale.add('fr', {}, domain='other')
        self.locale.add('sr@latin', {})
        (self.locale.path / 'ja' / 'LC_MESSAGES').mkdir(parents=True)

        self.assertEqual({'en': 'en', 'de': 'de'},
                         self.translations('de').tags)


class TextTest(TranslationsTestCase):

    def test_text_is_translated(self):
        """Users read the text in the requested language."""
        self.locale.add('de', {FULL: GERMAN})
        self.locale.add('pt_BR', {FULL: 'A estante está cheia.'})
        found = self.translations()

        self.assertEqual(GERMAN, found.text(FULL, 'de'))
        self.assertEqual('A estante está cheia.', found.text(FULL, 'pt-BR'))
        self.assertEqual(FULL, found.text(FULL, 'en'))

    def test_text_without_translation(self):
        """The reader gets the English one."""
        self.locale.add('de', {FULL: GERMAN, 'Empty.': ''})
        found = self.translations()

        for text in ('Another.', 'Empty.'):
            self.assertEqual(text, found.text(text, 'de'))

    def test_language_that_is_not_there(self):
        """An unknown language needs neither files nor memory."""
        found = self.translations('de')

        for language in ('fr', '', '../de', 'de/LC_MESSAGES', None):
            self.assertEqual(FULL, found.text(FULL, language))

    def test_file_is_read_once(self):
        """A list of a thousand messages reads no file."""
        path = self.locale.add('de', {FULL: GERMAN})
        found = self.translations()
        found.text(FULL, 'de')

        path.unlink()

        self.assertEqual(GERMAN, found.text(FULL, 'de'))

    def test_nothing_is_read_before_it_is_needed(self):
        """A catalog is made when a module is imported."""
        found = self.translations()

        self.locale.add('de', {FULL: GERMAN})

        self.assertEqual(GERMAN, found.text(FULL, 'de'))

    def test_broken_file_is_english(self):
        """A list is worth more in English than not at all."""
        whole = locale.compiled({FULL: GERMAN})
        for number, content in enumerate((
                b'', b'no file of gettext', whole[:20], whole[:-9],
                whole.replace(b'charset=utf-8', b'charset=utf-7'),
                whole.replace(b'charset=utf-8', b'charset=none!'),
                whole.replace(b'plural=', b'plural!'),
                whole.replace(GERMAN.encode()[:3], b'\xff\xff\xff'))):
            broken = self.useFixture(locale.Locale())
            broken.add('de', content)
            found = translations.Translations(locale.DOMAIN, broken.path)
            with self.subTest(number=number):
                self.assertIn(found.text(FULL, 'de'), (FULL, GERMAN))
                self.assertEqual({'en': 'en', 'de': 'de'}, found.tags)

    def test_broken_file_is_told_of_once(self):
        """The operator finds the reason in the log, by its kind."""
        logged = self.useFixture(fixtures.FakeLogger(
            'usermessages.message.translations'))
        self.locale.add('de', b'no file of gettext')
        found = self.translations()

        for _number in range(2):
            self.assertEqual(FULL, found.text(FULL, 'de'))

        self.assertEqual(
            'The translation of library for de cannot be read: OSError\n',
            logged.output)

    def test_two_domains_in_one_process(self):
        """The texts of two services may be the same in English only."""
        self.locale.add('de', {FULL: GERMAN})
        other = self.useFixture(locale.Locale())
        other.add('de', {FULL: 'Das Brett hat keinen Platz.'})

        found = [translations.Translations(
            locale.DOMAIN, path).text(FULL, 'de')
            for path in (self.locale.path, str(other.path))]

        self.assertEqual([GERMAN, 'Das Brett hat keinen Platz.'], found)
