# SPDX-License-Identifier: Apache-2.0

import datetime

from usermessages.api import filters
from usermessages.api import microversions
from usermessages.api import pagination
from usermessages import exception
from usermessages import fields
from usermessages.tests import base

NAMES = ('resource_uuid', 'resource_type', 'event_id', 'request_id',
         'message_level')
LATEST_NAMES = (*NAMES, 'global_request_id')
V3_5 = microversions.VOLUME.at((3, 5))
V3_31 = microversions.VOLUME.at((3, 31))
V3_34 = microversions.VOLUME.at((3, 34))
V1_0 = microversions.USER_MESSAGES.at((1, 0))
V1_1 = microversions.USER_MESSAGES.at((1, 1))
V1_3 = microversions.USER_MESSAGES.at((1, 3))


class FiltersTest(base.TestCase):

    def filters(self, parameters, microversion=V1_1, allowed=NAMES,
                allowed_like=()):
        return filters.filters(parameters, microversion, allowed,
                               allowed_like)

    def test_each_filter(self):
        """The database layer looks for what the user named."""
        for version in (V3_5, V3_31, V3_34, V1_0, V1_1):
            for name in NAMES:
                for value in ('x', '', '%', '\0', 'ä'):
                    with self.subTest(version=str(version), name=name):
                        self.assertEqual(
                            {name: value},
                            self.filters({name: value}, version))

    def test_other_parameters_are_no_filters(self):
        """Pages and scopes have parameters of their own."""
        self.assertEqual({}, self.filters({
            'limit': '1', 'marker': 'x', 'offset': '1', 'sort': 'id',
            'sort_key': 'id', 'sort_dir': 'asc', 'project_id': 'x',
            'all_tenants': '1'}))

    def test_unknown_name_matches_nothing_of_old(self):
        """Older clients receive an empty list, not a longer one."""
        for parameters in ({'x': '1'}, {'event_id': '1', 'x': '1'},
                           {'x': '1', 'event_id': '1'}, {'event_id~': '1'},
                           {'created_since': 'x'}, {'': ''}):
            with self.subTest(**parameters):
                self.assertIsNone(self.filters(parameters, V3_5))

    def test_unknown_name_is_refused(self):
        """The text names it, and what there is instead."""
        for name in ('x', 'id', 'project', 'EVENT_ID', 'event_id ', '',
                     'user_message', 'expires_at', 'created_at', 'x~'):
            for version in (V3_31, V3_34, V1_0, V1_1):
                with self.subTest(name=name, version=str(version)):
                    error = self.assertRaises(
                        exception.Invalid, self.filters, {name: '1'}, version)

                    self.assertEqual(
                        f'The parameter {name!r} is not a filter here; use '
                        'one of event_id, message_level, request_id, '
                        'resource_type, resource_uuid.', str(error))

    def test_operator_allows_fewer(self):
        """A filter that is slow in their deployment can be closed."""
        self.assertEqual({'event_id': '1'}, self.filters(
            {'event_id': '1'}, allowed=('event_id',)))
        self.assertRaises(exception.Invalid, self.filters,
                          {'request_id': '1'}, allowed=('event_id',))

    def test_global_request_id(self):
        """The filter of version 1.3, unknown to all versions before."""
        parameters = {'global_request_id': base.GLOBAL_REQUEST}

        self.assertEqual(parameters, self.filters(
            parameters, V1_3, LATEST_NAMES))
        self.assertIsNone(self.filters(parameters, V3_5, LATEST_NAMES))
        for version in (V3_31, V3_34, V1_0, V1_1):
            error = self.assertRaises(exception.Invalid, self.filters,
                                      parameters, version, LATEST_NAMES)
            self.assertEqual(
                "The parameter 'global_request_id' requires version 1.3 "
                'of user-messages in the header OpenStack-API-Version.',
                str(error))

    def test_refusal_names_the_filters_of_the_version(self):
        """Clients do not read about the filters of later versions."""
        for version, names in (
                (V3_34, 'event_id, message_level, request_id, resource_type, '
                 'resource_uuid'),
                (V1_3, 'event_id, global_request_id, message_level, '
                 'request_id, resource_type, resource_uuid')):
            error = self.assertRaises(exception.Invalid, self.filters,
                                      {'x': '1'}, version, LATEST_NAMES)
            self.assertEqual("The parameter 'x' is not a filter here; use "
                             f'one of {names}.', str(error))

    def test_like_filters(self):
        """Each key by itself, and never because it is an exact filter."""
        like = ('event_id',)
        for version, name, value, expected in (
                (V3_34, 'event_id~', '2', {'event_id~': '2'}),
                (V1_0, 'event_id~', '', {'event_id~': ''}),
                (V1_0, 'event_id', '2', {'event_id': '2'})):
            with self.subTest(version=str(version), name=name):
                self.assertEqual(expected, self.filters(
                    {name: value}, version, allowed_like=like))
        for version, name in ((V3_34, 'request_id~'), (V3_31, 'event_id~'),
                              (V1_0, 'event_id~~'), (V1_0, '~')):
            with self.subTest(version=str(version), name=name):
                self.assertRaises(
                    exception.Invalid, self.filters, {name: '2'}, version,
                    allowed_like=like)

    def test_times(self):
        """RFC 3339, without an offset in UTC."""
        for text, expected in (
                ('2026-01-01T12:00:00Z', (2026, 1, 1, 12)),
                ('2026-01-01t12:00:00z', (2026, 1, 1, 12)),
                ('2026-01-01 12:00:00', (2026, 1, 1, 12)),
                ('2026-01-01T12:00:00', (2026, 1, 1, 12)),
                ('2026-01-01T12:00:00+00:00', (2026, 1, 1, 12)),
                ('2026-01-01T12:00:00-00:00', (2026, 1, 1, 12)),
                ('2026-01-01T12:00:00+02:00', (2026, 1, 1, 10)),
                ('2026-01-01T12:00:00 02:00', (2026, 1, 1, 10)),
                ('2026-01-01T12:00:00-05:30', (2026, 1, 1, 17, 30)),
                ('2026-01-01T01:00:00+02:00', (2025, 12, 31, 23)),
                ('2026-01-01T12:00:00.5Z', (2026, 1, 1, 12, 0, 0, 500000)),
                ('2026-01-01T12:00:00.000001Z', (2026, 1, 1, 12, 0, 0, 1)),
                ('2026-01-01T12:00:00.000001', (2026, 1, 1, 12, 0, 0, 1)),
                ('2026-01-01T12:00:00.123456789Z',
                 (2026, 1, 1, 12, 0, 0, 123456)),
                # Leap seconds, the second and third of RFC 3339 itself.
                ('2016-12-31T23:59:60Z', (2017, 1, 1)),
                ('1990-12-31T23:59:60Z', (1991, 1, 1)),
                ('1990-12-31T15:59:60-08:00', (1991, 1, 1)),
                ('2016-12-31T23:59:60.5Z', (2017, 1, 1, 0, 0, 0, 500000)),
                ('0001-01-01T00:00:00Z', (1, 1, 1)),
                ('9999-12-31T23:59:59.999999Z',
                 (9999, 12, 31, 23, 59, 59, 999999))):
            for name in ('created_since', 'created_before'):
                with self.subTest(text=text, name=name):
                    self.assertEqual(
                        {name: datetime.datetime(*expected)},
                        self.filters({name: text}))

    def test_what_is_no_time(self):
        """Users read an error for an ambiguous or malformed time."""
        for text in (
                '', ' ', 'x', 'now', '2026-01-01', '2026-W01-1',
                '2026-W01-1T12:00:00Z', '2026-001T12:00:00Z', '20260101',
                '20260101T120000Z', '2026-01-01T12', '2026-01-01T12:00',
                '2026-01-01T12:00Z', '2026-13-01T12:00:00Z',
                '2026-02-29T12:00:00Z', '2026-01-01T25:00:00Z',
                '2026-01-01T12:60:00Z', '2026-01-01T12:00:61Z',
                '2026-01-01T12:00:60Z', '2026-01-01T23:58:60Z',
                '2026-12-31T23:59:61Z', '2026-12-31T23:59:60+01:00',
                '9999-12-31T23:59:60Z',
                '2026-01-01T12:00:00.Z', '2026-01-01T12:00:00,5Z',
                '2026-01-01T12:00:00+2', '2026-01-01T12:00:00+0200',
                '2026-01-01T12:00:00+25:00', '2026-01-01T12:00:00 UTC',
                '2026-01-01T12:00:00Z ', ' 2026-01-01T12:00:00Z',
                '2026-01-01T12:00:00Z\n', '2026-01-01T12:00:00Z\0',
                '2026-01-01  12:00:00', '02026-01-01T12:00:00Z',
                '1767268800', '\u0662026-01-01T12:00:00Z',
                '0000-01-01T00:00:00Z', '10000-01-01T00:00:00Z',
                # Outside of the calendar, once in UTC.
                '0001-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00'):
            for name in ('created_since', 'created_before'):
                with self.subTest(text=text, name=name):
                    error = self.assertRaises(
                        exception.Invalid, self.filters, {name: text})

                    self.assertEqual(
                        f'The parameter {name} is not a time such as '
                        '2026-01-01T00:00:00Z.', str(error))

    def test_since_is_not_later_than_before(self):
        """Users read an error instead of an empty list."""
        noon, later = '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.000001Z'

        error = self.assertRaises(
            exception.Invalid, self.filters,
            {'created_since': later, 'created_before': noon})

        self.assertEqual('created_since is later than created_before.',
                         str(error))
        for since, before in ((noon, noon), (noon, later)):
            with self.subTest(since=since, before=before):
                self.assertEqual(
                    {'created_since', 'created_before'},
                    set(self.filters({'created_since': since,
                                      'created_before': before})))


class IsTrueTest(base.TestCase):

    def test_what_is_true_and_what_is_false(self):
        """cinderclient sends 1, other clients send words."""
        for text in ('', '1', 'true', 'True', 'TRUE'):
            with self.subTest(text=text):
                self.assertIs(True, filters.is_true('all_tenants', text))
        for text in ('0', 'false', 'False'):
            with self.subTest(text=text):
                self.assertIs(False, filters.is_true('all_tenants', text))

    def test_what_is_neither(self):
        """Users read an error instead of a list with a guessed scope."""
        for text in ('2', 'yes', 'no', 'on', ' ', '1 ', 'None', '01',
                     '\u0661', '-1', 'truе'):
            with self.subTest(text=text):
                error = self.assertRaises(
                    exception.Invalid, filters.is_true, 'all_tenants', text)

                self.assertEqual('The parameter all_tenants must be true '
                                 'or false.', str(error))


class NamesTest(base.TestCase):

    def test_operators_allow_exact_filters_by_default(self):
        """Filters that read all messages of a project are off by default."""
        self.assertEqual(set(LATEST_NAMES),
                         set(self.conf.api.resource_filters))
        self.assertEqual([], self.conf.api.like_filters)

    def test_no_name_has_two_meanings(self):
        """A parameter is a filter, a scope or a part of the page."""
        names = [*fields.FILTERS, *filters.SCOPES,
                 *pagination.PARAMETERS]

        self.assertEqual(len(names), len(set(names)))
