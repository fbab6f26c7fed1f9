# SPDX-License-Identifier: Apache-2.0

import datetime
import pathlib
from unittest import mock

import fixtures

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.cmd import base as cmd_base

NOON = cmd_base.NOON
HOUR = datetime.timedelta(hours=1)


class MetricsTestCase(cmd_base.ManageTestCase):
    """A test of the format at noon, on the database with the table."""

    def metrics(self, *args):
        """Return the exit status, the samples and standard error."""
        status, out, err = self.run_command(
            'message', 'stats', '-f', 'prometheus', *args)
        return status, [line for line in out.splitlines()
                        if not line.startswith('#')], err

    def spool(self):
        """Return the directory of a new spool."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__SPOOL_DIR', str(path)))
        return path


@database.on_each
class TextTest(MetricsTestCase):

    def fill(self):
        for detail_id, level in (('001', 'ERROR'), ('005', 'WARNING')):
            self.message(event_id=f'VOLUME_VOLUME_003_{detail_id}',
                         action_id='003', detail_id=detail_id,
                         message_level=level, created_at=NOON - 26 * HOUR)
        self.message(event_id='000002', project_id=base.OTHER,
                     created_at=NOON - 3 * HOUR, expires_at=NOON - 2 * HOUR)

    def test_each_number_is_a_gauge(self):
        """Operators plot the numbers, and are alerted."""
        self.fill()

        self.assertEqual((0, [
            'usermessages_messages{message_level="ERROR"} 2.0',
            'usermessages_messages{message_level="WARNING"} 1.0',
            'usermessages_event_messages{event_id="000002"} 1.0',
            'usermessages_event_messages{event_id="VOLUME_VOLUME_003_001"} '
            '1.0',
            'usermessages_event_messages{event_id="VOLUME_VOLUME_003_005"} '
            '1.0',
            'usermessages_action_messages{action_id="003"} 2.0',
            'usermessages_action_messages{action_id=""} 1.0',
            'usermessages_unknown_messages{action_id="003"} 1.0',
            'usermessages_unknown_messages{action_id=""} 0.0',
            'usermessages_expired_messages 1.0',
            'usermessages_oldest_expired_seconds 7200.0'], ''),
            self.metrics())

    def test_period_and_project_select_messages(self):
        """The options of the report for people apply, too."""
        self.fill()

        self.assertEqual((0, [
            'usermessages_messages{message_level="ERROR"} 1.0',
            'usermessages_event_messages{event_id="000002"} 1.0',
            'usermessages_action_messages{action_id=""} 1.0',
            'usermessages_unknown_messages{action_id=""} 0.0',
            'usermessages_expired_messages 1.0',
            'usermessages_oldest_expired_seconds 7200.0'], ''),
            self.metrics('--since', '1d', '--project', base.OTHER))

    def test_empty_table(self):
        """Zero is a number, so an alert on it does not disappear."""
        self.assertEqual((0, ['usermessages_expired_messages 0.0',
                              'usermessages_oldest_expired_seconds 0.0'], ''),
                         self.metrics())

    def test_nothing_has_expired(self):
        """Operators read zero, and not the time until the first expires."""
        self.message(created_at=NOON)

        self.assertEqual(['usermessages_expired_messages 0.0',
                          'usermessages_oldest_expired_seconds 0.0'],
                         self.metrics()[1][-2:])

    def test_foreign_values_are_escaped(self):
        """A row with any text does not break the file."""
        self.message(event_id='a"b\\c\nd', created_at=NOON)

        self.assertIn(r'usermessages_event_messages{event_id="a\"b\\c\nd"} '
                      '1.0', self.metrics()[1])


class SpoolTest(MetricsTestCase):

    def test_files_are_counted(self):
        """Operators see messages that wait for an import, or need one."""
        path = self.spool()
        (path / 'refused').mkdir()
        name = '019b7961-b200-7f0e-b5a0-aac384f0b6{:02d}.json'
        for number in range(3):
            (path / name.format(number)).touch()
        (path / 'refused' / name.format(9)).touch()
        (path / 'README').touch()

        self.assertEqual(['usermessages_spooled_messages 3.0',
                          'usermessages_refused_messages 1.0'],
                         self.metrics()[1][-2:])

    def test_empty_spool(self):
        """A spool in which nothing was refused has no second directory."""
        self.spool()

        self.assertEqual(['usermessages_spooled_messages 0.0',
                          'usermessages_refused_messages 0.0'],
                         self.metrics()[1][-2:])

    def test_unusable_spool_is_an_error(self):
        """A missing directory must not look like an empty spool."""
        self.spool().rmdir()

        self.assertEqual(
            (1, [], 'usermessages-manage: The spool cannot be used: No such '
                    'file or directory.\n'),
            self.metrics())


class MissingPackageTest(MetricsTestCase):

    def test_extra_is_named(self):
        """Operators read what to install."""
        patch = mock.patch.dict('sys.modules', {'prometheus_client': None})
        patch.start()
        self.addCleanup(patch.stop)

        self.assertEqual(
            (1, [], 'usermessages-manage: The format prometheus requires '
                    'prometheus_client; install usermessages[prometheus].\n'),
            self.metrics())
