# SPDX-License-Identifier: Apache-2.0

from usermessages.api import microversions
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.tests.functional.base import UNKNOWN

MESSAGES = f'/v3/{base.PROJECT}/messages'
HEADER = 'OpenStack-API-Version'


class HeaderTest(functional_base.VolumeTestCase):

    def test_answer_echoes_what_decided(self):
        """tempest rejects a response without the effective version."""
        for header, echo in (
                (None, 'user-messages 1.0'),
                ('compute 2.1', 'user-messages 1.0'),
                ('volume 3.3', 'volume 3.3'),
                ('volume 3.71', 'volume 3.71'),
                ('volume latest', 'volume 3.71'),
                ('compute 2.90, volume 3.5', 'volume 3.5'),
                ('volume 3.5, user-messages 1.1', 'user-messages 1.1'),
                ('user-messages latest', base.LATEST)):
            with self.subTest(header=header):
                response = self.request(MESSAGES, version=header)

                self.assertEqual(200, response.status_int)
                self.assertEqual([echo], response.headers.getall(HEADER))

    def test_errors_echo_too(self):
        """A client learns which version refused it."""
        for path, method, status in (
                (f'{MESSAGES}/{UNKNOWN}', 'GET', 404),
                (f'{MESSAGES}/{UNKNOWN}', 'DELETE', 404),
                (f'{MESSAGES}?limit=x', 'GET', 400)):
            with self.subTest(path=path, method=method):
                response = self.volume('3.71', path, method=method)

                self.assertEqual(status, response.status_int)
                self.assertEqual('volume 3.71', response.headers[HEADER])

    def test_name_of_the_header_in_any_case(self):
        """Clients may write the header in any case."""
        for name in ('openstack-api-version', 'OPENSTACK-API-VERSION',
                     'OpenStack-Api-Version'):
            with self.subTest(name=name):
                response = self.request(MESSAGES,
                                        headers={name: 'volume 3.5'})

                self.assertEqual('volume 3.5', response.headers[HEADER])

    def test_malformed_header(self):
        """Clients receive an error instead of a guessed version."""
        for header in ('volume abc', 'volume 3', 'volume 3.03',
                       'volume 3.3.3', 'volume', 'volume 3.3 extra', '',
                       'abc', '3.3', 'volume 3.3, volume 3.5',
                       # Servers pass on bytes, each as a letter.
                       'volume ٣.٣'.encode().decode('latin-1')):
            for method, path in (('GET', MESSAGES),
                                 ('GET', f'{MESSAGES}/{UNKNOWN}'),
                                 ('DELETE', f'{MESSAGES}/{UNKNOWN}')):
                with self.subTest(header=header, method=method):
                    response = self.request(path, method=method,
                                            version=header)

                    self.assertFault(400, 'badRequest', response)

    def test_version_that_is_not_served(self):
        """A client learns between what it may choose."""
        for header, text in (
                ('volume 3.2', 'Version 3.2 is not supported by the API of '
                 'volume: the minimum is 3.3 and the maximum is 3.71.'),
                ('volume 3.72', 'Version 3.72 is not supported by the API of '
                 'volume: the minimum is 3.3 and the maximum is 3.71.'),
                ('user-messages 1.99', 'Version 1.99 is not supported by the '
                 'API of user-messages: the minimum is 1.0 and the maximum '
                 f'is {base.MAXIMUM_TEXT}.')):
            for method, path in (('GET', MESSAGES),
                                 ('DELETE', f'{MESSAGES}/{UNKNOWN}')):
                with self.subTest(header=header, method=method):
                    response = self.request(path, method=method,
                                            version=header)

                    self.assertEqual(text, self.assertFault(
                        406, 'computeFault', response))

    def test_refused_version_deletes_nothing(self):
        """The version is looked at before anything is done."""
        message = self.message()
        for header in ('volume 3.2', 'volume abc', ''):
            with self.subTest(header=header):
                self.request(f'{MESSAGES}/{message["id"]}', method='DELETE',
                             version=header)

                self.assertEqual([message], self.stored())

    def test_maximum_is_an_option(self):
        """Operators with an older Cinder can lower the maximum."""
        self.serve(api__compat_max_microversion='3.60')

        self.assertEqual('volume 3.60', self.volume(
            'latest', MESSAGES).headers[HEADER])
        self.assertIn('the maximum is 3.60', self.assertFault(
            406, 'computeFault', self.volume('3.61', MESSAGES)))

    def test_service_without_a_compatibility_type(self):
        """``user-messages`` is the only service type then."""
        self.serve(api__compat_service_type=None)

        response = self.request(MESSAGES, version='volume 9.99')

        self.assertEqual(200, response.status_int)
        self.assertEqual('user-messages 1.0', response.headers[HEADER])


@database.on_each
class FeatureTest(functional_base.VolumeTestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()
        self.messages = [
            self.message(created_at=NOON - number * SECOND,
                         event_id=f'00000{number + 1}')
            for number in range(5)]

    def test_3_3_ignores_parameters(self):
        """Clients of that version know no pages and no filters."""
        for query in ('limit=1', 'limit=x', 'limit=-1', 'sort=id:asc',
                      'sort=nonsense', 'event_id=000002', 'offset=2',
                      'sort_key=id&sort_dir=asc', 'nonsense=1',
                      'all_tenants=1', 'all_tenants=maybe',
                      f'project_id={base.OTHER}', 'created_since=x',
                      'event_id~=2', 'limit=1&event_id=9&sort=id'):
            with self.subTest(query=query):
                response = self.volume('3.3', f'{MESSAGES}?{query}')

                self.assertIDs(self.messages, response)
                self.assertEqual(['messages'], list(response.json))

    def test_3_3_honours_a_marker(self):
        """openstacksdk requests one more page with the last ID, and stops."""
        for marker, expected in ((1, self.messages[2:]), (4, [])):
            with self.subTest(marker=marker):
                response = self.volume(
                    '3.3',
                    f'{MESSAGES}?limit=1&marker={self.messages[marker]["id"]}')

                self.assertIDs(expected, response)

    def test_3_3_shows_an_admin_the_project_only(self):
        """Administrators list other projects with 3.5 and later only."""
        self.message(project_id=base.OTHER)

        self.assertIDs(self.messages, self.volume(
            '3.3', f'{MESSAGES}?all_tenants=1', 'admin'))

    def test_3_3_shows_and_deletes(self):
        """All three verbs came with that version."""
        path = f'{MESSAGES}/{self.messages[0]["id"]}'

        self.assertEqual(200, self.volume('3.3', path).status_int)
        self.assertEqual(204, self.volume(
            '3.3', path, method='DELETE').status_int)
        self.assertIDs(self.messages[1:], self.volume('3.3', MESSAGES))

    def test_3_5_has_pages_and_filters(self):
        """Clients of 3.5 can use pages and filters; 3.4 ignores them."""
        for query, expected in (
                ('limit=2', self.messages[:2]),
                ('offset=3', self.messages[3:]),
                ('sort=created_at:asc', self.messages[::-1]),
                ('event_id=000002', self.messages[1:2]),
                (f'project_id={base.PROJECT}', self.messages),
                ('all_tenants=1', self.messages)):
            for version in ('3.5', '3.31', '3.34', '3.71'):
                with self.subTest(query=query, version=version):
                    self.assertIDs(expected, self.volume(
                        version, f'{MESSAGES}?{query}'))
            self.assertIDs(self.messages,
                           self.volume('3.4', f'{MESSAGES}?{query}'))

    def test_3_5_takes_an_unknown_name_for_a_filter(self):
        """Users never receive a longer list than requested."""
        for query in ('nonsense=1', 'user_message=x', 'id=1', 'Limit=1',
                      'event_id~=2', 'created_since=2026-01-01T00:00:00Z',
                      'nonsense=1&event_id=000002', 'event_id=000002&x='):
            for version in ('3.5', '3.30'):
                with self.subTest(query=query, version=version):
                    response = self.volume(version, f'{MESSAGES}?{query}')

                    self.assertEqual({'messages': []}, response.json)

    def test_3_31_refuses_an_unknown_name(self):
        """Users read the name of a misspelled filter."""
        for query, name in (('nonsense=1', 'nonsense'), ('id=1', 'id'),
                            ('event_id~=2', 'event_id~'),
                            ('created_since=2026-01-01T00:00:00Z',
                             'created_since'),
                            ('limit=1&Limit=1', 'Limit')):
            for version in ('3.31', '3.71'):
                with self.subTest(query=query, version=version):
                    text = self.assertFault(400, 'badRequest', self.volume(
                        version, f'{MESSAGES}?{query}'))

                    self.assertIn(repr(name), text)

    def test_3_34_has_like_filters_where_enabled(self):
        """Like filters need version 3.34 and an option."""
        self.serve(api__like_filters=['event_id'])
        path = f'{MESSAGES}?event_id~=0003'

        self.assertFault(400, 'badRequest', self.volume('3.33', path))
        for version in ('3.34', '3.71'):
            with self.subTest(version=version):
                self.assertIDs(self.messages[2:3],
                               self.volume(version, path))
        self.assertIDs(self.messages[2:3], self.request(path))

    def test_1_0_has_all_of_that_and_the_project(self):
        """``user-messages 1.0`` has the features of the last ``volume``."""
        for version in (None, 'user-messages 1.0', base.LATEST):
            with self.subTest(version=version):
                response = self.request(f'{MESSAGES}?limit=1',
                                        version=version)

                self.assertIDs(self.messages[:1], response)
                self.assertEqual(base.PROJECT,
                                 response.json['messages'][0]['project_id'])
                self.assertEqual(
                    'next', response.json['messages_links'][0]['rel'])
                self.assertFault(400, 'badRequest', self.request(
                    f'{MESSAGES}?nonsense=1', version=version))

    def test_1_1_has_times(self):
        """Version 1.0 has no filters by time."""
        path = f'{MESSAGES}?created_since=2026-01-01T11:59:58Z'

        self.assertIDs(self.messages[:3],
                       self.request(path, version='user-messages 1.1'))
        self.assertIn("'created_since'", self.assertFault(
            400, 'badRequest',
            self.request(path, version='user-messages 1.0')))

    def test_1_2_has_remedies(self):
        """Users read how to react, with a link if the operator has help."""
        self.serve(api__help_url='https://help.example.org/messages.html#')

        for version, expected in (
                ('user-messages 1.1', (None, ['self', 'bookmark'])),
                ('user-messages 1.2', ('change_request',
                                       ['self', 'bookmark', 'help']))):
            with self.subTest(version=version):
                shown = self.request(
                    f'{MESSAGES}?limit=1&event_id=000002',
                    version=version).json['messages'][0]

                self.assertEqual(expected, (
                    shown.get('user_action'),
                    [link['rel'] for link in shown['links']]))


class UnpagedTest(functional_base.VolumeTestCase):

    def store(self, count):
        """Store many messages, the first one the newest."""
        message = self.message(created_at=NOON + 2 * SECOND)
        with self.db.executor.engine().begin() as connection:
            connection.exec_driver_sql(
                'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT '
                f'n + 1 FROM numbers WHERE n < {count - 1}) '
                'INSERT INTO user_messages SELECT '
                "printf('019b796d-d600-7000-8000-%012d', 1000000 - n), "
                'project_id, event_id, action_id, detail_id, message_level, '
                'resource_type, resource_uuid, request_id, '
                "datetime(created_at, '-' || n || ' seconds') || '.000000', "
                "expires_at, global_request_id, '' "
                'FROM user_messages, numbers')
        return message

    def test_one_answer_has_ten_thousand_at_most(self):
        """The newest, and the operator reads that there were more."""
        self.fix_clock()
        newest = self.store(10001)

        response = self.volume('3.3', MESSAGES)

        messages = response.json['messages']
        self.assertEqual(10000, len(messages))
        self.assertEqual(newest['id'], messages[0]['id'])
        self.assertEqual(['messages'], list(response.json))
        self.assertIn('WARNING usermessages.api.v3.messages A project has '
                      'more than 10000 messages, the maximum for clients '
                      'without pagination.', self.log.output)

    def test_ten_thousand_are_all(self):
        """Users read no warning about missing messages without a reason."""
        self.fix_clock()
        self.store(10000)

        response = self.volume('3.3', MESSAGES)

        self.assertEqual(10000, len(response.json['messages']))
        self.assertNotIn('A project has more', self.log.output)


class RangeTest(functional_base.VolumeTestCase):

    def test_every_version_of_the_range_is_served(self):
        """Clients can use every version in the document."""
        self.message()
        for service in (microversions.VOLUME, microversions.USER_MESSAGES):
            major, first = service.minimum
            for minor in range(first, service.maximum[1] + 1):
                version = f'{service.service_type} {major}.{minor}'
                with self.subTest(version=version):
                    response = self.request(MESSAGES, version=version)

                    self.assertEqual(200, response.status_int)
                    self.assertEqual(version, response.headers[HEADER])
