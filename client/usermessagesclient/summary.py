# SPDX-License-Identifier: Apache-2.0

"""The command ``openstack user message summary``."""

import argparse
from collections.abc import Iterable, Sequence
import logging
from typing import Any

from usermessagesclient._i18n import _
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
    ALL_SERVICES = _(
        'Count the messages of all services in the catalog of Keystone: user '
        'messages, volumes, shares, and servers in the status ERROR')

    _description = _(
        'Count user messages by event, level and resource type, the most '
        'frequent first.  The command counts the messages of the last day, or '
        'the messages since --since.  Show the newest message of a group with '
        '"user message show"')

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        columns = LONG if parsed_args.long or parsed_args.columns else SHORT
        if parsed_args.all_services:
            columns = (columns[0], ('Service', 'service'), *columns[1:])
        groups, is_truncated = self.source(parsed_args).groups(
            self.query(parsed_args))
        if is_truncated:
            LOG.warning(_('More messages match than can be counted.  The '
                          'summary contains the newest messages; to count '
                          'older messages, use --since and --before.'))
        return ([name for name, _key in columns],
                [client_rows.row(group, columns, parsed_args,
                                 self.app.stdout.encoding)
                 for group in groups])
