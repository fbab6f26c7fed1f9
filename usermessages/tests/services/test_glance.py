# SPDX-License-Identifier: Apache-2.0

"""An image fails in a real Glance, and its user finds out why."""

import http.server
import json
import subprocess
import threading

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests import processes
from usermessages.tests.services import glance


class Refusal(http.server.BaseHTTPRequestHandler):

    def do_GET(self):
        self.send_error(404)


class GlanceTestCase(base.TestCase):

    is_patched = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Refusal)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.refusing = server.server_port
        cls.closed = processes.free_port()
        cls.glance = glance.Glance([cls.refusing, cls.closed],
                                   cls.is_patched)
        cls.addClassCleanup(cls.glance.cleanUp)
        cls.glance.setUp()

    def failed_import(self, port):
        """Import an image from a port; return its ID, and its task."""
        image = self.glance.request('POST', '/images', json={
            'name': 'an-image', 'disk_format': 'raw',
            'container_format': 'bare'}).json()['id']
        accepted = self.glance.request(
            'POST', f'/images/{image}/import', json={
                'method': {'name': 'web-download',
                           'uri': f'http://127.0.0.1:{port}/image'}})
        self.assertEqual(202, accepted.status_code, accepted.text)

        def task():
            return next((task for task in self.glance.request(
                'GET', f'/images/{image}/tasks').json()['tasks']
                if task['status'] == 'failure'), None)

        database.wait_until(task)
        return image, task()

    def openstack(self, *command, user='member', status=0):
        """Run ``openstack user message``; return its output as JSON."""
        done = subprocess.run(
            [processes.program('openstack'), 'user', 'message', *command],
            env=self.glance.environment(user), capture_output=True, text=True)
        self.assertEqual(status, done.returncode, done.stderr)
        return json.loads(done.stdout) if done.stdout else None


class BeforeTest(GlanceTestCase):
    """Glance as it is."""

    is_patched = False

    def test_task_has_no_reason(self):
        """The user reads the same text for each failure."""
        texts = {self.failed_import(port)[1]['message']
                 for port in (self.refusing, self.closed)}

        self.assertEqual({'Task failed due to Internal Error'}, texts)

    def test_client_explains_the_failure(self):
        """The client finds the task and the store of an unmodified Glance.
        """
        image, _task = self.failed_import(self.closed)

        rows = self.openstack('explain', image, '--long', '-f', 'json')

        self.assertEqual(
            {('image', text, 'IMAGE', image, 'service') for text in (
                'Import failed in the stores: files',
                'Task failed due to Internal Error')},
            {tuple(row[name] for name in (
                'Service', 'User Message', 'Resource Type', 'Resource UUID',
                'Source')) for row in rows})


class AfterTest(GlanceTestCase):

    def test_linter(self):
        """The catalog of the example follows all rules."""
        self.assertEqual(
            'IDs checked: 7; violations: 0; warnings: 0\n',
            self.glance.run('usermessages-catalog', 'check',
                            'glance.messages:CATALOG'))

    def test_reasons(self):
        """The user reads the reason and the remedy with the client."""
        expected = []
        for port, event_id, reason in (
                (self.closed, 'IMAGE_IMAGE_001_002',
                 'the URL provides no complete image.'),
                (self.refusing, 'IMAGE_IMAGE_001_003',
                 'the server in the URL refused the download.')):
            image, task = self.failed_import(port)
            expected.append((
                event_id, f'Importing the image:{reason}', 'IMAGE', image,
                'change_request'))
            self.assertEqual('Task failed due to Internal Error',
                             task['message'])

        rows = self.openstack('list', '--long', '-f', 'json')

        self.assertEqual(expected, [
            tuple(row[name] for name in (
                'Event ID', 'User Message', 'Resource Type', 'Resource UUID',
                'User Action')) for row in reversed(rows)][-2:])

    def test_other_projects_are_invisible(self):
        """A user sees and deletes the messages of their own project only."""
        image, _task = self.failed_import(self.closed)
        [row] = self.openstack('list', '--resource', image, '-f', 'json')

        self.assertEqual([], self.openstack(
            'list', '--resource', image, '-f', 'json', user='stranger'))
        path = f'/messages/{row["ID"]}'
        self.assertEqual([404, 404, 204, 404], [
            self.glance.request(method, path, user).status_code
            for method, user in (
                ('GET', 'stranger'), ('DELETE', 'stranger'),
                ('DELETE', 'member'), ('GET', 'member'))])

    def test_api_of_glance_is_unchanged(self):
        """The filter passes other requests on."""
        self.assertEqual(
            [200, 404], [self.glance.request('GET', path).status_code
                         for path in ('/images', '/nonsense')])
