# SPDX-License-Identifier: Apache-2.0

"""Read the failed tasks of an image in Glance, and its failed stores.

``os_glance_failed_import`` names the stores without the data of the image.
"""

from collections.abc import Iterator
from typing import Any

from usermessagesclient.readers import reader


class Image(reader.Reader):
    service_types = ('image',)
    version_path = '/v2'

    def by_resource(self, resource_id: str) -> Iterator[reader.Row]:
        path = f'/images/{resource_id}'
        image = self.get(path)
        if not image:
            return
        project_id = image.get('owner')
        if stores := image.get('os_glance_failed_import'):
            yield self._image_row(
                resource_uuid=resource_id, project_id=project_id,
                created_at=image.get('updated_at'),
                user_message=f'Import failed in the stores: {stores}')
        for task in reader.objects(self.get(f'{path}/tasks'), 'tasks'):
            if task.get('status') == 'failure':
                yield self._image_row(
                    id=task.get('id'), resource_uuid=resource_id,
                    project_id=project_id, request_id=task.get('request_id'),
                    created_at=task.get('updated_at')
                    or task.get('created_at'),
                    user_message=task.get('message'))

    def _image_row(self, **values: Any) -> reader.Row:
        return self.row(message_level='ERROR', resource_type='IMAGE', **values)
