# SPDX-License-Identifier: Apache-2.0

"""Tell an operator what is in the table of messages.

``usermessages-manage message stats --projects-above 10000`` names the projects
that fill it.  What the database is asked stands in ``db/api.py``; this is what
an operator can ask, and is told.
"""

import argparse
from collections.abc import Iterator
import dataclasses
import datetime
import json

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import programs
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import opts

# Nobody's request waits for it.  A statement, which may take half of that,
# reads tens of millions of messages in it.
_TIMEOUT_SECONDS = 200

_TOP = 10
_MAXIMUM_TOP = 1000
_MAXIMUM_ROWS = 2 ** 31 - 1

_HOUR, _DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
_AGES = ((_HOUR, _('up to 1 hour')), (_DAY, _('from 1 hour to 1 day')),
         (7 * _DAY, _('from 1 to 7 days')),
         (30 * _DAY, _('from 7 to 30 days')), (None, _('more than 30 days')))


@dataclasses.dataclass
class Report:
    """How many messages are stored, by what an operator may look for."""

    messages: int
    expired: int
    # In the order of _AGES.
    by_age: list[int]
    by_level: db_api.Counts
    by_event: db_api.Counts
    by_project: db_api.Counts
    projects_above: int

    def as_json(self) -> str:
        """Return an object, with seconds, for programs."""
        return json.dumps({
            'messages': self.messages,
            'expired': self.expired,
            'by_age': [
                {'maximum_seconds': age and int(age.total_seconds()),
                 'messages': count}
                for (age, _words), count in zip(_AGES, self.by_age)],
            **{name: {
                'values': counts.values,
                'largest': [{'value': value, 'messages': count}
                            for value, count in counts.largest]}
               for name, counts in (('by_level', self.by_level),
                                    ('by_event', self.by_event),
                                    ('by_project', self.by_project))}})

    def __str__(self) -> str:
        return '\n'.join(self._lines())

    def _lines(self) -> Iterator[str]:
        width = len(str(self.messages))
        yield _('Messages stored: %d') % self.messages
        yield _('Past their time: %d') % self.expired
        if not self.messages:
            return
        for title, counts in (
                (_('By age'), [(words, count) for (_age, words), count
                               in zip(_AGES, self.by_age)]),
                (_with_rest(_('By level'), self.by_level)),
                (_with_rest(_('By event'), self.by_event)),
                (_with_rest(
                    _('By project, those above %d') % self.projects_above
                    if self.projects_above else _('By project'),
                    self.by_project))):
            yield f'\n{title}:'
            # Narrow enough for an ID and seven digits in 40 columns.
            yield from (f'{count:>{width}} {programs.printable(name)}'
                        for name, count in counts)
            if not counts:
                yield _('none')


def _with_rest(title: str, counts: db_api.Counts,
               ) -> tuple[str, list[tuple[str, int]]]:
    """Return the title of a list that may be cut off, and the list."""
    if len(counts.largest) < counts.values:
        title += _(', %(shown)d of %(values)d') % {
            'shown': len(counts.largest), 'values': counts.values}
    return title, counts.largest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a parser understand what can be asked of the table."""
    parser.add_argument(
        '--project', metavar='ID', type=arguments.project,
        help=_('count messages of this project only'))
    parser.add_argument(
        '--projects-above', metavar='N', default=0,
        type=arguments.number(0, _MAXIMUM_ROWS),
        help=_('name projects with more than so many messages only; by '
               'default all'))
    parser.add_argument(
        '--top', metavar='N', default=_TOP,
        type=arguments.number(1, _MAXIMUM_TOP),
        help=_('name so many levels, events and projects, those with most '
               'messages, from 1 to %(maximum)d; by default %(default)s')
        % {'maximum': _MAXIMUM_TOP, 'default': '%(default)s'})
    arguments.add_format(parser)


def stats(conf: cfg.ConfigOpts) -> None:
    """Count the messages by age, level, event and project.

    Those past their time count as well, for as long as they are stored; how
    many they are is told too.  It changes nothing, and may run while the
    service does, but reads the whole table a few times, so not every minute.
    The numbers are of one moment each, and may differ by what was recorded
    meanwhile.
    """
    said = conf.category
    # A database that is away is found out now, and not in minutes.
    migration.check(migration.current_at(db_api.connection_url(conf)))
    conf.set_override(
        'create_timeout',
        max(_TIMEOUT_SECONDS, conf.user_messages.create_timeout), opts.GROUP)
    db = db_api.Connection(conf)
    scope = db_api.ALL_PROJECTS if said.project is None else said.project
    by_age = db.count_by_age(scope, [age for age, _words in _AGES if age])
    report = Report(
        messages=sum(by_age), expired=db.count_expired_messages(scope),
        by_age=by_age,
        by_level=db.count_by(scope, 'message_level', limit=said.top),
        by_event=db.count_by(scope, 'event_id', limit=said.top),
        by_project=db.count_by(scope, 'project_id', limit=said.top,
                               above=said.projects_above),
        projects_above=said.projects_above)
    print(report.as_json() if said.format == 'json' else report)
