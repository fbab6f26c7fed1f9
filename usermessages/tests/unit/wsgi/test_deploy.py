# SPDX-License-Identifier: Apache-2.0

import pathlib
import re
import sys
import traceback

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
            'the table of user messages does not exist; run '
            '"usermessages-manage db sync"')

    def test_newer_database_is_a_warning(self):
        """The schema is upgraded first, and the services after it."""
        connection = self.connect()
        connection.execute(sqlalchemy.text(
            "UPDATE user_messages_alembic_version SET version_num = '9999'"))
        connection.commit()

        application = deploy.application(self.conf)

        self.assertTrue(callable(application))
        self.assertIn(
            'The table of user messages is at version 9999, which is newer '
            f'than this package, whose latest is {database.HEAD}; it can be '
            'used until the package is upgraded.',
            self.log.output)

    def test_older_database_is_refused(self):
        """The service would query missing columns."""
        connection = self.connect()
        connection.execute(sqlalchemy.text(
            "UPDATE user_messages_alembic_version SET version_num = '0001'"))
        connection.commit()

        self.assertRefused(
            exception.WrongDatabaseVersion,
            'the table of user messages is at version 0001 and '
            f'{database.HEAD} is required; run "usermessages-manage db sync"')

    def test_database_that_refuses_is_an_error_in_the_log(self):
        """A password that is changed there first ends no server."""
        with fixtures.MockPatch(
                'usermessages.db.migration.current_at',
                side_effect=exception.DatabaseError('OperationalError 1045')):
            application = deploy.application(self.conf)

        self.assertTrue(callable(application))
        self.assertIn(
            'ERROR usermessages.wsgi.deploy Database not usable '
            '(OperationalError 1045); requests fail until this is '
            'corrected.',
            self.log.output)

    def test_database_that_is_unavailable_is_a_warning(self):
        """Operators can start services and databases in any order."""
        self.set(self.conf, user_messages__connection='mysql+pymysql://'
                 'alice:s3cret@127.0.0.1:1/messages')

        application = deploy.application(self.conf)

        self.assertTrue(callable(application))
        self.assertIn('Database unavailable (OperationalError 2003, ',
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

    def test_option_of_the_middleware_that_cannot_be_read(self):
        """Operators read the name of the option, and no part of its value."""
        self.set(self.conf, api__auth_strategy='keystone')
        url = self.conf.user_messages.connection
        dollar = ('has a "$" without the name of an option; write "$$" for '
                  'the character.')
        for group, line, expected in (
                ('keystone_authtoken', 'password = sec$SECRET', dollar),
                ('keystone_authtoken', 'memcached_servers = $SECRET', dollar),
                ('keystone_authtoken', 'memcache_secret_key = a$SECRET',
                 dollar),
                ('keystone_authtoken', 'password = $password', dollar),
                ('keystone_authtoken', 'http_request_max_retries = SECRET',
                 'in PATH is not valid: an integer is required.'),
                ('cors', 'allowed_origin = $SECRET', dollar),
                ('oslo_policy', 'policy_file = $SECRET', dollar),
                ('oslo_middleware', 'max_request_body_size = SECRET',
                 'in PATH is not valid: an integer is required.')):
            with self.subTest(line=line):
                text = (
                    f'[user_messages]\nconnection = {url}\n'
                    '[keystone_authtoken]\nauth_type = password\n'
                    'auth_url = http://127.0.0.1:1/v3\nusername = u\n'
                    f'[{group}]\n{line}\n')
                [path] = self.create_tempfiles([('conf', text)], '.conf')
                self.useFixture(fixtures.MockPatch('oslo_log.log.setup'))
                conf = deploy.configure(['--config-file', path])

                error = self.assertRaises(exception.ConfigurationError,
                                          deploy.application, conf)

                self.assertEqual(
                    f'[{group}]{line.partition(" ")[0]} '
                    + expected.replace('PATH', path), str(error))
                self.assertNotIn('SECRET', ''.join(
                    traceback.format_exception(error)))
                self.assertNotIn('SECRET', self.log.output)

    def test_missing_paste_file_is_refused(self):
        """A typo must not bring up the default."""
        self.set(self.conf, api__paste_config='my-paste.ini')

        self.assertRefused(
            exception.ConfigurationError,
            "[api]paste_config is 'my-paste.ini', but the file does not "
            'exist.')


class CheckPipelineTest(database.DatabaseTestCase):

    def pipeline(self, filters, more=''):
        """Configure the shipped paste file with these filters in front."""
        shipped = pathlib.Path(deploy.__file__).with_name('api-paste.ini')
        text = re.sub(r'(?m)^pipeline = .*$', f'pipeline = {filters} app',
                      shipped.read_text())
        [path] = self.create_tempfiles([('paste', text + more)], '.ini')
        self.set(self.conf, api__paste_config=path)
        return path

    def test_shipped_pipeline(self):
        """The shipped paste file passes the check."""
        deploy.check_pipeline(self.conf)

    def test_nothing_checks_tokens(self):
        """The start fails, since any client could claim any user."""
        for filters in ('fault context', 'fault context authtoken',
                        'context fault authtoken'):
            with self.subTest(filters=filters):
                path = self.pipeline(filters)

                for start in (deploy.check_pipeline, deploy.application):
                    error = self.assertRaises(
                        exception.ConfigurationError, start, self.conf)

                    self.assertEqual(
                        f'In the pipeline of the paste file {path}, no filter '
                        'before "context" validates tokens.  Add "authtoken" '
                        'before it.', str(error))

    def test_trial_needs_no_check(self):
        """Trials do not validate tokens."""
        self.pipeline('fault context')
        self.set(self.conf, api__auth_strategy='noauth')

        deploy.check_pipeline(self.conf)

    def test_filter_of_the_operator(self):
        """A custom filter may check tokens; each request shows the result."""
        for filters in ('fault own context', 'own context', 'own fault'):
            with self.subTest(filters=filters):
                self.pipeline(filters, '\n[filter:own]\npaste.filter_factory '
                              '= keystonemiddleware.auth_token:'
                              'filter_factory\n')

                deploy.check_pipeline(self.conf)


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
        """Operators read the error before the first request."""
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
        """With another status, the server would restart workers."""
        self.assertEqual(4, self.exit_status())

    def test_uwsgi_ends(self):
        """The exit status tells uWSGI not to restart."""
        self.addCleanup(sys.modules.pop, 'uwsgi')
        sys.modules['uwsgi'] = sys

        self.assertEqual(22, self.exit_status())
