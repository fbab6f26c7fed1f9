# SPDX-License-Identifier: Apache-2.0

import base64
import logging
import subprocess
import unittest

from oslo_config import cfg
import sqlalchemy
import webob
import webob.dec

from usermessages.api.v3 import factory
from usermessages.api import wsgi
from usermessages.db import models
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception
from usermessages import fixture
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.message import id_registry
from usermessages.message import lint
from usermessages.tests import base


class UserMessagesTest(base.TestCase):

    def test_service_sees_what_its_code_recorded(self):
        """The unit tests of a service check the messages for its users."""
        conf = configuration()
        messages = self.useFixture(fixture.UserMessages(conf))

        message_api.API(conf).create(
            self.context(), defined_messages.UNABLE_TO_ALLOCATE)

        [found] = messages.of(base.PROJECT)
        self.assertEqual('000002', found['event_id'])
        self.assertEqual(
            'No storage could be allocated for this volume request.',
            found['user_message'])
        self.assertEqual([], messages.of(base.OTHER))

    def test_parameters_are_checked(self):
        """A test of a service names the values, not their JSON."""
        with fixture.UserMessages(configuration()) as messages:
            messages.api.create(
                self.context(), action='009', detail='102',
                parameters={'limit': 64, 'resources': 'snapshots'})

            messages.assert_created(
                parameters={'resources': 'snapshots', 'limit': 64})
            self.assertEqual(
                ['Creating the snapshot:the quota of the project allows at '
                 'most 64 snapshots.'],
                [found['user_message'] for found in messages.of(base.PROJECT)])

    def test_what_was_recorded_is_checked(self):
        """The tests of a service compare the fields of interest."""
        conf = configuration()
        for group in ('user_messages', 'bakery', 'DEFAULT'):
            with self.subTest(group=group), \
                    fixture.UserMessages(conf, group=group) as messages:
                api = message_api.API(conf, group=group)
                for resource_id in (base.RESOURCE, base.OTHER_RESOURCE):
                    api.create(self.context(), '000002',
                               resource_uuid=resource_id)

                found = messages.assert_created(
                    event_id='000002', resource_uuid=base.RESOURCE)

                self.assertEqual(base.PROJECT, found['project_id'])
                self.assertRaisesRegex(
                    AssertionError, '^2 messages have .*000002',
                    messages.assert_created, event_id='000002')
                self.assertRaisesRegex(
                    AssertionError, f'^0 messages have .*{base.RESOURCE}',
                    messages.assert_created, event_id='000003')
                self.assertRaisesRegex(
                    AssertionError, '^Messages have no level; they have id, ',
                    messages.assert_created, level='ERROR')

    def test_object_of_a_module(self):
        """The object of a module uses the configuration of each test."""
        conf = configuration()
        api = message_api.API(conf)
        self.set(api.conf, user_messages__connection='sqlite://')
        api.create(self.context(), '000002')

        for resource_id in (base.RESOURCE, base.OTHER_RESOURCE):
            with fixture.UserMessages(conf) as messages:
                api.create(self.context(), '000002',
                           resource_uuid=resource_id)

                self.assertEqual(
                    resource_id, messages.assert_created()['resource_uuid'])

    def test_service_without_messages(self):
        """The text says so, where nothing in particular was looked for."""
        messages = self.useFixture(fixture.UserMessages(configuration()))

        error = self.assertRaises(AssertionError, messages.assert_created)

        self.assertEqual('0 messages were recorded: []', str(error))

    def test_table_of_the_service(self):
        """The tests of a service use the table of the service."""
        conf = configuration()
        table_mapping = db_table_mapping.TableMapping(
            models.MESSAGES.to_metadata(sqlalchemy.MetaData(),
                                        name='messages'))
        messages = self.useFixture(
            fixture.UserMessages(conf, table_mapping=table_mapping))

        message_api.API(conf, table_mapping=table_mapping).create(
            self.context(), '000002')

        self.assertEqual(base.PROJECT, messages.assert_created(
            event_id='000002')['project_id'])

    def test_mistakes_are_errors(self):
        """The tests of a service find a typo before its users do."""
        conf = configuration()
        self.useFixture(fixture.UserMessages(conf))
        api = message_api.API(conf)

        self.assertRaises(exception.InvalidMessage, api.create,
                          self.context(), 'no such event')
        self.assertRaises(exception.InvalidMessage, api.create,
                          self.context(), defined_messages.UNKNOWN_ERROR,
                          resource_type='NO_SUCH_TYPE')
        self.assertRaises(exception.ProjectRequired, api.create,
                          None, defined_messages.UNKNOWN_ERROR)

    def test_configuration_is_as_before_afterwards(self):
        """A test of a service does not change the next test."""
        conf = configuration()

        with fixture.UserMessages(conf):
            self.assertTrue(conf.user_messages.strict)

        self.assertFalse(conf.user_messages.strict)
        self.assertIsNone(conf.user_messages.connection)


CONF = cfg.ConfigOpts()
CONF([], default_config_files=[], default_config_dirs=[])
API = message_api.API(CONF)


class ModuleTest(base.TestCase):
    """The example of README, in a module of a service with two tests."""

    def record_and_check(self):
        messages = self.useFixture(fixture.UserMessages(CONF))

        API.create(self.context(), defined_messages.UNABLE_TO_ALLOCATE)

        messages.assert_created(event_id='000002')
        self.assertEqual(1, len(messages.of(base.PROJECT)))

    test_first = test_second = record_and_check


def configuration():
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    return conf


UNKNOWN = catalog.Event('000001', 'Something went wrong.')
BROKEN = catalog.Event('000002', 'No %s.')
LEND = catalog.Action('001', 'lend a book')
NO_REASON = catalog.Detail('001', 'nobody knows why')


class SoundCatalogTest(fixture.CatalogTestMixin, base.TestCase):
    """The tests of a service run these tests on its catalog."""

    # The catalog has no lock file; LockedCatalogTest has one.
    test_catalog_has_no_violations = None

    events = [UNKNOWN]
    retired = [catalog.Event('000009', 'The card index is closed.'),
               catalog.Action('009', 'copy a card'),
               catalog.Detail('009', 'the ink is used up')]

    def setUp(self):
        super().setUp()
        self.messages = self.useFixture(fixture.UserMessages(
            configuration(), catalog=catalog.Catalog(
                'LIBRARY', events=self.events, unknown_error=UNKNOWN,
                actions=[('001', 'find a book')], details=[NO_REASON],
                unknown_detail=NO_REASON, resource_types=['BOOK'],
                retired=self.retired)))


class LockedCatalogTest(fixture.CatalogTestMixin, base.TestCase):
    """The same, with a lock; here of the shipped catalog."""

    lock = lint.default_path(defined_messages.CATALOG)

    def setUp(self):
        super().setUp()
        # Whose exceptions the names are of.
        for name in ('DriverNotInitialized', 'NoValidBackend', 'OverQuota',
                     'QuotaError', 'ImageTooBig', 'SnapshotIsBusy',
                     'ServiceNotFound', 'InvalidVolume'):
            setattr(self, name, type(name, (Exception,), {}))
        self.messages = self.useFixture(
            fixture.UserMessages(configuration()))


class MountedEndpointTest(fixture.EndpointTestMixin, base.TestCase):
    """A service with a filter, whose own API is empty."""

    def setUp(self):
        super().setUp()
        conf = configuration()
        self.messages = self.useFixture(fixture.UserMessages(conf))
        self.application = factory.filter_factory(
            {'oslo_config_config': conf}, path_prefix='/v1')(None)

    def environ(self, project_id):
        return {wsgi.CONTEXT: self.context(project_id, roles=['member'])}


class MixinsTest(base.TestCase):
    """The mixins find the mistakes of a service."""

    def failures_of(self, case):
        """Return the tests of a test case that fail, and how."""
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        self.assertEqual([], result.errors)
        return sorted(test.id().rpartition('.')[2]
                      for test, _reason in result.failures)

    def test_placeholder_in_a_text(self):
        """Users would read the placeholder as text."""
        class BrokenTest(SoundCatalogTest):
            events = [UNKNOWN, BROKEN]

        self.assertEqual(['test_catalog_has_no_problems'],
                         self.failures_of(BrokenTest))

    def test_id_that_is_not_locked(self):
        """Developers have to lock an ID before its release."""
        [path] = self.create_tempfiles([('messages', str(id_registry.Registry(
            'VOLUME', {('event', '000001'): id_registry.Entry(
                'UNKNOWN_ERROR', '1.0.0')})))], '.lock')

        class BrokenTest(LockedCatalogTest):
            lock = path

        self.assertEqual(['test_catalog_has_no_violations'],
                         self.failures_of(BrokenTest))

    def test_message_that_is_not_stored_as_it_is_said(self):
        """A service may have a class of its own in between."""
        for broken in (
                {'event_id': 'stored as the unknown error'},
                {'action': None}, {'resource_type': 'NO_SUCH_TYPE'}):
            class BrokenTest(SoundCatalogTest):

                def setUp(self):
                    super().setUp()
                    create = self.messages.api.create
                    [(name, value)] = broken.items()
                    self.messages.api.create = (
                        lambda *args, **said: create(
                            *args, **{**said, **{
                                name: value for _name in said
                                if _name == name}}))

            with self.subTest(broken=broken):
                result = unittest.TestResult()
                BrokenTest('test_catalog_is_stored_and_read').run(result)

                self.assertFalse(result.wasSuccessful())

    def test_endpoint_that_is_wrong(self):
        """Each assertion is there for a mistake of its own."""
        listed, others, deleted = (
            'test_messages_are_listed_and_shown',
            'test_messages_of_other_projects_are_not_there',
            'test_messages_are_deleted')

        def answer(status, body=b'{"messages": []}'):
            return lambda request, app: webob.Response(
                status=status, body=body, content_type='application/json')

        def as_owner(*methods, lists=False):
            def ask(request, app):
                is_list = request.path.endswith('/messages')
                if request.method in methods and is_list == lists:
                    request = request.copy()
                    request.environ[wsgi.CONTEXT] = self.context(
                        self.owner, roles=['member'])
                    path = request.path_info.split('/')
                    path[2] = self.owner
                    request.path_info = '/'.join(path)
                return request.get_response(app)
            return ask

        def keeps(request, app):
            if request.method == 'DELETE':
                return webob.Response(status=204)
            return request.get_response(app)

        def hides_what_it_does(request, app):
            response = as_owner('DELETE')(request, app)
            if request.method == 'DELETE' and self.owner not in request.url:
                response.status = 404
            return response

        def shows_another(request, app):
            response = request.get_response(app)
            if request.method == 'GET' and b'"message"' in response.body:
                response.body = response.body.replace(b'000001', b'000009')
            return response

        for wrong, expected in (
                (answer(403), [deleted, listed, others]),
                (answer(200), [deleted, listed, others]),
                (answer(404, b'<p>no JSON</p>'), [deleted, listed, others]),
                (as_owner('GET', lists=True), [others]),
                (as_owner('GET'), [others]),
                (as_owner('DELETE'), [others]),
                (hides_what_it_does, [others]),
                (keeps, [deleted, others]),
                (shows_another, [listed])):
            class BrokenTest(MountedEndpointTest):

                def setUp(self):
                    super().setUp()
                    inner = self.application
                    self.application = webob.dec.wsgify(
                        lambda request: wrong(request, inner),
                        RequestClass=wsgi.Request)

                def _record(self_of_test):
                    self.owner, message_id = super()._record()
                    return self.owner, message_id

            with self.subTest(expected=expected):
                self.assertEqual(expected, self.failures_of(BrokenTest))


class PlainError(Exception):
    """An exception like most others."""


class FormattedError(Exception):
    """An exception whose text is formatted with values, as in many services.
    """

    message = 'Volume %(volume_id)s is not on {host}.'

    def __init__(self, message=None, **kwargs):
        self.kwargs = kwargs
        super().__init__(message or self.message % kwargs)


class CommandError(Exception):
    """An exception that shows all of its attributes, as in oslo.concurrency.
    """

    def __init__(self, stdout=None, stderr=None, exit_code=None, cmd=None):
        super().__init__(stdout, stderr, exit_code, cmd)
        self.stdout, self.stderr = stdout, stderr
        self.exit_code, self.cmd = exit_code, cmd

    def __str__(self):
        return f'{self.cmd} ended with {self.exit_code}: {self.stderr!r}'


class ResponseError(Exception):
    """An exception that is made of an object, and not of texts."""

    def __init__(self, response, *, attempts=1):
        self.status = response.status_code
        super().__init__(f'{response.url} answered {self.status:d}')


class ConstantError(Exception):
    """An exception with a constant text."""

    def __init__(self):
        super().__init__('The storage is unavailable.')


class LeakCanaryTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.service_conf = configuration()
        self.messages = self.useFixture(fixture.UserMessages(
            self.service_conf, catalog=catalog.Catalog(
                'LIBRARY', events=[UNKNOWN], unknown_error=UNKNOWN,
                actions=[LEND], details=[NO_REASON], unknown_detail=NO_REASON,
                resource_id_pattern='.*')))

    def found(self, act, **settings):
        """Return the report of the canary after that function, if any."""
        try:
            with fixture.LeakCanary(self.messages, **settings) as canary:
                act(canary)
        except AssertionError as error:
            return str(error)
        return ''

    def record(self, **values):
        """Record a message as the code of a service does."""
        return self.messages.api.create(self.context(), UNKNOWN, **values)

    def application(self):
        """Return the API of a service that serves the recorded messages."""
        return factory.filter_factory(
            {'oslo_config_config': self.service_conf}, path_prefix='/v1',
            catalog=self.messages.api.catalog)(None)

    def environ(self, project_id):
        return {wsgi.CONTEXT: self.context(project_id, roles=['member'])}

    def test_exceptions_are_full_of_secrets(self):
        """Each part of an exception has a secret that the test can find."""
        for error_class, origins in (
                (PlainError, ['arguments']),
                (KeyError, ['arguments']),
                (OSError, ['arguments']),
                (FormattedError, ['argument message', 'argument volume_id',
                                  'argument host']),
                (CommandError, ['argument stdout', 'argument stderr',
                                'argument exit_code', 'argument cmd']),
                (ResponseError, ['arguments', 'attribute response',
                                 'attribute attempts']),
                (ConstantError, ['arguments', 'attribute reason'])):
            def look_at(canary):
                self.record()
                error = canary.error(error_class)
                self.assertIs(error_class, type(error))
                canary.search('str', error)
                canary.search('repr', repr(error))
                canary.search('values', [error.args, vars(error)])
                canary.search('cause', error.__cause__)
                canary.search('context', error.__context__)
                canary.search('notes', error.__notes__)

            with self.subTest(error_class=error_class.__name__):
                found = self.found(look_at)

                name = error_class.__name__
                self.assertRegex(found, f' of {name} is in str: ')
                self.assertRegex(found, f' of {name} is in repr: ')
                for origin in origins:
                    self.assertIn(
                        f'the {origin} of {name} is in values: ', found)
                self.assertIn(f'the cause of {name} is in cause: ', found)
                self.assertIn(f'the context of {name} is in context: ', found)
                self.assertIn(f'a note of {name} is in notes: ', found)

    def test_arguments_that_are_no_texts_are_given(self):
        """A class may compare or format them."""
        def give(canary):
            self.record()
            error = canary.error(subprocess.CalledProcessError, returncode=3)
            self.assertEqual(3, error.returncode)
            canary.search('str', error)
            canary.search('stderr', error.stderr)

        self.assertRegex(
            self.found(give),
            'the argument cmd of CalledProcessError is in str: .*\n'
            'the argument stderr of CalledProcessError is in stderr: ')

    def test_exceptions_that_cannot_be_made(self):
        """Developers read how to create the exception."""
        with fixture.LeakCanary(self.messages) as canary:
            for error_class, given, text in (
                    (subprocess.CalledProcessError, {},
                     "^CalledProcessError .* give the others, as in "
                     r"error\(CalledProcessError, exit_code=3\)"),
                    (CommandError, {'code': 1},
                     '^CommandError takes no argument code.$'),
                    (PlainError, {'code': 1},
                     '^PlainError takes no argument code.$'),
                    (ExceptionGroup, {},
                     '^ExceptionGroup cannot be made of texts; '),
                    (str, {}, '^str is not a class of exceptions.$')):
                with self.subTest(error_class=error_class.__name__):
                    self.assertRaisesRegex(
                        TypeError, text, canary.error, error_class, **given)
            self.record()
            canary.secret('the password')

    def test_silence(self):
        """A service without leaks passes."""
        def report(canary):
            try:
                raise canary.error(PlainError)
            except PlainError as error:
                # The log of a service is for its operators.
                logging.getLogger('library').exception('Failed: %s', error)
                self.messages.api.create(self.context(), action=LEND,
                                         exception=error)

        self.assertEqual('', self.found(
            report, application=self.application(), environ=self.environ))

    def test_leak_into_the_table(self):
        """Users and readers of the database can see the text."""
        def leak(canary):
            self.record(resource_uuid=str(canary.error(PlainError)))

        found = self.found(leak, application=self.application(),
                           environ=self.environ)

        for place in ('the column resource_uuid', 'resource_uuid as it is '
                      'read', 'the body of an answer'):
            self.assertRegex(
                found, f'\nthe arguments of PlainError is in {place}: ')

    def test_leak_into_the_table_of_the_service(self):
        """A column or a deleted row that users do not read may leak, too."""
        table = models.MESSAGES.to_metadata(sqlalchemy.MetaData(),
                                            name='messages')
        table.append_column(sqlalchemy.Column('why', sqlalchemy.Integer))
        table.append_column(sqlalchemy.Column('deleted', sqlalchemy.Boolean))
        table_mapping = db_table_mapping.TableMapping(
            table, live_values={'deleted': False},
            soft_delete_values=lambda now: {'deleted': True})
        self.messages = self.useFixture(fixture.UserMessages(
            configuration(), table_mapping=table_mapping))

        def leak(canary):
            message_id = self.messages.api.create(self.context(), '000002')
            with self.messages.api.db.executor.engine().begin() as connection:
                connection.exec_driver_sql(
                    'UPDATE messages SET why = ?',
                    (str(canary.error(PlainError)),))
            self.messages.api.delete(self.context(), message_id)

        self.assertRegex(self.found(leak), 'is in the column why: ')

    def test_leak_into_what_users_read(self):
        """A service may make the texts of its catalog at runtime."""
        texts = self.messages.api.catalog.events

        def leak(canary):
            self.record()
            texts['000001'] = catalog.Event(
                '000001', f'Failed: {canary.error(PlainError)}',
                remedy=catalog.Remedy('retry', canary.secret('the password')))

        found = self.found(leak)

        self.assertRegex(found, 'PlainError is in the text of a message: ')
        self.assertRegex(found, 'the password is in the remedy of a message: ')

    def test_leak_into_an_answer(self):
        """A service may have a view of its own."""
        for place in ('body', 'header X-Failure'):
            def leak(canary):
                self.record()
                failure.append(str(canary.error(PlainError)))

            def answer(request):
                if place == 'body':
                    return webob.Response(json={'fault': failure})
                return webob.Response(headers={'X-Failure': failure[0]})

            failure = []
            with self.subTest(place=place):
                self.assertRegex(
                    self.found(leak, application=webob.dec.wsgify(answer)),
                    f'^Secrets .*\nthe arguments of PlainError is in the '
                    f'{place} of an answer: ')

    def test_leak_into_the_log(self):
        """Tracebacks and arguments in the log may leak, too."""
        log = logging.getLogger('usermessages.message')
        for name, write in (
                ('text', lambda error: log.debug(error)),
                ('argument', lambda error: log.info('Failed: %r', error)),
                ('traceback', lambda error: log.info('F', exc_info=error)),
                ('summary', lambda error: log.warning('Failed'))):
            def leak(canary):
                self.record()
                try:
                    raise canary.error(PlainError)
                except PlainError as error:
                    write(error)

            with self.subTest(name=name):
                self.assertRegex(
                    self.found(leak), 'the arguments of PlainError is in the '
                    'log of usermessages.message: ')

    def test_leak_into_another_log(self):
        """A service can check its own log, too."""
        def leak(canary):
            self.record()
            logging.getLogger('library.lending').debug(
                canary.error(PlainError))

        self.assertRegex(self.found(leak, loggers=['library']),
                         'PlainError is in the log of library.lending: ')
        self.assertEqual(logging.NOTSET, logging.getLogger('library').level)
        self.assertEqual([], logging.getLogger('library').handlers)

    def test_leak_into_a_log_that_was_closed(self):
        """The configuration of a log closes some loggers, and hides none."""
        log = logging.getLogger('library.lending.desk')
        for attribute, value in (('level', logging.ERROR), ('disabled', True),
                                 ('propagate', False)):
            def leak(canary):
                self.record()
                log.info(canary.error(PlainError))

            before = getattr(log, attribute)
            self.addCleanup(setattr, log, attribute, before)
            setattr(log, attribute, value)
            with self.subTest(attribute=attribute):
                found = self.found(leak, loggers=['library'])

                self.assertRegex(found, 'PlainError is in the log of '
                                 'library.lending.desk: ')
                self.assertEqual(value, getattr(log, attribute))
            setattr(log, attribute, before)

    def test_leak_in_disguise(self):
        """Code may have changed the secret."""
        for name, disguise in (
                ('upper case', str.upper),
                ('percent', lambda text: f'%22{text}%22'),
                ('escapes', lambda text: repr(f'{text[:5]}\n  {text[5:]}')),
                ('lines', lambda text: '\r\n'.join(text)),
                ('groups', lambda text: f'{text[:4]}-{text[4:]}'),
                *[(f'Base64 after {before}', lambda text, before=before:
                   base64.b64encode(f'{" " * before}{text}!'.encode()))
                  for before in range(3)]):
            def leak(canary):
                self.record()
                canary.search('an e-mail', disguise(canary.secret('the PIN')))

            with self.subTest(name=name):
                self.assertRegex(self.found(leak),
                                 '\nthe PIN is in an e-mail: ')

    def test_nothing_was_recorded(self):
        """A test that cannot fail proves nothing."""
        self.record()

        self.assertRegex(
            self.found(lambda canary: canary.error(PlainError)),
            '^No message was recorded: check ')

    def test_no_secret_was_made(self):
        """A test without a secret proves nothing."""
        self.assertRegex(self.found(lambda canary: self.record()),
                         '^The test uses no secret: let ')

    def test_nothing_was_answered(self):
        """A response with an error does not contain the messages."""
        def report(canary):
            canary.error(PlainError)
            self.record()

        self.assertRegex(
            self.found(report, application=self.application(),
                       environ=lambda project_id: {wsgi.CONTEXT: self.context(
                           project_id, roles=[])}),
            f'GET /v1/{base.PROJECT}/messages has the status 403, so ')
