# SPDX-License-Identifier: Apache-2.0

"""Read the messages of Manila.

Version 2.37 of the API is the first version with messages.  A page starts at
an ``offset``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usermessagesclient.readers import reader

# The filters of version 2.37, by the filter of usermessages.
_FILTERS = {'resource_uuid': 'resource_id', 'resource_type': 'resource_type',
            'message_level': 'message_level', 'request_id': 'request_id'}


class SharedFileSystem(reader.Reader):
    service_types = ('shared-file-system', 'sharev2')
    version_path = '/v2'
    source = reader.CATALOG
    headers = {'X-OpenStack-Manila-API-Version': '2.37'}
    finds_requests = True
    lists = True

    def by_resource(self, resource_id: str) -> Iterator[reader.Row]:
        return self.newest({'resource_uuid': resource_id})

    def by_request(self, request_id: str) -> Iterator[reader.Row]:
        return self.newest({'request_id': request_id})

    def by_id(self, message_id: str) -> Iterator[reader.Row]:
        message = self.get(f'/messages/{message_id}').get('message')
        if isinstance(message, dict):
            yield self._message_row(message)

    def newest(self, filters: Mapping[str, str]) -> Iterator[reader.Row]:
        query = {_FILTERS[name]: value for name, value in filters.items()
                 if name in _FILTERS}
        seen: set[Any] = set()
        while True:
            page = reader.objects(
                self.get('/messages', **query, limit=reader.PAGE,
                         offset=len(seen)), 'messages')
            rows = [row for message in page
                    if (row := self._message_row(message))['id'] not in seen]
            yield from rows
            # A service may ignore the offset.
            if len(page) < reader.PAGE or not rows:
                return
            seen.update(row['id'] for row in rows)

    def _message_row(self, message: Mapping[str, Any]) -> reader.Row:
        return self.row(
            guaranteed_until=message.get('expires_at'),
            resource_uuid=message.get('resource_id'),
            **{name: message.get(name) for name in (
                'id', 'created_at', 'message_level', 'project_id',
                'request_id', 'resource_type', 'user_message')})
