# SPDX-License-Identifier: Apache-2.0

"""Create the table of user messages."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql

from usermessages.db import models

revision = '0001'
down_revision = None


def upgrade() -> None:
    # MariaDB and MySQL keep the table of an interrupted migration.
    bind = op.get_bind()
    database = sa.inspect(bind)
    existing = set()
    if database.has_table('user_messages'):
        if bind.dialect.name in ('mysql', 'mariadb'):
            # The row format of the table may limit the length of keys.
            bind.exec_driver_sql(
                'ALTER TABLE user_messages ROW_FORMAT=DYNAMIC')
        existing = {index['name'] for index
                    in database.get_indexes('user_messages')}
    else:
        _create_table()
    for name, columns in (
            ('user_messages_project_idx', ['project_id', 'created_at', 'id']),
            ('user_messages_resource_idx',
             ['resource_uuid', 'created_at', 'id']),
            ('user_messages_request_idx', ['request_id']),
            ('user_messages_expires_idx', ['expires_at'])):
        if name not in existing:
            op.create_index(name, 'user_messages', columns)


def _create_table() -> None:
    def ascii_text(length: int) -> models.ExactText:
        return models.ExactText(length, 'ascii')

    time = sa.DateTime().with_variant(
        mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
    op.create_table(
        'user_messages',
        sa.Column('id', ascii_text(36).with_variant(
            postgresql.UUID(as_uuid=False), 'postgresql'), primary_key=True),
        sa.Column('project_id', models.ExactText(255), nullable=False),
        sa.Column('event_id', ascii_text(255), nullable=False),
        sa.Column('action_id', ascii_text(64), nullable=False),
        sa.Column('detail_id', ascii_text(64), nullable=False),
        sa.Column('message_level', ascii_text(64), nullable=False),
        sa.Column('resource_type', ascii_text(64), nullable=False),
        sa.Column('resource_uuid', models.ExactText(255), nullable=False),
        sa.Column('request_id', models.ExactText(255), nullable=False),
        sa.Column('created_at', time, nullable=False),
        sa.Column('expires_at', time, nullable=False),
        mysql_engine='InnoDB', mysql_charset='utf8mb4',
        mysql_row_format='DYNAMIC', mariadb_engine='InnoDB',
        mariadb_charset='utf8mb4', mariadb_row_format='DYNAMIC')
