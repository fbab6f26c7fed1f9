# SPDX-License-Identifier: Apache-2.0

"""Policies, checked with tokens of a real Keystone."""

import requests

from usermessages.tests.clients import base

UNKNOWN = '019b796d-d600-7000-8000-00000000dead'

# The users, and the arguments of their sessions.
USERS = {
    'reader': ('reader', {}),
    'member': ('member', {}),
    'admin': ('admin', {}),
    'another role': ('service', {}),
    'unscoped': ('nobody', {'project': None}),
    'system': ('system-admin', {'system_scope': 'all'}),
    'domain': ('domain-admin', {'domain_id': 'default'}),
}
NO_PROJECT = {'unscoped': 403, 'system': 403, 'domain': 403}

# Request, then who gets what.
WHO_MAY = {
    'list': {'reader': 200, 'member': 200, 'admin': 200, 'another role': 403},
    'show own': {'reader': 200, 'member': 200, 'admin': 200,
                 'another role': 403},
    'delete own': {'reader': 403, 'member': 204, 'admin': 204,
                   'another role': 403},
    'show foreign': {'reader': 404, 'member': 404, 'admin': 200,
                     'another role': 403},
    'delete foreign': {'reader': 404, 'member': 404, 'admin': 204,
                       'another role': 403},
    'show unknown': {'reader': 404, 'member': 404, 'admin': 404,
                     'another role': 403},
    'delete unknown': {'reader': 404, 'member': 404, 'admin': 404,
                       'another role': 403},
    'all_tenants': {'reader': 200, 'member': 200, 'admin': 200,
                    'another role': 403},
    'own project_id': {'reader': 200, 'member': 200, 'admin': 200,
                       'another role': 403},
    'foreign project_id': {'reader': 403, 'member': 403, 'admin': 200,
                           'another role': 403},
}


class PolicyTestCase(base.ClientTestCase):

    def setUp(self):
        super().setUp()
        self.own = self.message()['id']
        self.foreign = self.message(project_id=self.other_id)['id']

    def ask(self, what, token):
        """Send one of the requests of the table."""
        method, path = {
            'list': ('GET', ''),
            'show own': ('GET', f'/{self.own}'),
            'delete own': ('DELETE', f'/{self.own}'),
            'show foreign': ('GET', f'/{self.foreign}'),
            'delete foreign': ('DELETE', f'/{self.foreign}'),
            'show unknown': ('GET', f'/{UNKNOWN}'),
            'delete unknown': ('DELETE', f'/{UNKNOWN}'),
            'all_tenants': ('GET', '?all_tenants=1'),
            'own project_id': ('GET', f'?project_id={self.project_id}'),
            'foreign project_id': ('GET', f'?project_id={self.other_id}'),
        }[what]
        return requests.request(
            method, f'{self.cloud.url}/v3/{self.project_id}/messages{path}',
            headers={'X-Auth-Token': token} if token else {}, timeout=60)


class WhoMayTest(PolicyTestCase):

    def test_table_of_who_may_what(self):
        """Operators rely on the documented roles, line by line."""
        tokens = {
            name: self.cloud.session(user, **scope).get_token()
            for name, (user, scope) in USERS.items()}

        for what, expected in WHO_MAY.items():
            for name, status in {**expected, **NO_PROJECT}.items():
                with self.subTest(what=what, user=name):
                    response = self.ask(what, tokens[name])

                    self.assertEqual(status, response.status_code,
                                     (what, name, response.text))
                    self.restore(response.status_code == 204 and what)

    def restore(self, deletion):
        """Check that nothing else was deleted, and bring that back."""
        gone = {'delete own': {self.own},
                'delete foreign': {self.foreign}}.get(deletion, set())
        self.assertEqual({self.own, self.foreign} - gone, set(self.stored()))
        if self.own in gone:
            self.own = self.message()['id']
        if self.foreign in gone:
            self.foreign = self.message(project_id=self.other_id)['id']

    def test_lists_of_who_may(self):
        """Users see the messages of their project, and no others."""
        for what, user, expected in (
                ('list', 'reader', [self.own]),
                ('list', 'admin', [self.own]),
                ('all_tenants', 'reader', [self.own]),
                ('all_tenants', 'member', [self.own]),
                ('all_tenants', 'admin', [self.foreign, self.own]),
                ('foreign project_id', 'admin', [self.foreign])):
            with self.subTest(what=what, user=user):
                response = self.ask(
                    what, self.cloud.session_of(user).get_token())

                self.assertEqual(expected, [
                    item['id'] for item in response.json()['messages']])

    def test_foreign_id_has_the_words_of_an_unknown_id(self):
        """Users cannot find out whether an ID exists in another project."""
        for user in ('reader', 'member'):
            token = self.cloud.session_of(user).get_token()
            for verb in ('show', 'delete'):
                with self.subTest(user=user, verb=verb):
                    foreign = self.ask(f'{verb} foreign', token)
                    unknown = self.ask(f'{verb} unknown', token)

                    self.assertEqual(
                        unknown.text.replace(UNKNOWN, self.foreign),
                        foreign.text)


class TokenTest(PolicyTestCase):

    def test_invalid_token(self):
        """Clients without a valid token read the URL of Keystone."""
        revoked = self.cloud.session('member').get_token()
        self.cloud.keystone.request(
            'DELETE', '/auth/tokens', headers={'X-Subject-Token': revoked})

        for name, token in (('none', None), ('made up', 'nonsense'),
                            ('revoked', revoked)):
            for what in WHO_MAY:
                with self.subTest(token=name, what=what):
                    response = self.ask(what, token)

                    self.assertEqual(401, response.status_code)
                    self.assertIn(self.cloud.keystone.url,
                                  response.headers['WWW-Authenticate'])
        self.assertEqual([self.foreign, self.own], self.stored())

    def test_token_of_another_project(self):
        """Users cannot read the messages of another project in the URL."""
        token = self.cloud.session('other-admin', 'other').get_token()

        for what in WHO_MAY:
            with self.subTest(what=what):
                response = self.ask(what, token)

                self.assertEqual(400, response.status_code)
                self.assertEqual(
                    {'badRequest': {'code': 400,
                                    'message': 'Malformed request url'}},
                    response.json())
        self.assertEqual([self.foreign, self.own], self.stored())


class LogTest(PolicyTestCase):

    def test_every_deletion_is_logged(self):
        """Operators find out from the log who deleted a message."""
        for what, user in (('delete own', 'member'),
                           ('delete foreign', 'admin')):
            with self.subTest(what=what):
                session = self.cloud.session_of(user)
                self.ask(what, session.get_token())

                self.assertIn(
                    f'User {session.get_user_id()} of project '
                    f'{self.project_id} deleted message '
                    f'{self.own if user == "member" else self.foreign}',
                    self.cloud.service.log.read_text())

    def test_no_token_is_logged(self):
        """A reader of the log could otherwise act as the user."""
        token = self.cloud.session_of('member').get_token()

        for what in WHO_MAY:
            self.ask(what, token)

        self.assertNotIn(token, self.cloud.service.log.read_text())
