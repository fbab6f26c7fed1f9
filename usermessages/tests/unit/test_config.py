# SPDX-License-Identifier: Apache-2.0

import os
import traceback

import fixtures
from oslo_config import cfg
from oslo_log import log

from usermessages import config
from usermessages import exception
from usermessages import opts
from usermessages.tests import base


class LoadTestCase(base.TestCase):

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        # The configuration of the machine is not used.
        self.setenv(HOME=self.directory)

    def setenv(self, **values):
        for name, value in values.items():
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def write(self, text, *names):
        """Write a file of the directory, by default usermessages.conf."""
        path = os.path.join(self.directory, *(names or ['usermessages.conf']))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def load(self, *args):
        return config.load(opts.register_opts, args)

    def assertRefused(self, expected, *args):
        """Check that loading ends with that one line."""
        error = self.assertRaises(exception.ConfigurationError, self.load,
                                  *args)
        self.assertEqual(expected, str(error))


class LoadTest(LoadTestCase):

    def test_without_anything_has_the_defaults(self):
        """Programs run before an operator configures them."""
        conf = self.load()

        self.assertIsNone(conf.user_messages.connection)
        self.assertEqual(2592000, conf.user_messages.message_ttl)
        self.assertEqual(10.0, conf.user_messages.create_timeout)
        self.assertFalse(conf.user_messages.strict)

    def test_reads_the_file_of_the_directory(self):
        """A container has its files where it wants them."""
        self.write('[user_messages]\nmessage_ttl = 5\n')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        self.assertEqual(5, self.load().user_messages.message_ttl)

    def test_reads_the_directory_of_parts(self):
        """Packages add files, the last of which has precedence."""
        self.write('[user_messages]\nmessage_ttl = 6\n',
                   'usermessages.conf.d', '10-a.conf')
        self.write('[user_messages]\nmessage_ttl = 7\n',
                   'usermessages.conf.d', '20-b.conf')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        self.assertEqual(7, self.load().user_messages.message_ttl)

    def test_reads_both(self):
        """A part refines the file."""
        self.write('[user_messages]\nmessage_ttl = 5\nmax_pool_size = 3\n')
        self.write('[user_messages]\nmessage_ttl = 6\n',
                   'usermessages.conf.d', '10-a.conf')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        conf = self.load()

        self.assertEqual(6, conf.user_messages.message_ttl)
        self.assertEqual(3, conf.user_messages.max_pool_size)

    def test_directory_of_the_environment_is_the_only_one(self):
        """Files in other directories do not change the configuration."""
        self.write('[user_messages]\nmessage_ttl = 5\n', '.usermessages',
                   'usermessages.conf')
        self.write('[user_messages]\nmax_pool_size = 3\n', 'named',
                   'usermessages.conf')
        self.assertEqual(5, self.load().user_messages.message_ttl)
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=os.path.join(
            self.directory, 'named'))

        conf = self.load()

        self.assertEqual(2592000, conf.user_messages.message_ttl)
        self.assertEqual(3, conf.user_messages.max_pool_size)

    def test_file_of_the_command_line_replaces_the_usual(self):
        """``--config-file`` is what every service of OpenStack has."""
        self.write('[user_messages]\nmessage_ttl = 5\n')
        other = self.write('[user_messages]\nmax_pool_size = 3\n', 'other')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        conf = self.load('--config-file', other)

        self.assertEqual(3, conf.user_messages.max_pool_size)
        self.assertEqual(2592000, conf.user_messages.message_ttl)

    def test_environment_wins(self):
        """Each option can be set without a file."""
        self.write('[user_messages]\nmessage_ttl = 5\n')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory,
                    OS_USER_MESSAGES__MESSAGE_TTL='8')

        self.assertEqual(8, self.load().user_messages.message_ttl)

    def test_each_is_an_object_of_its_own(self):
        """Two libraries in one process do not see each other's options."""
        self.assertIsNot(self.load(), self.load())
        self.assertIsNot(cfg.CONF, self.load())


class LoadErrorTest(LoadTestCase):

    def test_missing_file_is_named(self):
        """The operator reads which file, and no traceback."""
        path = os.path.join(self.directory, 'missing.conf')

        self.assertRefused(f'Configuration file {path} is missing or cannot '
                           f'be read.', '--config-file', path)

    def test_unreadable_file_is_named(self):
        """Root can read every file, so the test uses a loop of links."""
        path = os.path.join(self.directory, 'usermessages.conf')
        os.symlink(path, path)

        self.assertRefused(f'Configuration file {path} cannot be read: Too '
                           f'many levels of symbolic links.',
                           '--config-file', path)

    def test_directory_with_nothing_in_it_is_named(self):
        """A typo must not mean the defaults."""
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory + '/typo')

        self.assertRefused(
            f"OS_USERMESSAGES_CONFIG_DIR is '{self.directory}/typo', but "
            'the directory has no usermessages.conf.')

    def test_empty_variable_is_ignored(self):
        """Units of systemd may set an empty variable."""
        self.setenv(OS_USERMESSAGES_CONFIG_DIR='')

        self.assertEqual(2592000, self.load().user_messages.message_ttl)

    def test_file_in_the_place_of_a_file_is_a_directory(self):
        """Docker creates a directory for a missing file of a mount."""
        path = os.path.join(self.directory, 'usermessages.conf')
        os.mkdir(path)
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        error = self.assertRaises(exception.ConfigurationError, self.load)

        self.assertIn(path, str(error))
        self.assertNotIn('\n', str(error))

    def test_file_that_cannot_be_parsed_is_named(self):
        """Operators read file and line of the error, and not the password."""
        path = self.write('[user_messages]\n'
                          'connection user@secret\n')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        self.assertRefused(
            f'Configuration file {path} cannot be parsed: line 2.')

    def test_file_that_is_no_text_is_an_error(self):
        """An editor may save in another encoding."""
        path = os.path.join(self.directory, 'usermessages.conf')
        with open(path, 'wb') as file:
            file.write(b'[user_messages]\nconnection = \xff\xfe\n')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        error = self.assertRaises(exception.ConfigurationError, self.load)

        self.assertRegex(str(error), r'^Configuration file .+\.$')

    def test_unknown_argument_ends_the_command(self):
        """Users read the error of argparse, as for every command."""
        self.assertRaises(SystemExit, self.load, '--nonsense')


class BadValueTest(LoadTestCase):

    def assertValueRefused(self, line, *words):
        self.write(f'[user_messages]\n{line}\n')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        error = self.assertRaises(exception.ConfigurationError, self.load)

        for word in words:
            self.assertIn(word, str(error))
        self.assertNotIn('\n', str(error))

    def test_text_for_a_number_is_named(self):
        """The operator reads which option is wrong."""
        self.assertValueRefused('message_ttl = a month', 'message_ttl',
                                'an integer is required')

    def test_value_out_of_bounds_is_named(self):
        """Users would never read a message."""
        for name in ('message_ttl', 'create_timeout', 'max_pool_size'):
            self.assertValueRefused(f'{name} = 0', name,
                                    'greater than or equal to')


class RefusedValueTest(LoadTestCase):
    """Values for which oslo.config has no readable error."""

    def load(self):
        return config.load(register_with_default)

    def assertRefusedAs(self, expected, group, line):
        path = self.write(f'[{group}]\n{line}\n')
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)

        self.assertRefused(expected.replace('PATH', path))

    def test_option_and_file_are_named(self):
        """Operators read the name for each type, and in each group."""
        for group, line, expected in (
                ('api', 'help_url = docs.example.org',
                 'http:// or https:// and a host are required'),
                ('api', 'public_endpoint = ftp://example.org/',
                 'http:// or https:// and a host are required'),
                ('api', 'max_limit = abc', 'an integer is required'),
                ('api', 'allow_noauth = abc', 'true or false is required'),
                ('api', 'auth_strategy = abc',
                 'Valid values are [keystone, noauth]'),
                ('user_messages', 'create_timeout = abc',
                 'a number is required'),
                ('user_messages', 'max_pool_size = 0',
                 'Should be greater than or equal to 1'),
                ('user_messages', 'message_ttl_by_level = INFO',
                 'Value should be NAME:VALUE pairs separated by ","'),
                ('user_messages', 'message_ttl_by_level = INFO:1,INFO:2',
                 'Duplicate key INFO'),
                *(('user_messages', f'message_ttl_by_level = ERROR:7,{value}',
                   f'{value} is not one of ERROR, WARNING, INFO, with a '
                   'number from 1 to 3153600000')
                  for value in ('info:1', 'FATAL:1', 'INFO:', 'INFO:0',
                                'INFO:1d', 'INFO:-1', 'INFO:3153600001')),
                ('DEFAULT', 'interval = abc', 'an integer is required')):
            self.assertRefusedAs(
                f'[{group}]{line.partition(" ")[0]} in PATH is not valid: '
                f'{expected}.', group, line)

    def test_unknown_reason_is_left_out(self):
        """The text of oslo.config, or of a type of a service, has the value.
        """
        self.assertRefused(
            f"[api]compat_max_microversion in {self.given('SECRET')} is not "
            "valid.")

    def given(self, value):
        self.setenv(OS_USERMESSAGES_CONFIG_DIR=self.directory)
        return self.write(f'[api]\ncompat_max_microversion = {value}\n')

    def test_variable_is_named(self):
        """Operators have to correct the variable, not the file."""
        self.setenv(OS_API__MAX_LIMIT='0')

        for line in ('max_limit = 5', ''):
            self.assertRefusedAs(
                '[api]max_limit in OS_API__MAX_LIMIT is not valid: Should be '
                'greater than or equal to 1.', 'api', line)

    def test_path_with_a_quote_is_named(self):
        """Python quotes the path in its own way."""
        self.directory += "/o'clock"

        self.assertRefusedAs(
            '[api]max_limit in PATH is not valid: Should be greater than or '
            'equal to 1.', 'api', 'max_limit = 0')

    def test_dollar_of_the_default_group(self):
        """The value may be a password there too."""
        self.assertRefusedAs(
            '[DEFAULT]interval has a "$" without the name of an option; '
            'write "$$" for the character.', 'DEFAULT', 'interval = $SECRET')


def register_with_default(conf):
    """Register the options of a program, which has some of its own."""
    opts.register_api_opts(conf)
    conf.register_opt(cfg.IntOpt('interval'))


class OfProcessTest(LoadTestCase):

    def test_process_that_called_nothing_gets_its_own(self):
        """A test runner has not called ``cfg.CONF``."""
        self.assertIsNot(cfg.CONF, config.process_config())
        self.assertNotIn('user_messages', cfg.CONF)

    def test_error_is_that_of_loading(self):
        """A program reads the same line as a command."""
        self.setenv(OS_USERMESSAGES_CONFIG_DIR='/nonexistent')

        self.assertRaises(exception.ConfigurationError, config.process_config)


class DollarTest(LoadTestCase):
    """oslo.config treats the text after a dollar as the name of an option."""

    def test_part_of_a_password_is_not_told(self):
        """The value is not in the traceback either, which may be logged."""
        self.setenv(OS_USER_MESSAGES__CONNECTION=(
            'mysql+pymysql://u:pa$SECRETword@127.0.0.1/x'))

        error = self.assertRaises(exception.ConfigurationError, self.load)

        self.assertEqual(
            '[user_messages]connection has a "$" without the name of an '
            'option; write "$$" for the character.', str(error))
        self.assertNotIn('SECRET', ''.join(
            traceback.format_exception(error)))

    def test_option_of_the_command_line(self):
        """Arguments are parsed before all other sources."""
        for line in ('log_file = $SECRETword', 'log_dir = a.$SECRETword'):
            path = self.write(f'[DEFAULT]\n{line}\n')

            error = self.assertRaises(
                exception.ConfigurationError, config.load,
                log.register_options, ['--config-file', path])

            self.assertNotIn('SECRET', str(error))
            self.assertIn('"$" without the name of an option', str(error))

    def test_value_that_stands_for_itself(self):
        """Operators read one line, not a traceback of a thousand lines."""
        self.setenv(OS_USER_MESSAGES__CONNECTION='$connection',
                    OS_USER_MESSAGES__CATALOG='${user_messages.catalog}')

        self.assertRaises(exception.ConfigurationError, self.load)


class NamingOptionsTest(LoadTestCase):

    def test_option_that_a_library_registers(self):
        """The options of keystonemiddleware contain a password."""
        path = self.write('[other]\npassword = sec$retpw\nretries = sec\n')
        conf = config.load(opts.register_opts, ['--config-file', path])
        conf.register_opts([cfg.StrOpt('password', secret=True),
                            cfg.IntOpt('retries')], 'other')

        for name, expected in (
                ('password', '[other]password has a "$" without the name '
                             'of an option; write "$$" for the character.'),
                ('retries', '[other]password has a "$" without the name of '
                            'an option; write "$$" for the character.')):
            with self.subTest(name=name):
                error = self.assertRaises(
                    exception.ConfigurationError, self.read, conf, name)

                self.assertEqual(expected, str(error))

    def read(self, conf, name):
        with config.naming_options(conf):
            return conf.other[name]

    def test_option_that_is_read_no_more(self):
        """Operators do not read the value of an unknown option."""
        def read():
            with config.naming_options(self.conf):
                raise cfg.NoSuchOptError('retpw')

        error = self.assertRaises(exception.ConfigurationError, read)

        self.assertEqual('An option cannot be read (NoSuchOptError).',
                         str(error))
