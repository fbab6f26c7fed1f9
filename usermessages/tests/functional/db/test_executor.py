# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/db/test_executor.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.db import test_executor

globals().update(database.of_unit_tests(test_executor, __name__))
