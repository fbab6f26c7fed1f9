# SPDX-License-Identifier: Apache-2.0

"""Remove messages that are past their time, as an operator asks for it.

``usermessages-manage message purge --older-than 7 --dry-run`` tells how many
would go.  How they go stands in ``db/api.py``; this is what an operator can
say, and is told.
"""

import argparse
from collections.abc import Iterator
import contextlib
import dataclasses
import datetime
import json

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import progress
from usermessages.db import api as db_api
from usermessages import exception
from usermessages import opts

# Nobody's request waits for a purge, so it may try for longer to outlast a
# node that is replaced, and count more rows, than create_timeout allows.
_TIMEOUT_SECONDS = 20

_MAXIMUM_AGE_DAYS = 36500
# No database takes many more values in one statement.
_MAXIMUM_BATCH_ROWS = 10000
_MAXIMUM_ROWS = 2 ** 31 - 1


@dataclasses.dataclass
class Report:
    """What a purge did, or would do."""

    dry_run: bool
    rows: int = 0
    batches: int = 0
    longest_transaction_seconds: float = 0.0

    def add(self, batch: db_api.Batch) -> None:
        self.rows += batch.rows
        self.batches += 1
        self.longest_transaction_seconds = round(
            max(self.longest_transaction_seconds, batch.seconds), 3)

    def __str__(self) -> str:
        if self.dry_run:
            return _('Messages that would be removed: %d') % self.rows
        return _('Messages removed: %(rows)d; batches: %(batches)d; longest '
                 'transaction: %(seconds).3f seconds') % {
                     'rows': self.rows, 'batches': self.batches,
                     'seconds': self.longest_transaction_seconds}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a parser understand what can be said about a purge."""
    parser.add_argument(
        '--older-than', metavar='DAYS', default=0,
        type=arguments.number(0, _MAXIMUM_AGE_DAYS),
        help=_('leave messages that are past their time for less than so '
               'many days; by default %(default)s'))
    parser.add_argument(
        '--project', metavar='ID', type=arguments.project,
        help=_('remove messages of this project only'))
    parser.add_argument(
        '--batch-size', metavar='ROWS', default=db_api.CLEANUP_ROWS,
        type=arguments.number(1, _MAXIMUM_BATCH_ROWS),
        help=_('remove so many messages in one transaction, from 1 to '
               '%(maximum)d; by default %(default)s')
        % {'maximum': _MAXIMUM_BATCH_ROWS, 'default': '%(default)s'})
    parser.add_argument(
        '--max-rows', metavar='ROWS', type=arguments.number(1, _MAXIMUM_ROWS),
        help=_('end when so many messages were removed'))
    parser.add_argument(
        '--dry-run', action='store_true',
        help=_('remove nothing, and tell how many messages would be'))
    arguments.add_format(parser)


def purge(conf: cfg.ConfigOpts) -> None:
    """Remove the messages that are past their time, for cron or a timer.

    Nobody sees them any more; this gives back their space.  It works in small
    steps with rests, so it may run while the service does, and several times
    at once.  Whatever ends it, Ctrl-C included, whole batches are gone and
    nothing else, and the next one goes on where it ended.
    """
    said = conf.category
    conf.set_override(
        'create_timeout',
        max(_TIMEOUT_SECONDS, conf.user_messages.create_timeout), opts.GROUP)
    db = db_api.Connection(conf)
    scope = db_api.ALL_PROJECTS if said.project is None else said.project
    age = datetime.timedelta(days=said.older_than)

    def count() -> int:
        found = db.count_expired_messages(scope, older_than=age)
        return found if said.max_rows is None else min(found, said.max_rows)

    report = Report(said.dry_run)
    if said.dry_run:
        report.rows = count()
    else:
        with _telling_how_far(report), \
                progress.bar(count, _(' messages')) as advance:
            for batch in db.cleanup_expired_messages(
                    scope, older_than=age, batch_size=said.batch_size,
                    max_rows=said.max_rows):
                report.add(batch)
                advance(batch.rows)
    print(json.dumps(dataclasses.asdict(report)) if said.format == 'json'
          else report)


@contextlib.contextmanager
def _telling_how_far(report: Report) -> Iterator[None]:
    """Note on what ends a purge how far it had come."""
    try:
        yield
    except (KeyboardInterrupt, exception.UserMessagesError) as error:
        if report.batches:
            error.add_note(str(report))
        raise
