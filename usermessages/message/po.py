# SPDX-License-Identifier: Apache-2.0

"""Read what translators write, with the lines on which they did.

``read(pathlib.Path('locale/de/LC_MESSAGES/coffee.po'))`` has ``(7, 'There are
no beans.', 'Es gibt keine Bohnen.')`` in it.  To compile such files, and to
find all that can be wrong with them, is for Babel.
"""

from collections.abc import Iterator
import pathlib
import re

_LINE = re.compile(
    r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s*)?"(.*)"')
_ESCAPE = re.compile(r'\\(.)')
_ESCAPED = {'n': '\n', 'r': '\r', 't': '\t'}


def read(path: pathlib.Path) -> list[tuple[int, str, str]]:
    """Return each translation, by its line and its text.

    Guesses of the tools, which nobody reads, are left out, and so are those
    whose text is gone or that are for a context of their own.

    :returns: nothing where there is no such file
    :raises OSError: it can not be read
    :raises UnicodeDecodeError: it is not in UTF-8
    """
    if not path.exists():
        return []
    return list(_translations(path.read_text(encoding='utf-8')))


def _translations(content: str) -> Iterator[tuple[int, str, str]]:
    text, is_fuzzy = '', False
    for lines in _entries(content):
        parts: dict[str, str] = {}
        places: dict[str, int] = {}
        part, is_fuzzy = '', False
        for number, line in lines:
            match = _LINE.fullmatch(line)
            if match is None:
                is_fuzzy |= line.startswith('#,') and 'fuzzy' in line
                continue
            part = match[1] or part
            places.setdefault(part, number)
            parts[part] = parts.get(part, '') + _ESCAPE.sub(
                lambda found: _ESCAPED.get(found[1], found[1]), match[2])
        text = parts.get('msgid', '')
        # Without one, it is the header; with a context, gettext() does not
        # find it.
        if text and not is_fuzzy and 'msgctxt' not in parts:
            for part, translation in parts.items():
                if part.startswith('msgstr') and translation:
                    yield places[part], text, translation


def _entries(content: str) -> Iterator[list[tuple[int, str]]]:
    """Go through the numbered lines of each entry."""
    lines: list[tuple[int, str]] = []
    is_complete = False
    for number, line in enumerate(content.split('\n'), 1):
        line = line.strip()
        if is_complete and not line.startswith(('msgstr', '"')):
            yield lines
            lines, is_complete = [], False
        is_complete |= line.startswith('msgstr')
        lines.append((number, line))
    yield lines
