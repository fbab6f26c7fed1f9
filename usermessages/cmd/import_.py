# SPDX-License-Identifier: Apache-2.0

"""Import dead letters from logs: the command ``message import``.

``usermessages-manage message import /var/log/cinder/*.log`` stores messages
that a service could not store, and ``message import --spool`` those in the
spool.  ``message/dead_letter.py`` parses a line; this module reads files and
prints the report.
"""

import argparse
import bz2
from collections.abc import Callable
import dataclasses
import gzip
import io
import lzma
from typing import Any, IO
import zlib

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import main
from usermessages.cmd import operator_command
from usermessages.cmd import progress
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import dead_letter

_TIMEOUT_SECONDS = 20

# A line with a message has a few hundred bytes.
_LONGEST_LINE = 1048576
_STANDARD_INPUT = '-'
_KEY = dead_letter.KEY.encode()

# The first bytes of compressed files, for example rotated logs, and of files
# that are not text.
_READERS: dict[bytes, Callable[..., Any]] = {
    b'\x1f\x8b': gzip.open, b'BZh': bz2.open, b'\xfd7zXZ\0': lzma.open}
_UNREADABLE = {
    b'\x28\xb5\x2f\xfd': _('it is compressed by zstd; use "zstdcat"'),
    b'\x04\x22\x4d\x18': _('it is compressed by lz4; use "lz4cat"'),
    b'\x1f\x9d': _('it is compressed by compress; use "zcat"'),
    b'LZIP': _('it is compressed by lzip; use "lzip -cd"'),
    b'PK\3\4': _('it is an archive of zip; use "unzip -p"'),
    b'7z\xbc\xaf': _('it is an archive of 7-Zip; use "7z x -so"'),
    b'LPKSHHRH': _('it is a journal of systemd; use "journalctl -o cat '
                   '--file"'),
}
_LONGEST_START = max(map(len, (*_READERS, *_UNREADABLE)))


@dataclasses.dataclass
class Report(operator_command.Report):
    """The result of an import or a dry run."""

    dry_run: bool
    imported: int = 0
    existing: int = 0
    expired: int = 0
    rejected: int = 0
    files_not_read: int = 0

    def add(self, result: message_api.ImportResult) -> None:
        if result is message_api.ImportResult.STORED:
            self.imported += 1
        elif result is message_api.ImportResult.ALREADY_EXISTS:
            self.existing += 1
        else:
            self.expired += 1

    def __str__(self) -> str:
        return '; '.join([
            (_('Messages that would be imported: %d') if self.dry_run
             else _('Messages imported: %d')) % self.imported,
            _('existing: %d') % self.existing,
            _('expired: %d') % self.expired,
            _('rejected: %d') % self.rejected,
            _('files not read: %d') % self.files_not_read])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        'files', metavar='FILE', nargs='*', default=[],
        help=_('a log file, or "-" for standard input; lines without a '
               'message are ignored'))
    source.add_argument(
        '--spool', action='store_true',
        help=_('import the files in [user_messages]spool_dir and remove them; '
               'rejected files move to the directory "refused" there'))
    parser.add_argument(
        '--dry-run', action='store_true',
        help=_('print the number of messages to import, and store none; '
               'messages that appear twice count twice'))
    arguments.add_format(parser)


def import_(conf: cfg.ConfigOpts) -> None:
    """Store messages from logs after an outage of the database.

    A service that cannot store a message writes it to its log.  This command
    stores such messages with their IDs and times.  Existing and expired
    messages are only counted, so you can import a log several times.  Messages
    that were edited, or that are not in the catalog, are rejected with file
    and line, and the exit status is 1.  Files can be compressed by gzip, bzip2
    or xz.
    """
    args = conf.category
    operator_command.extend_timeout(conf, _TIMEOUT_SECONDS)
    api = message_api.API(
        conf, table_mapping=operator_command.table_mapping(conf))
    # Load the catalog now, to report an error before the first message.
    api.catalog  # noqa: B018
    run = _Import(api, args.dry_run)
    advance = progress.reporter(_('Bytes read so far: %d'))
    with operator_command.noting(run.progress):
        if args.spool:
            run.drain_spool()
        for path in args.files:
            run.read(path, advance)
    operator_command.print_report(conf, run.report)
    if run.report.rejected or run.report.files_not_read:
        raise exception.Invalid(_('not all messages could be imported'))


class _Import:
    """The import of some files."""

    def __init__(self, api: message_api.API, dry_run: bool):
        self.report = Report(dry_run)
        self._api = api
        self._path = ''
        self._line = 0

    def drain_spool(self) -> None:
        """Store the messages in the spool.

        :raises ConfigurationError: no directory is configured
        :raises SpoolError: the directory cannot be used
        """
        spool = self._api.spool
        if spool is None:
            raise exception.ConfigurationError(
                _('[user_messages]spool_dir is not set.'))
        self.report.rejected += spool.drain(
            lambda record: self.report.add(self._api.recover(
                record, dry_run=self.report.dry_run)),
            dry_run=self.report.dry_run)

    def read(self, path: str, advance: Callable[[int], object]) -> None:
        """Store the messages of a file.

        :param advance: a function to call with the number of bytes of a line
        """
        self._path, self._line = path, 0
        is_standard_input = path == _STANDARD_INPUT
        try:
            with open(0 if is_standard_input else path, 'rb',
                      closefd=not is_standard_input) as file:
                self._read(file, advance)
        except (OSError, MemoryError) as error:
            self._skip(getattr(error, 'strerror', None)
                       or type(error).__name__)
        except (EOFError, zlib.error, lzma.LZMAError):
            self._skip(_('the compressed file is truncated or damaged'))

    def _read(self, file: io.BufferedReader,
              advance: Callable[[int], object]) -> None:
        start = file.peek(_LONGEST_START)
        for unreadable, reason in _UNREADABLE.items():
            if start.startswith(unreadable):
                self._skip(reason)
                return
        for compressed, reader in _READERS.items():
            if start.startswith(compressed):
                with reader(file) as lines:
                    self._read_lines(lines, advance)
                return
        self._read_lines(file, advance)

    def _read_lines(self, lines: IO[bytes],
                    advance: Callable[[int], object]) -> None:
        while line := lines.readline(_LONGEST_LINE):
            self._line += 1
            advance(len(line))
            if _is_whole(line):
                self._import(line)
                continue
            self._reject(_('a line of more than %d bytes') % _LONGEST_LINE)
            while line and not _is_whole(line):
                line = lines.readline(_LONGEST_LINE)
                advance(len(line))

    def progress(self) -> list[str]:
        """Return the notes for an error; empty before the first line."""
        if not self._line:
            return []
        return [str(self.report),
                _('the import ended at %(file)s:%(line)d; you can run it '
                  'again') % {'file': self._path, 'line': self._line}]

    def _import(self, line: bytes) -> None:
        if _KEY not in line:
            if _KEY in line.replace(b'\0', b''):
                self._reject(_('a message in UTF-16, or damaged; convert the '
                               'file to UTF-8 with "iconv"'))
            return
        record = None
        # Bytes that are not UTF-8 are not stored in any column.
        for record in dead_letter.parse_line(
                line.decode(errors='surrogateescape')):
            if record is None:
                break
            try:
                self.report.add(self._api.recover(
                    record, dry_run=self.report.dry_run))
            except exception.InvalidMessage as error:
                self._reject(str(error))
        if record is None:
            self._reject(_('a message that was truncated or edited, or has '
                           'another format version; the rest of the line is '
                           'ignored'))

    def _reject(self, reason: str) -> None:
        self.report.rejected += 1
        self._print(reason)

    def _skip(self, reason: str) -> None:
        self.report.files_not_read += 1
        self._print(reason)

    def _print(self, reason: str) -> None:
        place = f'{self._path}:{self._line}' if self._line else self._path
        main.print_error('usermessages-manage', f'{place}: {reason}')


def _is_whole(line: bytes) -> bool:
    return len(line) < _LONGEST_LINE or line.endswith(b'\n')
