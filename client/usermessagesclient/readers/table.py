# SPDX-License-Identifier: Apache-2.0

"""Find the services that have a reader, in the catalog of Keystone.

A new service needs an entry in ``READERS``.
"""

from collections.abc import Iterator
import logging
import re
from typing import Any
from urllib import parse

from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import deadline
from usermessagesclient.readers import compute
from usermessagesclient.readers import image
from usermessagesclient.readers import messages
from usermessagesclient.readers import reader
from usermessagesclient.readers import shared_file_system

LOG = logging.getLogger(__name__)

READERS: tuple[type[reader.Reader], ...] = (
    messages.UserMessages,
    messages.BlockStorage,
    shared_file_system.SharedFileSystem,
    compute.Compute,
    image.Image,
)

_VERSION = re.compile(r'/v[0-9]+(\.[0-9]+)?(/|$)')


def available(client_manager: Any, encoding: str | None
              ) -> Iterator[reader.Reader]:
    """Yield a reader for each service in the catalog.

    :param encoding: the encoding of the output
    :raises CommandError: the login has no catalog and no project
    """
    access = client_manager.auth_ref
    if access is None or not access.project_id or (
            not access.has_service_catalog()):
        raise exceptions.CommandError(
            _('The command searches the services in the catalog of Keystone, '
              'and requires a login with a project.'))
    values = client_manager.get_configuration()
    configured = values.get('user_messages_service_type')
    override = values.get('user_messages_endpoint_override')
    for reader_class, service_types in _readers(configured):
        if override and (configured or 'user-messages') in service_types:
            endpoint: tuple[str, str] | None = (service_types[0], override)
        else:
            endpoint = _endpoint(client_manager, access.service_catalog,
                                 service_types)
        if endpoint is not None:
            service_type, url = endpoint
            yield reader_class(
                deadline.DeadlineAdapter(
                    session=client_manager.session, service_type=service_type,
                    endpoint_override=_versioned(
                        url, reader_class.version_path),
                    timeout_seconds=reader.TIMEOUT_SECONDS),
                access.project_id, encoding, service_types[0])


def _readers(configured: str | None
             ) -> Iterator[tuple[type[reader.Reader], tuple[str, ...]]]:
    """Yield readers and their service types.

    :param configured: ``--os-user-messages-service-type``, which can be the
        type of any service with the API of usermessages
    """
    yield from ((found, found.service_types) for found in READERS)
    if configured and not any(configured in found.service_types
                              for found in READERS):
        yield messages.UserMessages, (configured,)


def _endpoint(client_manager: Any, catalog: Any, service_types: tuple[str, ...]
              ) -> tuple[str, str] | None:
    """Return the service type and the URL of a service, or None."""
    known = set()
    for service_type in service_types:
        found = catalog.get_endpoints_data(
            service_type=service_type, interface=client_manager.interface,
            region_name=client_manager.region_name or None)
        known.update(found.keys() & {*service_types})
        urls = list(dict.fromkeys(
            endpoint.url for endpoint in found.get(service_type, ())))
        if len(urls) > 1:
            LOG.warning(_(
                '%(service)s: the catalog has %(count)d endpoints; only the '
                'first is searched.  Select a region with --os-region-name.'),
                {'service': service_type, 'count': len(urls)})
        if urls:
            return service_type, urls[0]
    if known:
        LOG.warning(_('%s: the catalog has no endpoint of this interface and '
                      'region.'), service_types[0])
    return None


def _versioned(url: str, version_path: str) -> str:
    """Return the URL of an endpoint with a version."""
    url = url.rstrip('/')
    return (url if _VERSION.search(parse.urlsplit(url).path)
            else url + version_path)
