# SPDX-License-Identifier: Apache-2.0

"""The lock file: a registry of all IDs of all releases of a catalog.

A line is ``"000002" = {constant = "NO_BEANS", since = "1.4.0"}``, also with
``parameters = "left: gigabytes, project"`` for a text with parameters.  Lines
are only added, so a lock file contains the IDs of all earlier releases.  A
lock file contains no texts, which may change at any time.
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
# Message IDs.  Do not change or remove lines: stored messages need them.
# Run "usermessages-catalog lock" to add new IDs.
'''
# Without the last line, a truncated file would be valid with fewer IDs.
_END = '# End of file.\n'


class Entry(NamedTuple):
    """The constant, the first release and the parameters of an ID."""

    constant: str
    since: str
    parameters: str = ''


@dataclasses.dataclass
class Registry:
    """The content of a lock file.

    :param prefix: the prefix of the catalog
    :param entries: the entries by kind and ID
    :param lines: the line of each entry
    :param content: the text of the file
    """

    prefix: str
    entries: dict[tuple[str, str], Entry]
    lines: Mapping[tuple[str, str], int] = dataclasses.field(
        default_factory=dict)
    content: str = ''

    def __str__(self) -> str:
        tables = [
            f'[{kind}]\n' + ''.join(
                f'{json.dumps(key)} = {{{_values(entry)}}}\n'
                for (entry_kind, key), entry in sorted(self.entries.items())
                if entry_kind == kind)
            for kind in KINDS]
        return '\n'.join([_HEAD + f'prefix = {json.dumps(self.prefix)}\n',
                          *tables, _END])


def _values(entry: Entry) -> str:
    return ', '.join(
        f'{name} = {json.dumps(value, ensure_ascii=False)}'
        for name, value in entry._asdict().items()
        if value or name != 'parameters')


def read(path: pathlib.Path) -> Registry | None:
    """Return the registry of a lock file, or None without a file.

    :raises LockError: the file cannot be read, or has changed since
        :func:`write`
    """
    try:
        # Git may be configured to use the line ends of Windows.
        content = path.read_bytes().decode().replace('\r\n', '\n')
    except FileNotFoundError:
        return None
    except OSError as error:
        raise exc.LockError(path, 1, _('cannot be read (%s)')
                            % error.strerror) from error
    except UnicodeDecodeError as error:
        raise exc.LockError(path, 1, _(
            'is not UTF-8; restore it')) from error
    conflict = _CONFLICT.search(content)
    if conflict:
        raise exc.LockError(path, content.count('\n', 0, conflict.start()) + 1,
                            _('has conflict markers of a merge; keep the '
                              'lines of both sides and remove the markers'))
    if not content.endswith(_END):
        raise exc.LockError(path, content.count('\n') + 1, _(
            'the file is truncated; restore it from version control, since it '
            'contains the IDs of earlier releases'))
    try:
        tables = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r'at line (\d+)', str(error))
        raise exc.LockError(path, int(line[1]) if line else 1, _(
            'cannot be read (%s); restore it from version control')
            % error) from error
    return _registry(path, tables, content)


def _registry(path: pathlib.Path, tables: dict[str, Any],
              content: str) -> Registry:
    """Return the registry in a parsed file.

    :raises LockError: the file was edited by hand
    """
    restore = _('the file was edited by hand; restore it from version '
                'control')
    if {*tables} != {'prefix', *KINDS} or not isinstance(
            tables['prefix'], str):
        raise exc.LockError(path, 1, restore)
    entries, lines = {}, _lines(content)
    for kind in KINDS:
        if not isinstance(tables[kind], dict):
            raise exc.LockError(path, 1, restore)
        for key, value in tables[kind].items():
            if not isinstance(value, dict) or {
                    'parameters', *value} != {*Entry._fields} or not all(
                    isinstance(part, str) and _TEXT.fullmatch(part)
                    for part in value.values()):
                raise exc.LockError(path, lines.get((kind, key), 1), restore)
            entries[kind, key] = Entry(**value)
    return Registry(tables['prefix'], entries, lines, content)


def _lines(content: str) -> Mapping[tuple[str, str], int]:
    """Return the line of each ID."""
    lines: dict[tuple[str, str], int] = collections.defaultdict(lambda: 1)
    kind = ''
    for number, line in enumerate(content.split('\n'), 1):
        if match := re.match(r'\[(\w+)\]', line):
            kind = match[1]
        elif match := re.match(r'"([^"]+)" =', line):
            lines[kind, match[1]] = number
    return lines


def write(path: pathlib.Path, registry: Registry) -> None:
    """Write a lock file, completely or not at all.

    :raises LockError: the file cannot be written
    """
    # Replace the target of a link, not the link.
    path = path.resolve()
    new = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        with new.open('w', encoding='utf-8') as file:
            file.write(str(registry))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise exc.LockError(path, 1, _('cannot be written (%s)')
                            % error.strerror) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink()
