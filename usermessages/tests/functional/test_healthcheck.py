# SPDX-License-Identifier: Apache-2.0

from concurrent import futures
import os
import signal
import socket
import threading
from unittest import mock

from oslo_serialization import jsonutils
import sqlalchemy

from usermessages.db import migration
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base


class MonotonicClock:
    """The time since the start of the machine, which is not ours to set."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


class HealthcheckTestCase(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.clock = MonotonicClock()
        patch = mock.patch(
            'usermessages.api.middleware.healthcheck.time.monotonic',
            self.clock)
        patch.start()
        self.addCleanup(patch.stop)

    def check(self, **values):
        return self.request('/healthcheck', None, **values)

    def lose_database(self):
        """Serve with a database without a listener."""
        with socket.socket() as listener:
            listener.bind(('127.0.0.1', 0))
            port = listener.getsockname()[1]
        self.serve(
            user_messages__connection='mysql+pymysql://alice:hunter2@'
                                      f'127.0.0.1:{port}/db',
            user_messages__create_timeout=0.1)


@database.on_each
class HealthyTest(HealthcheckTestCase):

    def test_process_can_serve(self):
        """A load balancer needs no token, and learns one bit."""
        response = self.check()

        self.assertEqual(200, response.status_int)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual({'status': 'OK'}, response.json)

    def test_table_is_looked_for(self):
        """Load balancers avoid a server whose database has no table."""
        self.url = self.make_empty_database()
        self.set(self.conf, user_messages__connection=self.url)
        migration.sync_url(self.url)
        self.serve()
        connection = self.connect()
        connection.exec_driver_sql('DROP TABLE user_messages')
        connection.commit()

        self.assertFault(503, 'serviceUnavailable', self.check())


class HealthcheckTest(HealthcheckTestCase):

    def asked(self, *moments):
        """Return the number of queries of the database, after each request."""
        count = 0
        counts = []

        def see(*_args):
            nonlocal count
            count += 1

        sqlalchemy.event.listen(sqlalchemy.Engine, 'before_cursor_execute',
                                see)
        self.addCleanup(sqlalchemy.event.remove, sqlalchemy.Engine,
                        'before_cursor_execute', see)
        for moment in moments:
            self.clock.seconds = 1000 + moment
            self.assertEqual(200, self.check().status_int)
            counts.append(count)
        return counts

    def test_database_is_asked_every_two_seconds(self):
        """Many load balancers do not load the database."""
        self.assertEqual(
            [1, 1, 1, 1, 2, 2, 2, 3],
            self.asked(0, 0.1, 1, 1.999, 2.001, 2.1, 3.9, 60))

    def test_other_requests_do_not_wait_for_a_check(self):
        """A database that is slow takes one thread of the server, not all."""
        self.assertEqual(200, self.check().status_int)
        self.clock.seconds += 3
        is_asking, is_told = threading.Event(), threading.Event()

        def wait(*_args):
            is_asking.set()
            is_told.wait(180)

        sqlalchemy.event.listen(sqlalchemy.Engine, 'before_cursor_execute',
                                wait)
        self.addCleanup(sqlalchemy.event.remove, sqlalchemy.Engine,
                        'before_cursor_execute', wait)
        with futures.ThreadPoolExecutor(2) as executor:
            try:
                first = executor.submit(self.check)
                self.assertTrue(is_asking.wait(60))
                status = executor.submit(self.check).result(90).status_int
                is_done = first.done()
            finally:
                is_told.set()

        self.assertEqual((200, False), (status, is_done))
        self.assertEqual(200, first.result().status_int)

    def test_fork_while_the_database_is_asked(self):
        """The child of a fork checks the database itself, without a wait."""
        child = None

        def fork(*_args):
            nonlocal child
            if child is None:
                child = os.fork()
                if child == 0:  # pragma: no cover
                    # Ends it where it hangs.
                    signal.alarm(60)
                    status = None
                    try:
                        status = self.check().status_int
                    finally:
                        os._exit(0 if status == 200 else 1)

        sqlalchemy.event.listen(sqlalchemy.Engine, 'before_cursor_execute',
                                fork)
        self.addCleanup(sqlalchemy.event.remove, sqlalchemy.Engine,
                        'before_cursor_execute', fork)

        self.assertEqual(200, self.check().status_int)

        self.assertEqual(0, os.waitpid(child, 0)[1])

    def test_sick_process_is_not_asked_at_once(self):
        """A recovering database is not flooded with checks."""
        connection = self.connect()
        connection.exec_driver_sql(
            'ALTER TABLE user_messages RENAME TO elsewhere')
        self.assertEqual(503, self.check().status_int)
        connection.exec_driver_sql(
            'ALTER TABLE elsewhere RENAME TO user_messages')

        self.clock.seconds += 1.9
        self.assertEqual(503, self.check().status_int)

        self.clock.seconds += 0.2
        self.assertEqual(200, self.check().status_int)

    def test_database_that_is_unavailable(self):
        """The load balancer sends users elsewhere, without a reason in the
        body.
        """
        self.lose_database()

        response = self.check()

        self.assertEqual(
            'The service is temporarily unavailable; try again later.',
            self.assertFault(503, 'serviceUnavailable', response))
        self.assertEqual('5', response.headers['Retry-After'])
        self.assertNotIn('hunter2', jsonutils.dumps(dict(response.headers)))
        self.assertIn('A request failed: DatabaseUnavailable at ',
                      self.log.output)
        self.assertNotIn('hunter2', self.log.output)

    def test_file_that_disables_the_service(self):
        """Operators drain a server, and the server serves the last requests.
        """
        [path] = self.create_tempfiles([('drained', '')])
        self.serve(api__disable_by_file_path=path)

        self.assertEqual(
            'An operator disabled the service.',
            self.assertFault(503, 'serviceUnavailable', self.check()))
        self.assertEqual(200, self.request(
            f'/v3/{base.PROJECT}/messages').status_int)

        os.unlink(path)

        self.assertEqual(200, self.check().status_int)

    def test_head(self):
        """Some load balancers request the headers alone."""
        response = self.check(method='HEAD')

        self.assertEqual(200, response.status_int)
        self.assertEqual(b'', response.body)

    def test_other_methods(self):
        """Clients receive 405, since the health is read only."""
        response = self.check(method='POST')

        self.assertFault(405, 'badMethod', response)
        self.assertEqual('GET, HEAD', response.headers['Allow'])

    def test_version_header_is_not_looked_at(self):
        """An invalid version of messages does not make a process unhealthy."""
        self.assertEqual(200, self.check(version='nonsense').status_int)
