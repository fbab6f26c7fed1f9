# SPDX-License-Identifier: Apache-2.0

from usermessages import terminal
from usermessages.tests import base


class PrintableTest(base.TestCase):

    def test_what_a_terminal_obeys(self):
        """A text cannot clear the screen, forge a line or hide what follows.
        """
        for text, expected in (
                ('a\x1b[2Jb', 'a\\x1b[2Jb'), ('\x9b31m', '\\x9b31m'),
                ('\x1b]8;;http://e\x07x', '\\x1b]8;;http://e\\x07x'),
                ('a\nb\r\tc\x08\x7f\0', 'a\\nb\\r\\tc\\x08\\x7f\\x00'),
                ('\u202e\u2066\u200b\u2028', '\\u202e\\u2066\\u200b\\u2028'),
                ('\udcff\U000e0041', '\\udcff\\U000e0041')):
            with self.subTest(text=text):
                self.assertEqual(expected, terminal.printable(text))

    def test_letters_of_any_language(self):
        """Users read letters unchanged, with the spaces that belong to them.
        """
        for text in ('Gr\xf6\xdfe\xa0: \xfc', '\u3042\u3000\u6f22',
                     '\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
                     '\U0001f468\u200d\U0001f469', 'a\\x1b', ''):
            with self.subTest(text=text):
                self.assertEqual(text, terminal.printable(text))
