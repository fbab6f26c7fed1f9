# SPDX-License-Identifier: Apache-2.0

"""A catalog with an event that contains numbers."""

from usermessages.message.catalog import Catalog
from usermessages.message.catalog import Event
from usermessages.message.catalog import Gigabytes
from usermessages.message.catalog import PROJECT
from usermessages.message.catalog import REQUEST


def N_(text):
    return text


FAILED = Event('000001', N_('The operation failed.'))
QUOTA_EXCEEDED = Event(
    '000006',
    N_('The quota of the project does not allow {requested}: {left} of '
       '{limit} are left.'),
    parameters={'requested': Gigabytes(about=REQUEST),
                'left': Gigabytes(about=PROJECT),
                'limit': Gigabytes(about=PROJECT)},
    general=N_('The quota of the project is exhausted.'))

CATALOG = Catalog('COFFEE', events=[FAILED, QUOTA_EXCEEDED],
                  unknown_error=FAILED)
