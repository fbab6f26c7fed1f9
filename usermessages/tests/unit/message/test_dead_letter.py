# SPDX-License-Identifier: Apache-2.0

import datetime
import json
import logging

from oslo_log import formatters

from usermessages.message import dead_letter
from usermessages.tests import base

MESSAGE = {
    'id': '019b796d-d600-7000-8000-000000000000',
    'project_id': 'p1',
    'global_request_id': 'req-1',
    'parameters': '',
    'created_at': datetime.datetime(2026, 1, 1, 12, 0, 0, 1)}
RECORD = ('{"lost_user_message": {"created_at": '
          '"2026-01-01T12:00:00.000001+00:00", '
          '"global_request_id": "req-1", "id": '
          '"019b796d-d600-7000-8000-000000000000", "parameters": "", '
          '"project_id": "p1"}, "version": 3}')
FOUND = {
    'id': '019b796d-d600-7000-8000-000000000000',
    'project_id': 'p1',
    'global_request_id': 'req-1',
    'parameters': '',
    'created_at': '2026-01-01T12:00:00.000001+00:00'}


class SerializeTest(base.TestCase):

    def test_is_one_line_in_order(self):
        """Operators find each field at the same place of a line."""
        self.assertEqual(RECORD, dead_letter.serialize(MESSAGE))

    def test_nothing_in_it_ends_the_line_or_reaches_a_terminal(self):
        """A project ID may hold anything, and comes from outside."""
        written = dead_letter.serialize({**MESSAGE, 'project_id': ''.join(
            chr(code) for code in (*range(1, 0x250), 0x2028, 0x1f4a5))})

        self.assertTrue(written.isascii())
        self.assertTrue(written.isprintable())


class ParseLineTest(base.TestCase):

    def parse(self, line):
        return list(dead_letter.parse_line(line))

    def test_other_lines_have_nothing(self):
        """A log is full of them."""
        for line in ('', '\n', 'ERROR x Could not store the user message (y)',
                     'lost_user_message', '"lost_user_message"',
                     '{"id": "lost_user_message"}', '{', '\0' * 100):
            self.assertEqual([], self.parse(line), line)

    def test_any_prefix_and_rest_will_do(self):
        """Each deployment has its own."""
        for prefix in (
                '', '2026-01-01 12:00:00.123 42 ERROR usermessages [-] x: ',
                'Jan  1 12:00:00 host cinder-volume[42]: {"a": ',
                '<11>1 2026-01-01T12:00:00Z host x 42 - [a b="c"] ', '{', '"',
                '{{"lost_user_message', '\\', '\udcff\x1b[0m ä '):
            for rest in ('', '\n', '\r\n', ' }]" and more', RECORD[:20]):
                found = self.parse(prefix + RECORD + rest)

                self.assertEqual([FOUND], found[:1], (prefix, rest))

    def test_log_in_json_will_do(self):
        """Logs may contain JSON within JSON."""
        line = RECORD
        for _layer in range(3):
            line = json.dumps({'log': f'ERROR {line}\n', 'stream': 'stderr'})

            self.assertEqual([FOUND], self.parse(line))

    def test_formatters_of_oslo_log_will_do(self):
        """The one for JSON has the message, and what it was made of."""
        logged = logging.LogRecord(
            'usermessages', logging.ERROR, 'api.py', 1, 'Lost: %s', (RECORD,),
            None)
        for formatter in (formatters.JSONFormatter(), logging.Formatter()):
            self.assertEqual([FOUND], self.parse(formatter.format(logged)))

    def test_log_that_writes_other_letters_as_they_are_will_do(self):
        """Operators can import a log that passed through jq."""
        line = dead_letter.serialize({**MESSAGE, 'project_id': 'ä\n💥'})
        line = json.dumps(json.loads(line), ensure_ascii=False)

        self.assertEqual(['ä\n💥'], [found['project_id']
                                    for found in self.parse(line)])

    def test_several_in_a_line(self):
        """Exports of a log may consist of a single line."""
        other = RECORD.replace('p1', 'p2')

        self.assertEqual(
            [FOUND, {**FOUND, 'project_id': 'p2'}],
            self.parse(f'[{RECORD}, {other}]'))

    def test_values_that_look_like_messages_are_ignored(self):
        """A project ID that looks like a message is a project ID."""
        line = dead_letter.serialize({**MESSAGE, 'project_id': RECORD})
        for _layer in range(3):
            self.assertEqual([{**FOUND, 'project_id': RECORD}],
                             self.parse(line))
            line = json.dumps({'log': line})

    def test_what_was_cut_off_is_told(self):
        """A message that is lost for good is not passed over in silence."""
        escaped = json.dumps(f'x {RECORD}')
        for line, start in ((RECORD, 21), (escaped, 26)):
            for length in range(start, len(line) - 2):
                self.assertEqual([None], self.parse(line[:length]), length)

    def test_what_was_edited_is_told(self):
        """Operators read about every change of a record."""
        for before, after in (
                ('"version": 3', '"version": 4'),
                ('"version": 3', '"version": 0'),
                ('"version": 3', '"version": true'),
                ('"version": 3', '"version": "2"'), (', "version": 3', ''),
                ('"version": 3', '"version": 3, "a": 1'), ('"p1"', '1'),
                ('"p1"', '["p1"]'), ('"p1"', 'null'), ('"p1"', '{}'),
                ('"p1"', '"p1'), ('"p1"', '9' * 5000),
                ('{"created_at"', '[{"created_at"'),
                (': {"created_at"', ': ' + '[' * 20000 + '{"created_at"'),
                ('"p1"', f'"{"p" * 40000}"')):
            self.assertEqual(
                [None], self.parse(RECORD.replace(before, after)), before)

    def test_record_of_version_1(self):
        """Logs from before an upgrade can be imported after it."""
        line = ('{"lost_user_message": {"created_at": '
                '"2026-01-01T12:00:00.000001+00:00", "id": '
                '"019b796d-d600-7000-8000-000000000000", "project_id": "p1"}, '
                '"version": 1}')

        self.assertEqual([{**FOUND, 'global_request_id': ''}],
                         self.parse(line))

    def test_record_of_version_2(self):
        """Records from before the parameters can be imported."""
        line = RECORD.replace('"parameters": "", ', '').replace(
            '"version": 3', '"version": 2')

        self.assertEqual([FOUND], self.parse(line))

    def test_line_that_was_made_to_take_long_does_not(self):
        """Each of these could be read to the end of the line."""
        for text in ('{"lost_user_message"', '{"lost_user_message": ',
                     '{\\"lost_user_message\\"', '{"lost_user_message": ["'):
            self.assertEqual([None], self.parse(text * 40000))


class ParseTimestampTest(base.TestCase):

    def test_comes_back(self):
        """Times keep their microseconds."""
        self.assertEqual(
            datetime.datetime(2026, 1, 1, 12, 0, 0, 1),
            dead_letter.parse_timestamp('2026-01-01T12:00:00.000001+00:00'))

    def test_other_ways_of_writing_are_none(self):
        """A different format means that the log was edited."""
        for text in ('', 'x', None, 7, '2026-01-01', '2026-01-01T12:00:00Z',
                     '2026-01-01T12:00:00+00:00',
                     '2026-01-01T12:00:00.000001+02:00',
                     '2026-01-01T12:00:00.000001',
                     '2026-02-30T12:00:00.000001+00:00',
                     '2026-01-01 12:00:00.000001+00:00'):
            self.assertIsNone(dead_letter.parse_timestamp(text), text)
