# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/cmd/test_import.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.cmd import test_import

globals().update(database.of_unit_tests(test_import, __name__))
