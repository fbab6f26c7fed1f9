# SPDX-License-Identifier: Apache-2.0

from usermessagesclient import blocks
from usermessagesclient.tests import base

VOLUME = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'
ID = '019b76da-a800-7000-8000-000000000001'
TEXT = 'No storage could be allocated for this volume request.'


def message(**values):
    """Return the columns of a list, with the values of the test."""
    return {'ID': ID, 'Created At': '5 min ago', 'Message Level': 'ERROR',
            'Resource Type': 'VOLUME', 'Resource UUID': VOLUME,
            'User Message': TEXT,
            **{name.replace('_', ' '): value
               for name, value in values.items()}}


class RenderTest(base.TestCase):

    def render(self, *messages, width=80, **values):
        return list(blocks.render(messages, width, **values))

    def test_lines(self):
        """On a wide terminal, the texts of all messages start in one column.
        """
        self.assertEqual([
            f'5 min ago  ERROR  volume {VOLUME}  {TEXT}',
            f'10 h ago   INFO {" " * 47}{TEXT}'],
            self.render(message(), message(**{
                'Created At': '10 h ago', 'Message Level': 'INFO',
                'Resource Type': '', 'Resource UUID': ''}), width=120))

    def test_blocks(self):
        """On 80 columns, no line is longer, and no ID is broken."""
        block = [f'5 min ago  ERROR  volume {VOLUME}',
                 f'  {TEXT}', f'  ID: {ID}']

        self.assertEqual([*block, '', *block],
                         self.render(message(), message()))
        narrow = self.render(message(), width=40)
        self.assertEqual(f'5 min ago  ERROR  volume {VOLUME}', narrow[0])
        self.assertEqual([], [line for line in narrow[1:] if len(line) > 42])
        self.assertEqual(narrow, self.render(message(), width=40))

    def test_line_and_block(self):
        """A text that fits is a line, next to a block."""
        self.assertEqual([
            '5 min ago  ERROR  volume 1  No.',
            '5 min ago  ERROR  volume 1',
            f'  {TEXT}', f'  ID: {ID}', '',
            '5 min ago  ERROR  volume 1  No.'],
            self.render(*(
                message(Resource_UUID='1', User_Message=text)
                for text in ('No.', TEXT, 'No.'))))

    def test_details(self):
        """A remedy is in a block, on a terminal of any width."""
        self.assertEqual([
            'now  compute  ERROR  server 1', '  No.', f'  ID: {ID}',
            '  User Action: retry'],
            self.render(message(
                Created_At='now', Service='compute', Resource_Type='SERVER',
                Resource_UUID='1', User_Message='No.', User_Action='retry',
                Hint=''), width=500))

    def test_no_messages(self):
        """An empty list has no lines."""
        self.assertEqual([], self.render())

    def test_colors(self):
        """The color of a level ends with the level."""
        for level, expected in (('ERROR', '\x1b[31mERROR\x1b[0m'),
                                ('WARNING', '\x1b[33mWARNING\x1b[0m'),
                                ('INFO', 'INFO')):
            with self.subTest(level=level):
                [line] = self.render(message(Message_Level=level), width=200,
                                     has_color=True)

                self.assertEqual(f'5 min ago  {expected}  volume {VOLUME}  '
                                 f'{TEXT}', line)


class HasColorTest(base.TestCase):

    def test_environment(self):
        """Users switch colors off with NO_COLOR."""
        for values, expected in (
                ({'TERM': 'xterm'}, True), ({}, False),
                ({'TERM': 'dumb'}, False),
                ({'TERM': 'xterm', 'NO_COLOR': '1'}, False)):
            with self.subTest(values=values):
                self.patch(blocks.os, 'environ', values)

                self.assertEqual(expected, blocks.has_color())
