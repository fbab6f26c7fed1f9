# SPDX-License-Identifier: Apache-2.0

"""Add the parameters of texts.

The default is constant, so that MariaDB, MySQL and PostgreSQL change only the
metadata of the table, and older releases can insert rows without the column.
"""

from alembic import op
import sqlalchemy as sa

from usermessages.db import models

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    # MariaDB and MySQL commit each change, so the column can exist after an
    # interrupted migration, without the version.
    columns = sa.inspect(op.get_bind()).get_columns('user_messages')
    if 'parameters' not in {column['name'] for column in columns}:
        op.add_column('user_messages', sa.Column(
            'parameters', models.ExactText(255, 'ascii'),
            nullable=False, server_default=''))
