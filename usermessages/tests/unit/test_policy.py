# SPDX-License-Identifier: Apache-2.0

import itertools
import os

import fixtures
from oslo_policy import policy as oslo_policy

from usermessages.api.v3 import router
from usermessages import exception
from usermessages import policies
from usermessages.policies import messages as rules
from usermessages import policy
from usermessages.tests import base

# What the controller asks for; the rule and its wider twin.
RULE_OF = {'index': 'message:get_all', 'show': 'message:get',
           'delete': 'message:delete'}


def documented():
    """Return the rules about operations, with what they are documented."""
    return {rule.name: {(operation['method'], operation['path'])
                        for operation in rule.operations}
            for rule in policies.list_rules()
            if isinstance(rule, oslo_policy.DocumentedRuleDefault)}


class ListRulesTest(base.TestCase):

    def test_every_route_has_its_rules(self):
        """A URL that no rule speaks of would be open to everybody."""
        for path, methods in router.ROUTES:
            for method, action in methods.items():
                with self.subTest(path=path, method=method):
                    self.assertEqual(
                        {RULE_OF[action], RULE_OF[action] + ':all_projects'},
                        {name for name, operations in documented().items()
                         if (method, path) in operations})

    def test_every_operation_is_a_route(self):
        """The sample policy file tells of nothing that is not there."""
        routes = {(method, path) for path, methods in router.ROUTES
                  for method in methods}

        self.assertEqual(
            routes, set(itertools.chain(*documented().values())))

    def test_names(self):
        """Operators write these names into their policy files."""
        self.assertEqual([
            'message:delete', 'message:delete:all_projects',
            'message:get', 'message:get:all_projects',
            'message:get_all', 'message:get_all:all_projects',
            'user_messages_admin', 'user_messages_project_member',
            'user_messages_project_reader',
        ], sorted(rule.name for rule in policies.list_rules()))

    def test_rules_of_operations_are_for_projects_and_described(self):
        """No token of another scope slips through, and the docs are whole."""
        for rule in policies.list_rules():
            with self.subTest(rule=rule.name):
                self.assertTrue(rule.description.strip())
                if rule.name.startswith('message:'):
                    self.assertEqual(['project'], rule.scope_types)


class PolicyTest(base.TestCase):

    def test_policy_file_that_is_wrong(self):
        """An operator reads that at the start, and not a user later."""
        for text in ('"message:get": [', '- a\n- b\n', '\0'):
            [path] = self.create_tempfiles([('policy', text)], '.yaml')
            oslo_policy.Enforcer(self.conf)
            self.set(self.conf, oslo_policy__policy_file=path)
            with self.subTest(text=text):
                error = self.assertRaises(exception.ConfigurationError,
                                          policy.of_operator, self.conf)

                self.assertIn('The policy file can not be used: ',
                              str(error))
                self.assertNotIn('\n', str(error))

    def test_policy_file_that_changes(self):
        """It counts a second later, and is not looked at in between."""
        [path] = self.create_tempfiles([('policy', '{}')], '.yaml')
        oslo_policy.Enforcer(self.conf)
        self.set(self.conf, oslo_policy__policy_file=path)
        now = 1000.0
        self.useFixture(fixtures.MonkeyPatch('time.monotonic', lambda: now))
        found = policy.of_operator(self.conf)
        context = self.context(roles=['member'])
        with open(path, 'w') as file:
            file.write('"message:get": "!"')
        os.utime(path, (2000000000, 2000000000))

        at_once = found.allows(context, rules.GET)
        now += 1
        later = found.allows(context, rules.GET)

        self.assertEqual((True, False), (at_once, later))


class AuthorizeTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.policy = policy.of_operator(self.conf)

    def test_member_may(self):
        """A rule that holds raises nothing."""
        self.policy.authorize(self.context(roles=['member']), rules.DELETE)

    def test_reader_may_not_delete(self):
        """The refusal names the rule, and nothing of the user."""
        error = self.assertRaises(
            exception.Forbidden, self.policy.authorize,
            self.context(roles=['reader'], user_id='alice'), rules.DELETE)

        self.assertEqual(
            "Policy doesn't allow message:delete to be performed.",
            str(error))

    def test_no_project_is_refused_before_any_rule(self):
        """A rule of the operator's that is always true does not help."""
        open_policy = policy.Policy(lambda *_: True)

        for project_id in (None, ''):
            with self.subTest(project_id=project_id):
                context = self.context(project_id=project_id,
                                       roles=['admin'])

                self.assertRaises(exception.Forbidden, open_policy.authorize,
                                  context, rules.GET)
                self.assertIs(False, open_policy.allows(context, rules.GET))

    def test_host_brings_its_enforcer(self):
        """A host that mounts the endpoint has one policy file for both."""
        enforcer = oslo_policy.Enforcer(self.conf)
        enforcer.register_defaults(policies.list_rules(
            'bakery:message', reader='role:eater', member='role:baker',
            admin='role:owner'))
        of_host = policy.Policy(
            lambda context, rule, target: enforcer.authorize(
                rule, target, context), 'bakery:message')

        self.assertEqual(
            ['bakery:message:delete', 'bakery:message:delete:all_projects',
             'bakery:message:get', 'bakery:message:get:all_projects',
             'bakery:message:get_all', 'bakery:message:get_all:all_projects'],
            sorted(enforcer.registered_rules))
        for role, allowed in (
                ('eater', {rules.GET, rules.GET_ALL}),
                ('baker', {rules.DELETE}),
                ('owner', {rules.GET + rules.ALL_PROJECTS,
                           rules.GET_ALL + rules.ALL_PROJECTS,
                           rules.DELETE + rules.ALL_PROJECTS}),
                ('admin', set())):
            with self.subTest(role=role):
                self.assertEqual(allowed, {
                    verb + width for verb in (rules.GET_ALL, rules.GET,
                                              rules.DELETE)
                    for width in ('', rules.ALL_PROJECTS)
                    if of_host.allows(self.context(roles=[role]),
                                      verb + width)})

    def test_host_has_checked_something_else_until_now(self):
        """Its operators get a release of time, as with its other rules."""
        enforcer = oslo_policy.Enforcer(self.conf)
        self.conf.set_override('enforce_new_defaults', False, 'oslo_policy')
        enforcer.suppress_deprecation_warnings = True
        enforcer.register_defaults(policies.list_rules(
            reader='role:eater', member='role:baker', admin='role:owner',
            deprecated=lambda name: oslo_policy.DeprecatedRule(
                name, 'role:guest', deprecated_reason='All may read.',
                deprecated_since='1.0')))
        of_host = policy.Policy(
            lambda context, rule, target: enforcer.authorize(
                rule, target, context))

        guest = self.context(roles=['guest'])

        self.assertTrue(of_host.allows(guest, rules.GET))
        self.assertFalse(
            of_host.allows(guest, rules.GET + rules.ALL_PROJECTS))

    def test_refusal_names_the_rule_of_the_host(self):
        """Its operator looks for that name in their policy file."""
        error = self.assertRaises(
            exception.Forbidden,
            policy.Policy(lambda *_: False, 'bakery').authorize,
            self.context(), rules.GET)

        self.assertEqual("Policy doesn't allow bakery:get to be performed.",
                         str(error))


class AllowsTest(base.TestCase):

    def test_token_of_the_system_has_no_access(self):
        """Scope is checked even where a context has a project as well."""
        enforcer = policy.of_operator(self.conf)

        self.assertIs(False, enforcer.allows(
            self.context(system_scope='all', roles=['admin']), rules.GET))

    def test_roles(self):
        """Each role of the default rules, for its own project."""
        enforcer = policy.of_operator(self.conf)
        for rule, allowed in (
                (rules.GET_ALL, {'reader', 'member', 'admin'}),
                (rules.GET, {'reader', 'member', 'admin'}),
                (rules.DELETE, {'member', 'admin'}),
                (rules.GET_ALL + rules.ALL_PROJECTS, {'admin'}),
                (rules.GET + rules.ALL_PROJECTS, {'admin'}),
                (rules.DELETE + rules.ALL_PROJECTS, {'admin'})):
            with self.subTest(rule=rule):
                self.assertEqual(allowed, {
                    role for role in ('reader', 'member', 'admin', 'service',
                                      'auditor', 'manager')
                    if enforcer.allows(self.context(roles=[role]), rule)})


class GetEnforcerTest(base.TestCase):

    def test_tools_find_every_rule(self):
        """oslopolicy-policy-generator and its kin load this."""
        enforcer = policy.get_enforcer()

        self.assertEqual(
            {rule.name for rule in policies.list_rules()},
            set(enforcer.registered_rules))
