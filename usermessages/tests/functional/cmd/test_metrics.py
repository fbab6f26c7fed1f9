# SPDX-License-Identifier: Apache-2.0

"""The metrics on servers, and what promtool of Prometheus says of them."""

import configparser
import os
import pathlib
import shutil
import subprocess
import sys

import ddt
import fixtures
import testtools
import yaml

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests import processes
from usermessages.tests.unit.cmd import test_metrics

globals().update(database.of_unit_tests(test_metrics, __name__))

SHIPPED = processes.ROOT / 'etc/usermessages'
NAME = 'usermessages.prom'
# With OS_TEST_DATABASES_REQUIRED=1, a missing promtool is a failure.
needs_promtool = testtools.skipUnless(
    shutil.which('promtool') or os.environ.get('OS_TEST_DATABASES_REQUIRED'),
    'needs promtool')


@testtools.skipUnless(SHIPPED.exists(), 'needs a checkout of the source')
class UnitTest(database.DatabaseTestCase):
    """The command in usermessages-metrics.service."""

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)

    def export(self, url):
        """Run the command of the unit; return the exit status."""
        unit = configparser.RawConfigParser(strict=False)
        unit.optionxform = str
        unit.read(SHIPPED / 'usermessages-metrics.service')
        shell, option, script = unit['Service']['ExecStart'].split(' ', 2)
        return subprocess.run(
            [shell, option, script.strip('"').replace(
                '/opt/usermessages/bin', os.path.dirname(sys.executable))],
            cwd=self.directory, capture_output=True,
            env={'HOME': str(self.directory),
                 'OS_USER_MESSAGES__CONNECTION': url},
            timeout=base.HANG_SECONDS).returncode

    @needs_promtool
    def test_promtool_finds_no_mistake(self):
        """Names, types, help texts and escapes follow the conventions."""
        self.message(event_id='a"b\\c\nd', project_id='\xe4\u65e5')

        self.assertEqual(0, self.export(self.url))

        with (self.directory / NAME).open() as file:
            checked = subprocess.run(
                ['promtool', 'check', 'metrics'], stdin=file,
                capture_output=True, text=True, timeout=base.HANG_SECONDS)
        self.assertEqual((0, '', ''), (checked.returncode, checked.stdout,
                                       checked.stderr))
        self.assertIn(r'{event_id="a\"b\\c\nd"} 1.0',
                      (self.directory / NAME).read_text())

    def test_previous_file_remains_after_an_error(self):
        """The collector never reads an empty or incomplete file."""
        (self.directory / NAME).write_text('previous')

        self.assertEqual(1, self.export(self.make_empty_database()))

        self.assertEqual('previous', (self.directory / NAME).read_text())


# For each alert: the minute in which the alert fires, and the series, with a
# value each minute.
ALERTS = (
    ('UserMessagesNotPurged', 1,
     {'usermessages_oldest_expired_seconds': '172800 172801'}),
    ('UserMessagesSpooled', 47,
     {'usermessages_spooled_messages': '1 0 1x45'}),
    ('UserMessagesRefused', 1, {'usermessages_refused_messages': '0 1'}),
    ('UserMessagesReasonUnknown', 1,
     {'usermessages_unknown_messages{action_id="001"}': '1 2',
      'usermessages_unknown_messages{action_id="002"}': '1 1',
      'usermessages_action_messages{action_id="001"}': '10 10',
      'usermessages_action_messages{action_id="002"}': '10 10'}),
    ('UserMessagesMetricsStale', 61,
     {'node_textfile_mtime_seconds{file="/x/usermessages.prom"}': '0x61'}))


@ddt.ddt
@testtools.skipUnless(SHIPPED.exists(), 'needs a checkout of the source')
class AlertTest(base.TestCase):
    """The alerts in prometheus-rules.yaml."""

    RULES = SHIPPED / 'prometheus-rules.yaml'

    def rules(self):
        """Return the alerts by their names."""
        [group] = yaml.safe_load(self.RULES.read_text())['groups']
        return {rule['alert']: rule for rule in group['rules']}

    @ddt.data(*ALERTS)
    @ddt.unpack
    @needs_promtool
    def test_alert_fires_at_its_limit(self, name, minute, series):
        """Operators are alerted at the limit, and not before."""
        labels = {'file': '/x/usermessages.prom'} if 'Stale' in name else {}
        alert = {'exp_labels': labels,
                 'exp_annotations': self.rules()[name]['annotations']}
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'test'
        path.write_text(yaml.safe_dump({
            'rule_files': [str(self.RULES)],
            'tests': [{
                'interval': '1m',
                'input_series': [{'series': key, 'values': values}
                                 for key, values in series.items()],
                'alert_rule_test': [
                    {'alertname': name, 'eval_time': f'{minute - 1}m',
                     'exp_alerts': []},
                    {'alertname': name, 'eval_time': f'{minute}m',
                     'exp_alerts': [alert]}]}]}))

        done = subprocess.run(
            ['promtool', 'test', 'rules', path], capture_output=True,
            text=True, timeout=base.HANG_SECONDS)

        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_each_alert_is_tested(self):
        """An alert that cannot fire would go unnoticed."""
        self.assertEqual([name for name, *_rest in ALERTS],
                         list(self.rules()))
