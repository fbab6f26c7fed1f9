# SPDX-License-Identifier: Apache-2.0

"""The table of user messages.

``MESSAGES`` defines the columns and indexes.  The migrations create the same
table, and a test compares both on each database.  Text columns compare byte by
byte: with a collation in which ``abc`` equals ``ABC`` or ``abc ``, one project
could read the messages of another.
"""

from typing import Any, cast

import sqlalchemy
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy import types

ID_LENGTH = 36
TEXT_LENGTH = 255
NAME_LENGTH = 64


class ExactText(types.TypeDecorator):
    """Text that compares byte by byte, including trailing blanks.

    :param length: the length in characters
    :param charset: ``ascii`` for constants of the catalog and the code,
        ``utf8mb4`` for other text; for MySQL and MariaDB only
    """

    impl = types.String
    cache_ok = True

    def __init__(self, length: int, charset: str = 'utf8mb4'):
        super().__init__(length)
        self.length = length
        self.charset = charset

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name in ('mysql', 'mariadb'):
            # mysql+pymysql:// can be MariaDB or MySQL.  MySQL has another
            # collation without padding.
            if dialect.is_mariadb:
                collation = f'{self.charset}_nopad_bin'
            elif self.charset == 'utf8mb4':
                collation = 'utf8mb4_0900_bin'
            else:
                collation = f'{self.charset}_bin'
            return dialect.type_descriptor(mysql.VARCHAR(
                self.length, charset=self.charset, collation=collation))
        if dialect.name == 'postgresql':
            return dialect.type_descriptor(
                types.String(self.length, collation='C'))
        return dialect.type_descriptor(types.String(self.length))


# Half the size of text, and the same order.
MESSAGE_ID = ExactText(ID_LENGTH, 'ascii').with_variant(
    postgresql.UUID(as_uuid=False), 'postgresql')

# Naive, in UTC; without a variant MySQL and MariaDB keep whole seconds only.
UTC_TIME = types.DateTime().with_variant(
    mysql.DATETIME(fsp=6), 'mysql', 'mariadb')

metadata = sqlalchemy.MetaData()

PROJECT_INDEX = 'user_messages_project_idx'

MESSAGES = sqlalchemy.Table(
    'user_messages', metadata,
    sqlalchemy.Column('id', MESSAGE_ID, primary_key=True),
    sqlalchemy.Column('project_id', ExactText(TEXT_LENGTH), nullable=False),
    sqlalchemy.Column('event_id', ExactText(TEXT_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('action_id', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('detail_id', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('message_level', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('resource_type', ExactText(NAME_LENGTH, 'ascii'),
                      nullable=False),
    sqlalchemy.Column('resource_uuid', ExactText(TEXT_LENGTH),
                      nullable=False),
    sqlalchemy.Column('request_id', ExactText(TEXT_LENGTH), nullable=False),
    sqlalchemy.Column('created_at', UTC_TIME, nullable=False),
    sqlalchemy.Column('expires_at', UTC_TIME, nullable=False),
    sqlalchemy.Column('global_request_id', ExactText(TEXT_LENGTH, 'ascii'),
                      nullable=False, server_default=''),
    sqlalchemy.Column('parameters', ExactText(TEXT_LENGTH, 'ascii'),
                      nullable=False, server_default=''),
    # No index on (created_at, id): MariaDB and PostgreSQL would prefer the
    # index for a large project and read the messages of all projects.
    sqlalchemy.Index(PROJECT_INDEX, 'project_id', 'created_at', 'id'),
    sqlalchemy.Index('user_messages_resource_idx',
                     'resource_uuid', 'created_at', 'id'),
    sqlalchemy.Index('user_messages_request_idx', 'request_id'),
    sqlalchemy.Index('user_messages_expires_idx', 'expires_at'),
    # Other row formats limit keys to a shorter length.
    mysql_engine='InnoDB', mysql_charset='utf8mb4',
    mysql_row_format='DYNAMIC', mariadb_engine='InnoDB',
    mariadb_charset='utf8mb4', mariadb_row_format='DYNAMIC')


def can_hold(column: sqlalchemy.ColumnElement[Any], value: Any) -> bool:
    """Tell whether a column can have the value.

    Some databases return an error for a comparison with any other value.
    """
    if not isinstance(value, str) or '\0' in value:
        return False
    column_type = cast(ExactText, column.type)
    if column_type.length and len(value) > column_type.length:
        return False
    # An existing table of a service has other types.
    if getattr(column_type, 'charset', None) == 'ascii':
        return value.isascii()
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
