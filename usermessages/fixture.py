# SPDX-License-Identifier: Apache-2.0

"""Help the tests of a service that records messages.

``messages = self.useFixture(fixture.UserMessages(CONF))`` gives a test a
database of its own, after which ``messages.of(project_id)`` is what the users
of a project can read.  Needs the package ``fixtures``.
"""

import os
from typing import Any

import fixtures
from oslo_config import cfg

from usermessages.db import migration
from usermessages.message import api as message_api
from usermessages.message import catalog as message_catalog
from usermessages import opts


class UserMessages(fixtures.Fixture):
    """An empty SQLite database, and a ``create()`` that is strict.

    In a test a message with an unknown event or resource type is a mistake,
    so ``create()`` raises where it would write a warning.

    :param conf: the configuration that the tested code uses
    :param catalog: the catalog of the service, by default that of the
        configuration
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 catalog: message_catalog.Catalog | None = None):
        super().__init__()
        self._conf = conf
        self.api = message_api.API(conf, catalog=catalog)

    def _setUp(self) -> None:
        opts.register_opts(self._conf)
        directory = self.useFixture(fixtures.TempDir()).path
        url = f'sqlite:///{os.path.join(directory, "messages.sqlite")}'
        for option, value in (('connection', url), ('strict', True)):
            self._conf.set_override(option, value, 'user_messages')
            self.addCleanup(
                self._conf.clear_override, option, 'user_messages')
        self.addCleanup(self.api.db.close)
        migration.sync_url(url)

    def of(self, project_id: str) -> list[dict[str, Any]]:
        """Return what the users of a project can read, newest first.

        Each message has its text as ``user_message`` besides its columns.
        """
        return [
            {**message, 'user_message': self.api.catalog.text(
                message['event_id'], message['action_id'],
                message['detail_id'])}
            for message in self.api.get_all(None, project_id=project_id)]
