# SPDX-License-Identifier: Apache-2.0

import datetime

from usermessages.message import defined_messages
from usermessages.message import resource_types
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.tests.functional.base import UNKNOWN

ID = '019b796d-d600-7000-8000-000000000001'
MESSAGES = f'/v3/{base.PROJECT}/messages'
NO_STORAGE = 'No storage could be allocated for this volume request.'
UNKNOWN_ERROR = 'The operation failed for an unknown reason.'

# The schema of tempest allows no other key.
ON_VOLUME = {
    'id': ID,
    'event_id': '000002',
    'user_message': NO_STORAGE,
    'message_level': 'ERROR',
    'resource_type': 'VOLUME',
    'resource_uuid': base.RESOURCE,
    'request_id': base.REQUEST,
    'created_at': '2026-01-01T12:00:00.000000+00:00',
    'guaranteed_until': '2026-01-31T12:00:00.000000+00:00',
    'links': [
        {'rel': 'self',
         'href': f'http://localhost/v3/{base.PROJECT}/messages/{ID}'},
        {'rel': 'bookmark',
         'href': f'http://localhost/{base.PROJECT}/messages/{ID}'}],
}
ON_USER_MESSAGES = {**ON_VOLUME, 'project_id': base.PROJECT}


@database.on_each
class RecordedMessageTest(functional_base.APITestCase):

    def test_user_reads_what_the_service_recorded(self):
        """Users read the messages that a service records."""
        context = self.context(project_id=None)
        message_id = self.api.create(
            context, defined_messages.UNABLE_TO_ALLOCATE, base.PROJECT,
            resource_type=resource_types.VOLUME,
            resource_uuid=base.RESOURCE)

        response = self.request(f'/v3/{base.PROJECT}/messages')

        self.assertEqual(200, response.status_int, response.text)
        [message] = response.json['messages']
        self.assertEqual(message_id, message['id'])
        self.assertEqual('000002', message['event_id'])
        self.assertEqual(context.request_id, message['request_id'])

    def test_user_reads_action_and_detail(self):
        """Users read the operation and the reason of a failure."""
        self.api.create(
            self.context(), action=defined_messages.Actions.ATTACH_VOLUME,
            detail=defined_messages.Details.QUOTA_EXCEED,
            resource_type=resource_types.VOLUME)

        [message] = self.request('/v3/messages').json['messages']

        self.assertEqual('VOLUME_VOLUME_002_006', message['event_id'])
        self.assertEqual(
            'Attaching the volume:the quota of the project is exhausted.',
            message['user_message'])

    def test_message_is_readable_for_thirty_days(self):
        """Users find the reason of a failure after a vacation."""
        self.fix_clock()
        self.api.create(self.context(), defined_messages.UNABLE_TO_ALLOCATE)

        [message] = self.request('/v3/messages').json['messages']

        self.assertEqual('2026-01-01T12:00:00.000000+00:00',
                         message['created_at'])
        self.assertEqual('2026-01-31T12:00:00.000000+00:00',
                         message['guaranteed_until'])


@database.on_each
class IndexTest(functional_base.VolumeTestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()

    def test_list_has_every_field(self):
        """Clients are written against exactly these fields."""
        self.message(id=ID, created_at=NOON)

        response = self.request(MESSAGES)

        self.assertEqual(200, response.status_int)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual({'messages': [ON_USER_MESSAGES]}, response.json)

    def test_list_on_volume_has_ten_fields(self):
        """tempest rejects a message with more fields."""
        self.message(id=ID, created_at=NOON)

        for version in ('3.3', '3.5', '3.31', '3.71'):
            with self.subTest(version=version):
                response = self.volume(version, MESSAGES)

                self.assertEqual({'messages': [ON_VOLUME]}, response.json)

    def test_no_messages_is_an_empty_list(self):
        """Users of a project without failures read an empty list."""
        response = self.request(MESSAGES)

        self.assertEqual(200, response.status_int)
        self.assertEqual({'messages': []}, response.json)

    def test_newest_is_first(self):
        """Users look for the most recent failure first."""
        old, new, middle = (
            self.message(created_at=NOON - seconds * SECOND)
            for seconds in (30, 10, 20))

        response = self.request(MESSAGES)

        self.assertIDs([new, middle, old], response)

    def test_larger_id_is_first_at_the_same_moment(self):
        """An order that changes between two pages would lose messages."""
        for last in ('1', '3', '2'):
            self.message(id=ID[:-1] + last, created_at=NOON)

        response = self.request(MESSAGES)

        self.assertEqual(
            [ID[:-1] + '3', ID[:-1] + '2', ID[:-1] + '1'],
            [m['id'] for m in response.json['messages']])

    def test_expired_message_is_not_listed(self):
        """Users do not see an expired message before the purge."""
        self.message(created_at=NOON, expires_at=NOON)
        still = self.message(
            created_at=NOON, expires_at=NOON + datetime.timedelta(
                microseconds=1))

        self.assertIDs([still], self.request(MESSAGES))
        self.assertIDs([still], self.volume('3.3', MESSAGES))

    def test_message_goes_when_its_time_is_over(self):
        """Users do not see expired messages before a purge."""
        self.message(created_at=NOON)
        before = self.request(MESSAGES).json['messages']
        self.clock.advance_time_seconds(30 * 24 * 3600)

        after = self.request(MESSAGES).json['messages']

        self.assertEqual(1, len(before))
        self.assertEqual([], after)

    def test_odd_rows_do_not_break_the_list(self):
        """A newer release or another catalog may have written them."""
        for event_id, level in (('999999', 'ERROR'),
                                ('VOLUME_VOLUME_999_999', 'FATAL'),
                                ('', ''), ('<script>', 'error')):
            self.message(event_id=event_id, message_level=level,
                         created_at=NOON)
        self.message(event_id='VOLUME_VOLUME_003_999', action_id='003',
                     detail_id='999', message_level='INFO',
                     created_at=NOON - SECOND)
        self.message(event_id='SHARE_SHARE_003_001', action_id='003',
                     detail_id='001', created_at=NOON - 2 * SECOND)

        messages = self.request(MESSAGES).json['messages']

        self.assertEqual([(UNKNOWN_ERROR, 'ERROR')] * 4,
                         [(m['user_message'], m['message_level'])
                          for m in messages[:4]])
        self.assertEqual(
            {'999999', 'VOLUME_VOLUME_999_999', '', '<script>'},
            {m['event_id'] for m in messages[:4]})
        self.assertEqual(
            'Creating an image from the volume:the reason is unknown.',
            messages[4]['user_message'])
        self.assertEqual('INFO', messages[4]['message_level'])
        # The ID 003 of another service is another event.
        self.assertEqual(UNKNOWN_ERROR, messages[5]['user_message'])

    def test_no_resource_is_left_out(self):
        """The schema of tempest accepts neither null nor an empty text."""
        self.message(id=ID, created_at=NOON, resource_type='',
                     resource_uuid='', request_id='')

        [message] = self.volume('3.71', MESSAGES).json['messages']

        self.assertEqual(
            {'id', 'event_id', 'user_message', 'message_level', 'request_id',
             'created_at', 'guaranteed_until', 'links'}, set(message))
        self.assertEqual('', message['request_id'])

    def test_microseconds_are_kept(self):
        """Users can tell two failures in one second apart."""
        self.message(created_at=NOON + datetime.timedelta(microseconds=1))

        [message] = self.request(MESSAGES).json['messages']

        self.assertEqual('2026-01-01T12:00:00.000001+00:00',
                         message['created_at'])
        self.assertEqual('2026-01-31T12:00:00.000001+00:00',
                         message['guaranteed_until'])


@database.on_each
class ShowTest(functional_base.VolumeTestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()

    def test_message_has_every_field(self):
        """Users read the same fields in the list and in the details."""
        self.message(id=ID, created_at=NOON)

        response = self.request(f'{MESSAGES}/{ID}')

        self.assertEqual(200, response.status_int)
        self.assertEqual({'message': ON_USER_MESSAGES}, response.json)

    def test_id_in_upper_case(self):
        """Users can enter an ID in upper case (RFC 9562)."""
        self.message(id=ID, created_at=NOON)

        response = self.request(f'{MESSAGES}/{ID.upper()}')

        self.assertEqual({'message': ON_USER_MESSAGES}, response.json)

    def test_message_on_volume_has_ten_fields(self):
        """tempest rejects a message with more fields."""
        self.message(id=ID, created_at=NOON)

        for version in ('3.3', '3.71'):
            with self.subTest(version=version):
                response = self.volume(version, f'{MESSAGES}/{ID}')

                self.assertEqual({'message': ON_VOLUME}, response.json)

    def test_unknown_id_is_not_found(self):
        """A message may have just expired."""
        response = self.request(f'{MESSAGES}/{UNKNOWN}')

        self.assertEqual(
            'Message 019b796d-d600-7000-8000-00000000dead could not be '
            'found.', self.assertFault(404, 'itemNotFound', response))

    def test_expired_message_is_not_found(self):
        """Users cannot show a message that is not in the list."""
        self.message(id=ID, created_at=NOON, expires_at=NOON)

        response = self.request(f'{MESSAGES}/{ID}')

        self.assertEqual(f'Message {ID} could not be found.',
                         self.assertFault(404, 'itemNotFound', response))


@database.on_each
class DeleteTest(functional_base.APITestCase):

    def test_message_is_gone(self):
        """Users delete one message, and keep the others."""
        message = self.message()
        other = self.message()

        response = self.request(f'{MESSAGES}/{message["id"]}',
                                method='DELETE')

        self.assertEqual(204, response.status_int)
        self.assertEqual(b'', response.body)
        self.assertNotIn('Content-Type', response.headers)
        self.assertIDs([other], self.request(MESSAGES))
        self.assertEqual([other], self.stored())

    def test_id_in_upper_case(self):
        """Operators find the ID in lower case in the log."""
        self.message(id=ID)

        response = self.request(f'{MESSAGES}/{ID.upper()}', method='DELETE')

        self.assertEqual(204, response.status_int)
        self.assertEqual([], self.stored())
        self.assertIn(f'deleted message {ID}', self.log.output)

    def test_second_time_is_not_found(self):
        """Users read 404 if the message is deleted already."""
        path = f'{MESSAGES}/{self.message()["id"]}'
        self.request(path, method='DELETE')

        self.assertFault(404, 'itemNotFound',
                         self.request(path, method='DELETE'))
        self.assertFault(404, 'itemNotFound', self.request(path))

    def test_expired_message_is_not_found(self):
        """Users cannot delete a message that is not in the list."""
        self.fix_clock()
        self.message(id=ID, created_at=NOON, expires_at=NOON)

        response = self.request(f'{MESSAGES}/{ID}', method='DELETE')

        self.assertEqual(f'Message {ID} could not be found.',
                         self.assertFault(404, 'itemNotFound', response))
        self.assertEqual([ID], [row['id'] for row in self.stored()])

    def test_who_deleted_what_is_in_the_log(self):
        """Operators find out who deleted a message."""
        self.message(id=ID)

        self.request(f'{MESSAGES}/{ID}', method='DELETE')

        self.assertIn(
            'INFO usermessages.api.v3.messages User alice of project '
            f'6c430ede94764128883886d3929ced22 deleted message {ID}',
            self.log.output.splitlines())

    def test_deletion_by_an_admin_is_in_the_log(self):
        """The more so where the message was of another project."""
        self.message(id=ID, project_id=base.OTHER)

        self.request(f'{MESSAGES}/{ID}', 'admin', method='DELETE')

        self.assertIn(
            'User alice of project 6c430ede94764128883886d3929ced22 deleted '
            f'message {ID}', self.log.output)

    def test_deletion_that_failed_is_not_in_the_log(self):
        """The log tells what happened, not what was tried."""
        self.request(f'{MESSAGES}/{UNKNOWN}', method='DELETE')

        self.assertNotIn('deleted message', self.log.output)


class HeadTest(functional_base.APITestCase):

    def test_head_is_get_without_a_body(self):
        """Proxies can request the headers alone."""
        message = self.message()

        for path in (MESSAGES, f'{MESSAGES}/{message["id"]}',
                     '/v3/messages', f'{MESSAGES}/{UNKNOWN}'):
            with self.subTest(path=path):
                get = self.request(path)
                head = self.request(path, method='HEAD')

                self.assertEqual(get.status, head.status)
                self.assertEqual(get.content_length, head.content_length)
                self.assertEqual(get.content_type, head.content_type)
                self.assertEqual(b'', head.body)


class LinksTest(functional_base.APITestCase):

    def hrefs(self, path, *roles, **values):
        """Return self and bookmark of the one message there."""
        response = self.request(path, *roles, **values)
        self.assertEqual(200, response.status_int, response.text)
        message = (response.json.get('message')
                   or response.json['messages'][0])
        self.assertEqual(['self', 'bookmark'],
                         [link['rel'] for link in message['links']])
        return [link['href'] for link in message['links']]

    def test_links_have_the_project_where_the_url_has(self):
        """A client that follows a link stays in its way of asking."""
        self.message(id=ID)

        for path in (MESSAGES, f'{MESSAGES}/{ID}'):
            with self.subTest(path=path):
                self.assertEqual(
                    [f'http://localhost/v3/{base.PROJECT}/messages/{ID}',
                     f'http://localhost/{base.PROJECT}/messages/{ID}'],
                    self.hrefs(path))

    def test_links_have_no_project_where_the_url_has_none(self):
        """Users without a project in the URL get links without a project."""
        self.message(id=ID)

        for path in ('/v3/messages', f'/v3/messages/{ID}'):
            with self.subTest(path=path):
                self.assertEqual(
                    [f'http://localhost/v3/messages/{ID}',
                     f'http://localhost/messages/{ID}'], self.hrefs(path))

    def test_link_leads_back_to_the_message(self):
        """Users can follow the link to the message."""
        self.message(id=ID)
        for path in (MESSAGES, '/v3/messages'):
            with self.subTest(path=path):
                href, _bookmark = self.hrefs(path)

                self.assertEqual(200, self.request(href).status_int)

    def test_links_have_the_prefix_of_the_mount(self):
        """Links work if the service is mounted below a prefix."""
        self.message(id=ID)

        self.assertEqual(
            [f'https://cloud.example.org:8776/um/v3/messages/{ID}',
             f'https://cloud.example.org:8776/um/messages/{ID}'],
            self.hrefs('/v3/messages',
                       base_url='https://cloud.example.org:8776/um'))

    def test_links_start_with_the_public_endpoint(self):
        """Links show the URL of the proxy, not that of the server."""
        self.message(id=ID)
        for endpoint in ('https://messages.example.org/user-messages',
                         'https://messages.example.org/user-messages/'):
            self.serve(api__public_endpoint=endpoint)
            with self.subTest(endpoint=endpoint):
                self.assertEqual(
                    ['https://messages.example.org/user-messages/v3/'
                     f'messages/{ID}',
                     'https://messages.example.org/user-messages/'
                     f'messages/{ID}'],
                    self.hrefs('/v3/messages', base_url='http://10.0.0.1/um'))

    def test_public_endpoint_makes_the_host_header_harmless(self):
        """Links of production services do not depend on the Host header."""
        self.message(id=ID)
        self.serve(api__public_endpoint='https://messages.example.org')

        hrefs = self.hrefs('/v3/messages', headers={'Host': 'a b"<c>'})

        self.assertEqual(
            [f'https://messages.example.org/v3/messages/{ID}',
             f'https://messages.example.org/messages/{ID}'], hrefs)

    def test_project_in_a_link_is_quoted(self):
        """An operator may allow projects with any name."""
        self.serve(api__project_id_regex='[^/]+')
        self.message(id=ID, project_id='ä b?c')

        hrefs = self.hrefs('/v3/%C3%A4%20b%3Fc/messages',
                           project_id='ä b?c')

        self.assertEqual(
            [f'http://localhost/v3/%C3%A4%20b%3Fc/messages/{ID}',
             f'http://localhost/%C3%A4%20b%3Fc/messages/{ID}'], hrefs)
