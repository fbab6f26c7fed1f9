# SPDX-License-Identifier: Apache-2.0

"""What a bakery tells those who ordered a cake."""

from usermessages.message.catalog import Action
from usermessages.message.catalog import Catalog
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event

UNKNOWN_ERROR = Event('000001', 'Something went wrong in the bakery.')
OUT_OF_FLOUR = Event('000002', 'There is no flour left; order again tomorrow.')

BAKE = Action('001', 'bake a cake')

UNKNOWN_REASON = Detail('001', 'the reason is not known')
OVEN_COLD = Detail('002', 'the oven is out of order')

CAKE = 'CAKE'


class OvenError(Exception):
    """The oven did something unexpected."""


CATALOG = Catalog(
    'BAKERY',
    events=[UNKNOWN_ERROR, OUT_OF_FLOUR],
    actions=[BAKE],
    details=[UNKNOWN_REASON, OVEN_COLD],
    resource_types=[CAKE],
    unknown_error=UNKNOWN_ERROR,
    unknown_detail=UNKNOWN_REASON,
    exceptions={OvenError: OVEN_COLD, 'TimeoutError': OVEN_COLD})
