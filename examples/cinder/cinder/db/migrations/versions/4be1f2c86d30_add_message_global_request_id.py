# SPDX-License-Identifier: Apache-2.0

"""Add the global request ID to messages."""

from alembic import op
import sqlalchemy as sa

revision = '4be1f2c86d30'
down_revision = '9c74c1c6971f'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('messages', sa.Column(
        'global_request_id', sa.String(255), nullable=True))
