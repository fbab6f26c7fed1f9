# SPDX-License-Identifier: Apache-2.0

"""Base of all tests: a separate log, and the name of a case that fails."""

import contextlib
import logging
import sys

import fixtures
from oslotest import base
from testtools import content

from usermessagesclient import versions

PROJECT = '6c430ede94764128883886d3929ced22'
OTHER = '0f0f0f0f94764128883886d3929ced22'
RESOURCE = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'
REQUEST = 'req-7b61dd49-266a-4630-a2e9-e461fe5667a4'
LATEST = 'user-messages {}.{}'.format(*versions.LATEST[versions.USER_MESSAGES])


class TestCase(base.BaseTestCase):

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(
            level=logging.DEBUG, format='%(levelname)s %(name)s %(message)s'))
        # stevedore logs every installed plugin.
        logging.getLogger('stevedore').setLevel(logging.INFO)

    @contextlib.contextmanager
    def subTest(self, msg=None, **params):
        """Name the case that fails, and go on with the next one.

        Under testtools, the method of unittest does neither: the first case
        that fails ends the test without its parameters.
        """
        try:
            yield
        except Exception as error:
            if isinstance(error, self.skipException):
                raise
            case = ', '.join([
                *([str(msg)] if msg is not None else []),
                *(f'{name}={value!r}' for name, value in params.items())])
            self.addDetailUniqueName(
                f'case: {case}', content.TracebackContent(
                    sys.exc_info(), self))
            self.force_failure = True
