# SPDX-License-Identifier: Apache-2.0

import datetime
from urllib import parse

import fixtures

from usermessages.db import selects
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.tests.functional.base import UNKNOWN

MESSAGES = f'/v3/{base.PROJECT}/messages'
FAR_END = 'ffffffff-ffff-7fff-bfff-ffffffffffff'


class ListTestCase(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()

    def list(self, query='', *roles, **values):
        return self.request(f'{MESSAGES}?{query}', *roles, **values)

    def ids(self, query='', *roles):
        """Return the last letters of the IDs in a list."""
        response = self.list(query, *roles)
        self.assertEqual(200, response.status_int, response.text)
        return [m['id'] for m in response.json['messages']]

    def refused(self, query):
        """Return with which words a query is refused."""
        return self.assertFault(400, 'badRequest', self.list(query))


@database.on_each
class PageTest(ListTestCase):

    def setUp(self):
        super().setUp()
        self.stored_messages = [
            self.message(created_at=NOON - number * SECOND)
            for number in range(5)]
        self.all = [message['id'] for message in self.stored_messages]

    def test_limit(self):
        """A client reads as many as it shows."""
        for limit, expected, more in (
                ('0', 0, False), ('1', 1, True), ('4', 4, True),
                ('5', 5, False), ('6', 5, False), ('1000', 5, False),
                ('1001', 5, False), ('9' * 19, 5, False),
                ('9' * 4000, 5, False)):
            with self.subTest(limit=limit[:20]):
                response = self.list(f'limit={limit}')

                self.assertIDs(self.stored_messages[:expected], response)
                self.assertEqual(more, 'messages_links' in response.json)

    def test_limit_has_a_maximum(self):
        """Requests cannot exhaust the memory or the time of the server."""
        self.serve(api__max_limit=3)
        for query in ('', 'limit=3', 'limit=4', 'limit=1000000'):
            with self.subTest(query=query):
                response = self.list(query)

                self.assertIDs(self.stored_messages[:3], response)
                self.assertIn('messages_links', response.json)

    def test_bad_limit_and_offset(self):
        """Users read the name of the wrong parameter."""
        for name in ('limit', 'offset'):
            for text in ('-1', '', '1.5', 'x', '%20', '%00', '1%0A',
                         '%D9%A3'):
                with self.subTest(name=name, text=text):
                    self.assertEqual(
                        f'The parameter {name} must be an integer of at least '
                        '0.', self.refused(f'{name}={text}'))
        self.assertEqual('The parameter offset must be at most 2147483647.',
                         self.refused('offset=2147483648'))

    def test_search_through_too_many(self):
        """Users read how to narrow the search."""
        self.useFixture(fixtures.MockPatchObject(selects, 'SEARCH_ROWS', 4))

        for query in ('sort=event_id', 'offset=5', 'event_id=1'):
            with self.subTest(query=query):
                self.assertEqual(
                    'There are more than 4 messages to search: filter by '
                    'resource_uuid, request_id, created_since or '
                    'created_before, or list by created_at without other '
                    'filters or a large offset.', self.refused(query))

    def test_offset(self):
        """Clients with page numbers use it."""
        for query, expected in (
                ('offset=0', self.all), ('offset=2', self.all[2:]),
                ('offset=5', []), ('offset=2147483647', []),
                ('offset=1&limit=2', self.all[1:3]),
                (f'offset=1&marker={self.all[1]}', self.all[3:]),
                ('offset=1&sort=created_at:asc', self.all[::-1][1:])):
            with self.subTest(query=query):
                self.assertEqual(expected, self.ids(query))

    def test_next_page_behind_an_offset(self):
        """The offset is left out once."""
        response = self.list('limit=2&offset=1')
        [link] = response.json['messages_links']

        self.assertIDs(self.stored_messages[1:3], response)
        self.assertIDs(self.stored_messages[3:], self.request(link['href']))

    def test_marker(self):
        """The page behind a message."""
        for number in range(5):
            with self.subTest(number=number):
                self.assertEqual(self.all[number + 1:], self.ids(
                    f'marker={self.all[number]}'))
                self.assertEqual(self.all[:number][::-1], self.ids(
                    f'marker={self.all[number]}&sort=created_at:asc'))

    def test_marker_that_was_deleted(self):
        """Users can continue a list after the deletion of the marker."""
        self.request(f'{MESSAGES}/{self.all[2]}', method='DELETE')

        for query in ('', '&sort=created_at', '&sort=created_at:desc,id',
                      '&sort_key=created_at'):
            with self.subTest(query=query):
                self.assertEqual(self.all[3:],
                                 self.ids(f'marker={self.all[2]}{query}'))

    def test_marker_that_has_expired(self):
        """The same where time removed it."""
        expired = self.message(
            created_at=NOON - 2 * SECOND - SECOND / 2, expires_at=NOON)

        self.assertEqual(self.all[3:], self.ids(f'marker={expired["id"]}'))

    def test_marker_of_another_project(self):
        """Users learn only a position in time from a marker."""
        foreign = self.message(
            project_id=base.OTHER, created_at=NOON - 2 * SECOND - SECOND / 2)

        self.assertEqual(self.all[3:], self.ids(f'marker={foreign["id"]}'))

    def test_marker_at_either_end(self):
        """IDs of version 7 never exceed the calendar of a database."""
        for marker, expected in (
                (FAR_END, self.all),
                ('00000000-0000-7000-8000-000000000000', []),
                ('00000000-0000-7fff-bfff-ffffffffffff', []),
                ('e677d21f-dbff-7fff-bfff-ffffffffffff', self.all)):
            for query in ('', '&all_tenants=1'):
                with self.subTest(marker=marker, query=query):
                    self.assertEqual(expected, self.ids(
                        f'marker={marker}{query}', 'admin'))

    def test_marker_in_upper_case(self):
        """Users can type a marker in upper case."""
        self.assertEqual(self.all[2:],
                         self.ids(f'marker={self.all[1].upper()}'))
        self.assertEqual(self.all[2:], self.ids(
            f'marker={self.all[1].upper()}&sort=created_at:desc,id:desc'))

    def test_marker_that_leads_nowhere(self):
        """Users read the same error as for an ID that does not exist."""
        for marker, text in (
                ('f292cc0c-54a7-4b3b-8174-d2ff82d87008',
                 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'),
                ('abc', 'abc'), ('', ''), ('0', '0'), ('%00', '\0'),
                ("'", "'"), ('%F0%9F%92%A3', '\U0001f4a3'),
                (UNKNOWN + '%0A', UNKNOWN + '\n')):
            for query in ('', '&sort=id:asc', '&limit=0'):
                with self.subTest(marker=marker, query=query):
                    response = self.list(f'marker={marker}{query}')

                    self.assertEqual(
                        f'Message {text} could not be found.',
                        self.assertFault(404, 'itemNotFound', response))

    def test_other_order_needs_the_message_of_the_marker(self):
        """The position in another order depends on the fields of the message.
        """
        expired = self.message(created_at=NOON, expires_at=NOON)['id']
        foreign = self.message(project_id=base.OTHER)['id']
        for marker in (UNKNOWN, expired, foreign, FAR_END):
            for sort in ('id', 'id:asc', 'created_at:asc', 'event_id',
                         'created_at:desc,id:asc', 'guaranteed_until'):
                with self.subTest(marker=marker, sort=sort):
                    response = self.list(f'marker={marker}&sort={sort}')

                    self.assertEqual(
                        f'Message {marker} could not be found.',
                        self.assertFault(404, 'itemNotFound', response))

    def test_admin_marks_in_all_projects(self):
        """Administrators can continue a list of all projects."""
        foreign = self.message(project_id=base.OTHER,
                               created_at=NOON - 10 * SECOND)['id']

        self.assertEqual(
            self.all[::-1],
            self.ids(f'all_tenants=1&sort=created_at:asc&marker={foreign}',
                     'admin'))
        self.assertEqual(
            [foreign],
            self.ids(f'all_tenants=1&marker={self.all[-1]}', 'admin'))

    def test_bad_sort(self):
        """Users read an error instead of a list in another order."""
        for query in ('sort=', 'sort=x', 'sort=id:up', 'sort=id,',
                      'sort=project_id', 'sort=id&sort_key=id',
                      'sort=id&sort_dir=asc', 'sort_key=x', 'sort_dir=up',
                      'sort=' + ','.join(['id'] * 11), 'sort=%00',
                      'sort=id;DROP'):
            with self.subTest(query=query):
                self.refused(query)


@database.on_each
class SortTest(ListTestCase):

    def test_every_key_in_both_directions(self):
        """Users read the same order, by bytes, from every database."""
        values = {
            'event_id': ('000001', '000002', 'VOLUME_1', 'volume_1'),
            'message_level': ('ERROR', 'INFO', 'WARNING', 'error'),
            'resource_type': ('', 'VOLUME', 'VOLUME_BACKUP', 'volume'),
            'resource_uuid': ('', 'A', 'Z', 'a'),
            'request_id': ('', 'req-1', 'req-A', 'req-a'),
        }
        for key, ordered in values.items():
            # Stored in another order than any requested order.
            stored = {value: self.message(
                **{key: value, 'project_id': key})['id']
                for value in (ordered[2], ordered[0], ordered[3],
                              ordered[1])}
            expected = [stored[value] for value in ordered]
            for query, ids in (
                    (f'sort={key}:asc', expected),
                    (f'sort={key}:desc', expected[::-1]),
                    (f'sort={key}', expected[::-1]),
                    (f'sort_key={key}', expected[::-1]),
                    (f'sort_key={key}&sort_dir=asc', expected)):
                with self.subTest(query=query):
                    response = self.request(f'/v3/messages?{query}',
                                            project_id=key)

                    self.assertEqual(
                        ids, [m['id'] for m in response.json['messages']])

    def test_times(self):
        """Users can sort by both names of the expiry."""
        late = self.message(created_at=NOON - SECOND,
                            expires_at=NOON + 9 * SECOND)['id']
        soon = self.message(created_at=NOON, expires_at=NOON + SECOND)['id']
        for query, expected in (
                ('sort=guaranteed_until:asc', [soon, late]),
                ('sort=expires_at:asc', [soon, late]),
                ('sort=guaranteed_until', [late, soon]),
                ('sort=created_at', [soon, late]),
                ('sort=created_at:asc', [late, soon]),
                ('sort=id', [soon, late]),
                ('sort=id:asc', [late, soon]),
                ('sort_dir=asc', [late, soon])):
            with self.subTest(query=query):
                self.assertEqual(expected, self.ids(query))


@database.on_each
class WalkTest(ListTestCase):

    def setUp(self):
        super().setUp()
        # Many ties, in every key; two projects; times to the microsecond.
        moment = datetime.timedelta(microseconds=1)
        self.all = []
        for number in range(12):
            self.all.append(self.message(
                created_at=NOON - moment * (number // 4),
                event_id=f'00000{number % 3}',
                message_level=('ERROR', 'INFO')[number % 2],
                resource_uuid='' if number % 5 == 0 else base.RESOURCE,
                expires_at=NOON + SECOND * (1 + number % 2))['id'])
            self.message(project_id=base.OTHER, created_at=NOON - moment)

    def walk(self, query, *roles):
        """Return the messages of a client that follows the links to the end.
        """
        found, links = [], []
        url = f'/v3/messages?{query}'
        while url:
            response = self.request(url, *roles)
            self.assertEqual(200, response.status_int, response.text)
            body = response.json
            found.append([message['id'] for message in body['messages']])
            [link] = body.get('messages_links', [{'href': None}])
            url = link['href']
            if url:
                self.assertEqual('next', link['rel'])
                self.assertNotIn(url, links)
                links.append(url)
        return found

    def test_each_message_comes_once(self):
        """Users read each message once across all pages."""
        for sort in ('', 'sort=created_at:asc', 'sort=id', 'sort=id:asc',
                     'sort=event_id', 'sort=event_id:asc,created_at:desc',
                     'sort=message_level:desc,event_id:asc,id:desc',
                     'sort=resource_uuid:asc,guaranteed_until:desc',
                     'sort=expires_at,message_level:asc,resource_uuid',
                     'sort=resource_type:asc,request_id:desc',
                     'sort_key=message_level&sort_dir=asc',
                     'sort=event_id:asc,event_id:desc',
                     'sort=created_at:desc,id:asc'):
            whole = self.ids(sort)
            self.assertEqual(sorted(self.all), sorted(whole))
            for size in (1, 2, 3, 5, 11, 12, 13):
                with self.subTest(sort=sort, size=size):
                    pages = self.walk(f'limit={size}&{sort}')

                    self.assertEqual(whole, sum(pages, []), (sort, size))
                    # The last page is not empty, and no page is too large.
                    self.assertEqual(-(-12 // size), len(pages))

    def test_walk_with_filters(self):
        """A filter holds on every page."""
        for query, expected in (
                ('event_id=000001', [1, 4, 7, 10]),
                ('message_level=info', [1, 3, 5, 7, 9, 11]),
                ('message_level=INFO&event_id=000000', [3, 9])):
            for size in (1, 2, 4):
                with self.subTest(query=query, size=size):
                    pages = self.walk(f'{query}&limit={size}')

                    self.assertEqual(
                        sorted(self.all[number] for number in expected),
                        sorted(sum(pages, [])))

    def test_walk_over_all_projects(self):
        """An administrator's walk ends as well."""
        for sort in ('', '&sort=created_at:asc', '&sort=event_id',
                     '&sort=event_id:asc,created_at'):
            for size in (5, 24):
                with self.subTest(sort=sort, size=size):
                    pages = self.walk(f'all_tenants=1&limit={size}{sort}',
                                      'admin')

                    found = sum(pages, [])
                    self.assertEqual(24, len(found))
                    self.assertEqual(24, len(set(found)))

    def test_walk_survives_deletions(self):
        """Users can delete each page before requesting the next."""
        found = []
        url = f'{MESSAGES}?limit=5'
        while url:
            body = self.request(url).json
            for message in body['messages']:
                found.append(message['id'])
                self.request(f'{MESSAGES}/{message["id"]}', method='DELETE')
            [link] = body.get('messages_links', [{'href': None}])
            url = link['href']

        self.assertEqual(sorted(self.all), sorted(found))
        self.assertEqual([], self.ids())

    def test_once_more_after_the_last_page(self):
        """openstacksdk requests one more page with the last ID, and stops."""
        last = self.walk('limit=5')[-1][-1]

        self.assertEqual([], self.ids(f'limit=5&marker={last}'))


class NextLinkTest(ListTestCase):

    def link(self, url, **values):
        response = self.request(url, **values)
        self.assertEqual(200, response.status_int, response.text)
        [link] = response.json['messages_links']
        self.assertEqual({'rel', 'href'}, set(link))
        self.assertEqual('next', link['rel'])
        return link['href']

    def setUp(self):
        super().setUp()
        self.newest = self.message(
            created_at=NOON, request_id='req &=#+%ä')['id']
        self.message(created_at=NOON - SECOND, request_id='req &=#+%ä')

    def test_link_is_that_of_the_request(self):
        """Links have a project if the URL of the request has one."""
        for path in ('/v3/messages', MESSAGES):
            with self.subTest(path=path):
                self.assertEqual(
                    f'http://localhost{path}?limit=1&marker={self.newest}',
                    self.link(f'{path}?limit=1'))

    def test_link_keeps_all_parameters(self):
        """Links keep filters, order and size, and have a new marker."""
        href = self.link(
            '/v3/messages?limit=1&request_id=req+%26%3D%23%2B%25%C3%A4'
            f'&sort=created_at:desc&resource_type=volume&marker={FAR_END}'
            f'&project_id={base.PROJECT}&all_tenants=')

        self.assertEqual(
            [('limit', '1'), ('request_id', 'req &=#+%ä'),
             ('sort', 'created_at:desc'), ('resource_type', 'volume'),
             ('project_id', base.PROJECT), ('all_tenants', ''),
             ('marker', self.newest)],
            parse.parse_qsl(parse.urlsplit(href).query,
                            keep_blank_values=True))
        self.assertTrue(href.isascii())

    def test_encoded_link_leads_on(self):
        """Users can follow an encoded link with the same parameters."""
        href = self.link(
            '/v3/messages?limit=1&request_id=req+%26%3D%23%2B%25%C3%A4')

        self.assertEqual(1, len(self.request(href).json['messages']))

    def test_link_has_the_public_endpoint(self):
        """Clients follow it from where they are."""
        self.serve(api__public_endpoint='https://messages.example.org/um/')

        self.assertEqual(
            f'https://messages.example.org/um{MESSAGES}?limit=1'
            f'&marker={self.newest}',
            self.link(f'{MESSAGES}?limit=1', base_url='http://10.0.0.1/x'))

    def test_link_has_the_prefix_of_the_mount(self):
        """Links work if the service is mounted below a prefix."""
        self.assertEqual(
            'https://c.example:81/um/v3/messages?limit=1'
            f'&marker={self.newest}',
            self.link('/v3/messages?limit=1',
                      base_url='https://c.example:81/um'))

    def test_project_in_a_link_is_quoted(self):
        """An operator may allow projects with any name."""
        self.serve(api__project_id_regex='[^/]+')
        for _number in range(2):
            self.message(project_id='ä b?c')

        href = self.link('/v3/%C3%A4%20b%3Fc/messages?limit=1',
                         project_id='ä b?c')

        self.assertTrue(href.startswith(
            'http://localhost/v3/%C3%A4%20b%3Fc/messages?limit=1&marker='))
        self.assertEqual(1, len(self.request(
            href, project_id='ä b?c').json['messages']))

    def test_last_page_has_no_link(self):
        """Clients follow links to the last page, which has no link."""
        for query in ('', 'limit=2', 'limit=3', 'limit=0',
                      f'limit=1&marker={self.newest}', 'limit=1&offset=1',
                      'limit=1&event_id=999999'):
            with self.subTest(query=query):
                self.assertEqual(['messages'],
                                 list(self.list(query).json))
