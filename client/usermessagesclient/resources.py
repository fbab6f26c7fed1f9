# SPDX-License-Identifier: Apache-2.0

"""Find a resource by name, in the services that can have the resource.

``resource_id(client_manager, 'my-volume')`` is the ID of the volume, share,
server or image with this name.
"""

import functools
import logging
from typing import Any
import uuid

from keystoneauth1 import exceptions as ksa_exceptions
from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import deadline
from usermessagesclient.readers import compute
from usermessagesclient.readers import image
from usermessagesclient.readers import messages
from usermessagesclient.readers import reader
from usermessagesclient.readers import shared_file_system

LOG = logging.getLogger(__name__)

# The types of resources with the service types, and the proxy and the method
# of openstacksdk.
_TYPES = (
    ('VOLUME', messages.BlockStorage.service_types,
     'block_storage', 'find_volume'),
    ('SHARE', shared_file_system.SharedFileSystem.service_types,
     'shared_file_system', 'find_share'),
    ('SERVER', compute.Compute.service_types, 'compute', 'find_server'),
    ('IMAGE', image.Image.service_types, 'image', 'find_image'),
)


def resource_id(client_manager: Any, wanted: str,
                resource_type: str | None = None) -> str:
    """Return the ID of a resource.

    A UUID is an ID.  Each service has the timeout of the readers to find a
    name; a service that fails causes a warning.

    :param wanted: the ID or the name
    :param resource_type: the type of the resource; None for all types
    :raises CommandError: no resource, or several resources, have the name
    """
    try:
        uuid.UUID(wanted)
        return wanted
    except ValueError:
        pass
    found = []
    for type_, service_types, proxy, method in _TYPES:
        if resource_type not in (None, type_) or not _is_in_catalog(
                client_manager, service_types):
            continue
        try:
            resource = deadline.call(functools.partial(
                _find, client_manager.sdk_connection, proxy, method, wanted),
                reader.TIMEOUT_SECONDS)
        except sdk_exceptions.DuplicateResource:
            found += [type_] * 2
        except (sdk_exceptions.SDKException,
                ksa_exceptions.ClientException) as error:
            LOG.warning('%s: %s', service_types[0], reader.error_line(error))
        else:
            if resource is not None:
                found.append(f'{type_.lower()} {resource.id}')
    if not found:
        raise exceptions.CommandError(
            _('No volume, share, server or image has the name %r.  To list '
              'the messages of another resource, specify the ID with '
              '--resource.') % wanted)
    if len(found) > 1:
        raise exceptions.CommandError(
            _('Several resources have the name %(name)r: %(found)s.  Specify '
              'the ID.') % {'name': wanted, 'found': ', '.join(
                  dict.fromkeys(found))})
    return found[0].partition(' ')[2]


def _find(connection: Any, proxy_name: str, method: str, wanted: str) -> Any:
    proxy = getattr(connection, proxy_name)
    # A retry would exceed the timeout.
    proxy.status_code_retries = 0
    return getattr(proxy, method)(wanted, ignore_missing=True)


def _is_in_catalog(client_manager: Any, service_types: tuple[str, ...]
                   ) -> bool:
    access = client_manager.auth_ref
    return access is not None and access.has_service_catalog() and any(
        any(access.service_catalog.get_endpoints_data(
            service_type=service_type, interface=client_manager.interface,
            region_name=client_manager.region_name or None).values())
        for service_type in service_types)
