# SPDX-License-Identifier: Apache-2.0

"""Take back the messages that only a log has, as an operator asks for it.

``usermessages-manage message import /var/log/cinder/*.log`` stores what could
not be stored when it was recorded.  What is a message in a log stands in
``message/lost.py``; this is what an operator can say, and is told.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
import contextlib
import dataclasses
import json
import os
import stat

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import programs
from usermessages.cmd import progress
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import lost
from usermessages import opts

# Nobody's request waits for it, so it may outlast a node that is replaced.
_TIMEOUT_SECONDS = 20

# A line with a message has a few hundred bytes.
_LONGEST_LINE = 1048576
_STANDARD_INPUT = '-'
_MARK = lost.MARK.encode()


@dataclasses.dataclass
class Report:
    """What an import did, or would do."""

    dry_run: bool
    imported: int = 0
    there_already: int = 0
    past_their_time: int = 0
    refused: int = 0
    files_not_read: int = 0

    def add(self, restored: message_api.Restored) -> None:
        if restored is message_api.Restored.STORED:
            self.imported += 1
        elif restored is message_api.Restored.THERE:
            self.there_already += 1
        else:
            self.past_their_time += 1

    def __str__(self) -> str:
        return '; '.join([
            (_('Messages that would be imported: %d') if self.dry_run
             else _('Messages imported: %d')) % self.imported,
            _('there already: %d') % self.there_already,
            _('past their time: %d') % self.past_their_time,
            _('refused: %d') % self.refused,
            _('files not read: %d') % self.files_not_read])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a parser understand what can be said about an import."""
    parser.add_argument(
        'files', metavar='FILE', nargs='+',
        help=_('a log, or "-" for standard input; lines without a message '
               'in them are passed over'))
    parser.add_argument(
        '--dry-run', action='store_true',
        help=_('store nothing, and tell how many messages would be; one that '
               'is in the files twice counts twice'))
    arguments.add_format(parser)


def import_(conf: cfg.ConfigOpts) -> None:
    """Store the messages that only a log has, after an outage.

    Where a message could not be stored, the service that recorded it has
    written it to its log.  This finds it there, behind any prefix, and stores
    it with its ID and its times.  What is there already or past its time is
    counted and left alone, so it may be done twice.  What is not as it was
    written, or of another catalog, is refused, with file and line, and the
    exit status is 1 then.
    """
    said = conf.category
    conf.set_override(
        'create_timeout',
        max(_TIMEOUT_SECONDS, conf.user_messages.create_timeout), opts.GROUP)
    api = message_api.API(conf)
    # Without one, the first message would be the one that tells.
    api.catalog  # noqa: B018
    run = _Import(api, said.dry_run)
    with run.telling_how_far(), progress.bar(
            lambda: _size(said.files), 'B', unit_scale=True) as advance:
        for path in said.files:
            run.read(path, advance)
    report = run.report
    print(json.dumps(dataclasses.asdict(report)) if said.format == 'json'
          else report)
    if report.refused or report.files_not_read:
        raise exception.Invalid(_('not everything could be imported'))


class _Import:
    """One walk through some files."""

    def __init__(self, api: message_api.API, dry_run: bool):
        self.report = Report(dry_run)
        self._api = api
        self._path = ''
        self._line = 0

    def read(self, path: str, advance: Callable[[int], object]) -> None:
        """Store what is in a file.

        :param advance: takes how many bytes were read since the last call
        """
        self._path, self._line = path, 0
        is_given = path == _STANDARD_INPUT
        try:
            with open(0 if is_given else path, 'rb',
                      closefd=not is_given) as file:
                while line := file.readline(_LONGEST_LINE):
                    self._line += 1
                    advance(len(line))
                    if _is_whole(line):
                        self._take(line)
                        continue
                    self._refuse(_('a line of more than %d bytes')
                                 % _LONGEST_LINE)
                    while line and not _is_whole(line):
                        line = file.readline(_LONGEST_LINE)
                        advance(len(line))
        except OSError as error:
            self.report.files_not_read += 1
            self._say(error.strerror or type(error).__name__)

    @contextlib.contextmanager
    def telling_how_far(self) -> Iterator[None]:
        """Note on what ends it how far it had come."""
        try:
            yield
        except (KeyboardInterrupt, exception.UserMessagesError) as error:
            if self._line:
                error.add_note(str(self.report))
                error.add_note(_('it ended at %(file)s:%(line)d, and can be '
                                 'run again')
                               % {'file': self._path, 'line': self._line})
            raise

    def _take(self, line: bytes) -> None:
        if _MARK not in line:
            return
        # What is no UTF-8 gets into no column.
        for record in lost.find(line.decode(errors='surrogateescape')):
            if record is None:
                self._refuse(_('a message that was cut off or edited, or is '
                               'of another release; the rest of the line is '
                               'not looked at'))
                continue
            try:
                self.report.add(self._api.restore(
                    record, dry_run=self.report.dry_run))
            except exception.InvalidMessage as error:
                self._refuse(str(error))

    def _refuse(self, reason: str) -> None:
        self.report.refused += 1
        self._say(reason)

    def _say(self, reason: str) -> None:
        place = f'{self._path}:{self._line}' if self._line else self._path
        programs.complain('usermessages-manage', f'{place}: {reason}')


def _is_whole(line: bytes) -> bool:
    return len(line) < _LONGEST_LINE or line.endswith(b'\n')


def _size(paths: Sequence[str]) -> int | None:
    """Return how many bytes there are to read, None where nobody knows."""
    try:
        found = [os.stat(path) for path in paths]
    except OSError:
        return None
    return (sum(status.st_size for status in found) if all(
        stat.S_ISREG(status.st_mode) for status in found) else None)
