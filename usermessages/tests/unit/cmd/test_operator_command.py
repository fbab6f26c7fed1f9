# SPDX-License-Identifier: Apache-2.0

import datetime
import json

import fixtures
from oslo_utils import timeutils
import sqlalchemy

from usermessages.cmd import manage
from usermessages.cmd import status
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.unit.cmd import base as cmd_base
from usermessages.tests.unit.db import test_table_mapping

MAPPING = f'{test_table_mapping.__name__}:CINDER'
DAY = datetime.timedelta(days=1)


class TableMappingTestCase(cmd_base.CommandTestCase):
    """A test on a table of a service, with a live and an expired message."""

    def setUp(self):
        super().setUp()
        self.use_mapping(MAPPING)
        self.engine = sqlalchemy.create_engine(self.empty)
        self.addCleanup(self.engine.dispose)
        self.table = test_table_mapping.CINDER.table
        self.table.create(self.engine)
        now = timeutils.utcnow()
        for number, expires_at in ((1, now + DAY), (2, now - DAY)):
            with self.engine.begin() as connection:
                connection.execute(self.table.insert().values(
                    id=f'00000000-0000-4000-8000-00000000000{number}',
                    project_id=base.PROJECT, message_level='ERROR',
                    event_id='VOLUME_VOLUME_003_001', action_id='003',
                    detail_id='001', deleted=False, created_at=now - 2 * DAY,
                    expires_at=expires_at))

    def use_mapping(self, path):
        self.useFixture(fixtures.EnvironmentVariable(
            'OS_USER_MESSAGES__TABLE_MAPPING', path))


@database.on_each
class ManageTest(TableMappingTestCase):

    prog = 'usermessages-manage'
    main = staticmethod(manage.main)

    def test_messages_of_the_service_are_counted(self):
        """Operators of Cinder see which texts are missing."""
        status, out, err = self.run_command(
            'message', 'stats', '--unknown', '-f', 'json')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual((2, 2), (json.loads(out)['messages'],
                                  json.loads(out)['unknown']))

    def test_expired_messages_of_the_service_are_purged(self):
        """A timer can replace the periodic task of a service."""
        status, out, err = self.run_command('message', 'purge', '-f', 'json')

        self.assertEqual((0, ''), (status, err))
        self.assertEqual(1, json.loads(out)['rows'])
        with self.engine.connect() as connection:
            live = connection.execute(
                self.table.select().where(~self.table.c.deleted)).all()
        self.assertEqual(['00000000-0000-4000-8000-000000000001'],
                         [row.id for row in live])

    def test_mapping_that_cannot_be_loaded(self):
        """Operators read which option is wrong."""
        for path, reason in (
                ('no_such_module:X', 'but the module no_such_module is not '
                 'installed'),
                (f'{__name__}:DAY', 'which is not a TableMapping')):
            self.use_mapping(path)

            code, out, err = self.run_command('message', 'stats')

            self.assertEqual((1, '', 1), (code, out, len(err.splitlines())))
            self.assertIn(
                f'[user_messages]table_mapping is {path!r}, {reason}', err)


class StatusTest(TableMappingTestCase):

    prog = 'usermessages-status'
    main = staticmethod(status.main)

    def test_table_of_the_service_is_checked(self):
        """The service upgrades its table; the purge is checked as usual."""
        code, out, _err = self.run_command('upgrade', 'check', '--json')

        self.assertEqual(0, code, out)
        details = {check['check']: check['details']
                   for check in json.loads(out)['checks']}
        self.assertEqual('The service with the table mapping upgrades the '
                         'table.', details['Database'])
        self.assertIn('Of 0 messages', details['Unknown reasons'])
