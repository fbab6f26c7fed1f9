# SPDX-License-Identifier: Apache-2.0

import bz2
import datetime
import gzip
import json
import lzma
import os
import threading

import fixtures

from usermessages.cmd import import_
from usermessages.db import ids
from usermessages.message import api as message_api
from usermessages.message import dead_letter
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.cmd import base as cmd_base

NOON = cmd_base.NOON
DAY = datetime.timedelta(days=1)


def outcome(imported=0, there=0, past=0, refused=0, unread=0):
    return (f'Messages imported: {imported}; existing: {there}; expired: '
            f'{past}; rejected: {refused}; files not read: '
            f'{unread}\n')


INCOMPLETE = 'usermessages-manage: not all messages could be imported\n'


class ImportTestCase(cmd_base.ManageTestCase):
    """A test of the command at noon, on the database with the table."""

    def run_import(self, *args):
        return self.run_command('message', 'import', *args)

    def lost(self, **values):
        """Return a message that is stored nowhere."""
        created_at = values.get('created_at', NOON)
        return {
            'id': ids.new_id(created_at), 'project_id': base.PROJECT,
            'event_id': '000002', 'action_id': '', 'detail_id': '',
            'message_level': 'ERROR', 'resource_type': 'VOLUME',
            'resource_uuid': base.RESOURCE, 'request_id': base.REQUEST,
            'global_request_id': base.GLOBAL_REQUEST, 'parameters': '',
            'created_at': created_at, 'expires_at': created_at + 30 * DAY,
            **values}

    def logged(self, *messages):
        """Return the lines of a log with them, among others."""
        return ''.join(
            '2026-01-01 12:00:00.123 7 INFO host [-] Something else\n'
            '2026-01-01 12:00:00.123 7 ERROR usermessages.message.api [-] '
            'Could not store the user message (database unavailable, '
            'OperationalError 2003); recover it with "usermessages-manage '
            f'message import": {dead_letter.serialize(message)}\n'
            for message in messages)

    def log_of(self, content):
        """Return the name of a file with that in it."""
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'x.log')
        with open(path, 'wb') as file:
            file.write(content if isinstance(content, bytes)
                       else content.encode())
        return path

    def assertStored(self, *messages):
        self.assertEqual(sorted(messages, key=lambda row: row['id']),
                         sorted(self.stored(), key=lambda row: row['id']))


@database.on_each
class ImportTest(ImportTestCase):

    def test_what_the_service_logged_comes_back(self):
        """Users read a message that was recovered from the log."""
        api = message_api.API(self.configuration(
            user_messages__connection=self.empty))
        self.addCleanup(api.db.close)
        lines = []
        self.useFixture(fixtures.MonkeyPatch(
            'usermessages.message.api._log',
            lambda _severity, text, *args: lines.append(text % args)))
        self.assertIsNone(api.create(
            self.context(), '000002', resource_type='VOLUME',
            resource_uuid=base.RESOURCE))

        found = self.run_import(self.log_of('\n'.join(lines)))

        self.assertEqual((0, outcome(imported=1), ''), found)
        [row] = self.stored()
        self.assertEqual((NOON, NOON + 30 * DAY, base.RESOURCE), (
            row['created_at'], row['expires_at'], row['resource_uuid']))

    def test_several_files_with_the_same_message(self):
        """Rotated logs overlap, and controllers log the same messages."""
        messages = [self.lost() for _number in range(4)]
        paths = [self.log_of(self.logged(*messages[:3])),
                 self.log_of(self.logged(*messages[1:], messages[3]))]

        found = self.run_import(*paths)
        again = self.run_import(*paths)

        self.assertEqual((0, outcome(imported=4, there=3), ''), found)
        self.assertEqual((0, outcome(there=7), ''), again)
        self.assertStored(*messages)

    def test_messages_expired_are_left_out(self):
        """Operators may import a log of a month ago."""
        kept = self.lost(created_at=NOON - 30 * DAY, expires_at=NOON + DAY)

        found = self.run_import(self.log_of(self.logged(
            self.lost(created_at=NOON - 30 * DAY), kept)))

        self.assertEqual((0, outcome(imported=1, past=1), ''), found)
        self.assertStored(kept)

    def test_dry_run_stores_nothing(self):
        """Operators read, as text or JSON, what an import would do."""
        path = self.log_of(self.logged(self.lost(), self.lost()))

        found = self.run_import('--dry-run', path)
        in_json = self.run_import('--dry-run', '-f', 'json', path)

        self.assertEqual(
            (0, 'Messages that would be imported: 2; existing: 0; '
             'expired: 0; rejected: 0; files not read: 0\n', ''), found)
        self.assertEqual({
            'dry_run': True, 'imported': 2, 'existing': 0,
            'expired': 0, 'rejected': 0, 'files_not_read': 0,
        }, json.loads(in_json[1]))
        self.assertEqual([], self.stored())

    def test_possible_edits_are_refused(self):
        """Operators read the place and the reason of each rejected line."""
        first, second = self.lost(), self.lost()
        lines = self.logged(
            first, self.lost(event_id='000009'),
            self.lost(project_id=base.PROJECT, id=base.RESOURCE)) + (
                self.logged(self.lost())[:-40] + '\n' + self.logged(second))
        path = self.log_of(lines)

        status, out, err = self.run_import(path)

        self.assertEqual((1, outcome(imported=2, refused=3)), (status, out))
        self.assertEqual(
            f'usermessages-manage: {path}:4: Invalid user message: '
            'event_id.\n'
            f'usermessages-manage: {path}:6: Invalid user message: '
            'id.\n'
            f'usermessages-manage: {path}:8: a message that was truncated '
            'or edited, or has another format version; the rest of the line '
            f'is ignored\n{INCOMPLETE}', err)
        self.assertStored(first, second)

    def test_missing_table_ends_it(self):
        """The line contains the progress, and what to do."""
        self.use(self.empty)
        path = self.log_of(self.logged(self.lost()))

        status, out, err = self.run_import(path)

        self.assertEqual((1, ''), (status, out))
        self.assertRegex(
            err, r'^usermessages-manage: The database refused a statement '
            r'\(\w+ \w+: the table may be missing.*\)\.; '
            'Messages imported: 0; .*; '
            f'the import ended at {path}:2; you can run it again\n$')


class FilesTest(ImportTestCase):
    """Files of any content."""

    def test_files_that_cannot_be_read_are_named(self):
        """Operators read which files are unreadable; others are imported."""
        message = self.lost()
        path = self.log_of(self.logged(message))
        directory = os.path.dirname(path)

        status, out, err = self.run_import(
            f'{directory}/nothing', directory, path)

        self.assertEqual((1, outcome(imported=1, unread=2)), (status, out))
        self.assertEqual(
            f'usermessages-manage: {directory}/nothing: No such file or '
            f'directory\nusermessages-manage: {directory}: Is a directory\n'
            f'{INCOMPLETE}', err)

    def test_garbage_is_passed_over(self):
        """A file of the wrong kind has no message in it."""
        for content in (b'', b'\0' * 100000, bytes(range(256)) * 400,
                        b'\xff\xfe{\0', b'\n' * 1000):
            self.assertEqual((0, outcome(), ''),
                             self.run_import(self.log_of(content)))

    def test_what_may_be_a_message_is_not_passed_over(self):
        """Operators read about each possible message that is not imported."""
        record = dead_letter.serialize(self.lost())
        for line in ('lost_user_message', '{"lost_user_message',
                     record.replace('"', "'"), record.replace('"', '&quot;'),
                     record.replace('"', '\\\\"'), f'{{ {record[1:]}'):
            with self.subTest(line=line):
                path = self.log_of(f'Something else\n{line}\n')

                status, out, err = self.run_import(path)

                self.assertEqual((1, outcome(refused=1)), (status, out))
                self.assertEqual(
                    f'usermessages-manage: {path}:2: a message that was '
                    'truncated or edited, or has another format version; the '
                    f'rest of the line is ignored\n{INCOMPLETE}', err)

    def test_compressed_files(self):
        """Operators can import files compressed by logrotate, by any name."""
        messages = [self.lost() for _number in range(3)]
        text = self.logged(*messages[1:]).encode()
        for compress in (gzip.compress, bz2.compress, lzma.compress):
            with self.subTest(compress=compress):
                # Two that were put together are one.
                path = self.log_of(
                    compress(self.logged(messages[0]).encode())
                    + compress(text))

                self.assertEqual(
                    (0, outcome(imported=3).replace(
                        'imported', 'that would be imported'), ''),
                    self.run_import('--dry-run', path))

        self.run_import(path)

        self.assertStored(*messages)

    def test_compressed_file_on_standard_input(self):
        """Operators can pipe a compressed file into the command."""
        content = gzip.compress(self.logged(self.lost()).encode())
        with open(self.log_of(content), 'rb') as file:
            before = os.dup(0)
            os.dup2(file.fileno(), 0)
            try:
                found = self.run_import('-')
            finally:
                os.dup2(before, 0)
                os.close(before)

        self.assertEqual((0, outcome(imported=1), ''), found)

    def test_compressed_file_that_is_damaged(self):
        """Messages before the damage are imported, and the file is named."""
        text = self.logged(*[self.lost() for _number in range(999)]).encode()
        for compress in (gzip.compress, bz2.compress, lzma.compress):
            whole = compress(text)
            for content in (whole[:-9], whole[:len(whole) // 2],
                            whole[:20] + b'x' * 99):
                with self.subTest(compress=compress, size=len(content)):
                    path = self.log_of(content)

                    status, out, err = self.run_import('--dry-run', path)

                    self.assertEqual(1, status)
                    self.assertIn('; rejected: 0; files not read: 1\n', out)
                    self.assertRegex(err, f'usermessages-manage: {path}')
                    self.assertEqual(2, len(err.splitlines()), err)

    def test_compressed_file_of_little_else_than_size(self):
        """A line of a gigabyte does not need a gigabyte of memory."""
        self.useFixture(fixtures.MockPatchObject(
            import_, '_LONGEST_LINE', 1000))
        message = self.logged(self.lost()).encode()

        status, out, _err = self.run_import('--dry-run', self.log_of(
            gzip.compress(b'\0' * 20000000 + b'\n' + message)))

        self.assertEqual(1, status)
        self.assertIn('imported: 1;', out)
        self.assertIn('rejected: 1;', out)

    def test_other_files_that_are_no_text(self):
        """Operators read the names of binary files."""
        for start, reason in (
                (b'\x28\xb5\x2f\xfd', 'zstd'), (b'\x04\x22\x4d\x18', 'lz4'),
                (b'\x1f\x9d\x90', 'compress'), (b'LZIP\1', 'lzip'),
                (b'PK\3\4', 'zip'), (b"7z\xbc\xaf'\x1c", '7-Zip'),
                (b'LPKSHHRH', 'systemd')):
            with self.subTest(reason=reason):
                path = self.log_of(start + b'\0' * 99)

                status, out, err = self.run_import(path)

                self.assertEqual((1, outcome(unread=1)), (status, out))
                self.assertIn(f'usermessages-manage: {path}: it is ', err)
                self.assertIn(reason, err)

    def test_other_encodings(self):
        """An editor of another system has saved the log."""
        for encoding in ('utf-16', 'utf-16-le', 'utf-16-be', 'utf-32'):
            with self.subTest(encoding=encoding):
                path = self.log_of(
                    self.logged(self.lost(), self.lost()).encode(encoding))

                status, out, err = self.run_import(path)

                self.assertEqual((1, outcome(refused=2)), (status, out))
                self.assertIn(
                    f'usermessages-manage: {path}:4: a message in UTF-16, or '
                    'damaged; convert the file to UTF-8 with "iconv"\n', err)

    def test_message_among_garbage_is_found(self):
        """A disk that was full leaves such lines."""
        message = self.lost()

        found = self.run_import(self.log_of(
            b'\0\xff\xfe\x1b' * 99 + self.logged(message).encode()))

        self.assertEqual((0, outcome(imported=1), ''), found)

    def test_letters_that_are_none_are_refused(self):
        """Databases do not store half of a character."""
        line = self.logged(self.lost(project_id='abc')).encode()

        status, out, _err = self.run_import(self.log_of(
            line.replace(b'"abc"', b'"\xff"')))

        self.assertEqual((1, outcome(refused=1)), (status, out))

    def test_line_without_an_end_is_refused_once(self):
        """A line without an end does not exhaust the memory."""
        message = self.lost()
        self.useFixture(fixtures.MockPatchObject(
            import_, '_LONGEST_LINE', 1000))
        for length in (1000, 1001, 2000, 2001, 25000):
            path = self.log_of(b'x' * length + b'\n'
                               + self.logged(message).encode())

            status, _out, err = self.run_import('--dry-run', path)

            self.assertEqual(1, status)
            self.assertEqual(
                f'usermessages-manage: {path}:1: a line of more than 1000 '
                f'bytes\n{INCOMPLETE}', err)
        self.assertEqual(0, self.run_import(self.log_of(
            b'x' * 999 + b'\n' + b'x' * 999))[0])

    def test_fifo_is_read_to_its_end(self):
        """Operators can import from a pipe, such as the output of zcat."""
        message = self.lost()
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'fifo')
        os.mkfifo(path)

        def write():
            with open(path, 'w') as fifo:
                fifo.write(self.logged(message))

        writer = threading.Thread(target=write)
        writer.start()

        found = self.run_import(path)

        writer.join()
        self.assertEqual((0, outcome(imported=1), ''), found)

    def test_without_a_file_is_wrong_usage(self):
        """Without a file, the command would wait for a terminal."""
        self.assertEqual(2, self.run_import()[0])

    def test_catalog_that_cannot_be_loaded_is_one_line(self):
        """Operators read one error, not one for each message."""
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__CATALOG', 'nothing:CATALOG'))

        status, out, err = self.run_import(self.log_of(''))

        self.assertEqual((1, ''), (status, out))
        self.assertEqual(1, len(err.splitlines()), err)
        self.assertIn("[user_messages]catalog is 'nothing:CATALOG'", err)


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=ImportTestCase)
class OutageTest:

    def test_server_that_becomes_unavailable_meanwhile(self):
        """Operators read the progress, and the next run continues."""
        self.useFixture(fixtures.MockPatchObject(
            import_, '_TIMEOUT_SECONDS', 10))
        messages = [self.lost() for _number in range(3)]
        path = self.log_of(self.logged(*messages))
        proxy = database.Proxy(self.url)
        self.addCleanup(proxy.stop)
        self.use(proxy.url)
        recover = message_api.API.recover
        left = [None, None]

        def stop_before_the_third(api, *args, **options):
            if not left:
                proxy.stop()
            else:
                left.pop()
            return recover(api, *args, **options)

        with fixtures.MonkeyPatch('usermessages.message.api.API.recover',
                                  stop_before_the_third):
            status, out, err = self.run_import(path)
        self.use(self.url)
        again = self.run_import(path)

        self.assertEqual((1, ''), (status, out))
        self.assertRegex(
            err, r'^usermessages-manage: database unavailable '
            r'\(OperationalError.*, connecting to .*\); Messages imported: 2; '
            r'.*; the '
            f'import ended at {path}:6; you can run it again\n$')
        self.assertEqual((0, outcome(imported=1, there=2), ''), again)
        self.assertStored(*messages)


class SpoolTest(ImportTestCase):

    def test_interrupt(self):
        """Operators read one line; the files of the spool remain."""
        directory = self.useFixture(fixtures.TempDir()).path
        message = self.lost()
        with open(f'{directory}/{message["id"]}.json', 'w') as file:
            file.write(dead_letter.serialize(message))
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__SPOOL_DIR', directory))
        self.useFixture(fixtures.MockPatchObject(
            message_api.API, 'recover', side_effect=KeyboardInterrupt))

        self.assertEqual((130, '', 'usermessages-manage: interrupted\n'),
                         self.run_import('--spool'))

        self.assertEqual([f'{message["id"]}.json'], os.listdir(directory))
