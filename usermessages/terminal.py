# SPDX-License-Identifier: Apache-2.0

"""Make a text safe to print on a terminal.

``printable('a\\x1b[2Jb')`` is ``a\\\\x1b[2Jb``: an escape sequence, which
could clear the screen or forge a line, becomes text.  All values of databases
and files are converted before people read them; formats for programs have
their own escapes.
"""

import unicodedata

# The format characters of Persian, Hindi and emoji.  Other format characters
# hide or reverse a text.
_JOINERS = '\u200c\u200d'


def printable(text: str) -> str:
    """Return a text without control characters for a terminal.

    Control characters become escape sequences of Python, such as ``\\n``.
    """
    if text.isprintable():
        return text
    return ''.join(
        letter if letter.isprintable() or letter in _JOINERS
        or unicodedata.category(letter) == 'Zs'
        else ascii(letter)[1:-1] for letter in text)
