# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/cmd/test_operator_command.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.cmd import test_operator_command

globals().update(database.of_unit_tests(test_operator_command, __name__))
