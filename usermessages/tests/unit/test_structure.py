# SPDX-License-Identifier: Apache-2.0

"""Hold the rules on how the package is built, by walking its files."""

import ast
import importlib
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys
import tomllib

import testtools

import usermessages
from usermessages.api import wsgi
from usermessages import exception
from usermessages.tests import base
from usermessages.tests import database

PACKAGE = pathlib.Path(usermessages.__file__).parent
CLIENT = PACKAGE.parent / 'client' / 'usermessagesclient'
PACKAGES = (PACKAGE, CLIENT)
UNWANTED = {'eventlet', 'oslo-service', 'oslo-messaging', 'futurist'}

# From the bottom up: each layer imports from itself, from the layers before
# and from the base modules, which are in no layer.
LAYERS = (('db',), ('message',), ('api',), ('wsgi', 'cmd', 'fixture'),
          # Other modules do not import this one, since it needs Sphinx.
          ('sphinxext',))
OWNERS = {
    'sqlalchemy': {'db'},
    'alembic': {'db'},
    'webob': {'api', 'wsgi'},
    'routes': {'api', 'wsgi'},
    'paste': {'api', 'wsgi'},
    'cheroot': {'cmd'},
    'babel': {'message'},
    'docutils': {'sphinxext'},
    'sphinx': {'sphinxext'},
    'keystoneauth1': {'api'},
    # A service is installed without the client.
    'cliff': set(),
    'openstack': set(),
    'openstackclient': set(),
    'osc_lib': set(),
    'usermessagesclient': set(),
}


def sources(package=PACKAGE):
    """Return each module of a package but for tests, with its package."""
    for path in sorted(package.rglob('*.py')):
        parts = path.relative_to(package).with_suffix('').parts
        if parts[0] != 'tests':
            yield parts, path


def imports(path):
    """Return the full names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}'
                        for alias in node.names)


def _extras():
    """Return the requirements of all extras."""
    project = tomllib.loads((PACKAGE.parent / 'pyproject.toml').read_text())
    return [requirement for requirements in project['project'][
        'optional-dependencies'].values() for requirement in requirements]


def _normalized(name):
    return re.sub('[-_.]+', '-', name).lower()


def layer_of(package):
    """Return the layer of a package, -1 for a base module."""
    return next((level for level, packages in enumerate(LAYERS)
                 if package in packages), -1)


def violations(parts, names):
    """Return the imports of a module that the layers do not allow."""
    package = parts[0]
    for name in names:
        first, *rest = name.split('.')
        if first == 'usermessages' and rest:
            if layer_of(rest[0]) > layer_of(package):
                yield name
        elif package not in OWNERS.get(first, {package}):
            yield name


class LayersTest(testtools.TestCase):

    def test_imports_point_down(self):
        """Developers can understand a lower layer without the upper ones."""
        found = [('.'.join(parts), name) for parts, path in sources()
                 for name in violations(parts, imports(path))]

        self.assertEqual([], found)

    def test_client_imports_nothing_of_the_service(self):
        """The client is installed without the service and its libraries."""
        found = [(str(path.relative_to(CLIENT)), name)
                 for path in CLIENT.rglob('*.py') for name in imports(path)
                 if name.split('.')[0] in ('usermessages', 'sqlalchemy')]

        self.assertEqual([], found)
        self.assertIn('osc_lib.exceptions', imports(CLIENT / 'plugin.py'))

    def test_walk_finds_what_it_looks_for(self):
        """The test detects a forbidden import."""
        modules = ['.'.join(parts) for parts, _path in sources()]

        self.assertIn('message.api', modules)
        self.assertIn('api.v3.routes', modules)
        self.assertEqual(
            ['usermessages.api.wsgi', 'sqlalchemy.exc', 'webob'],
            list(violations(('message', 'api'), [
                'usermessages.api.wsgi', 'usermessages.db.api',
                'usermessages.exception', 'sqlalchemy.exc', 'webob', 're'])))
        self.assertEqual(
            ['usermessages.db.api'],
            list(violations(('opts',), ['usermessages.db.api'])))
        self.assertEqual(
            ['usermessages.sphinxext', 'sphinx.util'],
            list(violations(('cmd', 'api'), [
                'usermessages.sphinxext', 'sphinx.util'])))
        self.assertEqual(
            ['osc_lib.utils', 'usermessagesclient.times'],
            list(violations(('api', 'wsgi'), [
                'osc_lib.utils', 'usermessagesclient.times'])))


class ImportTest(testtools.TestCase):

    def imported(self, module):
        """Return the effects of an import in a separate process."""
        output = subprocess.run(
            [sys.executable, '-c', f'''
import json, sys, threading
from oslo_config import cfg
before = set(cfg.CONF)
import {module}
print(json.dumps({{
    'modules': sorted(sys.modules), 'options': sorted(set(cfg.CONF) - before),
    'threads': threading.active_count()}}))'''],
            check=True, capture_output=True, text=True).stdout
        return json.loads(output)

    def test_library_touches_nothing(self):
        """Services can include the library without side effects."""
        found = self.imported('usermessages.message.api')

        self.assertEqual([], found['options'])
        self.assertEqual(1, found['threads'])
        self.assertEqual(set(), {'eventlet', 'oslo_service',
                                 'oslo_messaging', 'futurist'}
                         & set(found['modules']))
        self.assertIn('usermessages.message.api', found['modules'])
        # Only developers of a catalog need the linter.
        self.assertNotIn('usermessages.message.lint', found['modules'])
        self.assertNotIn('usermessages.message.id_registry', found['modules'])

    def test_only_a_check_needs_babel(self):
        """A service and its tests run without the extra "lint"."""
        found = self.imported('usermessages.fixture, usermessages.cmd.catalog')

        self.assertIn('usermessages.message.lint', found['modules'])
        self.assertEqual([], [name for name in found['modules']
                              if name.partition('.')[0] == 'babel'])

    def test_no_module_touches_anything(self):
        """Services can import any module without a change of configuration."""
        # The entry point of WSGI servers is there to do something.
        names = ['.'.join(('usermessages', *parts)) for parts, _path
                 in sources() if parts not in (
                     ('wsgi', 'api'), ('db', 'migrations', 'env'))
                 and parts[-1] != '__init__' and 'versions' not in parts[:-1]]

        found = self.imported(', '.join(names))

        # These are the middleware's own doing, in the endpoint only.
        self.assertEqual(['cache', 'keystone_authtoken', 'oslo_middleware'],
                         found['options'])
        self.assertEqual(1, found['threads'])
        self.assertIn('usermessages.cmd.api', found['modules'])

    def test_no_dependency_brings_eventlet(self):
        """OpenStack is removing eventlet."""
        seen, waiting = set(), ['usermessages']
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            try:
                requires = importlib.metadata.requires(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue
            for requirement in requires:
                if 'extra ==' not in requirement:
                    waiting.append(re.match(
                        r'[\w.-]+', requirement)[0].lower().replace('_', '-')
                        .replace('.', '-'))

        self.assertIn('oslo-db', seen)
        self.assertEqual(set(), UNWANTED & seen)

    def test_each_import_has_a_lower_bound(self):
        """The bound in another package's requirement may be too low."""
        distributions = importlib.metadata.packages_distributions()

        for package, extras in ((PACKAGE, _extras()), (CLIENT, [])):
            declared = {
                _normalized(re.match(r'[\w.-]+', requirement)[0])
                for requirement in (
                    *(package.parent / 'requirements.txt').read_text().split(
                        '\n'), *extras) if '>=' in requirement}
            self.assertEqual(set(), {
                (first, '.'.join(parts)) for parts, path in sources(package)
                for first in {name.split('.')[0] for name in imports(path)}
                if first in distributions and first != package.name
                # Not required; sphinxext is for projects that have Sphinx.
                and first not in ('docutils', 'psycopg', 'psycopg2', 'sphinx')
                and not declared & {
                    _normalized(name) for name in distributions[first]}})

    def test_lower_bounds_of_extras_are_tested(self):
        """The bounds in both files are equal."""
        tested = {line.partition(' #')[0] for line in (
            PACKAGE.parent / 'test-requirements.txt').read_text().splitlines()}

        self.assertIn('fixtures>=4.1.0', _extras())
        for requirement in _extras():
            self.assertIn(requirement, tested)

    def test_configuration_is_handed_down(self):
        """Two services with two configurations can live in one process."""
        found = [str(path.relative_to(PACKAGE)) for _parts, path in sources()
                 if 'cfg.CONF' in re.sub(r'``.*?``', '', path.read_text())]

        # Only config.py uses the configuration of the process, if loaded.
        self.assertEqual(['config.py'], found)

    def test_nothing_locks_a_class_across_a_fork(self):
        """functools locks a class across a fork with Python 3.11."""
        found = [str(path.relative_to(PACKAGE)) for parts, path in sources()
                 if 'functools.cached_property' in re.sub(
                     r'``.*?``', '', path.read_text())]

        self.assertEqual([], found)

    def test_nothing_starts_a_thread(self):
        """Services decide on their threads; a fork would lose other threads.
        """
        found = [(str(path.relative_to(PACKAGE)), name)
                 for parts, path in sources() for name in imports(path)
                 if (name.startswith(('concurrent.futures', 'multiprocessing',
                                      '_thread'))
                     or 'threading.Thread' in path.read_text())
                 # A command has a process of its own.
                 and parts[0] != 'cmd']

        self.assertEqual([], found)


class ExceptionTest(base.TestCase):

    def test_every_exception_has_a_status(self):
        """Clients never receive the status of an unexpected error by accident.
        """
        classes = [value for value in vars(exception).values()
                   if isinstance(value, type)
                   and issubclass(value, exception.UserMessagesError)]

        without = [cls.__name__ for cls in classes
                   if not any(parent in wsgi.STATUS
                              and parent is not exception.UserMessagesError
                              for parent in cls.__mro__)
                   and cls is not exception.UserMessagesError]

        self.assertIn(exception.MessageNotFound, classes)
        self.assertEqual([], without)


class UnitTest(testtools.TestCase):
    """Unit tests need no server; those that can use one run elsewhere."""

    def modules(self):
        """Return the unit tests, each imported."""
        directory = PACKAGE / 'tests' / 'unit'
        return [importlib.import_module('.'.join((
            'usermessages', *path.relative_to(PACKAGE).with_suffix('').parts)))
            for path in sorted(directory.rglob('test_*.py'))]

    def test_no_unit_test_uses_a_server(self):
        """``tox -e py3`` runs without a database."""
        self.assertEqual([], [
            f'{module.__name__}.{name}' for module in self.modules()
            for name, value in vars(module).items()
            if hasattr(value, 'SKIP_ON_UNAVAILABLE_DB')])

    def test_every_unit_test_for_servers_runs_in_a_functional_test(self):
        """Otherwise, a class would run on no server, without an error."""
        found = {module.__name__ for module in self.modules()
                 if module.__name__ in database.servers_of_unit_tests}

        self.assertIn('usermessages.tests.unit.db.test_api', found)
        for name in found:
            functional = importlib.import_module(
                name.replace('.unit.', '.functional.'))
            expected = {name for name, _bases, _values
                        in database.servers_of_unit_tests[name]}
            self.assertEqual(expected, {
                name for name, value in vars(functional).items()
                if hasattr(value, 'SKIP_ON_UNAVAILABLE_DB')})


class FilesTest(testtools.TestCase):

    def test_long_modules_have_a_reason(self):
        """Split a module of more than 300 lines, or say why not."""
        self.assertEqual([], [
            str(path) for package in PACKAGES
            for _parts, path in sources(package)
            if len(path.read_text().splitlines()) > 300
            and 'more than 300 lines, because' not in ' '.join(
                ast.get_docstring(ast.parse(path.read_text())).split())])

    def test_build_without_git_has_every_file(self):
        """A tree from an archive names its files in pyproject.toml only."""
        for package in PACKAGES:
            with open(package.parent / 'pyproject.toml', 'rb') as file:
                patterns = tomllib.load(file)['tool']['setuptools'][
                    'package-data'][package.name]
            named = {path for pattern in patterns
                     for path in package.glob(pattern)}
            found = {path for path in package.rglob('*') if path.is_file()
                     and path.suffix != '.pyc'}

            self.assertEqual(set(), {
                path for path in found - named if path.suffix != '.py'})
            self.assertIn(package / 'py.typed', named)
            self.assertEqual(set(), {
                path.parent for path in found if path.suffix == '.py'
                and not (path.parent / '__init__.py').exists()})
