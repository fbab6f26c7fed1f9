# SPDX-License-Identifier: Apache-2.0

"""Translate texts into the language of the user.

``Translations('usermessages', '.../locale').text('Creating the snapshot',
'de')`` is ``Erstellen des Schnappschusses``.  The available languages are the
directories with a file ``LANGUAGE/LC_MESSAGES/DOMAIN.mo``, and English, the
language of the texts.
"""

from collections.abc import Callable, Mapping
import gettext
import logging
import os
import pathlib
import re
import struct
from typing import Any

from usermessages import lazy

LOG = logging.getLogger(__name__)

ENGLISH = 'en'

_LOCALE = re.compile(r'[A-Za-z]{2,3}(_[A-Za-z0-9]{2,8})*')

# Other tags for the two scripts of Chinese.
_CHINESE = {
    'zh-cn': ('zh-Hans', 'zh-SG'), 'zh-hans': ('zh-CN', 'zh-SG'),
    'zh-tw': ('zh-Hant', 'zh-HK', 'zh-MO'),
    'zh-hant': ('zh-TW', 'zh-HK', 'zh-MO'),
}

_SCRIPTS = {'hans': 'hans', 'cn': 'hans', 'sg': 'hans',
            'hant': 'hant', 'tw': 'hant', 'hk': 'hant', 'mo': 'hant'}

# The errors of gettext for a damaged or foreign file.
UNREADABLE = (OSError, ValueError, LookupError, struct.error)


def chinese_script(tag: str) -> str | None:
    """Return the Chinese script of a tag of BCP 47, or None.

    ``zh-Hans-HK`` has the script ``hans``; ``zh`` and ``de`` have none.
    """
    language, *subtags = tag.lower().split('-')
    if language != 'zh':
        return None
    # The script precedes the region.
    return next((_SCRIPTS[subtag] for subtag in subtags
                 if subtag in _SCRIPTS), None)


class Translations:
    """The translations of one domain.

    Each file is read once, at the first use of its language.

    :param domain: the name of the files
    :param directory: the directory with a subdirectory for each language, such
        as ``de`` or ``pt_BR``; None without translations
    """

    def __init__(self, domain: str | None,
                 directory: str | os.PathLike[str] | None):
        self._domain = domain or ''
        self._directory = None if directory is None else pathlib.Path(
            directory)

    def __getstate__(self) -> dict[str, Any]:
        return lazy.state_without_cached(self)

    @lazy.cached_property
    def _functions(self) -> dict[str, Callable[[str], str]]:
        """The translation functions of the languages in use."""
        return {ENGLISH: str}

    @lazy.cached_property
    def tags(self) -> Mapping[str, str]:
        """The language of each tag of BCP 47 that a user can request.

        ``pt`` selects ``pt-BR``, unless ``pt`` is another language.
        """
        tags = {ENGLISH: ENGLISH, **{name: name for name in self._files}}
        lower_tags = {tag.lower() for tag in tags}
        for name in self._files:
            for tag in (*_CHINESE.get(name.lower(), ()), name.split('-')[0]):
                if tag.lower() not in lower_tags:
                    lower_tags.add(tag.lower())
                    tags[tag] = name
        return tags

    def text(self, text: str, language: str) -> str:
        """Return a text in a language of :attr:`tags`, or unchanged."""
        translate = self._functions.get(language)
        if translate is None:
            if language not in self._files:
                return text
            translate = self._functions[language] = self._load(language)
        return translate(text) or text

    @lazy.cached_property
    def _files(self) -> Mapping[str, pathlib.Path]:
        """The tag of each language, and its file."""
        if self._directory is None:
            return {}
        paths = self._directory.glob(f'*/LC_MESSAGES/{self._domain}.mo')
        return {path.parts[-3].replace('_', '-'): path
                for path in sorted(paths)
                if _LOCALE.fullmatch(path.parts[-3])}

    def _load(self, language: str) -> Callable[[str], str]:
        try:
            with self._files[language].open('rb') as file:
                return gettext.GNUTranslations(file).gettext
        except UNREADABLE as error:
            # Texts without a translation are in English.
            LOG.warning('The translation of %(domain)s for %(language)s '
                        'cannot be read: %(error)s',
                        {'domain': self._domain, 'language': language,
                         'error': type(error).__name__})
            return str
