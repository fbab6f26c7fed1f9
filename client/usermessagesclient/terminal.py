# SPDX-License-Identifier: Apache-2.0

"""Make a text safe to print on a terminal.

``printable('a\\x1b[2Jb')`` is ``a\\\\x1b[2Jb``: an escape sequence, which
could clear the screen or forge a line, becomes text.  All values of services
are converted before people read them; formats for programs have their own
escapes.
"""

import unicodedata

# The format characters of Persian, Hindi and emoji.  Other format characters
# hide or reverse a text.
_JOINERS = '\u200c\u200d'


def printable(text: str, encoding: str | None = None) -> str:
    """Return a text without control characters for a terminal.

    Control characters become escape sequences of Python, such as ``\\n``.

    :param encoding: the encoding of the terminal, whose missing characters
        also become escape sequences; None for an encoding with all characters
    """
    if not text.isprintable():
        text = ''.join(
            letter if letter.isprintable() or letter in _JOINERS
            or unicodedata.category(letter) == 'Zs'
            else ascii(letter)[1:-1] for letter in text)
    if encoding and not text.isascii():
        text = text.encode(encoding, 'backslashreplace').decode(encoding)
    return text


def can_show(text: str, encoding: str) -> bool:
    """Tell whether an encoding has all characters of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
