# SPDX-License-Identifier: Apache-2.0

"""Read the fault of a server in Nova, and its failed actions.

An action has the request ID that Nova passes on to Cinder as the global
request ID.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usermessagesclient.readers import reader
from usermessagesclient import times

# Each failed action takes one more request.
_MAX_ACTIONS = 5


class Compute(reader.Reader):
    service_types = ('compute',)
    version_path = '/v2.1'
    # The fields below are in each version; later versions have more details.
    headers = {'OpenStack-API-Version': 'compute latest'}
    lists = True

    def by_resource(self, resource_id: str) -> Iterator[reader.Row]:
        path = f'/servers/{resource_id}'
        server = self.get(path).get('server')
        if isinstance(server, dict):
            yield from self._faults(server)
        actions = [
            action for action in reader.objects(
                self.get(f'{path}/os-instance-actions'), 'instanceActions')
            if action.get('message') == 'Error']
        for action in actions[:_MAX_ACTIONS]:
            details = self.get(f'{path}/os-instance-actions/'
                               f'{action.get("request_id")}')
            found = details.get('instanceAction')
            events = [event for event in reader.objects(
                found if isinstance(found, dict) else {}, 'events')
                if event.get('result') == 'Error']
            yield self._action_row(resource_id, action, events)

    def newest(self, filters: Mapping[str, str]) -> Iterator[reader.Row]:
        servers = reader.objects(
            self.get('/servers/detail', status='ERROR', limit=reader.PAGE),
            'servers')
        yield from sorted(
            (row for server in servers for row in self._faults(server)),
            key=lambda row: row['created_at'] or '', reverse=True)

    def _faults(self, server: Mapping[str, Any]) -> Iterator[reader.Row]:
        fault = server.get('fault')
        if isinstance(fault, dict):
            yield self._server_row(
                resource_uuid=server.get('id'),
                project_id=server.get('tenant_id'),
                created_at=fault.get('created'),
                user_message=fault.get('message'))

    def _action_row(self, server_id: str, action: Mapping[str, Any],
                    events: list[dict[str, Any]]) -> reader.Row:
        # An action ends at its first error.
        event: Mapping[str, Any] = min(
            events, default={}, key=lambda event: str(
                event.get('finish_time')))
        text = f'{action.get("action")}: '
        return self._server_row(
            resource_uuid=server_id, project_id=action.get('project_id'),
            created_at=next((value for value in (
                event.get('finish_time'), action.get('updated_at'),
                action.get('start_time'))
                if isinstance(value, str) and times.parse(value)), None),
            request_id=action.get('request_id'),
            user_message=text + str(
                event.get('details') or event.get('event') or 'Error'))

    def _server_row(self, **values: Any) -> reader.Row:
        return self.row(message_level='ERROR', resource_type='SERVER',
                        **values)
