# SPDX-License-Identifier: Apache-2.0

"""Call a command as the shell does, in this process."""

import datetime
import io
import sys

import fixtures
from oslo_utils import fixture as time_fixture

from usermessages.cmd import main
from usermessages.cmd import manage
from usermessages.tests import database


NOON = datetime.datetime(2026, 1, 1, 12)


class CommandTestCase(database.DatabaseTestCase):
    """A test of one command, on a database that is empty."""

    prog = None
    main = None

    def setUp(self):
        super().setUp()
        # The setting applies to the whole process, which belongs to the tests.
        self.useFixture(fixtures.MockPatch('oslo_log.log.setup'))
        self.useFixture(fixtures.EnvironmentVariable(
            'HOME', self.useFixture(fixtures.TempDir()).path))
        self.useFixture(fixtures.EnvironmentVariable('COLUMNS', '80'))
        self.empty = self.make_empty_database()
        self.use(self.empty)

    def use(self, url):
        """Let the environment name a database."""
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__CONNECTION', url))

    def run_command(self, *args):
        """Return the exit status, standard output and standard error."""
        with fixtures.MonkeyPatch('sys.stdout', io.StringIO()), \
                fixtures.MonkeyPatch('sys.stderr', io.StringIO()):
            status = main.call(type(self).prog, type(self).main, [*args])
            return status, sys.stdout.getvalue(), sys.stderr.getvalue()

    def file(self, content):
        """Return the name of a configuration file."""
        return self.create_tempfiles([('usermessages', content)], '.conf')[0]


class ManageTestCase(CommandTestCase):
    """A test of usermessages-manage at noon, on the database with the table.
    """

    prog = 'usermessages-manage'
    main = staticmethod(manage.main)

    def setUp(self):
        super().setUp()
        self.use(self.url)
        self.useFixture(time_fixture.TimeFixture(NOON))
