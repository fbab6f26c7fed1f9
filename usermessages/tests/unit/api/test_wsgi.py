# SPDX-License-Identifier: Apache-2.0

import inspect
import time

import fixtures
import webob.exc

from usermessages.api import wsgi
from usermessages import exception
from usermessages.tests import base

ERRORS = {
    exception.Invalid('what is wrong'): (400, 'badRequest', 'what is wrong'),
    exception.MalformedURL(): (400, 'badRequest', 'Malformed request url'),
    exception.Forbidden('a rule'): (403, 'forbidden', 'a rule'),
    exception.ProjectRequired(): (
        403, 'forbidden', 'A project is required: neither the call nor the '
                          'context has one.'),
    exception.ResourceNotFound(): (
        404, 'itemNotFound', 'The resource could not be found.'),
    exception.MessageNotFound('ID'): (
        404, 'itemNotFound', 'Message ID could not be found.'),
    exception.MethodNotAllowed('PUT', ('GET', 'HEAD')): (
        405, 'badMethod', 'Method PUT is not allowed here; use GET, HEAD.'),
    exception.VersionNotSupported('volume', '9.9', '3.3', '3.71'): (
        406, 'computeFault', 'Version 9.9 is not supported by the API of '
        'volume: the minimum is 3.3 and the maximum is 3.71.'),
    exception.DatabaseUnavailable('OperationalError 2003'): (
        503, 'serviceUnavailable',
        'The service is temporarily unavailable; try again later.'),
}


class ErrorResponseTest(base.TestCase):

    def test_errors_of_users(self):
        """Each has its status, its key and its words."""
        for error, (status, key, text) in ERRORS.items():
            with self.subTest(error=type(error).__name__):
                response = wsgi.error_response(error)

                self.assertEqual(status, response.status_int)
                self.assertEqual('application/json', response.content_type)
                self.assertEqual({key: {'code': status, 'message': text}},
                                 response.json)

    def test_errors_of_operators_say_nothing(self):
        """Users cannot fix these errors, whose text is for operators."""
        for error in (exception.DatabaseError('secret'),
                      exception.ConfigurationError('secret'),
                      exception.CatalogError('secret'),
                      exception.InvalidMessage({'secret': ''}),
                      exception.UserMessagesError('secret'),
                      RuntimeError('secret'), KeyError('secret')):
            with self.subTest(error=type(error).__name__):
                response = wsgi.error_response(error)

                self.assertEqual(
                    {'computeFault': {
                        'code': 500,
                        'message': 'The service failed to process the '
                                   'request; its log contains the reason.'}},
                    response.json)

    def test_headers(self):
        """A client learns what to do instead, and when."""
        self.assertEqual('GET, HEAD', wsgi.error_response(
            exception.MethodNotAllowed('PUT', ('GET', 'HEAD'))).headers[
                'Allow'])
        self.assertEqual('5', wsgi.error_response(
            exception.DatabaseUnavailable('x')).headers['Retry-After'])


class StatusTest(base.TestCase):

    def test_every_error_has_a_status(self):
        """A new error is placed, rather than becoming 500 by accident."""
        for name, cls in inspect.getmembers(exception, inspect.isclass):
            if issubclass(cls, exception.UserMessagesError):
                with self.subTest(name=name):
                    self.assertTrue(
                        any(base_class in wsgi.STATUS
                            for base_class in cls.__mro__
                            if base_class is not exception.UserMessagesError)
                        or cls is exception.UserMessagesError, name)


class ParametersTest(base.TestCase):

    def parameters(self, query):
        return wsgi.Request.blank('/', query_string=query).parameters()

    def test_in_order(self):
        """A link repeats them as they came."""
        self.assertEqual(
            [('b', '1'), ('a', ''), ('c', 'ä +'), ('d', 'x=y'), ('e', '')],
            self.parameters('b=1&a=&c=%C3%A4+%2B&d=x=y&e'))

    def test_none(self):
        """Most requests have no such header."""
        self.assertEqual([], self.parameters(''))
        self.assertEqual([], self.parameters('&&'))

    def test_refused(self):
        """Clients receive an error instead of a guessed value."""
        for query in ('a=1&a=1', 'a&a', '%C3%A4=1', 'a=%ff', '%ff', 'a=%c3',
                      'a=\xff'):
            with self.subTest(query=query):
                self.assertRaises(exception.Invalid, self.parameters, query)


class ChooseLanguageTest(base.TestCase):

    OFFERED = {'en': 'en', 'de': 'de', 'ja': 'ja', 'pt-BR': 'pt-BR',
               'pt': 'pt-BR', 'zh-CN': 'zh-CN', 'zh-Hans': 'zh-CN',
               'zh': 'zh-CN'}

    def request(self, header):
        return wsgi.Request.blank('/', headers=(
            {} if header is None else {'Accept-Language': header}))

    def test_what_is_asked_for(self):
        """Users read a language by RFC 4647, with a fallback to English."""
        for header, expected in (
                ('de', 'de'), ('DE', 'de'), ('ja', 'ja'), ('en', 'en'),
                # Languages with a region or a script, without a translation of
                # their own.
                ('de-CH', 'de'), ('de-CH-1996', 'de'), ('en-GB', 'en'),
                ('ja-JP', 'ja'), ('pt', 'pt-BR'), ('pt-PT', 'pt-BR'),
                ('pt-br', 'pt-BR'),
                ('zh-CN', 'zh-CN'), ('zh-cn', 'zh-CN'), ('zh', 'zh-CN'),
                ('zh-Hans', 'zh-CN'), ('zh-Hans-CN', 'zh-CN'),
                ('zh-SG', 'zh-CN'), ('zh-Hans-HK', 'zh-CN'),
                ('zh-TW', 'en'), ('zh-Hant', 'en'), ('zh-HK', 'en'),
                ('zh-mo', 'en'), ('zh-Hant-CN', 'en'),
                ('zh-TW, zh', 'en'), ('zh-TW, zh-CN;q=0.5', 'zh-CN'),
                ('zh-TW, de;q=0.1', 'de'), ('\tde ', 'de'),
                # The one that is liked best, and then the next.
                ('de-CH;q=0.9, fr;q=0.8', 'de'), ('fr, de;q=0.8', 'de'),
                ('ja;q=0.2, de;q=0.8', 'de'), ('ja;q=0.2, de', 'de'),
                ('de;q=0.5, ja;q=0.5', 'de'), ('en, de;q=0.9', 'en'),
                ('en-US,en;q=0.9,de;q=0.8', 'en'), ('de, , ja', 'de'),
                ('fr;q=0.9, it;q=0.8', 'en'), ('x-klingon, de', 'de'),
                ('de;q=0, ja;q=0.1', 'ja'), ('de;q=0', 'en'),
                ('*;q=0, de', 'de'), ('en;q=0', 'en'), ('*;q=0', 'en'),
                # The header accepts any language.
                ('*', 'en'), ('*, de;q=0.5', 'de'), ('fr, *;q=0.1', 'en')):
            with self.subTest(header=header):
                self.assertEqual(expected, self.request(
                    header).choose_language(self.OFFERED))

    def test_what_is_no_such_header(self):
        """Clients with a malformed header read English, not an error."""
        for header in (
                None, '', ' ', ',', ';', '*;', 'de;q=2', 'de;q=x', 'de;q=',
                'de;level=1', 'de_CH', '../de', 'de\0', 'd\xe9', '\xff' * 99,
                "de' OR 1=1", 'deutsch bitte', '-', 'de-', 'q=1'):
            with self.subTest(header=header):
                self.assertEqual('en', self.request(
                    header).choose_language(self.OFFERED))

    def test_long_headers(self):
        """A long header does not occupy the service."""
        for part in ('de,', 'a,', 'a-', 'de-' + 'b-', 'x', ',', ', ', '\xff',
                     'de;q=0.1,', 'a;q=0,', '*,', 'de ;q=', ' '):
            for length in (1000, 1001, 10000, 100000):
                header = (part * length)[:length]
                with self.subTest(part=part, length=length):
                    request = self.request(header)
                    started = time.process_time()

                    chosen = request.choose_language(self.OFFERED)

                    # A pattern that backtracks would take minutes.
                    self.assertLess(time.process_time() - started, 10)
                    self.assertIn(chosen, ('en', 'de'))
                    if length > 1000:
                        self.assertEqual('en', chosen)

    def test_is_kept_for_the_answer(self):
        """Services that make the response themselves can name the language."""
        request = self.request('zh-Hans')
        self.assertIsNone(request.language)

        request.choose_language(self.OFFERED)

        self.assertEqual('zh-CN', request.language)


class KeepPrivateTest(base.TestCase):

    def test_answer_with_texts_is_for_one_language(self):
        """Caches keep one response for each language."""
        response = wsgi.json_response({})
        response.content_language = 'de'

        for _number in range(2):
            wsgi.forbid_shared_caches(response)

        self.assertEqual('OpenStack-API-Version, Accept-Language',
                         response.headers['Vary'])

    def test_answer_without_texts(self):
        """Users of all languages read errors in English."""
        response = wsgi.error_response(exception.Forbidden('a rule'))

        wsgi.forbid_shared_caches(response)

        self.assertEqual('OpenStack-API-Version', response.headers['Vary'])


class BaseUrlTest(base.TestCase):

    def base_url(self, public_endpoint=None, **values):
        return wsgi.Request.blank('/v3', **values).base_url(public_endpoint)

    def test_of_the_request(self):
        """Without the option, links have the base URL of the request."""
        for values, expected in (
                ({}, 'http://localhost'),
                ({'base_url': 'https://a.example'}, 'https://a.example'),
                ({'base_url': 'http://a.example:8776/x'},
                 'http://a.example:8776/x'),
                ({'base_url': 'http://a.example/x/y'},
                 'http://a.example/x/y'),
                ({'headers': {'Host': '[::1]:80'}}, 'http://[::1]')):
            with self.subTest(**values):
                self.assertEqual(expected, self.base_url(**values))

    def test_of_the_operator(self):
        """Operators can write the URL with or without a slash at its end."""
        for endpoint in ('https://a.example/x', 'https://a.example/x/',
                         'https://a.example/x//'):
            with self.subTest(endpoint=endpoint):
                self.assertEqual('https://a.example/x', self.base_url(
                    endpoint, headers={'Host': 'a b'}))

    def test_malformed_host(self):
        """Users would follow a link to the malformed host."""
        for host in ('a b', 'a/b', '', 'a:', ':80', 'a\n', 'ä', "a'"):
            with self.subTest(host=host):
                self.assertRaises(exception.Invalid, self.base_url,
                                  environ={'HTTP_HOST': host})


class RequireWholeURLTest(base.TestCase):

    def check(self, path, **environ):
        request = wsgi.Request.blank(path)
        request.environ.update(environ)
        request.require_whole_url()

    def test_long_url_is_refused(self):
        """uWSGI may have dropped the query of a long URL."""
        path = '/v3/messages?request_id='
        for environ in ({'REQUEST_URI': path + 'x' * 16384}, {}):
            with self.subTest(names=list(environ)):
                error = self.assertRaises(
                    exception.Invalid, self.check, '/v3/messages',
                    **{'uwsgi.version': b'2.0.30'}, **environ)

                self.assertEqual('The URL is longer than 16384 bytes.',
                                 str(error))

    def test_other_urls_pass(self):
        """Clients can send filters as long as the columns."""
        self.check('/v3/messages?request_id=' + 'x' * 100000)
        self.check('/v3/messages', REQUEST_URI='/v3/messages',
                   **{'uwsgi.version': b'2.0.30'})


class LogFailureTest(base.TestCase):

    def test_class_and_place_are_logged(self):
        """An operator finds the spot; no text of an error is in the log."""
        try:
            raise RuntimeError('secret')
        except RuntimeError as error:
            wsgi.log_failure(error)

        self.assertRegex(
            self.log.output, r'\AERROR usermessages.api.wsgi A request '
            r'failed: RuntimeError at tests/unit/api/test_wsgi.py:[0-9]+\n\Z')

    def test_reason_of_a_database_is_logged(self):
        """Operators read the class and the code of the error."""
        wsgi.log_failure(exception.DatabaseUnavailable('OperationalError 1'))

        self.assertEqual(
            'ERROR usermessages.api.wsgi A request failed: '
            'DatabaseUnavailable (OperationalError 1)\n',
            self.log.output)

    def test_missing_module_is_logged(self):
        """Operators read which package to install."""
        wsgi.log_failure(ImportError('secret', name='psycopg'))

        self.assertEqual(
            'ERROR usermessages.api.wsgi A request failed: '
            'ImportError (no module psycopg)\n', self.log.output)


class UrlProjectIdTest(base.TestCase):

    def test_project_of_the_route(self):
        """The links of a message have the project of the request."""
        request = wsgi.Request.blank('/')
        self.assertIsNone(request.url_project_id)

        request.environ['wsgiorg.routing_args'] = (), {'project_id': 'c0ffee'}

        self.assertEqual('c0ffee', request.url_project_id)


class HTTPErrorTest(base.TestCase):

    def test_operator_is_told(self):
        """Operators of a service without a response read the error in the log.
        """
        log = self.useFixture(fixtures.FakeLogger())

        wsgi.http_error(exception.DatabaseError('OperationalError 1146'))
        wsgi.http_error(exception.MessageNotFound('1'))

        self.assertEqual(
            'A request failed: DatabaseError (OperationalError 1146)\n',
            log.output)

    def test_middleware_of_a_service_knows_it(self):
        """Middleware of a service can reformat status, text and headers."""
        for error, expected in (
                (exception.MessageNotFound('1'),
                 (404, 'Message 1 could not be found.', {})),
                (exception.MethodNotAllowed('PUT', ('DELETE', 'GET')),
                 (405, 'Method PUT is not allowed here; use DELETE, GET.',
                  {'Allow': 'DELETE, GET'})),
                (exception.DatabaseUnavailable('secret'),
                 (503, 'The service is temporarily unavailable; try again '
                  'later.', {'Retry-After': '5'})),
                (KeyError('secret'),
                 (500, 'The service failed to process the request; its log '
                       'contains the reason.', {}))):
            with self.subTest(error=error):
                made = wsgi.http_error(error)

                self.assertIsInstance(made, webob.exc.HTTPException)
                self.assertEqual(expected, (
                    made.status_int, made.explanation, {
                        name: made.headers[name]
                        for name in ('Allow', 'Retry-After')
                        if name in made.headers}))
