# SPDX-License-Identifier: Apache-2.0

import os

from usermessages.tests import base
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import UNKNOWN

ROLES = {
    'reader': ('reader',),
    'member': ('member', 'reader'),
    'admin': ('admin', 'member', 'reader'),
    'admin alone': ('admin',),
    'another role': ('auditor',),
    'no role': (),
    'service': ('service',),
}

# Request, then who gets what; a role that is not named gets "others".
WHO_MAY = [
    ('list', {'reader': 200, 'member': 200, 'admin': 200, 'admin alone': 200,
              'others': 403, 'no project': 403}),
    ('show own', {'reader': 200, 'member': 200, 'admin': 200,
                  'admin alone': 200, 'others': 403, 'no project': 403}),
    ('delete own', {'reader': 403, 'member': 204, 'admin': 204,
                    'admin alone': 204, 'others': 403, 'no project': 403}),
    ('show foreign', {'reader': 404, 'member': 404, 'admin': 200,
                      'admin alone': 200, 'others': 403, 'no project': 403}),
    ('delete foreign', {'reader': 404, 'member': 404, 'admin': 204,
                        'admin alone': 204, 'others': 403,
                        'no project': 403}),
    ('show unknown', {'reader': 404, 'member': 404, 'admin': 404,
                      'admin alone': 404, 'others': 403, 'no project': 403}),
    ('delete unknown', {'reader': 404, 'member': 404, 'admin': 404,
                        'admin alone': 404, 'others': 403,
                        'no project': 403}),
    ('all_tenants', {'reader': 200, 'member': 200, 'admin': 200,
                     'admin alone': 200, 'others': 403, 'no project': 403}),
    ('own project_id', {'reader': 200, 'member': 200, 'admin': 200,
                        'admin alone': 200, 'others': 403,
                        'no project': 403}),
    ('foreign project_id', {'reader': 403, 'member': 403, 'admin': 200,
                            'admin alone': 200, 'others': 403,
                            'no project': 403}),
]


class WhoMayTest(functional_base.APITestCase):

    def ask(self, what, token):
        """Send one of the requests of the table, about fresh messages."""
        own = self.message()['id']
        foreign = self.message(project_id=base.OTHER)['id']
        method, path = {
            'list': ('GET', '/v3/messages'),
            'show own': ('GET', f'/v3/messages/{own}'),
            'delete own': ('DELETE', f'/v3/messages/{own}'),
            'show foreign': ('GET', f'/v3/messages/{foreign}'),
            'delete foreign': ('DELETE', f'/v3/messages/{foreign}'),
            'show unknown': ('GET', f'/v3/messages/{UNKNOWN}'),
            'delete unknown': ('DELETE', f'/v3/messages/{UNKNOWN}'),
            'all_tenants': ('GET', '/v3/messages?all_tenants=1'),
            'own project_id': (
                'GET', f'/v3/messages?project_id={base.PROJECT}'),
            'foreign project_id': (
                'GET', f'/v3/messages?project_id={base.OTHER}'),
        }[what]
        response = self.request(path, method=method, token=token)
        remaining = {row['id'] for row in self.stored()}
        # Only a successful deletion deletes a message.
        if response.status_int == 204:
            self.assertEqual(
                own if what == 'delete own' else foreign,
                ({own, foreign} - remaining).pop(), what)
        self.assertLessEqual(
            {own, foreign} - remaining,
            {own, foreign} if response.status_int == 204 else set(), what)
        return response

    def test_table_of_who_may_what(self):
        """Operators rely on the documented roles, line by line."""
        for what, expected in WHO_MAY:
            for name, roles in ROLES.items():
                with self.subTest(what=what, roles=name):
                    response = self.ask(what, self.token(*roles))

                    self.assertEqual(
                        expected.get(name, expected['others']),
                        response.status_int, (what, name, response.text))

    def test_no_project_is_no_access(self):
        """Messages belong to projects, not to the system."""
        for what, expected in WHO_MAY:
            for scope in ('system', 'domain', 'none'):
                token = self.scoped_token(scope, 'admin', 'member', 'reader')
                with self.subTest(what=what, scope=scope):
                    response = self.ask(what, token)

                    self.assertEqual(expected['no project'],
                                     response.status_int, (what, scope))
                    self.assertEqual(
                        'Messages belong to projects: a token of a project '
                        'is required.',
                        self.assertFault(403, 'forbidden', response))

    def test_no_project_is_no_access_by_url(self):
        """Users need a token of the project in the URL."""
        token = self.scoped_token('system', 'admin')

        response = self.request(f'/v3/{base.PROJECT}/messages', token=token)

        self.assertFault(403, 'forbidden', response)

    def test_refusal_names_the_rule(self):
        """An operator finds what to change in the policy file."""
        message = self.message()
        path = f'/v3/messages/{message["id"]}'
        for rule, method, url, role in (
                ('message:get_all', 'GET', '/v3/messages', 'auditor'),
                ('message:get', 'GET', path, 'auditor'),
                ('message:delete', 'DELETE', path, 'reader')):
            with self.subTest(rule=rule):
                text = self.assertFault(403, 'forbidden', self.request(
                    url, role, method=method))

                self.assertEqual(
                    f"Policy doesn't allow {rule} to be performed.", text)

    def test_foreign_id_has_the_words_of_an_unknown_id(self):
        """Users cannot find out whether an ID exists in another project."""
        foreign = self.message(project_id=base.OTHER)['id']
        for method, role in (('GET', 'reader'), ('GET', 'member'),
                             ('DELETE', 'reader'), ('DELETE', 'member')):
            with self.subTest(method=method, role=role):
                answers = []
                for message_id in (foreign, UNKNOWN):
                    response = self.request(f'/v3/messages/{message_id}',
                                            role, method=method)
                    answers.append(
                        response.text.replace(message_id, 'ID'))

                self.assertEqual(
                    ['{"itemNotFound": {"code": 404, "message": '
                     '"Message ID could not be found."}}'] * 2, answers)

    def test_scope_of_lists(self):
        """Only administrators can list all projects."""
        own = self.message()
        foreign = self.message(project_id=base.OTHER)
        everything = [foreign, own]

        for query, roles, expected in (
                ('', 'reader', [own]),
                ('', 'member', [own]),
                ('', 'admin', [own]),
                ('?all_tenants=1', 'reader', [own]),
                ('?all_tenants=1', 'member', [own]),
                ('?all_tenants=1', 'admin', everything),
                (f'?project_id={base.OTHER}', 'admin', [foreign]),
                (f'?project_id={base.PROJECT}', 'admin', [own]),
                (f'?project_id={base.PROJECT}', 'reader', [own]),
                (f'?project_id={base.PROJECT}&all_tenants=1', 'reader',
                 [own]),
                (f'?project_id={base.OTHER}&all_tenants=1', 'admin',
                 [foreign])):
            with self.subTest(query=query, roles=roles):
                self.assertIDs(expected,
                               self.request(f'/v3/messages{query}', roles))

    def test_foreign_project_is_refused_with_all_tenants_too(self):
        """The flag that is ignored does not let the other parameter in."""
        self.message(project_id=base.OTHER)

        response = self.request(
            f'/v3/messages?all_tenants=1&project_id={base.OTHER}', 'member')

        self.assertFault(403, 'forbidden', response)

    def test_foreign_project_in_the_url_is_malformed(self):
        """Users, administrators included, receive 400 for a foreign project.
        """
        foreign = self.message(project_id=base.OTHER)['id']
        for roles in (('reader',), ('member',), ('admin',)):
            for method, tail in (('GET', ''), ('GET', f'/{foreign}'),
                                 ('DELETE', f'/{foreign}')):
                with self.subTest(roles=roles, method=method, tail=tail):
                    response = self.request(
                        f'/v3/{base.OTHER}/messages{tail}', *roles,
                        method=method)

                    self.assertEqual(
                        'Malformed request url',
                        self.assertFault(400, 'badRequest', response))
        self.assertEqual([foreign], [row['id'] for row in self.stored()])


class PolicyFileTest(functional_base.APITestCase):

    def policy(self, text):
        """Serve with the policy file of an operator."""
        [path] = self.create_tempfiles([('policy', text)], '.yaml')
        self.serve(oslo_policy__policy_file=os.path.abspath(path))

    def test_operator_forbids_deletion(self):
        """Operators can keep messages for an audit."""
        message = self.message()
        self.policy('"message:delete": "!"')

        response = self.request(f'/v3/messages/{message["id"]}', 'admin',
                                method='DELETE')

        self.assertFault(403, 'forbidden', response)
        self.assertEqual([message], self.stored())

    def test_operator_lets_a_support_role_see_all_projects(self):
        """The support team needs no administrator role."""
        foreign = self.message(project_id=base.OTHER)
        self.policy('"message:get_all:all_projects": "role:support"\n'
                    '"message:get:all_projects": "role:support"\n')
        roles = ('reader', 'support')

        self.assertIDs([foreign], self.request(
            '/v3/messages?all_tenants=1', *roles))
        self.assertIDs([foreign], self.request(
            f'/v3/messages?project_id={base.OTHER}', *roles))
        self.assertEqual(200, self.request(
            f'/v3/messages/{foreign["id"]}', *roles).status_int)
        self.assertEqual(404, self.request(
            f'/v3/messages/{foreign["id"]}', 'member', 'support',
            method='DELETE').status_int)
        self.assertEqual(404, self.request(
            f'/v3/messages/{foreign["id"]}', 'admin').status_int)

    def test_each_rule_widens_its_own_verb(self):
        """Permission to list all projects does not allow deletion."""
        verbs = {
            'get_all': lambda: self.request(
                f'/v3/messages?project_id={base.OTHER}', 'member', 'x'),
            'get': lambda: self.request(
                f'/v3/messages/{foreign}', 'member', 'x'),
            'delete': lambda: self.request(
                f'/v3/messages/{foreign}', 'member', 'x', method='DELETE'),
        }
        for widened in ('get_all', 'get', 'delete'):
            foreign = self.message(project_id=base.OTHER)['id']
            self.policy(f'"message:{widened}:all_projects": "role:x"')
            with self.subTest(widened=widened):
                self.assertEqual(
                    [widened], [verb for verb, ask in verbs.items()
                                if ask().status_int < 300])

    def test_rule_of_the_operator_sees_the_project(self):
        """Operators can use the project in a rule, as in Cinder."""
        self.message()
        self.policy(f'"message:get_all": "project_id:{base.OTHER}"')

        self.assertFault(403, 'forbidden',
                         self.request('/v3/messages', 'admin'))
        self.assertEqual(200, self.request(
            '/v3/messages', 'x', project_id=base.OTHER).status_int)
