# SPDX-License-Identifier: Apache-2.0

import datetime

import ddt
import sqlalchemy
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite

from usermessages.db import sql_functions
from usermessages.tests import base

DIALECTS = {'mysql': mysql, 'postgresql': postgresql, 'sqlite': sqlite}
COLUMN = sqlalchemy.Column('c', sqlalchemy.DateTime())


def written(expression, dialect):
    """Return the SQL of an expression in one of the dialects."""
    return str(expression.compile(
        dialect=DIALECTS[dialect].dialect(),
        compile_kwargs={'literal_binds': True}))


@ddt.ddt
class SQLTest(base.TestCase):
    """The same condition needs other words in each database."""

    @ddt.named_data(
        ['mysql', 'mysql', 'CAST(CONVERT(c USING utf8mb4) AS BINARY)'],
        ['postgresql', 'postgresql', 'CAST(c AS TEXT) COLLATE "C"'],
        ['sqlite', 'sqlite', '(c) COLLATE BINARY'])
    def test_bytes(self, dialect, expected):
        """Collations do not treat the projects abc and ABC as one."""
        self.assertEqual(
            expected, written(sql_functions.Bytes(COLUMN), dialect))

    @ddt.named_data(
        ['mysql', 'mysql', '(c + INTERVAL 30 SECOND)'],
        ['postgresql', 'postgresql', '(c + make_interval(secs => 30))'],
        ['sqlite', 'sqlite', "(strftime('%Y-%m-%d %H:%M:%f', c, 30 || "
                             "' seconds') || '000')"])
    def test_later(self, dialect, expected):
        """A message without an expiry time expires after its retention."""
        self.assertEqual(expected, written(
            sql_functions.Later(COLUMN, sqlalchemy.literal(30)), dialect))

    @ddt.named_data(
        ['mysql', 'mysql', 'utc_timestamp(6)'],
        ['postgresql', 'postgresql', "timezone('UTC', clock_timestamp())"])
    def test_utc_now(self, dialect, expected):
        """The time zone of a server does not matter."""
        self.assertEqual(
            expected, written(sql_functions.utc_now(dialect), dialect))

    def test_sqlite_has_no_clock(self):
        """The file is read with the clock of this machine."""
        self.assertIsNone(sql_functions.utc_now('sqlite'))

    def test_time_has_the_type_of_a_column(self):
        """MariaDB would compare the time as a text."""
        self.assertEqual(
            "CAST('2026-01-01 12:00:00' AS DATETIME(6))",
            written(sql_functions.Time(sqlalchemy.literal(
                datetime.datetime(2026, 1, 1, 12))), 'mysql'))
