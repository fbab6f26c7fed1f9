# SPDX-License-Identifier: Apache-2.0

import sqlalchemy
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy import schema

from usermessages.db import models
from usermessages.tests import base


def definition(dialect):
    """Return the columns of CREATE TABLE, by name."""
    lines = str(schema.CreateTable(models.MESSAGES).compile(
        dialect=dialect)).splitlines()
    return dict(line.strip(' \t,').split(' ', 1) for line in lines
                if line.startswith('\t') and 'PRIMARY KEY' not in line)


class MessagesTest(base.TestCase):
    """The table.  For the table in each database, see test_migrations.py."""

    def test_columns_are_those_of_the_design(self):
        """A user ID or a text cannot be added by accident."""
        self.assertEqual(
            ['id', 'project_id', 'event_id', 'action_id', 'detail_id',
             'message_level', 'resource_type', 'resource_uuid', 'request_id',
             'created_at', 'expires_at', 'global_request_id', 'parameters'],
            [column.name for column in models.MESSAGES.columns])

    def test_nothing_is_nullable(self):
        """NULL has no position in an order, and equals nothing."""
        self.assertEqual([], [column.name for column
                              in models.MESSAGES.columns if column.nullable])

    def test_nothing_refers_to_another_table(self):
        """A message outlives its resource and its project."""
        self.assertEqual(set(), models.MESSAGES.foreign_keys)
        self.assertEqual(['user_messages'], list(models.metadata.tables))

    def test_indexes_are_those_of_the_trials(self):
        """An index on (created_at, id) would slow down lists of projects."""
        self.assertEqual(
            [('user_messages_expires_idx', ['expires_at']),
             ('user_messages_project_idx',
              ['project_id', 'created_at', 'id']),
             ('user_messages_request_idx', ['request_id']),
             ('user_messages_resource_idx',
              ['resource_uuid', 'created_at', 'id'])],
            sorted((index.name, [column.name for column in index.columns])
                   for index in models.MESSAGES.indexes))

    def test_mariadb_does_not_pad(self):
        """MariaDB would treat 'abc' and 'abc ' as equal."""
        dialect = mysql.dialect()
        dialect.is_mariadb = True

        columns = definition(dialect)

        self.assertEqual(
            'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin '
            'NOT NULL', columns['project_id'])
        self.assertEqual(
            'VARCHAR(36) CHARACTER SET ascii COLLATE ascii_nopad_bin '
            'NOT NULL', columns['id'])
        self.assertEqual('DATETIME(6) NOT NULL', columns['created_at'])

    def test_mysql_does_not_pad_either(self):
        """MySQL has another name for a collation without padding."""
        columns = definition(mysql.dialect())

        self.assertEqual(
            'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin '
            'NOT NULL', columns['project_id'])
        self.assertEqual(
            'VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL',
            columns['id'])
        self.assertEqual('DATETIME(6) NOT NULL', columns['expires_at'])

    def test_postgresql_compares_bytes(self):
        """Comparisons do not depend on the locale of the database."""
        columns = definition(postgresql.dialect())

        self.assertEqual('UUID NOT NULL', columns['id'])
        self.assertEqual('VARCHAR(255) COLLATE "C" NOT NULL',
                         columns['project_id'])
        self.assertEqual('VARCHAR(64) COLLATE "C" NOT NULL',
                         columns['message_level'])
        self.assertEqual('TIMESTAMP WITHOUT TIME ZONE NOT NULL',
                         columns['created_at'])

    def test_sqlite_compares_bytes_by_itself(self):
        """The default collation of SQLite is BINARY."""
        columns = definition(sqlite.dialect())

        self.assertEqual('VARCHAR(255) NOT NULL', columns['project_id'])
        self.assertEqual('DATETIME NOT NULL', columns['created_at'])

    def test_longest_index_fits(self):
        """InnoDB accepts 3072 bytes, with four bytes for each character."""
        for index in models.MESSAGES.indexes:
            length = sum(column.type.length * 4 for column in index.columns
                         if isinstance(column.type, (models.ExactText,
                                                     sqlalchemy.String)))

            self.assertLess(length, 3072 - 2 * 8, index.name)
