# SPDX-License-Identifier: Apache-2.0

"""A volume fails in a real Cinder, and its user finds out why."""

import datetime
import json
import subprocess
import uuid

from cinder.message import defined_messages
from cinder.message.message_field import Action
from cinder.message.message_field import Detail

from usermessages.tests import base
from usermessages.tests.cinder import deployment
from usermessages.tests.cinder import driver
from usermessages.tests import database
from usermessages.tests import processes

# The words are Cinder's.
NO_ROOM = ':'.join((Action.SCHEDULE_ALLOCATE_VOLUME[1],
                    Detail.NO_BACKEND_AVAILABLE[1]))
UNABLE_TO_ALLOCATE = defined_messages.event_id_message_map['VOLUME_000002']


class OnThreadsTest(base.TestCase):
    """Services on threads of the system; the library makes its engine."""

    is_patched = False
    has_own_engine = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not deployment.is_possible():
            raise cls.skipException('RabbitMQ or MariaDB is unavailable.')
        # One at a time, since two of them would share the queues.
        cls.cinder = deployment.Cinder(cls.is_patched, cls.has_own_engine)
        cls.addClassCleanup(cls.cinder.cleanUp)
        cls.cinder.setUp()

    def setUp(self):
        super().setUp()
        self.cinder.execute('DELETE FROM messages')

    def run_client(self, *command, user='member'):
        """Run a command as a user; return its output."""
        done = subprocess.run(
            [processes.program(command[0]), *command[1:]],
            env=self.cinder.environment(user), capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def openstack(self, *command, **values):
        """Run a command of ``openstack``; return its output, parsed as JSON.
        """
        return json.loads(self.run_client(
            'openstack', *command, '-f', 'json', **values))

    def volume(self, size_gb, status='error', request_id=None):
        """Ask for a volume, and wait for its status; return its ID.

        :param request_id: of another service, that has passed it on
        """
        if request_id is None:
            volume_id = self.openstack(
                'volume', 'create', '--size', str(size_gb), 'a-volume')['id']
        else:
            volume_id = self.cinder.request(
                'POST', '/volumes', {'X-OpenStack-Request-ID': request_id},
                {'volume': {'size': size_gb}})['volume']['id']
        database.wait_until(lambda: self.cinder.execute(
            'SELECT 1 FROM volumes WHERE id = :id AND status = :status',
            id=volume_id, status=status))
        return volume_id

    def messages(self, *arguments, **values):
        """Return the output of ``openstack volume message list``."""
        return self.openstack('volume', 'message', 'list', *arguments,
                              **values)

    def test_services_run_as_they_are_meant_to(self):
        """Each of the two classes tests its own kind of threads."""
        self.assertIn(f'Threads are those of eventlet: {self.is_patched}',
                      self.cinder.logs())

    def test_volume_larger_than_any_pool(self):
        """The scheduler finds no room for it, and its user reads that."""
        volume_id = self.volume(driver.POOL_GB + 1)

        [message] = self.messages()

        self.assertEqual(
            ('VOLUME_VOLUME_001_003', NO_ROOM, 'ERROR', 'VOLUME', volume_id),
            (message['Event ID'], message['User Message'],
             message['Message Level'], message['Resource Type'],
             message['Resource UUID']))
        # Cinder itself does not make IDs of version 7.
        self.assertEqual('7', message['ID'][14])

    def test_request_id_of_another_service(self):
        """Users find the message with the request ID from Nova."""
        request_id = f'req-{uuid.uuid4()}'
        before = self.found(request_id)

        volume_id = self.volume(driver.POOL_GB + 1, request_id=request_id)

        self.assertEqual([], before)
        self.assertEqual([volume_id], self.found(request_id))
        self.assertIn(request_id, self.cinder.logs())

    def found(self, request_id):
        """Return the resources of the messages of a global request ID."""
        return json.loads(self.cinder.run_program('''
import json, sys
from oslo_config import cfg
from cinder.common import config
from cinder.message import api
cfg.CONF(sys.argv[1:3], project='cinder')
print(json.dumps([message['resource_uuid'] for message in api.API().get_all(
    None, {'global_request_id': sys.argv[3]}, all_projects=True)]))
''', request_id))

    def test_volume_that_its_driver_cannot_make(self):
        """The error of the driver is in the log, and not in the messages."""
        volume_id = self.volume(driver.BROKEN_GB)

        messages = self.messages()

        self.assertIn(driver.SECRET, self.cinder.logs())
        self.assertEqual([volume_id] * len(messages), [
            message['Resource UUID'] for message in messages])
        self.assertEqual(['VOLUME_VOLUME_008_012'], [
            message['Event ID'] for message in messages])
        self.assertNotIn(driver.SECRET, json.dumps(messages))
        self.assertNotIn(driver.SECRET, str(self.cinder.execute(
            'SELECT * FROM messages')))

    def test_snapshot_beyond_the_limit(self):
        """The user reads the limit, which only the exception contains, in
        each language of the catalog.
        """
        volume_id = self.volume(1, 'available')
        snapshot = self.openstack(
            'volume', 'snapshot', 'create', '--volume', volume_id, 'a-copy')
        database.wait_until(lambda: self.cinder.execute(
            "SELECT 1 FROM snapshots WHERE id = :id AND status = 'error'",
            id=snapshot['id']))

        [message] = self.messages()

        self.assertEqual(
            ('VOLUME_VOLUME_SNAPSHOT_009_102', snapshot['id'],
             'create snapshot:The quota allows at most 64 snapshots.'),
            (message['Event ID'], message['Resource UUID'],
             message['User Message']))
        [in_german] = self.cinder.request(
            'GET', '/messages', {'Accept-Language': 'de'})['messages']
        self.assertEqual(
            'Erstellen des Schnappschusses:Das Kontingent lässt höchstens '
            '64 Schnappschüsse zu.', in_german['user_message'])

    def test_failure_without_a_text(self):
        """Operators learn which class lacks a text, and how often."""
        self.volume(driver.POOL_GB + 1)
        volume_id = self.volume(driver.UNSCHEDULABLE_GB)

        stats = json.loads(self.cinder.manage(
            'message', 'stats', '--unknown', '--since', '1h', '-f', 'json'))

        [message_id] = [message['ID'] for message in self.messages()
                        if message['Resource UUID'] == volume_id]
        self.assertIn(
            f'User message {message_id} has the unknown detail: action 001, '
            'exception builtins.RuntimeError', self.cinder.logs())
        self.assertEqual(
            (2, 1, [('001', 'schedule allocate volume', 0.5)]),
            (stats['messages'], stats['unknown'], [
                (row['action_id'], row['text'], row['share'])
                for row in stats['by_action']]))

    def test_volume_that_is_made(self):
        """Users receive no message about a success."""
        self.volume(1, 'available')

        self.assertEqual([], self.messages())

    def test_other_projects_are_invisible(self):
        """Users see their own project; administrators can list all projects.
        """
        volume_id = self.volume(driver.POOL_GB + 1)

        self.assertEqual([], self.messages(user='stranger'))
        for arguments, expected in (
                ((), []),
                (('--project', self.cinder.projects['demo']), [volume_id])):
            self.assertEqual(expected, [
                message['Resource UUID']
                for message in self.messages(*arguments, user='boss')])

    def test_messages_are_filtered_and_deleted(self):
        """Clients of Cinder filter and delete; deleted rows stay in the table.
        """
        first, second = (self.volume(driver.POOL_GB + 1) for _i in range(2))
        [message_id] = [message['ID'] for message in self.messages()
                        if message['Resource UUID'] == second]

        listed = self.run_client('cinder', 'message-list', '--filters',
                                 f'resource_uuid={second}')
        self.run_client('openstack', 'volume', 'message', 'delete',
                        message_id)

        self.assertIn(message_id, listed)
        self.assertNotIn(first, listed)
        self.assertEqual([first], [message['Resource UUID']
                                   for message in self.messages()])
        self.assertEqual([(0, first), (1, second)], sorted(
            self.cinder.execute(
                'SELECT deleted, resource_uuid FROM messages')))

    def test_expired_messages_are_purged(self):
        """The periodic task of the scheduler purges expired messages, as
        before.
        """
        self.volume(driver.POOL_GB + 1)
        self.assertEqual(1, len(self.messages()))
        self.cinder.execute(
            "UPDATE messages SET expires_at = '2026-01-01 00:00:00'")

        self.assertEqual([], self.messages())
        database.wait_until(lambda: not self.cinder.execute(
            'SELECT * FROM messages'))

    def test_rows_of_before_are_read(self):
        """Rows of the first releases have an event, and nothing else."""
        today = datetime.datetime.now(datetime.UTC).replace(
            hour=0, minute=0, second=0, microsecond=0)
        self.cinder.execute(
            'INSERT INTO messages (id, project_id, event_id, message_level, '
            "created_at, deleted) VALUES ('019b796d-d600-4000-8000-"
            "00000000beef', :project, 'VOLUME_000002', 'ERROR', :today, 0)",
            project=self.cinder.projects['demo'],
            today=today.replace(tzinfo=None))

        [message] = self.messages()

        self.assertEqual(
            ('VOLUME_000002', UNABLE_TO_ALLOCATE),
            (message['Event ID'], message['User Message']))
        for name, expected in (
                ('Created At', today),
                ('Guaranteed Until', today + datetime.timedelta(days=30))):
            self.assertEqual(expected.isoformat(timespec='microseconds'),
                             message[name])


class OnEventletTest(OnThreadsTest):
    """Services that eventlet has patched, by default, on Cinder's engine."""

    is_patched = True
    has_own_engine = False
