# SPDX-License-Identifier: Apache-2.0

import webob
import webob.exc

from usermessages.api.middleware import fault
from usermessages.api import wsgi
from usermessages import exception
from usermessages.tests import base


class FaultTest(base.TestCase):

    def answer(self, application):
        """Return the response after a response of other middleware."""
        return webob.Request.blank('/').get_response(
            fault.Fault(application))

    def test_plain_text_becomes_json(self):
        """Clients read the key of the status of any middleware."""
        for error, status, key, text in (
                (webob.exc.HTTPBadRequest('secret'), 400, 'badRequest',
                 'The request is malformed.'),
                (webob.exc.HTTPForbidden('secret'), 403, 'forbidden',
                 'Forbidden'),
                (webob.exc.HTTPNotFound('secret'), 404, 'itemNotFound',
                 'Not Found'),
                (webob.exc.HTTPRequestEntityTooLarge('secret'), 413,
                 'overLimit', 'The body of the request is too large.'),
                (webob.exc.HTTPInternalServerError('secret'), 500,
                 'computeFault', 'Internal Server Error'),
                (webob.exc.HTTPServiceUnavailable('secret'), 503,
                 'serviceUnavailable', 'The service is temporarily '
                 'unavailable; try again later.')):
            with self.subTest(status=status):
                response = self.answer(error)

                self.assertEqual(status, response.status_int)
                self.assertEqual('application/json', response.content_type)
                self.assertEqual({key: {'code': status, 'message': text}},
                                 response.json)

    def test_json_of_other_middleware_becomes_a_fault(self):
        """WebOb has a JSON format of its own."""
        for error, status, key in (
                (webob.exc.HTTPServiceUnavailable('secret'), 503,
                 'serviceUnavailable'),
                (webob.exc.HTTPRequestEntityTooLarge('secret'), 413,
                 'overLimit'),
                (webob.Response(b'[]', 404, content_type='application/json'),
                 404, 'itemNotFound'),
                (webob.Response(b'{"itemNotFound": "secret"}', 404,
                                content_type='application/json'),
                 404, 'itemNotFound'),
                (webob.Response(b'{"itemNotFound": {}, "x": 1}', 404,
                                content_type='application/json'),
                 404, 'itemNotFound'),
                (webob.Response(b'', 400, content_type='application/json'),
                 400, 'badRequest')):
            for accept in ('application/json', '*/*', 'text/html'):
                with self.subTest(error=error, accept=accept):
                    response = webob.Request.blank(
                        '/', accept=accept).get_response(fault.Fault(error))

                    self.assertEqual([key], list(response.json))
                    self.assertEqual(status, response.json[key]['code'])
                    self.assertNotIn('secret', response.text)

    def test_fault_of_this_package_stays(self):
        """Clients read the fault of this package, not only its status."""
        response = self.answer(wsgi.error_response(
            exception.MessageNotFound('abc')))

        self.assertEqual('Message abc could not be found.',
                         response.json['itemNotFound']['message'])

    def test_headers_of_other_middleware_stay(self):
        """Browsers and clients receive the headers of other middleware."""
        response = self.answer(webob.exc.HTTPNotFound(headers={
            'Access-Control-Allow-Origin': 'https://a.example',
            'X-OpenStack-Request-ID': base.REQUEST, 'Vary': 'Origin'}))

        self.assertEqual('https://a.example',
                         response.headers['Access-Control-Allow-Origin'])
        self.assertEqual([base.REQUEST],
                         response.headers.getall('x-openstack-request-id'))
        self.assertEqual(('Origin', 'OpenStack-API-Version'), response.vary)

    def test_what_keystonemiddleware_says_stays(self):
        """Clients receive the same 401 from every service of a cloud."""
        response = self.answer(webob.exc.HTTPUnauthorized('who are you'))

        self.assertEqual(401, response.status_int)
        self.assertIn('who are you', response.text)

    def test_answers_stay(self):
        """Clients receive successful responses unchanged."""
        for status in (200, 204, 300, 304):
            with self.subTest(status=status):
                response = self.answer(webob.Response(
                    status=status, content_type='text/plain'))

                self.assertEqual(status, response.status_int)
                self.assertEqual('private, no-store',
                                 response.headers['Cache-Control'])

    def test_uncaught_error(self):
        """Users and operators see an unexpected error without its text."""
        def fail(_environ, _start_response):
            raise ValueError('secret')

        response = self.answer(fail)

        self.assertEqual(500, response.status_int)
        self.assertEqual(['computeFault'], list(response.json))
        self.assertNotIn('secret', response.text + self.log.output)
        self.assertIn('ERROR usermessages.api.wsgi A request failed: '
                      'ValueError at ', self.log.output)
        self.assertRegex(response.headers['x-openstack-request-id'],
                         r'\Areq-[0-9a-f-]{36}\Z')
