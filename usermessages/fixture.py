# SPDX-License-Identifier: Apache-2.0

"""Help the tests of a service that records messages.

``messages = self.useFixture(fixture.UserMessages(CONF))`` gives a test a
database of its own.  ``messages.assert_created(resource_uuid=volume_id)`` then
checks what was recorded, and ``messages.of(project_id)`` is what the users of
a project can read.  ``CatalogTestMixin`` and ``EndpointTestMixin`` are tests
that every service wants of its own catalog and its own endpoint.  Needs the
package ``fixtures``.
"""

import itertools
import os
from typing import Any
import uuid

import fixtures
from oslo_config import cfg

from usermessages.api import wsgi
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
        self.layout = layout
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
        if self.layout is models.OWN:
            migration.sync_url(url)
        else:
            self.layout.create(url)

    def assert_created(self, **values: Any) -> dict[str, Any]:
        """Check that one message was recorded that has these values.

        ``assert_created(event_id='000002', resource_uuid=volume_id)``; the
        names are those of the columns.  For ``action_id`` and ``detail_id``,
        an action and a detail will do.

        :returns: the message
        :raises AssertionError: there is none, or more than one; the text
            tells of all that there are
        """
        values = {name: value[0] if isinstance(value, tuple) else value
                  for name, value in values.items()}
        unknown = values.keys() - models.MESSAGES.columns.keys()
        if unknown:
            raise AssertionError(
                f'Messages have no {", ".join(sorted(unknown))}; they have '
                f'{", ".join(models.MESSAGES.columns.keys())}.')
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


class CatalogTestMixin:
    """Tests of the catalog of a service, for a test case with ``messages``.

    ::

        class CatalogTest(fixture.CatalogTestMixin, testtools.TestCase):

            def setUp(self):
                super().setUp()
                self.messages = self.useFixture(
                    fixture.UserMessages(CONF, catalog=CATALOG))
    """

    messages: UserMessages

    def test_catalog_has_no_problems(self: Any) -> None:
        """No text and no exception is wrong, and each ID can be stored."""
        self.assertEqual([], self.messages.api.catalog.problems(
            self.messages.layout))

    def test_catalog_is_stored_and_read(self: Any) -> None:
        """What the service can say arrives, in its own words."""
        catalog = self.messages.api.catalog
        for event in catalog.events.values():
            self._say(event.text, event_id=event)
        for action, detail in itertools.product(
                catalog.actions.values(), catalog.details.values()):
            self._say(f'{action.text}:{detail.text}', action=action,
                      detail=detail)
        for resource_type in catalog.resource_types:
            self._say(catalog.unknown_error.text,
                      event_id=catalog.unknown_error,
                      resource_type=resource_type)

    def _say(self: Any, text: str, **arguments: Any) -> None:
        # Of its own project, so that no list grows.
        project_id = uuid.uuid4().hex
        self.assertIsNotNone(self.messages.api.create(
            None, project_id=project_id, **arguments), arguments)
        self.assertEqual([text], [message['user_message'] for message
                                  in self.messages.of(project_id)])


class EndpointTestMixin:
    """Tests of the messages that a service serves, likewise.

    ``application`` is its API as a WSGI application.  Where a request for
    messages is not ``/v1/PROJECT/messages``, or needs more than its URL to be
    that of a user who may list and delete, a test case has ``url`` and
    ``environ`` of its own.  A status of 403 says that the context has no
    project or not the role ``member``; for one of 500 the reason is in the
    log.
    """

    messages: UserMessages
    application: Any

    def url(self, project_id: str) -> str:
        """Return the URL of the messages of a project."""
        return f'/v1/{project_id}/messages'

    def environ(self, project_id: str) -> dict[str, Any]:
        """Return what the environment of a request of a user has."""
        return {}

    def test_messages_are_listed_and_shown(self: Any) -> None:
        """A user finds out why something failed."""
        project_id, message_id = self._record()

        status, listed = self._ask(project_id)
        self.assertEqual(200, status, listed)
        status, shown = self._ask(project_id, message_id)
        self.assertEqual(200, status, shown)

        self.assertIn('messages', listed)
        self.assertIn('message', shown)
        self.assertEqual([shown['message']], listed['messages'])
        self.assertEqual(message_id, shown['message']['id'])

    def test_messages_of_other_projects_are_not_there(self: Any) -> None:
        """They are neither listed nor shown nor deleted."""
        project_id, message_id = self._record()
        other_id = uuid.uuid4().hex

        listed = self._ask(other_id)
        statuses = [self._ask(other_id, message_id, method)[0]
                    for method in ('GET', 'DELETE')]

        self.assertEqual((200, {'messages': []}), listed)
        self.assertEqual([404, 404], statuses)
        self.assertEqual(200, self._ask(project_id, message_id)[0])

    def test_messages_are_deleted(self: Any) -> None:
        """For good."""
        project_id, message_id = self._record()

        statuses = [self._ask(project_id, message_id, method)[0]
                    for method in ('DELETE', 'DELETE', 'GET')]

        self.assertEqual([204, 404, 404], statuses)
        self.assertEqual((200, {'messages': []}), self._ask(project_id))

    def _record(self: Any) -> tuple[str, str]:
        """Record a message; return its project and its ID."""
        project_id = uuid.uuid4().hex
        api = self.messages.api
        return project_id, api.create(None, api.catalog.unknown_error,
                                      project_id)

    def _ask(self: Any, project_id: str, message_id: str = '',
             method: str = 'GET') -> tuple[int, Any]:
        path = self.url(project_id) + (f'/{message_id}' if message_id else '')
        response = wsgi.Request.blank(
            path, environ=self.environ(project_id), method=method,
        ).get_response(self.application)
        try:
            return response.status_int, response.json
        except ValueError:
            # Nothing, or what the framework of the service has to say.
            return response.status_int, response.text
