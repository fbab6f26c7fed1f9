# SPDX-License-Identifier: Apache-2.0

import datetime
import json

import fixtures

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.cmd import base as cmd_base

NOON = cmd_base.NOON
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


class StatsTestCase(cmd_base.ManageTestCase):
    """A test of the command at noon, on the database with the table."""

    def stats(self, *args):
        return self.run_command('message', 'stats', *args)

    def fill(self):
        """Store messages of each age, of three projects."""
        for number, age in enumerate((
                HOUR, 2 * HOUR, 2 * DAY, 8 * DAY, 30 * DAY, 31 * DAY)):
            self.message(created_at=NOON - age,
                         event_id='000003' if number % 3 else '000002',
                         message_level='INFO' if number == 1 else 'ERROR')
        for _number in range(3):
            self.message(created_at=NOON, project_id=base.OTHER)
        self.message(created_at=NOON, project_id='c0ffee')


@database.on_each
class StatsTest(StatsTestCase):

    def test_table_is_described(self):
        """Operators read which projects fill the table, and whether it is
        purged.
        """
        self.fill()

        self.assertEqual((0, """\
Messages stored: 10
Expired: 2

By age:
 5 up to 1 hour
 1 from 1 hour to 1 day
 1 from 1 to 7 days
 2 from 7 to 30 days
 1 more than 30 days

By level:
 9 ERROR
 1 INFO

By event:
 6 000002 No storage could be allocated for this volume request.
 4 000003 The volume is read-only. Attach it in read-only mode.

By project:
 6 6c430ede94764128883886d3929ced22
 3 0f0f0f0f94764128883886d3929ced22
 1 c0ffee
""", ''), self.stats())

    def test_answer_is_short_in_a_large_cloud(self):
        """Operators of a large cloud read how many projects are left out."""
        self.fill()

        status, out, err = self.stats('--top', '1')
        above = self.stats('--top', '1', '--projects-above', '2')[1]

        self.assertEqual((0, ''), (status, err))
        self.assertIn('\nBy level, 1 of 2:\n 9 ERROR\n\n'
                      'By event, 1 of 2:\n 6 000002 No storage could be '
                      'allocated for this volume request.\n\n'
                      'By project, 1 of 3:\n'
                      ' 6 6c430ede94764128883886d3929ced22\n', out)
        self.assertIn('\nBy project, above 2, 1 of 2:\n'
                      ' 6 6c430ede94764128883886d3929ced22\n', above)

    def test_projects_above_a_size_are_named(self):
        """Operators find a service that repeats a message."""
        self.fill()

        outcomes = [self.stats('--projects-above', number, '-f', 'json')
                    for number in ('3', '6')]

        self.assertEqual(
            [{'values': 1, 'largest': [
                {'value': '6c430ede94764128883886d3929ced22',
                 'messages': 6}]},
             {'values': 0, 'largest': []}],
            [json.loads(out)['by_project'] for _status, out, _err
             in outcomes])

    def test_json_is_for_programs(self):
        """Programs that plot the numbers receive ages in seconds."""
        self.fill()

        status, out, err = self.stats('-f', 'json', '--project', base.OTHER)

        self.assertEqual((0, ''), (status, err))
        self.assertEqual({
            'messages': 3,
            'expired': 0,
            'by_age': [
                {'maximum_seconds': 3600, 'messages': 3},
                {'maximum_seconds': 86400, 'messages': 0},
                {'maximum_seconds': 604800, 'messages': 0},
                {'maximum_seconds': 2592000, 'messages': 0},
                {'maximum_seconds': None, 'messages': 0}],
            'by_level': {'values': 1, 'largest': [
                {'value': 'ERROR', 'messages': 3}]},
            'by_event': {'values': 1, 'largest': [
                {'value': '000002', 'text': 'No storage could be allocated '
                 'for this volume request.', 'messages': 3}]},
            'by_project': {'values': 1, 'largest': [
                {'value': '0f0f0f0f94764128883886d3929ced22',
                 'messages': 3}]},
        }, json.loads(out))

    def test_empty_table_has_nothing_to_be_told_of(self):
        """A heading without rows would look like an error."""
        self.assertEqual(
            (0, 'Messages stored: 0\nExpired: 0\n', ''),
            self.stats())

    def test_no_project_is_that_large(self):
        """Operators read one word if no project is that large."""
        self.fill()

        self.assertTrue(self.stats('--projects-above', '6')[1].endswith(
            '\nBy project, above 6:\nnone\n'))

    def test_terminal_is_given_no_command(self):
        """A service may take anything for a project."""
        self.message(project_id='a\n9 b\x1b[2J\u202e\xe4')

        self.assertTrue(self.stats()[1].endswith(
            '\nBy project:\n1 a\\n9 b\\x1b[2J\\u202e\xe4\n'))

    def test_missing_table_is_one_line(self):
        """Operators read which command creates the table."""
        self.use(self.empty)

        self.assertEqual(
            (1, '', 'usermessages-manage: the table of user messages does '
                    'not exist; run "usermessages-manage db sync"\n'),
            self.stats())


@database.on_each
class SinceTest(StatsTestCase):

    def test_older_messages_do_not_count(self):
        """Operators count the messages of an incident."""
        self.fill()
        self.message(created_at=NOON - DAY, expires_at=NOON - HOUR)

        for time, messages, expired in (
                ('7d', 8, 1), ('26h', 7, 1), ('1w', 8, 1), ('3h', 6, 0),
                ('2026-01-01T10:30:00', 5, 0), ('2026-01-01', 6, 0),
                ('2026-01-01 14:00:00+03:30', 5, 0)):
            with self.subTest(time=time):
                out = self.stats('--since', time)[1]

                self.assertTrue(out.startswith(
                    f'Messages stored: {messages}\nExpired: {expired}\n'),
                    out)


@database.on_each
class UnknownTest(StatsTestCase):

    def fill(self):
        for action_id, detail_id, age in (
                ('003', '001', HOUR), ('003', '005', HOUR),
                ('003', '005', 9 * DAY), ('007', '001', HOUR),
                ('\x1b[2J', '001', 2 * DAY), ('009', '005', HOUR)):
            self.message(event_id=f'VOLUME_VOLUME_{action_id}_{detail_id}',
                         action_id=action_id, detail_id=detail_id,
                         created_at=NOON - age)
        for event_id in ('000001', '000002', '000002'):
            self.message(event_id=event_id, created_at=NOON,
                         project_id=base.OTHER)

    def test_actions_are_named(self):
        """Developers read which failures lack a text, worst first."""
        self.fill()

        self.assertEqual((0, """\
Messages: 9
Unknown: 4 (44.4%)

By action:
100.0%, 1 of 1: \\x1b[2J
100.0%, 1 of 1: 007 Extending the volume
33.3%, 1 of 3: no action
33.3%, 1 of 3: 003 Creating an image from the volume
""", ''), self.stats('--unknown'))

    def test_period_and_project_select_messages(self):
        """The share falls after a text was added."""
        self.fill()

        self.assertEqual((0, """\
Messages: 4
Unknown: 2 (50.0%)

By action:
100.0%, 1 of 1: 007 Extending the volume
50.0%, 1 of 2: 003 Creating an image from the volume
""", ''), self.stats('--unknown', '--since', '1d', '--project', base.PROJECT))

    def test_no_messages(self):
        """The share of an empty table is zero."""
        self.assertEqual((0, 'Messages: 0\nUnknown: 0 (0.0%)\n', ''),
                         self.stats('--unknown'))

    def test_json_is_for_programs(self):
        """Programs receive a share from 0 to 1."""
        self.fill()

        status, out, err = self.stats(
            '--unknown', '-f', 'json', '--since', '1d')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual(
            {'messages': 7, 'unknown': 3, 'share': 3 / 7, 'by_action': [
                {'action_id': '007', 'text': 'Extending the volume',
                 'messages': 1, 'unknown': 1, 'share': 1.0},
                {'action_id': '003',
                 'text': 'Creating an image from the volume', 'messages': 2,
                 'unknown': 1, 'share': 0.5},
                {'action_id': '', 'text': '', 'messages': 3, 'unknown': 1,
                 'share': 1 / 3}]},
            json.loads(out))


class UsageTest(StatsTestCase):

    def test_wrong_values_are_refused(self):
        """Operators read the valid values."""
        for words, *args in (
                ("--top: '0' is not an integer from 1 to 1000",
                 '--top', '0'),
                ("--top: '1001' is not an integer from 1 to 1000",
                 '--top', '1001'),
                ("--projects-above: '-1' is not an integer from 0 to "
                 '2147483647', '--projects-above', '-1'),
                ("--projects-above: 'x' is not an integer from 0 to "
                 '2147483647', '--projects-above', 'x'),
                *((f'--since: {time!r} is not a time: use "12h", "7d" or "2w" '
                   '(ago), 2026-01-31, or 2026-01-31T12:00:00+01:00',
                   '--since', time) for time in (
                       '', '7', '7m', '99999w', '2026', '2026-02-30',
                       '0001-01-01T00:00:00+01:00', '\u0667d')),
                ('--project: the project ID must not be empty',
                 '--project', '')):
            status, out, err = self.stats(*args)

            self.assertEqual((2, ''), (status, out))
            self.assertEqual('usermessages-manage message stats: error: '
                             f'argument {words}', err.splitlines()[-1])


class WidthTest(StatsTestCase):

    def test_terminal_of_40_columns_is_wide_enough(self):
        """An ID of a project is not broken, so that it can be copied."""
        self.fill()
        self.useFixture(fixtures.EnvironmentVariable('COLUMNS', '40'))

        lines = self.stats('--top', '2', '--projects-above', '2')[1]

        self.assertLessEqual(max(map(len, lines.splitlines())), 40)
