# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/message/test_time_budget.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.message import test_time_budget

globals().update(database.of_unit_tests(test_time_budget, __name__))
