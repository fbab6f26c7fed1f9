# SPDX-License-Identifier: Apache-2.0

import unittest

from oslo_config import cfg
import sqlalchemy
import webob
import webob.dec

from usermessages.api.v3 import router
from usermessages.api import wsgi
from usermessages.db import models
from usermessages import exception
from usermessages import fixture
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.tests import base


class UserMessagesTest(base.TestCase):

    def test_host_sees_what_its_code_recorded(self):
        """The unit tests of a host ask what its users will read."""
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

    def test_what_was_recorded_is_checked(self):
        """A test of a host says what it cares about."""
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

    def test_table_of_the_host(self):
        """What a service keeps its messages in, its tests do too."""
        conf = configuration()
        layout = models.Layout(
            models.MESSAGES.to_metadata(sqlalchemy.MetaData(),
                                        name='messages'))
        messages = self.useFixture(
            fixture.UserMessages(conf, layout=layout))

        message_api.API(conf, layout=layout).create(self.context(), '000002')

        self.assertEqual(base.PROJECT, messages.assert_created(
            event_id='000002')['project_id'])

    def test_mistakes_are_errors(self):
        """A typo in a host is found by its tests, not by its users."""
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
        """One test of a host leaves nothing to the next."""
        conf = configuration()

        with fixture.UserMessages(conf):
            self.assertTrue(conf.user_messages.strict)

        self.assertFalse(conf.user_messages.strict)
        self.assertIsNone(conf.user_messages.connection)


def configuration():
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    return conf


UNKNOWN = catalog.Event('000001', 'Something went wrong.')
BROKEN = catalog.Event('000002', 'No %s.')
NO_REASON = catalog.Detail('001', 'nobody knows why')


class SoundCatalogTest(fixture.CatalogTestMixin, base.TestCase):
    """A host runs the same over its own."""

    events = [UNKNOWN]

    def setUp(self):
        super().setUp()
        self.messages = self.useFixture(fixture.UserMessages(
            configuration(), catalog=catalog.Catalog(
                'LIBRARY', events=self.events, unknown_error=UNKNOWN,
                actions=[('001', 'find a book')], details=[NO_REASON],
                unknown_detail=NO_REASON, resource_types=['BOOK'])))


class MountedEndpointTest(fixture.EndpointTestMixin, base.TestCase):
    """A host with a filter, whose own API answers nothing."""

    def setUp(self):
        super().setUp()
        conf = configuration()
        self.messages = self.useFixture(fixture.UserMessages(conf))
        self.application = router.filter_factory(
            {'oslo_config_config': conf}, path_prefix='/v1')(None)

    def environ(self, project_id):
        return {wsgi.CONTEXT: self.context(project_id, roles=['member'])}


class MixinsTest(base.TestCase):
    """What is wrong with a service is found."""

    def failures_of(self, case):
        """Return the tests of a test case that fail, and how."""
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        self.assertEqual([], result.errors)
        return sorted(test.id().rpartition('.')[2]
                      for test, _reason in result.failures)

    def test_placeholder_in_a_text(self):
        """It would be shown as it stands."""
        class BrokenTest(SoundCatalogTest):
            events = [UNKNOWN, BROKEN]

        self.assertEqual(['test_catalog_has_no_problems'],
                         self.failures_of(BrokenTest))

    def test_message_that_is_not_stored_as_it_is_said(self):
        """A host may have a class of its own in between."""
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
