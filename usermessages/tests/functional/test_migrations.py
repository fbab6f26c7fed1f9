# SPDX-License-Identifier: Apache-2.0

import ast
import contextlib
import datetime
import operator
import os
import pathlib
import re
import subprocess
import sys
import threading

import alembic.autogenerate
import alembic.command
import alembic.runtime.migration
import fixtures
from oslo_db.sqlalchemy import enginefacade
import sqlalchemy
import testtools

from usermessages.db import api as db_api
from usermessages.db import ids
from usermessages.db import migration
from usermessages.db import models
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database

HEAD = database.HEAD
REVISIONS = ['0001', '0002', '0003']

# A possible migration of a future release.
NEXT_REVISION = """
from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'


def upgrade():
    op.add_column('user_messages', sa.Column('more', sa.String(9)))
    op.create_index('user_messages_more_idx', 'user_messages', ['more'])
"""


def ours(name, type_, parent_names):
    """Return the tables of the current schema that the migrations inspect."""
    return type_ == 'schema' or migration.is_own_object(
        name, type_, parent_names)


class EmptyDatabaseTestCase(database.DatabaseTestCase):
    """A test with a database that holds nothing at all."""

    def setUp(self):
        super().setUp()
        self.empty = self.make_empty_database()

    def tables(self, url=None):
        connection = self.connect(url or self.empty)
        names = sorted(sqlalchemy.inspect(connection).get_table_names())
        connection.close()
        return names

    def execute(self, *statements):
        """Execute statements one by one, and keep their results."""
        connection = self.connect(self.empty)
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
        connection.close()

    @contextlib.contextmanager
    def changes(self):
        """Collect the changes of the schema in this test."""
        made = []

        def collect(_connection, _cursor, statement, *_rest):
            change = re.match(r'\s*((CREATE|ALTER|DROP) \w+ \w+)', statement)
            if change:
                made.append(change[1])

        sqlalchemy.event.listen(sqlalchemy.Engine, 'before_cursor_execute',
                                collect)
        try:
            yield made
        finally:
            sqlalchemy.event.remove(sqlalchemy.Engine,
                                    'before_cursor_execute', collect)

    def sync_in_threads(self, count):
        """Return the results of several concurrent runs."""
        together = threading.Barrier(count)
        outcomes = []

        def sync():
            together.wait()
            try:
                outcomes.append(migration.sync_url(self.empty))
            except Exception as error:
                outcomes.append(error)

        threads = [threading.Thread(target=sync) for _number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    def set_version(self, version):
        self.execute('UPDATE user_messages_alembic_version '
                     f"SET version_num = '{version}'")


@database.on_each
class SyncTest(EmptyDatabaseTestCase):

    def test_tables_are_ours_alone(self):
        """Operators of a service find no unexpected tables in its database."""
        migration.sync_url(self.empty)

        self.assertEqual(['user_messages', 'user_messages_alembic_version'],
                         self.tables())
        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_second_time_changes_nothing(self):
        """Deployment tools run the migrations at each start."""
        migration.sync_url(self.empty)
        db = db_api.Connection(self.configuration(
            user_messages__connection=self.empty))
        self.addCleanup(db.close)
        self.db = db
        stored = self.message()

        migration.sync_url(self.empty)

        self.assertEqual([stored], self.stored())
        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_four_at_once_all_succeed(self):
        """Each controller runs it, at the same time."""
        environment = {
            **{name: value for name, value in os.environ.items()
               if not name.startswith('OS_')},
            'OS_USER_MESSAGES__CONNECTION': self.empty}
        processes = [subprocess.Popen(
            [sys.executable, '-c', 'import sys; from usermessages.cmd import '
             'manage; sys.stdin.read(); manage.main(sys.argv[1:])',
             'db', 'sync'],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True) for _number in range(4)]

        # All processes have imported the package when their input ends.
        for process in processes:
            process.stdin.close()
        outcomes = [(process.stdout.read(), process.stderr.read(),
                     process.wait()) for process in processes]

        for process in processes:
            process.stdout.close()
            process.stderr.close()
        self.assertEqual(
            [('The database is at version 0003.\n', '', 0)] * 4, outcomes)
        self.assertEqual(['user_messages', 'user_messages_alembic_version'],
                         self.tables())

    def test_four_threads_at_once_do_it_once(self):
        """Threads start closer to each other than processes."""
        with self.changes() as sent:
            outcomes = self.sync_in_threads(4)

        self.assertEqual([None] * 4, outcomes)
        self.assertEqual(HEAD, migration.current_at(self.empty))
        self.assertEqual(
            ['ALTER TABLE user_messages', 'ALTER TABLE user_messages',
             'CREATE INDEX user_messages_expires_idx',
             'CREATE INDEX user_messages_project_idx',
             'CREATE INDEX user_messages_request_idx',
             'CREATE INDEX user_messages_resource_idx',
             'CREATE TABLE user_messages',
             'CREATE TABLE user_messages_alembic_version'], sorted(sent))

    def test_tables_of_a_service_stay(self):
        """Operators keep the tables of a service, such as alembic_version."""
        self.execute(
            'CREATE TABLE alembic_version (version_num VARCHAR(32))',
            "INSERT INTO alembic_version VALUES ('of the service')",
            'CREATE TABLE messages (id INTEGER, text VARCHAR(9))',
            "INSERT INTO messages VALUES (1, 'theirs')")

        migration.sync_url(self.empty)

        self.assertEqual(
            ['alembic_version', 'messages', 'user_messages',
             'user_messages_alembic_version'], self.tables())
        connection = self.connect(self.empty)
        self.assertEqual('of the service', connection.scalar(
            sqlalchemy.text('SELECT version_num FROM alembic_version')))
        self.assertEqual([(1, 'theirs')], connection.execute(
            sqlalchemy.text('SELECT * FROM messages')).all())

    def test_newer_database_is_left_alone_with_a_warning(self):
        """Services of an older release are deployed beside newer ones."""
        migration.sync_url(self.empty)
        self.set_version('9999')

        migration.sync_url(self.empty)

        self.assertIn(
            'The table of user messages is at version 9999, which is newer '
            'than this package, whose latest is 0003; it can be used until '
            'the package is upgraded.',
            self.log.output)
        self.assertEqual('9999', migration.current_at(self.empty))

    def test_lock_that_is_held_too_long_is_an_error(self):
        """A migration that hangs must not block all others."""
        self.useFixture(fixtures.MockPatchObject(
            migration, '_LOCK_SECONDS', 1))
        holder = self.connect(self.empty)
        if holder.dialect.name == 'sqlite':
            holder.exec_driver_sql('BEGIN IMMEDIATE')
            self.empty += '?timeout=0.1'
        elif holder.dialect.name == 'postgresql':
            holder.exec_driver_sql(
                f'SELECT pg_advisory_lock({0x757365726d736773})')
        else:
            holder.exec_driver_sql(
                "SELECT GET_LOCK(SHA1(CONCAT('user_messages ', DATABASE())),"
                " 0)")

        error = self.assertRaises(exception.DatabaseUnavailable,
                                  migration.sync_url, self.empty)

        self.assertIn(error.reason, (
            'another migration has been running for a minute',
            'OperationalError SQLITE_BUSY'))
        holder.close()
        self.assertIsNone(migration.current_at(self.empty))

    def test_after_a_failure_the_next_one_works(self):
        """A failure releases the lock."""
        migration.sync_url(self.empty)
        with fixtures.MockPatch('alembic.command.upgrade',
                                side_effect=exception.DatabaseError('x')):
            self.assertRaises(exception.DatabaseError, migration.sync_url,
                              self.empty)

        migration.sync_url(self.empty)

        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_what_was_interrupted_is_completed(self):
        """MariaDB keeps the table of an interrupted migration."""
        migration.sync_url(self.empty)
        on_table = (' ON user_messages' if 'mysql' in self.empty else '')
        self.execute('DELETE FROM user_messages_alembic_version',
                     f'DROP INDEX user_messages_expires_idx{on_table}')

        migration.sync_url(self.empty)

        self.assertEqual(HEAD, migration.current_at(self.empty))
        connection = self.connect(self.empty)
        self.assertIn('user_messages_expires_idx', [
            index['name'] for index in
            sqlalchemy.inspect(connection).get_indexes('user_messages')])
        connection.close()

    def test_version_table_that_is_broken_is_one_line(self):
        """Operators read one line if two databases were merged."""
        migration.sync_url(self.empty)
        for statement in (
                "INSERT INTO user_messages_alembic_version VALUES ('0000')",
                'DELETE FROM user_messages_alembic_version',
                "INSERT INTO user_messages_alembic_version VALUES ('')"):
            self.execute(statement)
            if statement.startswith('DELETE'):
                continue
            for call in (migration.current_at, migration.sync_url):
                error = self.assertRaises(
                    exception.WrongDatabaseVersion, call, self.empty)

                self.assertEqual(
                    'the table user_messages_alembic_version must have '
                    'exactly one row, with the version of the table of '
                    'user messages; this package requires 0003', error.reason)

    def test_service_syncs_on_a_connection_of_its_own(self):
        """Services run the migrations in their own "db sync"."""
        engine = sqlalchemy.create_engine(self.empty)
        self.addCleanup(engine.dispose)

        for _number in range(2):
            with engine.begin() as connection:
                migration.sync(connection)

        self.assertEqual(['user_messages', 'user_messages_alembic_version'],
                         self.tables())
        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_service_syncs_on_a_connection_of_oslo_db(self):
        """oslo.db begins transactions in its own way."""
        facade = enginefacade.transaction_context()
        facade.configure(connection=self.empty)
        engine = facade.writer.get_engine()
        self.addCleanup(engine.dispose)

        for _number in range(2):
            with engine.begin() as connection:
                migration.sync(connection)

        self.assertEqual(['user_messages', 'user_messages_alembic_version'],
                         self.tables())
        self.assertEqual(HEAD, migration.current_at(self.empty))

    def test_service_goes_on_in_its_transaction(self):
        """Services keep the changes before and after the migration."""
        engine = sqlalchemy.create_engine(self.empty)
        self.addCleanup(engine.dispose)

        with engine.begin() as connection:
            connection.exec_driver_sql('CREATE TABLE before_it (a INTEGER)')
            connection.exec_driver_sql('INSERT INTO before_it VALUES (1)')
            migration.sync(connection)
            connection.exec_driver_sql('INSERT INTO before_it VALUES (2)')

        connection = self.connect(self.empty)
        self.assertEqual([1, 2], sorted(connection.scalars(
            sqlalchemy.text('SELECT a FROM before_it'))))


@database.on_each
class RevisionTest(EmptyDatabaseTestCase):
    """Each revision that a database in use can have."""

    def upgrade(self, revision):
        """Make a database that is at this revision and no later one."""
        config = migration._config()
        engine = sqlalchemy.create_engine(self.make_empty_database())
        self.addCleanup(engine.dispose)
        with engine.begin() as connection:
            config.attributes['connection'] = connection
            alembic.command.upgrade(config, revision)
        return engine

    def store(self, engine, columns):
        """Store a message as code does that knows these columns only."""
        created_at = datetime.datetime(2026, 1, 1, 12, 0, 0, 123456)
        row = {**dict.fromkeys(models.MESSAGES.c.keys(), '000002'),
               'id': ids.new_id(created_at), 'created_at': created_at,
               'expires_at': created_at}
        row = {name: value for name, value in row.items() if name in columns}
        with engine.begin() as connection:
            connection.execute(models.MESSAGES.insert().values(row))
        return row

    def stored_in(self, engine, columns):
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(
                sqlalchemy.select(*(models.MESSAGES.c[name]
                                    for name in columns))
                .order_by(models.MESSAGES.c.id)).mappings()]

    def test_each_goes_up_empty_and_filled_and_old_code_still_stores(self):
        """Operators can skip a release, and services run meanwhile."""
        for revision in REVISIONS:
            for count in (0, 3):
                engine = self.upgrade(revision)
                columns = [column['name'] for column in sqlalchemy.inspect(
                    engine).get_columns('user_messages')]
                rows = [self.store(engine, columns) for _number
                        in range(count)]

                with engine.begin() as connection:
                    migration.sync(connection)

                rows.append(self.store(engine, columns))
                rows.sort(key=lambda row: row['id'])
                self.assertEqual(rows, self.stored_in(engine, columns))
                with engine.connect() as connection:
                    self.assertEqual(HEAD, migration.current(connection))

    def test_new_column_is_no_new_table(self):
        """Operators do not wait for a copy of the table of a large cloud."""
        engine = self.upgrade('0001')
        self.fill(engine)
        before = self.storage(engine)

        with engine.connect() as connection:
            if engine.name == 'mysql':
                # MariaDB refuses a change of another kind.
                connection.exec_driver_sql(
                    "SET SESSION alter_algorithm = 'INSTANT'")
            migration.sync(connection)
            connection.commit()

        after = self.storage(engine)
        self.assertLessEqual(
            sum(map(operator.ne, before, after)), 5, 'pages were written')
        with engine.connect() as connection:
            self.assertEqual(HEAD, migration.current(connection))
            added = [models.MESSAGES.c.global_request_id,
                     models.MESSAGES.c.parameters]
            self.assertEqual([('', '', 131072)], connection.execute(
                sqlalchemy.select(*added, sqlalchemy.func.count()).group_by(
                    *added)).all())

    def fill(self, engine):
        """Store 131,072 messages, by copying one of them."""
        columns = [name for name in models.MESSAGES.c.keys()
                   if name not in ('id', 'global_request_id', 'parameters')]
        self.store(engine, ['id', *columns])
        new_id = {'mysql': 'UUID()', 'postgresql': 'gen_random_uuid()',
                  'sqlite': 'hex(randomblob(16))'}[engine.name]
        names = ', '.join(columns)
        with engine.begin() as connection:
            for _number in range(17):
                connection.exec_driver_sql(
                    f'INSERT INTO user_messages (id, {names})'
                    f' SELECT {new_id}, {names} FROM user_messages')

    def storage(self, engine):
        """Return the pages of SQLite, or the file of PostgreSQL."""
        if engine.name == 'sqlite':
            data = pathlib.Path(engine.url.database).read_bytes()
            return [data[start:start + 4096]
                    for start in range(0, len(data), 4096)]
        if engine.name == 'postgresql':
            with engine.connect() as connection:
                # A new file node counts as a change of many pages.
                return 6 * [connection.exec_driver_sql(
                    "SELECT pg_relation_filenode('user_messages')").scalar()]
        return []

    def test_none_is_left_out_above(self):
        """A revision that is added is tried too."""
        self.assertEqual(
            REVISIONS, [script.revision for script
                        in migration._scripts().walk_revisions()][::-1])

    def test_what_was_interrupted_is_completed_with_messages_in_it(self):
        """Old code may have stored messages after an interruption."""
        engine = self.upgrade(HEAD)
        columns = models.MESSAGES.c.keys()
        row = self.store(engine, columns)
        on_table = ' ON user_messages' if engine.name == 'mysql' else ''
        with engine.begin() as connection:
            for statement in (
                    f'DROP INDEX user_messages_request_idx{on_table}',
                    'DELETE FROM user_messages_alembic_version'):
                connection.exec_driver_sql(statement)

        with engine.begin() as connection:
            migration.sync(connection)

        self.assertEqual([row], self.stored_in(engine, columns))
        self.assertEqual(4, len(sqlalchemy.inspect(engine).get_indexes(
            'user_messages')))


@database.on_each
class ServingTest(EmptyDatabaseTestCase):
    """An upgrade that only adds, while the code before it serves."""

    def setUp(self):
        super().setUp()
        migration.sync_url(self.empty)
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=self.empty,
            user_messages__create_timeout=60))
        self.addCleanup(self.db.close)

    def release_another(self):
        """Let the package have a revision more than it has."""
        directory = self.useFixture(fixtures.TempDir()).path
        with open(os.path.join(directory, '0004_more.py'), 'w') as file:
            file.write(NEXT_REVISION)
        config = migration._config

        def with_another():
            released = config()
            scripts = released.get_main_option('script_location')
            released.set_main_option('version_locations', os.pathsep.join(
                (os.path.join(scripts, 'versions'), directory)))
            return released

        self.useFixture(fixtures.MockPatchObject(
            migration, '_config', with_another))

    def test_old_code_serves_during_and_after_the_upgrade(self):
        """Operators do not stop a cloud to add a column."""
        self.release_another()
        stored, errors = [], []
        is_over = threading.Event()

        def serve():
            try:
                while not is_over.is_set():
                    message = self.message()
                    self.db.message_get(base.PROJECT, message['id'])
                    self.db.message_get_all(base.PROJECT, limit=5)
                    stored.append(message)
            except Exception as error:
                errors.append(error)

        server = threading.Thread(target=serve)
        server.start()
        database.wait_until(lambda: errors or len(stored) > 2)
        with self.changes() as made:
            outcomes = self.sync_in_threads(2)
        before = len(stored)
        database.wait_until(lambda: errors or len(stored) > before + 2)
        is_over.set()
        server.join()

        self.assertEqual([], errors)
        self.assertEqual([None] * 2, outcomes)
        self.assertEqual('0004', migration.current_at(self.empty))
        self.assertEqual(['ALTER TABLE user_messages',
                          'CREATE INDEX user_messages_more_idx'], made)
        self.assertEqual(
            {message['id'] for message in stored},
            {message['id'] for message
             in self.db.message_get_all(base.PROJECT)})


class ExpandOnlyTest(testtools.TestCase):

    def operations(self, source):
        """Return the operations of alembic in the source of a revision."""
        return {node.attr for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name) and node.value.id == 'op'}

    def test_every_revision_only_adds(self):
        """A dropped or renamed column would break code that still runs."""
        for script in migration._scripts().walk_revisions():
            source = pathlib.Path(script.path).read_text()

            self.assertEqual(set(), self.operations(source) - {
                'add_column', 'create_index', 'create_table', 'get_bind'})

    def test_walk_finds_what_it_looks_for(self):
        """Without this test, the walk could miss every change."""
        self.assertEqual({'add_column', 'create_index'},
                         self.operations(NEXT_REVISION))
        self.assertEqual({'drop_column'}, self.operations(
            "def upgrade():\n    op.drop_column('user_messages', 'x')"))


@database.on_each
class CheckTest(EmptyDatabaseTestCase):

    def test_empty_database_has_no_version(self):
        """Operators can look at the version of an empty database."""
        self.assertIsNone(migration.current_at(self.empty))
        self.assertEqual([], self.tables())

    def test_empty_database_asks_for_a_sync(self):
        """Operators read which command creates the table."""
        error = self.assertRaises(exception.DatabaseError, migration.check,
                                  migration.current_at(self.empty))

        self.assertEqual(
            'the table of user messages does not exist; run '
            '"usermessages-manage db sync"', error.reason)

    def test_older_database_asks_for_a_sync(self):
        """Operators read which command to run after an upgrade."""
        error = self.assertRaises(exception.DatabaseError, migration.check,
                                  '0001')

        self.assertEqual(
            'the table of user messages is at version 0001 and 0003 is '
            'required; run "usermessages-manage db sync"', error.reason)

    def test_database_of_a_package_to_come_is_a_warning(self):
        """Operators can run an older package, since migrations only add."""
        migration.check('9999')

        self.assertIn('is newer than this package', self.log.output)

    def test_right_version_passes(self):
        """Operators read no warning about the current version."""
        migration.sync_url(self.empty)

        self.assertIsNone(
            migration.check(migration.current_at(self.empty)))
        self.assertEqual(HEAD, migration.head())


@database.on_each
class ModelsTest(EmptyDatabaseTestCase):
    """The models, and the tables made by the migrations."""

    def differences(self, metadata, include_name, url=None, **options):
        connection = self.connect(url or self.url)
        return alembic.autogenerate.compare_metadata(
            alembic.runtime.migration.MigrationContext.configure(
                connection, opts={'include_name': include_name,
                                  'compare_type': True, **options}),
            metadata)

    def test_models_and_migrations_agree(self):
        """Developers find the schema of the database in models.py."""
        found = self.differences(models.metadata, ours,
                                 version_table=migration.VERSION_TABLE)

        self.assertEqual([], found)

    def test_comparison_sees_a_difference(self):
        """Without this test, the comparison could miss every difference."""
        other = sqlalchemy.MetaData()
        for table in models.metadata.tables.values():
            table = table.to_metadata(other)
            table.append_column(sqlalchemy.Column('more', sqlalchemy.Integer))

        found = self.differences(other, ours,
                                 version_table=migration.VERSION_TABLE)

        self.assertEqual(['add_column'], [name for name, *_rest in found])

    def test_autogenerate_of_a_service_keeps_quiet(self):
        """Developers of a service are not told to drop these tables."""
        tables = sqlalchemy.MetaData()
        sqlalchemy.Table(
            'volumes', tables,
            sqlalchemy.Column('id', sqlalchemy.Integer, primary_key=True),
            sqlalchemy.Column('name', sqlalchemy.String(9), index=True))
        migration.sync_url(self.empty)
        connection = self.connect(self.empty)
        tables.create_all(connection)
        connection.commit()

        def of_service(name, type_, parent_names):
            return not migration.is_own_object(name, type_, parent_names)

        without = self.differences(tables, None, self.empty)
        quiet = self.differences(tables, of_service, self.empty)

        self.assertIn('user_messages', [
            change[1].name for change in without
            if change[0] == 'remove_table'])
        self.assertEqual([], quiet)

    def test_our_autogenerate_does_not_see_a_service(self):
        """The next migration must not drop the tables of a service."""
        self.execute('CREATE TABLE volumes (id INTEGER)',
                     'CREATE INDEX volumes_idx ON volumes (id)')
        migration.sync_url(self.empty)

        found = self.differences(models.metadata, ours, self.empty,
                                 version_table=migration.VERSION_TABLE)

        self.assertEqual([], found)

    def test_nothing_is_nullable_in_the_database(self):
        """NULL has no position in an order."""
        inspector = sqlalchemy.inspect(self.connect())

        columns = inspector.get_columns('user_messages')

        self.assertEqual(models.MESSAGES.c.keys(),
                         [column['name'] for column in columns])
        self.assertEqual([], [column['name'] for column in columns
                              if column['nullable']])

    def test_indexes_are_those_of_the_design(self):
        """An index on (created_at, id) would slow down lists of projects."""
        inspector = sqlalchemy.inspect(self.connect())

        indexes = [(index['name'], index['column_names'], index['unique'])
                   for index in inspector.get_indexes('user_messages')]
        key = inspector.get_pk_constraint('user_messages')

        self.assertEqual([
            ('user_messages_expires_idx', ['expires_at'], False),
            ('user_messages_project_idx', ['project_id', 'created_at', 'id'],
             False),
            ('user_messages_request_idx', ['request_id'], False),
            ('user_messages_resource_idx',
             ['resource_uuid', 'created_at', 'id'], False)],
            sorted((name, columns, bool(unique))
                   for name, columns, unique in indexes))
        self.assertEqual(['id'], key['constrained_columns'])
        self.assertEqual([], inspector.get_foreign_keys('user_messages'))


@database.only_on(database.MySQLFixture, test_case=EmptyDatabaseTestCase)
class ClusterTest:
    """Two nodes of a cluster, each of which has a lock of its own."""

    def test_other_node_may_be_faster(self):
        """Operators can run the migrations on two nodes at the same time."""
        self.useFixture(fixtures.MockPatchObject(
            migration, '_migration_lock',
            lambda _connection: contextlib.nullcontext()))
        self.useFixture(fixtures.MockPatchObject(
            migration, '_RACE_SECONDS', 0))
        for statement, expected in (
                ('CREATE TABLE user_messages_alembic_version', 1050),
                ('CREATE TABLE user_messages', 1050),
                ('CREATE INDEX user_messages_project_idx', 1061),
                ('CREATE INDEX user_messages_expires_idx', 1061),
                # Not an error: the other node already has a later version.
                ('INSERT INTO user_messages_alembic_version', None)):
            with self.subTest(statement=statement):
                self.empty = self.make_empty_database()
                met = self.sync_behind_another(statement)

                self.assertIn(expected, [None, *met])
                self.assertEqual(HEAD, migration.current_at(self.empty))
                connection = self.connect(self.empty)
                self.assertEqual(4, len(sqlalchemy.inspect(
                    connection).get_indexes('user_messages')))
                connection.close()

    def sync_behind_another(self, awaited):
        """Let another one come before a statement; return the errors."""
        # alembic can do one migration at a time in a process.
        met, others = [], [[
            sys.executable, '-c', 'import sys; from usermessages.db import '
            'migration; migration.sync_url(sys.argv[1])', self.empty]]

        def let_pass(_connection, _cursor, statement, *_rest):
            words = statement.split()[:len(awaited.split())]
            if words == awaited.split() and others:
                subprocess.run(others.pop(), check=True)

        def collect(context):
            met.append(context.original_exception.args[0])

        listeners = {'before_cursor_execute': let_pass,
                     'handle_error': collect}
        for name, listener in listeners.items():
            sqlalchemy.event.listen(sqlalchemy.Engine, name, listener)
        try:
            migration.sync_url(self.empty)
        finally:
            for name, listener in listeners.items():
                sqlalchemy.event.remove(sqlalchemy.Engine, name, listener)
        return met


@database.only_on(database.MySQLFixture, test_case=EmptyDatabaseTestCase)
class DefinitionTest:
    """Definition of a table in MariaDB, by either name of its dialect."""

    def make_on(self, scheme):
        url = self.empty.replace('mysql+pymysql', scheme)
        migration.sync_url(url)
        connection = self.connect(self.empty)
        columns = {name: rest for name, *rest in connection.execute(
            sqlalchemy.text(
                'SELECT column_name, column_type, character_set_name,'
                ' collation_name FROM information_schema.columns WHERE'
                " table_schema = DATABASE() AND table_name = 'user_messages'"
            ))}
        connection.close()
        return columns

    def assertAsDesigned(self, columns):
        def exact(length):
            return [f'varchar({length})', 'utf8mb4', 'utf8mb4_nopad_bin']

        def ascii_text(length):
            return [f'varchar({length})', 'ascii', 'ascii_nopad_bin']

        time = ['datetime(6)', None, None]
        self.assertEqual({
            'id': ascii_text(36), 'project_id': exact(255),
            'event_id': ascii_text(255), 'action_id': ascii_text(64),
            'detail_id': ascii_text(64), 'message_level': ascii_text(64),
            'resource_type': ascii_text(64), 'resource_uuid': exact(255),
            'request_id': exact(255), 'created_at': time, 'expires_at': time,
            'global_request_id': ascii_text(255),
            'parameters': ascii_text(255)}, columns)

    def test_columns_are_as_designed(self):
        """A collation that pads or folds is a hole between projects."""
        self.assertAsDesigned(self.make_on('mysql+pymysql'))

    def test_columns_are_as_designed_by_the_other_name(self):
        """SQLAlchemy calls the dialect mariadb instead of mysql."""
        self.assertAsDesigned(self.make_on('mariadb+pymysql'))

    def test_messages_are_kept_by_the_other_name(self):
        """Messages keep microseconds, and projects with similar IDs are
        separate.
        """
        url = self.empty.replace('mysql+pymysql', 'mariadb+pymysql')
        migration.sync_url(url)
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=url))
        self.addCleanup(self.db.close)
        stored = [self.message(project_id=project_id)
                  for project_id in ('abc', 'abc ', 'ABC', 'äbc')]

        found = [self.db.message_get_all(project_id)
                 for project_id in ('abc', 'abc ', 'ABC', 'äbc')]

        self.assertEqual([[message] for message in stored], found)

    def test_format_has_keys_that_are_long_enough(self):
        """Operators can have tables made with another default format."""
        for make in (lambda: self.execute(
                'DROP TABLE IF EXISTS user_messages_alembic_version'),
                lambda: self.execute(
                    'DROP TABLE user_messages_alembic_version',
                    'DROP INDEX user_messages_resource_idx ON user_messages',
                    'DROP INDEX user_messages_project_idx ON user_messages',
                    'DROP INDEX user_messages_request_idx ON user_messages',
                    'ALTER TABLE user_messages ROW_FORMAT=COMPACT')):
            make()
            migration.sync_url(self.empty)
            connection = self.connect(self.empty)
            formats, options = zip(*connection.execute(sqlalchemy.text(
                'SELECT row_format, create_options FROM'
                ' information_schema.tables WHERE table_schema = DATABASE()'
                " AND table_name = 'user_messages'")))
            connection.close()

            self.assertEqual(('Dynamic',), formats)
            self.assertIn('row_format=DYNAMIC', options[0])

    def test_engine_is_transactional(self):
        """Operators can set any default engine."""
        self.make_on('mariadb+pymysql')
        connection = self.connect(self.empty)

        engines = connection.scalars(sqlalchemy.text(
            'SELECT DISTINCT engine FROM information_schema.tables WHERE'
            " table_schema = DATABASE() AND table_name = 'user_messages'"))

        self.assertEqual(['InnoDB'], engines.all())


@database.only_on(database.PostgreSQLFixture,
                  test_case=EmptyDatabaseTestCase)
class DefinitionOfColumnsTest:
    """Definition of a column in PostgreSQL, by either driver."""

    def make_on(self, scheme):
        migration.sync_url(self.empty.replace('postgresql+psycopg2', scheme))
        return {name: rest for name, *rest in self.connect(
            self.empty).execute(sqlalchemy.text(
                'SELECT attname, format_type(atttypid, atttypmod), collname'
                ' FROM pg_attribute LEFT JOIN pg_collation'
                ' ON pg_collation.oid = attcollation WHERE attnum > 0'
                " AND attrelid = 'user_messages'::regclass"))}

    def assertAsDesigned(self, columns):
        def exact(length):
            return [f'character varying({length})', 'C']

        time = ['timestamp without time zone', None]
        self.assertEqual({
            'id': ['uuid', None], 'project_id': exact(255),
            'event_id': exact(255), 'action_id': exact(64),
            'detail_id': exact(64), 'message_level': exact(64),
            'resource_type': exact(64), 'resource_uuid': exact(255),
            'request_id': exact(255), 'created_at': time, 'expires_at': time,
            'global_request_id': exact(255),
            'parameters': exact(255)}, columns)

    def test_columns_are_as_designed(self):
        """A collation that folds is a hole between projects."""
        self.assertAsDesigned(self.make_on('postgresql+psycopg2'))

    def test_columns_are_as_designed_by_the_other_driver(self):
        """psycopg is the successor of psycopg2."""
        self.assertAsDesigned(self.make_on('postgresql+psycopg'))

    def test_messages_are_kept_by_the_other_driver(self):
        """IDs and times are equal to those of psycopg2."""
        url = self.empty.replace('psycopg2', 'psycopg')
        migration.sync_url(url)
        self.db = db_api.Connection(self.configuration(
            user_messages__connection=url))
        self.addCleanup(self.db.close)
        stored = [self.message(project_id=project_id)
                  for project_id in ('abc', 'abc ', 'ABC', 'äbc')]

        found = [self.db.message_get_all(
            project_id, {'resource_uuid~': base.RESOURCE})
            for project_id in ('abc', 'abc ', 'ABC', 'äbc')]

        self.assertEqual([[message] for message in stored], found)
