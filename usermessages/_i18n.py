# SPDX-License-Identifier: Apache-2.0

"""Mark the texts that are translated.

``_('Message %s could not be found.')`` is translated where it stands, into
the language of the service.  ``N_('No storage ...')`` only marks a text of a
catalog for extraction: what is said to a user is translated when it is read,
into the language of the reader, by :mod:`usermessages.message.translations`.
"""

import pathlib

import oslo_i18n

DOMAIN = 'usermessages'
LOCALE_DIR = pathlib.Path(__file__).parent / 'locale'

_ = oslo_i18n.TranslatorFactory(domain=DOMAIN).primary


def N_(text: str) -> str:
    """Mark a text for translation and leave it as it is."""
    return text
