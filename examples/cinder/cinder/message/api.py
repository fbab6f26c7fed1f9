# SPDX-License-Identifier: Apache-2.0

"""User messages, kept by usermessages in the table that Cinder has."""

import pathlib

from oslo_config import cfg
import sqlalchemy as sa

from cinder.db import api as db_api
from cinder.db import models
from cinder.message import defined_messages
from cinder.message import message_field
from cinder.message import quota_details
from usermessages.db.table_mapping import TableMapping
from usermessages.message import api
from usermessages.message.catalog import Catalog
from usermessages import opts

opts.register_opts(cfg.CONF, 'DEFAULT')
messages_opts = [option for option in opts.in_default()
                 if option.name.startswith('message_')]

CATALOG = Catalog(
    'VOLUME', events=defined_messages,
    unknown_error=defined_messages.EventIds.UNKNOWN_ERROR,
    actions=message_field.Action,
    details=[*message_field.Detail.ALL, *quota_details.ALL],
    detail_for=quota_details.detail_for,
    unknown_detail=message_field.Detail.UNKNOWN_ERROR,
    resource_types=message_field.Resource,
    exceptions=message_field.Detail.EXCEPTION_DETAIL_MAPPINGS,
    domain='cinder-messages',
    locale_dir=pathlib.Path(__file__).parent.parent / 'locale')
for name in ('global_request_id', 'parameters'):
    models.Message.__table__.append_column(
        sa.Column(name, sa.String(255)), replace_existing=True)
TABLE_MAPPING = TableMapping(
    models.Message.__table__, live_values={'deleted': False},
    soft_delete_values=lambda now: {'deleted': True, 'deleted_at': now})


class API(api.API):

    def __init__(self):
        super().__init__(
            cfg.CONF, catalog=CATALOG, group='DEFAULT',
            table_mapping=TABLE_MAPPING,
            engine=lambda: db_api.main_context_manager.writer.get_engine())

    def create(self, context, action,
               resource_type=message_field.Resource.VOLUME,
               resource_uuid=None, exception=None, detail=None, level='ERROR',
               **values):
        return super().create(
            context, resource_type=resource_type, resource_uuid=resource_uuid,
            level=level, action=action, detail=detail, exception=exception,
            **values)
