# SPDX-License-Identifier: Apache-2.0

"""A zone fails in a real Designate, and its user finds out why."""

import http.server
import json
import subprocess
import threading
import uuid

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests import processes
from usermessages.tests.services import designate

NO_RESPONSE = 'a name server does not respond.'


class NameServerAPI(http.server.BaseHTTPRequestHandler):
    """The API of a name server that has no zone, and a status for changes."""

    status = 422

    def do_GET(self):
        self.send_error(404)

    def do_POST(self):
        self.send_response(self.status)
        self.end_headers()

    def do_PATCH(self):
        self.do_POST()

    def do_PUT(self):
        self.do_POST()

    def log_message(self, *_arguments):
        """Write no log."""


class DesignateTestCase(base.TestCase):

    is_patched = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.designate = designate.Designate(cls.is_patched)
        cls.addClassCleanup(cls.designate.cleanUp)
        cls.designate.setUp()

    def create_zone(self, user='member'):
        """Create a zone; return its ID and the ID of the request."""
        response = self.designate.request('POST', '/zones', user, json={
            'name': f'z{uuid.uuid4().hex}.example.org.',
            'email': 'hostmaster@example.org'})
        self.assertEqual(202, response.status_code, response.text)
        return (response.json()['id'],
                response.headers['x-openstack-request-id'])

    def zone(self, zone, user='member'):
        return self.designate.request('GET', f'/zones/{zone}', user).json()

    def wait_for(self, status, zone, user='member'):
        database.wait_until(
            lambda: self.zone(zone, user)['status'] == status)

    def failed_zone(self, user='member'):
        """Create a zone that ends in ERROR; return its ID."""
        zone, _request = self.create_zone(user)
        self.wait_for('ERROR', zone, user)
        return zone

    def serve_api(self, status):
        """Start the API of the name server."""
        handler = type('API', (NameServerAPI,), {'status': status})
        server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', self.designate.api_port), handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return handler

    def messages(self, query='', user='member'):
        response = self.designate.request('GET', f'/messages{query}', user)
        self.assertEqual(200, response.status_code, response.text)
        return response.json()['messages']

    def texts(self, zone):
        """Return the texts of a zone, the oldest first."""
        return [message['user_message'] for message in reversed(
            self.messages(f'?resource_uuid={zone}'))]

    def openstack(self, *command, user='member'):
        """Run ``openstack``; return its output as JSON."""
        done = subprocess.run(
            [processes.program('openstack'), *command, '-f', 'json'],
            env=self.designate.environment(user), capture_output=True,
            text=True)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)


class BeforeTest(DesignateTestCase):
    """Designate as it is."""

    is_patched = False

    def test_zone_has_no_reason(self):
        """The user reads that the zone failed, and nothing else."""
        zone = self.zone(self.failed_zone())

        self.assertEqual(
            ('ERROR', 'CREATE', None),
            (zone['status'], zone['action'], zone['description']))
        self.assertNotIn('message', str(zone))
        self.assertEqual(404, self.designate.request(
            'GET', '/messages').status_code)


class AfterTest(DesignateTestCase):

    def test_linter(self):
        """The catalog of the example follows all rules."""
        self.assertEqual(
            'IDs checked: 8; violations: 0; warnings: 0\n',
            self.designate.run('usermessages-catalog', 'check',
                               'designate.messages:CATALOG'))

    def test_reason(self):
        """The user reads the reason and the remedy with the client."""
        created = self.openstack(
            'zone', 'create', '--email', 'hostmaster@example.org',
            f'z{uuid.uuid4().hex}.example.org.')
        self.assertEqual('PENDING', created['status'])
        self.wait_for('ERROR', created['id'])

        [row] = self.openstack('user', 'message', 'list', '--long',
                               '--resource', created['id'])

        self.assertEqual(
            ('DNS_ZONE_001_002', f'Creating the zone:{NO_RESPONSE}', 'ZONE',
             'wait'),
            tuple(row[name] for name in (
                'Event ID', 'User Message', 'Resource Type', 'User Action')))

    def test_request(self):
        """The message names the request of the user, across the services."""
        zone, request_id = self.create_zone()
        self.wait_for('ERROR', zone)

        [message] = self.messages(f'?resource_uuid={zone}')

        self.assertEqual(request_id, message['request_id'])

    def test_stages(self):
        """Each failure has its reason, until the name server has the zone."""
        refused = self.failed_zone()
        api = self.serve_api(422)
        rejected = self.failed_zone()
        # The API accepts the zones now, but no name server listens.
        api.status = 201
        silent = self.failed_zone()
        stop = self.designate.start('mdns')
        self.addCleanup(stop)
        zones = [refused, rejected, silent]
        for zone in zones:
            self.wait_for('ACTIVE', zone)

        # The producer repeated the changes many times.
        self.assertEqual(
            [[f'Creating the zone:{reason}'] for reason in (
                NO_RESPONSE, 'a name server rejects the change.',
                NO_RESPONSE)], [self.texts(zone) for zone in zones])

    def test_other_projects_are_invisible(self):
        """A user sees and deletes the messages of their own project only."""
        zone = self.failed_zone()
        [message] = self.messages(f'?resource_uuid={zone}')
        path = f'/messages/{message["id"]}'

        self.assertEqual([], self.messages(
            f'?resource_uuid={zone}', 'stranger'))
        self.assertEqual([404, 404, 200, 403, 204, 404], [
            self.designate.request(method, path, user).status_code
            for method, user in (
                ('GET', 'stranger'), ('DELETE', 'stranger'),
                ('GET', 'reader'), ('DELETE', 'reader'),
                ('DELETE', 'member'), ('GET', 'member'))])

    def test_all_projects(self):
        """Administrators list all projects as they list zones."""
        zones = [self.failed_zone(), self.failed_zone('stranger')]

        def listed(query='', user='boss', **headers):
            response = self.designate.request(
                'GET', f'/messages{query}', user, headers=headers)
            return (response.status_code, [
                zone for zone in zones if zone in response.text])

        self.assertEqual((200, zones[1:]), listed())
        for name in ('all_projects', 'all_tenants'):
            self.assertEqual((200, zones), listed(f'?{name}=true'))
        self.assertEqual((200, zones), listed(
            **{'X-Auth-All-Projects': 'true'}))
        self.assertEqual((200, zones[:1]), listed(
            **{'X-Auth-Sudo-Project-ID': self.designate.projects['demo']}))
        self.assertEqual(
            (403, []), listed('?all_projects=true', 'member'))

    def test_next_page_of_all_projects(self):
        """The next link has the parameter that the middleware removed."""
        zones = [self.failed_zone() for _count in range(3)]

        page = self.designate.request(
            'GET', '/messages?limit=1&all_projects=true', 'boss').json()
        [link] = page['messages_links']
        following = self.designate.request(
            'GET', link['href'].removeprefix(self.designate.url),
            'boss').json()

        self.assertIn('all_projects=true', link['href'])
        self.assertEqual([zones[2], zones[1]], [
            listed['messages'][0]['resource_uuid']
            for listed in (page, following)])

    def test_policy_file(self):
        """Rules of Designate apply in checks of messages."""
        def statuses():
            return [self.designate.request('GET', '/messages', user)
                    .status_code for user in ('reader', 'member', 'boss')]

        self.designate.set_policy(**{'message:get_all': 'rule:admin'})
        database.wait_until(lambda: statuses() == [403, 403, 200])

        self.designate.set_policy()
        database.wait_until(lambda: statuses() == [200, 200, 200])

    def test_errors(self):
        """Errors have the keys of the errors of Designate."""
        for path, status, kind in (
                (f'/messages/{uuid.uuid4()}', 404, 'message_not_found'),
                ('/messages?limit=many', 400, 'bad_request')):
            response = self.designate.request('GET', path)

            body = response.json()
            self.assertEqual(
                (status, {'code': status, 'type': kind,
                          'message': body['message'],
                          'request_id': response.headers[
                              'x-openstack-request-id']}),
                (response.status_code, body))
            other = self.designate.request('GET', '/zones/x').json()
            self.assertEqual(other.keys() - {'errors'},
                             body.keys() - {'errors'})

    def test_purge(self):
        """The command purges the database in the file of Designate."""
        zone = self.failed_zone()
        self.designate.execute(
            'UPDATE user_messages SET expires_at = created_at '
            'WHERE resource_uuid = :zone', zone=zone)

        output = self.designate.manage('message', 'purge')

        self.assertIn('Messages removed: 1', output)
        self.assertEqual([(0,)], self.designate.execute(
            'SELECT COUNT(*) FROM user_messages WHERE resource_uuid = :zone',
            zone=zone))

    def test_api_of_designate_is_unchanged(self):
        """The filter passes other requests on."""
        self.assertEqual(
            [200, 404], [self.designate.request('GET', path).status_code
                         for path in ('/zones', '/nonsense')])
