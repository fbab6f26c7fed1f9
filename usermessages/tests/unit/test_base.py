# SPDX-License-Identifier: Apache-2.0

"""The base of all tests tells which case of a test fails."""

import unittest

from usermessages.tests import base


class SubTestTest(base.TestCase):

    def run_cases(self, work):
        """Return the result of a test with four cases, and the cases run."""
        seen = []

        class CasesTest(base.TestCase):

            def test_cases(self):
                for number in range(4):
                    with self.subTest(number=number):
                        seen.append(number)
                        work(self, number)

        result = unittest.TestResult()
        CasesTest('test_cases').run(result)
        return result, seen

    def test_each_case_runs(self):
        """A developer sees all that is broken in one run."""
        result, seen = self.run_cases(
            lambda test, number: test.assertIn(number, (0, 2)))

        self.assertEqual([0, 1, 2, 3], seen)
        [(_test, text)] = result.failures
        self.assertIn('case: number=1', text)
        self.assertIn('1 not in (0, 2)', text)
        self.assertIn('case: number=3', text)
        self.assertNotIn('number=2', text)

    def test_error_is_a_failure_of_its_case(self):
        """An exception in a case is reported with the case too."""
        result, seen = self.run_cases(lambda _test, number: 1 / (number - 1))

        self.assertEqual([0, 1, 2, 3], seen)
        [(_test, text)] = result.failures
        self.assertIn('case: number=1', text)
        self.assertIn('ZeroDivisionError', text)

    def test_success(self):
        """Developers read no details of successful cases."""
        result, _seen = self.run_cases(lambda _test, _number: None)

        self.assertTrue(result.wasSuccessful())

    def test_skipped_test(self):
        """A case that cannot run skips the test."""
        result, seen = self.run_cases(
            lambda test, _number: test.skipTest('no server'))

        self.assertEqual([0], seen)
        self.assertEqual(1, len(result.skipped))
