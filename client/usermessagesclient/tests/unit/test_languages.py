# SPDX-License-Identifier: Apache-2.0

import fixtures

from usermessagesclient import languages
from usermessagesclient.tests import base


class AcceptLanguageTest(base.TestCase):

    def assertAccepted(self, expected, **values):
        for name in ('LANGUAGE', 'LC_ALL', 'LC_MESSAGES', 'LANG'):
            self.useFixture(fixtures.EnvironmentVariable(
                name, values.get(name)))

        self.assertEqual(expected, languages.accept_language())

    def test_locales(self):
        """Programs with the locale C receive no translation."""
        for values, expected in (
                ({'LANG': 'de_DE.UTF-8'}, 'de-DE'),
                ({'LANG': 'C.UTF-8'}, None), ({'LANG': 'POSIX'}, None),
                ({'LANG': 'en_US'}, 'en-US'), ({'LANG': 'ja'}, 'ja'),
                ({'LANG': 'de_DE@euro'}, 'de-DE'),
                ({'LANG': 'sr_RS.UTF-8@latin'}, 'sr-Latn-RS'),
                ({'LANG': 'es_419'}, 'es-419'), ({}, None),
                ({'LANG': 'de_DE', 'LC_MESSAGES': 'zh_CN.GB2312'}, 'zh-CN'),
                ({'LC_ALL': 'C', 'LC_MESSAGES': 'zh_CN'}, None),
                ({'LC_ALL': '', 'LANG': 'de_DE'}, 'de-DE'),
                ({'LANG': 'de_DE\r\nX: y'}, None),
                ({'LANG': 'de_DE.\r\nX: y'}, 'de-DE'),
                ({'LANG': 'de_DE@\r\nX: y'}, 'de-DE')):
            with self.subTest(values=values):
                self.assertAccepted(expected, **values)

    def test_traditional_chinese(self):
        """Readers of Traditional Chinese do not get Simplified Chinese."""
        for locale, expected in (
                ('zh_TW.UTF-8', 'zh-TW'), ('zh_HK', 'zh-HK'),
                ('zh_Hant', 'zh-Hant'), ('zh_Hant_HK.UTF-8', 'zh-Hant-HK')):
            with self.subTest(locale=locale):
                self.assertAccepted(expected, LANG=locale)
                self.assertAccepted(expected, LANGUAGE=locale, LANG='de_DE')

    def test_list_of_languages(self):
        """Users can list several languages in order, as for gettext."""
        for values, expected in (
                ({'LANGUAGE': 'de', 'LANG': 'ja_JP'}, 'de'),
                ({'LANGUAGE': 'pt_BR:de:pt_BR:fr', 'LC_ALL': 'en_US'},
                 'pt-BR, de;q=0.9, fr;q=0.8'),
                ({'LANGUAGE': 'de'}, 'de'),
                ({'LANGUAGE': 'de', 'LANG': 'C.UTF-8'}, 'de'),
                ({'LANGUAGE': 'de', 'LC_ALL': 'C', 'LANG': 'ja'}, None),
                ({'LANGUAGE': 'de', 'LANG': 'POSIX'}, None),
                ({'LANGUAGE': '', 'LANG': 'ja'}, 'ja'),
                ({'LANGUAGE': '::', 'LANG': 'ja'}, 'ja'),
                ({'LANGUAGE': 'de\r\nX: y:ja', 'LANG': 'fr'}, 'ja'),
                ({'LANGUAGE': ':'.join(
                    f'{a}{b}' for a in 'abcd' for b in 'abcd')},
                 'aa, ab;q=0.9, ac;q=0.8, ad;q=0.7, ba;q=0.6, bb;q=0.5, '
                 'bc;q=0.4, bd;q=0.3, ca;q=0.2, cb;q=0.1')):
            with self.subTest(values=values):
                self.assertAccepted(expected, **values)
