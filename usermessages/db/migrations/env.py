# SPDX-License-Identifier: Apache-2.0

"""Run the migrations on the connection that ``migration.py`` passes."""

from typing import Any

from alembic import context

from usermessages.db import migration
from usermessages.db import models


def include_name(name: Any, type_: Any, parent_names: Any) -> bool:
    return type_ == 'schema' or migration.is_own_object(
        name, type_, parent_names)


context.configure(
    connection=context.config.attributes['connection'],
    target_metadata=models.metadata,
    include_name=include_name,
    version_table=migration.VERSION_TABLE,
    render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
