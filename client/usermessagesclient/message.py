# SPDX-License-Identifier: Apache-2.0

"""The commands ``openstack user message list`` and ``show``."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
import itertools
import json
from typing import Any

from osc_lib.command import command
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import all_services
from usermessagesclient import arguments
from usermessagesclient import commands
from usermessagesclient import follow
from usermessagesclient.readers import table
from usermessagesclient import responses
from usermessagesclient import rows as client_rows
from usermessagesclient import times

INTERVAL_SECONDS = 5


class ListMessages(commands.MessagesCommand, commands.ListCommand):
    _description = _('List user messages, which explain failed requests')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--sort', metavar='<key>[:<direction>]', type=arguments.filled,
            help=_('Comma-separated sort keys, each with asc or desc '
                   '(default: created_at:desc)'))
        parser.add_argument(
            '--limit', metavar='<limit>', type=arguments.whole_number,
            help=_('Number of messages in each request; the service may have '
                   'a lower maximum.  To limit the list, use --max-items'))
        parser.add_argument(
            '--max-items', metavar='<max-items>', type=arguments.whole_number,
            help=_('Maximum number of messages to list'))
        parser.add_argument(
            '--marker', metavar='<message-id>', type=arguments.filled,
            help=_('List messages after this one'))
        parser.add_argument(
            '--all-services', action='store_true',
            help=_('List the messages of all services in the catalog of '
                   'Keystone: user messages, volumes, shares, and servers in '
                   'the status ERROR'))
        parser.add_argument(
            '--follow', action='store_true',
            help=_('Print new messages until Ctrl-C, one message on each '
                   'line, or one object with -f json.  With --since, first '
                   'print the existing messages since then'))
        parser.add_argument(
            '--interval', metavar='<seconds>', type=arguments.interval,
            help=_('With --follow, seconds between requests, at least 1 '
                   '(default: %d)') % INTERVAL_SECONDS)
        return parser

    def is_compact(self, parsed_args: argparse.Namespace) -> bool:
        # A relative time that stays on the screen would become wrong.
        return not parsed_args.follow and super().is_compact(parsed_args)

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        # A column that the user selects needs no second option.
        short, long = ((client_rows.WITH_SERVICE,
                        client_rows.LONG_WITH_SERVICE)
                       if parsed_args.all_services
                       else (client_rows.SHORT, client_rows.LONG))
        columns = long if parsed_args.long or parsed_args.columns else short
        messages = (self._new if parsed_args.follow else self._all)(
            parsed_args)
        rows = (client_rows.row(message, columns, parsed_args,
                                self.app.stdout.encoding)
                for message in messages)
        # The formatter reads sorted rows several times.
        return ([name for name, _key in columns],
                rows if parsed_args.follow else list(rows))

    def _all(self, parsed_args: argparse.Namespace
             ) -> list[responses.Message]:
        """Return the existing messages."""
        if parsed_args.interval is not None:
            raise exceptions.CommandError(_('--interval requires --follow.'))
        if parsed_args.max_items == 0:
            return []
        if parsed_args.all_services:
            return list(itertools.islice(
                self._of_all_services(parsed_args), parsed_args.max_items))
        return list(itertools.islice(
            commands.service(self.app, parsed_args).messages(
                {**arguments.filters(parsed_args),
                 **arguments.scope(self.app.client_manager, parsed_args)},
                limit=parsed_args.limit,
                marker=parsed_args.marker, sort=parsed_args.sort),
            parsed_args.max_items))

    def _of_all_services(self, parsed_args: argparse.Namespace
                         ) -> Iterator[responses.Message]:
        """Yield the messages of all services."""
        _reject(parsed_args, '--all-services', {
            'sort': '--sort', 'limit': '--limit', 'marker': '--marker',
            'project': '--project', 'all_projects': '--all-projects'})
        return all_services.newest(
            table.available(self.app.client_manager,
                            commands.encoding(self.app, parsed_args)),
            arguments.filters(parsed_args))

    def _new(self, parsed_args: argparse.Namespace
             ) -> Iterator[responses.Message]:
        """Yield the messages since a time, and new messages."""
        _reject(parsed_args, '--follow', {
            'created_before': '--before', 'sort': '--sort',
            'limit': '--limit', 'max_items': '--max-items',
            'marker': '--marker', 'all_services': '--all-services'})
        filters = {**arguments.filters(parsed_args),
                   **arguments.scope(self.app.client_manager, parsed_args)}
        since = filters.pop('created_since', None)
        return follow.follow(
            commands.service(self.app, parsed_args), filters,
            times.parse(since) if since else None,
            parsed_args.interval or INTERVAL_SECONDS)

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str], data: Iterable[Any]
                       ) -> int:
        if not parsed_args.follow:
            return super().produce_output(parsed_args, column_names, data)
        self._produce_lines(parsed_args, column_names, data)
        return 0

    def _produce_lines(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str], data: Iterable[Any]
                       ) -> None:
        """Print each message immediately."""
        names, rows = self.selected_columns(parsed_args, column_names, data)
        rows = self._flushed(rows)
        if parsed_args.formatter == 'table':
            for row in rows:
                self.app.stdout.write('  '.join(
                    value.human_readable() or '-' for value in row) + '\n')
        elif parsed_args.formatter in ('value', 'csv'):
            self.formatter.emit_list(names, rows, self.app.stdout, parsed_args)
        elif parsed_args.formatter == 'json':
            for row in rows:
                self.app.stdout.write(json.dumps(dict(zip(
                    names, (value.machine_readable() for value in row),
                    strict=True))) + '\n')
        else:
            for row in rows:
                self.formatter.emit_list(
                    names, [row], self.app.stdout, parsed_args)

    def _flushed(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Yield rows, and flush the output after each row."""
        self.app.stdout.flush()
        for row in rows:
            yield row
            self.app.stdout.flush()


def _reject(parsed_args: argparse.Namespace, flag: str,
            others: Mapping[str, str]) -> None:
    """Verify that options are not used with another option.

    :param others: the options, by their attribute
    :raises CommandError: an option is used
    """
    for name, other in others.items():
        value = getattr(parsed_args, name)
        if value is not None and value is not False:
            raise exceptions.CommandError(
                _('%(other)s cannot be used with %(flag)s.')
                % {'other': other, 'flag': flag})


class ShowMessage(commands.PipedCommand, command.ShowOne):
    _description = _('Show a user message and its remedy')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'message_id', metavar='<message-id>', help=_('Message (ID)'))
        arguments.add_local_time(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        message = commands.service(self.app, parsed_args).message(
            parsed_args.message_id)
        return ([name for name, _key in client_rows.LONG],
                client_rows.row(message, client_rows.LONG, parsed_args,
                                self.app.stdout.encoding))
