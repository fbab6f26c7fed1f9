# SPDX-License-Identifier: Apache-2.0

"""Count the stored messages.

``usermessages-manage message stats --projects-above 10000`` lists the projects
with the most messages, and ``message stats --unknown`` the actions that fail
most often for unknown reasons.
"""

import argparse
from collections.abc import Iterator, Sequence
import dataclasses
import datetime
import shutil
import textwrap
from typing import Any

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import metrics
from usermessages.cmd import operator_command
from usermessages.cmd import unknown
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages.db import purge as db_purge
from usermessages.db import statistics
from usermessages.message import catalog as message_catalog
from usermessages import terminal

# In two fifths of this time, a statement can read tens of millions of
# messages.
_TIMEOUT_SECONDS = 200

_TOP = 10
_MAXIMUM_TOP = 1000
_MAXIMUM_ROWS = 2 ** 31 - 1

_HOUR, _DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
_AGES = ((_HOUR, _('up to 1 hour')), (_DAY, _('from 1 hour to 1 day')),
         (7 * _DAY, _('from 1 to 7 days')),
         (30 * _DAY, _('from 7 to 30 days')), (None, _('more than 30 days')))


@dataclasses.dataclass
class Report(operator_command.Report):
    """The number of messages, by age, level, event and project."""

    messages: int
    expired: int
    # In the order of _AGES.
    by_age: list[int]
    by_level: statistics.Counts
    by_event: statistics.Counts
    by_project: statistics.Counts
    projects_above: int
    # The texts of by_event, empty for an event of another catalog.
    texts: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        return {
            'messages': self.messages,
            'expired': self.expired,
            'by_age': [
                {'maximum_seconds': age and int(age.total_seconds()),
                 'messages': count}
                for (age, _words), count in zip(_AGES, self.by_age)],
            'by_level': _as_dict(self.by_level),
            'by_event': {
                'values': self.by_event.values,
                'largest': [
                    {'value': value, 'text': text, 'messages': count}
                    for (value, count), text
                    in zip(self.by_event.largest, self.texts)]},
            'by_project': _as_dict(self.by_project)}

    def __str__(self) -> str:
        return '\n'.join(self._lines())

    def _lines(self) -> Iterator[str]:
        width = len(str(self.messages))
        yield _('Messages stored: %d') % self.messages
        yield _('Expired: %d') % self.expired
        if not self.messages:
            return
        for title, counts in (
                (_('By age'), [(words, count) for (_age, words), count
                               in zip(_AGES, self.by_age)]),
                (_with_rest(_('By level'), self.by_level)),
                (_with_rest(_('By event'), statistics.Counts(
                    self.by_event.values, list(self._events(width))))),
                (_with_rest(
                    _('By project, above %d') % self.projects_above
                    if self.projects_above else _('By project'),
                    self.by_project))):
            yield f'\n{title}:'
            # An ID and seven digits fit 40 columns.
            yield from (f'{count:>{width}} {terminal.printable(name)}'
                        for name, count in counts)
            if not counts:
                yield _('none')

    def _events(self, width: int) -> Iterator[tuple[str, int]]:
        """Iterate over the events with their texts, on one line each."""
        columns = max(40, shutil.get_terminal_size().columns) - width - 1
        for (event_id, count), text in zip(self.by_event.largest, self.texts):
            yield textwrap.shorten(
                f'{event_id} {text}', columns, placeholder='...'), count


def _as_dict(counts: statistics.Counts) -> dict[str, Any]:
    return {'values': counts.values,
            'largest': [{'value': value, 'messages': count}
                        for value, count in counts.largest]}


def _with_rest(title: str, counts: statistics.Counts,
               ) -> tuple[str, list[tuple[str, int]]]:
    """Return the title of a list that may be truncated, and the list."""
    if len(counts.largest) < counts.values:
        title += _(', %(shown)d of %(values)d') % {
            'shown': len(counts.largest), 'values': counts.values}
    return title, counts.largest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        '--project', metavar='ID', type=arguments.project,
        help=_('count messages of this project only'))
    parser.add_argument(
        '--since', metavar='TIME', type=arguments.since,
        help=_('count messages created since TIME only: "12h", "7d" or "2w" '
               '(ago), or a date or time in ISO 8601, in UTC without offset'))
    parser.add_argument(
        '--unknown', action='store_true',
        help=_('print the share of messages with an unknown reason, by '
               'action; ignores --projects-above and --top'))
    parser.add_argument(
        '--projects-above', metavar='N', default=0,
        type=arguments.number(0, _MAXIMUM_ROWS),
        help=_('list projects with more than N messages only; by default, '
               'list all'))
    parser.add_argument(
        '--top', metavar='N', default=_TOP,
        type=arguments.number(1, _MAXIMUM_TOP),
        help=_('number of levels, events and projects to list, those with '
               'the most messages first, from 1 to %(maximum)d (default: '
               '%(default)s)')
        % {'maximum': _MAXIMUM_TOP, 'default': '%(default)s'})
    arguments.add_format(parser, 'prometheus')


def stats(conf: cfg.ConfigOpts) -> None:
    """Count the messages by age, level, event and project.

    The numbers include expired messages that are still stored.  The command
    changes no data and can run while the service is running, but it reads the
    complete table several times.  Messages that are recorded in the meantime
    can make the numbers differ.  The format prometheus prints metrics for the
    textfile collector of node_exporter, and ignores --unknown,
    --projects-above and --top.
    """
    args = conf.category
    # With the default timeout, the command reports an outage immediately.
    if conf.user_messages.table_mapping is None:
        migration.check(migration.current_at(db_api.connection_url(conf)))
    operator_command.extend_timeout(conf, _TIMEOUT_SECONDS)
    db = operator_command.connection(conf)
    scope = db_api.ALL_PROJECTS if args.project is None else args.project
    if args.format == 'prometheus':
        print(metrics.text(conf, db, scope, args.since), end='')
        return
    if args.unknown:
        operator_command.print_report(
            conf, unknown.report(conf, db, scope, args.since))
        return
    catalog = message_catalog.load(conf.user_messages.catalog)
    by_age = statistics.count_by_age(
        db, scope, [age for age, _words in _AGES if age], args.since)
    by_event = statistics.count_by(
        db, scope, 'event_id', limit=args.top, since=args.since)
    report = Report(
        messages=sum(by_age),
        expired=db_purge.count_expired_messages(
            db, scope, created_since=args.since),
        by_age=by_age,
        by_level=statistics.count_by(
            db, scope, 'message_level', limit=args.top, since=args.since),
        by_event=by_event,
        texts=[catalog.text_of_event(event_id)
               for event_id, _count in by_event.largest],
        by_project=statistics.count_by(
            db, scope, 'project_id', limit=args.top,
            above=args.projects_above, since=args.since),
        projects_above=args.projects_above)
    operator_command.print_report(conf, report)
