# SPDX-License-Identifier: Apache-2.0

"""Help the tests of a service that records messages.

``messages = self.useFixture(fixture.UserMessages(CONF))`` gives a test a
database of its own.  ``messages.assert_created(resource_uuid=volume_id)`` then
checks what was recorded, and ``messages.of(project_id)`` is what the users of
a project can read.  Needs the package ``fixtures``.
"""

import os
from typing import Any

import fixtures
from oslo_config import cfg

from usermessages.db import migration
from usermessages.db import models
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
    :param group: of the configuration, where the options of the library are
    :param layout: of the table of messages that the service has already
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 catalog: message_catalog.Catalog | None = None,
                 group: str = opts.GROUP, layout: models.Layout = models.OWN):
        super().__init__()
        self._conf = conf
        self._group = group
        self._layout = layout
        self.api = message_api.API(conf, catalog=catalog, group=group,
                                   layout=layout)

    def _setUp(self) -> None:
        opts.register_opts(self._conf, self._group)
        directory = self.useFixture(fixtures.TempDir()).path
        url = f'sqlite:///{os.path.join(directory, "messages.sqlite")}'
        for option, value in (('connection', url), ('strict', True)):
            name, group = opts.place(option, self._group)
            self._conf.set_override(name, value, group)
            self.addCleanup(self._conf.clear_override, name, group)
        self.addCleanup(self.api.db.close)
        if self._layout is models.OWN:
            migration.sync_url(url)
        else:
            self._layout.create(url)

    def assert_created(self, **values: Any) -> dict[str, Any]:
        """Check that one message was recorded that has these values.

        ``assert_created(event_id='000002', resource_uuid=volume_id)``; the
        names are those of the columns.

        :returns: the message
        :raises AssertionError: there is none, or more than one; the text
            tells of all that there are
        """
        recorded = self.api.get_all(None, all_projects=True)
        found = [message for message in recorded
                 if values.items() <= message.items()]
        if len(found) != 1:
            raise AssertionError(
                f'{len(found)} messages have {values}, of those recorded: '
                f'{recorded}')
        return found[0]

    def of(self, project_id: str) -> list[dict[str, Any]]:
        """Return what the users of a project can read, newest first.

        Each message has its text as ``user_message`` besides its columns.
        """
        return [
            {**message, 'user_message': self.api.catalog.text(
                message['event_id'], message['action_id'],
                message['detail_id'])}
            for message in self.api.get_all(None, project_id=project_id)]
