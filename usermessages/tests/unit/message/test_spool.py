# SPDX-License-Identifier: Apache-2.0

import datetime
import json
import os
import pathlib
import threading
from unittest import mock

import fixtures
from oslo_utils import fixture as time_fixture

from usermessages.db import ids
from usermessages import exception
from usermessages.message import dead_letter
from usermessages.message import spool
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.cmd import base as cmd_base

NOON = datetime.datetime(2026, 1, 1, 12)
DAY = datetime.timedelta(days=1)


def lost(**values):
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


class SpoolTestCase(database.DatabaseTestCase):
    """A test with an empty spool, at noon."""

    def setUp(self):
        super().setUp()
        self.useFixture(time_fixture.TimeFixture(NOON))
        self.directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path) / 'spool'
        self.directory.mkdir(0o700)
        self.spool = spool.Spool(str(self.directory), 10)
        self.set(self.conf, user_messages__spool_dir=str(self.directory))

    def files(self):
        return sorted(path.name for path in self.directory.rglob('*')
                      if path.is_file())

    def stored_ids(self):
        return sorted(row['id'] for row in self.stored())


class WriteTest(SpoolTestCase):

    def test_file_has_the_record_of_the_log(self):
        """Operators can import the file like a log."""
        message = lost()

        self.spool.write(message)

        [path] = self.directory.iterdir()
        self.assertEqual(f'{message["id"]}.json', path.name)
        self.assertEqual(dead_letter.serialize(message), path.read_text())
        self.assertEqual(0o600, path.stat().st_mode & 0o777)

    def test_unusable_directory_is_an_error(self):
        """The log names the reason, and no path."""
        link = self.directory.parent / 'link'
        link.symlink_to(self.directory)
        file = self.directory.parent / 'file'
        file.touch()

        for path, reason in (
                (link, 'Not a directory'), (file, 'Not a directory'),
                (self.directory / 'missing', 'No such file or directory')):
            error = self.assertRaises(
                exception.SpoolError,
                spool.Spool(str(path), 10).write, lost())
            self.assertEqual(reason, error.reason)

    def test_directory_of_another_user_is_an_error(self):
        """Another user could remove the messages."""
        self.useFixture(fixtures.MockPatch(
            'os.geteuid', return_value=os.geteuid() + 1))

        error = self.assertRaises(
            exception.SpoolError, self.spool.write, lost())

        self.assertEqual('it belongs to another user', error.reason)

    def test_number_of_files_is_limited(self):
        """A long outage does not fill the disk."""
        for _number in range(10):
            self.spool.write(lost())

        error = self.assertRaises(
            exception.SpoolError, self.spool.write, lost())

        self.assertEqual('it has 10 files or more', error.reason)
        self.assertEqual(10, len(self.files()))

    def test_failure_leaves_no_file(self):
        """A full disk does not get fuller."""
        for step in ('fsync', 'rename'):
            with mock.patch(f'os.{step}', side_effect=OSError(28, 'secret')):
                error = self.assertRaises(
                    exception.SpoolError, self.spool.write, lost())

            self.assertEqual('No space left on device', error.reason)
            self.assertEqual([], self.files())


@database.on_each
class DrainTest(SpoolTestCase):

    def test_messages_are_stored_and_files_removed(self):
        """Users read the messages after the outage."""
        messages = [lost() for _number in range(3)]
        for message in messages:
            self.spool.write(message)

        self.assertEqual(0, self.spool.drain(self.api.recover))

        self.assertEqual(sorted(message['id'] for message in messages),
                         self.stored_ids())
        self.assertEqual([], self.files())

    def test_existing_and_expired_files_are_removed(self):
        """An interrupted drain continues."""
        existing, expired = lost(), lost(created_at=NOON - 31 * DAY)
        for message in (existing, expired):
            self.spool.write(message)
        self.api.recover(json.loads(
            dead_letter.serialize(existing))['lost_user_message'])

        self.assertEqual(0, self.spool.drain(self.api.recover))

        self.assertEqual([existing['id']], self.stored_ids())
        self.assertEqual([], self.files())

    def test_invalid_files_are_refused(self):
        """Files are verified like the lines of a log."""
        truncated, edited, future, renamed, link, foreign = (
            lost(), lost(project_id=''), lost(created_at=NOON + 2 * DAY),
            lost(), lost(), lost(event_id='shelf.1'))
        for message in (truncated, edited, future, foreign):
            self.spool.write(message)
        path = self.directory / f'{truncated["id"]}.json'
        path.write_text(path.read_text()[:-9])
        (self.directory / f'{renamed["id"]}.json').write_text(
            dead_letter.serialize(lost()))
        (self.directory / f'{link["id"]}.json').symlink_to('/etc/passwd')
        os.mkfifo(self.directory / f'{ids.new_id(NOON)}.json')

        self.assertEqual(7, self.spool.drain(self.api.recover))

        self.assertEqual([], self.stored())
        self.assertEqual(7, len(list(
            (self.directory / 'refused').iterdir())))
        self.assertEqual(7, self.log.output.count(
            'Refused the spooled user message'))

    def test_other_files_remain(self):
        """A directory can contain the files of an operator."""
        (self.directory / 'README').touch()
        (self.directory / 'x.json').touch()

        self.assertEqual(0, self.spool.drain(self.api.recover))

        self.assertEqual(['README', 'x.json'], self.files())

    def test_temporary_file_is_recovered_when_complete(self):
        """A process can be killed before it renames the file."""
        complete, partial = lost(), lost()
        (self.directory / f'.{complete["id"]}.tmp').write_text(
            dead_letter.serialize(complete))
        (self.directory / f'.{partial["id"]}.tmp').write_text(
            dead_letter.serialize(partial)[:-1])

        self.assertEqual(0, self.spool.drain(self.api.recover))

        self.assertEqual([complete['id']], self.stored_ids())
        self.assertEqual([f'.{partial["id"]}.tmp'], self.files())

    def test_outage_keeps_the_files(self):
        """A file is removed only after the database has the message."""
        self.spool.write(lost())

        self.assertRaises(
            exception.DatabaseUnavailable, self.spool.drain,
            mock.Mock(side_effect=exception.DatabaseUnavailable('x')))

        self.assertEqual(1, len(self.files()))

    def test_two_processes_can_drain(self):
        """A timer and a service drain at the same time."""
        messages = [lost() for _number in range(9)]
        for message in messages:
            self.spool.write(message)

        threads = [threading.Thread(
            target=self.spool.drain, args=(self.api.recover,))
            for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(sorted(message['id'] for message in messages),
                         self.stored_ids())
        self.assertEqual([], self.files())


class ApiTest(SpoolTestCase):

    def spool_one(self):
        """Spool a message because of an outage."""
        with mock.patch.object(
                type(self.api.db), 'message_create',
                side_effect=exception.DatabaseUnavailable('x')):
            self.assertIsNone(self.api.create(self.context(), '000002'))

    def test_message_is_spooled_and_logged(self):
        """The log has the message even if the spool is lost."""
        self.spool_one()

        self.assertEqual(1, len(self.files()))
        self.assertIn('(database unavailable, x; spooled); recover it with',
                      self.log.output)
        self.assertIn('lost_user_message', self.log.output)

    def test_failure_of_the_spool_is_in_the_log(self):
        """Operators read why they have to import the log."""
        for directory, reason in ((self.directory / 'missing',
                                   'No such file or directory'),
                                  ('a\0b', 'ValueError')):
            self.set(self.conf, user_messages__spool_dir=str(directory))

            self.spool_one()

            self.assertIn(f'; not spooled: {reason}', self.log.output)

    def test_next_messages_drain(self):
        """After an outage, no one has to do anything."""
        for _number in range(7):
            self.spool_one()
        numbers = []

        for _number in range(3):
            self.assertIsNotNone(self.api.create(self.context(), '000002'))
            numbers.append((len(self.stored()), len(self.files())))

        self.assertEqual([(6, 2), (9, 0), (10, 0)], numbers)

    def test_failure_of_the_spool_does_not_cost_the_id(self):
        """A caller receives the ID of a message that is stored."""
        self.spool_one()
        self.useFixture(fixtures.MockPatch(
            'usermessages.message.spool.Spool.drain',
            side_effect=RuntimeError('hunter2')))

        message_id = self.api.create(self.context(), '000002')

        self.assertEqual([message_id], [row['id'] for row in self.stored()])

    def test_message_without_time_left_does_not_drain(self):
        """A slow database does not delay the caller further."""
        self.spool_one()
        clock = mock.Mock(monotonic=mock.Mock(side_effect=[0, 9999]))
        with mock.patch('usermessages.message.api.time', clock):
            self.assertIsNotNone(self.api.create(self.context(), '000002'))
        self.assertEqual(1, len(self.files()))

        self.api.create(self.context(), '000002')

        self.assertEqual([], self.files())

    def test_missing_spool_does_not_fail_a_message(self):
        """A removed directory does not affect new messages."""
        self.spool_one()
        self.useFixture(fixtures.MockPatch(
            'os.scandir', side_effect=OSError(5, 'secret')))

        self.assertIsNotNone(self.api.create(self.context(), '000002'))

    def test_purge_drains_first(self):
        """A service recovers its messages without an operator."""
        self.spool_one()

        self.api.cleanup_expired_messages(None)

        self.assertEqual(1, len(self.stored()))
        self.assertEqual([], self.files())

    def test_purge_continues_without_the_spool(self):
        """A full disk needs the purge most."""
        self.message(created_at=NOON - 2 * DAY, expires_at=NOON - DAY)
        self.directory.rmdir()

        self.assertEqual(1, self.api.cleanup_expired_messages(None))

        self.assertIn('Could not recover all spooled user messages: No such '
                      'file or directory', self.log.output)


@database.on_each
class KillTest(SpoolTestCase):

    def test_kill_between_steps_loses_and_duplicates_nothing(self):
        """Workers are killed at any time, also during an outage."""
        expected = set()
        for number in range(200):
            message = lost()
            if self.run_killed(number % 8, lambda: spool.Spool(
                    str(self.directory), 10000).write(message)):
                expected.add(message['id'])
            if number % 5 == 4:
                self.run_killed(number // 5 % 9, lambda: self.spool.drain(
                    self.api.recover))
        self.spool.drain(self.api.recover)

        found = self.stored_ids()
        self.assertEqual(set(), expected - set(found))
        self.assertEqual(len(set(found)), len(found))
        self.assertEqual(100, len(expected))
        self.assertEqual([], [name for name in self.files()
                              if name.endswith('.json')])

    def run_killed(self, steps, function):
        """Call a function in a process that is killed after some steps.

        :returns: whether the process completed fsync
        """
        read, write = os.pipe()
        process = os.fork()
        if process == 0:
            _kill_after(steps, write)
            try:
                function()
                os.kill(os.getpid(), 9)
            finally:
                os._exit(1)
        os.close(write)
        os.waitpid(process, 0)
        with open(read, 'rb') as pipe:
            return b'fsync' in pipe.read()


def _kill_after(steps, write):
    """Kill this process before a system call; report the completed calls."""
    count = 0

    def wrap(name):
        function = getattr(os, name)

        def call(*args, **kwargs):
            nonlocal count
            if count == steps:
                os.kill(os.getpid(), 9)
            count += 1
            result = function(*args, **kwargs)
            os.write(write, name.encode())
            return result

        return call

    for name in ('open', 'scandir', 'fsync', 'rename', 'unlink', 'close'):
        setattr(os, name, wrap(name))


class CommandTest(cmd_base.ManageTestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__SPOOL_DIR', self.directory))

    def test_spool_is_imported(self):
        """A timer stores the messages after an outage."""
        spool.Spool(self.directory, 10).write(lost())

        for args, imported, rows in ((('--dry-run',), 1, 0), ((), 1, 1),
                                     ((), 0, 1)):
            status, out, err = self.run_command(
                'message', 'import', '--spool', '-f', 'json', *args)

            self.assertEqual((0, ''), (status, err))
            self.assertEqual(imported, json.loads(out)['imported'])
            self.assertEqual(rows, len(self.stored()))

    def test_refused_file_is_an_error(self):
        """The exit status of the timer shows the problem."""
        spool.Spool(self.directory, 10).write(lost(event_id='shelf.1'))

        status, out, _err = self.run_command(
            'message', 'import', '--spool')

        self.assertEqual(1, status)
        self.assertIn('rejected: 1', out)

    def test_missing_directory_is_an_error(self):
        """Operators read what to set, or what is wrong."""
        for directory, words in (
                (None, '[user_messages]spool_dir is not set'),
                (f'{self.directory}/missing', 'The spool cannot be used: No '
                 'such file or directory')):
            self.useFixture(fixtures.EnvironmentVariable(
                'OS_USER_MESSAGES__SPOOL_DIR', directory))

            status, _out, err = self.run_command(
                'message', 'import', '--spool')

            self.assertEqual(1, status)
            self.assertIn(words, err)
