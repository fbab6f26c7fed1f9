# SPDX-License-Identifier: Apache-2.0

import argparse

import fixtures
from osc_lib import exceptions

from usermessagesclient import plugin
from usermessagesclient.tests import base
from usermessagesclient.tests.unit import base as client_base


class BuildOptionParserTest(base.TestCase):

    def test_options_of_the_environment(self):
        """A user sets them once."""
        for name in ('API_VERSION', 'SERVICE_TYPE', 'ENDPOINT_OVERRIDE'):
            self.useFixture(fixtures.EnvironmentVariable(
                f'OS_USER_MESSAGES_{name}', name))

        values = plugin.build_option_parser(
            argparse.ArgumentParser()).parse_args([])

        self.assertEqual(
            ('API_VERSION', 'SERVICE_TYPE', 'ENDPOINT_OVERRIDE'),
            (values.os_user_messages_api_version,
             values.os_user_messages_service_type,
             values.os_user_messages_endpoint_override))


class CheckApiVersionTest(base.TestCase):

    def test_versions(self):
        """The client leaves it to the plugin which ones there are."""
        for version in ('1', '1.0', '1.12', '3', '3.71'):
            self.assertTrue(plugin.check_api_version(version))
        for version in ('', '2', '1.', 'latest', '1.0.0', '31', '\u0661'):
            with self.subTest(version=version):
                self.assertRaises(exceptions.CommandError,
                                  plugin.check_api_version, version)


class MakeClientTest(client_base.CommandTestCase):

    def test_endpoint_override(self):
        """Users can replace the endpoint of the catalog."""
        service = self.serve(lambda *_request: (200, {'messages': []}))

        self.openstack('list', options=(
            '--os-user-messages-endpoint-override',
            'http://other.example.org/v3/PROJECT'))

        self.assertEqual([('GET', '/v3/PROJECT/messages', {})], service.asked)
