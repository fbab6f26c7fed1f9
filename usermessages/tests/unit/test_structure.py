# SPDX-License-Identifier: Apache-2.0

"""Hold the rules on how the package is built, by walking its files."""

import ast
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys

import testtools

import usermessages
from usermessages.api import wsgi
from usermessages import exception
from usermessages.tests import base

PACKAGE = pathlib.Path(usermessages.__file__).parent
UNWANTED = {'eventlet', 'oslo-service', 'oslo-messaging', 'futurist'}

# From the bottom up: each imports from itself, from those before it and from
# the ground, which is everything that is in none of them.
ROOMS = (('db',), ('message',), ('api',), ('wsgi', 'cmd', 'fixture'),
         # Nothing else imports them: one needs Sphinx, one a client.
         ('sphinxext',), ('client',))
OWNERS = {
    'sqlalchemy': {'db'},
    'alembic': {'db'},
    'webob': {'api', 'wsgi'},
    'routes': {'api', 'wsgi'},
    'paste': {'api', 'wsgi'},
    'cheroot': {'cmd'},
    'docutils': {'sphinxext'},
    'sphinx': {'sphinxext'},
    'osc_lib': {'client'},
    'cliff': {'client'},
    'keystoneauth1': {'api', 'client'},
    'openstack': {'client'},
    'openstackclient': {'client'},
}
# It runs where there is no database and no service, so it takes nothing of
# the others.
ALONE = 'client'


def sources():
    """Return each module of the package but for tests, with its room."""
    for path in sorted(PACKAGE.rglob('*.py')):
        parts = path.relative_to(PACKAGE).with_suffix('').parts
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


def height(room):
    """Return how high up a room lies, -1 for the ground."""
    return next((level for level, rooms in enumerate(ROOMS)
                 if room in rooms), -1)


def breaches(parts, names):
    """Return the imports of a module that the layers do not allow."""
    room = parts[0]
    for name in names:
        first, *rest = name.split('.')
        if first == 'usermessages' and rest:
            if height(rest[0]) > height(room) or (
                    room == ALONE and rest[0] not in (room, '_i18n')):
                yield name
        elif room not in OWNERS.get(first, {room}):
            yield name


class LayersTest(testtools.TestCase):

    def test_imports_point_down(self):
        """What lies below can be understood without what lies above."""
        found = [('.'.join(parts), name) for parts, path in sources()
                 for name in breaches(parts, imports(path))]

        self.assertEqual([], found)

    def test_walk_finds_what_it_looks_for(self):
        """A walk that sees nothing would hold nothing."""
        modules = ['.'.join(parts) for parts, _path in sources()]

        self.assertIn('message.api', modules)
        self.assertIn('api.v3.router', modules)
        self.assertEqual(
            ['usermessages.api.wsgi', 'sqlalchemy.exc', 'webob'],
            list(breaches(('message', 'api'), [
                'usermessages.api.wsgi', 'usermessages.db.api',
                'usermessages.exception', 'sqlalchemy.exc', 'webob', 're'])))
        self.assertEqual(
            ['usermessages.db.api'],
            list(breaches(('opts',), ['usermessages.db.api'])))
        self.assertEqual(
            ['usermessages.sphinxext', 'sphinx.util'],
            list(breaches(('cmd', 'api'), [
                'usermessages.sphinxext', 'sphinx.util'])))
        self.assertEqual(
            ['usermessages.message.api', 'usermessages.cmd.api', 'webob'],
            list(breaches(('client', 'message'), [
                'usermessages.client.times', 'usermessages._i18n.N_',
                'usermessages.message.api', 'usermessages.cmd.api', 'webob',
                'osc_lib.exceptions', 'cliff.columns'])))
        self.assertEqual(
            ['osc_lib.utils', 'usermessages.client.times'],
            list(breaches(('api', 'wsgi'), [
                'osc_lib.utils', 'usermessages.client.times'])))


class ImportTest(testtools.TestCase):

    def imported(self, module):
        """Return what an import did in a process of its own."""
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
        """A host includes the library without any effect on the host."""
        found = self.imported('usermessages.message.api')

        self.assertEqual([], found['options'])
        self.assertEqual(1, found['threads'])
        self.assertEqual(set(), {'eventlet', 'oslo_service',
                                 'oslo_messaging', 'futurist'}
                         & set(found['modules']))
        self.assertIn('usermessages.message.api', found['modules'])
        # Only who checks a catalog waits for that.
        self.assertEqual(set(), {
            f'usermessages.message.{name}'
            for name in ('gate', 'lock', 'po', 'sources', 'texts')}
            & set(found['modules']))

    def test_no_module_touches_anything(self):
        """Whatever part a host imports, its configuration stays its own."""
        # The entry point of WSGI servers is there to do something.
        names = ['.'.join(('usermessages', *parts)) for parts, _path
                 in sources() if parts not in (
                     ('wsgi', 'api'), ('db', 'migrations', 'env'))
                 and parts[-1] != '__init__' and 'versions' not in parts[:-1]]

        found = self.imported(', '.join(names))

        # This one is oslo.middleware's own doing, in the endpoint only.
        self.assertEqual(['oslo_middleware'], found['options'])
        self.assertEqual(1, found['threads'])
        self.assertIn('usermessages.cmd.api', found['modules'])
        # Only who looks at a terminal waits for it.
        self.assertNotIn('tqdm', found['modules'])

    def test_no_dependency_brings_eventlet(self):
        """OpenStack is leaving eventlet behind."""
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

    def test_configuration_is_handed_down(self):
        """Two services with two configurations can live in one process."""
        found = [str(path.relative_to(PACKAGE)) for _parts, path in sources()
                 if 'cfg.CONF' in re.sub(r'``.*?``', '', path.read_text())]

        # The one place that asks whether the process has called it.
        self.assertEqual(['config.py'], found)

    def test_nothing_starts_a_thread(self):
        """A host decides on its threads; a fork must not lose ours."""
        found = [(str(path.relative_to(PACKAGE)), name)
                 for _parts, path in sources() for name in imports(path)
                 if name.startswith(('concurrent.futures', 'multiprocessing',
                                     '_thread'))
                 or 'threading.Thread' in path.read_text()]

        self.assertEqual([], found)


class ExceptionTest(base.TestCase):

    def test_every_exception_has_a_status(self):
        """No error of ours surprises a client with a status by accident."""
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
