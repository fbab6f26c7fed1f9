# SPDX-License-Identifier: Apache-2.0

"""Look for secrets in all output of a service.

Exceptions that contain secrets are passed through every argument of ``create``
from inside the ``except`` block of a service.  Then each column of each row,
each response over HTTP and each line of the log, in every format of oslo.log
and at the level DEBUG, is searched for the secrets.  The number of searched
places is attached to the test as ``canary``:
``stestr last --subunit | strings | grep searched``.
"""

import contextlib
import logging
import socket
import types

from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import formatters
from oslo_log import log
import sqlalchemy
import sqlalchemy.exc
from testtools import content

from usermessages.db import models
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.wsgi import deploy

# Letters and digits only, so that no encoding of text changes it.
CANARY = 'canary7d0secret'
ACTION = defined_messages.Actions.EXTEND_VOLUME
QUOTA = defined_messages.Details.GIGABYTES_QUOTA_EXCEEDED
EXCERPT = 40

_LOGGERS = ('', 'sqlalchemy', 'sqlalchemy.engine', 'sqlalchemy.engine.Engine',
            'sqlalchemy.pool', 'oslo_db', 'usermessages')


class Searcher:
    """Count the searched places, and keep the findings."""

    def __init__(self):
        self.places = 0
        self.found = []

    def search(self, place, text):
        """Look for a canary in one place."""
        self.places += 1
        if isinstance(text, bytes):
            text = text.decode('latin-1')
        at = str(text).lower().find(CANARY)
        if at >= 0:
            self.found.append((place, str(text)[max(0, at - EXCERPT):
                                                at + EXCERPT]))

    def search_rows(self, rows):
        """Look at each column of each row."""
        for row in rows:
            for column, value in row.items():
                self.search(f'column {column}', value)

    def search_response(self, response):
        """Look at all that a client gets."""
        self.search(f'status {response.status_int}', response.status)
        for name, value in response.headers.items():
            self.search(f'header {name} of {response.status_int}',
                        f'{name}: {value}')
        self.search(f'body of {response.status_int}', response.body)

    def search_log(self, lines):
        """Look at each line, in each format."""
        for name, line in lines:
            self.search(f'log of {name}', line)

    def __str__(self):
        return f'{self.places} places searched, {len(self.found)} found'


class KeptLines(logging.Handler):
    """Format each record when it is logged, which is when it can leak."""

    def __init__(self, *with_formatters):
        super().__init__(logging.DEBUG)
        self._formatters = with_formatters
        self.lines = []

    def emit(self, record):
        for formatter in self._formatters:
            # Another formatter may have left its own text.
            record.exc_text = None
            try:
                line = formatter.format(record)
            except Secretive as error:
                # The code read an attribute of the exception.
                line = str(error)
            self.lines.append((record.name, line))


class Detailed(Exception):
    """An exception with attributes, as in HTTP clients."""

    def __init__(self, secret):
        super().__init__(secret, {'password': secret})
        self.msg = self.message = self.reason = self.details = secret
        self.body = self.response = self.request_id = self.user_id = secret
        self.project_id = self.pgcode = self.id = self.text = secret
        self.kwargs = {'password': secret}

    def __repr__(self):
        return f'<Detailed {self.msg}>'


class Untouchable(Exception):
    """An exception that notices when it is looked at.

    It raises where a real one might wait indefinitely, for example for a lazy
    response that it holds.
    """

    looked_at = []

    def _notice(self, *_args):
        self.looked_at.append(type(self).__name__)
        raise Secretive(CANARY)

    __str__ = __repr__ = __format__ = _notice


class Secretive(Exception):
    """A class that oslo.log does not exclude from its summaries."""


def carriers():
    """Return exceptions with a secret in them, by the place of the secret."""
    url = f'https://admin:{CANARY}@storage.example.org/volumes'

    def raised(work):
        try:
            work()
        except Exception as error:
            return error

    def with_cause():
        raise Secretive('the cause has it') from Secretive(CANARY)

    def with_context():
        try:
            raise Secretive(CANARY)
        except Secretive:
            raise Secretive('the context has it')

    noted = Secretive('the notes have it')
    noted.add_note(CANARY)
    return {
        'text': Secretive(f'Login with {CANARY} failed.'),
        'arguments': Secretive(1, [CANARY], {'password': CANARY}),
        'attributes': Detailed(CANARY),
        'cause': raised(with_cause),
        'context': raised(with_context),
        'notes': noted,
        'URL': Secretive(f'Could not connect to {url}'),
        'body': Secretive(f'500 {CANARY} ' * (1024 * 1024 // 20)),
        'key': KeyError(CANARY),
        'group': ExceptionGroup(CANARY, [
            Secretive(CANARY), ExceptionGroup('inner', [OSError(CANARY)])]),
        'bytes': UnicodeDecodeError('utf-8', CANARY.encode(), 0, 1, CANARY),
        'statement': sqlalchemy.exc.ProgrammingError(
            f'SELECT {CANARY}', {'password': CANARY}, Secretive(CANARY)),
        'oslo.db': db_exception.DBError(Secretive(CANARY)),
        'untouchable': Untouchable(CANARY),
    }


def arguments(error):
    """Return arguments for create: the exception in every argument."""
    is_text = not isinstance(error, Untouchable)
    things = [error, *([str(error)] if is_text else [])]
    yield 'nothing', {'event_id': '000002'}
    for thing in things:
        for name in ('event_id', 'resource_type', 'resource_uuid', 'level'):
            yield name, {'event_id': '000002', name: thing}
        for half in (thing, (thing, thing), ('007', thing), [thing]):
            yield 'action', {'action': half}
            yield 'detail', {'action': ACTION, 'detail': half}
        yield 'exception', {'action': ACTION, 'exception': thing}
        for parameters in (thing, {'left': thing}, [thing],
                           dict.fromkeys(QUOTA.parameters, thing),
                           *([{thing: 1}] if isinstance(thing, str) else [])):
            yield 'parameters', {'action': ACTION, 'detail': QUOTA,
                                 'parameters': parameters}
            yield 'parameters', {'event_id': '000002',
                                 'parameters': parameters}
        for request_id in (thing, [thing]):
            yield 'request_id', {
                'event_id': '000002', 'context': types.SimpleNamespace(
                    project_id=base.PROJECT, request_id=request_id)}
        yield 'context', {
            'event_id': '000002', 'project_id': base.PROJECT,
            'context': types.SimpleNamespace(**dict.fromkeys(
                ('request_id', 'user_id', 'auth_token', 'user_name', 'roles',
                 'project_name', 'message', 'global_request_id'), thing))}
    # A text that is passed as the project is one: any ID has to be storable.
    yield 'project_id', {'event_id': '000002', 'project_id': error}
    yield 'project_id of the context', {
        'event_id': '000002', 'context': types.SimpleNamespace(
            project_id=error, request_id=base.REQUEST)}
    yield 'context', {'event_id': '000002', 'context': error,
                      'project_id': base.PROJECT}
    for name in ('project_id', 'request_id', 'global_request_id'):
        yield f'raising {name}', {'event_id': '000002', 'context': raising(
            name, error)}
    yield 'all', dict.fromkeys(
        ('event_id', 'project_id', 'resource_type', 'resource_uuid', 'level',
         'action', 'detail', 'exception', 'parameters'), error)


def raising(name, error):
    """Return a context whose attribute raises."""
    def fail(_self):
        raise error

    return type('Context', (), {
        'project_id': base.PROJECT, 'request_id': base.REQUEST,
        name: property(fail)})()


def catalog_with(detail_for):
    """Return the shipped catalog, with a mapper of a service."""
    return catalog.Catalog(
        'VOLUME', events=vars(defined_messages),
        actions=defined_messages.Actions, details=defined_messages.Details,
        resource_types=['VOLUME'],
        unknown_error=defined_messages.UNKNOWN_ERROR,
        unknown_detail=defined_messages.Details.UNKNOWN_ERROR,
        detail_for=detail_for)


class CanaryTestCase(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.searcher = Searcher()
        self.calls = 0
        Untouchable.looked_at.clear()
        self.addCleanup(Untouchable.looked_at.clear)

        log_conf = cfg.ConfigOpts()
        log.register_options(log_conf)
        log_conf([], project='host', default_config_files=[],
                 default_config_dirs=[])
        for name in ('context', 'default'):
            log_conf.set_override(
                f'logging_{name}_format_string',
                '%(levelname)s %(name)s %(message)s [%(error_summary)s]')
        self.kept = KeptLines(
            formatters.JSONFormatter(), formatters.FluentFormatter(),
            formatters.ContextFormatter(config=log_conf),
            logging.Formatter())
        logging.getLogger().addHandler(self.kept)
        self.addCleanup(logging.getLogger().removeHandler, self.kept)
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)

    def create(self, api, error, **values):
        """Record a message as a service does that is handling an exception."""
        self.calls += 1
        values.setdefault('context', types.SimpleNamespace(
            project_id=base.PROJECT, request_id=base.REQUEST))
        values.setdefault('resource_type', 'VOLUME')
        values.setdefault('resource_uuid', base.RESOURCE)
        try:
            raise error
        except Exception:
            return api.create(**values)

    def pass_through(self, api):
        """Pass each secret through each argument."""
        for error in carriers().values():
            for _name, values in arguments(error):
                self.create(api, error, **values)

    def pass_through_mappers(self):
        """Pass each secret through the arguments of the constructor."""
        def fail(error):
            raise error

        for error in carriers().values():
            for detail_for in (fail, lambda e: e, lambda e: (e, e),
                               lambda e: ('007', e), lambda e: (QUOTA, e),
                               lambda e: (QUOTA, dict.fromkeys(
                                   QUOTA.parameters, e))):
                api = message_api.API(
                    self.conf, catalog=catalog_with(detail_for),
                    engine=self.db.executor.engine)
                self.create(api, error, action=ACTION, exception=error)
            api = message_api.API(
                self.conf, engine=lambda error=error: fail(error))
            self.create(api, error, event_id='000002')

    def search_service(self, *paths, **kwargs):
        """Search the responses to requests of every kind."""
        statuses = set()
        for path in paths:
            response = self.request(path, **kwargs)
            statuses.add(response.status_int)
            self.searcher.search_response(response)
        return statuses

    def search_all(self):
        """Search the rows and the log, and attach how much that was."""
        self.searcher.search_rows(self.stored())
        self.searcher.search_log(self.kept.lines)
        self.addDetail('canary', content.text_content(
            f'{self.id()}: {self.calls} calls of create, {self.searcher}'))

    def assertNothingFound(self):
        self.assertGreater(self.calls, 0)
        self.assertGreater(self.searcher.places, self.calls)
        self.assertEqual([], self.searcher.found)
        self.assertEqual([], Untouchable.looked_at)
        names = {name.partition('.')[0] for name, _line in self.kept.lines}
        self.assertLessEqual({'sqlalchemy', 'usermessages'}, names)

    def unavailable_configuration(self):
        """Return the configuration of an unavailable database."""
        url = sqlalchemy.make_url(self.url)
        if url.get_backend_name() == 'sqlite':
            url = url.set(database='/nonexistent/directory/db')
        else:
            url = url.set(host='127.0.0.1', port=closed_port())
        conf = self.configuration()
        self.configure(conf)
        self.set(conf, user_messages__create_timeout=0.1,
                 user_messages__connection=url.render_as_string(
                     hide_password=False))
        return conf


def closed_port():
    """Return a port of this machine without a listener."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


@database.on_each
class CanaryTest(CanaryTestCase):

    def test_nothing_leaks(self):
        """Secrets of a service do not reach users or the log."""
        self.pass_through(self.api)
        self.pass_through_mappers()
        stored = self.api.get_all(None, all_projects=True)
        self.assertGreater(len(stored), 400)

        project = f'/v3/{base.PROJECT}/messages'
        statuses = self.search_service(
            project, '/v3/messages', f'{project}?limit=3',
            f'{project}?sort=id',
            *[f'{project}/{message["id"]}' for message in stored[::20]],
            f'{project}/{base.RESOURCE}', f'{project}?limit=x',
            f'{project}?marker=x', '/v3', '/', '/nothing', '/healthcheck')
        self.search_service(project, f'{project}?all_tenants=1',
                            version='volume 3.71')
        statuses |= self.search_service(project, method='PUT')
        statuses |= self.search_service(
            f'{project}/{stored[0]["id"]}', method='DELETE')
        self.search_all()

        self.assertEqual({200, 204, 300, 400, 404, 405}, statuses)
        self.assertNothingFound()

    def test_nothing_leaks_while_the_database_is_unavailable(self):
        """The errors of a driver do not reach users or the log either."""
        conf = self.unavailable_configuration()
        api = message_api.API(conf)
        self.addCleanup(api.db.close)
        self.pass_through(api)

        path = f'/v3/{base.PROJECT}/messages'
        self.app = self.application_of(conf)
        statuses = self.search_service(
            path, f'{path}/{base.RESOURCE}', '/healthcheck')
        self.search_all()

        self.assertEqual({500, 503} if self.url.startswith('sqlite')
                         else {503}, statuses)
        self.assertNothingFound()

    def test_nothing_leaks_while_the_table_is_missing(self):
        """The errors of a database show the statement and its values."""
        with self.db.executor.engine().connect() as connection:
            models.metadata.drop_all(connection)
        self.addCleanup(self.restore)
        self.pass_through(self.api)

        statuses = self.search_service(f'/v3/{base.PROJECT}/messages')
        self.restore()
        self.search_all()

        self.assertEqual({500}, statuses)
        self.assertEqual([], self.stored())
        self.assertNothingFound()

    def test_nothing_leaks_while_connections_are_lost(self):
        """The pool of SQLAlchemy logs what it was doing."""
        self.set(self.conf, user_messages__max_pool_size=1,
                 user_messages__create_timeout=0.2)
        api = message_api.API(self.conf)
        self.addCleanup(api.db.close)
        with api.db.executor.engine().connect() as held:
            for error in carriers().values():
                self.create(api, error, action=ACTION, exception=error)
            self.lose(held)
        for error in carriers().values():
            with api.db.executor.engine().connect() as connection:
                self.lose(connection)
            self.create(api, error, action=ACTION, exception=error)
        self.search_all()

        self.assertNothingFound()

    def lose(self, connection):
        """Close a connection behind the back of SQLAlchemy."""
        # The pool may have handed out one that was lost before.
        with contextlib.suppress(Exception):
            connection.connection.dbapi_connection.close()

    def restore(self):
        with self.db.executor.engine().connect() as connection:
            models.metadata.create_all(connection)

    def application_of(self, conf):
        """Return a server that was started while its database was there."""
        url = conf.user_messages.connection
        self.set(conf, user_messages__connection=self.url)
        application = deploy.application(conf)
        self.set(conf, user_messages__connection=url)
        return application


class PlantedLeakTest(CanaryTestCase):
    """A search that finds nothing proves something if it can find."""

    def test_line_of_the_log_is_found(self):
        """The test finds a secret that code logs by mistake."""
        try:
            raise Secretive(CANARY)
        except Secretive as error:
            logging.getLogger('usermessages').error('Failed: %s', error)
        self.search_all()

        self.assertEqual(['log of usermessages'] * 4,
                         [place for place, _text in self.searcher.found])

    def test_line_in_an_except_block_is_found(self):
        """The test finds a secret that oslo.log adds to a line by itself."""
        try:
            raise Secretive(CANARY)
        except Secretive:
            logging.getLogger('usermessages').error('Failed.')
        self.search_all()

        self.assertEqual(['log of usermessages'] * 3,
                         [place for place, _text in self.searcher.found])

    def test_traceback_is_found(self):
        """A traceback shows the text, the cause and the notes."""
        for error in (carriers()[name] for name in (
                'text', 'cause', 'context', 'notes', 'group')):
            self.searcher = Searcher()
            self.kept.lines.clear()
            logging.getLogger('usermessages').error(
                'Failed.', exc_info=error)
            self.search_all()

            self.assertEqual(4, len(self.searcher.found), error)

    def test_statement_is_found(self):
        """An engine of a service may log the values of its statements."""
        engine = sqlalchemy.create_engine('sqlite://')
        self.addCleanup(engine.dispose)
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text('SELECT :value'),
                               {'value': CANARY})
        self.search_all()

        self.assertEqual({'log of sqlalchemy.engine.Engine'},
                         {place for place, _text in self.searcher.found})

    def test_row_is_found(self):
        """A column that takes anything."""
        self.message(request_id=f'req-{CANARY.upper()}')
        self.searcher.search_rows(self.stored())

        self.assertEqual(['column request_id'],
                         [place for place, _text in self.searcher.found])

    def test_answer_is_found(self):
        """The test finds a secret in the body of a response."""
        message = self.message(request_id=f'req-{CANARY}')
        self.search_service(f'/v3/{base.PROJECT}/messages',
                            f'/v3/{base.PROJECT}/messages/{message["id"]}')

        self.assertEqual(['body of 200'] * 2,
                         [place for place, _text in self.searcher.found])

    def test_header_is_found(self):
        """The test finds a secret in a header of a response."""
        response = self.request('/v3')
        response.headers['Warning'] = CANARY
        self.searcher.search_response(response)

        self.assertEqual([('header Warning of 200', f'Warning: {CANARY}')],
                         self.searcher.found)

    def test_look_is_noticed(self):
        """The test finds code that reads attributes of an exception."""
        try:
            raise Untouchable(CANARY)
        except Untouchable as error:
            self.assertRaises(Secretive, str, error)

        self.assertEqual(['Untouchable'], Untouchable.looked_at)
