# SPDX-License-Identifier: Apache-2.0

"""Make a text safe to print on a terminal.

``printable('a\\x1b[2Jb')`` is ``a\\\\x1b[2Jb``: an escape sequence, which
could clear the screen or forge a line, becomes text.  Every value that a
service, a database or a file has sent passes here before people read it.  The
formats for programs escape by rules of their own.
"""

import unicodedata

# Of the format characters, those that letters of Persian and Hindi are written
# with, and emoji.  The others hide a text or turn it around.
_JOINERS = '\u200c\u200d'


def printable(text: str, encoding: str | None = None) -> str:
    """Return a text in which nothing is a command for a terminal.

    A control character is written as Python does it, a line break as ``\\n``.

    :param encoding: that of the terminal; what it does not have is written
        likewise.  None where it has everything
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
    """Tell whether a terminal of that encoding has all letters of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
