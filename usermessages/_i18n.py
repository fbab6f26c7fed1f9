# SPDX-License-Identifier: Apache-2.0

"""Mark the texts that are translated.

``_('Message %s could not be found.')`` is translated where it stands, into
the language of the service.  ``N_('No storage ...')`` only marks a text of a
catalog for extraction: what is said to a user is chosen when it is read.
"""

import oslo_i18n

DOMAIN = 'usermessages'

_ = oslo_i18n.TranslatorFactory(domain=DOMAIN).primary


def N_(text: str) -> str:
    """Mark a text for translation and leave it as it is."""
    return text
