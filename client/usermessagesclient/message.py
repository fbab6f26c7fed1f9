# SPDX-License-Identifier: Apache-2.0

"""The commands ``openstack user message list`` and ``show``."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
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
from usermessagesclient import resources
from usermessagesclient import responses
from usermessagesclient import rows as client_rows
from usermessagesclient import times

INTERVAL_SECONDS = 5
# With --timeout, the last request can take this much longer.
LAST_REQUEST_SECONDS = 5


class ListMessages(commands.MessagesCommand, commands.ListCommand):
    ALL_SERVICES = _(
        'List the messages of all services in the catalog of Keystone: user '
        'messages, volumes, shares, and servers in the status ERROR')

    _description = _('List user messages, which explain failed requests')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'resource', metavar='<resource>', nargs='?', type=arguments.filled,
            help=_('Only messages about this resource (ID, or the name of a '
                   'volume, share, server or image)'))
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
        new = parser.add_mutually_exclusive_group()
        new.add_argument(
            '--follow', action='store_true',
            help=_('Print new messages until Ctrl-C, one message on each '
                   'line, or one object with -f json.  With --since, first '
                   'print the existing messages since then'))
        new.add_argument(
            '--wait', action='store_true',
            help=_('Wait for the first new message, and print the message.  '
                   'With --since, an existing message since then counts'))
        parser.add_argument(
            '--timeout', metavar='<seconds>', type=arguments.interval,
            help=_('With --wait, maximum number of seconds, after which the '
                   'exit status is 1 (default: no limit)'))
        parser.add_argument(
            '--interval', metavar='<seconds>', type=arguments.interval,
            help=_('With --follow or --wait, seconds between requests, at '
                   'least 1 (default: %d)') % INTERVAL_SECONDS)
        return parser

    def is_compact(self, parsed_args: argparse.Namespace) -> bool:
        # A relative time that stays on the screen would become wrong.
        return not parsed_args.follow and super().is_compact(parsed_args)

    def empty_text(self, parsed_args: argparse.Namespace) -> str:
        if [*arguments.filters(parsed_args)] == ['resource_uuid']:
            return _('No messages for this resource.')
        return super().empty_text(parsed_args)

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        # A column that the user selects needs no second option.
        short, long = ((client_rows.WITH_SERVICE,
                        client_rows.LONG_WITH_SERVICE)
                       if parsed_args.all_services
                       else (client_rows.SHORT, client_rows.LONG))
        columns = long if parsed_args.long or parsed_args.columns else short
        self._verify_options(parsed_args)
        if parsed_args.resource is not None:
            parsed_args.resource_uuid = resources.resource_id(
                self.app.client_manager, parsed_args.resource,
                parsed_args.resource_type)
        messages = (self._new if parsed_args.follow or parsed_args.wait
                    else self._existing)(parsed_args)
        rows = (client_rows.row(message, columns, parsed_args,
                                self.app.stdout.encoding)
                for message in messages)
        # The formatter reads sorted rows several times.
        return ([name for name, _key in columns],
                rows if parsed_args.follow else list(rows))

    def _verify_options(self, parsed_args: argparse.Namespace) -> None:
        """Verify that options have an effect.

        :raises CommandError: an option cannot be used with another option
        """
        if parsed_args.resource is not None and parsed_args.resource_uuid:
            raise exceptions.CommandError(
                _('Specify the resource once, as <resource> or with '
                  '--resource.'))
        if parsed_args.timeout is not None and not parsed_args.wait:
            raise exceptions.CommandError(_('--timeout requires --wait.'))
        if parsed_args.follow or parsed_args.wait:
            arguments.reject(
                parsed_args, '--follow' if parsed_args.follow else '--wait', {
                    'created_before': '--before', 'sort': '--sort',
                    'limit': '--limit', 'max_items': '--max-items',
                    'marker': '--marker'})
        elif parsed_args.interval is not None:
            raise exceptions.CommandError(
                _('--interval requires --follow or --wait.'))
        if parsed_args.all_services:
            arguments.reject(parsed_args, '--all-services', {
                'sort': '--sort', 'limit': '--limit', 'marker': '--marker'})

    def _existing(self, parsed_args: argparse.Namespace
                  ) -> Iterable[responses.Message]:
        """Return the existing messages."""
        if parsed_args.max_items == 0:
            return []
        source = self.source(parsed_args)
        query = self.query(parsed_args)
        return itertools.islice(
            source.messages(query)
            if isinstance(source, all_services.AllServices)
            else source.messages(
                query, limit=parsed_args.limit, marker=parsed_args.marker,
                sort=parsed_args.sort), parsed_args.max_items)

    def _new(self, parsed_args: argparse.Namespace
             ) -> Iterable[responses.Message]:
        """Return new messages, or the first new message."""
        source = self.source(parsed_args)
        if parsed_args.timeout is not None:
            source.start(parsed_args.timeout + LAST_REQUEST_SECONDS)
        query = self.query(parsed_args)
        since = query.pop('created_since', None)
        messages = follow.follow(
            source, query, times.parse(since) if since else None,
            parsed_args.interval or INTERVAL_SECONDS, parsed_args.timeout)
        if parsed_args.follow:
            return messages
        first = list(itertools.islice(messages, 1))
        if not first:
            raise exceptions.CommandError(
                _('No new message within %d seconds.') % parsed_args.timeout)
        return first

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
