# SPDX-License-Identifier: Apache-2.0

"""User messages, kept by usermessages in the table that Cinder has."""

from oslo_config import cfg
import sqlalchemy as sa

from cinder.db import api as db_api
from cinder.db import models
from cinder.i18n import _
from cinder.message import defined_messages
from cinder.message import message_field
from usermessages.db.table_mapping import TableMapping
from usermessages.message import api
from usermessages.message import catalog
from usermessages.message.catalog import Catalog
from usermessages.message.catalog import Count
from usermessages.message.catalog import Gigabytes
from usermessages.message.catalog import OneOf
from usermessages.message.catalog import PROJECT
from usermessages.message.catalog import REQUEST
from usermessages import opts

opts.register_opts(cfg.CONF, 'DEFAULT')
messages_opts = [option for option in opts.in_default()
                 if option.name.startswith('message_')]


class QuotaDetail:
    """Details with the numbers of a quota."""

    GIGABYTES_EXCEEDED = catalog.Detail(
        '101', _('The quota does not allow {requested}: {left} of {limit} are '
                 'left.'),
        parameters={'requested': Gigabytes(about=REQUEST),
                    'left': Gigabytes(about=PROJECT),
                    'limit': Gigabytes(about=PROJECT)},
        general=message_field.Detail.QUOTA_EXCEED[1])
    COUNT_EXCEEDED = catalog.Detail(
        '102', _('The quota allows at most {limit} {resources}.'),
        parameters={'limit': Count(10 ** 9, about=PROJECT),
                    'resources': OneOf({'volumes': _('volumes'),
                                        'snapshots': _('snapshots'),
                                        'backups': _('backups')},
                                       about=REQUEST)},
        general=message_field.Detail.QUOTA_EXCEED[1])


LIMITS = {'VolumeLimitExceeded': 'volumes',
          'SnapshotLimitExceeded': 'snapshots',
          'BackupLimitExceeded': 'backups'}


def detail_for(error):
    values = getattr(error, 'kwargs', {})
    name = type(error).__name__
    if name == 'VolumeSizeExceedsAvailableQuota':
        return QuotaDetail.GIGABYTES_EXCEEDED, {
            'requested': values['requested'], 'limit': values['quota'],
            'left': values['quota'] - values['consumed']}
    if name == 'OverQuota':
        [resources, *_others] = values['overs']
        return QuotaDetail.COUNT_EXCEEDED, {
            'limit': values['quotas'][resources], 'resources': resources}
    if name in LIMITS:
        return QuotaDetail.COUNT_EXCEEDED, {
            'limit': values['allowed'], 'resources': LIMITS[name]}


CATALOG = Catalog(
    'VOLUME', events=defined_messages,
    unknown_error=defined_messages.EventIds.UNKNOWN_ERROR,
    actions=message_field.Action, detail_for=detail_for,
    details=[*message_field.Detail.ALL, QuotaDetail.GIGABYTES_EXCEEDED,
             QuotaDetail.COUNT_EXCEEDED],
    unknown_detail=message_field.Detail.UNKNOWN_ERROR,
    resource_types=message_field.Resource,
    exceptions=message_field.Detail.EXCEPTION_DETAIL_MAPPINGS)
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
