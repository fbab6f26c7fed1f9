# SPDX-License-Identifier: Apache-2.0

import dataclasses

from usermessages import exception as exc
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.message import request as message_request
from usermessages.message import sanitizer
from usermessages.tests import base

REQUEST = message_request.MessageRequest(
    base.PROJECT, base.REQUEST, base.GLOBAL_REQUEST, event_id='000002',
    resource_type='VOLUME', resource_uuid=base.RESOURCE)
ROW = {
    'project_id': base.PROJECT,
    'event_id': '000002',
    'action_id': '',
    'detail_id': '',
    'message_level': 'ERROR',
    'resource_type': 'VOLUME',
    'resource_uuid': base.RESOURCE,
    'request_id': base.REQUEST,
    'global_request_id': base.GLOBAL_REQUEST, 'parameters': ''}
COMPOSED = {'event_id': None, 'action': '007', 'detail': '010'}
COMPOSED_ROW = {**ROW, 'event_id': 'VOLUME_VOLUME_007_010',
                'action_id': '007', 'detail_id': '010'}

UNKNOWN = catalog.Event('1', 'Something went wrong.')
OLD = catalog.Event('2', 'The shelf is full.')
OLD_CATALOG = catalog.Catalog('S', events=[UNKNOWN], unknown_error=UNKNOWN,
                              retired=[OLD])


ROOM = catalog.Detail(
    '002', 'There is room for {left} of {limit}.', parameters={
        'left': catalog.Gigabytes(about=catalog.PROJECT),
        'limit': catalog.Gigabytes(about=catalog.PROJECT)},
    general='There is no room.')
ANY = catalog.Detail('001', 'The reason is unknown.')
SIZES = catalog.Event('3', 'There is room for {left}.', parameters={
    'left': catalog.Gigabytes(about=catalog.PROJECT)},
    general='There is no room.')


class ParametersTest(base.TestCase):

    def sanitize(self, found=None, **values):
        """Return the stored parameters and the reason of a rejection."""
        sanitized = sanitizer.Sanitizer(catalog.Catalog(
            'S', events=[UNKNOWN, OLD, SIZES], unknown_error=UNKNOWN,
            actions=[catalog.Action('007', 'Putting')], details=[ANY, ROOM],
            unknown_detail=ANY, exceptions={KeyError: ROOM},
            detail_for=lambda error: found)).sanitize(
                message_request.MessageRequest(
                    base.PROJECT, base.REQUEST, **values))
        return (sanitized.row['detail_id'], sanitized.row['parameters'],
                sanitized.rejected)

    def test_event(self):
        """The values of the text are stored."""
        self.assertEqual(('', '{"left":2}', {}), self.sanitize(
            event_id=SIZES, parameters={'left': 2}))

    def test_missing_values_of_an_event(self):
        """The service chose the text, and forgot the values."""
        self.assertEqual(
            ('', '', {'parameters': 'needs a dict with left'}),
            self.sanitize(event_id=SIZES))

    def test_event_without_parameters(self):
        """Developers learn that users do not read the values."""
        self.assertEqual(
            ('', '', {'parameters': 'needs a text with parameters'}),
            self.sanitize(event_id=OLD, parameters={'left': 2}))

    def test_unknown_event(self):
        """The unknown error has no values."""
        row = self.sanitize(event_id='hunter2', parameters={'left': 2})

        self.assertEqual(('', '', ['event_id']),
                         (*row[:2], list(row[2])))

    def test_detail(self):
        """The values belong to the detail."""
        self.assertEqual(
            ('002', '{"left":2,"limit":9}', {}), self.sanitize(
                action='007', detail=ROOM,
                parameters={'limit': 9, 'left': 2}))
        self.assertEqual(
            ('002', '', {'parameters': 'needs a valid limit'}), self.sanitize(
                action='007', detail=ROOM, parameters={'left': 2}))
        self.assertEqual(
            ('002', '', {'parameters': 'needs a dict with left, limit'}),
            self.sanitize(action='007', detail=ROOM))

    def test_exception_mapped_by_class(self):
        """The class of an exception has no values, and no warning."""
        self.assertEqual(('002', '', {}), self.sanitize(
            action='007', exception=KeyError()))
        self.assertEqual(('002', '{"left":2,"limit":9}', {}), self.sanitize(
            action='007', exception=KeyError(),
            parameters={'left': 2, 'limit': 9}))

    def test_function_returns_parameters(self):
        """The function of the service reads the numbers of the exception."""
        values = {'left': 2, 'limit': 9}
        for found in ((ROOM, values), ('002', values),
                      (('002', 'There is no room.'), values)):
            self.assertEqual(
                ('002', '{"left":2,"limit":9}', {}),
                self.sanitize(found, action='007', exception=OSError()))
        # The values of the call come first.
        self.assertEqual(
            ('002', '{"left":1,"limit":1}', {}), self.sanitize(
                (ROOM, values), action='007', exception=OSError(),
                parameters={'left': 1, 'limit': 1}))

    def test_values_of_a_detail_that_does_not_apply(self):
        """The values of one text are not those of another."""
        values = {'left': 2, 'limit': 9}

        self.assertEqual(('002', '', {}), self.sanitize(
            action='007', exception=KeyError(), detail=ANY,
            parameters=values))
        self.assertEqual(('002', '{"left":2,"limit":9}', {}), self.sanitize(
            action='007', exception=KeyError(), detail=ROOM,
            parameters=values))

    def test_function_returns_other_things(self):
        """A wrong function costs the values, not the message."""
        for found, expected in (
                ((ROOM, {'left': 2}), {'parameters': 'needs a valid limit'}),
                ((ROOM, 5), {'parameters': 'needs a dict with left, limit'}),
                ((ROOM, None), {}), (ROOM, {}),
                (('002', 'There is no room.'), {})):
            self.assertEqual(
                ('002', '', expected),
                self.sanitize(found, action='007', exception=OSError()))


class SanitizeTest(base.TestCase):

    def sanitize(self, **values):
        return sanitizer.Sanitizer(defined_messages.CATALOG).sanitize(
            dataclasses.replace(REQUEST, **values))

    def test_valid_values_are_kept(self):
        """A service can rely on the stored values."""
        self.assertEqual((ROW, {}), self.sanitize())
        self.assertEqual((COMPOSED_ROW, {}), self.sanitize(**COMPOSED))

    def test_unknown_action_is_the_unknown_error(self):
        """Users read that something failed; the log names the argument."""
        self.assertEqual(
            ({**ROW, 'event_id': '000001'},
             {'action': 'needs an action of the catalog'}),
            self.sanitize(event_id=None, action='999', detail='010'))

    def test_values_are_plain_text(self):
        """A driver does not know the classes of a service."""
        row, _rejected = self.sanitize(
            event_id=defined_messages.UNABLE_TO_ALLOCATE)

        self.assertEqual({str}, set(map(type, row.values())))

    def test_rejected_values_are_replaced_and_named(self):
        """A developer learns about all mistakes from one warning."""
        row, rejected = self.sanitize(
            event_id='x', level='x', resource_type='x', resource_uuid='x',
            request_id=5, detail='010')

        self.assertEqual({**ROW, 'event_id': '000001', 'resource_type': '',
                          'resource_uuid': '', 'request_id': ''}, row)
        self.assertEqual(
            ['resource_type', 'event_id', 'detail', 'level', 'resource_uuid',
             'request_id'], list(rejected))
        self.assertEqual('needs "req-" and a UUID, as text, not int',
                         rejected['request_id'])

    def test_request_is_not_changed(self):
        """The values of the caller remain those of the caller."""
        with self.assertRaisesRegex(dataclasses.FrozenInstanceError, 'level'):
            REQUEST.level = 'INFO'

    def test_retired_parts_are_rejected_on_demand(self):
        """In strict mode only: a previous release may still use them."""
        old = sanitizer.Sanitizer(OLD_CATALOG)
        request = message_request.MessageRequest('p', None, event_id=OLD)

        self.assertEqual({}, old.sanitize(request).rejected)
        self.assertEqual(
            {'event_id': 'retired'},
            old.sanitize(request, reject_retired=True).rejected)

    def test_project_is_required(self):
        """Without a project, no user could read the message."""
        for project_id in (None, ''):
            self.assertRaises(exc.ProjectRequired, self.sanitize,
                              project_id=project_id)
        self.assertRaises(exc.InvalidMessage, self.sanitize,
                          project_id='a\0')


class VerifyTest(base.TestCase):

    TIMES = {'id': '019b796d-d600-7000-8000-000000000000',
             'created_at': '2026-01-01T12:00:00.000000+00:00',
             'expires_at': '2026-01-31T12:00:00.000000+00:00'}

    def verify(self, record):
        return sanitizer.Sanitizer(defined_messages.CATALOG).verify(record)

    def test_sanitized_row_passes(self):
        """A dead letter is recovered as the message that it was."""
        for row in (ROW, COMPOSED_ROW):
            verified = self.verify({**row, **self.TIMES})

            self.assertEqual(row, {name: verified[name] for name in row})

    def test_replaceable_values_are_not_replaced(self):
        """A replaced value would hide an edit of the log."""
        for field, value in (('event_id', 'x'), ('message_level', 'x'),
                             ('project_id', ''), ('action_id', '007'),
                             ('created_at', '')):
            error = self.assertRaises(exc.InvalidMessage, self.verify,
                                      {**ROW, **self.TIMES, field: value})
            self.assertIn(field.replace('action_id', 'event_id'),
                          error.fields)


class ValueOfTest(base.TestCase):

    def test_context_that_cannot_be_read_is_rejected(self):
        """The warning names the context, not a missing value."""
        class Broken:
            @property
            def request_id(self):
                raise RuntimeError

        value = message_request.value_of(Broken(), 'request_id')
        _row, rejected = sanitizer.Sanitizer(
            defined_messages.CATALOG).sanitize(
                dataclasses.replace(REQUEST, request_id=value))

        self.assertEqual({'request_id': 'the context cannot be read'},
                         rejected)
        self.assertIsNone(message_request.value_of(None, 'request_id'))
