# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/db/test_statistics.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.db import test_statistics

globals().update(database.of_unit_tests(test_statistics, __name__))
