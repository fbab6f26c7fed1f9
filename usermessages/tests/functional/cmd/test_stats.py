# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/cmd/test_stats.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.cmd import test_stats

globals().update(database.of_unit_tests(test_stats, __name__))
