# SPDX-License-Identifier: Apache-2.0

"""The languages of the reader, from the environment.

With ``LANG=pt_BR.UTF-8``, ``accept_language()`` returns ``pt-BR``.
"""

import os
import re

_LOCALE = re.compile(r'([A-Za-z]{2,3})(?:[_-]([A-Za-z]{4}))?'
                     r'(?:[_-]([A-Za-z]{2}|[0-9]{3}))?(?:\.[^@]*)?(?:@(.*))?',
                     re.DOTALL)
_SCRIPTS = {'latin': 'Latn', 'cyrillic': 'Cyrl', 'devanagari': 'Deva'}


def accept_language() -> str | None:
    """Return the languages of the reader: ``pt-BR, de;q=0.9``.

    As for gettext, the list in ``LANGUAGE`` comes before the locale.  None if
    there is no language, as in the locale ``C``, which has no translations.
    """
    locale = next(filter(None, (
        os.environ.get(name) for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'))),
        '')
    names = os.environ.get('LANGUAGE', '').split(':')
    if locale in ('C', 'POSIX'):
        return None
    tags = dict.fromkeys(filter(None, map(_tag, [*names, locale] if not any(
        names) else names)))
    # There are no more weights with one digit.
    return ', '.join(
        tag if number == 0 else f'{tag};q=0.{10 - number}'
        for number, tag in enumerate([*tags][:10])) or None


def _tag(locale: str) -> str | None:
    """Return the language tag of a locale, or None if it has no language."""
    match = _LOCALE.fullmatch(locale)
    if match is None:
        return None
    language, script, region, modifier = match.groups()
    # Only modifiers of a script, not modifiers of a currency.
    script = script or _SCRIPTS.get(modifier)
    return '-'.join(filter(None, (language, script, region)))
