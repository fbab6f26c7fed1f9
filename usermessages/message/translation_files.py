# SPDX-License-Identifier: Apache-2.0

"""Read the texts for translators, and the translations.

``read(pathlib.Path('locale/de/LC_MESSAGES/coffee.po'))`` contains ``(7, 'There
are no beans.', 'Es gibt keine Bohnen.')``.  Requires Babel, so only the
linter imports this module.
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
    places: dict[str, list[Place]] = {}
    for path in paths:
        for line, text, _comments, _context in extract.extract_from_file(
                'python', str(path), keywords=dict.fromkeys(MARKERS)):
            # The first text of a plural form is the singular.
            text = text if isinstance(text, str) else text[0]
            places.setdefault(text, []).append(Place(path, line))
    return places


def read(path: pathlib.Path) -> list[tuple[int, str, str]]:
    """Return each translation with the line and the text of its entry.

    Excludes fuzzy and obsolete entries, which are not compiled, and entries
    with a context, which ``gettext()`` does not find.

    :returns: an empty list if the file does not exist
    :raises: an exception in ``UNREADABLE``
    """
    try:
        with path.open('rb') as file:
            entries = pofile.read_po(file, abort_invalid=True)
    except FileNotFoundError:
        return []
    translations = []
    for entry in entries:
        if entry.id and not entry.fuzzy and entry.context is None:
            text, *_plural = ([entry.id] if isinstance(entry.id, str)
                              else entry.id)
            strings = ([entry.string] if isinstance(entry.string, str)
                       else entry.string or [])
            translations += [(entry.lineno or 1, text, string)
                             for string in strings if string]
    return translations
