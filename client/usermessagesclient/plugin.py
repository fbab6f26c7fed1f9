# SPDX-License-Identifier: Apache-2.0

"""Plugin of python-openstackclient for ``openstack user message ...``.

The client finds this module by its entry point, adds the options of
``build_option_parser``, and calls ``make_client`` at the first use of
``client_manager.user_messages`` in a command.
"""

import argparse
from typing import Any

from osc_lib import exceptions
from osc_lib import utils

from usermessagesclient._i18n import _
from usermessagesclient import deadline
from usermessagesclient import service
from usermessagesclient import versions

API_NAME = 'user_messages'
API_VERSION_OPTION = 'os_user_messages_api_version'
# The latest version that the client and the service support.
DEFAULT_API_VERSION = '1'

SERVICE_TYPE = 'user-messages'


def build_option_parser(
        parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the global options of the client."""
    parser.add_argument(
        '--os-user-messages-api-version',
        metavar='<user-messages-api-version>',
        default=utils.env('OS_USER_MESSAGES_API_VERSION'),
        help=_('User messages API version: 1.N, or 3.N for a service with '
               'the versions of Cinder (default: the latest version that the '
               'client and the service support) '
               '(Env: OS_USER_MESSAGES_API_VERSION)'))
    parser.add_argument(
        '--os-user-messages-service-type',
        metavar='<user-messages-service-type>',
        default=utils.env('OS_USER_MESSAGES_SERVICE_TYPE'),
        help=_('Service type in the catalog, for example block-storage '
               '(default: %s) (Env: OS_USER_MESSAGES_SERVICE_TYPE)')
        % SERVICE_TYPE)
    parser.add_argument(
        '--os-user-messages-endpoint-override',
        metavar='<user-messages-endpoint-override>',
        default=utils.env('OS_USER_MESSAGES_ENDPOINT_OVERRIDE'),
        help=_('URL of the service, which replaces the endpoint in the '
               'catalog, and ends with /v3 or with the project after /v3 '
               '(Env: OS_USER_MESSAGES_ENDPOINT_OVERRIDE)'))
    return parser


def check_api_version(version: str) -> bool:
    """Check a version, and tell the client that the version is valid.

    :raises CommandError: the text is not a version
    """
    try:
        versions.parse(version)
    except ValueError:
        raise exceptions.CommandError(
            _('%r is not a version of the user messages API.  Specify 1.N or '
              '3.N with --os-user-messages-api-version, or omit the option to '
              'use the latest version.') % version) from None
    return True


def make_client(instance: Any) -> service.Service:
    """Return the service, with the session of the client."""
    values = instance.get_configuration()
    return service.Service(
        deadline.DeadlineAdapter(
            session=instance.session,
            service_type=(values.get('user_messages_service_type')
                          or SERVICE_TYPE),
            interface=instance.interface,
            region_name=instance.region_name or None,
            endpoint_override=(
                values.get('user_messages_endpoint_override') or None)),
        instance._api_version[API_NAME])
