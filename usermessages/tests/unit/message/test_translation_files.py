# SPDX-License-Identifier: Apache-2.0

import pathlib

import fixtures

from usermessages.message import translation_files
from usermessages.tests import base

WRITTEN = r'''# Coffee
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"

#: messages.py:3
msgid "One."
msgstr "Eins."
msgid ""
"Two "
"\"halves\"."
msgstr ""
"Zwei \"Hälften\"\n"
"\\."

#: messages.py:7
#, fuzzy
msgid "Three."
msgstr "Vielleicht drei."

#, python-format
msgid "%d bean"
msgid_plural "%d beans"
msgstr[0] "%d Bohne"
msgstr[1] "%d Bohnen"

msgid "Not yet."
msgstr ""

msgctxt "of tea"
msgid "One."
msgstr "Einer."

#~ msgid "Gone."
#~ msgstr "Weg."
'''


class ReadTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.path = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path, 'coffee.po')

    def test_translations_by_line(self):
        """Translators read the line to correct."""
        for written in (WRITTEN, WRITTEN.replace('\n', '\r\n')):
            self.path.write_text(written, encoding='utf-8', newline='')

            self.assertEqual([
                (7, 'One.', 'Eins.'),
                (9, 'Two "halves".', 'Zwei "Hälften"\n\\.'),
                (22, '%d bean', '%d Bohne'),
                (22, '%d bean', '%d Bohnen'),
            ], translation_files.read(self.path))

    def test_no_file(self):
        """Packages may contain only compiled translations."""
        self.assertEqual([], translation_files.read(self.path))

    def test_not_in_utf_8(self):
        """The caller reports the error."""
        self.path.write_bytes(b'msgid "\xff"')

        self.assertRaises(UnicodeDecodeError, translation_files.read,
                          self.path)

    def test_damaged_file(self):
        """The linter reports the file."""
        for written in ('"', 'msgid x', '\0', 'msgid "One."'):
            self.path.write_text(written)

            self.assertRaises(translation_files.UNREADABLE,
                              translation_files.read, self.path)

    def test_empty_file(self):
        """A new language has no translation yet."""
        self.path.write_text('')

        self.assertEqual([], translation_files.read(self.path))
