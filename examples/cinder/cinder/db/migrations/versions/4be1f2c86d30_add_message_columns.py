# SPDX-License-Identifier: Apache-2.0

"""Add the global request ID and the parameters to messages."""

from alembic import op
import sqlalchemy as sa

revision = '4be1f2c86d30'
down_revision = '9c74c1c6971f'
branch_labels = None
depends_on = None


def upgrade():
    for name in ('global_request_id', 'parameters'):
        op.add_column('messages', sa.Column(
            name, sa.String(255), nullable=True))
