# SPDX-License-Identifier: Apache-2.0

import sys

import fixtures
import sqlalchemy

from usermessages import exception
from usermessages.tests import database
from usermessages.wsgi import deploy


class ApplicationTest(database.DatabaseTestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__auth_strategy='noauth')

    def assertRefused(self, kind, expected):
        error = self.assertRaises(kind, deploy.application, self.conf)
        self.assertEqual(expected, str(error))

    def test_every_part_is_given_the_same_configuration(self):
        """Two services in one process do not mix."""
        application = deploy.application(self.conf)

        self.assertTrue(callable(application))

    def test_database_without_tables_is_refused(self):
        """Every request would be an error."""
        self.set(self.conf,
                 user_messages__connection=self.make_empty_database())

        self.assertRefused(
            exception.DatabaseError,
            'there is no table of user messages yet: run "usermessages-manage '
            'db sync"')

    def test_newer_database_is_refused(self):
        """Its columns may mean something else."""
        connection = self.connect()
        connection.execute(sqlalchemy.text(
            "UPDATE user_messages_alembic_version SET version_num = '9999'"))
        connection.commit()

        self.assertRefused(
            exception.DatabaseError,
            'the table of user messages is at version 9999, which is newer '
            'than this package, whose latest is 0001: upgrade the package')

    def test_database_that_is_away_is_a_warning(self):
        """After a power cut nobody knows who comes up first."""
        self.set(self.conf, user_messages__connection='mysql+pymysql://'
                 'alice:s3cret@127.0.0.1:1/messages')

        application = deploy.application(self.conf)

        self.assertTrue(callable(application))
        self.assertIn('The database is away (OperationalError 2003)',
                      self.log.output)
        self.assertNotIn('s3cret', self.log.output)

    def test_no_database_is_refused(self):
        """The option to set is named."""
        self.set(self.conf, user_messages__connection=None)

        self.assertRefused(
            exception.ConfigurationError,
            'No database is configured: set '
            '[user_messages]connection in usermessages.conf, or '
            'OS_USER_MESSAGES__CONNECTION.')

    def test_missing_paste_file_is_refused(self):
        """A typo must not bring up the default."""
        self.set(self.conf, api__paste_config='my-paste.ini')

        self.assertRefused(
            exception.ConfigurationError,
            "[api]paste_config is 'my-paste.ini', and there is no such file.")


class ConfigureTest(database.DatabaseTestCase):

    def configured(self, *args):
        """Configure, but for the log, which is for the whole process."""
        with fixtures.MockPatch('oslo_log.log.setup'):
            return deploy.configure(args)

    def test_options_of_the_endpoint_are_known(self):
        """A server reads them and the library's."""
        conf = self.configured()

        self.assertEqual('keystone', conf.api.auth_strategy)
        self.assertEqual(2592000, conf.user_messages.message_ttl)
        self.assertIn('alembic=WARNING', conf.default_log_levels)

    def test_wrong_file_of_the_log_is_one_error(self):
        """It is found before anything is served."""
        name = self.create_tempfiles([('log', 'nonsense')], '.conf')[0]

        error = self.assertRaises(
            exception.ConfigurationError, deploy.configure,
            ['--log-config-append', name])

        self.assertIn(name, str(error))


class ServedApplicationTest(database.DatabaseTestCase):
    """usermessages.wsgi.api, which servers import."""

    def exit_status(self):
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USERMESSAGES_CONFIG_DIR', '/nonexistent'))
        self.useFixture(fixtures.MockPatch('oslo_log.log.setup'))
        sys.modules.pop('usermessages.wsgi.api', None)
        error = self.assertRaises(SystemExit, __import__,
                                  'usermessages.wsgi.api')
        return error.code

    def test_gunicorn_ends(self):
        """At another status it would start workers for ever."""
        self.assertEqual(4, self.exit_status())

    def test_uwsgi_ends(self):
        """It has a status of its own for the same."""
        self.addCleanup(sys.modules.pop, 'uwsgi')
        sys.modules['uwsgi'] = sys

        self.assertEqual(22, self.exit_status())
