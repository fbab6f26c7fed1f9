# SPDX-License-Identifier: Apache-2.0

import os
import pathlib

import fixtures

from usermessages import exception as exc
from usermessages.message import id_registry
from usermessages.tests import base

WRITTEN = '''\
# Message IDs.  Do not change or remove lines: stored messages need them.
# Run "usermessages-catalog lock" to add new IDs.
prefix = "LIBRARY"

[event]
"000001" = {constant = "UNKNOWN", since = "1.0.0"}
"000002" = {constant = "FULL", since = "1.1.0"}

[action]

[detail]
"001" = {constant = "", since = "1.0.0"}

# End of file.
'''
LOCK = id_registry.Registry('LIBRARY', {
    ('detail', '001'): id_registry.Entry('', '1.0.0'),
    ('event', '000002'): id_registry.Entry('FULL', '1.1.0'),
    ('event', '000001'): id_registry.Entry('UNKNOWN', '1.0.0')})


class LockTestCase(base.TestCase):

    def setUp(self):
        super().setUp()
        self.path = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path, 'messages.lock')


class WriteTest(LockTestCase):

    def test_file_is_for_reviewers(self):
        """Reviewers read one line for each ID, in a stable order."""
        id_registry.write(self.path, LOCK)

        self.assertEqual(WRITTEN, self.path.read_text())

    def test_file_is_replaced_as_a_whole(self):
        """A disk that is full does not cost what was there."""
        self.path.write_text('before')
        self.useFixture(fixtures.MockPatch(
            'os.fsync', side_effect=OSError(28, 'No space left on device')))

        error = self.assertRaises(exc.LockError, id_registry.write, self.path,
                                  LOCK)

        self.assertEqual(
            f'{self.path}:1: cannot be written (No space left on device)',
            str(error))
        self.assertEqual('before', self.path.read_text())
        self.assertEqual(['messages.lock'], os.listdir(self.path.parent))

    def test_link_stays_one(self):
        """The file behind the link is written, and the link stays."""
        link = self.path.with_name('link')
        link.symlink_to(self.path)

        id_registry.write(link, LOCK)

        self.assertTrue(link.is_symlink())
        self.assertEqual(WRITTEN, self.path.read_text())

    def test_directory_that_is_not_there(self):
        """Developers read the error in one line."""
        error = self.assertRaises(
            exc.LockError, id_registry.write, self.path / 'no' / 'such', LOCK)

        self.assertEqual(f'{self.path}/no/such:1: cannot be written '
                         '(No such file or directory)', str(error))


class ReadTest(LockTestCase):

    def test_reads_what_was_written(self):
        """Developers read the line of each ID."""
        self.path.write_text(WRITTEN)

        found = id_registry.read(self.path)

        self.assertEqual(('LIBRARY', LOCK.entries, WRITTEN),
                         (found.prefix, found.entries, found.content))
        self.assertEqual([6, 7, 12], [found.lines[key] for key in (
            ('event', '000001'), ('event', '000002'), ('detail', '001'))])

    def test_names_beyond_ascii(self):
        """Constants in Python and strings in TOML may have any letters."""
        entries = {('event', '1'): id_registry.Entry('GRÖSSE', '1"\\x')}
        id_registry.write(self.path, id_registry.Registry('LIBRARY', entries))

        self.assertEqual(entries, id_registry.read(self.path).entries)

    def test_file_of_a_checkout_on_windows(self):
        """Developers on Windows can use a file with other line endings."""
        self.path.write_bytes(WRITTEN.replace('\n', '\r\n').encode())

        self.assertEqual(LOCK.entries, id_registry.read(self.path).entries)
        self.assertEqual(WRITTEN, id_registry.read(self.path).content)

    def test_without_a_file_there_is_no_registry(self):
        """A catalog is locked for the first time."""
        self.assertIsNone(id_registry.read(self.path))

    def assertRefused(self, line, reason, content):
        if isinstance(content, str):
            content = content.encode()
        self.path.write_bytes(content)
        error = self.assertRaises(exc.LockError, id_registry.read, self.path)
        self.assertEqual((self.path, line), (error.path, error.line))
        self.assertIn(reason, error.reason)
        self.assertEqual(f'{self.path}:{line}: {error.reason}', str(error))
        self.assertNotIn('\n', str(error))

    def test_file_that_was_cut_off(self):
        """A truncated file would contain fewer IDs."""
        for length in range(len(WRITTEN)):
            with self.subTest(length=length):
                content = WRITTEN[:length]
                self.assertRefused(content.count('\n') + 1,
                                   'the file is truncated', content)

    def test_merge_that_was_left_open(self):
        """Developers may have overlooked the conflict reported by Git."""
        ours = '"000002" = {constant = "FULL", since = "1.1.0"}\n'
        self.assertRefused(7, 'conflict markers of a merge', WRITTEN.replace(
            ours, f'<<<<<<< HEAD\n{ours}=======\n'
            f'{ours.replace("FULL", "EMPTY")}>>>>>>> mine\n'))

    def test_file_that_is_no_toml(self):
        """Developers read the number of the line."""
        self.assertRefused(7, 'restore it from version control',
                           WRITTEN.replace('"FULL"', '"FULL'))
        self.assertRefused(7, 'restore it from version control',
                           WRITTEN.replace('000002', '000001'))

    def test_file_that_no_parser_gets_through(self):
        """Developers read one line, not a traceback."""
        self.assertRefused(1, 'restore it from version control',
                           WRITTEN.replace('"LIBRARY"', '[' * 100000))

    def test_file_that_was_edited(self):
        """An edited file is not trusted."""
        for line, old, new in (
                (7, ', since = "1.1.0"}', '}'),
                (7, '"1.1.0"}', '1.1}'),
                (7, '"1.1.0"}', '"1.1.0", text = "x"}'),
                (7, '{constant = "FULL", since = "1.1.0"}', '"FULL"'),
                (7, '"FULL"', r'"FU\nLL"'),
                (1, '[action]', '[actions]'),
                (1, '[action]\n', ''),
                (1, 'prefix = "LIBRARY"\n', ''),
                (1, '"LIBRARY"', '5'),
                (1, '[action]', '[[action]]')):
            with self.subTest(new=new):
                self.assertRefused(line, 'the file was edited by hand',
                                   WRITTEN.replace(old, new))

    def test_file_that_cannot_be_read(self):
        """An unreadable file is not overwritten."""
        self.assertRefused(1, 'is not UTF-8', b'\xff' + WRITTEN.encode())
        self.path.unlink()
        self.path.mkdir()

        error = self.assertRaises(exc.LockError, id_registry.read, self.path)

        self.assertEqual(f'{self.path}:1: cannot be read (Is a directory)',
                         str(error))
