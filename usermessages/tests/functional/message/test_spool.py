# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/message/test_spool.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.message import test_spool

globals().update(database.of_unit_tests(test_spool, __name__))
