# SPDX-License-Identifier: Apache-2.0

"""A catalog with remedies, translations and a retired event."""

import pathlib

from usermessages.message import catalog
from usermessages.message import user_actions


def N_(text: str) -> str:
    """Mark a text for translation."""
    return text


FAILED = catalog.Event('000001', N_('The coffee could not be made.'))
NO_BEANS = catalog.Event(
    '000002', N_('There are no beans.'), remedy=catalog.Remedy(
        user_actions.WAIT, N_('Beans are delivered every morning.')))
NO_MILK = catalog.Event('000003', N_('There is no milk.'))
CATALOG = catalog.Catalog(
    'COFFEE', events=[FAILED, NO_BEANS], unknown_error=FAILED,
    retired=[NO_MILK], domain='coffee',
    locale_dir=pathlib.Path(__file__).parent / 'locale')
