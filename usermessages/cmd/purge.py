# SPDX-License-Identifier: Apache-2.0

"""Remove expired messages.

``usermessages-manage message purge --older-than 7 --dry-run`` prints the
number of messages to remove.
"""

import argparse
import dataclasses
import datetime

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import operator_command
from usermessages.cmd import progress
from usermessages.db import api as db_api
from usermessages.db import purge as db_purge

# Sufficient also for counting the expired messages.
_TIMEOUT_SECONDS = 20

_MAXIMUM_AGE_DAYS = 36500
# Databases limit the number of values in one statement.
_MAXIMUM_BATCH_ROWS = 10000
_MAXIMUM_ROWS = 2 ** 31 - 1


@dataclasses.dataclass
class Report(operator_command.Report):
    """The result of a purge or a dry run."""

    dry_run: bool
    rows: int = 0
    batches: int = 0
    longest_transaction_seconds: float = 0.0

    def add(self, batch: db_purge.Batch) -> None:
        self.rows += batch.rows
        self.batches += 1
        self.longest_transaction_seconds = round(
            max(self.longest_transaction_seconds, batch.seconds), 3)

    def progress(self) -> list[str]:
        """Return the notes for an error; empty before the first batch."""
        return [str(self)] if self.batches else []

    def __str__(self) -> str:
        if self.dry_run:
            return _('Messages that would be removed: %d') % self.rows
        return _('Messages removed: %(rows)d; batches: %(batches)d; longest '
                 'transaction: %(seconds).3f seconds') % {
                     'rows': self.rows, 'batches': self.batches,
                     'seconds': self.longest_transaction_seconds}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        '--older-than', metavar='DAYS', default=0,
        type=arguments.number(0, _MAXIMUM_AGE_DAYS),
        help=_('keep messages that expired less than DAYS days ago (default: '
               '%(default)s)'))
    parser.add_argument(
        '--project', metavar='ID', type=arguments.project,
        help=_('remove messages of this project only'))
    parser.add_argument(
        '--batch-size', metavar='ROWS', default=db_purge.BATCH_ROWS,
        type=arguments.number(1, _MAXIMUM_BATCH_ROWS),
        help=_('number of messages to remove in one transaction, from 1 to '
               '%(maximum)d (default: %(default)s)')
        % {'maximum': _MAXIMUM_BATCH_ROWS, 'default': '%(default)s'})
    parser.add_argument(
        '--max-rows', metavar='ROWS', type=arguments.number(1, _MAXIMUM_ROWS),
        help=_('stop after removing ROWS messages'))
    parser.add_argument(
        '--dry-run', action='store_true',
        help=_('print the number of messages to remove, and remove none'))
    arguments.add_format(parser)


def purge(conf: cfg.ConfigOpts) -> None:
    """Remove expired messages, for example from cron or a timer.

    The command removes messages in small transactions with pauses between
    them, so it can run while the service is running, and several times in
    parallel.  After an interruption, all completed batches are committed, and
    the next purge continues.
    """
    args = conf.category
    operator_command.extend_timeout(conf, _TIMEOUT_SECONDS)
    db = operator_command.connection(conf)
    scope = db_api.ALL_PROJECTS if args.project is None else args.project
    age = datetime.timedelta(days=args.older_than)
    report = Report(args.dry_run)
    if args.dry_run:
        report.rows = db_purge.count_expired_messages(
            db, scope, older_than=age)
        if args.max_rows is not None:
            report.rows = min(report.rows, args.max_rows)
    else:
        advance = progress.reporter(_('Messages removed so far: %d'))
        with operator_command.noting(report.progress):
            for batch in db_purge.cleanup_expired_messages(
                    db, scope, older_than=age, batch_size=args.batch_size,
                    max_rows=args.max_rows):
                report.add(batch)
                advance(batch.rows)
    operator_command.print_report(conf, report)
