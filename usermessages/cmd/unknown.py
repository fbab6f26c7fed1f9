# SPDX-License-Identifier: Apache-2.0

"""Report the share of messages with an unknown reason.

A high share means that the catalog lacks details or mappings of exceptions.
``usermessages-manage message stats --unknown --since 7d`` prints the shares of
the last seven days, ``usermessages-status upgrade check`` that of the last
day.
"""

from collections.abc import Sequence
import dataclasses
import datetime
import shutil
import textwrap
from typing import Any

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import operator_command
from usermessages.db import api as db_api
from usermessages.db import statistics
from usermessages.message import catalog as message_catalog
from usermessages import terminal


@dataclasses.dataclass
class Report(operator_command.Report):
    """The messages with an unknown reason, by action."""

    messages: int
    unknown: int
    # With the text of the action, or an empty text.
    by_action: Sequence[tuple[statistics.UnknownCount, str]]

    def as_dict(self) -> dict[str, Any]:
        return {
            'messages': self.messages,
            'unknown': self.unknown,
            'share': _share(self.unknown, self.messages),
            'by_action': [
                {**dataclasses.asdict(count), 'text': text,
                 'share': _share(count.unknown, count.messages)}
                for count, text in self.by_action]}

    def __str__(self) -> str:
        columns = max(40, shutil.get_terminal_size().columns)
        return '\n'.join([
            _('Messages: %d') % self.messages,
            _('Unknown: %(unknown)d (%(share)s)') % {
                'unknown': self.unknown,
                'share': percent(self.unknown, self.messages)},
            *(['', _('By action:')] if self.by_action else []),
            *(textwrap.shorten(_line(count, text), columns, placeholder='...')
              for count, text in self.by_action)])


def report(conf: cfg.ConfigOpts, db: db_api.Connection, scope: db_api.Scope,
           since: datetime.datetime | None) -> Report:
    """Count the messages with an unknown reason.

    The report lists the actions with such messages, those with the largest
    share first.

    :param since: count only messages created at this naive time in UTC or
        later
    :raises ConfigurationError: the catalog cannot be loaded
    :raises DatabaseUnavailable: the database did not respond in time
    :raises DatabaseError: the table does not exist
    """
    catalog = message_catalog.load(conf.user_messages.catalog)
    counts = count(catalog, db, scope, since)
    return Report(
        messages=sum(row.messages for row in counts),
        unknown=sum(row.unknown for row in counts),
        by_action=[
            (row, catalog.actions[row.action_id].text
             if row.action_id in catalog.actions else '')
            for row in counts if row.unknown])


def count(catalog: message_catalog.Catalog, db: db_api.Connection,
          scope: db_api.Scope, since: datetime.datetime | None,
          ) -> list[statistics.UnknownCount]:
    """Count the messages with an unknown reason by action.

    For the parameters and the errors of the database, see :func:`report`.
    """
    detail = catalog.unknown_detail
    return statistics.count_unknown(
        db, scope, str.__str__(catalog.unknown_error), detail and detail.id,
        since)


def percent(unknown: int, messages: int) -> str:
    """Return a share for people, as in ``12.5%``; of no messages, ``0.0%``."""
    return f'{_share(unknown, messages):.1%}'


def _share(unknown: int, messages: int) -> float:
    return unknown / messages if messages else 0.0


def _line(count: statistics.UnknownCount, text: str) -> str:
    return _('%(share)s, %(unknown)d of %(messages)d: %(action)s') % {
        'share': percent(count.unknown, count.messages),
        'unknown': count.unknown, 'messages': count.messages,
        'action': terminal.printable(
            f'{count.action_id} {text}' if count.action_id
            else _('no action'))}
