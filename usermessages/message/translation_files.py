# SPDX-License-Identifier: Apache-2.0

"""Read the texts that translators get and the translations they write.

``read(pathlib.Path('locale/de/LC_MESSAGES/coffee.po'))`` contains ``(7, 'There
are no beans.', 'Es gibt keine Bohnen.')``.  Needs Babel, so only the linter
imports this module.
"""

from collections.abc import Iterable
import pathlib

from babel.messages import extract
from babel.messages import pofile

from usermessages.message.source_locations import Place

#: The functions that mark a text for translation.
MARKERS = ('N_', '_')

# The errors of Babel for a file that is damaged or not a catalog.
UNREADABLE = (OSError, ValueError, LookupError, pofile.PoFileError)


def marked(paths: Iterable[pathlib.Path]) -> dict[str, list[Place]]:
    """Return the texts that Babel extracts for translators, by line."""
    found: dict[str, list[Place]] = {}
    for path in paths:
        for line, text, _comments, _context in extract.extract_from_file(
                'python', str(path), keywords=dict.fromkeys(MARKERS)):
            # The singular is the first text of a plural form.
            text = text if isinstance(text, str) else text[0]
            found.setdefault(text, []).append(Place(path, line))
    return found


def read(path: pathlib.Path) -> list[tuple[int, str, str]]:
    """Return each translation with the line and the text of its entry.

    Excludes fuzzy and obsolete entries, which are not compiled, and entries
    with a context, which ``gettext()`` does not find.

    :returns: an empty list if there is no such file
    :raises: one of ``UNREADABLE``
    """
    try:
        with path.open('rb') as file:
            entries = pofile.read_po(file, abort_invalid=True)
    except FileNotFoundError:
        return []
    found = []
    for entry in entries:
        if entry.id and not entry.fuzzy and entry.context is None:
            text, *_plural = ([entry.id] if isinstance(entry.id, str)
                              else entry.id)
            strings = ([entry.string] if isinstance(entry.string, str)
                       else entry.string or [])
            found += [(entry.lineno or 1, text, string)
                      for string in strings if string]
    return found
