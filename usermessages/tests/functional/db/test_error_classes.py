# SPDX-License-Identifier: Apache-2.0

"""The tests of ``unit/db/test_error_classes.py`` on servers."""

from usermessages.tests import database
from usermessages.tests.unit.db import test_error_classes

globals().update(database.of_unit_tests(test_error_classes, __name__))
