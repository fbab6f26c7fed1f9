# SPDX-License-Identifier: Apache-2.0

from usermessages.api import microversions
from usermessages.api import pagination
from usermessages import exception
from usermessages.tests import base

V1_0 = microversions.USER_MESSAGES.at((1, 0))


class PageTest(base.TestCase):

    def page(self, **parameters):
        return pagination.page(parameters, 1000, V1_0)

    def test_nothing_is_asked_for(self):
        """The first page, in the order of the database layer."""
        self.assertEqual(
            pagination.Page(limit=1000, marker=None, offset=0, sort_keys=(),
                            sort_dirs=()), self.page())

    def test_limit(self):
        """Users can request no message, or up to the maximum."""
        for text, expected in (
                ('0', 0), ('1', 1), ('999', 999), ('1000', 1000),
                ('1001', 1000), ('007', 7), ('00', 0),
                ('9' * 20, 1000), ('9' * 21, 1000), ('9' * 5000, 1000),
                ('0' * 5000 + '3', 3)):
            with self.subTest(text=text[:30]):
                self.assertEqual(expected, self.page(limit=text).limit)

    def test_offset(self):
        """Clients receive an error for an offset above the database's
        integers.
        """
        for text, expected in (('0', 0), ('5', 5), ('2147483647', 2147483647),
                               ('0' * 30 + '1', 1)):
            with self.subTest(text=text):
                self.assertEqual(expected, self.page(offset=text).offset)
        for text in ('2147483648', '9' * 30, '9' * 5000):
            with self.subTest(text=text[:30]):
                error = self.assertRaises(exception.Invalid, self.page,
                                          offset=text)

                self.assertEqual(
                    'The parameter offset must be at most 2147483647.',
                    str(error))

    def test_what_is_no_number(self):
        """Users read the name of the wrong parameter."""
        for name in ('limit', 'offset'):
            for text in ('', ' ', '-1', '+1', '1.0', '1.5', '1e3', '0x10',
                         'ten', '1 ', ' 1', '1_0', '\u0663', '\uff11',
                         '\u00b2', 'None', 'null', 'NaN', '1\n', '1;',
                         '\0'):
                with self.subTest(name=name, text=text):
                    error = self.assertRaises(
                        exception.Invalid, self.page, **{name: text})

                    self.assertEqual(
                        f'The parameter {name} must be an integer of at least '
                        '0.', str(error))

    def test_sort(self):
        """Users can sort as in other OpenStack lists."""
        for text, keys, directions in (
                ('id', ('id',), ('desc',)),
                ('id:asc', ('id',), ('asc',)),
                ('id:desc', ('id',), ('desc',)),
                ('created_at:asc,id:desc', ('created_at', 'id'),
                 ('asc', 'desc')),
                ('event_id,message_level:asc', ('event_id', 'message_level'),
                 ('desc', 'asc')),
                ('guaranteed_until:asc', ('expires_at',), ('asc',)),
                ('expires_at:asc', ('expires_at',), ('asc',)),
                (' id : asc , event_id', ('id', 'event_id'),
                 ('asc', 'desc'))):
            with self.subTest(text=text):
                page = self.page(sort=text)

                self.assertEqual((keys, directions),
                                 (page.sort_keys, page.sort_dirs))

    def test_sort_of_old(self):
        """Older clients send a key and a direction."""
        for parameters, keys, directions in (
                ({'sort_key': 'event_id'}, ('event_id',), ('desc',)),
                ({'sort_key': 'event_id', 'sort_dir': 'asc'}, ('event_id',),
                 ('asc',)),
                ({'sort_dir': 'asc'}, ('created_at',), ('asc',))):
            with self.subTest(**parameters):
                page = self.page(**parameters)

                self.assertEqual((keys, directions),
                                 (page.sort_keys, page.sort_dirs))

    def test_sort_that_makes_no_sense(self):
        """Users read an error instead of a list in another order."""
        for parameters in (
                {'sort': ''}, {'sort': ','}, {'sort': 'id,'},
                {'sort': ',id'}, {'sort': 'nonsense'}, {'sort': 'id:up'},
                {'sort': 'id:'}, {'sort': 'id:ASC'}, {'sort': ':asc'},
                {'sort': 'ID'}, {'sort': 'id:asc:desc'},
                {'sort': 'project_id'}, {'sort': 'user_message'},
                {'sort': 'id; DROP TABLE user_messages'},
                {'sort': 'id', 'sort_key': 'id'},
                {'sort': 'id', 'sort_dir': 'asc'},
                {'sort_key': ''}, {'sort_key': 'nonsense'},
                {'sort_key': 'id', 'sort_dir': ''},
                {'sort_key': 'id', 'sort_dir': 'up'},
                {'sort_key': 'id,event_id'},
                {'sort': ','.join(['id'] * 11)}):
            with self.subTest(**parameters):
                self.assertRaises(exception.Invalid, self.page, **parameters)

    def test_ten_keys(self):
        """Users can sort by at most ten keys."""
        page = self.page(sort=','.join(['event_id', 'id'] * 5))

        self.assertEqual(10, len(page.sort_keys))

    def test_marker_is_taken_as_it_is(self):
        """Only the database knows whether a marker exists."""
        for marker in ('', 'abc', '\0',
                       '019b796d-d600-7000-8000-00000000dead'):
            with self.subTest(marker=marker):
                self.assertEqual(marker, self.page(marker=marker).marker)


class NextLinkTest(base.TestCase):

    def link(self, *parameters):
        return pagination.next_link('http://localhost/v3/messages',
                                    parameters, 'LAST')

    def test_link_has_all_parameters(self):
        """Clients follow the link to more of the same list."""
        self.assertEqual(
            {'rel': 'next',
             'href': 'http://localhost/v3/messages?limit=2&sort=id%3Aasc'
                     '&event_id=000002&marker=LAST'},
            self.link(('limit', '2'), ('sort', 'id:asc'),
                      ('event_id', '000002')))

    def test_link_is_encoded(self):
        """A value cannot end the query or begin another parameter."""
        self.assertEqual(
            'http://localhost/v3/messages?request_id=a%26marker%3Db%3D%23'
            '+%2B%25%C3%A4%F0%9F%92%A3%00&event_id~=x&marker=LAST',
            self.link(('request_id', 'a&marker=b=# +%ä\U0001f4a3\0'),
                      ('event_id~', 'x'))['href'])

    def test_link_has_a_marker_only_once(self):
        """The marker of the next page replaces the old one."""
        self.assertEqual(
            'http://localhost/v3/messages?limit=2&marker=LAST',
            self.link(('marker', 'FIRST'), ('limit', '2'))['href'])

    def test_link_takes_the_offset_back(self):
        """Clients would skip messages on every page."""
        self.assertEqual(
            'http://localhost/v3/messages?offset=0&limit=2&marker=LAST',
            self.link(('offset', '5'), ('limit', '2'))['href'])
