# SPDX-License-Identifier: Apache-2.0

"""The table of user messages.

``MESSAGES`` is the truth about columns and indexes; the migrations lead to
it, which a test compares on each database.  Text compares byte by byte
everywhere: a collation that takes ``abc`` for ``ABC`` or for ``abc `` would
show one project the messages of another.
"""

from typing import Any

import sqlalchemy
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy import types

ID_LENGTH = 36
TEXT_LENGTH = 255
NAME_LENGTH = 64


class ExactText(types.TypeDecorator):
    """Text that equals nothing but itself, trailing blanks included.

    :param length: in characters
    :param charset: ``ascii`` for what the catalog and the code produce,
        ``utf8mb4`` for what comes from elsewhere; of MySQL and MariaDB only
    """

    impl = types.String
    cache_ok = True

    def __init__(self, length: int, charset: str = 'utf8mb4'):
        super().__init__(length)
        self.length = length
        self.charset = charset

    def load_dialect_impl(self, dialect: Any) -> Any:
        if dialect.name in ('mysql', 'mariadb'):
            # The URL does not tell MariaDB from MySQL: mysql+pymysql:// goes
            # to either.  MySQL has no nopad_bin, but one that does not pad.
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
    # There is none on (created_at, id): MariaDB and PostgreSQL would prefer
    # it for a large project and then walk the messages of all projects.
    sqlalchemy.Index('user_messages_project_idx',
                     'project_id', 'created_at', 'id'),
    sqlalchemy.Index('user_messages_resource_idx',
                     'resource_uuid', 'created_at', 'id'),
    sqlalchemy.Index('user_messages_request_idx', 'request_id'),
    sqlalchemy.Index('user_messages_expires_idx', 'expires_at'),
    mysql_engine='InnoDB', mysql_charset='utf8mb4',
    mariadb_engine='InnoDB', mariadb_charset='utf8mb4')
