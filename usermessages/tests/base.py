# SPDX-License-Identifier: Apache-2.0

"""Base of all tests: a separate configuration and log."""

import contextlib
import importlib
import logging
import sys

import fixtures
from oslo_config import cfg
from oslotest import base
from testtools import content

from usermessages import context
from usermessages import features
from usermessages import opts

PROJECT = '6c430ede94764128883886d3929ced22'
OTHER = '0f0f0f0f94764128883886d3929ced22'
RESOURCE = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'
OTHER_RESOURCE = '5c53a7c6-03ec-4d3c-a2bd-8c1c8b3d8d33'
# After that a test that waits is taken to hang; a loaded machine is slow.
HANG_SECONDS = 300
# The maximum microversion; test_features has it as a literal.
MAXIMUM = max(features.HISTORY[features.USER_MESSAGES])
MAXIMUM_TEXT = f'{MAXIMUM[0]}.{MAXIMUM[1]}'
LATEST = f'user-messages {MAXIMUM_TEXT}'
REQUEST = 'req-7b61dd49-266a-4630-a2e9-e461fe5667a4'
GLOBAL_REQUEST = 'req-5f0d5c0c-52a4-4d5f-9d3e-6a4b8d3f7c21'


class TestCase(base.BaseTestCase):

    def setUp(self):
        super().setUp()
        # The log of a test is what it wrote; nothing is set up globally.
        self.log = self.useFixture(fixtures.FakeLogger(
            level=logging.DEBUG, format='%(levelname)s %(name)s %(message)s'))
        # stevedore logs every installed plugin.
        logging.getLogger('stevedore').setLevel(logging.INFO)
        # The machine's own configuration is not that of a test.
        for name in ('OS_USERMESSAGES_CONFIG_DIR',
                     'OS_USER_MESSAGES__CONNECTION',
                     'OS_DATABASE__CONNECTION'):
            self.useFixture(fixtures.EnvironmentVariable(name))
        self.conf = self.configuration()

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

    def require(self, name):
        """Return a module, or skip the test if it is not installed."""
        try:
            return importlib.import_module(name)
        except ImportError:
            self.skipTest(f'{name} is not installed')

    def configuration(self, **values):
        """Return a new configuration, with options as ``group__name``."""
        conf = cfg.ConfigOpts()
        opts.register_api_opts(conf)
        conf([], project='usermessages', default_config_files=[],
             default_config_dirs=[])
        self.set(conf, **values)
        return conf

    def set(self, conf, **values):
        """Set options, given as ``group__name``, for as long as the test."""
        for name, value in values.items():
            group, _underscores, option = name.partition('__')
            conf.set_override(option, value, group)

    def context(self, project_id=PROJECT, **values):
        """Return the context of a request for a project."""
        return context.RequestContext(project_id=project_id, **values)
