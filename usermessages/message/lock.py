# SPDX-License-Identifier: Apache-2.0

"""Keep the IDs that a catalog has ever had, in a file for reviewers.

A line is ``"000002" = {constant = "NO_BEANS", since = "1.4.0"}``.  The file is
only ever added to, so that of today is that of each release before, and more.
The texts are not in it: they may be mended at any time.
"""

import collections
from collections.abc import Mapping
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import tomllib
from typing import Any, NamedTuple

from usermessages._i18n import _
from usermessages import exception as exc

KINDS = ('event', 'action', 'detail')

_CONFLICT = re.compile(r'^(<{7}|={7}|>{7}|\|{7})( |$)', re.M)
_TEXT = re.compile(r'[^\x00-\x1f\x7f]*')
_HEAD = '''\
# What users were told once keeps its ID: no line is changed or taken away.
# "usermessages-catalog lock" adds the new ones.
'''
# Without it, a file that was cut off would be one with fewer IDs.
_END = '# The end.\n'


class Entry(NamedTuple):
    """The constant of an ID, and the release that had it first."""

    constant: str
    since: str


@dataclasses.dataclass
class Lock:
    """What a lock says.

    :param prefix: of the catalog
    :param entries: by kind and ID
    :param lines: where in the file they are
    :param content: of the file
    """

    prefix: str
    entries: dict[tuple[str, str], Entry]
    lines: Mapping[tuple[str, str], int] = dataclasses.field(
        default_factory=dict)
    content: str = ''

    def __str__(self) -> str:
        tables = [
            f'[{kind}]\n' + ''.join(
                f'{json.dumps(key)} = {{'
                f'constant = {json.dumps(entry.constant, ensure_ascii=False)},'
                f' since = {json.dumps(entry.since, ensure_ascii=False)}}}\n'
                for (of, key), entry in sorted(self.entries.items())
                if of == kind)
            for kind in KINDS]
        return '\n'.join([_HEAD + f'prefix = {json.dumps(self.prefix)}\n',
                          *tables, _END])


def read(path: pathlib.Path) -> Lock | None:
    """Return what a lock says, or None where there is no such file.

    :raises LockError: it can not be read, or is not as :func:`write` left it
    """
    try:
        # Git may have been told to end lines as Windows does.
        content = path.read_bytes().decode().replace('\r\n', '\n')
    except FileNotFoundError:
        return None
    except OSError as error:
        raise exc.LockError(path, 1, _('can not be read (%s)')
                            % error.strerror) from error
    except UnicodeDecodeError as error:
        raise exc.LockError(path, 1, _(
            'is not in UTF-8; restore it')) from error
    conflict = _CONFLICT.search(content)
    if conflict:
        raise exc.LockError(path, content.count('\n', 0, conflict.start()) + 1,
                            _('a merge was left open; keep the lines of both '
                              'sides, and take the marks away'))
    if not content.endswith(_END):
        raise exc.LockError(path, content.count('\n') + 1, _(
            'the file is cut off; restore it from version control, since the '
            'IDs of earlier releases are in it'))
    try:
        found = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r'at line (\d+)', str(error))
        raise exc.LockError(path, int(line[1]) if line else 1, _(
            'can not be read (%s); restore it from version control')
            % error) from error
    return _checked(path, found, content)


def _checked(path: pathlib.Path, found: dict[str, Any],
             content: str) -> Lock:
    """Return the lock, once it has nothing but what belongs in it.

    :raises LockError: it was edited by hand
    """
    restore = _('it was edited by hand; restore it from version control')
    if {*found} != {'prefix', *KINDS} or not isinstance(
            found['prefix'], str):
        raise exc.LockError(path, 1, restore)
    entries, lines = {}, _lines(content)
    for kind in KINDS:
        if not isinstance(found[kind], dict):
            raise exc.LockError(path, 1, restore)
        for key, value in found[kind].items():
            if not isinstance(value, dict) or {*value} != {
                    *Entry._fields} or not all(
                    isinstance(part, str) and _TEXT.fullmatch(part)
                    for part in value.values()):
                raise exc.LockError(path, lines.get((kind, key), 1), restore)
            entries[kind, key] = Entry(**value)
    return Lock(found['prefix'], entries, lines, content)


def _lines(content: str) -> Mapping[tuple[str, str], int]:
    """Find the line of each ID."""
    found: dict[tuple[str, str], int] = collections.defaultdict(lambda: 1)
    kind = ''
    for number, line in enumerate(content.split('\n'), 1):
        if match := re.match(r'\[(\w+)\]', line):
            kind = match[1]
        elif match := re.match(r'"([^"]+)" =', line):
            found[kind, match[1]] = number
    return found


def write(path: pathlib.Path, lock: Lock) -> None:
    """Write a lock, whole or not at all.

    :raises LockError: it can not be written
    """
    # What a link leads to is replaced, and not the link.
    path = path.resolve()
    new = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        with new.open('w', encoding='utf-8') as file:
            file.write(str(lock))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise exc.LockError(path, 1, _('can not be written (%s)')
                            % error.strerror) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink()
