# SPDX-License-Identifier: Apache-2.0

"""Arguments of the ``openstack user message`` commands.

``add_filters(parser)`` adds one option for each filter, and ``filters(args)``
returns the query parameters.
"""

import argparse
from collections.abc import Mapping
import re
from typing import Any

from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import times

# The values of --level, the most severe first.
LEVELS = ('ERROR', 'WARNING', 'INFO')
# The filters whose values are in upper case.
UPPER_CASE = ('message_level', 'resource_type')
# The option, metavar and help of each filter.
FLAGS = {
    'resource_uuid': ('--resource', '<resource-id>', _(
        'Only messages about this resource (ID)')),
    'resource_type': ('--resource-type', '<resource-type>', _(
        'Only messages about resources of this type, such as volume')),
    'event_id': ('--event', '<event-id>', _(
        'Only messages of this event (ID)')),
    'message_level': ('--level', '<level>', _(
        'Only messages of this level: error, warning or info')),
    'request_id': ('--request-id', '<request-id>', _(
        'Only messages of this request (req-...)')),
    'created_since': ('--since', '<time>', _(
        'Only messages from then on: a time, or 2h or 3d for so long ago; '
        'needs user-messages 1.1')),
    'created_before': ('--before', '<time>', _(
        'Only messages up to then; needs user-messages 1.1')),
}


def add_filters(parser: argparse.ArgumentParser) -> None:
    for name, (flag, metavar, text) in FLAGS.items():
        parser.add_argument(
            flag, metavar=metavar, dest=name, help=text,
            type=_upper if name in UPPER_CASE else filled,
            choices=LEVELS if name == 'message_level' else None)
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        '--all-projects', action='store_true',
        help=_('Messages of all projects (admin only)'))
    group.add_argument(
        '--project', metavar='<project>', type=filled,
        help=_('Messages of this project (name or ID) (admin only)'))
    parser.add_argument(
        '--project-domain', metavar='<project-domain>', type=filled,
        help=_('Domain the project belongs to (name or ID)'))


def add_local_time(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--local-time', action='store_true',
        help=_('Use the time zone of this machine (default: UTC)'))
    parser.add_argument(
        '--time', choices=('iso', 'local', 'relative'),
        help=_('Format of times in tables: iso (UTC), local (as with '
               '--local-time) or relative, such as "5 min ago".  The default '
               'is relative for lists on a terminal, and otherwise iso'))


def uses_local_time(parsed_args: argparse.Namespace) -> bool:
    """Tell whether times are in the time zone of the machine."""
    return parsed_args.local_time or parsed_args.time == 'local'


def filters(parsed_args: argparse.Namespace) -> dict[str, str]:
    """Return the filters as query parameters.

    :raises CommandError: a time is invalid
    """
    found = {}
    for name in FLAGS:
        value = getattr(parsed_args, name)
        if value is not None:
            found[name] = (_time(name, value, parsed_args)
                           if name in times.FILTERS else value)
    return found


def _time(name: str, text: str, parsed_args: argparse.Namespace) -> str:
    try:
        # The parser would print all options before the error.
        time = times.argument(text)
    except argparse.ArgumentTypeError as error:
        raise exceptions.CommandError(f'{FLAGS[name][0]}: {error}') from None
    return times.query_value(time, is_local=uses_local_time(parsed_args))


def reject(parsed_args: argparse.Namespace, flag: str,
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


def scope(client_manager: Any, parsed_args: argparse.Namespace
          ) -> dict[str, str]:
    """Return the projects of the messages as query parameters."""
    if parsed_args.all_projects:
        return {'all_tenants': '1'}
    if parsed_args.project:
        return {'project_id': _project_id(
            client_manager, parsed_args.project, parsed_args.project_domain)}
    return {}


def _project_id(client_manager: Any, project: str, domain: str | None) -> str:
    """Return the ID of a project.

    If Keystone does not allow the user to find the project, the text is used
    as the ID.

    :param project: the name or the ID of the project
    :param domain: the name or the ID of its domain
    :raises CommandError: no project, or more than one project, has the name
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
            _('Project %r does not exist.') % project) from None
    except sdk_exceptions.DuplicateResource:
        raise exceptions.CommandError(
            _('Several projects have the name %r; specify the ID or '
              '--project-domain.') % project) from None


def filled(text: str) -> str:
    """Return an argument, which must not be empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_('must not be empty'))
    return text


def _upper(text: str) -> str:
    return filled(text).upper()


def whole_number(text: str) -> int:
    if not re.fullmatch('[0-9]{1,9}', text):
        raise argparse.ArgumentTypeError(
            _('must be 0 or greater, not %r') % text)
    return int(text)


def interval(text: str) -> int:
    seconds = whole_number(text)
    if seconds < 1:
        raise argparse.ArgumentTypeError(
            _('must be at least 1 second, not %d') % seconds)
    return seconds
