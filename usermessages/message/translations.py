# SPDX-License-Identifier: Apache-2.0

"""Say a text in the language of who reads it.

``Translations('usermessages', '.../locale').text('take a snapshot', 'de')`` is
``einen Schnappschuss erstellen``.  A language is there where the directory has
a file ``LANGUAGE/LC_MESSAGES/DOMAIN.mo``, and nowhere else; the texts
themselves are in English.
"""

from collections.abc import Callable, Mapping
import functools
import gettext
import logging
import os
import pathlib
import re
import struct

LOG = logging.getLogger(__name__)

ENGLISH = 'en'

_LOCALE = re.compile(r'[A-Za-z]{2,3}(_[A-Za-z0-9]{2,8})*')

# Who reads one of the two scripts asks for it by these names too.
_CHINESE = {
    'zh-cn': ('zh-Hans', 'zh-SG'), 'zh-hans': ('zh-CN', 'zh-SG'),
    'zh-tw': ('zh-Hant', 'zh-HK', 'zh-MO'),
    'zh-hant': ('zh-TW', 'zh-HK', 'zh-MO'),
}

# What gettext raises on a file that is not whole, or not one of its own.
UNREADABLE = (OSError, ValueError, LookupError, struct.error)


class Translations:
    """The texts of one domain, in all languages that there are.

    Each file is read once, when it is first needed.

    :param domain: the name of the files
    :param directory: where there is a directory for each language, called
        ``de`` or ``pt_BR``; None where there are no translations
    """

    def __init__(self, domain: str | None,
                 directory: str | os.PathLike[str] | None):
        self._domain = domain or ''
        self._directory = None if directory is None else pathlib.Path(
            directory)
        self._in: dict[str, Callable[[str], str]] = {ENGLISH: str}

    @functools.cached_property
    def tags(self) -> Mapping[str, str]:
        """Each tag of BCP 47 that a reader can ask for, and the language.

        Besides ``pt-BR`` there is ``pt``, where no other language is that.
        """
        found = {ENGLISH: ENGLISH, **{name: name for name in self._files}}
        taken = {tag.lower() for tag in found}
        for name in self._files:
            for tag in (*_CHINESE.get(name.lower(), ()), name.split('-')[0]):
                if tag.lower() not in taken:
                    taken.add(tag.lower())
                    found[tag] = name
        return found

    def text(self, text: str, language: str) -> str:
        """Return a text in a language of :attr:`tags`, else as it is."""
        translate = self._in.get(language)
        if translate is None:
            if language not in self._files:
                return text
            translate = self._in[language] = self._load(language)
        return translate(text) or text

    @functools.cached_property
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
            # A list is worth more in English than not at all.
            LOG.warning('The translation of %(domain)s for %(language)s can '
                        'not be read: %(error)s',
                        {'domain': self._domain, 'language': language,
                         'error': type(error).__name__})
            return str
