# SPDX-License-Identifier: Apache-2.0

"""The command line and the verdict of ``tools/soak``, without a database."""

import contextlib
import importlib
import io
import json
import pathlib
import sys

import fixtures
import testtools

from usermessages.tests import base

TOOLS = pathlib.Path(__file__).parents[3] / 'tools'
KEPT = {'broken': []}
BROKEN = {'broken': ['IDs without a row', 'two rows']}


@testtools.skipUnless(TOOLS.exists(), 'needs a checkout of the source')
class SoakTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.PythonPathEntry(str(TOOLS)))
        self.addCleanup(lambda: [
            sys.modules.pop(name) for name in list(sys.modules)
            if name.partition('.')[0] == 'soak'])
        self.soak = importlib.import_module('soak.__main__')
        # The modules would stay in the process of the tests.
        self.useFixture(fixtures.MockPatch('signal.signal'))

    def run_soak(self, *args, found=()):
        """Return the exit status and the output."""
        self.useFixture(fixtures.MockPatchObject(
            self.soak, '_run', lambda kind, options: iter(found)))
        self.useFixture(fixtures.MonkeyPatch('sys.argv', ['soak', *args]))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), \
                contextlib.redirect_stderr(printed):
            try:
                status = self.soak.main()
            except SystemExit as error:
                status = error.code
        return status, printed.getvalue()

    def test_all_promises_kept(self):
        """Readers of the report see one sentence."""
        self.assertEqual(
            (0, 'All promises were kept in 2 of 2 faults.\n'),
            self.run_soak('--databases', 'PostgreSQL',
                          found=[('frozen', KEPT), ('killed', KEPT)]))

    def test_broken_promises(self):
        """Readers of the report see the fault and the promises."""
        self.assertEqual(
            (1, 'PostgreSQL: killed: IDs without a row, two rows\n'
             'Promises were broken in 1 of 2 faults.\n'),
            self.run_soak('--databases', 'PostgreSQL',
                          found=[('frozen', KEPT), ('killed', BROKEN)]))

    def test_unknown_fault_is_an_error(self):
        """A typo is not a run without a broken promise."""
        status, printed = self.run_soak(
            '--databases', 'PostgreSQL', '--only', 'killed', 'nonsense')

        self.assertEqual(2, status)
        self.assertIn('no fault has "nonsense" in its name; there are:',
                      printed)

    def test_fault_of_another_database_is_an_error(self):
        """Operators read an error for a fault that would not run."""
        status, printed = self.run_soak(
            '--databases', 'PostgreSQL', '--only', 'partition')

        self.assertEqual(2, status, printed)

    def test_nothing_is_stored_unless_asked(self):
        """A run leaves the files of the repository as they are."""
        before = (TOOLS / 'soak/results/results.json').read_bytes()

        self.run_soak('--databases', 'PostgreSQL', found=[('none', BROKEN)])

        self.assertEqual(
            before, (TOOLS / 'soak/results/results.json').read_bytes())

    def test_results_of_other_runs_do_not_decide(self):
        """Results of other runs are kept, but do not count."""
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (directory / 'results.json').write_text(
            json.dumps({'Galera: killed': BROKEN}))
        self.useFixture(fixtures.MockPatchObject(
            self.soak.table, 'text', return_value=''))

        status, _printed = self.run_soak(
            '--databases', 'PostgreSQL', '--output', str(directory),
            found=[('killed', KEPT)])

        self.assertEqual(0, status)
        self.assertEqual(
            {'Galera: killed': BROKEN, 'PostgreSQL: killed': KEPT},
            json.loads((directory / 'results.json').read_text()))
