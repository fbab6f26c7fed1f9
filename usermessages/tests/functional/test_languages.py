# SPDX-License-Identifier: Apache-2.0

"""The same stored messages, read by people with different languages."""

from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

MESSAGES = f'/v3/{base.PROJECT}/messages'
TEXTS = {
    'en': ('Scheduling the volume:no storage back end can satisfy the '
           'request.',
           'No storage could be allocated for this volume request.'),
    'de': ('Einplanen des Volumes:kein Speicher-Backend kann die '
           'Anforderung erfüllen.',
           'Dieser Volume-Anforderung konnte kein Speicherplatz zugewiesen '
           'werden.'),
    'ja': ('ボリュームのスケジューリング:'
           '要求を満たせるストレージバックエンドがありません。',
           'このボリュームの要求にストレージを割り当てることができませんでした。'),
    'zh-CN': ('调度卷:没有可满足请求的存储后端。',
              '无法为此卷请求分配存储空间。'),
}
# Header of a client, and language of the response.
HEADERS = (
    (None, 'en'), ('de', 'de'), ('ja', 'ja'), ('zh-CN', 'zh-CN'),
    ('de-CH;q=0.9, fr;q=0.8', 'de'), ('*', 'en'), ('garbage;;q=é', 'en'),
    ('zh-Hans-CN', 'zh-CN'), ('zh-TW', 'en'), ('zh-Hant', 'en'),
    ('zh-HK', 'en'), ('zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7', 'en'),
    ('zh-TW,zh;q=0.9,ja;q=0.8', 'ja'), (' \tde\t', 'de'),
    ('fr', 'en'), ('de,' * 3334, 'en'))


class LanguagesTest(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.single = self.message()
        self.composed = self.message(
            event_id='VOLUME_VOLUME_001_003', action_id='001',
            detail_id='003',
            created_at=self.single['created_at'] + functional_base.SECOND)

    def ask(self, path, language, **values):
        return self.request(path, headers=(
            {} if language is None else {'Accept-Language': language}),
            **values)

    def test_list(self):
        """Users read the same stored message in their own languages."""
        for header, language in HEADERS:
            with self.subTest(header=header):
                response = self.ask(MESSAGES, header)

                self.assertEqual(200, response.status_int)
                self.assertEqual(TEXTS[language], tuple(
                    message['user_message']
                    for message in response.json['messages']))
                self.assertEqual(language,
                                 response.headers['Content-Language'])
                self.assertEqual(
                    {'OpenStack-API-Version', 'Accept-Language'},
                    set(response.vary))

    def test_show(self):
        """Users read the text in their language for each service type."""
        self.serve(api__compat_service_type='volume')
        for version in (None, 'user-messages 1.1', 'volume 3.3'):
            response = self.ask(f'{MESSAGES}/{self.single["id"]}', 'ja',
                                version=version)

            self.assertEqual(TEXTS['ja'][1],
                             response.json['message']['user_message'])
            self.assertEqual('ja', response.headers['Content-Language'])

    def test_nothing_else_is_translated(self):
        """Programs compare the other fields, user actions included."""
        german, english = [
            self.ask(MESSAGES, language,
                     version='user-messages latest').json['messages']
            for language in ('de', 'en')]
        self.assertIn('Fordern Sie ', german[0]['hint'])
        for message in [*german, *english]:
            del message['user_message'], message['hint']

        self.assertEqual(english, german)

    def test_head(self):
        """Clients receive the headers of GET for HEAD."""
        response = self.ask(MESSAGES, 'de', method='HEAD')

        self.assertEqual('de', response.headers['Content-Language'])
        self.assertIn('Accept-Language', response.vary)

    def test_errors_are_english(self):
        """Developers of clients read errors in English."""
        for path, status in ((f'{MESSAGES}?limit=x', 400),
                             (f'{MESSAGES}/{functional_base.UNKNOWN}', 404)):
            response = self.ask(path, 'de')

            self.assertEqual(status, response.status_int)
            self.assertNotIn('Content-Language', response.headers)
            self.assertEqual(('OpenStack-API-Version',), response.vary)

    def test_answer_without_a_body_has_no_language(self):
        """A response without a body has no Content-Language."""
        response = self.ask(f'{MESSAGES}/{self.single["id"]}', 'de',
                            method='DELETE')

        self.assertEqual(204, response.status_int)
        self.assertNotIn('Content-Language', response.headers)
