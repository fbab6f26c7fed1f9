# SPDX-License-Identifier: Apache-2.0

"""The peer: the messages of Cinder, as an operator would run it.

It lives in an environment of its own, so nothing is imported here but Cinder
and the standard library.  ``make(url, directory)`` has the volume API of the
shipped paste file; the configuration names the database, says that there is no
message bus, lets a list of messages be filtered by project, and leaves the
rest at its default.
"""

from collections.abc import Callable
import json
import pathlib
import subprocess
import sys
from typing import Any

from bench import rows
from bench.subjects import token

TABLE = 'messages'


class Subject:
    """The measured operations of Cinder."""

    def __init__(self, url: str, directory: pathlib.Path):
        self._file = _configure(url, directory)

    def application(self) -> Callable[..., Any]:
        """Return the endpoint, with all of its middleware."""
        # Cinder would parse the command line.
        sys.argv = ['bench', '--config-file', str(self._file)]
        from cinder.wsgi import api
        return api.application

    def without_middleware(self) -> Callable[..., Any]:
        """Return the endpoint behind its middleware."""
        self.application()
        from cinder import context
        from oslo_config import cfg
        from oslo_service import wsgi
        inner = wsgi.Loader(cfg.CONF).load_app('apiv3')
        asks = context.RequestContext(
            user_id=rows.USER, project_id=rows.PROJECT,
            roles=['member', 'reader'])
        prefix = '/v3'

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            environ['SCRIPT_NAME'] = prefix
            environ['PATH_INFO'] = environ['PATH_INFO'][len(prefix):]
            environ['cinder.context'] = asks
            return inner(environ, start_response)

        return answer

    def reader(self) -> Callable[[], Any]:
        """Return a function that reads a page through the layer of the
        database.
        """
        self._library()
        from cinder import context
        from cinder.db import api
        asks = context.RequestContext(
            user_id=rows.USER, project_id=rows.PROJECT, is_admin=False)
        return lambda: api.message_get_all(
            asks, {'project_id': rows.PROJECT}, None, rows.PAGE, None,
            ['created_at', 'id'], ['desc', 'desc'])

    def creator(self) -> Callable[[], Any]:
        """Return a function that records a message."""
        self._library()
        from cinder import context
        from cinder.message import api
        from cinder.message import message_field
        message_api = api.API()

        def create() -> None:
            # A context of Cinder has the session, and so belongs to a thread.
            message_api.create(
                context.RequestContext(
                    user_id=rows.USER, project_id=rows.WRITTEN_PROJECT,
                    is_admin=False),
                message_field.Action.SCHEDULE_ALLOCATE_VOLUME,
                detail=message_field.Detail.NO_BACKEND_AVAILABLE,
                resource_uuid='f292cc0c-54a7-4b3b-8174-d2ff82d87008')

        return create

    def purger(self) -> Callable[[], Any]:
        """Return the function that removes all expired messages."""
        self._library()
        from cinder import context
        from cinder.message import api
        message_api = api.API()
        return lambda: message_api.cleanup_expired_messages(
            context.get_admin_context())

    def _library(self) -> None:
        """Get ready as the services of Cinder do that have no API."""
        from cinder.common import config  # noqa: F401
        from oslo_config import cfg
        from oslo_log import log
        if 'config_file' not in cfg.CONF:
            cfg.CONF(['--config-file', str(self._file)], project='cinder')
            log.setup(cfg.CONF, 'cinder')


def sync(url: str, directory: pathlib.Path) -> None:
    """Make the tables, as an operator does."""
    subprocess.run(
        [f'{sys.prefix}/bin/cinder-manage', '--config-file',
         str(_configure(url, directory)), 'db', 'sync'],
        check=True, capture_output=True)


def _configure(url: str, directory: pathlib.Path) -> pathlib.Path:
    shipped = pathlib.Path(sys.prefix) / 'etc/cinder/api-paste.ini'
    token.paste_file(shipped, directory / 'cinder-paste.ini')
    filters = json.loads(
        shipped.with_name('resource_filters.json').read_text())
    filters['message'].append('project_id')
    resource_filters = directory / 'resource_filters.json'
    resource_filters.write_text(json.dumps(filters))
    file = directory / 'cinder.conf'
    file.write_text(f"""
[DEFAULT]
transport_url = fake:/
state_path = {directory}
api_paste_config = {directory}/cinder-paste.ini
resource_query_filters_file = {resource_filters}
log_file = {directory}/cinder.log
[database]
connection = {url}
[oslo_concurrency]
lock_path = {directory}
[coordination]
backend_url = file://{directory}
""")
    return file
