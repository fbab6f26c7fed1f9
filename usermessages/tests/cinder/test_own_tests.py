# SPDX-License-Identifier: Apache-2.0

"""Cinder's own tests, with our subsystem in place of Cinder's.

Those that look at how Cinder did it, and not at what it does, cannot pass.
Each is named here, with its reason.
"""

import ast
import os
import pathlib
import re
import subprocess
import sys

import cinder
import fixtures

from usermessages.tests import base
from usermessages.tests.cinder import deployment
from usermessages.tests import processes

TESTS = 'cinder.tests.unit.'
OF_MESSAGES = (
    'message.test_api', 'message.test_defined_messages',
    'message.test_message_field', 'api.v3.test_messages',
    'policies.test_messages', 'backup.test_backup_messages')
# Tests that record messages on the way.
WITH_MESSAGES = (
    'backup.drivers.test_backup_ceph', 'backup.test_backup',
    'compute.test_nova', 'scheduler.test_scheduler',
    'test_db_api', 'volume.flows.test_create_volume_flow',
    'volume.test_connection', 'volume.test_image', 'volume.test_volume',
    'volume.test_volume_manager', 'volume.test_volume_reimage')

API_TEST = 'message.test_api.MessageApiTest.'
CONTROLLER_TEST = 'api.v3.test_messages.MessageApiTest.'
REASONS = {
    'They put a mock in the place of Cinder\'s database layer, and look at '
    'what it is called with.': {API_TEST + name for name in (
        'test_cleanup_expired_messages', 'test_create',
        'test_create_from_request_context',
        'test_create_passed_exception_no_detail',
        'test_create_passed_mapped_exception_and_detail',
        'test_create_passed_unmapped_exception_and_detail',
        'test_create_passed_unmapped_exception_no_detail',
        'test_create_swallows_exception', 'test_create_with_detail_only',
        'test_create_with_minimum_args', 'test_create_with_no_detail',
        'test_delete', 'test_get', 'test_get_all')},
    'An administrator lists the messages of another project without asking '
    'for it.': {API_TEST + name for name in (
        'test_get_all_messages_paging', 'test_get_all_messages_with_filter',
        'test_get_all_messages_with_limit',
        'test_get_all_messages_with_limit_and_offset',
        'test_get_all_messages_with_limit_wrong_version',
        'test_get_all_messages_with_offset',
        'test_get_all_messages_with_sort')},
    'The message that they make up is no row of the table, and they expect '
    'times that are no text yet.': {
        CONTROLLER_TEST + name for name in ('test_index', 'test_show')},
    'They look for the call of a function of Cinder that finds unknown '
    'filters.': {CONTROLLER_TEST + name for name in (
        'test_message_list_with_general_filter_2_3_31',
        'test_message_list_with_general_filter_3_3_34')},
}


class OwnTest(base.TestCase):

    def run_tests(self, modules):
        """Run tests of Cinder; return their number and the failures."""
        directory = self.useFixture(fixtures.TempDir()).path
        deployment.lay_over(directory)
        done = subprocess.run(
            [sys.executable, '-m', 'unittest',
             *(TESTS + module for module in modules)],
            cwd=directory, capture_output=True, text=True,
            env={'PATH': os.environ['PATH'], 'HOME': directory,
                 'PYTHONPATH': f'{directory}:{processes.ROOT}'})
        self.assertIn(done.returncode, (0, 1), done.stderr)
        number = re.search(r'^Ran (\d+) tests', done.stderr, re.M)
        self.assertIsNotNone(number, done.stderr)
        # The name of a subtest may follow the name of a test.
        failed = set(re.findall(
            rf'^(?:FAIL|ERROR): \S+ \({re.escape(TESTS)}(\S+)\)',
            done.stderr, re.M))
        self.assertEqual(bool(failed), done.returncode != 0, done.stderr)
        return int(number[1]), failed

    def test_those_of_messages(self):
        """Most of Cinder's tests of messages pass without a change."""
        number, failed = self.run_tests(OF_MESSAGES)

        self.assertEqual(120, number)
        self.assertEqual(set().union(*REASONS.values()), failed)

    def test_those_in_which_messages_are_recorded(self):
        """Cinder records messages without a change of its call sites."""
        number, failed = self.run_tests(WITH_MESSAGES)

        self.assertEqual(set(), failed)
        self.assertEqual(830, number)


class SizeTest(base.TestCase):

    # Functions of Cinder that its services no longer call.
    FUNCTIONS = {
        '_translate_messages', '_translate_message', '_message_get',
        'message_get', 'message_get_all', '_process_messages_filters',
        '_messages_get_query', 'message_create', 'message_destroy',
        'cleanup_expired_messages'}

    def test_lines_are_less_than_before(self):
        """Reviewers of the change count fewer lines than before.

        Cinder's own tests and a table of its models still name the functions.
        """
        theirs = pathlib.Path(cinder.__file__).parent
        added = removed = 0
        for path in (deployment.EXAMPLE / 'cinder').rglob('*.py'):
            if path.name == 'quota_details.py':
                # Cinder has no numbers in its messages.
                continue
            before = theirs / path.relative_to(deployment.EXAMPLE / 'cinder')
            numbers = subprocess.run(
                ['git', 'diff', '--no-index', '--numstat',
                 before if before.exists() else os.devnull, path],
                capture_output=True, text=True).stdout.split()
            added += int(numbers[0])
            removed += int(numbers[1])
        for path in deployment.REMOVED:
            removed += len((theirs / path).read_text().splitlines())
        for node in ast.parse((theirs / 'db/api.py').read_text()).body:
            if getattr(node, 'name', None) in self.FUNCTIONS:
                first = min([node, *node.decorator_list],
                            key=lambda part: part.lineno)
                removed += node.end_lineno - first.lineno + 1

        self.assertLess(4 * added, removed)
