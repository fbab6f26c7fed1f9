# SPDX-License-Identifier: Apache-2.0

"""Unit tests; in a checkout, the unit tests of the client run, too."""

import pathlib

from testtools import testsuite

CLIENT = pathlib.Path(__file__).parents[3] / 'client'


def load_tests(loader, tests, pattern):
    """Return the tests of both packages, since stestr has one test path."""
    for top, package in ((CLIENT, 'usermessagesclient'),
                         (CLIENT.parent, 'usermessages')):
        directory = top / package / 'tests' / 'unit'
        if directory.is_dir():
            # Without nested suites, whose calls count as recursion.
            tests.addTests(testsuite.iterate_tests(loader.discover(
                str(directory), pattern, top_level_dir=str(top))))
    return tests
