# SPDX-License-Identifier: Apache-2.0

"""The command ``openstack user message delete``."""

import argparse
import logging

from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib.command import command
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import arguments
from usermessagesclient import commands
from usermessagesclient import service as client_service
from usermessagesclient import terminal

LOG = logging.getLogger(__name__)


class DeleteMessages(command.Command):
    _description = _('Delete user messages by ID or by filter')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'message_ids', metavar='<message-id>', nargs='*',
            help=_('Message(s) to delete (ID)'))
        arguments.add_filters(parser)
        parser.add_argument(
            '--yes', action='store_true',
            help=_('Delete matching messages without confirmation'))
        parser.add_argument(
            '--dry-run', action='store_true',
            help=_('Print the IDs of matching messages, and delete nothing'))
        parser.set_defaults(local_time=False, time=None)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        service = commands.service(self.app, parsed_args)
        filters = arguments.filters(parsed_args)
        message_ids = list(dict.fromkeys(parsed_args.message_ids))
        if bool(message_ids) == bool(filters):
            raise exceptions.CommandError(
                _('Specify the messages to delete: either IDs, or filters '
                  'such as --resource or --before.'))
        if message_ids and (parsed_args.project or parsed_args.all_projects):
            raise exceptions.CommandError(
                _('--project and --all-projects cannot be used with message '
                  'IDs.'))
        # An error of the service is printed once.
        service.version  # noqa: B018
        if filters:
            if not service.applies_filters:
                raise exceptions.CommandError(
                    _('Deleting by filter requires a service that supports '
                      'user-messages 1.0.  Specify message IDs.'))
            message_ids = [
                message['id'] for message in service.messages(
                    commands.query(self.app, parsed_args))
                if message['id'] is not None]
        if parsed_args.dry_run:
            for message_id in message_ids:
                self.app.stdout.write(f'{terminal.printable(message_id)}\n')
            self._print_count(_('Messages to delete: %d'), len(message_ids))
            return
        if filters:
            self._confirm(len(message_ids), is_confirmed=parsed_args.yes)
        self._delete(service, message_ids, by_filter=bool(filters))

    def _delete(self, service: client_service.Service, message_ids: list[str],
                *, by_filter: bool) -> None:
        """Delete messages, and print the number.

        :raises CommandError: some messages could not be deleted
        """
        failed, deleted = 0, 0
        try:
            for message_id in message_ids:
                try:
                    service.delete(message_id)
                    deleted += 1
                except (ksa_exceptions.ClientException,
                        exceptions.CommandError) as error:
                    # Another user may have deleted the message.
                    if by_filter and isinstance(
                            error, ksa_exceptions.NotFound):
                        continue
                    failed += 1
                    LOG.error(_('Failed to delete message %(id)s: %(error)s'),
                              {'id': terminal.printable(message_id),
                               'error': error})
        except KeyboardInterrupt:
            LOG.error(_('Interrupted after %(deleted)d of %(total)d messages '
                        'were deleted.'),
                      {'deleted': deleted, 'total': len(message_ids)})
            raise
        if failed:
            raise exceptions.CommandError(
                _('Failed to delete %(errors)s of %(total)s messages.')
                % {'errors': failed, 'total': len(message_ids)})
        if by_filter:
            self._print_count(_('Messages deleted: %d'), deleted)

    def _print_count(self, text: str, number: int) -> None:
        self.app.stderr.write(f'{text % number}\n')

    def _confirm(self, number: int, *, is_confirmed: bool) -> None:
        """Ask for confirmation.

        :raises CommandError: the user declines, or the input is not a terminal
        """
        if is_confirmed or not number:
            return
        if not self.app.stdin.isatty():
            raise exceptions.CommandError(
                _('%d messages match; delete them with --yes.') % number)
        self.app.stderr.write(_('Delete %d messages? [y/N] ') % number)
        self.app.stderr.flush()
        if self.app.stdin.readline().strip().lower() not in ('y', 'yes'):
            raise exceptions.CommandError(_('Nothing was deleted.'))
