# SPDX-License-Identifier: Apache-2.0

"""The languages of the user, from the environment.

With ``LANG=pt_BR.UTF-8``, ``accept_language()`` returns ``pt-BR``.
"""

import os
import re

_LOCALE = re.compile(r'([A-Za-z]{2,3})(?:[_-]([A-Za-z]{4}))?'
                     r'(?:[_-]([A-Za-z]{2}|[0-9]{3}))?(?:\.[^@]*)?(?:@(.*))?',
                     re.DOTALL)
_SCRIPTS = {'latin': 'Latn', 'cyrillic': 'Cyrl', 'devanagari': 'Deva'}


def accept_language() -> str | None:
    """Return the languages of the user: ``pt-BR, de;q=0.9``.

    As in gettext, the list in ``LANGUAGE`` precedes the locale.  Without a
    language, or for the locale ``C``, return None.
    """
    locale = next(filter(None, (
        os.environ.get(name) for name in ('LC_ALL', 'LC_MESSAGES', 'LANG'))),
        '')
    names = os.environ.get('LANGUAGE', '').split(':')
    if locale in ('C', 'POSIX'):
        return None
    tags = dict.fromkeys(filter(None, map(_tag, [*names, locale] if not any(
        names) else names)))
    # A weight has one digit, so ten languages have different weights.
    return ', '.join(
        tag if number == 0 else f'{tag};q=0.{10 - number}'
        for number, tag in enumerate([*tags][:10])) or None


def _tag(locale: str) -> str | None:
    """Return the language tag of a locale, or None for an invalid locale."""
    match = _LOCALE.fullmatch(locale)
    if match is None:
        return None
    language, script, region, modifier = match.groups()
    # Some modifiers name a script; others, such as a currency, do not.
    script = script or _SCRIPTS.get(modifier)
    return '-'.join(filter(None, (language, script, region)))
