# SPDX-License-Identifier: Apache-2.0

"""Read user messages in programs, with openstacksdk.

With the option ``vendor_hook: usermessagesclient.sdk:add_service`` of a cloud
in ``clouds.yaml``, or after ``add_service(connection)``, a connection has the
attribute ``user_messages``::

    for message in connection.user_messages.messages(resource_uuid=volume.id):
        print(message.user_message, message.user_action)
"""

from collections.abc import Iterator
from typing import Any

from openstack import connection as sdk_connection
from openstack import proxy
from openstack import resource
from openstack import service_description
from openstack import utils


class Message(resource.Resource):
    """A user message; the API reference describes the fields."""

    resource_key = 'message'
    resources_key = 'messages'
    base_path = '/messages'
    allow_fetch = True
    allow_delete = True
    allow_list = True

    # The name resource_type is a parameter of openstacksdk.
    _query_mapping = resource.QueryParameters(
        'created_before', 'created_since', 'event_id', 'global_request_id',
        'message_level', 'project_id', 'request_id', 'resource_uuid', 'sort',
        all_projects='all_tenants', type_of_resource='resource_type')

    created_at: str = resource.Body('created_at')
    event_id: str = resource.Body('event_id')
    global_request_id: str | None = resource.Body('global_request_id')
    guaranteed_until: str = resource.Body('guaranteed_until')
    hint: str | None = resource.Body('hint')
    links: list[dict[str, str]] = resource.Body('links', type=list)
    message_level: str = resource.Body('message_level')
    parameters: dict[str, Any] | None = resource.Body('parameters', type=dict)
    project_id: str = resource.Body('project_id')
    request_id: str = resource.Body('request_id')
    resource_type: str = resource.Body('resource_type')
    resource_uuid: str = resource.Body('resource_uuid')
    user_action: str | None = resource.Body('user_action')
    user_message: str = resource.Body('user_message')


class Proxy(proxy.Proxy):
    """The attribute ``user_messages`` of a connection.

    By default, requests use the latest version of the service.  The option
    ``user_messages_default_microversion`` of a cloud selects another version.
    """

    # The endpoint has the version of the service, and a service that is
    # compatible with Cinder has two ranges of microversions.
    skip_discovery = True

    def __init__(self, *args: Any, default_microversion: str | None = None,
                 **values: Any):
        super().__init__(
            *args, default_microversion=default_microversion or 'latest',
            **values)

    def messages(self, **query: Any) -> Iterator[Message]:
        """Yield messages, the newest first.

        :param query: filters such as ``resource_uuid``, ``limit`` for the
            size of a page, and ``type_of_resource`` for ``resource_type``
        """
        return self._list(Message, **query)

    def get_message(self, message: str | Message) -> Message:
        """Return a message.

        :param message: the ID, or the message
        :raises openstack.exceptions.NotFoundException: no message has the ID
        """
        return self._get(Message, message)

    def delete_message(self, message: str | Message, *,
                       ignore_missing: bool = True) -> None:
        """Delete a message.

        :param message: the ID, or the message
        :raises openstack.exceptions.NotFoundException: no message has the ID,
            and ``ignore_missing`` is false
        """
        self._delete(Message, message, ignore_missing=ignore_missing)

    def wait_for_message(self, resource_id: str, timeout: float = 120, *,
                         since: str | None = None, interval: float = 5,
                         ) -> Message:
        """Return the first message about a resource.

        An existing message counts, so that no message is missed between the
        request that creates a resource and the call.

        :param timeout: seconds
        :param since: ISO 8601 time; messages before the time do not count
        :param interval: seconds between requests
        :raises openstack.exceptions.ResourceTimeout: no message within the
            timeout
        """
        query = {'resource_uuid': resource_id, 'sort': 'created_at:asc',
                 'limit': 1, **({'created_since': since} if since else {})}
        for _count in utils.iterate_timeout(
                timeout, f'No message about {resource_id} within {timeout} '
                'seconds', interval):
            for message in self.messages(**query):
                return message
        raise AssertionError('iterate_timeout ends with an exception')


class UserMessagesService(service_description.ServiceDescription):
    supported_versions = {'3': Proxy}


def add_service(connection: sdk_connection.Connection) -> None:
    """Add the attribute ``user_messages`` to a connection."""
    connection.add_service(UserMessagesService('user-messages'))
