# SPDX-License-Identifier: Apache-2.0

"""Read the messages of usermessages and of Cinder.

Cinder 3.5 is the first version with filters, and applies ``project_id``.
Without ``project_id``, Cinder returns the messages of all projects to
administrators.
"""

from collections.abc import Iterator, Mapping
import functools

from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient.readers import reader
from usermessagesclient import responses
from usermessagesclient import service as client_service
from usermessagesclient import times


class UserMessages(reader.Reader):
    service_types: tuple[str, ...] = ('user-messages',)
    version_path = '/v3'
    source = reader.CATALOG
    finds_requests = True
    lists = True
    requested_version = '1'

    @functools.cached_property
    def _service(self) -> client_service.Service:
        service = client_service.Service(
            self._adapter, self.requested_version)
        service.encoding = self._encoding
        return service

    def by_resource(self, resource_id: str) -> Iterator[reader.Row]:
        return self._messages({'resource_uuid': resource_id})

    def by_request(self, request_id: str) -> Iterator[reader.Row]:
        return self._messages({'request_id': request_id})

    def by_id(self, message_id: str) -> Iterator[reader.Row]:
        try:
            yield self._message_row(self._service.message(message_id))
        except ksa_exceptions.NotFound:
            return

    def newest(self, filters: Mapping[str, str]) -> Iterator[reader.Row]:
        return self._messages({
            name: value for name, value in filters.items()
            if self._service.has_time_filters
            or name not in times.FILTERS})

    def _messages(self, filters: Mapping[str, str]) -> Iterator[reader.Row]:
        for message in self._service.messages(filters, limit=reader.PAGE):
            yield self._message_row(message)

    def _message_row(self, message: responses.Message) -> reader.Row:
        return self.row(**message)


class BlockStorage(UserMessages):
    service_types = ('block-storage', 'volumev3', 'block-store', 'volume')
    requested_version = '3.5'

    def by_id(self, message_id: str) -> Iterator[reader.Row]:
        # Cinder shows administrators the messages of other projects, without
        # the project; only a list has the filter for the project.
        for row in super().by_id(message_id):
            filters = {name: value for name in ('resource_uuid', 'event_id')
                       if (value := row[name])}
            yield from (other for other in self._messages(filters)
                        if other['id'] == row['id'])

    def _messages(self, filters: Mapping[str, str]) -> Iterator[reader.Row]:
        return super()._messages({**filters, 'project_id': self._project_id})
