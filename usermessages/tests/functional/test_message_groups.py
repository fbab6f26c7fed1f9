# SPDX-License-Identifier: Apache-2.0

import datetime
import random
import threading
from urllib import parse

import fixtures

from usermessages.db import selects
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.tests.functional.test_isolation import PROJECTS
from usermessages.tests.functional.test_isolation import quoted

GROUPS = f'/v3/{base.PROJECT}/message_groups'
V1_3 = 'user-messages 1.3'
HOUR = datetime.timedelta(hours=1)


class GroupsTestCase(functional_base.VolumeTestCase):
    """A test of the groups of messages, at noon."""

    def setUp(self):
        super().setUp()
        self.fix_clock()

    def groups(self, *roles, path=GROUPS, version=V1_3, **parameters):
        query = parse.urlencode(parameters)
        return self.request(f'{path}?{query}', *roles, version=version)

    def counted(self, *roles, **parameters):
        """Return the event IDs and the numbers of messages."""
        response = self.groups(*roles, **parameters)
        self.assertEqual(200, response.status_int, response.text)
        return [(group['event_id'], group['count'])
                for group in response.json['message_groups']]


@database.on_each
class GroupsTest(GroupsTestCase):

    def test_group(self):
        """A user reads what failed how often, and looks at one example."""
        for seconds, resource in ((3, base.RESOURCE), (2, base.OTHER_RESOURCE),
                                  (1, base.RESOURCE), (4, '')):
            latest = self.message(
                created_at=NOON - seconds * SECOND, resource_uuid=resource)
            if seconds == 1:
                latest_id = latest['id']

        response = self.groups()

        self.assertEqual({
            'truncated': False,
            'message_groups': [{
                'event_id': '000002',
                'user_message':
                    'No storage could be allocated for this volume request.',
                'message_level': 'ERROR',
                'resource_type': 'VOLUME',
                'count': 4,
                'resources': 2,
                'first_at': '2026-01-01T11:59:56.000000+00:00',
                'last_at': '2026-01-01T11:59:59.000000+00:00',
                'latest_id': latest_id,
                'links': [{'rel': 'latest', 'href':
                           'http://localhost/v3/6c430ede94764128883886d3929ced'
                           f'22/messages/{latest_id}'}],
                'user_action': 'change_request',
                'hint': response.json['message_groups'][0]['hint'],
            }]}, response.json)
        self.assertEqual(V1_3, response.headers['OpenStack-API-Version'])

    def test_event_level_and_resource_type_make_a_group(self):
        """The largest group comes first, then the one with the latest."""
        for age, values in enumerate((
                {'event_id': '000003'}, {'event_id': '000003'},
                {'message_level': 'INFO'}, {},
                {'resource_type': 'VOLUME_BACKUP'}, {'resource_type': ''})):
            self.message(created_at=NOON - age * SECOND, **values)

        found = self.groups().json['message_groups']

        self.assertEqual(
            [('000003', 'ERROR', 'VOLUME', 2), ('000002', 'INFO', 'VOLUME', 1),
             ('000002', 'ERROR', 'VOLUME', 1),
             ('000002', 'ERROR', 'VOLUME_BACKUP', 1),
             ('000002', 'ERROR', None, 1)],
            [(group['event_id'], group['message_level'],
              group.get('resource_type'), group['count']) for group in found])

    def test_composed_event(self):
        """The text is made of the action and the detail."""
        self.message(event_id='VOLUME_VOLUME_007_010', action_id='007',
                     detail_id='010')

        [group] = self.groups().json['message_groups']
        [message] = self.request(
            '/v3/messages', version=V1_3).json['messages']

        self.assertEqual(message['user_message'], group['user_message'])
        self.assertEqual(message['user_action'], group['user_action'])

    def test_event_that_the_catalog_does_not_know(self):
        """The group reads as the unknown error, in a row of its own."""
        for event_id in ('000001', '999999'):
            self.message(event_id=event_id)

        found = self.groups().json['message_groups']

        self.assertEqual({'000001', '999999'},
                         {group['event_id'] for group in found})
        self.assertEqual(1, len({group['user_message'] for group in found}))

    def test_link_to_help(self):
        """Users find the same link as in a message."""
        self.serve(api__help_url='https://docs.example.org/messages.html#')
        self.message()

        [group] = self.groups().json['message_groups']

        self.assertEqual(
            {'rel': 'help',
             'href': 'https://docs.example.org/messages.html#000002'},
            group['links'][1])

    def test_one_day_by_default(self):
        """A bad night is over after a day."""
        for hours in (0, 24, 25, 49):
            self.message(created_at=NOON - hours * HOUR)

        self.assertEqual([('000002', 2)], self.counted())
        self.assertEqual([('000002', 4)], self.counted(
            created_since='2025-12-01T00:00:00Z'))
        self.assertEqual([('000002', 1)], self.counted(
            created_before='2026-01-01T11:00:00Z'))

    def test_day_before_the_latest_time(self):
        """Without a start, the groups cover the day before the end."""
        for hours in (0, 24, 25, 48, 49, 50):
            self.message(created_at=NOON - hours * HOUR)

        self.assertEqual([('000002', 3)], self.counted(
            created_before='2025-12-31T11:00:00Z'))
        for text in ('0001-01-01T00:00:00Z', '0001-01-01T12:00:00Z',
                     '9999-12-31T23:59:59Z'):
            self.assertEqual(
                200, self.groups(created_before=text).status_int, text)

    def test_filters(self):
        """The filters of a list, exact ones and times."""
        self.message(event_id='000003', message_level='INFO',
                     global_request_id='')
        self.message(resource_uuid=base.OTHER_RESOURCE,
                     request_id=f'req-{base.OTHER_RESOURCE}')
        for parameters in ({'event_id': '000002'}, {'message_level': 'error'},
                           {'global_request_id': base.GLOBAL_REQUEST},
                           {'resource_uuid': base.OTHER_RESOURCE},
                           {'request_id': f'req-{base.OTHER_RESOURCE}'}):
            self.assertEqual([('000002', 1)], self.counted(**parameters),
                             parameters)
        self.assertEqual([], self.counted(event_id='000002',
                                          message_level='INFO'))
        self.assertEqual([], self.counted(event_id=''))

    def test_like_filters(self):
        """Users can filter groups like messages, as allowed by the operator.
        """
        self.message()
        self.assertFault(400, 'badRequest', self.groups(**{'event_id~': '2'}))

        self.serve(api__like_filters=['event_id'])

        self.assertEqual([('000002', 1)], self.counted(**{'event_id~': '2'}))
        self.assertEqual([], self.counted(**{'event_id~': '9'}))

    def test_expired_and_deleted_messages_do_not_count(self):
        """A group has what a list has."""
        self.message(expires_at=NOON)
        deleted = self.message()
        self.message()
        self.request(f'/v3/messages/{deleted["id"]}', method='DELETE')

        self.assertEqual([('000002', 1)], self.counted())

    def test_no_message_is_no_group(self):
        """Users of a project without messages read an empty list."""
        response = self.groups()

        self.assertEqual({'message_groups': [], 'truncated': False},
                         response.json)

    def test_newest_messages_are_counted(self):
        """Users learn that there are more messages than counted."""
        self.useFixture(fixtures.MockPatchObject(selects, 'GROUPED_ROWS', 3))
        oldest = self.message(created_at=NOON - 4 * SECOND)
        for number in range(3):
            self.message(created_at=NOON - number * SECOND, event_id='000003')

        response = self.groups()
        self.request(f'/v3/messages/{oldest["id"]}', method='DELETE')
        exactly = self.groups()

        self.assertEqual(
            [('000003', 3)] * 2, [
                (group['event_id'], group['count'])
                for found in (response, exactly)
                for group in found.json['message_groups']])
        self.assertIs(True, response.json['truncated'])
        self.assertIs(False, exactly.json['truncated'])

    def test_search_that_is_too_large(self):
        """Filters without an index have the same limit as in lists."""
        self.useFixture(fixtures.MockPatchObject(selects, 'SEARCH_ROWS', 4))
        for number in range(6):
            self.message(created_at=NOON - number * SECOND,
                         message_level='INFO' if number % 2 else 'ERROR')

        self.assertFault(400, 'badRequest', self.groups(message_level='INFO'))
        self.assertEqual([('000002', 3)] * 2, self.counted())
        self.useFixture(fixtures.MockPatchObject(selects, 'GROUPED_ROWS', 2))
        response = self.groups(message_level='INFO')
        self.assertEqual(2, response.json['message_groups'][0]['count'])
        self.assertIs(True, response.json['truncated'])


class AccessTest(GroupsTestCase):

    def test_older_versions_have_no_such_url(self):
        """The URL came with version 1.3."""
        for version in ('user-messages 1.2', 'user-messages 1.0', None,
                        'volume 3.71', 'volume 3.3'):
            for path in (GROUPS, '/v3/message_groups'):
                for method in ('GET', 'HEAD'):
                    response = self.request(path, version=version,
                                            method=method)
                    self.assertEqual(404, response.status_int, response.text)

    def test_other_methods(self):
        """Clients receive 405, since groups are read only."""
        for method in ('POST', 'PUT', 'PATCH', 'DELETE'):
            for version in (V1_3, None, 'volume 3.71'):
                response = self.request(GROUPS, version=version,
                                        method=method)

                self.assertFault(405, 'badMethod', response)
                self.assertEqual('GET, HEAD', response.headers['Allow'])
        self.assertEqual(404, self.request(
            f'{GROUPS}/x', version=V1_3).status_int)

    def test_other_versions_that_name_it(self):
        """Clients can use both forms of the URL."""
        self.message()
        for path in (GROUPS, '/v3/message_groups'):
            for version in (V1_3, 'user-messages latest'):
                self.assertEqual([('000002', 1)], self.counted(
                    path=path, version=version))

    def test_parameters_of_a_list(self):
        """Clients receive an error for a limit, since groups have no pages."""
        for name in ('limit', 'marker', 'offset', 'sort', 'sort_key',
                     'sort_dir'):
            text = self.assertFault(400, 'badRequest',
                                    self.groups(**{name: '1'}))
            self.assertIn(f'The parameter {name} is valid for lists', text)

    def test_wrong_parameters(self):
        """Clients receive the same errors as for lists."""
        for parameters, text in (
                ({'x': '1'}, "'x' is not a filter"),
                ({'created_since': 'x'}, 'created_since is not a time'),
                ({'created_since': '2026-01-01T11:00:00Z',
                  'created_before': '2026-01-01T10:00:00Z'},
                 'created_since is later than created_before'),
                ({'project_id': ''}, 'project_id is empty'),
                ({'all_tenants': 'x'}, 'must be true or false')):
            self.assertIn(text, self.assertFault(
                400, 'badRequest', self.groups(**parameters)))

    def test_rule(self):
        """Users who can list messages can count messages."""
        self.assertFault(403, 'forbidden', self.groups('nobody'))
        self.assertEqual(200, self.groups('reader').status_int)
        self.assertEqual(401, self.groups(None).status_int)

    def test_projects(self):
        """Administrators count the messages of another project, or of all."""
        self.message()
        self.message(project_id=base.OTHER, event_id='000003')

        self.assertEqual([('000002', 1)], self.counted())
        self.assertEqual([('000002', 1)], self.counted(all_tenants='1'))
        self.assertFault(403, 'forbidden', self.groups(project_id=base.OTHER))
        self.assertEqual({('000002', 1), ('000003', 1)}, set(
            self.counted('admin', all_tenants='1')))
        self.assertEqual([('000003', 1)], self.counted(
            'admin', project_id=base.OTHER))
        self.assertFault(400, 'badRequest', self.groups(
            path=f'/v3/{base.OTHER}/message_groups'))


@database.on_each
class SimilarProjectsTest(GroupsTestCase):

    def test_groups_are_of_one_project(self):
        """Users do not read groups of projects with similar IDs."""
        self.serve(api__project_id_regex='[^/]+')
        for number, project_id in enumerate(PROJECTS):
            self.message(project_id=project_id, event_id=f'{number:06}')

        for number, project_id in enumerate(PROJECTS):
            for path in ('/v3/message_groups',
                         f'/v3/{quoted(project_id)}/message_groups'):
                response = self.request(path, project_id=project_id,
                                        version=V1_3)
                self.assertEqual(
                    [(f'{number:06}', 1)],
                    [(group['event_id'], group['count'])
                     for group in response.json['message_groups']])


def folded(messages):
    """Return the groups of a list, by their keys."""
    groups = {}
    for message in messages:
        key = tuple(message.get(name) for name in (
            'event_id', 'message_level', 'resource_type'))
        groups.setdefault(key, []).append(message)
    return {key: (
        len(found), len({message.get('resource_uuid') for message in found}
                        - {None}),
        found[-1]['created_at'], found[0]['created_at'], found[0]['id'],
        found[0]['user_message']) for key, found in groups.items()}


@database.on_each
class FoldTest(GroupsTestCase):
    """The groups equal those of the whole list, whatever is asked."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(20260101)

    def any_message(self, **values):
        choose = self.random.choice
        values = {
            'created_at': NOON - self.random.randrange(30) * HOUR,
            'expires_at': NOON + self.random.randrange(-1, 4) * SECOND,
            'project_id': choose((base.PROJECT, base.PROJECT, base.OTHER)),
            'event_id': choose(('000002', '000003', '999999')),
            'message_level': choose(('ERROR', 'INFO')),
            'resource_type': choose(('VOLUME', 'VOLUME_BACKUP', '')),
            'resource_uuid': choose((base.RESOURCE, base.OTHER_RESOURCE, '')),
            'global_request_id': choose(('', base.GLOBAL_REQUEST)), **values}
        return self.message(**values)

    def question(self):
        """Return query parameters."""
        choose = self.random.choice
        parameters = {'created_since': str(
            NOON - self.random.randrange(40) * HOUR)}
        for name, values in {
                'event_id': ('000002', '999999'), 'message_level': ('INFO',),
                'resource_type': ('', 'volume'),
                'resource_uuid': (base.RESOURCE, ''),
                'global_request_id': ('', base.GLOBAL_REQUEST),
                'created_before': (str(NOON), str(NOON - HOUR))}.items():
            if self.random.random() < 0.25:
                parameters[name] = choose(values)
        if self.random.random() < 0.3:
            parameters['all_tenants'] = '1'
        return parameters

    def test_groups_are_those_of_the_list(self):
        """Members and administrators read the groups of their lists."""
        for _number in range(60):
            self.any_message()

        for _number in range(60):
            parameters = self.question()
            role = self.random.choice(('admin', 'reader'))
            response = self.groups(role, **parameters)
            if response.status_int == 400:
                self.assertIn('created_since is later', response.text)
                continue
            listed = self.request(
                f'/v3/messages?{parse.urlencode(parameters)}', role,
                version=V1_3).json['messages']

            self.assertEqual(folded(listed), {
                tuple(group.get(name) for name in (
                    'event_id', 'message_level', 'resource_type')): (
                    group['count'], group['resources'], group['first_at'],
                    group['last_at'], group['latest_id'],
                    group['user_message'])
                for group in response.json['message_groups']}, parameters)

    def test_groups_while_others_write(self):
        """Groups are consistent while services record messages."""
        for _number in range(20):
            self.any_message(project_id=base.PROJECT, created_at=NOON)
        stop = threading.Event()
        removable = [self.any_message(
            project_id=base.PROJECT, created_at=NOON)['id']
            for _number in range(30)]
        failures = []

        def write():
            try:
                while not stop.is_set() and removable:
                    self.db.message_destroy(base.PROJECT, removable.pop())
                    self.any_message(project_id=base.PROJECT, created_at=NOON,
                                     expires_at=NOON + HOUR)
            except Exception as error:
                failures.append(error)

        removable = [message_id for message_id in removable
                     if self.request(f'/v3/messages/{message_id}').status_int
                     == 200]
        thread = threading.Thread(target=write)
        thread.start()
        for _number in range(10):
            groups = self.groups().json['message_groups']
            self.assertGreater(sum(group['count'] for group in groups), 0)
            for group in groups:
                self.assertLessEqual(group['resources'], group['count'])
                self.assertEqual('2026-01-01T12:00:00.000000+00:00',
                                 group['last_at'])
        stop.set()
        thread.join()
        self.assertEqual([], failures)
        listed = self.request('/v3/messages', version=V1_3).json['messages']
        self.assertEqual(
            {key: found[0] for key, found in folded(listed).items()},
            {tuple(group.get(name) for name in (
                'event_id', 'message_level', 'resource_type')): group['count']
             for group in self.groups().json['message_groups']})
