# SPDX-License-Identifier: Apache-2.0

import re

from oslo_config import cfg

from usermessages import fields
from usermessages.message import message_levels
from usermessages import opts
from usermessages.tests import base

ALL = [(group, option) for group, options in opts.list_opts()
       for option in options]


class SecondsByLevelTest(base.TestCase):

    def test_values(self):
        """Operators may add blanks, and may leave the option empty."""
        for text, expected in (
                ('', {}), ('INFO:1', {'INFO': 1}),
                (' WARNING : 3153600000 , ERROR:2',
                 {'WARNING': 3153600000, 'ERROR': 2})):
            self.assertEqual(expected, opts.SecondsByLevel()(text))

    def test_levels_are_those_of_messages(self):
        """A new level can have a time of its own."""
        self.assertEqual(message_levels.ALL, fields.LEVELS)


class HelpTest(base.TestCase):

    def test_every_option_says_when_it_takes_effect(self):
        """An operator knows whether to restart."""
        for group, option in [*ALL, (None, opts.STRICT_OPT)]:
            words = ' '.join(option.help.split())
            self.assertRegex(
                words, r'Takes effect (at the start|immediately)\.|A change '
                r'applies to new messages only', option.name)

    def test_every_number_has_a_unit_and_bounds(self):
        """Two minutes are not two milliseconds."""
        numbers = [option for _group, option in ALL
                   if isinstance(option, (cfg.IntOpt, cfg.FloatOpt))]

        self.assertGreater(len(numbers), 2)
        for option in numbers:
            self.assertRegex(
                option.help.strip(), r'^(Time, in seconds, |Maximum (time, in '
                r'seconds, |number of ))', option.name)
            self.assertIsNotNone(option.type.min, option.name)
            self.assertIsNotNone(option.type.max, option.name)
            self.assertLessEqual(option.type.min, option.default)

    def test_every_help_is_sentences(self):
        """The sample file and the documentation show it as it is."""
        for _group, option in ALL:
            self.assertRegex(option.help.strip(), r'(?s)^[A-Z].*\.$',
                             option.name)

    def test_every_line_fits(self):
        """The sample file has a # and a blank in front of each."""
        for _group, option in ALL:
            for line in option.help.splitlines():
                self.assertLessEqual(len(line), 79, line)

    def test_every_group_has_a_title_and_help(self):
        """The documentation has a section for each."""
        for group, _options in opts.list_opts():
            self.assertTrue(group.title)
            self.assertTrue(group.help)

    def test_password_is_secret(self):
        """``log_opt_values`` writes all others to the log."""
        self.assertEqual(['connection'],
                         [option.name for _group, option in ALL
                          if option.secret])


class ListOptsTest(base.TestCase):

    def test_has_every_option_that_is_registered(self):
        """Operators find every option in the sample file."""
        conf = cfg.ConfigOpts()
        opts.register_api_opts(conf)
        conf([], default_config_files=[], default_config_dirs=[])

        listed = {(group.name, option.dest) for group, option in ALL}

        registered = {(group, name) for group in conf._groups
                      for name in conf[group]}
        # One belongs to oslo.db, one to the fixture for services.
        self.assertEqual({('database', 'connection'),
                          ('user_messages', 'strict')}, registered - listed)
        self.assertEqual(set(), listed - registered)

    def test_names_are_unique(self):
        """An option has one meaning."""
        names = [(group.name, option.name) for group, option in ALL]

        self.assertEqual(len(names), len(set(names)))
        for _group, name in names:
            self.assertTrue(re.fullmatch('[a-z_]+', name), name)


class RegisterTest(base.TestCase):

    def test_twice_is_harmless(self):
        """Two libraries of a service may include this library."""
        conf = cfg.ConfigOpts()
        for _time in range(2):
            opts.register_opts(conf)
            opts.register_api_opts(conf)
        conf([], default_config_files=[], default_config_dirs=[])

        self.assertEqual(2592000, conf.user_messages.message_ttl)

    def test_after_the_configuration_was_read_is_harmless(self):
        """A service makes its objects when everything has been set up."""
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])

        opts.register_api_opts(conf)

        self.assertEqual(10.0, conf.user_messages.create_timeout)

    def test_group_of_the_service(self):
        """Operators of a service find the options in the group of the service.
        """
        conf = cfg.ConfigOpts()
        opts.register_opts(conf, group='bakery')
        conf([], default_config_files=[], default_config_dirs=[])
        conf.set_override('message_ttl', 60, 'bakery')

        self.assertEqual(60, opts.library_options(conf, 'bakery').message_ttl)
        self.assertNotIn('user_messages', conf)

    def test_names_that_services_have_already(self):
        """Cinder and Manila have two of the options in DEFAULT."""
        own = cfg.IntOpt('message_ttl', default=300, help='of the host')
        for options, expected in (([own], 300), ([], 2592000)):
            conf = cfg.ConfigOpts()
            conf.register_opts(options)
            opts.register_opts(conf, group='DEFAULT')
            opts.register_opts(conf, group='DEFAULT')
            conf([], default_config_files=[], default_config_dirs=[])
            conf.set_override('user_messages_create_timeout', 1)
            found = opts.library_options(conf, 'DEFAULT')

            self.assertEqual(
                (expected, 86400, 1.0),
                (found.message_ttl, found.message_reap_interval,
                 found.create_timeout))

    def test_sample_of_a_service_has_the_names_in_default(self):
        """Except for the option that only tests set."""
        self.assertEqual([
            'message_reap_interval', 'message_ttl', 'message_ttl_by_level',
            'user_messages_catalog',
            'user_messages_circuit_breaker_reset_timeout',
            'user_messages_connection', 'user_messages_connection_group',
            'user_messages_create_timeout',
            'user_messages_max_pool_size',
            'user_messages_spool_dir', 'user_messages_spool_max_files',
            'user_messages_table_mapping',
        ], sorted(option.name for option in opts.in_default()))

    def test_beside_the_options_of_oslo_db_is_harmless(self):
        """A service has a database of its own."""
        from oslo_db import options
        for first, second in ((options.set_defaults, opts.register_opts),
                              (opts.register_opts, options.set_defaults)):
            conf = cfg.ConfigOpts()
            first(conf)
            second(conf)
            conf([], default_config_files=[], default_config_dirs=[])

            self.assertIsNone(conf.database.connection)

    def test_library_needs_nothing_of_the_endpoint(self):
        """The file of a service does not need the section of the endpoint."""
        conf = cfg.ConfigOpts()
        opts.register_opts(conf)
        conf([], default_config_files=[], default_config_dirs=[])

        self.assertNotIn('api', conf)
        self.assertIn('user_messages', conf)
