# SPDX-License-Identifier: Apache-2.0

import io
import os
import subprocess
import sys
from unittest import mock

import fixtures

from usermessages.cmd import catalog
from usermessages.cmd import main
from usermessages.tests.unit.cmd import base
from usermessages.tests.unit.message import test_lint


class CatalogTestCase(test_lint.LintTestCase):
    """A test of the command, in the directory of a service."""

    run_command = base.CommandTestCase.run_command
    prog = 'usermessages-catalog'
    main = staticmethod(catalog.main)

    def setUp(self):
        super().setUp()
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.directory)
        # Without the directory, which is for the command to find.
        self.useFixture(fixtures.MonkeyPatch('sys.path', [*sys.path[1:]]))
        self.useFixture(fixtures.EnvironmentVariable(
            'HOME', str(self.directory)))
        self.write()

    def write(self, *pairs):
        """Write the module of the catalog, with something else in it."""
        source = test_lint.SOUND
        for old, new in pairs:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        self.forget()
        (self.directory / 'shelf.py').write_text(test_lint.HEAD + source)

    def check(self, *args):
        return self.run_command('check', 'shelf:CATALOG', *args)

    def lock(self, *args):
        return self.run_command('lock', 'shelf:CATALOG', '--release', '1.0.0',
                                *args)


class CheckTest(CatalogTestCase):

    def test_directory_with_any_name(self):
        """The name of a directory never controls the terminal."""
        directory = self.directory / 'a\x1b[2Jb'
        directory.mkdir()

        status, out, err = self.lock('--lock', str(directory / 'x.lock'))

        self.assertEqual((0, ''), (status, err))
        self.assertEqual(
            'a\\x1b[2Jb/x.lock has 5 IDs; new: 5.\n', out)

    def test_sound_catalog(self):
        """tox succeeds with the exit status 0."""
        self.lock()

        self.assertEqual(
            (0, 'IDs checked: 5; violations: 0; warnings: 0\n', ''),
            self.check())

    def test_findings_are_lines(self):
        """Editors and review tools can parse the findings; the status is 1."""
        self.lock()
        self.write(("Event('000002'", "Event('000007'"),
                   ('nobody knows why', 'no %s'))

        self.assertEqual((
            1,
            'shelf.py:10: event FULL is 000007, but 000002 since 1.0.0: '
            'stored messages would lose their text; restore the ID, and use a '
            'new name for a new meaning\n'
            "shelf.py:19: detail 001 has the placeholder '%s'; remove it\n",
            ''), self.check())

    def test_no_lock_yet(self):
        """Developers read how to create the lock file."""
        self.assertEqual(
            (1, 'shelf.lock:1: the lock file is missing; run '
             '"usermessages-catalog lock"\n', ''), self.check())

    def test_lock_by_another_name(self):
        """Developers can keep the lock file elsewhere."""
        os.mkdir('other')
        self.lock('--lock', 'other/ids')

        self.assertEqual(0, self.check('--lock', 'other/ids')[0])
        self.assertEqual(1, self.check()[0])

    def test_warnings(self):
        """Developers decide whether warnings are errors."""
        self.lock()
        self.write(('The shelf is full.', 'MySQL is full.'))
        warning = ('shelf.py:10: warning: event 000002 seems to have a back '
                   "end, 'MySQL'; remove it\n")

        self.assertEqual(
            (0, f'{warning}IDs checked: 5; violations: 0; warnings: 1\n', ''),
            self.check())
        self.assertEqual((1, warning, ''), self.check('--strict'))

    def test_modules_of_exceptions(self):
        """The catalog need not import them."""
        self.lock()
        self.write(("'ShelfIsFull'", "'AtticIsFull'"))
        (self.directory / 'attic.py').write_text(
            'class AtticIsFull(Exception):\n    pass\n')

        status, out, _err = self.check()
        self.assertEqual(1, status)
        self.assertIn('shelf.py:30: the exception AtticIsFull of ', out)
        self.assertEqual(0, self.check('--import', 'attic')[0])
        self.assertEqual(
            (1, '', 'usermessages-catalog: cellar cannot be imported: No '
             "module named 'cellar'\n"), self.check('--import', 'cellar'))

    def test_shipped_catalog(self):
        """The catalog of this package is the default, and is sound."""
        status, out, _err = self.run_command('check', '--strict')

        self.assertEqual(0, status)
        self.assertIn('; violations: 0; warnings: 0\n', out)

    def test_babel_is_not_installed(self):
        """A service that includes the library does not need Babel."""
        self.lock()
        program = ("import sys\nsys.modules['babel'] = None\n"
                   'from usermessages.cmd import main\n'
                   'sys.exit(main.catalog())')

        def run(command):
            done = subprocess.run(
                [sys.executable, '-c', program, command, 'shelf:CATALOG'],
                capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

        self.assertEqual(
            (1, '', 'usermessages-catalog: Checking a catalog requires Babel; '
             'install usermessages[lint].\n'), run('check'))
        self.assertEqual(
            (0, 'shelf.lock has 5 IDs; new: 0.\n', ''), run('lock'))

    def test_catalog_of_the_configuration(self):
        """A service that is configured need not name it again."""
        self.lock()
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__CATALOG', 'shelf:CATALOG'))

        self.assertEqual(0, self.run_command('check')[0])


class UnusableTest(CatalogTestCase):

    def test_catalog_that_cannot_be_made(self):
        """The output names the line with the duplicate ID."""
        self.write(("Event('000002'", "Event('000001'"))

        for args in (('check',), ('lock', '--release', '1')):
            self.assertEqual(
                (1, 'shelf.py:27: shelf:CATALOG cannot be created (The ID '
                 "000001 is a duplicate, with the texts 'Something went "
                 "wrong.' and 'The shelf is full.'); correct it first\n", ''),
                self.run_command(*args, 'shelf:CATALOG'))

    def test_catalog_that_a_module_of_exceptions_imports(self):
        """The module with the mistake is named, and its line."""
        self.write(("Event('000002'", "Event('000001'"))
        (self.directory / 'attic.py').write_text('import shelf\n')

        status, out, err = self.check('--import', 'attic')

        self.assertEqual((1, ''), (status, err))
        self.assertIn('shelf.py:27: shelf:CATALOG cannot be created (', out)

    def test_module_that_fails(self):
        """Developers read the error of their module without a traceback."""
        for source, line in (('x = 1\n1 / 0\n', 'shelf.py:2: '),
                             # A gate that is green would hold nothing.
                             ('import sys\nsys.exit(0)\n', 'shelf.py:2: '),
                             ('import json\njson.loads("")\n', 'decoder.py:')):
            self.forget()
            (self.directory / 'shelf.py').write_text(source)

            status, out, err = self.check()

            self.assertEqual((1, ''), (status, err))
            self.assertIn(line, out)
            self.assertIn('shelf:CATALOG cannot be created (', out)
            self.assertEqual(1, out.count('\n'))

    def test_module_of_exceptions_that_fails(self):
        """Developers read the name of the module, and the check fails."""
        self.lock()
        (self.directory / 'attic.py').write_text('import sys\nsys.exit(0)\n')

        self.assertEqual(
            (1, '', 'usermessages-catalog: attic cannot be imported: '
             'sys.exit(0)\n'), self.check('--import', 'attic'))

    def test_no_such_catalog(self):
        """A typo is named as one."""
        for path, text in (
                ('shelf:CATALOGUE', "the catalog is 'shelf:CATALOGUE', which "
                 'is not a Catalog; use the form module:NAME.'),
                ('shelf', "the catalog is 'shelf', which is not a Catalog; "
                 'use the form module:NAME.'),
                ('cellar:CATALOG', "the catalog is 'cellar:CATALOG', but the "
                 'module cellar is not installed: install it in the '
                 'environment of usermessages, or add its directory to '
                 'PYTHONPATH.')):
            self.assertEqual((1, '', f'usermessages-catalog: {text}\n'),
                             self.run_command('check', path))

    def test_directory_that_is_gone(self):
        """Developers can check an installed package from a deleted directory.
        """
        os.mkdir('gone')
        os.chdir('gone')
        os.rmdir('../gone')

        self.assertEqual(0, self.run_command('check')[0])

    def test_wrong_command_line(self):
        """Wrong arguments return the exit status 2."""
        for args in ((), ('unlock',), ('check', 'a:B', 'c:D'),
                     ('lock', '--strict'), ('lock', '--release', '1\n'),
                     # An unset variable of the shell is the same; the default
                     # applies.
                     ('check', ''), ('lock', ''), ('check', '--lock', ''),
                     ('lock', '--lock', '')):
            status, out, err = self.run_command(*args)

            self.assertEqual((2, ''), (status, out))
            self.assertIn('usage: usermessages-catalog', err)

    def test_help_tells_what_is_held(self):
        """A developer finds out without the documents."""
        for args, words in (
                (('--help',), 'check coffee.messages:CATALOG'),
                (('check', '--help'), 'Each ID keeps its meaning'),
                (('lock', '--help'), 'the violations and write nothing')):
            status, out, _err = self.run_command(*args)

            self.assertEqual(0, status)
            self.assertIn(words, ' '.join(out.split()))

    def test_ctrl_c(self):
        """Developers read one line, and shells the usual status."""
        with mock.patch.dict(catalog.COMMANDS, check=mock.Mock(
                side_effect=KeyboardInterrupt)):
            self.assertEqual((130, '', 'usermessages-catalog: interrupted\n'),
                             self.check())

    def test_closed_pipe(self):
        """Developers can pipe the output into "head -1" without an error."""
        reads, writes = os.pipe()
        os.close(reads)
        errors = io.StringIO()

        with os.fdopen(writes, 'w') as out, \
                fixtures.MonkeyPatch('sys.stdout', out), \
                fixtures.MonkeyPatch('sys.stderr', errors):
            status = main.call(
                self.prog, catalog.main, ['check', 'shelf:CATALOG'])

        self.assertEqual((141, ''), (status, errors.getvalue()))


class LockTest(CatalogTestCase):

    def test_new_ids_are_added(self):
        """The file is next to the module, with the first release of each ID.
        """
        first = self.lock()
        self.write(('FULL =', "LOST = Event('000003', N_('It was lost.'))\n"
                    'FULL ='))
        second = self.run_command('lock', 'shelf:CATALOG', '--release',
                                  '1.1.0')

        self.assertEqual((0, 'shelf.lock has 5 IDs; new: 5.\n', ''), first)
        self.assertEqual((0, 'shelf.lock has 6 IDs; new: 1.\n', ''), second)
        self.assertEqual([
            '"000001" = {constant = "UNKNOWN", since = "1.0.0"}',
            '"000002" = {constant = "FULL", since = "1.0.0"}',
            '"000003" = {constant = "LOST", since = "1.1.0"}'],
            self.path.read_text().splitlines()[5:8])

    def test_second_time_changes_nothing(self):
        """A release need not know whether it was locked already."""
        self.lock()
        before = self.path.read_bytes()

        self.assertEqual((0, 'shelf.lock has 5 IDs; new: 0.\n', ''),
                         self.run_command('lock', 'shelf:CATALOG',
                                          '--release', '2.0.0'))
        self.assertEqual(before, self.path.read_bytes())

    def test_nothing_is_dropped(self):
        """Developers cannot hide a change from the linter with the lock file.
        """
        self.lock()
        before = self.path.read_bytes()
        self.write(("Event('000002'", "Event('000007'"))

        status, out, err = self.lock()

        self.assertEqual((1, ''), (status, err))
        self.assertTrue(out.startswith('shelf.py:10: event FULL is 000007, '))
        self.assertEqual(before, self.path.read_bytes())

    def test_lock_that_cannot_be_read(self):
        """A damaged file is not replaced, since it has the IDs of all
        releases.
        """
        self.path.write_text('prefix = "LIBRARY"\n')

        status, out, err = self.lock()

        self.assertEqual((1, ''), (status, err))
        self.assertTrue(out.startswith('shelf.lock:2: the file is trunc'))
        self.assertEqual('prefix = "LIBRARY"\n', self.path.read_text())

    def test_lock_that_cannot_be_written(self):
        """Developers read the error in one line."""
        self.assertEqual(
            (1, 'no/such/lock:1: cannot be written (No such file or '
             'directory)\n', ''), self.lock('--lock', 'no/such/lock'))

    def test_release_of_an_installed_package(self):
        """The release is the one that the version leads to."""
        for version, release in (
                ('1.4.0.dev7', '1.4.0'), ('2.0', '2.0'),
                ('3.0.0rc1', '3.0.0'), ('1.4.0', '1.4.0'),
                # The version has the format of pbr.
                ('28.0.0.0b2.dev12', '28.0.0'), ('28.0.0.0rc1', '28.0.0'),
                ('1!2.0', '2.0'), ('1.2.3.4', '1.2.3.4'),
                ('unknown', 'unknown')):
            self.path.unlink(missing_ok=True)
            with fixtures.MonkeyPatch(
                    'importlib.metadata.packages_distributions',
                    lambda: {'shelf': ['Shelf']}), \
                fixtures.MonkeyPatch('importlib.metadata.version',
                                     {'Shelf': version}.get):
                self.assertEqual(0, self.run_command(
                    'lock', 'shelf:CATALOG')[0])

            self.assertIn(f'since = "{release}"', self.path.read_text())

    def test_package_that_is_not_installed(self):
        """The option is named."""
        self.assertEqual(
            (1, '', 'usermessages-catalog: shelf is not installed, so its '
             'version is unknown: name the first release with the new IDs '
             'with --release.\n'),
            self.run_command('lock', 'shelf:CATALOG'))

    def test_release_that_is_not_needed(self):
        """The release is optional if there is nothing to write."""
        self.lock()

        self.assertEqual((0, 'shelf.lock has 5 IDs; new: 0.\n', ''),
                         self.run_command('lock', 'shelf:CATALOG'))
        self.write(("Event('000002'", "Event('000007'"))
        status, out, err = self.run_command('lock', 'shelf:CATALOG')
        self.assertEqual((1, ''), (status, err))
        self.assertIn('shelf.py:10: event FULL is 000007', out)


class PrintTest(CatalogTestCase):

    def test_texts_and_parameters(self):
        """A reviewer reads what users read, without the source."""
        self.write(("N_('The shelf is full.')",
                    "N_('{count} books.'), general=N_('Full.'), "
                    "parameters={'count': catalog.Count(9, about="
                    "catalog.PROJECT)}"))

        status, out, err = self.run_command('print', 'shelf:CATALOG')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual("""\
event 000001: Something went wrong.
event 000002: {count} books.
    user action: wait
    hint: Books are taken away every evening.
    general text: Full.
    parameter count: a number from 0 to 9, of the project
action 001: put a book on the shelf
detail 001: nobody knows why
detail 002: there is no room
""", out)

    def test_catalog_that_does_not_exist(self):
        """The error is the error of the other commands."""
        status, out, err = self.run_command('print', 'shelf:NOTHING')

        self.assertEqual((1, ''), (status, out))
        self.assertIn('is not a Catalog', err)
