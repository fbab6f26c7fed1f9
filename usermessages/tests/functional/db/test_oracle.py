# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/db/test_oracle.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.db import test_oracle

globals().update(database.of_unit_tests(test_oracle, __name__))
