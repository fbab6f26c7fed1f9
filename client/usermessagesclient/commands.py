# SPDX-License-Identifier: Apache-2.0

"""Base classes of the ``openstack user message`` commands."""

import argparse
from collections.abc import Iterable, Sequence
import itertools
import os
import sys
from typing import Any

from cliff import utils as cliff_utils
from osc_lib.command import command
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import all_services
from usermessagesclient import arguments
from usermessagesclient import blocks
from usermessagesclient.readers import table
from usermessagesclient import rows as client_rows
from usermessagesclient import service as client_service


class PipedCommand(command.Command):
    """A command whose reader may exit before the end of the output."""

    def run(self, parsed_args: argparse.Namespace) -> int:
        try:
            status = super().run(parsed_args)
            self.app.stdout.flush()
            return status
        except BrokenPipeError:
            # Python would write the rest of the output again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY),
                    self.app.stdout.fileno())
            raise


class TableCommand(PipedCommand, command.Lister):
    """A command that prints a list, on a terminal of any width."""

    def run(self, parsed_args: argparse.Namespace) -> int:
        if parsed_args.time is None and self.is_compact(parsed_args):
            parsed_args.time = 'local' if parsed_args.local_time else (
                'relative')
        return super().run(parsed_args)

    def is_compact(self, parsed_args: argparse.Namespace) -> bool:
        """Tell whether the output is lines and blocks, not a table."""
        return False

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str], data: Iterable[Any]
                       ) -> int:
        if parsed_args.formatter != 'table':
            return super().produce_output(parsed_args, column_names, data)
        names, rows = self.selected_columns(parsed_args, column_names, data)
        rows = list(rows)
        if not rows and not parsed_args.print_empty:
            self.app.stderr.write(self.empty_text(parsed_args) + '\n')
        elif rows and self.is_compact(parsed_args):
            for line in blocks.render(
                    ({name: cell.human_readable() for name, cell in zip(
                        names, row, strict=True)} for row in rows),
                    cliff_utils.terminal_width() or 80,
                    has_color=blocks.has_color()):
                self.app.stdout.write(line + '\n')
        elif _fits(parsed_args, names, rows):
            return super().produce_output(parsed_args, column_names, data)
        else:
            # The formatter of tables can also print single messages.
            formatter: Any = self.formatter
            for row in rows:
                formatter.emit_one(names, row, self.app.stdout, parsed_args)
        return 0

    def empty_text(self, parsed_args: argparse.Namespace) -> str:
        """Return the text for an empty list."""
        return _('No user messages found.')

    def selected_columns(self, parsed_args: argparse.Namespace,
                         column_names: Sequence[str], data: Iterable[Any]
                         ) -> tuple[list[str], Iterable[list[Any]]]:
        """Return the selected columns, and their rows.

        :raises CommandError: a column is unknown
        """
        by_name = {_normal(name): name for name in column_names}
        selected = {_normal(name) for name in parsed_args.columns}
        if unknown := selected - by_name.keys():
            raise exceptions.CommandError(
                _('There is no column %(unknown)s; the columns are '
                  '%(known)s.') % {
                      'unknown': ', '.join(sorted(unknown)),
                      'known': ', '.join(column_names)})
        selector = [not selected or name in selected for name in by_name]
        return (list(itertools.compress(column_names, selector)),
                (list(itertools.compress(row, selector)) for row in data))


class MessagesCommand(TableCommand):
    """A command that prints lines and blocks on a terminal."""

    def is_compact(self, parsed_args: argparse.Namespace) -> bool:
        return (parsed_args.formatter == 'table' and sys.stdout.isatty()
                and not parsed_args.columns and not parsed_args.max_width)


class ListCommand(TableCommand):
    """A command with filters, for one service or for all services."""

    ALL_SERVICES = ''

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add_filters(parser)
        arguments.add_local_time(parser)
        parser.add_argument(
            '--long', action='store_true',
            help=_('List additional fields'))
        parser.add_argument(
            '--all-services', action='store_true', help=self.ALL_SERVICES)
        return parser

    def source(self, parsed_args: argparse.Namespace
               ) -> client_service.Service | all_services.AllServices:
        """Return the service, or all services."""
        if not parsed_args.all_services:
            return service(self.app, parsed_args)
        arguments.reject(parsed_args, '--all-services', {
            'project': '--project', 'all_projects': '--all-projects'})
        return all_services.AllServices(table.available(
            self.app.client_manager, encoding(self.app, parsed_args)))

    def query(self, parsed_args: argparse.Namespace) -> dict[str, str]:
        """Return the filters and the projects as query parameters."""
        return query(self.app, parsed_args)


def service(app: Any, parsed_args: argparse.Namespace
            ) -> client_service.Service:
    """Return the service that the plugin created."""
    found = app.client_manager.user_messages
    found.encoding = encoding(app, parsed_args)
    return found


def query(app: Any, parsed_args: argparse.Namespace) -> dict[str, str]:
    """Return the filters and the projects as query parameters.

    :raises Forbidden: the user cannot read the messages of all projects
    """
    if parsed_args.all_projects:
        service(app, parsed_args).verify_all_projects()
    return {**arguments.filters(parsed_args),
            **arguments.scope(app.client_manager, parsed_args)}


def encoding(app: Any, parsed_args: argparse.Namespace) -> str | None:
    """Return the encoding of the output; None for all characters."""
    if getattr(parsed_args, 'formatter',
               None) in client_rows.ESCAPING_FORMATS:
        return None
    return app.stdout.encoding


def _fits(parsed_args: argparse.Namespace, names: Sequence[str],
          rows: Sequence[Sequence[Any]]) -> bool:
    """Tell whether a table without wrapped lines fits the terminal."""
    columns = cliff_utils.terminal_width()
    if parsed_args.max_width or not columns or not (
            sys.stdout.isatty() or parsed_args.fit_width):
        return True
    widths = [max(map(client_rows.width, column)) for column in zip(
        names, *([cell.human_readable() for cell in row] for row in rows))]
    # Each column has two blanks and a border.
    return sum(widths) + 3 * len(widths) + 1 <= columns


def _normal(name: str) -> str:
    return name.lower().replace(' ', '_')
