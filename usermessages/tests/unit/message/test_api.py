# SPDX-License-Identifier: Apache-2.0

import copy
import datetime
import inspect
import json
import logging
import multiprocessing
import os
import pickle
import sys
import threading
import traceback
import types
from unittest import mock
import uuid

import fixtures
from oslo_db.sqlalchemy import enginefacade
from oslo_log import formatters
from oslo_utils import fixture as utils_fixture
import sqlalchemy
from sqlalchemy import pool

from usermessages import context as message_context
from usermessages.db import ids
from usermessages.db import models
from usermessages import exception as exc
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages.message import dead_letter
from usermessages.message import defined_messages
from usermessages.message import resource_types
from usermessages.tests import base
from usermessages.tests import database

NOON = datetime.datetime(2126, 1, 1, 12, 0, 0, 123456)
SECRET = 'a-secret-of-the-caller'

UNKNOWN = catalog.Event('shelf.0', 'Something went wrong.', level='INFO')
FULL = catalog.Event('shelf.1', 'The shelf is full.', level='WARNING')
SHELVES = catalog.Catalog(
    'LIBRARY', events=[UNKNOWN, FULL], unknown_error=UNKNOWN,
    resource_types=['SHELF'], resource_id_pattern=r'shelf-\d+')

Actions = defined_messages.Actions
Details = defined_messages.Details


def hostile(name):
    """Return an object whose every method raises."""
    def refuse(self, *_args, **_kwargs):
        raise RuntimeError(SECRET)

    return type(name, (), {method: refuse for method in (
        '__eq__', '__hash__', '__str__', '__repr__', '__bool__', '__len__',
        '__iter__', '__getattr__', '__format__', '__contains__',
        '__getitem__', '__ne__', '__lt__')})()


class HostileText(str):
    """A text that looks like a constant, but is not equal to one."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash('VOLUME')

    def __str__(self):
        return 'VOLUME'


class BrokenText(str):

    def _refuse(self, *_args):
        raise RuntimeError(SECRET)

    __eq__ = __hash__ = __str__ = __repr__ = __len__ = __bool__ = _refuse
    __contains__ = encode = _refuse


class CreateTestCase(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.clock = self.useFixture(utils_fixture.TimeFixture(NOON))

    def lines(self):
        """Return the warnings and errors of the library."""
        return [line for line in self.log.output.splitlines()
                if ' usermessages' in line
                and not line.startswith(('DEBUG', 'INFO'))]

    def create(self, *args, **kwargs):
        """Create a message that is valid except for the values of the test."""
        values = {
            'context': self.context(request_id=base.REQUEST,
                                    overwrite=False),
            'event_id': '000002', 'resource_type': 'VOLUME',
            'resource_uuid': base.RESOURCE, **kwargs}
        if 'action' in kwargs:
            values['event_id'] = None
        return self.api.create(*args, **values)

    def assertStored(self, **values):
        """Check the only row: valid except for the values of the test."""
        [row] = self.stored()
        self.assertEqual({
            'id': row['id'],
            'project_id': base.PROJECT,
            'event_id': '000002',
            'action_id': '',
            'detail_id': '',
            'message_level': 'ERROR',
            'resource_type': 'VOLUME',
            'resource_uuid': base.RESOURCE,
            'request_id': base.REQUEST,
            'global_request_id': '', 'parameters': '',
            'created_at': NOON,
            'expires_at': datetime.datetime(2126, 1, 31, 12, 0, 0, 123456),
            **values}, row)


@database.on_each
class CreateTest(CreateTestCase):

    def test_keeps_all_that_is_valid(self):
        """Users read the values that the service records."""
        message_id = self.api.create(
            self.context(request_id=base.REQUEST, overwrite=False,
                         global_request_id=base.GLOBAL_REQUEST),
            defined_messages.UNABLE_TO_ALLOCATE, base.OTHER,
            resource_types.VOLUME_SNAPSHOT, base.RESOURCE, 'WARNING')

        self.assertStored(
            id=message_id, project_id=base.OTHER, message_level='WARNING',
            resource_type='VOLUME_SNAPSHOT',
            global_request_id=base.GLOBAL_REQUEST)
        self.assertEqual(NOON, ids.timestamp_of(message_id))
        self.assertEqual([], self.lines())

    def test_project_is_by_default_that_of_the_context(self):
        """Most services act on the resources of the requesting user."""
        self.create(context=self.context(
            base.OTHER, request_id=base.REQUEST, overwrite=False))

        self.assertStored(project_id=base.OTHER)

    def test_project_of_the_call_wins(self):
        """Administrators act on resources of other projects."""
        self.create(project_id=base.OTHER)

        self.assertStored(project_id=base.OTHER)

    def test_any_project_id_is_kept_as_it_is(self):
        """Project IDs of Keystone are not always UUIDs."""
        projects = ['abc ', 'ABC', 'äbc', '\U0001f4a9', 'p' * 255, '%s', "'"]
        for project_id in projects:
            self.create(project_id=project_id)

        self.assertEqual(projects,
                         [row['project_id'] for row in sorted(
                             self.stored(),
                             key=lambda row: projects.index(
                                 row['project_id']))])
        self.assertEqual([], self.lines())

    def test_expires_after_message_ttl(self):
        """The operator decides how long users find a message."""
        self.set(self.conf, user_messages__message_ttl=90)

        self.create()

        self.assertStored(
            expires_at=datetime.datetime(2126, 1, 1, 12, 1, 30, 123456))

    def test_message_ttl_is_read_at_each_call(self):
        """A change applies to messages created from then on."""
        self.create()
        self.set(self.conf, user_messages__message_ttl=1)
        self.create()

        self.assertEqual(
            [datetime.datetime(2126, 1, 1, 12, 0, 1, 123456),
             datetime.datetime(2126, 1, 31, 12, 0, 0, 123456)],
            sorted(row['expires_at'] for row in self.stored()))

    def test_level_can_have_a_time_of_its_own(self):
        """Operators keep messages without consequences for a shorter time."""
        self.set(self.conf, user_messages__message_ttl=90,
                 user_messages__message_ttl_by_level={'INFO': 7})

        for level, seconds in (('ERROR', 90), ('INFO', 7), (None, 90),
                               ('WARNING', 90)):
            message_id = self.create(level=level)
            self.assertEqual(
                datetime.timedelta(seconds=seconds),
                self.api.get(None, message_id, all_projects=True)['expires_at']
                - NOON)

    def test_stores_plain_text(self):
        """A driver of a database need not know the classes of a service."""
        class Text(str):
            pass

        stored = {}
        create = self.db.message_create

        def message_create(values):
            stored.update(values)
            create(values)

        self.useFixture(fixtures.MockPatchObject(
            self.db, 'message_create', message_create))

        self.create(
            event_id=defined_messages.UNABLE_TO_ALLOCATE,
            project_id=Text(base.PROJECT),
            resource_type=Text('VOLUME'), resource_uuid=Text(base.RESOURCE),
            level=Text('INFO'), context=types.SimpleNamespace(
                project_id=None, request_id=Text(base.REQUEST)))

        self.assertStored(message_level='INFO')
        # The database returns plain text, whatever it was given.
        self.assertEqual({str, datetime.datetime},
                         {type(value) for value in stored.values()})
        self.assertEqual([], self.lines())

    def test_upper_case_of_a_uuid_is_not_kept(self):
        """Users find the UUID in upper and in lower case."""
        self.create(resource_uuid=base.RESOURCE.upper(),
                    context=types.SimpleNamespace(
                        project_id=base.PROJECT,
                        request_id='req-' + base.REQUEST[4:].upper()))

        self.assertStored()
        self.assertEqual([], self.lines())

    def test_context_of_any_class_will_do(self):
        """A service has a context of its own."""
        self.create(context=types.SimpleNamespace(
            project_id=base.OTHER, request_id=base.REQUEST))

        self.assertStored(project_id=base.OTHER)

    def test_empty_text_is_nothing(self):
        """A service may pass an empty text for "none"."""
        self.create(resource_type='', resource_uuid='', level='')

        self.assertStored(resource_type='', resource_uuid='')
        self.assertEqual([], self.lines())


@database.on_each
class ComposedTest(CreateTestCase):

    def test_action_and_detail_are_composed(self):
        """The ID is the one that clients of Cinder know."""
        self.create(action=Actions.SCHEDULE_ALLOCATE_VOLUME,
                    detail=Details.NO_BACKEND_AVAILABLE)

        self.assertStored(event_id='VOLUME_VOLUME_001_003', action_id='001',
                          detail_id='003')
        self.assertEqual([], self.lines())

    def test_exception_chooses_the_detail(self):
        """The service need not know what each exception means."""
        class NoValidBackend(Exception):
            pass

        self.create(action=Actions.SCHEDULE_ALLOCATE_VOLUME,
                    exception=NoValidBackend(SECRET))

        self.assertStored(event_id='VOLUME_VOLUME_001_003', action_id='001',
                          detail_id='003')
        self.assertEqual([], self.lines())

    def test_mapped_exception_wins_over_the_detail(self):
        """Call sites of Cinder and Manila pass both."""
        class NoValidBackend(Exception):
            pass

        self.create(action=Actions.EXTEND_VOLUME,
                    detail=Details.QUOTA_EXCEED, exception=NoValidBackend())

        self.assertStored(event_id='VOLUME_VOLUME_007_003', action_id='007',
                          detail_id='003')

    def test_detail_is_for_exceptions_that_map_to_none(self):
        """The service knows what the table does not."""
        self.create(action=Actions.EXTEND_VOLUME,
                    detail=Details.QUOTA_EXCEED, exception=KeyError())

        self.assertStored(event_id='VOLUME_VOLUME_007_006', action_id='007',
                          detail_id='006')

    def test_context_says_what_it_is_about(self):
        """Services know the resource from the start of the request."""
        sent = message_context.RequestContext(
            project_id=base.PROJECT, request_id=base.REQUEST,
            message_action=Actions.EXTEND_VOLUME,
            message_resource_type='VOLUME', message_resource_id=base.RESOURCE)
        came = message_context.RequestContext.from_dict(
            json.loads(json.dumps(sent.to_dict())))

        self.api.create_from_request_context(
            came, detail=Details.QUOTA_EXCEED, level='WARNING')

        self.assertStored(event_id='VOLUME_VOLUME_007_006', action_id='007',
                          detail_id='006', message_level='WARNING',
                          resource_uuid=base.RESOURCE)

    def test_project_of_a_resource(self):
        """A failure of an administrator concerns the owner of a resource."""
        came = message_context.RequestContext(
            project_id='admins', request_id=base.REQUEST,
            message_action=Actions.EXTEND_VOLUME)

        self.api.create_from_request_context(
            came, detail=Details.QUOTA_EXCEED, project_id=base.PROJECT)

        self.assertStored(event_id='VOLUME_007_006', action_id='007',
                          detail_id='006', resource_type='',
                          resource_uuid='')

    def test_context_of_cinder_says_it_too(self):
        """The action of Cinder is a list after a message queue."""
        came = types.SimpleNamespace(
            project_id=base.PROJECT, request_id=base.REQUEST,
            message_action=['007', 'secret'],
            message_resource_type='VOLUME', message_resource_id=base.RESOURCE)

        self.api.create_from_request_context(came, KeyError())

        self.assertStored(event_id='VOLUME_VOLUME_007_001', action_id='007',
                          detail_id='001')

    def test_context_that_says_nothing(self):
        """The failure continues, and operators read which value is missing."""
        self.api.create_from_request_context(
            self.context(request_id=base.REQUEST))

        self.assertStored(event_id='000001', resource_type='',
                          resource_uuid='')
        self.assertEqual(1, len(self.lines()), self.lines())

    def test_action_alone_has_the_unknown_detail(self):
        """The user learns at least what was going on."""
        self.create(action=Actions.EXTEND_VOLUME)

        self.assertStored(event_id='VOLUME_VOLUME_007_001', action_id='007',
                          detail_id='001')
        self.assertEqual([], self.lines())

    def test_plain_ids_and_tuples_will_do(self):
        """The constants of Cinder are plain tuples."""
        self.create(action=('007', SECRET), detail='010')

        self.assertStored(event_id='VOLUME_VOLUME_007_010', action_id='007',
                          detail_id='010')
        self.assertEqual([], self.lines())

    def test_without_resource_type(self):
        """A message need not be about a resource."""
        self.create(action=Actions.EXTEND_VOLUME, resource_type=None)

        self.assertStored(event_id='VOLUME_007_001', action_id='007',
                          detail_id='001', resource_type='')

    def test_event_wins_over_action(self):
        """An event has a complete text."""
        self.api.create(
            self.context(request_id=base.REQUEST, overwrite=False), '000003',
            resource_type='VOLUME', resource_uuid=base.RESOURCE,
            action=Actions.EXTEND_VOLUME)

        self.assertStored(event_id='000003')
        self.assertEqual(
            ['WARNING usermessages.message.api Replaced invalid arguments of '
             'a user message: action (needs a call without event_id)'],
            self.lines())

    def test_longest_ids_fit(self):
        """The longest names that a catalog takes are stored on each."""
        longest = 'A' * 64
        self.api = message_api.API(self.conf, catalog=catalog.Catalog(
            'A' * 60, events=[UNKNOWN], unknown_error=UNKNOWN,
            actions=[(longest, 'Action')], details=[(longest, 'Detail')],
            unknown_detail=(longest, 'Detail'), resource_types=[longest]))
        self.addCleanup(self.api.db.close)

        self.create(action=longest, resource_type=longest)

        self.assertStored(
            event_id='_'.join(['A' * 60, *[longest] * 3]),
            action_id=longest, detail_id=longest, resource_type=longest)


# The table of the design: what is given, the field that the warning names,
# and what is stored instead.
NOT_A_UUID = ('', 'secret', 'f292cc0c', base.RESOURCE.replace('-', ''),
              base.RESOURCE + ' ', base.RESOURCE + "'")
TABLE = [
    *[({'event_id': value}, 'event_id', {'event_id': '000001'})
      for value in ('000009', '', None, SECRET, 2, b'000002', object(),
                    ['000002'], ValueError(SECRET), ' 000002', '000002\0',
                    '\ud800', '٠٠٠٠٠٢')],
    *[({'action': value}, 'action', {'event_id': '000001'})
      for value in ('099', '', SECRET, 1, ('099', SECRET), (), (None,),
                    ([],), object(), ValueError(SECRET))],
    *[({'action': Actions.EXTEND_VOLUME, 'detail': value}, 'detail',
       {'event_id': 'VOLUME_VOLUME_007_001', 'action_id': '007',
        'detail_id': '001'})
      for value in ('099', '', SECRET, 1, ('099', SECRET), (), object(),
                    ValueError(SECRET))],
    *[({'level': value}, 'level', {'message_level': 'ERROR'})
      for value in ('error', SECRET, 'CRITICAL', 40, object(), ['ERROR'],
                    b'ERROR', ValueError(SECRET))],
    *[({'resource_type': value}, 'resource_type', {'resource_type': ''})
      for value in ('volume', SECRET, 'SHARE', 1, object(), ['VOLUME'],
                    ValueError(SECRET), 'VOLUME\0')],
    *[({'resource_uuid': value}, 'resource_uuid', {'resource_uuid': ''})
      for value in (*NOT_A_UUID[1:], 5, object(), uuid.UUID(base.RESOURCE),
                    ValueError(SECRET), [base.RESOURCE])],
    *[({'context': types.SimpleNamespace(**{
        'project_id': base.PROJECT, 'request_id': base.REQUEST,
        name: value})}, name, {name: ''})
      for name in ('request_id', 'global_request_id')
      for value in (base.RESOURCE, f'req-{SECRET}', 'req-', 5, object(),
                    f'REQ-{base.RESOURCE}', base.REQUEST + '\n',
                    base.REQUEST * 256, base.REQUEST.encode(),
                    ValueError(SECRET))],
]


@database.on_each
class UnusableTest(CreateTestCase):
    """The table of ``create`` arguments in the design."""

    def test_is_replaced_with_one_warning(self):
        """Users read a general text, and operators what to fix."""
        for given, field, stored in TABLE:
            before = len(self.lines())

            message_id = self.create(**given)

            self.assertStored(id=message_id, **stored)
            [line] = self.lines()[before:]
            self.assertTrue(line.startswith(
                'WARNING usermessages.message.api Replaced invalid arguments '
                f'of a user message: {field} (needs '), line)
            self.api.delete(None, message_id, all_projects=True)
        self.assertNotIn(SECRET, self.log.output)

    def test_is_an_error_in_the_tests_of_a_service(self):
        """A developer finds the mistake before an operator does."""
        self.set(self.conf, user_messages__strict=True)
        for given, field, _stored in TABLE:
            error = self.assertRaises(exc.InvalidMessage, self.create,
                                      **given)
            self.assertEqual([field], error.fields)
            self.assertTrue(str(error).startswith(
                f'Invalid user message: {field} (needs '), error)

        self.assertEqual([], self.stored())
        self.assertEqual([], self.lines())

    def test_valid_message_passes_strictly(self):
        """Services can record correct messages in their tests."""
        self.set(self.conf, user_messages__strict=True)

        self.create(level='ERROR')

        self.assertStored()

    def test_strict_is_read_at_each_call(self):
        """The fixture of a service sets and resets the option."""
        self.set(self.conf, user_messages__strict=True)
        self.assertRaises(exc.InvalidMessage, self.create, level=SECRET)
        self.set(self.conf, user_messages__strict=False)

        self.assertIsNotNone(self.create(level=SECRET))

    def test_all_are_named_in_one_warning(self):
        """Operators read one line for each call."""
        self.create(event_id=SECRET, resource_type=SECRET, level=SECRET,
                    resource_uuid=SECRET, context=types.SimpleNamespace(
                        project_id=base.PROJECT, request_id=SECRET,
                        global_request_id=SECRET))

        self.assertStored(event_id='000001', resource_type='',
                          resource_uuid='', request_id='')
        self.assertEqual(
            ['WARNING usermessages.message.api Replaced invalid arguments of '
             'a user message: '
             'resource_type (needs a resource type of the catalog), '
             'event_id (needs an event of the catalog), '
             'level (needs ERROR or WARNING or INFO), '
             'resource_uuid (needs a UUID), '
             'request_id (needs "req-" and a UUID), '
             'global_request_id (needs "req-" and a UUID)'], self.lines())

    def test_type_that_is_wrong_is_named(self):
        """A value may look right and be of another class."""
        self.create(event_id=2, resource_type=object(), level=40,
                    resource_uuid=uuid.UUID(base.RESOURCE),
                    context=types.SimpleNamespace(
                        project_id=base.PROJECT, request_id=b'req-'))

        self.assertStored(event_id='000001', resource_type='',
                          resource_uuid='', request_id='')
        self.assertEqual(
            ['WARNING usermessages.message.api Replaced invalid arguments of '
             'a user message: '
             'resource_type (needs a resource type of the catalog, as text, '
             'not object), '
             'event_id (needs an event of the catalog, as text, not int), '
             'level (needs ERROR or WARNING or INFO, as text, not int), '
             'resource_uuid (needs a UUID, as text, not UUID), '
             'request_id (needs "req-" and a UUID, as text, not bytes)'],
            self.lines())

    def test_what_goes_together_is_said(self):
        """An event is whole, and the halves of another need an action."""
        for given, reasons in (
                ({'action': Actions.EXTEND_VOLUME, 'event_id': '000002'},
                 'action (needs a call without event_id)'),
                ({'detail': '010', 'exception': KeyError()},
                 'detail (needs an action), exception (needs an action)')):
            self.api.create(self.context(), **{'event_id': '000002', **given})

            self.assertEqual(
                'WARNING usermessages.message.api Replaced invalid arguments '
                f'of a user message: {reasons}', self.lines()[-1])

    def test_pattern_of_the_catalog_is_named(self):
        """A service may have IDs of another form."""
        self.api = message_api.API(self.conf, catalog=SHELVES)
        self.addCleanup(self.api.db.close)

        self.create(event_id=FULL, resource_type='SHELF')

        [line] = self.lines()
        self.assertTrue(line.endswith(
            'resource_uuid (needs what resource_id_pattern of the catalog '
            'matches)'), line)

    def test_unknown_level_is_that_of_the_event(self):
        """An event knows how serious it is."""
        self.api = message_api.API(self.conf, catalog=SHELVES)
        self.addCleanup(self.api.db.close)

        self.create(event_id=FULL, resource_type='SHELF', level=SECRET,
                    resource_uuid='shelf-12')

        self.assertStored(event_id='shelf.1', message_level='WARNING',
                          resource_type='SHELF', resource_uuid='shelf-12')

    def test_resource_id_that_no_column_holds_is_left_out(self):
        """The pattern of a service may match more than a column can store."""
        self.api = message_api.API(self.conf, catalog=catalog.Catalog(
            'LIBRARY', events=[FULL], unknown_error=FULL,
            resource_types=['SHELF'], resource_id_pattern=r'(?s).*'))
        self.addCleanup(self.api.db.close)
        for resource_id in ('x' * 256, 'a\0', '\ud800'):
            message_id = self.create(event_id=FULL, resource_type='SHELF',
                                     resource_uuid=resource_id)

            self.assertStored(
                id=message_id, event_id='shelf.1', resource_uuid='',
                message_level='WARNING', resource_type='SHELF')
            self.api.delete(None, message_id, all_projects=True)

    def test_unknown_event_has_the_level_of_the_unknown_error(self):
        """Services choose the level of the unknown error."""
        self.api = message_api.API(self.conf, catalog=SHELVES)
        self.addCleanup(self.api.db.close)

        self.create(event_id='000002', resource_type='SHELF',
                    resource_uuid='shelf-12')

        self.assertStored(event_id='shelf.0', message_level='INFO',
                          resource_type='SHELF', resource_uuid='shelf-12')

    def test_mapper_that_raises_leaves_the_mapping_of_classes(self):
        """A mistake of a mapper does not cost the reason."""
        self.api = message_api.API(self.conf, catalog=catalog.Catalog(
            'VOLUME', events=[UNKNOWN], unknown_error=UNKNOWN,
            actions=Actions, details=Details, resource_types=['VOLUME'],
            unknown_detail=Details.UNKNOWN_ERROR,
            exceptions={'KeyError': Details.QUOTA_EXCEED},
            detail_for=lambda error: error.args[0]))
        self.addCleanup(self.api.db.close)

        self.create(action=Actions.EXTEND_VOLUME, exception=KeyError())

        self.assertStored(event_id='VOLUME_VOLUME_007_006', action_id='007',
                          detail_id='006')

    def test_mapper_that_raises_is_the_unknown_detail(self):
        """A mistake of a mapper costs the detail, not the message."""
        class Surprise(Exception):
            pass

        def mapper(error):
            raise Surprise(SECRET)

        self.api = message_api.API(self.conf, catalog=catalog.Catalog(
            'VOLUME', events=[UNKNOWN], unknown_error=UNKNOWN,
            actions=Actions, details=Details, resource_types=['VOLUME'],
            unknown_detail=Details.UNKNOWN_ERROR, detail_for=mapper))
        self.addCleanup(self.api.db.close)

        self.create(action=Actions.EXTEND_VOLUME, exception=Exception())

        self.assertStored(event_id='VOLUME_VOLUME_007_001', action_id='007',
                          detail_id='001')
        self.assertEqual(
            ['WARNING usermessages.message.api Replaced invalid arguments of '
             'a user message: exception (its mapping to a detail failed)'],
            self.lines())


class UnknownDetailTest(CreateTestCase):

    def unknown(self):
        """Return the lines about the unknown detail."""
        return [line for line in self.log.output.splitlines()
                if 'unknown detail' in line]

    def test_class_of_the_exception_is_logged(self):
        """Developers read which exception the catalog does not map."""
        message_id = self.create(
            action=Actions.EXTEND_VOLUME, exception=KeyError(SECRET))

        self.assertEqual([
            f'INFO usermessages.message.api User message {message_id} has the '
            'unknown detail: action 007, exception builtins.KeyError'],
            self.unknown())
        self.assertNotIn(SECRET, self.log.output)

    def test_call_without_an_exception_is_logged(self):
        """Each message that the statistics count has a line."""
        self.create(action=Actions.EXTEND_VOLUME)

        [line] = self.unknown()
        self.assertTrue(line.endswith('action 007, exception none'), line)

    def test_message_that_is_not_stored_is_logged(self):
        """The line and the dead letter have the same ID."""
        self.set(self.conf, user_messages__connection=None)

        self.create(action=Actions.EXTEND_VOLUME, exception=KeyError(SECRET))

        [unknown], [lost] = self.unknown(), self.lines()
        [record] = dead_letter.parse_line(lost)
        self.assertIn(record['id'], unknown)

    def test_known_detail_has_no_line(self):
        """An ordinary message writes nothing at INFO."""
        self.create()
        self.create(action=Actions.EXTEND_VOLUME, detail=Details.QUOTA_EXCEED,
                    exception=KeyError(SECRET))

        self.assertEqual([], self.unknown())


class RetiredTest(CreateTestCase):
    """Retired events, actions and details that a service still records."""

    GIVEN = (
        ({'event_id': '000002'}, 'event_id'),
        ({'action': Actions.ATTACH_VOLUME}, 'action'),
        ({'action': Actions.EXTEND_VOLUME, 'detail': Details.QUOTA_EXCEED},
         'detail'),
        ({'action': Actions.ATTACH_VOLUME, 'detail': Details.QUOTA_EXCEED},
         'action, detail'))

    def setUp(self):
        super().setUp()
        self.api = message_api.API(self.conf, catalog=catalog.Catalog(
            'VOLUME', events=defined_messages, actions=Actions,
            details=Details, resource_types=['VOLUME'],
            unknown_error=defined_messages.UNKNOWN_ERROR,
            unknown_detail=Details.UNKNOWN_ERROR, retired=[
                defined_messages.UNABLE_TO_ALLOCATE, Actions.ATTACH_VOLUME,
                Details.QUOTA_EXCEED]))
        self.addCleanup(self.api.db.close)

    def test_is_recorded_as_it_is(self):
        """Another service of the cloud may not be upgraded yet."""
        for given, _field in self.GIVEN:
            self.assertIsNotNone(self.create(**given))

        self.assertEqual(
            [('000002', '', ''), ('VOLUME_VOLUME_002_001', '002', '001'),
             ('VOLUME_VOLUME_002_006', '002', '006'),
             ('VOLUME_VOLUME_007_006', '007', '006')],
            sorted((row['event_id'], row['action_id'], row['detail_id'])
                   for row in self.stored()))
        self.assertEqual([], [line for line in self.lines()
                              if not line.startswith('INFO')])

    def test_is_an_error_in_the_tests_of_a_service(self):
        """A developer finds the call that is to go."""
        self.set(self.conf, user_messages__strict=True)

        for given, field in self.GIVEN:
            error = self.assertRaises(exc.InvalidMessage, self.create,
                                      **given)
            # The reason is not a typo.
            self.assertEqual('Invalid user message: ' + ', '.join(
                f'{name} (retired)' for name in field.split(', ')) + '.',
                str(error))

        self.assertEqual([], self.stored())


class NoProjectTest(CreateTestCase):

    def test_nothing_is_stored(self):
        """A message without a project could not be read by any user."""
        for given in ({'context': None},
                      {'context': object()},
                      {'context': self.context(None, overwrite=False)},
                      {'context': self.context('', overwrite=False)},
                      {'project_id': ''}):
            before = len(self.lines())

            self.assertIsNone(self.create(**given))

            self.assertEqual(
                ['WARNING usermessages.message.api Could not create a user '
                 'message: A project is required: neither the call nor the '
                 'context has one.'], self.lines()[before:])
        self.assertEqual([], self.stored())

    def test_unstorable_project_is_rejected(self):
        """A truncated ID could be the ID of another project."""
        for project_id in ('p' * 256, 'a\0', '\ud800', 5, object(), b'abc',
                           ['abc'], ValueError(SECRET), True):
            before = len(self.lines())

            self.assertIsNone(self.create(project_id=project_id))

            self.assertEqual(1, len(self.lines()[before:]))
        self.assertEqual([], self.stored())
        self.assertNotIn(SECRET, self.log.output)

    def test_is_an_error_in_the_tests_of_a_service(self):
        """Developers find out that users would not see the message."""
        self.set(self.conf, user_messages__strict=True)

        for given in ({'context': None}, {'project_id': ''}):
            self.assertRaises(exc.ProjectRequired, self.create, **given)
        self.assertRaises(exc.InvalidMessage, self.create,
                          project_id='a\0')


class NoConnectionTest(base.TestCase):

    def test_nothing_is_stored_and_the_option_is_named(self):
        """A service runs without it, and the operator can find out why."""
        api = message_api.API(self.conf)

        self.assertIsNone(api.create(self.context(), '000002'))

        self.assertTrue(self.log.output.startswith(
            'WARNING usermessages.message.api Could not store the user '
            'message (No database is configured: set '
            '[user_messages]connection in usermessages.conf, or '
            'OS_USER_MESSAGES__CONNECTION); recover it with '),
            self.log.output)

    def test_is_an_error_in_the_tests_of_a_service(self):
        """Developers find out that users would not see the message."""
        self.set(self.conf, user_messages__strict=True)
        api = message_api.API(self.conf)

        self.assertRaises(exc.ConfigurationError, api.create, self.context(),
                          '000002')

    def test_wrong_url_does_not_show_in_the_log(self):
        """The URL may contain a password."""
        for url in (f'mysql+nonsense://user:{SECRET}@host/db',
                    f'user:{SECRET}@host/db', f'nonsense://u:{SECRET}@host/',
                    f'mysql+pymysql://user:{SECRET}@host:port/db'):
            before = len(self.log.output)
            self.set(self.conf, user_messages__connection=url)

            self.assertIsNone(message_api.API(self.conf).create(
                self.context(), '000002'))

            written = self.log.output[before:]
            self.assertEqual(1, written.count('\n'), written)
            self.assertIn('[user_messages]connection', written)
            self.assertNotIn(SECRET, written)

    def test_reading_is_an_error(self):
        """A reader must not take this for "no messages"."""
        api = message_api.API(self.conf)

        self.assertRaises(exc.ConfigurationError, api.get_all,
                          self.context())


class HostileTest(CreateTestCase):
    """Arguments of any kind never replace the failure of the caller."""

    ARGUMENTS = ('event_id', 'project_id', 'resource_type', 'resource_uuid',
                 'level', 'action', 'detail', 'exception')

    def assertHarmless(self, **given):
        before = len(self.lines())

        self.create(**given)

        written = self.lines()[before:]
        self.assertIn(len(written), (0, 1), written)
        self.assertNotIn(SECRET, self.log.output)
        for row in self.stored():
            self.assertNotIn(SECRET, repr(row))
            self.assertIn(row['event_id'], (
                '000001', '000002', 'VOLUME_VOLUME_007_001',
                'VOLUME_007_001'))
            self.assertIn(row['resource_type'], ('', 'VOLUME'))
            self.assertIn(row['message_level'], ('ERROR', 'WARNING', 'INFO'))

    def test_object_whose_methods_raise(self):
        """The methods of an argument are not called."""
        for name in self.ARGUMENTS:
            for value in (hostile('Thing'), (hostile('Thing'), 'text'),
                          [hostile('Thing')], hostile('Thing').__class__):
                self.assertHarmless(**{name: value})
                self.assertHarmless(**{
                    'action': Actions.EXTEND_VOLUME, name: value})
            self.assertHarmless(**{
                'exception': hostile('Thing'),
                'action': Actions.EXTEND_VOLUME})

    def test_text_that_passes_for_a_constant(self):
        """The text compared with the catalog is the text stored."""
        for name in self.ARGUMENTS:
            if name != 'project_id':
                self.assertHarmless(**{name: HostileText(SECRET)})
                self.assertHarmless(**{
                    'action': Actions.EXTEND_VOLUME,
                    name: HostileText(SECRET)})
        self.assertHarmless(context=types.SimpleNamespace(
            project_id=base.PROJECT, request_id=HostileText(SECRET)))

    def test_text_whose_methods_raise(self):
        """A subclass of text may fail in each method."""
        for name in self.ARGUMENTS:
            if name != 'project_id':
                self.assertHarmless(**{name: BrokenText(SECRET)})

    def test_valid_text_whose_methods_raise_is_kept(self):
        """The check uses the text itself, not its methods."""
        self.create(event_id=BrokenText('000002'),
                    resource_type=BrokenText('VOLUME'),
                    resource_uuid=BrokenText(base.RESOURCE),
                    level=BrokenText('ERROR'),
                    project_id=BrokenText(base.PROJECT))

        self.assertStored()
        self.assertEqual([], self.lines())

    def test_object_that_claims_to_be_text(self):
        """``isinstance`` relies on the class that an object claims."""
        class Liar:
            @property
            def __class__(self):
                return str

        for name in self.ARGUMENTS:
            self.assertHarmless(**{name: Liar()})

    def test_what_a_test_of_a_service_passes(self):
        """A mock claims to be of a class, and a subclass may do anything."""
        def refuse(self, *_args):
            raise RuntimeError(SECRET)

        class Classless:
            __class__ = property(refuse)

        broken = dict.fromkeys(('__getitem__', '__len__', '__bool__',
                                '__iter__', '__eq__', '__hash__'), refuse)
        values = [
            Classless(), mock.create_autospec(SECRET), mock.ANY, mock.Mock(),
            *(kind(spec=spec) for kind in (mock.Mock, mock.MagicMock)
              for spec in (str, tuple, list, KeyError, catalog.Event,
                           catalog.Action)),
            type('Pair', (tuple,), broken)((SECRET, SECRET)),
            type('Pair', (tuple,), broken)(),
            type('Many', (list,), broken)([SECRET]),
            (mock.Mock(spec=str), SECRET), [Classless()]]
        for value in values:
            for name in self.ARGUMENTS:
                if name == 'project_id':
                    self.assertIsNone(self.create(project_id=value))
                    continue
                for action in ({}, {'action': Actions.EXTEND_VOLUME}):
                    self.assertIsNotNone(
                        self.create(**{**action, name: value}), name)
            self.assertIsNotNone(self.create(context=types.SimpleNamespace(
                project_id=base.PROJECT, request_id=value,
                global_request_id=value)))
        for line in self.lines():
            self.assertNotIn('Error', line)
        self.assertNotIn(SECRET, self.log.output)

    def test_pair_that_is_of_a_subclass_is_kept(self):
        """The check uses the two texts, not the class."""
        def refuse(self, *_args):
            raise RuntimeError(SECRET)

        pair = type('Pair', (catalog.Action,), dict.fromkeys(
            ('__getitem__', '__len__', '__bool__', '__eq__'), refuse))

        self.create(action=pair('007', 'text'))

        self.assertStored(event_id='VOLUME_VOLUME_007_001', action_id='007',
                          detail_id='001')
        self.assertEqual([], self.lines())

    def test_context_whose_attributes_raise(self):
        """A context may fail in any way."""
        class Surprise(Exception):
            pass

        class Context:
            @property
            def request_id(self):
                raise Surprise(SECRET)

            global_request_id = request_id

        class Projectless(Context):
            @property
            def project_id(self):
                raise Surprise(SECRET)

        for context in (Context(), Projectless(), hostile('Context')):
            for project_id in (None, base.PROJECT):
                self.assertHarmless(context=context, project_id=project_id)

        self.assertNotIn('Surprise', self.log.output)
        # The two whose project is given; the request alone is not kept.
        self.assertEqual(
            ['', ''], [row['request_id'] for row in self.stored()
                       if row['project_id'] == base.PROJECT][:2])

    def test_nothing_at_all(self):
        """``create(None)`` is a call like any other."""
        self.assertIsNone(self.api.create(None))
        self.assertIsNone(self.api.create(object()))
        self.assertEqual(2, len(self.lines()))

    def test_no_line_of_the_log_ends_with_an_exception(self):
        """The exception of the caller does not get into the log."""
        log = self.useFixture(fixtures.FakeLogger(
            'usermessages', format='%(message)s',
            formatter=formatters.JSONFormatter))
        self.set(self.conf, user_messages__connection=None)
        try:
            raise RuntimeError(SECRET)
        except RuntimeError:
            self.create(level=SECRET)

        self.assertEqual(['', ''], [
            json.loads(line)['error_summary']
            for line in log.output.splitlines()])

    def test_error_of_strict_mode_shows_nothing_else(self):
        """A developer reads what is wrong with the call, and no more."""
        self.set(self.conf, user_messages__strict=True)

        def report():
            try:
                raise RuntimeError(SECRET)
            except RuntimeError:
                self.create(level=SECRET)

        error = self.assertRaises(exc.InvalidMessage, report)

        shown = ''.join(traceback.format_exception(error))
        self.assertEqual(1, shown.count('Traceback'), shown)

    def test_exception_being_handled_stays_as_it_was(self):
        """The caller raises it again afterwards."""
        cause, error = KeyError(), ValueError()

        def report():
            try:
                raise error from cause
            except ValueError as caught:
                self.create(exception=caught)
                self.assertIs(error, sys.exc_info()[1])
                raise

        self.assertRaises(ValueError, report)
        self.assertIs(cause, error.__cause__)
        self.assertIsNone(error.__context__)


class NeverRaisesTest(CreateTestCase):
    """Faults of the process cost the message, and never fail the caller."""

    def failing(self, error):
        """Return an object whose engine raises that exception."""
        def engine():
            raise error

        return message_api.API(self.conf, engine=engine)

    def test_runaway_recursion(self):
        """The caller handles one, wherever on the stack it is."""
        found, context = [], self.context(overwrite=False)

        def descend(depth):
            if depth:
                descend(depth - 1)
            else:
                found.append(self.api.create(context, '000002'))

        self.create()
        depth = len(inspect.stack(0))
        # With fewer levels, the call itself would not be possible.
        for left in range(10, 200):
            descend(sys.getrecursionlimit() - depth - left)

        self.assertEqual(190, len(found))
        self.assertIn(None, found)
        stored = {row['id'] for row in self.stored()}
        self.assertLessEqual({*found} - {None}, stored)
        self.assertIn(self.create(), {row['id'] for row in self.stored()})

    def test_exception_of_a_hostile_metaclass(self):
        """The methods of a class are not called either."""
        def refuse(*_args, **_kwargs):
            raise RuntimeError(SECRET)

        for name in ('__name__', '__mro__', '__repr__', '__eq__', '__hash__',
                     '__getattribute__', '__instancecheck__',
                     '__subclasscheck__', '__bool__'):
            meta = type('Meta', (type,), {
                name: property(refuse) if name in ('__name__', '__mro__')
                else refuse})
            error = meta('Hostile', (Exception,), {})(SECRET)

            self.api = message_api.API(self.conf)
            self.addCleanup(self.api.db.close)
            message_id = self.create(
                action=Actions.EXTEND_VOLUME, exception=error)
            self.assertStored(
                id=message_id, event_id='VOLUME_VOLUME_007_001',
                action_id='007', detail_id='001')
            self.api.delete(None, message_id, all_projects=True)
            self.api = self.failing(error)
            self.assertIsNone(self.create())

            self.assertIn('Could not store the user message (',
                          self.lines()[-1])
        self.assertNotIn(SECRET, self.log.output)

    def test_memory_that_is_exhausted(self):
        """Memory may also be exhausted while the error is logged."""
        class Exhausted(logging.Handler):
            def handle(self, record):
                raise MemoryError

        self.api = self.failing(MemoryError())
        handler = Exhausted()
        logging.getLogger('usermessages').addHandler(handler)
        self.addCleanup(logging.getLogger('usermessages').removeHandler,
                        handler)
        self.useFixture(fixtures.MockPatchObject(
            dead_letter, 'serialize', side_effect=MemoryError))

        self.assertIsNone(self.create())

    def test_what_ends_a_thread_ends_it(self):
        """Services can kill a green thread, and users can interrupt a program.
        """
        for error in (KeyboardInterrupt, SystemExit, GeneratorExit):
            self.api = self.failing(error())

            self.assertRaises(error, self.create)


class CatalogTest(CreateTestCase):

    def test_two_services_in_one_process(self):
        """Each object uses its own catalog."""
        shelves = message_api.API(self.conf, catalog=SHELVES)
        self.addCleanup(shelves.db.close)

        shelves.create(self.context(), FULL)
        self.api.create(self.context(), '000002')
        self.api.create(self.context(), FULL)
        shelves.create(self.context(), '000002')

        self.assertEqual(['000001', '000002', 'shelf.0', 'shelf.1'],
                         sorted(row['event_id'] for row in self.stored()))

    def test_is_by_default_that_of_the_option(self):
        """Processes without a service use the catalog of the option."""
        self.set(self.conf, user_messages__catalog=f'{__name__}:SHELVES')

        self.assertIs(SHELVES, message_api.API(self.conf).catalog)

    def test_that_cannot_be_loaded_costs_the_message_only(self):
        """A service does not fail because of its messages."""
        self.set(self.conf, user_messages__catalog='nothing:CATALOG')
        api = message_api.API(self.conf)

        self.assertIsNone(api.create(self.context(), '000002'))

        [line] = self.lines()
        self.assertIn("[user_messages]catalog is 'nothing:CATALOG'", line)


LOST = {
    'id': '047a363b-a67b-774b-8000-000000000000',
    'project_id': base.PROJECT,
    'event_id': '000002',
    'action_id': '',
    'detail_id': '',
    'message_level': 'ERROR',
    'resource_type': 'VOLUME',
    'resource_uuid': base.RESOURCE,
    'request_id': base.REQUEST,
    'global_request_id': '', 'parameters': '',
    'created_at': '2126-01-01T12:00:00.123456+00:00',
    'expires_at': '2126-01-31T12:00:00.123456+00:00'}
COMPOSED = {**LOST, 'event_id': 'VOLUME_VOLUME_007_010', 'action_id': '007',
            'detail_id': '010', 'global_request_id': base.GLOBAL_REQUEST}


class DeadLetterTest(CreateTestCase):
    """A message that could not be stored is in the log, and only there."""

    def found(self):
        return [record for line in self.lines()
                for record in dead_letter.parse_line(line)]

    def hide_table(self):
        connection = self.connect()
        connection.exec_driver_sql('ALTER TABLE user_messages RENAME TO x')
        connection.commit()
        connection.close()

    def test_refused_by_the_database(self):
        """The table may be missing or outdated."""
        self.hide_table()

        self.assertIsNone(self.create())

        [record] = self.found()
        self.assertEqual({**LOST, 'id': record['id']}, record)
        self.assertRegex(
            self.lines()[0], '^ERROR usermessages.message.api Could not store '
            r'the user message \(database error, OperationalError '
            r'SQLITE_ERROR: the table may be missing.*\); recover it with '
            '"usermessages-manage message import": {"lost_user_message": ')

    def test_unexpected_error(self):
        """The engine of a service can raise any error."""
        def engine():
            raise RuntimeError(SECRET)

        self.api = message_api.API(self.conf, engine=engine)

        self.create(action=Actions.EXTEND_VOLUME, detail='010')

        [record] = self.found()
        self.assertEqual('VOLUME_VOLUME_007_010', record['event_id'])
        self.assertNotIn(SECRET, self.log.output)

    def test_database_that_is_not_configured(self):
        """Operators can recover messages from before the configuration."""
        self.set(self.conf, user_messages__connection=None)

        self.create()

        self.assertEqual(1, len(self.found()))
        self.assertIn('OS_USER_MESSAGES__CONNECTION); recover it with "',
                      self.log.output)

    def test_what_was_never_a_message_is_not_there(self):
        """A message without a project could not be read by any user."""
        self.create(project_id='')
        self.create(project_id='a\0')

        self.assertEqual(2, len(self.lines()))
        self.assertEqual([], self.found())

    def test_project_does_not_get_out_of_its_line(self):
        """A project cannot forge the message of another project."""
        self.hide_table()
        project_id = 'p"}}\n2026 ERROR {"lost_user_message": {}}\x1b[0m %s ä'

        self.create(project_id=project_id)

        self.assertEqual(1, len(self.lines()))
        self.assertEqual([project_id], [record['project_id']
                                        for record in self.found()])


@database.on_each
class RecoverTest(CreateTestCase):

    def test_message_is_there_as_if_it_had_been_stored_at_once(self):
        """Users find the message at the time of the failure."""
        self.clock.advance_time_delta(datetime.timedelta(days=3))

        result = self.api.recover(LOST)

        self.assertEqual(message_api.ImportResult.STORED, result)
        self.assertStored(id='047a363b-a67b-774b-8000-000000000000')

    def test_composed_message(self):
        """The import checks the action and the detail of the message."""
        self.api.recover(COMPOSED)

        self.assertStored(
            id='047a363b-a67b-774b-8000-000000000000',
            event_id='VOLUME_VOLUME_007_010', action_id='007',
            detail_id='010', global_request_id=base.GLOBAL_REQUEST)

    def test_what_create_wrote_is_what_create_would_have_stored(self):
        """Operators can recover every possible message."""
        arguments = [
            {'event_id': SECRET}, {'action': SECRET}, {'level': 'INFO'},
            {'resource_type': None, 'resource_uuid': None},
            {'action': Actions.EXTEND_VOLUME, 'resource_type': None},
            {'context': None, 'project_id': 'ä\n💥' * 80},
            *({'event_id': event} for event in self.api.catalog.events),
            *({'action': action, 'detail': detail}
              for action in self.api.catalog.actions
              for detail in self.api.catalog.details),
            {'action': '009', 'detail': '101', 'parameters': {
                'requested': 10 ** 9, 'left': 0, 'limit': 10 ** 9}},
            {'action': '009', 'detail': '102', 'parameters': {
                'limit': 10, 'resources': 'snapshots'}}]
        stored = []
        self.useFixture(fixtures.MockPatchObject(
            self.db, 'message_create', stored.append))
        for values in arguments:
            self.create(**values)

        for message in stored:
            [record] = dead_letter.parse_line(dead_letter.serialize(message))
            self.api.recover(record)

        self.assertEqual(
            sorted(stored, key=lambda message: message['id']),
            sorted(self.stored(), key=lambda message: message['id']))
        self.assertEqual(len(arguments), len(stored))

    def test_second_time_is_harmless(self):
        """An operator need not know what was done already."""
        self.api.recover(LOST)

        self.assertEqual(message_api.ImportResult.ALREADY_EXISTS,
                         self.api.recover(LOST))

        self.assertStored(id='047a363b-a67b-774b-8000-000000000000')

    def test_expired_message_is_left_out(self):
        """Users could not read an expired message."""
        self.clock.advance_time_delta(datetime.timedelta(days=30))

        self.assertEqual(message_api.ImportResult.EXPIRED,
                         self.api.recover(LOST))

        self.assertEqual([], self.stored())

    def test_dry_run_stores_nothing(self):
        """An operator looks before they do it."""
        before = self.api.recover(LOST, dry_run=True)
        nothing = self.stored()
        self.api.recover(LOST)
        after = self.api.recover(LOST, dry_run=True)

        self.assertEqual([], nothing)
        self.assertEqual((message_api.ImportResult.STORED,
                          message_api.ImportResult.ALREADY_EXISTS),
                         (before, after))

    def test_no_pause_keeps_it_from_the_database(self):
        """An operator does it when that is back."""
        self.db.executor.circuit_breaker.open('reason', 60)

        self.assertEqual(message_api.ImportResult.STORED,
                         self.api.recover(LOST))

    def test_table_of_another_catalog(self):
        """Another catalog has a different text for the ID, or none."""
        self.api = message_api.API(self.conf, catalog=SHELVES)
        self.addCleanup(self.api.db.close)

        error = self.assertRaises(exc.InvalidMessage, self.api.recover, LOST)

        self.assertEqual(['event_id', 'resource_type', 'resource_uuid'],
                         error.fields)

    def test_what_create_would_not_write_is_refused(self):
        """Operators read the name of each edited field."""
        for field, values in {
                'project_id': ('', 'a\0', 'p' * 256, '\ud800', None, 5),
                'event_id': ('', '000009', SECRET, 'VOLUME_VOLUME_007_010',
                             None, 2),
                'message_level': ('', 'error', 'FATAL', None),
                'resource_type': ('volume', 'SHARE', None),
                'resource_uuid': ('x', base.RESOURCE + "'", None),
                'request_id': ('x', 'req-', base.RESOURCE, None),
                'global_request_id': ('x', 'req-', base.RESOURCE, None),
                'id': ('', 'x', base.RESOURCE, None, LOST['id'].upper(),
                       '047a363b-a67b-774c-8000-000000000000',
                       '047a363b-a67b-474b-8000-000000000000',
                       '047a363b-a67b-774b-0000-000000000000'),
                'created_at': ('', 'x', None, '2126-01-01', 5,
                               '2126-01-02T12:00:00.123457+00:00',
                               '9999-12-31T23:59:59.999999+00:00'),
                'expires_at': ('', 'x', None, '2126-01-31',
                               LOST['created_at'],
                               '2125-12-31T12:00:00.123456+00:00',
                               '2226-01-01T12:00:00.123456+00:00',
                               '9999-12-31T23:59:59.999999+00:00')}.items():
            for value in values:
                error = self.assertRaises(
                    exc.InvalidMessage, self.api.recover,
                    {**LOST, field: value})
                self.assertIn(field, error.fields, value)
                self.assertNotIn(SECRET, str(error))
        self.assertEqual([], self.stored())

    def test_halves_that_do_not_fit_are_refused(self):
        """Users read a text of both halves, so the halves must fit."""
        for changes in (
                {'action_id': '099'}, {'action_id': ''}, {'detail_id': '099'},
                {'detail_id': ''}, {'event_id': '000002'}, {'event_id': ''},
                {'event_id': 'VOLUME_VOLUME_007_011'},
                {'event_id': 'SHARE_VOLUME_007_010'},
                {'resource_type': ''}, {'action_id': ['007']}):
            self.assertRaises(exc.InvalidMessage, self.api.recover,
                              {**COMPOSED, **changes})
        self.assertRaises(exc.InvalidMessage, self.api.recover,
                          {**LOST, 'detail_id': '010'})
        self.assertEqual([], self.stored())

    def test_fields_that_are_missing_are_named(self):
        """Operators read the missing fields; unknown fields are ignored."""
        record = {**LOST, 'user_id': SECRET}
        del record['id'], record['project_id']

        error = self.assertRaises(exc.InvalidMessage, self.api.recover,
                                  record)

        self.assertEqual(['id', 'project_id'], error.fields)
        self.api.recover({**LOST, 'user_id': SECRET})
        self.assertStored(id='047a363b-a67b-774b-8000-000000000000')

    def test_clock_that_was_ahead_by_a_day_is_believed(self):
        """A message of a later time would stay at the top of the list."""
        self.clock.advance_time_delta(datetime.timedelta(days=-1))
        result = self.api.recover(LOST)
        self.clock.advance_time_delta(datetime.timedelta(microseconds=-1))

        self.assertEqual(message_api.ImportResult.STORED, result)
        self.assertRaises(exc.InvalidMessage, self.api.recover, LOST)


@database.on_each
class TransactionTest(CreateTestCase):

    def service_engine(self):
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)
        return engine

    def insert(self, connection):
        """Insert a row of a service into the only existing table."""
        connection.execute(models.MESSAGES.insert().values(
            id=ids.new_id(NOON), project_id='host', event_id='host',
            action_id='', detail_id='', message_level='', resource_type='',
            resource_uuid='', request_id='', created_at=NOON,
            expires_at=NOON))

    def test_message_survives_the_rollback_of_the_service(self):
        """The message about a failure outlives what failed."""
        with self.service_engine().connect() as connection:
            # SQLite has one lock for the file: one writer blocks all others.
            if connection.dialect.name != 'sqlite':
                self.insert(connection)
            message_id = self.create()
            connection.rollback()

        self.assertStored(id=message_id)

    def test_message_survives_the_rollback_on_the_engine_of_the_service(self):
        """The engine of the service has two separate transactions."""
        engine = self.service_engine()
        self.api = message_api.API(self.conf, engine=lambda: engine)
        with engine.connect() as connection:
            if connection.dialect.name != 'sqlite':
                self.insert(connection)
            message_id = self.create()
            connection.rollback()

        self.assertStored(id=message_id)

    def test_message_is_committed_when_its_id_is_returned(self):
        """Callers can look up a returned ID immediately."""
        message_id = self.create()

        with self.service_engine().connect() as connection:
            self.assertEqual([message_id], connection.execute(
                sqlalchemy.select(models.MESSAGES.c.id)).scalars().all())


class LockedTest(CreateTestCase):

    def test_service_that_locks_the_file_goes_on(self):
        """A service that writes to SQLite loses the message, not its time."""
        self.set(self.conf, user_messages__create_timeout=0.2)
        host = sqlalchemy.create_engine(self.url)
        self.addCleanup(host.dispose)
        with host.connect() as connection:
            connection.exec_driver_sql('BEGIN IMMEDIATE')

            message_id = self.create()
            connection.rollback()

        self.assertIsNone(message_id)
        [line] = self.lines()
        self.assertIn(
            'ERROR usermessages.message.api Could not store the user message '
            '(database unavailable, OperationalError SQLITE_BUSY); recover it '
            'with ',
            line)
        self.assertEqual([], self.stored())


@database.on_each
class EngineTest(CreateTestCase):

    def test_engine_of_the_service_is_used(self):
        """Services can tune an engine of their own."""
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)
        statements = []
        sqlalchemy.event.listen(
            engine, 'before_cursor_execute',
            lambda _c, _cursor, statement, *_: statements.append(statement))
        self.set(self.conf, user_messages__connection='nonsense')
        api = message_api.API(self.conf, engine=lambda: engine)

        message_id = api.create(self.context(), '000002')

        self.assertEqual(1, len(statements))
        self.assertEqual(message_id, api.get(self.context(),
                                             message_id)['id'])
        self.assertEqual({}, api.db.executor._engines)

    def test_engine_of_oslo_db_will_do(self):
        """Every service of OpenStack has one."""
        facade = enginefacade.transaction_context()
        facade.configure(connection=self.url, sqlite_fk=True)
        api = message_api.API(
            self.conf, engine=lambda: facade.writer.get_engine())
        self.addCleanup(facade.dispose_pool)

        message_id = api.create(self.context(), '000002', resource_uuid='no')

        self.assertEqual(message_id, api.get(self.context(),
                                             message_id)['id'])
        api.delete(self.context(), message_id)
        self.assertEqual([], self.stored())

    def test_engine_that_is_disposed_meanwhile(self):
        """Services dispose an engine after a fork; the next statement
        connects.
        """
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)
        api = message_api.API(self.conf, engine=lambda: engine)
        first = api.create(self.context(), '000002')

        engine.dispose()
        second = api.create(self.context(), '000002')

        self.assertEqual({first, second},
                         {message['id'] for message in self.stored()})

    def test_service_that_holds_its_last_connection(self):
        """The thread that reports a failure may be the one that has it."""
        engine = sqlalchemy.create_engine(
            self.url, poolclass=pool.QueuePool, pool_size=1, max_overflow=0,
            pool_timeout=0)
        self.addCleanup(engine.dispose)
        with engine.connect():
            message_id = self.create()

        self.assertStored(id=message_id)

    def test_engine_of_the_service_has_no_connection_left(self):
        """The settings of the engine limit the time, without an error."""
        engine = sqlalchemy.create_engine(
            self.url, poolclass=pool.QueuePool, pool_size=1, max_overflow=0,
            pool_timeout=0)
        self.addCleanup(engine.dispose)
        api = message_api.API(self.conf, engine=lambda: engine)
        self.set(self.conf, user_messages__create_timeout=0.1)

        with engine.connect():
            lost = api.create(self.context(), '000002')
        kept = api.create(self.context(), '000002')

        self.assertIsNone(lost)
        [line] = self.lines()
        self.assertIn(
            'ERROR usermessages.message.api Could not store the user message '
            '(database unavailable, TimeoutError); recover it with ', line)
        self.assertEqual([kept], [row['id'] for row in self.stored()])

    def test_engine_that_fails_costs_the_message_only(self):
        """The database of a service may not be configured yet."""
        class NotReady(Exception):
            pass

        def engine():
            raise NotReady(SECRET)

        api = message_api.API(self.conf, engine=engine)

        self.assertIsNone(api.create(self.context(), '000002'))

        [line] = self.lines()
        self.assertRegex(
            line, r'^ERROR usermessages.message.api Could not store the '
            r'user message \(NotReady at '
            r'tests/unit/message/test_api.py:\d+, '
            r'db/executor.py:\d+, ')
        self.assertNotIn(SECRET, self.log.output)


class StoreTest(CreateTestCase):
    """A process without a database hands its messages to another process."""

    def setUp(self):
        super().setUp()
        self.letters = []
        self.agent = self.make_agent(self.letters.append)

    def make_agent(self, store):
        """Return the API of a process without a database."""
        return message_api.API(self.configuration(), store=store)

    def recover(self, letter):
        """Do what the other process does; return the results."""
        return [self.api.recover(record)
                for record in dead_letter.parse_line(letter)]

    def test_message_is_stored_by_the_other_process(self):
        """Users read a message of a process without a database."""
        message_id = self.agent.create(
            self.context(request_id=base.REQUEST, overwrite=False), '000002',
            resource_type='VOLUME', resource_uuid=base.RESOURCE)

        [letter] = self.letters
        self.assertEqual([message_api.ImportResult.STORED],
                         self.recover(letter))
        self.assertStored(id=message_id)
        self.assertEqual([], self.lines())

    def test_letter_that_arrives_twice(self):
        """The sender repeats a call whose response was lost."""
        self.agent.create(self.context(), '000002')

        [letter] = self.letters
        self.recover(letter)
        self.assertEqual([message_api.ImportResult.ALREADY_EXISTS],
                         self.recover(letter))
        self.assertEqual(1, len(self.stored()))

    def test_letter_of_another_catalog(self):
        """A process cannot store what the catalog does not define."""
        agent = message_api.API(
            self.configuration(), catalog=SHELVES, store=self.letters.append)
        agent.create(self.context(), FULL)

        self.assertRaises(exc.InvalidMessage, self.recover, self.letters[0])

        self.assertEqual([], self.stored())

    def test_function_that_fails(self):
        """The message is in the log, and the caller continues."""
        def fail(_letter):
            raise RuntimeError(SECRET)

        self.assertIsNone(self.make_agent(fail).create(
            self.context(request_id=base.REQUEST, overwrite=False), '000002'))

        [line] = self.lines()
        self.assertIn('Could not store the user message (RuntimeError at ',
                      line)
        self.assertNotIn(SECRET, self.log.output)
        self.assertEqual([message_api.ImportResult.STORED],
                         self.recover(line))

    def test_recovered_messages_are_handed_on(self):
        """A spool of the process is recovered in the same way."""
        self.agent.create(self.context(), '000002')
        [record] = dead_letter.parse_line(self.letters[0])

        self.agent.recover(record, dry_run=True)
        self.agent.recover(record)

        self.assertEqual(self.letters[:1] * 2, self.letters)

    def test_periodic_task_recovers_the_spool(self):
        """A process without a database recovers its messages later."""
        is_down = True

        def store(letter):
            if is_down:
                raise RuntimeError(SECRET)
            self.letters.append(letter)

        agent = self.make_agent(store)
        agent.conf.set_override(
            'spool_dir', self.useFixture(fixtures.TempDir()).path,
            'user_messages')
        self.assertIsNone(agent.create(self.context(), '000002'))

        self.assertEqual(0, agent.cleanup_expired_messages(None))
        self.assertEqual((1, 0), agent.spool.count())
        is_down = False
        self.assertEqual(0, agent.cleanup_expired_messages(None))

        self.assertEqual((0, 0), agent.spool.count())
        self.assertEqual(1, len(self.letters))
        self.assertNotIn(SECRET, self.log.output)
        self.assertIn('Could not recover all spooled user messages: '
                      'RuntimeError at ', self.log.output)


@database.on_each
class ForkTest(CreateTestCase):

    def test_parent_and_child_both_record(self):
        """A service forks its workers after it made its objects."""
        first = self.create()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover
            try:
                os.write(writer, (self.create() or 'nothing').encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            second = pipe.read()
        os.waitpid(child, 0)

        third = self.create()

        self.assertEqual({first, second, third},
                         {row['id'] for row in self.stored()})
        self.assertEqual([], self.lines())


def record(api, message_id):
    """Find a message and record another one, in a process of its own."""
    found = api.get(None, message_id, project_id=base.PROJECT)
    return [found, api.create(None, '000002', base.PROJECT)]


@database.on_each
class SpawnTest(CreateTestCase):

    def test_used_object_goes_to_another_process(self):
        """A service may spawn its workers in place of forking them."""
        api = message_api.API(self.conf, catalog=defined_messages.CATALOG)
        self.addCleanup(api.db.close)
        first = api.create(self.context(), '000002')
        api.catalog.text('000002', language='de')
        mine = api.get(self.context(), first)

        # A child that was not forked has a clock of its own.
        with multiprocessing.get_context('spawn').Pool(1) as workers:
            found, second = workers.apply(record, (api, first))

        self.assertEqual(mine, found)
        self.assertEqual({first, second},
                         {row['id'] for row in self.stored()})
        self.assertEqual([], self.lines())

    def test_copies(self):
        """Each connects for itself, to the same table."""
        first = self.create()

        for api in (copy.copy(self.api), copy.deepcopy(self.api),
                    pickle.loads(pickle.dumps(self.api))):
            self.addCleanup(api.db.close)
            self.assertIsNot(self.api.db, api.db)
            # To the microsecond, which tables of services do not store.
            self.assertEqual(NOON, api.get(
                None, first, project_id=base.PROJECT)['created_at'])
            self.assertEqual(NOON, api.get(None, api.create(
                None, '000002', 'other'), project_id='other')['created_at'])


@database.only_on(database.MySQLFixture, database.PostgreSQLFixture,
                  test_case=CreateTestCase)
class ForkInTheMiddleTest:

    def test_thread_that_records_while_another_forks(self):
        """The child does not read a response that the parent waits for."""
        proxy = database.Proxy(self.url)
        self.addCleanup(proxy.stop)
        self.api = message_api.API(self.configuration(
            user_messages__connection=proxy.url,
            user_messages__create_timeout=60))
        self.addCleanup(self.api.db.close)
        found = [self.create()]
        proxy.freeze()
        before = len(proxy.sent)
        recording = threading.Thread(
            target=lambda: found.append(self.create()))
        recording.start()
        database.wait_until(
            lambda: self.api.db.executor.engine().pool.checkedout())

        child = os.fork()
        if child == 0:  # pragma: no cover
            message_id = None
            try:
                message_id = self.create()
            finally:
                os._exit(0 if message_id else 1)
        proxy.thaw()
        status = os.waitpid(child, 0)[1]
        recording.join()

        self.assertEqual(0, status)
        self.assertGreater(len(proxy.sent), before)
        rows = {row['id'] for row in self.stored()}
        self.assertEqual(3, len(rows))
        self.assertLessEqual({*found}, rows)


@database.on_each
class KilledTest(CreateTestCase):

    def test_thread_that_ends_between_commit_and_return(self):
        """The message is stored without a returned ID, and other threads go
        on.
        """
        engine = self.db.executor.engine()

        def end(*_args):
            raise SystemExit

        sqlalchemy.event.listen(engine, 'after_cursor_execute', end)
        self.assertRaises(SystemExit, self.create)
        sqlalchemy.event.remove(engine, 'after_cursor_execute', end)
        [first] = self.stored()

        second = self.create()

        self.assertEqual({first['id'], second},
                         {row['id'] for row in self.stored()})
        self.assertEqual([], self.lines())


@database.on_each
class ClockTest(CreateTestCase):

    def test_clock_that_jumps_back_a_day(self):
        """Messages keep the times of the clock at their creation."""
        first = [self.create() for _number in range(3)]
        self.clock.advance_time_delta(datetime.timedelta(days=-1))
        second = [self.create() for _number in range(3)]
        self.clock.advance_time_delta(datetime.timedelta(days=1))

        pages, marker = [], None
        while page := self.api.get_all(self.context(), marker=marker,
                                       limit=2):
            pages += [message['id'] for message in page]
            marker = pages[-1]

        self.assertEqual(
            sorted(first, reverse=True) + sorted(second, reverse=True), pages)


class ReadTestCase(database.DatabaseTestCase):

    def setUp(self):
        super().setUp()
        self.mine = self.message(project_id=base.PROJECT)
        self.others = self.message(project_id=base.OTHER)


@database.on_each
class GetTest(ReadTestCase):

    def test_finds_in_the_project_of_the_context(self):
        """A user sees the messages of their own project."""
        self.assertEqual(self.mine, self.api.get(self.context(),
                                                 self.mine['id']))

    def test_other_project_is_not_found(self):
        """Services do not learn whether the message exists."""
        self.assertRaises(exc.MessageNotFound, self.api.get, self.context(),
                          self.others['id'])

    def test_project_of_the_call_wins(self):
        """An operator looks into a project by name."""
        self.assertEqual(self.others, self.api.get(
            self.context(), self.others['id'], project_id=base.OTHER))
        self.assertRaises(
            exc.MessageNotFound, self.api.get, self.context(),
            self.mine['id'], project_id=base.OTHER)

    def test_all_projects(self):
        """Services can read all projects if a policy rule allows it."""
        self.assertEqual(self.others, self.api.get(
            self.context(), self.others['id'], all_projects=True))

    def test_one_project_is_not_widened(self):
        """A project that is named is all that is looked at."""
        self.assertRaises(
            exc.MessageNotFound, self.api.get, self.context(),
            self.mine['id'], project_id=base.OTHER, all_projects=True)

    def test_administrator_is_not_asked_for(self):
        """Only a policy rule widens the scope."""
        self.assertRaises(
            exc.MessageNotFound, self.api.get,
            self.context(is_admin=True, roles=['admin']), self.others['id'])

    def test_without_project_is_an_error(self):
        """A missing project does not mean all projects."""
        for context in (None, object(), self.context(None), self.context('')):
            self.assertRaises(exc.ProjectRequired, self.api.get, context,
                              self.mine['id'])
        self.assertRaises(exc.ProjectRequired, self.api.get, self.context(),
                          self.mine['id'], project_id='')
        self.assertRaises(exc.ProjectRequired, self.api.get, self.context(),
                          self.mine['id'], project_id='', all_projects=True)


@database.on_each
class UpperCaseTest(ReadTestCase):
    """IDs in upper case, as RFC 9562 lets people write them."""

    def test_message_is_found_and_deleted(self):
        """Services can read and delete the same message."""
        message_id = self.mine['id'].upper()

        self.assertEqual(self.mine, self.api.get(self.context(), message_id))
        self.api.delete(self.context(), message_id)

        self.assertRaises(exc.MessageNotFound, self.api.get, self.context(),
                          message_id)

    def test_marker_and_filters(self):
        """Services find the same messages in upper case."""
        second = self.message()
        request = 'req-' + base.REQUEST[4:].upper()

        self.assertEqual([self.mine], self.api.get_all(
            self.context(), marker=second['id'].upper()))
        for filters in ({'resource_uuid': base.RESOURCE.upper()},
                        {'resource_uuid~': base.RESOURCE.upper()},
                        {'request_id': request}, {'request_id~': request}):
            self.assertEqual([second, self.mine], self.api.get_all(
                self.context(), filters))

    def test_project_is_no_uuid(self):
        """Project IDs are not always UUIDs, and each byte counts."""
        message = self.message(project_id=base.RESOURCE)

        self.assertEqual([], self.api.get_all(
            self.context(base.RESOURCE.upper())))
        self.assertRaises(
            exc.MessageNotFound, self.api.get,
            self.context(base.RESOURCE.upper()), message['id'])


@database.on_each
class GetAllTest(ReadTestCase):

    def ids(self, *args, **kwargs):
        return [m['id'] for m in self.api.get_all(*args, **kwargs)]

    def test_project_of_the_context(self):
        """A user sees the messages of their own project only."""
        self.assertEqual([self.mine['id']], self.ids(self.context()))

    def test_project_of_the_call_wins(self):
        """An operator looks into a project by name."""
        self.assertEqual([self.others['id']], self.ids(
            self.context(), project_id=base.OTHER))
        self.assertEqual([self.others['id']], self.ids(
            self.context(), project_id=base.OTHER, all_projects=True))

    def test_all_projects(self):
        """Services can list all projects, newest first, if a rule allows it.
        """
        self.assertEqual([self.others['id'], self.mine['id']],
                         self.ids(None, all_projects=True))

    def test_without_project_is_an_error(self):
        """A missing project does not mean all projects."""
        for context in (None, object(), self.context(None), self.context('')):
            self.assertRaises(exc.ProjectRequired, self.api.get_all, context)

    def test_positional_parameters(self):
        """The signature is the one of Cinder's contributor guide."""
        second = self.message()
        third = self.message()

        self.assertEqual([second['id']], self.ids(
            self.context(), {'event_id': '000002'}, third['id'], 1, 0,
            ['created_at'], ['desc']))
        self.assertEqual([self.mine['id']], self.ids(
            self.context(), {}, None, 1, 2))
        self.assertEqual([self.mine['id'], second['id'], third['id']],
                         self.ids(self.context(), sort_keys=['created_at'],
                                  sort_dirs=['asc']))


@database.on_each
class DeleteTest(ReadTestCase):

    def assertLeft(self, *messages):
        self.assertEqual({m['id'] for m in messages},
                         {row['id'] for row in self.stored()})

    def test_removes_one_of_the_project_of_the_context(self):
        """Services can delete a message of the project once."""
        self.api.delete(self.context(), self.mine['id'])

        self.assertLeft(self.others)
        self.assertRaises(exc.MessageNotFound, self.api.delete,
                          self.context(), self.mine['id'])

    def test_other_project_is_not_found(self):
        """Services cannot delete messages of other projects."""
        self.assertRaises(exc.MessageNotFound, self.api.delete,
                          self.context(), self.others['id'])
        self.assertRaises(exc.MessageNotFound, self.api.delete,
                          self.context(), self.mine['id'],
                          project_id=base.OTHER)

        self.assertLeft(self.mine, self.others)

    def test_project_of_the_call_wins(self):
        """An operator tidies up by name."""
        self.api.delete(self.context(), self.others['id'],
                        project_id=base.OTHER)

        self.assertLeft(self.mine)

    def test_all_projects(self):
        """Services can delete any message if a policy rule allows it."""
        self.api.delete(None, self.others['id'], all_projects=True)

        self.assertLeft(self.mine)

    def test_without_project_is_an_error(self):
        """A missing project does not mean all projects."""
        for context in (None, object(), self.context(None), self.context('')):
            self.assertRaises(exc.ProjectRequired, self.api.delete, context,
                              self.mine['id'])

        self.assertLeft(self.mine, self.others)


@database.on_each
class CleanupExpiredMessagesTest(database.DatabaseTestCase):

    def test_removes_expired_messages(self):
        """The table does not grow indefinitely."""
        self.useFixture(utils_fixture.TimeFixture(NOON))
        second = datetime.timedelta(seconds=1)
        for project_id in (base.PROJECT, base.OTHER):
            self.message(project_id=project_id, expires_at=NOON - second)
            self.message(project_id=project_id, expires_at=NOON)
        kept = self.message(expires_at=NOON + second)

        removed = self.api.cleanup_expired_messages(None)

        self.assertEqual(4, removed)
        self.assertEqual([kept['id']], [row['id'] for row in self.stored()])
        self.assertEqual(0, self.api.cleanup_expired_messages(
            self.context()))
