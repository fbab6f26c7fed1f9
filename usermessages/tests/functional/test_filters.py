# SPDX-License-Identifier: Apache-2.0

from urllib import parse

from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND

MESSAGES = f'/v3/{base.PROJECT}/messages'
NAMES = ('resource_uuid', 'resource_type', 'event_id', 'request_id',
         'message_level')
BOMB = '\U0001f4a3'


@database.on_each
class FilterTest(functional_base.VolumeTestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()

    def list(self, *roles, version='user-messages latest', **parameters):
        query = parse.urlencode(parameters)
        return self.request(f'{MESSAGES}?{query}', *roles, version=version)

    def ids(self, **parameters):
        response = self.list(**parameters)
        self.assertEqual(200, response.status_int, response.text)
        return [m['id'] for m in response.json['messages']]

    def test_each_filter_is_exact(self):
        """A user looks for the messages about one resource."""
        uuid = 'aaaabbbb-cc0c-54a7-8b3b-8174d2ff82d8'
        for name, value, others in (
                ('resource_uuid', uuid,
                 (f'{uuid} ', uuid[:-1], f'{uuid}0',
                  'äaaabbbb-cc0c-54a7-8b3b-8174d2ff82d8', '%', '_' * 36,
                  '')),
                ('event_id', 'VOLUME_VOLUME_001_003',
                 ('volume_volume_001_003', 'VOLUME_VOLUME_001_00_',
                  'VOLUME%', 'VOLUME_VOLUME_001_003 ', 'VOLUME', '')),
                ('request_id', f'req-{uuid}',
                 (f'REQ-{uuid}', f'req-{uuid} ', 'req-%', '')),
                ('resource_type', 'VOLUME_BACKUP',
                 ('VOLUME_BACKU', 'VOLUME_BACKUP ', 'VOLUME%',
                  'VOLUMEXBACKUP', '')),
                ('message_level', 'WARNING',
                 ('WARN', 'WARNING ', '%', ''))):
            wanted = self.message(**{name: value})['id']
            self.message(**{name: 'OTHER'})
            with self.subTest(name=name):
                self.assertEqual([wanted], self.ids(**{name: value}))
                for text in others:
                    self.assertEqual([], self.ids(**{name: text}), text)

    def test_uuid_in_upper_case(self):
        """RFC 9562 lets people write one so, and it means the same."""
        uuid = 'aaaabbbb-cc0c-54a7-8b3b-8174d2ff82d8'
        wanted = self.message(resource_uuid=uuid,
                              request_id=f'req-{uuid}')['id']
        self.message()

        self.assertEqual([wanted], self.ids(resource_uuid=uuid.upper()))
        self.assertEqual([wanted],
                         self.ids(request_id=f'req-{uuid.upper()}'))

    def test_type_and_level_are_upper_cased(self):
        """Clients send both, and mean the same."""
        wanted = self.message(resource_type='VOLUME_BACKUP',
                              message_level='WARNING')['id']
        self.message()
        for parameters in (
                {'resource_type': 'volume_backup'},
                {'resource_type': 'Volume_Backup'},
                {'message_level': 'warning'}, {'message_level': 'Warning'},
                {'resource_type': 'volume_backup',
                 'message_level': 'warning'}):
            for version in ('volume 3.5', 'volume 3.71', None):
                with self.subTest(version=version, **parameters):
                    self.assertEqual([wanted], self.ids(
                        version=version, **parameters))

    def test_case_of_the_rest_counts(self):
        """Users receive the same messages from every database."""
        lower = self.message(request_id='req-a', resource_uuid='ä',
                             event_id='a')['id']
        upper = self.message(request_id='REQ-A', resource_uuid='Ä',
                             event_id='A')['id']
        for parameters, expected in (
                ({'request_id': 'req-a'}, lower),
                ({'request_id': 'REQ-A'}, upper),
                ({'resource_uuid': 'ä'}, lower),
                ({'resource_uuid': 'Ä'}, upper),
                ({'event_id': 'a'}, lower), ({'event_id': 'A'}, upper)):
            with self.subTest(**parameters):
                self.assertEqual([expected], self.ids(**parameters))

    def test_two_filters_narrow(self):
        """Every filter has to hold."""
        wanted = self.message(event_id='000003', message_level='INFO')['id']
        self.message(event_id='000003')
        self.message(message_level='INFO')

        self.assertEqual([wanted], self.ids(event_id='000003',
                                            message_level='INFO'))

    def test_odd_values_are_harmless(self):
        """Users can search for special characters."""
        self.message()
        values = (
            "' OR '1'='1", '1; DROP TABLE user_messages; --', '%', '_',
            '%%', '000___', '\\', '\\%', '"', '`', '\0', '000002\0',
            '\0000002', BOMB, '000002' + BOMB, 'ä', '\ud7ff', '\uffff',
            'x' * 36, 'x' * 37, 'x' * 64, 'x' * 65, 'x' * 255, 'x' * 256,
            'x' * 5000, BOMB * 255, '\n', '\t', ' ', 'null', 'None', '[]',
            '{}', '$1', '%s', '%(x)s', ':x', '?', '1' * 400, 'ß' * 64,
            'ŉ' * 64, 'ﬁ', 'ı')
        for name in NAMES:
            for value in values:
                with self.subTest(name=name, value=value[:20]):
                    self.assertEqual([], self.ids(**{name: value}))
        self.assertEqual(1, len(self.stored()))

    def test_odd_values_that_are_stored_are_found(self):
        """An exact filter finds exactly that."""
        for value in ('%', '_', "' OR '1'='1", '\\', BOMB, 'ä', ' ',
                      '\t', 'x' * 255, BOMB * 255):
            for name in ('resource_uuid', 'request_id'):
                wanted = self.message(**{name: value})['id']
                with self.subTest(name=name, value=value[:20]):
                    self.assertEqual([wanted], self.ids(**{name: value}))

    def test_same_parameter_twice(self):
        """Users read an error instead of a list with one of the values."""
        for name in (*NAMES, 'limit', 'marker', 'offset', 'sort', 'sort_key',
                     'project_id', 'all_tenants', 'created_since'):
            for query in (f'{name}=1&{name}=2', f'{name}=1&{name}=1',
                          f'{name}=&{name}', f'{name}=1&limit=1&{name}=2'):
                with self.subTest(query=query):
                    response = self.request(f'{MESSAGES}?{query}')

                    self.assertIn(
                        ' appears twice.',
                        self.assertFault(400, 'badRequest', response))

    def test_name_that_is_not_ascii(self):
        """Users read an error, since parameter names are ASCII."""
        for query in ('%C3%A9vent_id=1', 'event_id%E2%80%8B=1', '%F0%9F%92%A3',
                      'e%CC%81vent_id=1&event_id=2'):
            for version in ('volume 3.5', 'volume 3.71', None):
                with self.subTest(query=query, version=version):
                    response = self.request(f'{MESSAGES}?{query}',
                                            version=version)

                    self.assertEqual(
                        'The name of a query parameter is not in ASCII.',
                        self.assertFault(400, 'badRequest', response))

    def test_operator_closes_filters(self):
        """Operators choose the available filters with an option."""
        self.serve(api__resource_filters=['event_id'])
        wanted = self.message(event_id='000003')['id']
        self.message()

        self.assertEqual([wanted], self.ids(event_id='000003'))
        self.assertEqual(
            "The parameter 'request_id' is not a filter here; use one of "
            'event_id.', self.assertFault(
                400, 'badRequest', self.list(request_id='x')))


@database.on_each
class LikeFilterTest(functional_base.VolumeTestCase):

    def setUp(self):
        super().setUp()
        self.serve(api__like_filters=list(NAMES))

    def ids(self, **parameters):
        query = parse.urlencode(
            {f'{name}~': value for name, value in parameters.items()})
        response = self.request(f'{MESSAGES}?{query}')
        self.assertEqual(200, response.status_int, response.text)
        return [m['id'] for m in response.json['messages']]

    def test_part_is_found(self):
        """A user remembers a part of an ID."""
        wanted = self.message(
            event_id='VOLUME_BACKUP_1', resource_type='BACKUP',
            resource_uuid='abc-äbc-%', request_id='req-_x\\',
            message_level='WARNING')['id']
        self.message(event_id='000003', resource_type='SNAPSHOT',
                     resource_uuid='xyz', request_id='req-zz',
                     message_level='INFO')
        for parameters in (
                {'event_id': 'BACKUP'}, {'event_id': 'VOLUME_BACKUP_1'},
                {'event_id': '_'}, {'resource_type': 'ACK'},
                {'resource_type': 'ack'}, {'message_level': 'warn'},
                {'resource_uuid': 'äb'}, {'resource_uuid': '%'},
                {'request_id': '_'}, {'request_id': '\\'},
                {'event_id': 'BACKUP', 'resource_uuid': 'abc'}):
            with self.subTest(**parameters):
                self.assertEqual([wanted], self.ids(**parameters))

    def test_other_values_are_not_found(self):
        """Users find only equal values, without wildcards."""
        self.message(event_id='VOLUME_BACKUP_1', request_id='req-a',
                     resource_uuid='äbc')
        for parameters in (
                {'event_id': 'volume'}, {'event_id': 'VOLUME%1'},
                {'event_id': '%'}, {'event_id': 'VOLUME_BACKUP_1x'},
                {'request_id': 'REQ'}, {'request_id': 'req_a'},
                {'resource_uuid': 'abc'}, {'resource_uuid': 'Ä'},
                {'event_id': '\0'}, {'event_id': BOMB},
                {'event_id': 'x' * 300}, {'resource_uuid': 'x' * 5000},
                {'request_id': "' OR 1=1 --"}):
            with self.subTest(**parameters):
                self.assertEqual([], self.ids(**parameters))

    def test_key_that_is_not_enabled(self):
        """Each key is enabled by itself."""
        self.serve(api__like_filters=['event_id'])
        for name in ('request_id', 'resource_uuid', 'x', 'limit',
                     'project_id', 'all_tenants'):
            with self.subTest(name=name):
                response = self.request(f'{MESSAGES}?{name}~=1')

                self.assertIn(f"'{name}~'", self.assertFault(
                    400, 'badRequest', response))


@database.on_each
class TimeFilterTest(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()
        self.messages = [
            self.message(created_at=NOON - number * SECOND)
            for number in range(4)]
        self.foreign = self.message(project_id=base.OTHER,
                                    created_at=NOON - 10 * SECOND)

    def list(self, query, *roles):
        return self.request(f'/v3/messages?{query}', *roles,
                            version='user-messages 1.1')

    def test_both_ends_are_inclusive(self):
        """Users find a message with the time of the message as bound."""
        for query, expected in (
                ('created_since=2026-01-01T11:59:58Z', self.messages[:3]),
                ('created_since=2026-01-01T11:59:58.000001Z',
                 self.messages[:2]),
                ('created_before=2026-01-01T11:59:58Z', self.messages[2:]),
                ('created_before=2026-01-01T11:59:58.999999Z',
                 self.messages[2:]),
                ('created_since=2026-01-01T11:59:58Z&'
                 'created_before=2026-01-01T11:59:59Z', self.messages[1:3]),
                ('created_since=2026-01-01T12:00:00Z&'
                 'created_before=2026-01-01T12:00:00Z', self.messages[:1]),
                ('created_since=2026-01-01T13:59:58%2B02:00',
                 self.messages[:3]),
                # A "+" that was not quoted.
                ('created_since=2026-01-01T13:59:58+02:00',
                 self.messages[:3]),
                ('created_since=2026-01-01T11:59:58', self.messages[:3]),
                ('created_since=2026-01-01T11:59:58Z&limit=1',
                 self.messages[:1]),
                ('created_since=2026-01-01T11:59:58Z&sort=created_at:asc',
                 self.messages[2::-1]),
                ('created_since=0001-01-01T00:00:00Z', self.messages),
                ('created_before=9999-12-31T23:59:59.999999Z',
                 self.messages),
                ('created_before=1969-12-31T23:59:59Z', []),
                ('created_since=9999-12-31T23:59:59.999999Z', [])):
            with self.subTest(query=query):
                self.assertIDs(expected, self.list(query))

    def test_all_projects(self):
        """For all projects, the bound also applies to the ID."""
        for query, expected in (
                ('created_since=2026-01-01T11:59:58Z', self.messages[:3]),
                ('created_before=2026-01-01T11:59:57Z',
                 [self.messages[3], self.foreign]),
                ('created_before=2026-01-01T11:59:50Z', [self.foreign]),
                ('created_since=0001-01-01T00:00:00Z',
                 [*self.messages, self.foreign]),
                ('created_before=9999-12-31T23:59:59.999999Z',
                 [*self.messages, self.foreign]),
                ('created_before=0001-01-01T00:00:00Z', []),
                ('created_since=9999-12-31T23:59:59.999999Z', [])):
            with self.subTest(query=query):
                self.assertIDs(expected, self.list(
                    f'all_tenants=1&{query}', 'admin'))

    def test_what_is_no_time(self):
        """A date alone may begin at any midnight."""
        for text in ('', '2026-01-01', '2026-W01-4', '2026-W01-4T12:00:00Z',
                     '0001-01-01T00:00:00%2B01:00',
                     '9999-12-31T23:59:59-01:00', 'x', '%00'):
            for name in ('created_since', 'created_before'):
                with self.subTest(name=name, text=text):
                    self.assertEqual(
                        f'The parameter {name} is not a time such as '
                        '2026-01-01T00:00:00Z.', self.assertFault(
                            400, 'badRequest', self.list(f'{name}={text}')))

    def test_since_is_not_later_than_before(self):
        """Users read an error instead of an empty list."""
        self.assertEqual(
            'created_since is later than created_before.',
            self.assertFault(400, 'badRequest', self.list(
                'created_since=2026-01-01T12:00:01Z&'
                'created_before=2026-01-01T12:00:00Z')))


class ScopeTest(functional_base.VolumeTestCase):

    def setUp(self):
        super().setUp()
        self.mine = self.message()
        self.foreign = self.message(project_id=base.OTHER)

    def test_values_of_all_tenants(self):
        """cinderclient sends 1, other clients send words."""
        both = [self.foreign, self.mine]
        for value, expected in (
                ('all_tenants=1', both), ('all_tenants=true', both),
                ('all_tenants=True', both), ('all_tenants=', both),
                ('all_tenants', both), ('all_tenants=0', [self.mine]),
                ('all_tenants=false', [self.mine])):
            for version in ('volume 3.5', 'volume 3.71', None):
                with self.subTest(value=value, version=version):
                    self.assertIDs(expected, self.request(
                        f'{MESSAGES}?{value}', 'admin', version=version))
                    self.assertIDs([self.mine], self.request(
                        f'{MESSAGES}?{value}', version=version))

    def test_all_tenants_that_is_neither(self):
        """Users read an error instead of a list with a guessed scope."""
        for value in ('2', 'yes', 'on', '%20', '%00', '%D9%A1'):
            for role in ('admin', 'reader'):
                with self.subTest(value=value, role=role):
                    self.assertEqual(
                        'The parameter all_tenants must be true or false.',
                        self.assertFault(
                            400, 'badRequest', self.request(
                                f'{MESSAGES}?all_tenants={value}', role)))

    def test_project_id(self):
        """openstack sends the ID of the user's project with every list."""
        for version in ('volume 3.5', 'volume 3.31', 'volume 3.71', None):
            with self.subTest(version=version):
                self.assertIDs([self.mine], self.request(
                    f'{MESSAGES}?project_id={base.PROJECT}', 'reader',
                    version=version))
                self.assertFault(403, 'forbidden', self.request(
                    f'{MESSAGES}?project_id={base.OTHER}', 'reader',
                    version=version))
                self.assertIDs([self.foreign], self.request(
                    f'{MESSAGES}?project_id={base.OTHER}', 'admin',
                    version=version))

    def test_odd_project_id(self):
        """Users receive an empty list for an impossible project."""
        for value in ('%00', '%25', "'", 'x' * 300, '%F0%9F%92%A3',
                      base.PROJECT.upper(), base.PROJECT + '%20'):
            with self.subTest(value=value[:20]):
                path = f'{MESSAGES}?project_id={value}'

                self.assertIDs([], self.request(path, 'admin'))
                self.assertFault(403, 'forbidden',
                                 self.request(path, 'member'))
