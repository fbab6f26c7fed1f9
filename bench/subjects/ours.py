# SPDX-License-Identifier: Apache-2.0

"""This package, as run by an operator and by a consuming service.

``make(url, directory)`` has the endpoint of the shipped paste file, and the
library configured from the same file.  Everything else is at its default.
"""

from collections.abc import Callable
import os
import pathlib
import subprocess
import sys
from typing import Any

from bench import rows
from bench.subjects import token
from usermessages import context
from usermessages.message import api as message_api
from usermessages.message import defined_messages
from usermessages.message import resource_types

TABLE = 'user_messages'


class Subject:
    """The measured operations of this package."""

    def __init__(self, url: str, directory: pathlib.Path):
        _configure(url, directory)

    def application(self) -> Callable[..., Any]:
        """Return the endpoint, with all of its middleware."""
        from usermessages.wsgi import api
        return api.application

    def without_middleware(self) -> Callable[..., Any]:
        """Return the endpoint behind its middleware."""
        from usermessages.api import wsgi
        self.application()
        inner = self._inner()
        asks = context.RequestContext(
            user_id=rows.USER, project_id=rows.PROJECT,
            roles=['member', 'reader'])

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            environ[wsgi.CONTEXT] = asks
            return inner(environ, start_response)

        return answer

    def reader(self) -> Callable[[], Any]:
        """Return a function that reads a page through the layer of the
        database.
        """
        api = message_api.API()
        return lambda: api.db.message_get_all(
            rows.PROJECT, limit=rows.PAGE + 1)

    def creator(self) -> Callable[[], Any]:
        """Return a function that records a message."""
        api = message_api.API()
        asks = context.RequestContext(
            user_id=rows.USER, project_id=rows.WRITTEN_PROJECT)
        return lambda: api.create(
            asks, action=defined_messages.Actions.SCHEDULE_ALLOCATE_VOLUME,
            detail=defined_messages.Details.NO_BACKEND_AVAILABLE,
            resource_type=resource_types.VOLUME,
            resource_uuid='f292cc0c-54a7-4b3b-8174-d2ff82d87008')

    def purger(self) -> Callable[[], Any]:
        """Return the function that removes all expired messages."""
        api = message_api.API()
        return lambda: api.cleanup_expired_messages(context.RequestContext())

    def _inner(self) -> Callable[..., Any]:
        from paste.deploy import loadwsgi
        from usermessages.wsgi import deploy
        conf = deploy.configure()
        return loadwsgi.ConfigLoader(conf.find_file(
            conf.api.paste_config)).get_app('app', global_conf={
                'oslo_config_config': conf,
                'usermessages_api': message_api.API(conf)})


def sync(url: str, directory: pathlib.Path) -> None:
    """Make the tables, as an operator does."""
    _configure(url, directory)
    subprocess.run([f'{sys.prefix}/bin/usermessages-manage', 'db', 'sync'],
                   check=True, capture_output=True)


def _configure(url: str, directory: pathlib.Path) -> None:
    shipped = (pathlib.Path(__file__).parents[2]
               / 'etc/usermessages/api-paste.ini')
    token.paste_file(shipped, directory / 'api-paste.ini')
    (directory / 'usermessages.conf').write_text(f"""
[user_messages]
connection = {url}
[api]
compat_service_type = volume
paste_config = {directory}/api-paste.ini
""")
    os.environ['OS_USERMESSAGES_CONFIG_DIR'] = str(directory)
