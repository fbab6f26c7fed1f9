# SPDX-License-Identifier: Apache-2.0

from concurrent import futures
import dataclasses
import itertools
import logging
import os
import threading

import fixtures
from oslo_config import cfg
from oslo_policy import policy as oslo_policy

from usermessages.api.v3 import routes
from usermessages import exception
from usermessages import policies
from usermessages.policies import messages as rules
from usermessages import policy
from usermessages.tests import base

# The rules of each controller method; all projects have a second rule.
RULE_OF = {'index': 'message:get_all', 'index_groups': 'message:get_all',
           'show': 'message:get',
           'delete': 'message:delete'}


def documented():
    """Return the rules about operations, with their documentation."""
    return {rule.name: {(operation['method'], operation['path'])
                        for operation in rule.operations}
            for rule in policies.list_rules()
            if isinstance(rule, oslo_policy.DocumentedRuleDefault)}


class ListRulesTest(base.TestCase):

    def test_every_route_has_its_rules(self):
        """A URL without a rule would be open to all users."""
        for path, methods in routes.ROUTES:
            for method, action in methods.items():
                with self.subTest(path=path, method=method):
                    self.assertEqual(
                        {RULE_OF[action], RULE_OF[action] + ':all_projects'},
                        {name for name, operations in documented().items()
                         if (method, path) in operations})

    def test_every_operation_is_a_route(self):
        """The sample policy file contains only existing operations."""
        served = {(method, path) for path, methods in routes.ROUTES
                  for method in methods}

        self.assertEqual(
            served, set(itertools.chain(*documented().values())))

    def test_paths_of_a_service(self):
        """The sample policy file of a service has the URLs of the service."""
        [rule] = (rule for rule in policies.list_rules(path_prefix='/v2')
                  if rule.name == 'message:get')

        self.assertEqual(
            ['/v2/messages/{message_id}',
             '/v2/{project_id}/messages/{message_id}'],
            [operation['path'] for operation in rule.operations])

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
        """Rules accept tokens of projects only, and have a description."""
        for rule in policies.list_rules():
            with self.subTest(rule=rule.name):
                self.assertTrue(rule.description.strip())
                if rule.name.startswith('message:'):
                    self.assertEqual(['project'], rule.scope_types)


# Text of a policy file, and what is wrong with it.
WRONG = (
    ('"message:get": [', 'line 1 is not valid YAML'),
    ('- a\n- b\n', 'it does not consist of rules and their checks'),
    ('\0', 'it is not valid YAML'),
    ('[' * 5000, 'it is not valid YAML'),
    ('"message:get":\n', 'the rule message:get has no check'),
    ('"message:get": 5\n', 'the rule message:get has no check'),
    ('"message:get": "role:member or everybody"\n',
     'the check of the rule message:get cannot be parsed'),
    ('"message:get": "project_id:%(project_id)"\n',
     'the check of the rule message:get cannot be parsed'),
    ('"message:get": "project_id:100%"\n',
     'the check of the rule message:get has a "%" without a name'),
    (b'"message:get": "user_id:M\xfcller"\n', 'it is not encoded in UTF-8'),
)


class PolicyTestCase(base.TestCase):
    """A test of policy files, with the clock in its hands."""

    def setUp(self):
        super().setUp()
        oslo_policy.Enforcer(self.conf)
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(self.directory, 'policy.yaml')
        self.rules_directory = os.path.join(self.directory, 'policy.d')
        os.mkdir(self.rules_directory)
        self.set(self.conf, oslo_policy__policy_file=self.path,
                 oslo_policy__policy_dirs=[self.rules_directory])
        self.now = 1000.0
        self.useFixture(fixtures.MonkeyPatch(
            'time.monotonic', lambda: self.now))

    def write(self, text, path=None):
        """Write a policy file; two of the same length differ in time."""
        with open(path or self.path, 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def write_part(self, text):
        """Write a file in the directory of policy files."""
        path = os.path.join(self.rules_directory, 'messages.yaml')
        self.write(text, path)
        return path

    def look_twice(self, found, rule=rules.GET):
        """Tell whether a member may do that, once a change has settled."""
        context = self.context(roles=['member'])
        for _look in range(2):
            self.now += 1
            allowed = found.allows(context, rule)
        return allowed


class OfOperatorTest(PolicyTestCase):

    def test_policy_file_that_is_wrong(self):
        """An operator reads that at the start, and not a user later."""
        for write in (self.write, self.write_part):
            for text, reason in WRONG:
                with self.subTest(write=write.__name__, text=text[:40]):
                    path = write(text) or self.path

                    error = self.assertRaises(
                        exception.ConfigurationError,
                        policy.operator_policy, self.conf)

                    self.assertEqual(
                        f'The policy file {path} cannot be used: {reason}.',
                        str(error))
            write('{}')

    def test_rule_that_refers_to_itself(self):
        """The rule would fail for all users."""
        self.write('"message:get": "rule:a"\n"a": "rule:message:get"\n')

        error = self.assertRaises(exception.ConfigurationError,
                                  policy.operator_policy, self.conf)

        self.assertIn('a rule refers to itself', str(error))

    def test_rules_of_another_service(self):
        """A shared policy file may contain rules of another service."""
        self.write('"volume:get": "rule:admin_or_owner"\n')

        self.assertTrue(self.look_twice(policy.operator_policy(self.conf)))

    def test_file_that_is_not_there(self):
        """Operators read that the configured file does not exist."""
        missing = os.path.join(self.directory, 'polcy.yaml')
        for text, count in ((f'[oslo_policy]\npolicy_file = {missing}\n', 1),
                            ('', 0)):
            with self.subTest(text=text):
                [path] = self.create_tempfiles([('conf', text)], '.conf')
                conf = cfg.ConfigOpts()
                conf([], project='usermessages', default_config_files=[path],
                     default_config_dirs=[])

                found = policy.operator_policy(conf)

                self.assertTrue(found.allows(
                    self.context(roles=['member']), rules.GET))
                self.assertEqual(count, self.log.output.count(
                    'WARNING usermessages.policy [oslo_policy]policy_file is '
                    f'{missing}, but the file does not exist'))
                self.log.reset_output()

    def test_directory_that_cannot_be_listed(self):
        """Operators read one line about a file in place of the directory."""
        self.set(self.conf, oslo_policy__policy_dirs=[self.path])
        self.write('{}')

        error = self.assertRaises(exception.ConfigurationError,
                                  policy.operator_policy, self.conf)

        self.assertEqual(
            f'The policy file {self.path} cannot be used: Not a directory.',
            str(error))

    def test_rules_of_the_service(self):
        """A service has its own rules and these in one file."""
        self.write('"bakery_reader": "role:eater"\n')
        found = policy.operator_policy(self.conf, [
            oslo_policy.RuleDefault('bakery_reader', '!'),
            *policies.list_rules('bakery', reader='rule:bakery_reader')],
            'bakery')

        self.assertTrue(found.allows(self.context(roles=['eater']),
                                     rules.GET))
        self.assertFalse(found.allows(self.context(roles=['member']),
                                      rules.GET))

    def test_context_that_is_no_subclass(self):
        """A service without oslo.context passes what it has."""
        @dataclasses.dataclass
        class Context:
            project_id: str
            roles: tuple

        found = policy.operator_policy(self.conf)

        for roles, allowed in ((('member',), True), (('guest',), False),
                               (None, False)):
            with self.subTest(roles=roles):
                self.assertIs(allowed, found.allows(
                    Context(base.PROJECT, roles), rules.GET))
        self.assertIs(False, found.allows(
            Context(base.PROJECT, ('member',)),
            rules.GET + rules.ALL_PROJECTS))


class ReloadTest(PolicyTestCase):

    def setUp(self):
        super().setUp()
        self.write('"message:get": "role:member"\n')
        self.write_part('{}')
        self.policy = policy.operator_policy(self.conf)

    def test_changed_file_counts_when_it_is_whole(self):
        """A partly written file does not open the service."""
        context = self.context(roles=['member'])
        allowed = []
        self.write('"message:get": "!"\n')

        for seconds in (0.5, 0.5, 0.5, 0.5):
            self.now += seconds
            allowed.append(self.policy.allows(context, rules.GET))

        self.assertEqual([True, True, True, False], allowed)
        self.assertIn('Policy files were reloaded: '
                      f'{self.path}, ', self.log.output)

    def test_file_that_is_still_being_written(self):
        """The file is used after two looks have found the same content."""
        context = self.context(roles=['member'])
        allowed = []

        for text in ('', '"message:get": "!"\n', None, None):
            if text is not None:
                self.write(text)
            self.now += 1
            allowed.append(self.policy.allows(context, rules.GET))

        self.assertEqual([True, True, False, False], allowed)

    def test_file_that_breaks(self):
        """The previous rules still apply, and operators read one line."""
        for write in (self.write, self.write_part):
            for text, reason in WRONG:
                with self.subTest(write=write.__name__, text=text[:40]):
                    path = write(text) or self.path

                    self.assertTrue(self.look_twice(self.policy))
                    self.assertFalse(self.look_twice(
                        self.policy, rules.GET + rules.ALL_PROJECTS))

                    self.assertEqual(1, self.log.output.count(
                        f'ERROR usermessages.policy The policy file {path} '
                        f'cannot be used: {reason}.  The previous rules '
                        'still apply.'), self.log.output)
                    self.log.reset_output()
            write('"message:get": "role:member"\n')

    def test_corrected_file_is_used(self):
        """Operators do not have to restart the service."""
        self.write('"message:get": [')
        broken = self.look_twice(self.policy)
        self.write('"message:get": "!"\n')

        mended = self.look_twice(self.policy)

        self.assertEqual((True, False), (broken, mended))

    def test_file_that_disappears(self):
        """The defaults count then, which an operator reads in the log."""
        self.write('"message:get": "!"\n')
        overridden = self.look_twice(self.policy)
        os.remove(self.path)

        default = self.look_twice(self.policy)

        self.assertEqual((False, True), (overridden, default))
        self.assertIn('WARNING usermessages.policy The policy file '
                      f'{self.path} was removed', self.log.output)

    def test_part_that_disappears(self):
        """Operators can remove a file of the directory as well."""
        path = self.write_part('"message:get": "!"\n')
        overridden = self.look_twice(self.policy)
        os.remove(path)

        without = self.look_twice(self.policy)

        self.assertEqual((False, True), (overridden, without))
        self.assertIn(f'The policy file {path} was removed',
                      self.log.output)

    def test_part_that_appears(self):
        """A new file counts as well."""
        self.write('"message:get": "!"\n', os.path.join(
            self.rules_directory, 'more.yaml'))

        self.assertFalse(self.look_twice(self.policy))

    def test_hidden_files_are_none(self):
        """A backup or a swap file of an editor is not a policy file."""
        self.write('[', os.path.join(self.rules_directory, '.swp'))

        self.assertTrue(self.look_twice(self.policy))
        self.assertNotIn('ERROR', self.log.output)


class ReloadUnderThreadsTest(PolicyTestCase):

    def meddle(self, function):
        """Call the function at each log record of oslo.policy."""
        logger = logging.getLogger('oslo_policy.policy')
        logger.addFilter(function)
        self.addCleanup(logger.removeFilter, function)

    def test_fork_during_a_reload(self):
        """The child reloads independently of the parent."""
        self.write('{}')
        found = policy.operator_policy(self.conf)
        self.write('"message:get": "!"\n')
        child = None

        def fork(record):
            nonlocal child
            if child is None and record.msg.startswith('Reloaded'):
                child = os.fork()
                if child == 0:  # pragma: no cover
                    status = 1
                    try:
                        status = int(self.look_twice(found))
                    finally:
                        os._exit(status)
            return True

        self.meddle(fork)
        self.assertFalse(self.look_twice(found))

        self.assertEqual(0, os.waitpid(child, 0)[1])

    def test_no_thread_sees_half_of_the_rules(self):
        """A member does not read other projects for a moment."""
        text = '"default": "project_id:%(project_id)s"\n'
        self.write(text)
        found = policy.operator_policy(self.conf)
        context = self.context(roles=['member'])
        is_half, is_answered = threading.Event(), threading.Event()

        def reload():
            self.write(text + '"bakery:get": "!"\n')
            self.look_twice(found)
            return is_half.is_set()

        def meddle(record):
            """Reload between the check of the files and the decision."""
            if threading.current_thread() is threading.main_thread():
                if record.msg.startswith('enforce: ') and not reloading:
                    reloading.append(executor.submit(reload))
                    is_half.wait(60)
            elif record.msg.startswith('Reloaded policy file'):
                is_half.set()
                is_answered.wait(60)
            return True

        reloading = []
        self.meddle(meddle)
        with futures.ThreadPoolExecutor(1) as executor:
            try:
                widened = found.allows(
                    context, rules.GET_ALL + rules.ALL_PROJECTS)
            finally:
                is_answered.set()

        self.assertTrue(reloading[0].result())
        self.assertIs(False, widened)


class AuthorizeTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.policy = policy.operator_policy(self.conf)

    def test_member_may(self):
        """Callers see no exception if the rule passes."""
        self.policy.authorize(self.context(roles=['member']), rules.DELETE)

    def test_reader_may_not_delete(self):
        """Users read the name of the rule."""
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

    def test_service_brings_its_enforcer(self):
        """A service with the endpoint has one policy file for both."""
        enforcer = oslo_policy.Enforcer(self.conf)
        enforcer.register_defaults(policies.list_rules(
            'bakery:message', reader='role:eater', member='role:baker',
            admin='role:owner'))
        of_service = policy.Policy(
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
                    if of_service.allows(self.context(roles=[role]),
                                         verb + width)})

    def test_service_has_checked_something_else_until_now(self):
        """Operators have one release to change their rules."""
        enforcer = oslo_policy.Enforcer(self.conf)
        self.conf.set_override('enforce_new_defaults', False, 'oslo_policy')
        enforcer.suppress_deprecation_warnings = True
        enforcer.register_defaults(policies.list_rules(
            reader='role:eater', member='role:baker', admin='role:owner',
            deprecated=lambda name: oslo_policy.DeprecatedRule(
                name, 'role:guest', deprecated_reason='All may read.',
                deprecated_since='1.0')))
        of_service = policy.Policy(
            lambda context, rule, target: enforcer.authorize(
                rule, target, context))

        guest = self.context(roles=['guest'])

        self.assertTrue(of_service.allows(guest, rules.GET))
        self.assertFalse(
            of_service.allows(guest, rules.GET + rules.ALL_PROJECTS))

    def test_refusal_names_the_rule_of_the_service(self):
        """Operators find the name of the rule in their policy file."""
        error = self.assertRaises(
            exception.Forbidden,
            policy.Policy(lambda *_: False, 'bakery').authorize,
            self.context(), rules.GET)

        self.assertEqual("Policy doesn't allow bakery:get to be performed.",
                         str(error))


class AllowsTest(base.TestCase):

    def test_token_of_the_system_has_no_access(self):
        """The scope is checked even if the context has a project."""
        enforcer = policy.operator_policy(self.conf)

        self.assertIs(False, enforcer.allows(
            self.context(system_scope='all', roles=['admin']), rules.GET))

    def test_roles(self):
        """Each role of the default rules, for its own project."""
        enforcer = policy.operator_policy(self.conf)
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
        """oslopolicy-policy-generator and similar tools load the rules."""
        enforcer = policy.get_enforcer()

        self.assertEqual(
            {rule.name for rule in policies.list_rules()},
            set(enforcer.registered_rules))
