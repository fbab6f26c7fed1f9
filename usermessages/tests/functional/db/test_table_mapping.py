# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/db/test_table_mapping.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.db import test_table_mapping

globals().update(database.of_unit_tests(test_table_mapping, __name__))
