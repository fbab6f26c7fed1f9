# SPDX-License-Identifier: Apache-2.0

import fixtures
from keystonemiddleware import auth_token

from usermessages.cmd import config_checks
from usermessages import config
from usermessages.db import engine
from usermessages import opts
from usermessages.tests import base

MYSQL = 'mysql+pymysql://alice:s3cret@127.0.0.1/messages'
POSTGRESQL = 'postgresql+psycopg2://alice:s3cret@127.0.0.1/messages'


class ConfigChecksTestCase(base.TestCase):
    """A test of the problems in a configuration file."""

    def found(self, content=''):
        """Return the problems in a file, by the name of the check."""
        [name] = self.create_tempfiles([('usermessages', content)], '.conf')

        def register(conf):
            opts.register_api_opts(conf)
            config_checks.register_opts(conf)

        conf = config.load(register, ['--config-file', name])
        return {name: ' '.join(find(conf)) for name, find
                in config_checks.ALL.items() if list(find(conf))}

    def assertFound(self, name, words, content):
        """Check that a file has this problem, and no other."""
        found = self.found(content)

        self.assertEqual([name], [*found])
        self.assertIn(words, found[name])
        self.assertNotIn('s3cret', found[name])


class AllTest(ConfigChecksTestCase):

    def test_defaults_have_no_problem(self):
        """Operators ignore a check with too many warnings."""
        self.assertEqual({}, self.found())

    def test_configuration_for_production_has_no_problem(self):
        """Operators read no warning about the documented configuration."""
        for url in (MYSQL, POSTGRESQL, 'mysql+mysqldb://127.0.0.1/x',
                    'sqlite:////tmp/x'):
            self.assertEqual({}, self.found(f"""
[user_messages]
connection = {url}
[api]
public_endpoint = https://messages.example.org/user-messages
help_url = https://docs.example.org/messages.html#
compat_service_type = volume
compat_max_microversion = 3.60
[keystone_authtoken]
auth_type = password
"""))


class CheckNoauthTest(ConfigChecksTestCase):

    def test_trial_that_all_machines_reach(self):
        """Operators read a warning about a service without authentication."""
        self.assertFound('Authentication', 'Set auth_strategy to keystone', """
[api]
auth_strategy = noauth
allow_noauth = true
""")

    def test_trial_on_this_machine(self):
        """Developers may run a trial without a warning."""
        self.assertEqual({}, self.found('[api]\nauth_strategy = noauth\n'))


class CheckLinksTest(ConfigChecksTestCase):

    def test_public_endpoint_is_missing(self):
        """Links to the next page would lead nowhere with a proxy."""
        keystone = '[keystone_authtoken]\nauth_type = password\n'

        self.assertFound('Links', 'Set public_endpoint to the public URL',
                         keystone)
        self.assertEqual({}, self.found(
            f'{keystone}[oslo_middleware]\n'
            'enable_proxy_headers_parsing = true\n'))

    def test_clients_of_another_service_follow_links_to_it(self):
        """Links would lead to the web server of the other service."""
        self.assertFound('Links', 'service whose clients use it',
                         '[api]\ncompat_service_type = volume\n')

    def test_version_that_is_in_the_endpoint(self):
        """The catalog of Keystone has it there."""
        for end in ('/v3', '/v3/'):
            self.assertFound(
                'Links', 'so links contain /v3/v3',
                f'[api]\npublic_endpoint = https://example.org/x{end}\n')

    def test_help_without_anything_before_the_event(self):
        """The page messages.html000002 is not there."""
        self.assertFound(
            'Links', 'Add "#", "/" or "=".',
            '[api]\nhelp_url = https://example.org/messages.html\n')

    def test_help_with_something_before_the_event(self):
        """Each page has anchors of its own."""
        for end in ('/', '#', '#msg-', '#msg', '?event=', '?id=x', '/msg-'):
            self.assertEqual({}, self.found(
                f'[api]\nhelp_url = https://example.org/messages{end}\n'))


class CheckCompatServiceTypeTest(ConfigChecksTestCase):

    def test_maximum_without_a_service_type(self):
        """Operators may have copied the option without the one above it."""
        self.assertFound('Compatibility service type',
                         'Set both options or neither.',
                         '[api]\ncompat_max_microversion = 3.71\n')


class CheckEngineOptionsTest(ConfigChecksTestCase):

    OPTIONS = f"""
[database]
connection = {MYSQL}
max_pool_size = 50
max_retries = -1
"""

    def test_options_of_an_unused_engine(self):
        """The operator expects 50 connections."""
        self.assertFound(
            'Database engine options',
            'ignores max_pool_size, max_retries.  Set '
            '[user_messages]max_pool_size and create_timeout instead.',
            self.OPTIONS)

    def test_options_of_a_service_with_the_same_file(self):
        """Options for the engine of the service are no reason for a warning.
        """
        self.assertEqual({}, self.found(
            f'{self.OPTIONS}[user_messages]\nconnection = {MYSQL}\n'))


class CheckTokenCacheTest(ConfigChecksTestCase):

    SERVERS = ('[api]\npublic_endpoint = https://messages.example.org\n'
               '[keystone_authtoken]\nmemcached_servers = 127.0.0.1:11211\n')

    def install(self, *modules):
        self.useFixture(fixtures.MockPatch(
            'importlib.util.find_spec',
            lambda name: name if name in modules else None))

    def test_package_is_missing(self):
        """keystonemiddleware would fail at the first request."""
        for installed, options, package in (
                (('oslo_cache',), '', 'python-memcached'),
                (('memcache',), '', 'oslo.cache'),
                *((('memcache', 'oslo_cache'), f'{name} = true\n',
                   'python-binary-memcached') for name in self.sasl())):
            self.install(*installed)

            self.assertFound('Token cache', f'"pip install {package}"',
                             self.SERVERS + options)

    def sasl(self):
        """Return the option of that name, which is not in each release."""
        return [option.name for _group, options in auth_token.list_opts()
                for option in options if option.name.endswith('sasl_enabled')]

    def test_nothing_is_missing(self):
        """Operators need memcached only for a cache with memcached."""
        self.install('memcache', 'oslo_cache')
        self.assertEqual({}, self.found(self.SERVERS))
        self.install('memcache')
        self.assertEqual({}, self.found(
            self.SERVERS + 'memcache_use_advanced_pool = false\n'))
        self.install()
        self.assertEqual({}, self.found())
        self.assertEqual({}, self.found(
            f'[api]\nauth_strategy = noauth\n{self.SERVERS}'))


class CheckTimeoutsTest(ConfigChecksTestCase):

    def assertTimeoutProblem(self, words, url, more=''):
        self.assertFound('Database timeouts', words,
                         f'[user_messages]\nconnection = {url}\n{more}')

    def test_driver_that_cannot_be_stopped(self):
        """Each thread of a service waits for one server that hangs."""
        self.useFixture(fixtures.MockPatchObject(
            engine, 'wait_limits', return_value={}))

        self.assertTimeoutProblem(
            'The driver psycopg2 supports no timeouts.', POSTGRESQL)

    def test_parameters_that_lift_a_timeout(self):
        """The longer wait is the one that counts."""
        for url in (f'{MYSQL}?read_timeout=30',
                    f'{POSTGRESQL}?connect_timeout=0',
                    f'{POSTGRESQL}?options=-csearch_path%3Dx'):
            name = url.partition('?')[2].partition('=')[0]

            self.assertTimeoutProblem(f'The database URL sets {name}, ', url)

    def test_timeout_that_libpq_does_not_keep(self):
        """libpq connects for at least two seconds."""
        more = 'create_timeout = 1.5\n'

        self.assertTimeoutProblem('Set create_timeout to at least 2.',
                                  POSTGRESQL, more)
        self.assertEqual({}, self.found(
            f'[user_messages]\nconnection = {MYSQL}\n{more}'))

    def test_what_is_no_url_is_told_elsewhere(self):
        """The check of the database reports a malformed URL."""
        self.assertEqual({}, self.found(
            '[user_messages]\nconnection = nonsense\n'))
