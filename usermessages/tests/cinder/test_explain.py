# SPDX-License-Identifier: Apache-2.0

"""A volume fails in a Cinder without this package, and a user asks why."""

import json
import subprocess

from usermessages.tests import base
from usermessages.tests.cinder import deployment
from usermessages.tests.cinder import driver
from usermessages.tests.cinder import test_run
from usermessages.tests import database
from usermessages.tests import processes

UNKNOWN = '019b796d-d600-7000-8000-00000000dead'


class ExplainTest(base.TestCase):
    """``openstack user message explain`` and ``list --all-services``"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not deployment.is_possible():
            raise cls.skipException('RabbitMQ or MariaDB is unavailable.')
        cls.cinder = deployment.Cinder(
            is_patched=True, has_own_engine=False, is_modified=False)
        cls.addClassCleanup(cls.cinder.cleanUp)
        cls.cinder.setUp()

    def openstack(self, *command, user='member', status=0):
        """Run a command; return its output, or its errors with a status."""
        done = subprocess.run(
            [processes.program('openstack'), *command],
            env=self.cinder.environment(user), capture_output=True, text=True)
        self.assertEqual(status, done.returncode, done.stderr)
        if status:
            self.assertEqual('', done.stdout)
            return done.stderr
        return json.loads(done.stdout)

    def explain(self, *arguments, **values):
        return self.openstack('user', 'message', 'explain', *arguments,
                              '--long', '-f', 'json', **values)

    def failed_volume(self, name='a-volume'):
        """Ask for a volume that fits no pool; return its ID."""
        volume_id = self.openstack(
            'volume', 'create', '--size', str(driver.POOL_GB + 1), name,
            '-f', 'json')['id']
        database.wait_until(lambda: self.cinder.execute(
            "SELECT 1 FROM volumes WHERE id = :id AND status = 'error'",
            id=volume_id))
        return volume_id

    def test_volume(self):
        """Users read the text of Cinder, by each ID that they may have."""
        volume_id = self.failed_volume()
        other_id = self.failed_volume()

        [row] = self.explain(volume_id)

        self.assertEqual(
            ('block-storage', 'VOLUME', volume_id, 'ERROR', test_run.NO_ROOM,
             'catalog'), tuple(row[name] for name in (
                 'Service', 'Resource Type', 'Resource UUID', 'Message Level',
                 'User Message', 'Source')))
        for name in ('ID', 'Request ID'):
            self.assertEqual([row], self.explain(row[name]))
        self.assertEqual([other_id], [
            row['Resource UUID'] for row in self.explain(other_id)])

        # Cinder returns the messages of all projects to administrators.
        for user in ('stranger', 'boss'):
            for name in ('Resource UUID', 'ID', 'Request ID'):
                with self.subTest(user=user, name=name):
                    self.assertEqual(
                        f'No errors found for {row[name]}.  Services '
                        'searched: block-storage.\n',
                        self.explain(row[name], user=user, status=1))

    def test_list(self):
        """The list has the messages of the project, for every user."""
        volume_id = self.failed_volume('its-name')
        command = ('user', 'message', 'list', '--all-services', '-f', 'json')

        for arguments in ((), ('--resource', volume_id), ('its-name',)):
            row = self.openstack(*command, *arguments)[0]

            self.assertEqual(
                ('block-storage', volume_id, test_run.NO_ROOM),
                (row['Service'], row['Resource UUID'], row['User Message']))
        for user in ('stranger', 'boss'):
            self.assertEqual([], self.openstack(*command, user=user))

    def test_summary(self):
        """Users read which error of which service is the most frequent."""
        volume_id = self.failed_volume()

        row = self.openstack('user', 'message', 'summary', '--all-services',
                             '--resource', volume_id, '-f', 'json')[0]

        self.assertEqual(('1', 'block-storage', test_run.NO_ROOM), (
            row['Count'], row['Service'], row['User Message']))

    def test_nothing_known(self):
        """Scripts test the exit status."""
        self.assertEqual(
            f'No errors found for {UNKNOWN}.  Services searched: '
            'block-storage.\n', self.explain(UNKNOWN, status=1))
