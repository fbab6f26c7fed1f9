# SPDX-License-Identifier: Apache-2.0

"""Keep dead letters in a directory until the database is available.

``Spool('/var/spool/cinder/user-messages', 10000).write(message)`` creates the
file ``ID.json`` with the record that the log has, and ``drain(recover)``
recovers the messages of all files.  A file is removed only after the database
has the message, so an interruption between any two steps loses and duplicates
no message.  Several processes can write and drain at the same time without a
lock.
"""

from collections.abc import Callable, Iterator, Mapping
import contextlib
import logging
import os
import stat
from typing import Any

from usermessages.db import ids
from usermessages import exception
from usermessages.message import dead_letter

LOG = logging.getLogger(__name__)

_SUFFIX = '.json'
_TEMPORARY_SUFFIX = '.tmp'
_REFUSED = 'refused'
# A record has a few hundred bytes; twice the length of the longest record.
_LONGEST = 32768

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = (os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
             | os.O_CLOEXEC)
# Without O_NONBLOCK, a named pipe would block.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Spool:
    """A directory with dead letters of one database.

    :param path: the directory, which exists and belongs to the user of the
        process; not a symbolic link
    :param max_files: the number of files above which nothing is written
    """

    def __init__(self, path: str, max_files: int):
        self._path = path
        self._max_files = max_files

    def write(self, message: Mapping[str, Any]) -> None:
        """Write the dead letter of a message, durably.

        :raises SpoolError: the file was not written; the text names the
            reason
        """
        temporary = f'.{message["id"]}{_TEMPORARY_SUFFIX}'
        name = f'{message["id"]}{_SUFFIX}'
        with self._open() as directory:
            if self._is_full(directory):
                raise exception.SpoolError(
                    f'it has {self._max_files} files or more')
            try:
                _write(directory, temporary,
                       dead_letter.serialize(message).encode())
                os.rename(temporary, name, src_dir_fd=directory,
                          dst_dir_fd=directory)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=directory)
                raise
            os.fsync(directory)

    def drain(self, recover: Callable[[Mapping[str, str]], Any], *,
              dry_run: bool = False, limit: int | None = None) -> int:
        """Recover the messages of all files, and remove the files.

        A file that ``recover`` refuses moves to the directory ``refused``,
        with the reason in the log.  Files with other names remain.

        :param recover: a function that raises InvalidMessage for a record
            that cannot be recovered
        :param dry_run: change nothing in the directory
        :param limit: maximum number of files, by default all
        :returns: the number of refused files
        :raises SpoolError: the directory cannot be used; names the reason
        :raises DatabaseUnavailable: the database did not respond in time
        :raises DatabaseError: the database cannot store the message
        """
        refused = 0
        with self._open() as directory:
            for name in _names(directory)[:limit]:
                try:
                    record = _read(directory, name)
                    if record is None:
                        continue
                    recover(record)
                except exception.InvalidMessage as error:
                    refused += 1
                    LOG.error('Refused the spooled user message %s: %s',
                              name, error)
                    if not dry_run:
                        _refuse(directory, name)
                    continue
                if not dry_run:
                    _remove(directory, name)
            if not dry_run:
                os.fsync(directory)
        return refused

    def count(self) -> tuple[int, int]:
        """Return the number of messages in the spool, and of refused files.

        :raises SpoolError: the directory cannot be read; names the reason
        """
        with self._open() as directory:
            spooled = len(_names(directory))
            try:
                refused = os.open(_REFUSED, _DIRECTORY, dir_fd=directory)
            except FileNotFoundError:
                return spooled, 0
            try:
                return spooled, len(_names(refused))
            finally:
                os.close(refused)

    @contextlib.contextmanager
    def _open(self) -> Iterator[int]:
        """Open the directory; turn errors of the system into ours."""
        try:
            directory = os.open(self._path, _DIRECTORY)
            try:
                if os.geteuid() not in (0, os.fstat(directory).st_uid):
                    raise exception.SpoolError('it belongs to another user')
                yield directory
            finally:
                os.close(directory)
        except OSError as error:
            # Text of an OSError can contain a path.
            raise exception.SpoolError(
                os.strerror(error.errno or 0)) from error

    def _is_full(self, directory: int) -> bool:
        # A directory can have a million files of any name.
        with os.scandir(directory) as entries:
            return any(number >= self._max_files
                       for number, _entry in enumerate(entries, 1))


def _write(directory: int, name: str, content: bytes) -> None:
    descriptor = os.open(name, _NEW_FILE, 0o600, dir_fd=directory)
    with open(descriptor, 'wb') as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _names(directory: int) -> list[str]:
    # Complete the list first: the order can change with each removal.
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries if _is_message(entry.name)]
    # IDs are in the order of time.
    return sorted(names)


def _is_temporary(name: str) -> bool:
    return name.endswith(_TEMPORARY_SUFFIX)


def _id_of(name: str) -> str:
    return name.removesuffix(_SUFFIX).removeprefix('.').removesuffix(
        _TEMPORARY_SUFFIX)


def _is_message(name: str) -> bool:
    message_id = _id_of(name)
    return ids.is_id(message_id) and name in (
        f'{message_id}{_SUFFIX}', f'.{message_id}{_TEMPORARY_SUFFIX}')


def _read(directory: int, name: str) -> dict[str, str] | None:
    """Return the record in a file, or None if there is none yet, or no file.

    :raises InvalidMessage: the file does not contain exactly the message of
        its name
    """
    try:
        descriptor = os.open(name, _FILE, dir_fd=directory)
    except FileNotFoundError:
        return None
    except OSError as error:
        # For example a symbolic link.
        raise exception.InvalidMessage({'file': ''}) from error
    with open(descriptor, 'rb') as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise exception.InvalidMessage({'file': ''})
        content = file.read(_LONGEST)
    records = list(dead_letter.parse_line(
        content.decode(errors='surrogateescape')))
    if len(records) != 1 or records[0] is None:
        if _is_temporary(name):
            # A process is writing the file, or was killed.
            return None
        raise exception.InvalidMessage({'file': ''})
    if records[0].get('id') != _id_of(name):
        raise exception.InvalidMessage({'id': ''})
    return records[0]


def _remove(directory: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=directory)


def _refuse(directory: int, name: str) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(_REFUSED, 0o700, dir_fd=directory)
    with contextlib.suppress(FileNotFoundError):
        os.rename(name, f'{_REFUSED}/{name}', src_dir_fd=directory,
                  dst_dir_fd=directory)
