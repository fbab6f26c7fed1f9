# SPDX-License-Identifier: Apache-2.0

import io

import fixtures

from usermessages.cmd import progress
from usermessages.tests import base


class ReporterTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.stderr = io.StringIO()
        self.stderr.isatty = lambda: True
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', self.stderr))
        self.now = 1000.0
        self.useFixture(fixtures.MonkeyPatch(
            'time.monotonic', lambda: self.now))

    def test_terminal_shows_a_line_every_ten_seconds(self):
        """An operator who waits sees that the command continues."""
        advance = progress.reporter('Messages removed so far: %d')
        for seconds in (4, 4, 4, 4, 4, 4):
            self.now += seconds
            advance(200)

        self.assertEqual(
            'usermessages-manage: Messages removed so far: 600\n'
            'usermessages-manage: Messages removed so far: 1200\n',
            self.stderr.getvalue())

    def test_timer_shows_nothing(self):
        """The mail of a timer has only the result."""
        self.stderr.isatty = lambda: False
        advance = progress.reporter('Messages removed so far: %d')
        self.now += 60
        advance(200)

        self.assertEqual('', self.stderr.getvalue())

    def test_no_standard_error(self):
        """A supervisor may have closed it."""
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', None))
        advance = progress.reporter('Messages removed so far: %d')
        self.now += 60

        self.assertIsNone(advance(200))
