# SPDX-License-Identifier: Apache-2.0

import json
from unittest import mock

from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient import deadline
from usermessagesclient import explain
from usermessagesclient.readers import reader
from usermessagesclient.tests import openstack
from usermessagesclient.tests.unit import base
from usermessagesclient.tests.unit import fake_cloud

RESOURCE = fake_cloud.RESOURCE
REQUEST = fake_cloud.REQUEST
OTHER_RESOURCE = '5d9b7f0e-8a34-4c3e-9d35-cf3b1d9f6c11'
MESSAGE = base.stored(1)['id']


def serve_messages(*messages):
    """Return a function that serves messages in answer to each filter."""
    def answer(path, query):
        if path != '/messages':
            found = [message for message in messages
                     if path == f'/messages/{message["id"]}']
            return (200, {'message': found[0]}) if found else (404, {
                'itemNotFound': {'message': 'No such message.'}})
        names = ('resource_uuid', 'resource_id', 'request_id',
                 'global_request_id')
        return 200, {'messages': [] if 'marker' in query else [
            message for message in messages if all(
                message.get(name) == query[name]
                for name in names if name in query)]}
    return answer


class ExplainTest(fake_cloud.CloudTestCase):

    def explain(self, *arguments, **values):
        """Return the rows of the command, and its errors."""
        output, errors = self.openstack(
            'explain', *arguments, '--long', '-f', 'json', **values)
        return json.loads(output or '[]'), errors

    def test_cause_in_another_service(self):
        """Users of a server read that its volume is the cause."""
        def compute(path, _query):
            if path == f'/servers/{RESOURCE}':
                return 200, {'server': {
                    'id': RESOURCE, 'tenant_id': fake_cloud.PROJECT}}
            if path.endswith('os-instance-actions'):
                return 200, {'instanceActions': [
                    {'action': 'create', 'message': 'Error',
                     'request_id': REQUEST, 'project_id': fake_cloud.PROJECT,
                     'start_time': '2026-01-01T00:00:00.000000'},
                    {'action': 'stop', 'message': None}]}
            return 200, {'instanceAction': {'events': [
                {'event': 'conductor_schedule', 'result': 'Success'},
                {'event': 'compute__do_build', 'result': 'Error',
                 'finish_time': '2026-01-01T00:09:00.000000',
                 'details': 'Build failed.'}]}}

        self.serve(compute=compute, user_messages=serve_messages(
            base.stored(3, resource_uuid=OTHER_RESOURCE, user_action='retry',
                        resource_type='VOLUME', hint='Once more.',
                        global_request_id=REQUEST)))

        rows, errors = self.explain(RESOURCE)

        self.assertEqual('', errors)
        self.assertEqual([
            ('user-messages', 'VOLUME', OTHER_RESOURCE, base.TEXT, 'retry',
             'Once more.', 'catalog'),
            ('compute', 'SERVER', RESOURCE, 'create: Build failed.', None,
             None, 'service')], [
                 tuple(row[name] for name in (
                     'Service', 'Resource Type', 'Resource UUID',
                     'User Message', 'User Action', 'Hint', 'Source'))
                 for row in rows])

    def test_request_and_message(self):
        """Users have a request ID, or the ID of a message."""
        message = base.stored(1, request_id=REQUEST)
        for service_type in ('user_messages', 'volumev3', 'sharev2'):
            self.serve(**{service_type: serve_messages(message)})
            for wanted in (REQUEST, MESSAGE):
                with self.subTest(service_type=service_type, wanted=wanted):
                    rows, errors = self.explain(wanted)

                    self.assertEqual(([MESSAGE], ''), (
                        [row['ID'] for row in rows], errors))

    def test_request_id_that_is_a_path(self):
        """A service cannot make the client request a path of another."""
        cloud = self.serve(
            user_messages=serve_messages(base.stored(
                1, resource_uuid=RESOURCE, request_id='../volumes')),
            compute=lambda *_request: (404, {}))

        rows, errors = self.explain(RESOURCE)

        self.assertEqual(([MESSAGE], ''), (
            [row['ID'] for row in rows], errors))
        self.assertEqual([], [path for path, _query in cloud.asked
                              if 'volumes' in path])

    def test_table(self):
        """Users read a table, or a table for each error."""
        self.serve(user_messages=serve_messages(
            base.stored(1, resource_uuid=RESOURCE)))

        output, errors = self.openstack('explain', RESOURCE)

        self.assertIn('| Created At ', output)
        self.assertIn(base.TEXT, output)

    def test_nothing_known(self):
        """Scripts test the exit status; users read where was searched."""
        self.serve(user_messages=serve_messages(),
                   compute=lambda *_request: (404, b'<html>'),
                   image=lambda *_request: (404, b'<html>'))

        self.assertEqual(('', f'No errors found for {RESOURCE}.  Services '
                          'searched: user-messages, compute, image.\n'),
                         self.openstack('explain', RESOURCE, status=1))
        self.assertEqual(('', f'No errors found for {REQUEST}.  Services '
                          'searched: user-messages.\n'),
                         self.openstack('explain', REQUEST, status=1))

    def test_catalog_without_services(self):
        """Users read that there was nothing to search."""
        self.serve(dns=serve_messages())

        self.assertIn('Services searched: none.',
                      self.openstack('explain', RESOURCE, status=1)[1])

    def test_no_id(self):
        """Names and paths are not IDs."""
        cloud = self.serve(user_messages=serve_messages())

        for wanted in ('', 'my-volume', '../servers', 'req-', 'req-1',
                       '\x1b[2J'):
            with self.subTest(wanted=wanted):
                output, errors = self.openstack(
                    'explain', wanted, status=1)

                self.assertEqual('', output)
                self.assertIn('is not an ID: specify the UUID', errors)
                self.assertEqual(1, errors.count('\n'))
                self.assertNotIn('\x1b', errors)
        self.assertEqual([], cloud.asked)

    def test_login_without_a_catalog(self):
        """The command cannot search without the catalog of Keystone."""
        ended, output, errors = openstack.run(
            '--os-auth-type', 'none', '--os-endpoint', 'http://x/v3', 'user',
            'message', 'explain', RESOURCE)

        self.assertEqual((1, ''), (ended, output))
        self.assertIn('requires a login with a project.', errors)

    def test_service_that_fails(self):
        """One line reports the service, and the others are searched."""
        def fail(*_request):
            raise ksa_exceptions.ConnectFailure('No \x1b[2J\nroute')

        for answer, said in (
                (lambda *_request: (401, {}), 'HTTP 401'),
                (lambda *_request: (403, {'forbidden': {
                    'code': 403, 'message': 'Not \x1b[2J allowed'}}),
                 'Not \\x1b[2J allowed (HTTP 403)'),
                (lambda *_request: (503, b'<html>'), 'HTTP 503'),
                (lambda *_request: (500, {'computeFault': {
                    'message': 'x' * 1000000}}), 'xxx...'),
                (fail, 'No \\x1b[2J\\nroute'),
                (lambda *_request: (200, b'<html>'), 'no JSON object'),
                (lambda *_request: (200, [1]), 'no JSON object'),
                (lambda *_request: (300, b''), 'no JSON object')):
            with self.subTest(said=said):
                self.serve(
                    compute=answer, user_messages=serve_messages(
                        base.stored(1, resource_uuid=RESOURCE)))

                rows, errors = self.explain(RESOURCE)

                self.assertEqual([MESSAGE], [row['ID'] for row in rows])
                self.assertEqual(1, errors.count('\n'), errors)
                self.assertIn(said, errors)
                self.assertTrue(errors.startswith('compute: '), errors)
                self.assertLess(len(errors), 400)

    def test_service_of_messages_that_fails(self):
        """Neither HTML nor 404 is a list of messages."""
        for status, body in ((404, b'<html>'), (300, b''), (200, b'<html>'),
                             (200, []), (401, {}), (403, {}), (503, {})):
            for service in 'user_messages', 'volumev3':
                with self.subTest(status=status, body=body, service=service):
                    self.serve(**{service: lambda *_request, status=status,
                                  body=body: (status, body)})

                    _rows, errors = self.explain(RESOURCE, status=1)

                    self.assertEqual(2, errors.count('\n'), errors)
                    self.assertIn('Services searched: none.', errors)

    def test_service_without_a_response(self):
        """All requests to a service together take five seconds."""
        now = self.useFixture(fake_cloud.fixtures.MockPatchObject(
            deadline.time, 'monotonic', return_value=0.0)).mock

        def compute(path, _query):
            now.return_value += 3
            return 200, {'server': {}, 'instanceActions': [
                {'message': 'Error', 'request_id': REQUEST}]}

        cloud = self.serve(compute=compute, image=lambda *_request: (404, {}))

        _rows, errors = self.explain(RESOURCE, status=1)

        self.assertIn('compute: No complete response before the deadline\n',
                      errors)
        self.assertIn('Services searched: image.', errors)
        self.assertEqual(3, len(cloud.asked))

    def test_texts_of_a_service(self):
        """No text of a service controls the terminal."""
        self.serve(image=lambda path, _query: (200, {
            'owner': fake_cloud.PROJECT, 'tasks': [
                {'status': 'failure', 'message': '\x1b[2J\u202e' + 'x' * 10**6,
                 'updated_at': ['\x1b']},
                {'status': 'success'}, None]}))

        output, errors = self.openstack('explain', RESOURCE, '-f', 'value')

        self.assertIn('\\x1b[2J\\u202exxx', output)
        self.assertNotIn('\x1b', output)
        self.assertLess(len(output), 3000)

    def test_projects(self):
        """Rows of another project are not shown, not even to operators."""
        foreign = fake_cloud.OTHER
        self.serve(
            user_messages=serve_messages(base.stored(
                1, resource_uuid=RESOURCE, project_id=foreign)),
            compute=lambda *_request: (200, {'server': {
                'tenant_id': foreign, 'fault': {'message': 'x'}}}),
            image=lambda *_request: (200, {
                'owner': foreign, 'os_glance_failed_import': 'x'}))

        _rows, errors = self.explain(RESOURCE, status=1)

        self.assertIn('user-messages, compute, image', errors)

    def test_message_of_another_project_in_cinder(self):
        """Cinder shows administrators a message, without its project."""
        def cinder(path, query):
            message = base.stored(1)
            if path == f'/messages/{MESSAGE}':
                return 200, {'message': message}
            return 200, {'messages': [message] if query.get(
                'project_id') != fake_cloud.PROJECT else []}

        cloud = self.serve(volumev3=cinder)

        self.explain(MESSAGE, status=1)

        self.assertIn(('/messages', {
            'project_id': fake_cloud.PROJECT, 'resource_uuid': MESSAGE,
            'limit': '100'}), cloud.asked)
        self.assertEqual('volume 3.5',
                         cloud.headers[-1]['OpenStack-API-Version'])

    def test_one_service_with_two_types(self):
        """A message that two endpoints return is one row."""
        answer = serve_messages(base.stored(1, resource_uuid=RESOURCE))
        self.serve(user_messages=answer, volumev3=answer)

        rows, _errors = self.explain(RESOURCE)

        self.assertEqual(['user-messages'], [row['Service'] for row in rows])

    def test_endpoints(self):
        """Users read which endpoint is searched, if there are several."""
        def answer(path, _query):
            return 200, {'server': {'fault': {'message': path}}}

        for endpoints, said in (
                ({'http://a/v2.1': answer}, ''),
                ({'http://a/v2.1/P/': answer}, ''),
                ({'http://a': answer}, ''),
                ({'http://a/compute/': answer}, ''),
                ({'http://a/v2.1': answer, 'http://b/v2.1': answer},
                 'compute: the catalog has 2 endpoints; only the first is '
                 'searched.  Select a region with --os-region-name.\n')):
            with self.subTest(endpoints=[*endpoints]):
                cloud = self.serve(compute=endpoints)

                _rows, errors = self.explain(RESOURCE)

                self.assertEqual(said, errors)
                self.assertRegex(cloud.asked[0][0],
                                 rf'^/?(v2\.1/)?servers/{RESOURCE}$')

    def test_service_type_of_the_user(self):
        """Any service can have the API of this package."""
        self.serve(coffee=serve_messages(
            base.stored(1, resource_uuid=RESOURCE)))

        rows, _errors = self.explain(RESOURCE, options=(
            '--os-user-messages-service-type', 'coffee'))

        self.assertEqual([('coffee', MESSAGE)], [
            (row['Service'], row['ID']) for row in rows])

    def test_endpoint_of_the_user(self):
        """Users can replace the endpoint of the catalog, or add one."""
        url = 'http://other.example.org/v3'
        message = base.stored(1, resource_uuid=RESOURCE)
        for service_type, options in (
                ('user-messages', ()),
                ('block-storage', (
                    '--os-user-messages-service-type', 'volumev3')),
                ('coffee', ('--os-user-messages-service-type', 'coffee'))):
            cloud = self.serve(
                user_messages=serve_messages(), volumev3=serve_messages(),
                other={url: serve_messages(message)})

            rows, _errors = self.explain(RESOURCE, options=(
                *options, '--os-user-messages-endpoint-override', url))

            self.assertEqual([(service_type, MESSAGE)], [
                (row['Service'], row['ID']) for row in rows], cloud.asked)

    def test_service_without_an_endpoint(self):
        """A service in the catalog may have no endpoint."""
        self.serve(compute={})

        self.assertIn('compute: the catalog has no endpoint of this interface '
                      'and region.\n', self.explain(RESOURCE, status=1)[1])

    def test_pages_that_repeat(self):
        """A service that ignores the offset does not keep the client busy."""
        page = [base.stored(number, resource_id=RESOURCE)
                for number in range(100)]
        cloud = self.serve(sharev2=lambda path, _query: (
            (200, {'messages': page}) if path == '/messages' else (404, {})))
        with mock.patch.object(explain, '_MAX_ROWS', 1000):
            rows, _errors = self.explain(RESOURCE)

        self.assertEqual(100, len(rows))
        self.assertEqual(['0', '100'], [
            query['offset'] for path, query in cloud.asked[:2]])
        self.assertEqual(
            '2.37', cloud.headers[0]['X-OpenStack-Manila-API-Version'])


class CausesFirstTest(fake_cloud.CloudTestCase):

    def rows(self, *rows):
        service = reader.Reader(mock.Mock(), fake_cloud.PROJECT,
                                name='compute')
        return [service.row(**{'message_level': 'ERROR', **row})
                for row in rows]

    def ids(self, *rows):
        return ''.join(row['id'] for row in explain.causes_first(
            self.rows(*rows)))

    def test_order(self):
        """Times order the rows of an operation or of a resource."""
        early, late = '2026-01-01T00:00:01', '2026-01-01T00:00:02+00:00'
        for rows, expected in (
                # The earliest error, then the rest by time.
                (({'id': 'a', 'created_at': late},
                  {'id': 'b', 'created_at': early}), 'ba'),
                (({'id': 'a', 'created_at': early, 'message_level': 'INFO'},
                  {'id': 'b', 'created_at': late}), 'ba'),
                (({'id': 'a', 'created_at': 'soon'},
                  {'id': 'b', 'created_at': late}), 'ba'),
                # Another resource has no order with the first.
                (({'id': 'a', 'resource_uuid': '1', 'created_at': early},
                  {'id': 'b', 'resource_uuid': '2', 'created_at': early},
                  {'id': 'c', 'resource_uuid': '1', 'created_at': late}),
                 'acb'),
                # One operation, with a resource that is older.
                (({'id': 'a', 'resource_uuid': '1', 'created_at': early},
                  {'id': 'b', 'resource_uuid': '2', 'created_at': late,
                   'global_request_id': 'r'},
                  {'id': 'c', 'resource_uuid': '1', 'created_at': late,
                   'request_id': 'r'}), 'bca')):
            with self.subTest(rows=rows):
                self.assertEqual(expected, self.ids(*rows))
