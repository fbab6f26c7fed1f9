# SPDX-License-Identifier: Apache-2.0

"""Mark texts for translation.

``_('Message %s could not be found.')`` returns the translation into the
language of the service.  ``N_('No storage ...')`` only marks a text of a
catalog for extraction: :mod:`usermessages.message.translations` translates the
text when a user reads the message, into the language of the user.
"""

import pathlib

import oslo_i18n

DOMAIN = 'usermessages'
LOCALE_DIR = pathlib.Path(__file__).parent / 'locale'

_ = oslo_i18n.TranslatorFactory(domain=DOMAIN).primary


def N_(text: str) -> str:
    """Mark a text for translation, and return the text unchanged."""
    return text
