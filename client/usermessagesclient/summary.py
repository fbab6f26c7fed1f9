# SPDX-License-Identifier: Apache-2.0

"""The command ``openstack user message summary``."""

import argparse
from collections.abc import Iterable, Sequence
import logging
from typing import Any

from usermessagesclient._i18n import _
from usermessagesclient import arguments
from usermessagesclient import commands
from usermessagesclient import rows as client_rows

LOG = logging.getLogger(__name__)

SHORT = (('Count', 'count'), ('Resources', 'resources'),
         ('Message Level', 'message_level'),
         ('Resource Type', 'resource_type'),
         ('User Message', 'user_message'), ('First At', 'first_at'),
         ('Last At', 'last_at'), ('Latest ID', 'latest_id'))
LONG = (*SHORT, ('Event ID', 'event_id'), ('User Action', 'user_action'),
        ('Hint', 'hint'), ('Help', 'help'))


class SummarizeMessages(commands.ListCommand):
    _description = _(
        'Count user messages that say the same, the most frequent first.  '
        'Counts the messages of the last day, or those since --since, and '
        'shows the newest message of each group, for "user message show"')

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        columns = LONG if parsed_args.long or parsed_args.columns else SHORT
        groups, is_truncated = commands.service(
            self.app, parsed_args).groups({
                **arguments.filters(parsed_args),
                **arguments.scope(self.app.client_manager, parsed_args)})
        if is_truncated:
            LOG.warning(_('There are more messages than the service counts; '
                          'the summary is of the newest.  To count others, '
                          'use --since and --before.'))
        return ([name for name, _key in columns],
                [client_rows.row(group, columns, parsed_args,
                                 self.app.stdout.encoding)
                 for group in groups])
