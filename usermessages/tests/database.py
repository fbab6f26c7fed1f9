# SPDX-License-Identifier: Apache-2.0

"""Run a test class on SQLite, MariaDB and PostgreSQL.

A class with ``@database.on_each`` runs on SQLite as it stands, and on a server
as ``...OnMySQL`` and ``...OnPostgreSQL``, which are skipped where there is no
server.  With ``OS_TEST_DATABASES_REQUIRED=1``, as in CI, that is a failure.

Unit tests need no server: the server classes of ``unit/db/test_api.py`` run in
``functional/db/test_api.py``, which calls :func:`of_unit_tests`.
"""

import atexit
import collections
import contextlib
import datetime
import os
import select
import socket
import sys
import threading
import time
import uuid

from oslo_config import cfg
from oslo_db.sqlalchemy import test_fixtures
import sqlalchemy
from sqlalchemy import pool

from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import migration
from usermessages.db import models
from usermessages.message import api as message_api
from usermessages.tests import base

# The version of the table that this package needs.
HEAD = '0003'


class _Provisioned(test_fixtures.DeletesFromSchema,
                   test_fixtures.GeneratesSchemaFromMigrations,
                   test_fixtures.OpportunisticDbFixture):
    """A database of its own for a process, emptied after each test."""

    _registered = set()

    def _get_resources(self):
        resources = super()._get_resources()
        # Used once more than by the tests, it outlives each of them.
        for _name, resource in resources:
            if resource not in self._registered:
                self._registered.add(resource)
                atexit.register(resource.finishedWith, resource.getResource())
        return resources

    def generate_schema_migrations(self, engine):
        with engine.begin() as connection:
            migration.sync(connection)

    def delete_from_schema(self, engine):
        with engine.begin() as connection:
            connection.execute(models.MESSAGES.delete())

    def _setUp(self):
        super()._setUp()
        if self._has_db_resource():
            self.test.provisioned_engine = self._get_provisioned_db().engine


class MySQLFixture(_Provisioned):
    DRIVER = 'mysql'


class PostgreSQLFixture(_Provisioned):
    DRIVER = 'postgresql'


class _OnServer(test_fixtures.OpportunisticDBTestMixin):

    SKIP_ON_UNAVAILABLE_DB = not os.environ.get('OS_TEST_DATABASES_REQUIRED')

    def make_database(self):
        return self.provisioned_engine.url.render_as_string(
            hide_password=False)

    def make_empty_database(self):
        """Return the URL of a database without any table."""
        name = f'um_{uuid.uuid4().hex}'
        administer = self.provisioned_engine.execution_options(
            isolation_level='AUTOCOMMIT').connect

        def drop():
            with administer() as connection:
                force = ('' if self.FIXTURE.DRIVER == 'mysql'
                         else ' WITH (FORCE)')
                connection.exec_driver_sql(f'DROP DATABASE {name}{force}')

        with administer() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE {name}')
        self.addCleanup(drop)
        return self.provisioned_engine.url.set(
            database=name).render_as_string(hide_password=False)


class DatabaseTestCase(base.TestCase):
    """A test with a database that holds the table and nothing else."""

    def setUp(self):
        super().setUp()
        self.url = self.make_database()
        self.configure(self.conf)
        self.api = message_api.API(self.conf)
        self.db = self.api.db
        self.addCleanup(self.db.close)

    def make_database(self):
        """Return the URL of a database with the table in it."""
        url = f'sqlite:///{self.create_tempfiles([("db", "")], ".sqlite")[0]}'
        migration.sync_url(url)
        return url

    def make_empty_database(self):
        """Return the URL of a database without any table."""
        return f'sqlite:///{self.create_tempfiles([("db", "")], ".sqlite")[0]}'

    @contextlib.contextmanager
    def statements(self):
        """Collect the statements that the code under test sends."""
        sent = []
        engine = self.db.executor.engine()

        def collect(_connection, _cursor, statement, parameters, *_rest):
            sent.append((statement, parameters))

        sqlalchemy.event.listen(engine, 'before_cursor_execute', collect)
        try:
            yield sent
        finally:
            sqlalchemy.event.remove(engine, 'before_cursor_execute', collect)

    def connect(self, url=None, **options):
        """Return a connection separate from those of the code under test."""
        engine = sqlalchemy.create_engine(
            url or self.url, poolclass=pool.NullPool, **options)
        connection = engine.connect()
        self.addCleanup(connection.close)
        return connection

    def configure(self, conf: cfg.ConfigOpts):
        # A loaded machine must not look like an unavailable database.
        self.set(conf, user_messages__connection=self.url,
                 user_messages__create_timeout=60)

    def message(self, **values):
        """Store a valid message, with the values of the test."""
        return store(self.db, **values)

    def stored(self):
        """Return all rows, whether they can be seen or not."""
        with self.db.executor.engine().connect() as connection:
            return [dict(row) for row in connection.execute(
                models.MESSAGES.select()).mappings()]


def store(db, created_at=None, **values):
    """Store a valid message; return it."""
    created_at = created_at or _now()
    message = {
        'id': ids.new_id(created_at),
        'project_id': base.PROJECT,
        'event_id': '000002',
        'action_id': '',
        'detail_id': '',
        'message_level': 'ERROR',
        'resource_type': 'VOLUME',
        'resource_uuid': base.RESOURCE,
        'request_id': base.REQUEST,
        'global_request_id': base.GLOBAL_REQUEST, 'parameters': '',
        'created_at': created_at,
        'expires_at': created_at + datetime.timedelta(days=30),
        **values}
    db.message_create(message)
    return message


def empty(db):
    """Remove all messages."""
    with db.executor.engine().begin() as connection:
        connection.execute(models.MESSAGES.delete())


def on_each(cls):
    """Run the tests of a class on the servers too."""
    for fixture in (MySQLFixture, PostgreSQLFixture):
        _add(fixture, cls.__name__, cls)
    return cls


def only_on(*fixtures, test_case=DatabaseTestCase):
    """Run the tests of a class that is not yet a test case on servers only."""
    def decorate(cls):
        for fixture in fixtures:
            _add(fixture, cls.__name__, cls, test_case)
        return cls

    return decorate


def on_servers(cls):
    """Run the tests of a class that is not yet a test case on each server."""
    return only_on(MySQLFixture, PostgreSQLFixture)(cls)


def of_unit_tests(unit, module_name):
    """Return the server classes of a module of unit tests, by their names.

    :param module_name: of the module that runs them
    """
    return {
        name: type(name, bases, {**values, '__module__': module_name})
        for name, bases, values in servers_of_unit_tests[unit.__name__]}


# The names of the modules.
servers_of_unit_tests = collections.defaultdict(list)


def _add(fixture, name, cls, *bases):
    name += f'On{fixture.__name__.removesuffix("Fixture")}'
    bases = (_OnServer, cls, *bases)
    values = {'__module__': cls.__module__, '__doc__': cls.__doc__,
              'FIXTURE': fixture}
    if cls.__module__.startswith('usermessages.tests.unit.'):
        servers_of_unit_tests[cls.__module__].append((name, bases, values))
    else:
        setattr(sys.modules[cls.__module__], name, type(name, bases, values))


def wait_until(claim):
    """Return the value of the claim as soon as the value is true."""
    latest = time.monotonic() + base.HANG_SECONDS
    while time.monotonic() < latest:
        held = claim()
        if held:
            return held
        select.select([], [], [], 0.01)
    raise AssertionError(f'never true: {claim}')


class Proxy:
    """A proxy between a client and a database that simulates network faults.

    :param url: of the database; ``proxy.url`` leads there through the proxy

    ``sent`` has the bytes of clients, and ``delay_seconds`` is the delay of
    each response.
    """

    def __init__(self, url):
        url = sqlalchemy.make_url(url)
        is_postgresql = url.get_backend_name() == 'postgresql'
        self._server = '127.0.0.1', url.port or (
            5432 if is_postgresql else 3306)
        self.sent = []
        self.delay_seconds = 0
        self._links = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._fatal = None
        self._listener = None
        self._port = 0
        self.start()
        if is_postgresql:
            # An encrypted connection cannot be inspected.
            url = url.update_query_dict({'sslmode': 'disable'})
        self.url = url.set(host='127.0.0.1', port=self._port,
                           ).render_as_string(hide_password=False)

    def start(self):
        """Accept connections, again on the same port."""
        self._listener = socket.create_server(('127.0.0.1', self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,),
                         daemon=True).start()

    def stop(self):
        """Refuse and close connections, as a server that went down."""
        self._flowing.set()
        # A thread that is in accept() would keep the port.  One that is
        # stopped already has no socket any more.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def drop(self):
        """Close the connections that there are."""
        for link in self._links:
            for end in link:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._links = []

    def freeze(self):
        """Pass on nothing, and close nothing."""
        self._flowing.clear()

    def thaw(self):
        """Pass everything on, including the data held back."""
        self._flowing.set()

    def lose_answer_to(self, words):
        """Close the connection when the server has done that, once."""
        self._fatal = words

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                self._flowing.wait()
                server = socket.create_connection(self._server)
                link = client, server, threading.Event()
                self._links.append(link[:2])
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, daemon=True, args=(
                        source, target, link[2], source is server)).start()

    def _pass_on(self, source, target, doomed, is_answer):
        with source, contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                if is_answer:
                    select.select([], [], [], self.delay_seconds)
                else:
                    self.sent.append(data)
                if is_answer and doomed.is_set():
                    break
                if self._fatal and not is_answer and self._fatal in data:
                    self._fatal = None
                    doomed.set()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def _now():
    return datetime.datetime.now(
        datetime.UTC).replace(tzinfo=None)


ALL_PROJECTS = db_api.ALL_PROJECTS
