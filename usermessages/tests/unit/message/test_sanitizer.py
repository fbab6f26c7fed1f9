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
    'global_request_id': base.GLOBAL_REQUEST}
COMPOSED = {'event_id': None, 'action': '007', 'detail': '010'}
COMPOSED_ROW = {**ROW, 'event_id': 'VOLUME_VOLUME_007_010',
                'action_id': '007', 'detail_id': '010'}

UNKNOWN = catalog.Event('1', 'Something went wrong.')
OLD = catalog.Event('2', 'The shelf is full.')
OLD_CATALOG = catalog.Catalog('S', events=[UNKNOWN], unknown_error=UNKNOWN,
                              retired=[OLD])


class SanitizeTest(base.TestCase):

    def sanitize(self, **values):
        return sanitizer.Sanitizer(defined_messages.CATALOG).sanitize(
            dataclasses.replace(REQUEST, **values))

    def test_valid_values_are_kept(self):
        """A service can rely on the stored values."""
        self.assertEqual((ROW, {}), self.sanitize())
        self.assertEqual((COMPOSED_ROW, {}), self.sanitize(**COMPOSED))

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
        """A replaced value would hide that somebody edited the log."""
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
