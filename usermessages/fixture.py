# SPDX-License-Identifier: Apache-2.0

"""Help the tests of a service that records messages.

``messages = self.useFixture(fixture.UserMessages(CONF))`` gives a test a
database of its own.  ``messages.assert_created(resource_uuid=volume_id)`` then
checks what was recorded, and ``messages.of(project_id)`` is what the users of
a project can read.  ``CatalogTestMixin`` and ``EndpointTestMixin`` are tests
that every service wants of its own catalog and its own endpoint.
``LeakCanary`` makes exceptions full of secrets, and looks whether one of these
got out.  Needs the package ``fixtures``.
"""

import base64
import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import inspect
import itertools
import logging
import os
import re
import secrets
from typing import Any, TypeVar
from urllib import parse
import uuid

import fixtures
from oslo_config import cfg
from oslo_log import formatters

from usermessages.api import wsgi
from usermessages.db import migration
from usermessages.db import models
from usermessages.message import api as message_api
from usermessages.message import catalog as message_catalog
from usermessages.message import gate
from usermessages import opts

_Error = TypeVar('_Error', bound=BaseException)

# Where exceptions of OpenStack keep their text, beside their arguments.
_TEXT_ATTRIBUTES = ('message', 'msg', 'reason', 'details')
# What a class of exceptions says with a text of its own for each.
_FIELD = re.compile(r'%\((\w+)\)|\{(\w+)\}')
# Whatever else is put between the letters of a secret: the end of a line,
# also as it is escaped, or blanks.
_BETWEEN = r'(?:\\[nrt]|[^0-9A-Za-z])*'
_EXCERPT = 40


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
        self._url = url
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

    def rows(self) -> list[Mapping[str, Any]]:
        """Return each row of the table, as the database has it."""
        return self.layout.raw_rows(self._url)


class CatalogTestMixin:
    """Tests of the catalog of a service, for a test case with ``messages``.

    ::

        class CatalogTest(fixture.CatalogTestMixin, testtools.TestCase):

            def setUp(self):
                super().setUp()
                self.messages = self.useFixture(
                    fixture.UserMessages(CONF, catalog=CATALOG))

    With ``lock = 'coffee/messages.lock'`` in the class, or its path of
    another kind, they hold too what ``usermessages-catalog check`` does; then
    ``allowed`` are the names that texts have on purpose.
    """

    messages: UserMessages
    lock: str | os.PathLike[str] | None = None
    allowed: tuple[str, ...] = ()

    def test_catalog_has_no_problems(self: Any) -> None:
        """No text and no exception is wrong, and each ID can be stored."""
        self.assertEqual([], self.messages.api.catalog.problems(
            self.messages.layout))

    def test_catalog_keeps_what_is_locked(self: Any) -> None:
        """No ID says something else now, and no text says too much."""
        if self.lock is None:
            self.skipTest('The test case names no lock of its catalog.')

        found = gate.check(self.messages.api.catalog, self.lock, self.allowed)

        self.assertEqual([], [str(finding) for finding in found])

    def test_catalog_is_stored_and_read(self: Any) -> None:
        """What the service can say arrives, in its own words."""
        catalog = self.messages.api.catalog
        events, actions, details = (
            [value for value in table.values()
             if not catalog.is_retired(value)]
            for table in (catalog.events, catalog.actions, catalog.details))
        for event in events:
            self._say(event.text, event_id=event)
        for action, detail in itertools.product(actions, details):
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
        return _url(project_id)

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
        response = _answer(self.application, path, self.environ(project_id),
                           method)
        try:
            return response.status_int, response.json
        except ValueError:
            # Nothing, or what the framework of the service has to say.
            return response.status_int, response.text


class LeakCanary(fixtures.Fixture):
    """Exceptions full of secrets, for the error paths of a service.

    ::

        canary = self.useFixture(fixture.LeakCanary(self.messages))
        self.driver.create.side_effect = canary.error(DriverFailed)

    When the test ends, each secret is looked for in the table, in what users
    read, in what the API of the service answers, and in what the library
    logged.  One that is there fails the test, which names the part of the
    exception that it came from.  So does a test in which no secret was made,
    or no message recorded: it would show nothing.

    It finds a secret in any case of letters, with anything but letters and
    digits in between, and in Base64; not one that is cut or encrypted.

    :param messages: where the messages of the service are recorded
    :param application: the API of the service as a WSGI application
    :param url: returns the URL of the messages of a project, and ``environ``
        what the environment of a request of a user has; by default those of
        :class:`EndpointTestMixin`
    :param loggers: names of loggers that must not have a secret either.  The
        log of a service is for its operators, so by default it may
    """

    def __init__(self, messages: UserMessages, application: Any = None, *,
                 url: Callable[[str], str] | None = None,
                 environ: Callable[[str], dict[str, Any]] | None = None,
                 loggers: Sequence[str] = ()):
        super().__init__()
        self._messages = messages
        self._application = application
        self._url = url or _url
        self._environ = environ or (lambda project_id: {})
        self._loggers = ('usermessages', *loggers)

    def _setUp(self) -> None:
        # The pattern of each secret, and what it is the secret of.
        self._secrets: dict[re.Pattern[str], str] = {}
        self._found: dict[str, None] = {}
        self._rows_before = len(self._messages.rows())
        handler = _Searched(self.search)
        for name in self._loggers:
            self._open(name)
            logger = logging.getLogger(name)
            self.addCleanup(logger.removeHandler, handler)
            logger.addHandler(handler)
        # Runs first: what is logged while it asks is looked at too.
        self.addCleanup(self.assert_silent)

    def _open(self, name: str) -> None:
        """Let a logger get whatever it and those below it are told.

        What configures the log of a service may have closed some of them.
        """
        for below in [name, *logging.root.manager.loggerDict]:
            if below != name and not below.startswith(f'{name}.'):
                continue
            logger = logging.getLogger(below)
            for attribute in ('propagate', 'disabled'):
                self.addCleanup(setattr, logger, attribute,
                                getattr(logger, attribute))
                setattr(logger, attribute, attribute == 'propagate')
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)

    def secret(self, origin: str) -> str:
        """Return a secret, for a password in an option or an answer.

        :param origin: what a finding is to name, such as ``'the password'``
        """
        secret = secrets.token_hex(8)
        self._secrets[_pattern(secret)] = origin
        return secret

    def error(self, error_class: type[_Error], **given: Any) -> _Error:
        """Return an exception of a class of the service, full of secrets.

        Each argument of its constructor is one, and each value for the texts
        of its class, such as ``message = 'Host %(host)s is down'``.  Its
        attributes, its cause, its context and a note have some too.  Where
        the constructor does not take that, the exception is made without it.

        :param given: the arguments that can not be a text, such as
            ``exit_code=3``
        :raises TypeError: the class is none of an exception, or takes no such
            argument; or its exception can not be shown as a text, so that
            some argument has to be given
        """
        name = error_class.__name__
        if not issubclass(error_class, BaseException):
            raise TypeError(f'{name} is not a class of exceptions.')

        def secret(place: str) -> str:
            return self.secret(f'{place} of {name}')

        error = _make(error_class, secret, given)
        error.__cause__ = RuntimeError(secret('the cause'))
        error.__context__ = RuntimeError(secret('the context'))
        error.add_note(secret('a note'))
        try:
            shown = str(error)
        except Exception as failure:
            raise TypeError(
                f'{name} can not be shown with a text for each argument '
                f'({failure}); give the others, as in '
                f'error({name}, exit_code=3).') from failure
        if not any(pattern.search(shown) for pattern in self._secrets):
            error.args = (*error.args, secret('the arguments'))
        return error

    def search(self, place: str, text: Any) -> None:
        """Look for the secrets in something else that users may see.

        What is found there fails the test when it ends.

        :param place: what a finding is to name
        """
        text = str(text)
        for pattern, origin in self._secrets.items():
            found = pattern.search(text)
            if found:
                excerpt = text[max(0, found.start() - _EXCERPT):
                               found.end() + _EXCERPT]
                self._found.setdefault(
                    f'{origin} is in {place}: {excerpt!r}')

    def assert_silent(self) -> None:
        """Check it now; it is checked at the end of the test anyway.

        :raises AssertionError: a secret got out, or nothing could have let
            it out
        """
        rows = self._messages.rows()
        for row in rows:
            for column, value in row.items():
                self.search(f'the column {column}', value)
        recorded = self._messages.api.get_all(None, all_projects=True)
        self._search_read(recorded)
        if self._application is not None:
            self._search_answered(recorded)

        if self._found:
            raise AssertionError('\n'.join(
                ['Secrets got out, or might have:', *self._found]))
        if not self._secrets:
            raise AssertionError(
                'The test made no secret: where it did not fail before, have '
                'its service fail with canary.error(SomeException), or use '
                'canary.secret().')
        if len(rows) <= self._rows_before:
            raise AssertionError(
                'No message was recorded, so that none could have a secret: '
                'where the test did not fail before, see whether the error is '
                'raised where the service records one.')

    def _search_read(self, recorded: list[dict[str, Any]]) -> None:
        """Search what users read, in each language."""
        catalog = self._messages.api.catalog
        languages = set(catalog.languages.values())
        for message in recorded:
            for name, value in message.items():
                self.search(f'{name} as it is read', value)
            stored = (message['event_id'], message['action_id'],
                      message['detail_id'])
            for language in languages:
                self.search('the text of a message',
                            catalog.text(*stored, language=language))
                self.search('the remedy of a message',
                            catalog.remedy(*stored, language=language))

    def _search_answered(self, recorded: list[dict[str, Any]]) -> None:
        """Search what the API answers to the users of each project."""
        ids: dict[str, list[str]] = {}
        for message in recorded:
            ids.setdefault(message['project_id'], ['']).append(message['id'])
        for project_id, message_ids in ids.items():
            # Any text can be recorded as a project.
            url = self._url(parse.quote(project_id))
            for message_id in message_ids:
                path = f'{url}/{message_id}' if message_id else url
                response = _answer(self._application, path,
                                   self._environ(project_id))
                if response.status_int != 200:
                    self._found.setdefault(
                        f'GET {path} has the status {response.status_int}, '
                        'so what users would read was not searched.')
                for name, value in response.headerlist:
                    self.search(f'the header {name} of an answer', value)
                self.search('the body of an answer',
                            response.body.decode('utf-8', 'replace'))


class _Searched(logging.Handler):
    """Search each line of a log at once, which is when it can leak."""

    def __init__(self, search: Callable[[str, Any], None]):
        super().__init__(logging.DEBUG)
        self._search = search
        # With tracebacks, arguments and the exception that is being handled.
        self.setFormatter(formatters.JSONFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
        else:
            self._search(f'the log of {record.name}', line)


def _url(project_id: str) -> str:
    return f'/v1/{project_id}/messages'


def _answer(application: Any, path: str, environ: dict[str, Any],
            method: str = 'GET') -> Any:
    return wsgi.Request.blank(
        path, environ=environ, method=method).get_response(application)


def _pattern(secret: str) -> re.Pattern[str]:
    """Return what finds a secret of letters and digits."""
    return re.compile('|'.join([
        _BETWEEN.join(secret), *map(re.escape, _in_base64(secret))]), re.I)


def _in_base64(secret: str) -> Iterator[str]:
    """Go through the three ways in which Base64 may have a text in it."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret.encode()).decode()
        # Without what depends on what stands around it.
        yield encoded[(before * 8 + 5) // 6:(before + len(secret)) * 8 // 6]


def _make(error_class: type[_Error], secret: Callable[[str], str],
          given: Mapping[str, Any]) -> _Error:
    """Make an exception, of texts that are secrets where nothing is given.

    :raises TypeError: it takes no argument of a name that was given, or can
        not be made at all
    """
    try:
        signature = inspect.signature(error_class)
    except ValueError:
        # Of a class that has the constructor of a built-in one.
        signature = inspect.Signature(
            [inspect.Parameter('args', inspect.Parameter.VAR_POSITIONAL)])
    parameters = signature.parameters.values()
    arguments: dict[str, Any] = {}
    taken: set[str] = set()
    for parameter in parameters:
        name = parameter.name
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            arguments[name] = {
                field: (given[field] if field in given
                        else secret(f'the argument {field}'))
                for field in {*_fields(error_class), *given} - taken}
            taken.update(arguments[name])
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            arguments[name] = (secret('the arguments'),)
        else:
            arguments[name] = (given[name] if name in given
                               else secret(f'the argument {name}'))
            taken.add(name)
    if given.keys() - taken:
        raise TypeError(f'{error_class.__name__} takes no argument '
                        f'{", ".join(sorted(given.keys() - taken))}.')
    needed = {
        parameter.name: arguments[parameter.name] for parameter in parameters
        if parameter.name in given or (
            parameter.default is parameter.empty
            and parameter.kind is not inspect.Parameter.VAR_POSITIONAL)}
    for values in (arguments, needed):
        bound = inspect.BoundArguments(
            signature, collections.OrderedDict(values))
        with contextlib.suppress(Exception):
            error = error_class(*bound.args, **bound.kwargs)
            break
    else:
        try:
            error = error_class.__new__(error_class, secret('the arguments'))
        except Exception as failure:
            raise TypeError(
                f'{error_class.__name__} can not be made of texts; make one '
                'with canary.secret() in it.') from failure
    for name in (*taken, *_TEXT_ATTRIBUTES):
        # A property of the class may refuse it, or fail.
        with contextlib.suppress(Exception):
            if getattr(error, name, None) is None:
                setattr(error, name, given[name] if name in given
                        else secret(f'the attribute {name}'))
    return error


def _fields(error_class: type) -> set[str]:
    """Return the names of what the texts of a class have room for."""
    return {
        ''.join(names) for parent in error_class.__mro__
        for name, text in vars(parent).items()
        if isinstance(text, str) and not name.startswith('__')
        for names in _FIELD.findall(text)}
