# SPDX-License-Identifier: Apache-2.0

import importlib.metadata
import inspect
import io
import sys

import fixtures

from usermessages.cmd import main as cmd_main
from usermessages import exception
from usermessages.tests import base


class CallTest(base.TestCase):
    """Exit status and output for each exception of a program."""

    def call(self, error):
        """Return the exit status and standard error after that exception."""
        def main(argv):
            raise error

        with fixtures.MonkeyPatch('sys.stderr', io.StringIO()):
            return cmd_main.call('prog', main, []), sys.stderr.getvalue()

    def test_each_error_is_one_line(self):
        """Operators read one line, with a hint if there is one."""
        self.assertEqual(
            [(1, 'prog: No database is configured.\n'),
             (1, 'prog: database unavailable (OperationalError '
              '2003)\n'),
             (1, 'prog: The database refused a statement (X 1).\n'),
             (130, 'prog: interrupted\n'),
             (1, 'prog: input or output failed: No space left on device\n'),
             (1, 'prog: input or output failed: the tape is full\n'),
             (1, 'prog: input or output failed: TimeoutError\n'),
             (141, ''),
             (2, '')],
            [self.call(error) for error in (
                exception.ConfigurationError('No database is configured.'),
                exception.DatabaseUnavailable('OperationalError 2003'),
                exception.DatabaseError('X 1'),
                KeyboardInterrupt(),
                OSError(28, 'No space left on device'),
                OSError('the tape is full'),
                TimeoutError(),
                BrokenPipeError(32, 'Broken pipe'),
                SystemExit(2))])

    def test_notes_are_part_of_the_line(self):
        """Operators read the progress until the error."""
        error = KeyboardInterrupt()
        error.add_note('Messages removed: 4')

        self.assertEqual((130, 'prog: interrupted; Messages removed: 4\n'),
                         self.call(error))

    def test_terminal_is_given_no_command(self):
        """A file may have any name."""
        self.assertEqual(
            (1, 'prog: x\\x1b[2J\\ny\\udcff is missing.\n'),
            self.call(exception.ConfigurationError(
                'x\x1b[2J\ny\udcff is missing.')))

    def test_errors_without_standard_error(self):
        """Without standard error, errors do not go to another file."""
        def main(argv):
            raise exception.DatabaseError('X 1')

        with fixtures.MonkeyPatch('sys.stdout', io.StringIO()), \
                fixtures.MonkeyPatch('sys.stderr', None):
            status = cmd_main.call('prog', main, [])
            out = sys.stdout.getvalue()

        self.assertEqual((1, ''), (status, out))

    def test_mistake_in_the_code_stays_one(self):
        """A traceback is what its author needs."""
        self.assertRaises(ZeroDivisionError, self.call, ZeroDivisionError())


class ConsoleScriptsTest(base.TestCase):

    def test_each_program_is_started_here(self):
        """Another entry point would print a traceback after Ctrl-C."""
        scripts = importlib.metadata.distribution(
            'usermessages').entry_points.select(group='console_scripts')

        self.assertIn('usermessages-manage', scripts.names)
        for script in scripts:
            self.assertEqual('usermessages.cmd.main', script.module)
            self.assertIn(f"'{script.name}'", inspect.getsource(
                script.load()))
