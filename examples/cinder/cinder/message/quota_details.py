# SPDX-License-Identifier: Apache-2.0

"""Details with the numbers of a quota, which exceptions of Cinder contain."""

from cinder.i18n import _
from cinder.message import message_field
from usermessages.message import catalog
from usermessages.message.catalog import Count
from usermessages.message.catalog import Gigabytes
from usermessages.message.catalog import OneOf
from usermessages.message.catalog import PROJECT
from usermessages.message.catalog import REQUEST


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


ALL = [QuotaDetail.GIGABYTES_EXCEEDED, QuotaDetail.COUNT_EXCEEDED]
WORDS = ('volumes', 'snapshots', 'backups')


def detail_for(error):
    """Return the detail and the parameters of a quota error.

    ``VolumeLimitExceeded`` and ``SnapshotLimitExceeded`` are omitted: drivers
    raise them for a limit of the storage, which users must not read.
    """
    values = getattr(error, 'kwargs', {})
    name = type(error).__name__
    if name == 'VolumeSizeExceedsAvailableQuota':
        return QuotaDetail.GIGABYTES_EXCEEDED, {
            'requested': values.get('requested'), 'limit': values.get('quota'),
            'left': max(0, values['quota'] - values['consumed'])}
    if name == 'OverQuota':
        # Others are gigabytes, and the quotas of a volume type.
        for resources in values.get('overs', ()):
            if resources in WORDS:
                return QuotaDetail.COUNT_EXCEEDED, {
                    'limit': values['quotas'][resources],
                    'resources': resources}
    return None
