# SPDX-License-Identifier: Apache-2.0

"""The commands ``openstack user message list``, ``show`` and ``delete``.

Columns have the names that ``openstack volume message`` gives them, so that
what a script picks from the one is there in the other.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
import itertools
import json
import logging
import os
import re
import sys
from typing import Any

from cliff import columns
from cliff import utils as cliff_utils
from keystoneauth1 import exceptions as ksa_exceptions
from openstack import exceptions as sdk_exceptions
from osc_lib.command import command
from osc_lib import exceptions

from usermessages._i18n import _
from usermessages.client import follow
from usermessages.client import service as client_service
from usermessages.client import times

LOG = logging.getLogger(__name__)

LEVELS = ('ERROR', 'WARNING', 'INFO')
INTERVAL_SECONDS = 5
# A terminal that has less is given each message as a table of its own.
LIST_WIDTH = 80

# Column, and where it is in a message.
SHORT = (('ID', 'id'), ('Created At', 'created_at'),
         ('Message Level', 'message_level'),
         ('Resource Type', 'resource_type'),
         ('Resource UUID', 'resource_uuid'),
         ('User Message', 'user_message'))
LONG = (*SHORT, ('User Action', 'user_action'), ('Hint', 'hint'),
        ('Help', 'help'), ('Event ID', 'event_id'),
        ('Request ID', 'request_id'), ('Project ID', 'project_id'),
        ('Guaranteed Until', 'guaranteed_until'))
TIMES = ('created_at', 'guaranteed_until')


class TextColumn(columns.FormattableColumn[str | None]):
    """A text, which people see as empty where there is none."""

    def human_readable(self) -> str:
        return self._value or ''


class TimeColumn(columns.FormattableColumn[str]):
    """A time, without the parts of a second where people read it."""

    def human_readable(self) -> str:
        return times.of_message(self._value).isoformat(timespec='seconds')


class PipedCommand(command.Command):
    """A command whose output may be read up to some line only."""

    def run(self, parsed_args: argparse.Namespace) -> int:
        try:
            status = super().run(parsed_args)
            self.app.stdout.flush()
            return status
        except BrokenPipeError:
            # Python would try to write the rest once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY),
                    self.app.stdout.fileno())
            raise


class ListMessages(PipedCommand, command.Lister):
    _description = _('List user messages, which say why something failed')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        _add_filters(parser)
        _add_local_time(parser)
        parser.add_argument(
            '--long', action='store_true',
            help=_('List all that is known of each message'))
        parser.add_argument(
            '--sort', metavar='<key>[:<direction>]', type=_filled,
            help=_('Order by these keys, with commas between them, each asc '
                   'or desc (default: created_at:desc)'))
        parser.add_argument(
            '--limit', metavar='<limit>', type=_whole_number,
            help=_('Number of messages in each request; the service may have '
                   'a lower maximum.  --max-items limits what is listed'))
        parser.add_argument(
            '--max-items', metavar='<max-items>', type=_whole_number,
            help=_('Number of messages to list at most'))
        parser.add_argument(
            '--marker', metavar='<message-id>', type=_filled,
            help=_('List what comes behind this message'))
        parser.add_argument(
            '--follow', action='store_true',
            help=_('Print each new message as it comes, until Ctrl-C: a line '
                   'each, with -f json an object each; with --since first '
                   'those that are there since then'))
        parser.add_argument(
            '--interval', metavar='<seconds>', type=_interval,
            help=_('With --follow, seconds between two requests, 1 or more '
                   '(default: %d)') % INTERVAL_SECONDS)
        return parser

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        # Whoever picks a column need not ask for it a second time.
        shown = LONG if parsed_args.long or parsed_args.columns else SHORT
        messages = (self._new if parsed_args.follow else self._all)(
            parsed_args)
        return ([name for name, _key in shown],
                (_row(message, shown, parsed_args) for message in messages))

    def _all(self, parsed_args: argparse.Namespace) -> list[dict[str, Any]]:
        """Return what is there, all of it or an error."""
        if parsed_args.interval is not None:
            raise exceptions.CommandError(_('--interval goes with --follow.'))
        if parsed_args.max_items == 0:
            return []
        return list(itertools.islice(
            _service(self.app).messages(
                {**_filters(parsed_args),
                 **_scope(self.app.client_manager, parsed_args)},
                limit=parsed_args.limit,
                marker=parsed_args.marker, sort=parsed_args.sort),
            parsed_args.max_items))

    def _new(self, parsed_args: argparse.Namespace
             ) -> Iterator[dict[str, Any]]:
        """Return what is there since a time, and what comes."""
        for name in ('before', 'sort', 'limit', 'max_items', 'marker'):
            if getattr(parsed_args, name) is not None:
                raise exceptions.CommandError(
                    _('--%s does not go with --follow, which prints messages '
                      'as they come.') % name.replace('_', '-'))
        filters = {**_filters(parsed_args),
                   **_scope(self.app.client_manager, parsed_args)}
        since = filters.pop('created_since', None)
        return follow.follow(
            _service(self.app), filters,
            times.of_message(since) if since else None,
            parsed_args.interval or INTERVAL_SECONDS)

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str], data: Iterable[Any]
                       ) -> int:
        if parsed_args.follow:
            self._produce_lines(parsed_args, column_names, data)
        elif parsed_args.formatter == 'table' and _is_narrow(parsed_args):
            names, rows = self._picked(parsed_args, column_names, data)
            # That of tables can do both.
            formatter: Any = self.formatter
            for row in rows:
                formatter.emit_one(names, row, self.app.stdout, parsed_args)
        else:
            super().produce_output(parsed_args, column_names, data)
        return 0

    def _produce_lines(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str], data: Iterable[Any]
                       ) -> None:
        """Print each message when it comes, where a table would wait."""
        names, rows = self._picked(parsed_args, column_names, data)
        rows = self._flushed(rows)
        if parsed_args.formatter == 'table':
            for row in rows:
                self.app.stdout.write('  '.join(
                    filter(None, (value.human_readable() for value in row)))
                    + '\n')
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
        """Yield rows, with what was printed before in front of people."""
        self.app.stdout.flush()
        for row in rows:
            yield row
            self.app.stdout.flush()

    def _picked(self, parsed_args: argparse.Namespace,
                column_names: Sequence[str], data: Iterable[Any]
                ) -> tuple[list[str], Iterable[list[Any]]]:
        """Return the columns that the user wants, and the rows of them."""
        names, selector = self._generate_columns_and_selector(
            parsed_args, column_names)
        return names, (list(itertools.compress(
            row, selector or [True] * len(row))) for row in data)


class ShowMessage(PipedCommand, command.ShowOne):
    _description = _('Show a user message, and what to do about it')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'message_id', metavar='<message-id>', help=_('Message (ID)'))
        _add_local_time(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        message = _service(self.app).message(
            parsed_args.message_id)
        return ([name for name, _key in LONG],
                _row(message, LONG, parsed_args))


class DeleteMessage(command.Command):
    _description = _('Delete user messages, by ID or all that match')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'message_ids', metavar='<message-id>', nargs='*',
            help=_('Message(s) to delete (ID)'))
        _add_filters(parser)
        parser.add_argument(
            '--yes', action='store_true',
            help=_('Delete all that match without a question'))
        parser.set_defaults(local_time=False)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        service = _service(self.app)
        filters = _filters(parsed_args)
        message_ids = list(dict.fromkeys(parsed_args.message_ids))
        if bool(message_ids) == bool(filters):
            raise exceptions.CommandError(
                _('Name the messages to delete: by their IDs, or else by '
                  'filters such as --resource or --before.'))
        if message_ids and (parsed_args.project or parsed_args.all_projects):
            raise exceptions.CommandError(
                _('--project and --all-projects go with filters; an ID needs '
                  'neither.'))
        # What holds for all of them is said once.
        service.version  # noqa: B018
        if filters:
            if not service.keeps_to_filters:
                raise exceptions.CommandError(
                    _('To delete by filters, the service has to know '
                      'user-messages 1.0: another may list more than was '
                      'asked for.  Name the messages by their IDs.'))
            message_ids = [message['id'] for message in service.messages(
                {**filters, **_scope(self.app.client_manager, parsed_args)})]
            self._confirm(len(message_ids), is_sure=parsed_args.yes)

        failed, deleted = 0, 0
        try:
            for message_id in message_ids:
                try:
                    service.delete(message_id)
                    deleted += 1
                except (ksa_exceptions.ClientException,
                        exceptions.CommandError) as error:
                    # Somebody else may have deleted what matched.
                    if filters and isinstance(error, ksa_exceptions.NotFound):
                        continue
                    failed += 1
                    LOG.error(_('Failed to delete message %(id)s: %(error)s'),
                              {'id': message_id, 'error': error})
        except KeyboardInterrupt:
            LOG.error(_('Interrupted after %(deleted)d of %(total)d messages '
                        'were deleted.'),
                      {'deleted': deleted, 'total': len(message_ids)})
            raise
        if failed:
            raise exceptions.CommandError(
                _('Failed to delete %(errors)s of %(total)s messages.')
                % {'errors': failed, 'total': len(message_ids)})

    def _confirm(self, number: int, *, is_sure: bool) -> None:
        """Ask whether so many messages are to be deleted.

        :raises CommandError: they are not, or nobody is there to ask
        """
        if is_sure or not number:
            return
        if not self.app.stdin.isatty():
            raise exceptions.CommandError(
                _('%d messages match; delete them with --yes.') % number)
        self.app.stderr.write(_('Delete %d messages? [y/N] ') % number)
        self.app.stderr.flush()
        if self.app.stdin.readline().strip().lower() not in ('y', 'yes'):
            raise exceptions.CommandError(_('Nothing was deleted.'))


def _service(app: Any) -> client_service.Service:
    """Return what the plugin has made for the client."""
    return app.client_manager.user_messages


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--resource', metavar='<resource-id>', type=_filled,
        help=_('Only messages about this resource (ID)'))
    parser.add_argument(
        '--resource-type', metavar='<resource-type>', type=_upper,
        help=_('Only messages about resources of this type, such as volume'))
    parser.add_argument(
        '--event', metavar='<event-id>', type=_filled,
        help=_('Only messages of this event (ID)'))
    parser.add_argument(
        '--level', metavar='<level>', type=_upper, choices=LEVELS,
        help=_('Only messages of this level: error, warning or info'))
    parser.add_argument(
        '--request-id', metavar='<request-id>', type=_filled,
        help=_('Only messages of this request (req-...)'))
    parser.add_argument(
        '--since', metavar='<time>', type=times.argument,
        help=_('Only messages from then on: a time, or 2h or 3d for so long '
               'ago; needs user-messages 1.1'))
    parser.add_argument(
        '--before', metavar='<time>', type=times.argument,
        help=_('Only messages up to then; needs user-messages 1.1'))
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        '--all-projects', action='store_true',
        help=_('Messages of all projects (admin only)'))
    group.add_argument(
        '--project', metavar='<project>', type=_filled,
        help=_('Messages of this project (name or ID) (admin only)'))
    parser.add_argument(
        '--project-domain', metavar='<project-domain>', type=_filled,
        help=_('Domain the project belongs to (name or ID)'))


def _add_local_time(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--local-time', action='store_true',
        help=_('Times in the zone of this machine; by default in UTC'))


def _filters(parsed_args: argparse.Namespace) -> dict[str, str]:
    """Return what the messages have to match, as on the wire."""
    return {name: value for name, value in (
        ('resource_uuid', parsed_args.resource),
        ('resource_type', parsed_args.resource_type),
        ('event_id', parsed_args.event),
        ('message_level', parsed_args.level),
        ('request_id', parsed_args.request_id),
        *((name, value and times.on_the_wire(
            value, is_local=parsed_args.local_time)) for name, value in (
                ('created_since', parsed_args.since),
                ('created_before', parsed_args.before))))
        if value is not None}


def _scope(client_manager: Any, parsed_args: argparse.Namespace
           ) -> dict[str, str]:
    """Return whose messages are meant, as on the wire."""
    if parsed_args.all_projects:
        return {'all_tenants': '1'}
    if parsed_args.project:
        return {'project_id': _project_id(
            client_manager, parsed_args.project, parsed_args.project_domain)}
    return {}


def _project_id(client_manager: Any, project: str, domain: str | None) -> str:
    """Return the ID of a project.

    Keystone does not tell it to everybody.  What it does not tell is taken
    for the ID, and the service decides on it.

    :param project: its name or ID
    :param domain: name or ID
    :raises CommandError: there is none
    """
    own = client_manager.auth_ref
    if own is not None and project in (own.project_id, own.project_name) and (
            domain in (None, own.project_domain_id, own.project_domain_name)):
        return own.project_id
    identity = client_manager.sdk_connection.identity
    try:
        if domain is not None:
            try:
                domain = identity.find_domain(domain, ignore_missing=False).id
            except sdk_exceptions.ForbiddenException:
                pass
        return identity.find_project(
            project, ignore_missing=False,
            **({} if domain is None else {'domain_id': domain})).id
    except sdk_exceptions.ForbiddenException:
        return project
    except sdk_exceptions.NotFoundException:
        raise exceptions.CommandError(
            _('There is no project %r.') % project) from None
    except sdk_exceptions.DuplicateResource:
        raise exceptions.CommandError(
            _('There is more than one project %r; say which with its ID, or '
              'with --project-domain.') % project) from None


def _row(message: dict[str, Any], shown: Iterable[tuple[str, str]],
         parsed_args: argparse.Namespace) -> list[Any]:
    """Return the cells of a message."""
    found = dict(message, help=next(
        (link.get('href') for link in message.get('links') or ()
         if link.get('rel') == 'help'), None))
    row: list[Any] = []
    for _name, key in shown:
        value = found.get(key)
        if value is None or key not in TIMES:
            row.append(TextColumn(value))
            continue
        time = times.of_message(value)
        row.append(TimeColumn(
            (time.astimezone() if parsed_args.local_time else time)
            .isoformat(timespec='microseconds')))
    return row


def _is_narrow(parsed_args: argparse.Namespace) -> bool:
    """Tell whether a list would not fit into the terminal."""
    return (not parsed_args.max_width and (
        sys.stdout.isatty() or parsed_args.fit_width)
        and (cliff_utils.terminal_width() or LIST_WIDTH) < LIST_WIDTH)


def _filled(text: str) -> str:
    """Return an argument; an empty one of a script would match too much."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_('it is empty'))
    return text


def _upper(text: str) -> str:
    return _filled(text).upper()


def _whole_number(text: str) -> int:
    if not re.fullmatch('[0-9]{1,9}', text):
        raise argparse.ArgumentTypeError(
            _('%r is no number from 0 on') % text)
    return int(text)


def _interval(text: str) -> int:
    seconds = _whole_number(text)
    if seconds < 1:
        raise argparse.ArgumentTypeError(
            _('%d seconds are too few; it takes 1 or more') % seconds)
    return seconds
