# SPDX-License-Identifier: Apache-2.0

"""The command ``openstack user message explain``."""

import argparse
from collections.abc import Iterable, Sequence
import datetime
import itertools
import logging
import re
from typing import Any
import uuid

from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import arguments
from usermessagesclient import commands
from usermessagesclient.readers import reader
from usermessagesclient.readers import table
from usermessagesclient import rows as client_rows
from usermessagesclient import times

LOG = logging.getLogger(__name__)

SHORT = (('Created At', 'created_at'), ('Service', 'service'),
         ('Message Level', 'message_level'),
         ('Resource Type', 'resource_type'),
         ('Resource UUID', 'resource_uuid'),
         ('User Message', 'user_message'), ('User Action', 'user_action'),
         ('Hint', 'hint'), ('Help', 'help'))
LONG = (*SHORT, ('Source', 'source'), ('ID', 'id'), ('Event ID', 'event_id'),
        ('Request ID', 'request_id'),
        ('Global Request ID', 'global_request_id'))

# The rows of each service.
_MAX_ROWS = 100
# The requests of the errors found are searched in the other services, too.
_MAX_REQUESTS = 3
# The ID in a row is a text of any service, and other IDs are part of a path.
_REQUEST_ID = re.compile('req-[0-9A-Za-z-]+')
_NEVER = datetime.datetime.max.replace(tzinfo=datetime.UTC)


class ExplainFailure(commands.MessagesCommand):
    _description = _(
        'Explain why a resource or a request failed, with the errors of all '
        'services.  Searches the services of user messages, volumes, shares, '
        'servers and images in the catalog, and prints the cause first')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'wanted', metavar='<id>', help=_(
                'Resource (ID), request (req-...) or message (ID)'))
        arguments.add_local_time(parser)
        parser.add_argument(
            '--long', action='store_true', help=_('List additional fields'))
        return parser

    def take_action(self, parsed_args: argparse.Namespace
                    ) -> tuple[Sequence[str], Iterable[Any]]:
        wanted = _checked(parsed_args.wanted)
        services = list(table.available(
            self.app.client_manager, commands.encoding(self.app, parsed_args)))
        found, searched = search(services, wanted)
        if not found:
            raise exceptions.CommandError(
                _('No errors found for %(wanted)s.  Services searched: '
                  '%(services)s.') % {
                      'wanted': wanted, 'services': ', '.join(
                          service.name for service in searched) or _('none')})
        requests = dict.fromkeys(
            request_id for row in found if (
                request_id := row['global_request_id'] or row['request_id'])
            and request_id != wanted and _REQUEST_ID.fullmatch(request_id))
        for request_id in itertools.islice(requests, _MAX_REQUESTS):
            found += search(searched, request_id)[0]
        columns = LONG if parsed_args.long or parsed_args.columns else SHORT
        return ([name for name, _key in columns],
                [client_rows.row(row, columns, parsed_args,
                                 self.app.stdout.encoding)
                 for row in causes_first(reader.distinct(found))])


def search(services: Iterable[reader.Reader], wanted: str
           ) -> tuple[list[reader.Row], list[reader.Reader]]:
    """Return the errors of a resource, a request or a message.

    Also return the services that could be searched.
    """
    found: list[reader.Row] = []
    searched = []
    for service in services:
        if reader.is_request_id(wanted) and not service.finds_requests:
            continue
        try:
            for row in itertools.islice(service.find(wanted), _MAX_ROWS):
                found.append(row)
            searched.append(service)
        except (ksa_exceptions.ClientException,
                exceptions.CommandError) as error:
            LOG.warning('%s: %s', service.name, reader.error_line(error))
    return found, searched


def causes_first(rows: Iterable[reader.Row]) -> list[reader.Row]:
    """Return errors in groups, with the earliest error of a group first.

    Rows with one global request ID are a group; other rows are grouped by
    resource, since their times do not tell which error is the cause.
    """
    rows = list(rows)
    operations = {row['global_request_id'] for row in rows}
    groups: dict[tuple[str | None, ...], list[reader.Row]] = {}
    for row in sorted(rows, key=_time):
        operation = row['global_request_id'] or (
            row['request_id'] if row['request_id'] in operations else None)
        key = ((operation,) if operation else tuple(row[name] for name in (
            'service', 'resource_type', 'resource_uuid')))
        groups.setdefault(key, []).append(row)
    for group in groups.values():
        cause = next((row for row in group
                      if row['message_level'] == 'ERROR'), group[0])
        group.remove(cause)
        group.insert(0, cause)
    return [row for _key, group in sorted(
        groups.items(), key=lambda item: len(item[0])) for row in group]


def _time(row: reader.Row) -> datetime.datetime:
    return times.parse(row['created_at']) or _NEVER


def _checked(wanted: str) -> str:
    """Return an ID of a resource, request or message.

    :raises CommandError: the text is not an ID
    """
    try:
        prefix = 'req-' if reader.is_request_id(wanted) else ''
        uuid.UUID(wanted.removeprefix(prefix))
    except ValueError:
        raise exceptions.CommandError(
            _('%r is not an ID: specify the UUID of a resource or message, '
              'or a request ID such as req-<UUID>.') % wanted) from None
    return wanted
