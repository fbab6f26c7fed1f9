# SPDX-License-Identifier: Apache-2.0

import copy
import datetime
from urllib import parse

from usermessages.api import microversions
from usermessages.api.v3.views import messages
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.tests import base

ID = '019b796d-d600-7000-8000-000000000001'
ROW = {
    'id': ID, 'project_id': base.PROJECT, 'event_id': '000002',
    'parameters': '',
    'action_id': '', 'detail_id': '', 'message_level': 'ERROR',
    'resource_type': 'VOLUME', 'resource_uuid': base.RESOURCE,
    'request_id': base.REQUEST,
    'created_at': datetime.datetime(2026, 1, 1, 12, 0, 0, 5),
    'expires_at': datetime.datetime(2026, 1, 31, 12),
}
VOLUME = microversions.VOLUME.at((3, 71))
USER_MESSAGES = microversions.USER_MESSAGES.at((1, 0))
REMEDIES = microversions.USER_MESSAGES.at((1, 2))
HELP = 'https://help.example.org/messages.html#'


class ViewTest(base.TestCase):

    def view(self, microversion=VOLUME, base_url='http://a/v3',
             project_id=None, language='en', help_url=HELP):
        return messages.View(defined_messages.CATALOG, microversion, base_url,
                             project_id, language, help_url)

    def message(self, **values):
        return self.view().show({**ROW, **values})['message']

    def test_show(self):
        """Clients receive ten keys in the documented formats."""
        self.assertEqual({'message': {
            'id': ID,
            'event_id': '000002',
            'user_message':
                'No storage could be allocated for this volume request.',
            'message_level': 'ERROR',
            'created_at': '2026-01-01T12:00:00.000005+00:00',
            'guaranteed_until': '2026-01-31T12:00:00.000000+00:00',
            'request_id': base.REQUEST,
            'resource_type': 'VOLUME',
            'resource_uuid': base.RESOURCE,
            'links': [{'rel': 'self', 'href': f'http://a/v3/messages/{ID}'},
                      {'rel': 'bookmark',
                       'href': f'http://a/messages/{ID}'}],
        }}, self.view().show(ROW))

    def test_project_is_shown_on_our_axis(self):
        """Administrators see the project in a list of all projects."""
        shown = self.view(USER_MESSAGES).show(ROW)['message']

        self.assertEqual(base.PROJECT, shown['project_id'])
        self.assertEqual(11, len(shown))

    def test_links_have_the_project_of_the_url(self):
        """The project is encoded, since operators choose the format."""
        for project_id, path in (('abc', 'abc'), ('a b', 'a%20b'),
                                 ('ä', '%C3%A4'), ('a/b', 'a%2Fb')):
            with self.subTest(project_id=project_id):
                links = self.view(project_id=project_id).show(
                    ROW)['message']['links']

                self.assertEqual(
                    [f'http://a/v3/{path}/messages/{ID}',
                     f'http://a/{path}/messages/{ID}'],
                    [link['href'] for link in links])

    def test_bookmarks_have_no_version(self):
        """Bookmarks outlive the version and the path of a service."""
        for base_url, expected in (
                ('http://a', 'http://a'), ('http://a/v3', 'http://a'),
                ('http://a/v2.1', 'http://a'), ('http://a/x/v1', 'http://a/x'),
                ('http://a/v1/x', 'http://a/v1/x'),
                ('http://a/vienna', 'http://a/vienna')):
            with self.subTest(base_url=base_url):
                links = self.view(base_url=base_url).show(
                    ROW)['message']['links']

                self.assertEqual(
                    [f'{base_url}/messages/{ID}', f'{expected}/messages/{ID}'],
                    [link['href'] for link in links])

    def test_texts(self):
        """Users read the text of the catalog for any stored message."""
        unknown = 'The operation failed for an unknown reason.'
        for values, expected in (
                ({'event_id': '000001'}, unknown),
                ({'event_id': '999999'}, unknown),
                ({'event_id': ''}, unknown),
                ({'event_id': 'VOLUME_VOLUME_001_003', 'action_id': '001',
                  'detail_id': '003'},
                 'Scheduling the volume:no storage back end can satisfy the '
                 'request.'),
                ({'event_id': 'VOLUME_VOLUME_001_999', 'action_id': '001',
                  'detail_id': '999'},
                 'Scheduling the volume:the reason is unknown.'),
                ({'event_id': 'VOLUME_VOLUME_999_003', 'action_id': '999',
                  'detail_id': '003'}, unknown)):
            with self.subTest(**values):
                self.assertEqual(expected,
                                 self.message(**values)['user_message'])

    def test_texts_in_another_language(self):
        """Users read texts in the language of each request."""
        for language, expected in (
                ('de', 'Einplanen des Volumes:kein Speicher-Backend kann die '
                 'Anforderung erfüllen.'),
                ('zh-CN', '调度卷:没有可满足请求的存储后端。'),
                ('fr', 'Scheduling the volume:no storage back end can satisfy '
                 'the request.')):
            with self.subTest(language=language):
                shown = self.view(language=language).show({
                    **ROW, 'event_id': 'VOLUME_VOLUME_001_003',
                    'action_id': '001', 'detail_id': '003'})['message']

                self.assertEqual(expected, shown['user_message'])

    def test_remedy(self):
        """Users read how to react, and where to read more."""
        composed = {'event_id': 'VOLUME_VOLUME_001_006', 'action_id': '001',
                    'detail_id': '006'}
        view = self.view(REMEDIES, language='de')
        for values, expected in (
                ({}, (
                    'change_request', 'Fordern Sie ein kleineres Volume an, '
                    'oder wählen Sie einen anderen Volume-Typ oder eine '
                    'andere Verfügbarkeitszone.', f'{HELP}000002')),
                ({'event_id': '000005'}, ('none', None, f'{HELP}000005')),
                (composed, (
                    'free_quota', 'Löschen Sie Ressourcen, die das Projekt '
                    'nicht mehr benötigt, oder fordern Sie ein höheres '
                    'Kontingent an.',
                    f'{HELP}VOLUME_VOLUME_001_006')),
                # An ID that is not in the catalog leads nowhere.
                ({'event_id': '<a href="//evil">'}, (
                    'contact_operator', 'Wenden Sie sich an einen Betreiber '
                    'und nennen Sie die Request-ID dieser Meldung.', None)),
                ({**composed, 'resource_type': 'TEAPOT'}, (
                    'free_quota', 'Löschen Sie Ressourcen, die das Projekt '
                    'nicht mehr benötigt, oder fordern Sie ein höheres '
                    'Kontingent an.',
                    None))):
            with self.subTest(**values):
                shown = view.show({**ROW, **values})['message']

                links = {link['rel']: link['href'] for link in shown['links']}
                self.assertEqual(expected, (
                    shown['user_action'], shown.get('hint'),
                    links.get('help')))

    def test_event_without_a_remedy_has_none(self):
        """Users of a message without a remedy still find the help link."""
        event = catalog.Event('A.b-c_9', 'Text.')
        shown = messages.View(
            catalog.Catalog('X', events=[event], unknown_error=event),
            REMEDIES, 'http://a', None, 'en', 'https://help/',
        ).show({**ROW, 'event_id': 'A.b-c_9'})['message']

        self.assertNotIn('user_action', shown)
        self.assertNotIn('hint', shown)
        self.assertEqual({'rel': 'help', 'href': 'https://help/A.b-c_9'},
                         shown['links'][2])
        self.assertEqual('A.b-c_9', parse.quote('A.b-c_9', safe=''))

    def test_no_help_without_its_url(self):
        """Operators enable help links with an option."""
        shown = self.view(REMEDIES, help_url=None).show(ROW)['message']

        self.assertEqual(['self', 'bookmark'],
                         [link['rel'] for link in shown['links']])

    def test_no_remedy_before_its_version(self):
        """Clients that came before take no other keys."""
        for microversion in (VOLUME, USER_MESSAGES):
            shown = self.view(microversion).show(ROW)['message']

            self.assertEqual(2, len(shown['links']))
            self.assertEqual(set(), {'user_action', 'hint'} & {*shown})

    def test_levels(self):
        """tempest accepts only three levels."""
        for level, expected in (
                ('ERROR', 'ERROR'), ('WARNING', 'WARNING'), ('INFO', 'INFO'),
                ('FATAL', 'ERROR'), ('', 'ERROR'), ('info', 'ERROR')):
            with self.subTest(level=level):
                self.assertEqual(expected, self.message(
                    message_level=level)['message_level'])

    def test_nothing_is_left_out_and_not_null(self):
        """The schema of tempest accepts no null."""
        shown = self.message(resource_type='', resource_uuid='',
                             request_id='')

        self.assertNotIn('resource_type', shown)
        self.assertNotIn('resource_uuid', shown)
        self.assertEqual('', shown['request_id'])
        self.assertNotIn(None, shown.values())

    def test_index(self):
        """A list has a link only where there may be more."""
        link = {'rel': 'next', 'href': 'http://a/b'}

        self.assertEqual({'messages': []}, self.view().index([], None))
        self.assertEqual(
            {'messages': [], 'messages_links': [link]},
            self.view().index([], link))
        self.assertEqual(
            [self.view().show(ROW)['message']] * 2,
            self.view().index([ROW, ROW], None)['messages'])

    def test_what_is_viewed_stays(self):
        """A view is pure: the same row can be shown again."""
        row = copy.deepcopy(ROW)

        self.view().index([row], None)

        self.assertEqual(ROW, row)
