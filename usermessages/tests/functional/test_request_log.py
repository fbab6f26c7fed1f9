# SPDX-License-Identifier: Apache-2.0

"""The line about each request, as oslo.log writes it."""

import io
import logging

from oslo_config import cfg
from oslo_log import formatters
from oslo_log import log

from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

GLOBAL = 'req-11111111-2222-4333-8444-555555555555'


class RequestLogTest(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        conf = cfg.ConfigOpts()
        log.register_options(conf)
        conf([], default_config_files=[], default_config_dirs=[])
        stream = io.StringIO()
        self.handler = logging.StreamHandler(stream)
        self.handler.setFormatter(formatters.ContextFormatter(config=conf))
        logger = logging.getLogger('usermessages.api.middleware.request_log')
        logger.addHandler(self.handler)
        self.addCleanup(logger.removeHandler, self.handler)
        self.lines = lambda: stream.getvalue().splitlines()

    def line(self, response):
        """Return the only line, without the part before the context."""
        [line] = self.lines()
        self.assertRegex(line, r' time: \d+\.\d{3}$')
        return line[line.index('['):line.rindex(' time: ')].replace(
            response.headers['x-openstack-request-id'], 'THE-ID')

    def test_list(self):
        """Operators find user, request and status in the log."""
        response = self.request(
            '/v3/messages?event_id=000002&resource_uuid=s3cret',
            headers={'X-OpenStack-Request-ID': GLOBAL})

        # The domains follow the user and the project.
        self.assertRegex(
            self.line(response),
            rf'^\[{GLOBAL} THE-ID alice {base.PROJECT} - - \w+ \w+\] '
            '"GET /v3/messages" status: 200 len: 16$')

    def test_every_error(self):
        """Operators find the line with the request ID of the user."""
        for path, roles, values, expected in (
                ('/v3/messages?limit=x', (), {}, 'GET /v3/messages" status: '
                 '400'),
                ('/v3/messages', (None,), {}, 'GET /v3/messages" status: 401'),
                ('/v3/messages', ('nobody',), {}, 'GET /v3/messages" status: '
                 '403'),
                ('/v3/nonsense', (), {}, 'GET /v3/nonsense" status: 404'),
                ('/v3/messages', (), {'method': 'PUT'},
                 'PUT /v3/messages" status: 405'),
                ('/nonsense', (None,), {}, 'GET /nonsense" status: 401')):
            with self.subTest(expected=expected):
                response = self.request(path, *roles, **values)

                line = self.lines()[-1]
                self.assertIn(f'"{expected} len: ', line)
                self.assertIn(
                    f' {response.headers["x-openstack-request-id"]} ', line)

    def test_request_without_a_token_has_no_user(self):
        """A request without a user is not logged with the previous user."""
        self.request('/v3/messages')

        self.request('/v3/messages', None)

        self.assertIn(base.PROJECT, self.lines()[0])
        self.assertNotIn(base.PROJECT, self.lines()[1])
        self.assertNotIn('alice', self.lines()[1])

    def test_path_is_one_line(self):
        """Clients cannot forge a line of the log with an encoded newline."""
        self.request('/v3/a%0aINFO%1b[31m%22%c3%a4 b', None)

        [line] = self.lines()
        self.assertIn('"GET /v3/a%0AINFO%1B%5B31m%22%C3%A4%20b" status: 401',
                      line)

    def test_health_check_is_for_debugging(self):
        """Requests of load balancers are logged at the level DEBUG."""
        self.handler.setLevel(logging.INFO)

        self.request('/healthcheck', None)

        self.assertEqual([], self.lines())
        self.assertIn('DEBUG usermessages.api.middleware.request_log '
                      '"GET /healthcheck" status: 200', self.log.output)
