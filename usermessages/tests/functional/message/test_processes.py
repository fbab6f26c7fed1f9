# SPDX-License-Identifier: Apache-2.0

"""The message API in a process of its own: configuration, imports, forks."""

import os
import subprocess
import sys

from usermessages.tests import base
from usermessages.tests import database


class ProcessTestCase(base.TestCase):

    def run_python(self, program, **environment):
        """Run a program; return its output."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith('OS_')}
        done = subprocess.run(
            [sys.executable, '-c', program], capture_output=True, text=True,
            env={**kept, 'HOME': '/nonexistent', **environment},
            timeout=base.HANG_SECONDS)
        self.assertEqual('', done.stderr)
        self.assertEqual(0, done.returncode)
        return done.stdout.strip()


class ConstructorTest(ProcessTestCase):
    """The constructor in a separate process, before and after ``API()``."""

    def directory(self, text):
        [path] = self.create_tempfiles([('usermessages', text)], '.conf')
        directory = os.path.join(os.path.dirname(path), 'named')
        os.mkdir(directory)
        os.rename(path, os.path.join(directory, 'usermessages.conf'))
        return directory

    def test_reads_and_connects_nothing(self):
        """A service makes the object before it reads its configuration."""
        program = """
import sys
from usermessages.message import api
from usermessages.message import defined_messages
seen = []
sys.addaudithook(lambda name, args: seen.append(name))
made = [api.API(), api.API(catalog=defined_messages.CATALOG),
        api.API(engine=lambda: 1 / 0)]
found = [name for name in seen
         if name.split('.')[0] in ('open', 'socket', 'sqlite3', 'os', 'import',
                                   'subprocess')]
print(found)
"""
        found = self.run_python(
            program, OS_USERMESSAGES_CONFIG_DIR='/nonexistent',
            OS_USER_MESSAGES__CONNECTION='sqlite:////nonexistent/directory/db')

        self.assertEqual('[]', found)

    def test_uses_the_configuration_that_the_process_called(self):
        """A service has its options in its own file."""
        directory = self.directory(
            '[user_messages]\nconnection = sqlite:///of_the_service\n')

        found = self.run_python(f"""
from oslo_config import cfg
from usermessages.message import api
made = api.API()
cfg.CONF([], project='service', default_config_files=[
    '{directory}/usermessages.conf'])
assert made.conf is cfg.CONF
print(made.conf.user_messages.connection)
""")

        self.assertEqual('sqlite:///of_the_service', found)

    def test_leaves_an_unused_configuration_alone(self):
        """A program without oslo.config is not given one."""
        directory = self.directory(
            '[user_messages]\nconnection = sqlite:///of_a_file\n')

        found = self.run_python("""
from oslo_config import cfg
from usermessages.message import api
made = api.API()
assert made.conf is not cfg.CONF
assert list(cfg.CONF) == list(cfg.ConfigOpts()), list(cfg.CONF)
print(made.conf.user_messages.connection)
""", OS_USERMESSAGES_CONFIG_DIR=directory)

        self.assertEqual('sqlite:///of_a_file', found)

    def test_uses_the_environment(self):
        """A container needs no file at all."""
        found = self.run_python("""
from usermessages.message import api
print(api.API().conf.user_messages.connection)
""", OS_USER_MESSAGES__CONNECTION='sqlite:///of_the_environment')

        self.assertEqual('sqlite:///of_the_environment', found)

    def test_environment_wins_over_file(self):
        """Operators can override the file, as with any oslo.config program."""
        directory = self.directory(
            '[user_messages]\nconnection = sqlite:///of_a_file\n'
            'message_ttl = 5\n')

        program = """
from usermessages.message import api
options = api.API().conf.user_messages
print(options.connection, options.message_ttl)
"""
        found = self.run_python(
            program, OS_USERMESSAGES_CONFIG_DIR=directory,
            OS_USER_MESSAGES__CONNECTION='sqlite:///of_the_environment')

        self.assertEqual('sqlite:///of_the_environment 5', found)

    def test_database_of_the_service_is_the_fallback(self):
        """A service with one database needs no option of ours."""
        found = self.run_python("""
from usermessages.db import api as db_api
from usermessages.message import api
print(db_api.connection_url(api.API().conf))
""", OS_DATABASE__CONNECTION='sqlite:///of_the_service')

        self.assertEqual('sqlite:///of_the_service', found)

    def test_configuration_that_fails_costs_the_message_only(self):
        """A typo in a file must not break what a service does."""
        found = self.run_python("""
import logging, sys
logging.basicConfig(stream=sys.stdout, format='%(levelname)s %(message)s')
from usermessages.message import api
print(api.API().create(None, '000002', 'project'))
""", OS_USERMESSAGES_CONFIG_DIR='/nonexistent/directory')

        self.assertEqual(
            'WARNING Could not create a user message: '
            'OS_USERMESSAGES_CONFIG_DIR is \'/nonexistent/directory\', but '
            'the directory has no usermessages.conf.\nNone', found)


class ForkAtFirstUseTest(ProcessTestCase, database.DatabaseTestCase):
    """A process that forks while one of its threads first uses the object."""

    PROGRAM = """
import os, signal, sys, threading
import sqlalchemy
from usermessages.message import api

importing, forking, forked = [threading.Event() for _number in range(3)]

class Slow:
    @staticmethod
    def find_spec(name, *_rest):
        if name == 'MODULE':
            importing.set()
            forking.wait()

# SQLite itself has locks that a fork leaves locked.
@sqlalchemy.event.listens_for(sqlalchemy.Engine, 'do_connect')
def wait(*_args):
    if threading.current_thread() is first:
        forked.wait()

sys.meta_path.insert(0, Slow)
os.register_at_fork(before=forking.set, after_in_parent=forked.set)
made = api.API()
arguments = None, '000002', 'project'
first = threading.Thread(target=made.create, args=arguments)
first.start()
importing.wait()
child = os.fork()
if child == 0:
    # Ends it where it hangs.
    signal.alarm(60)
    os._exit(0 if made.create(*arguments) else 1)
first.join()
print(os.waitpid(child, 0)[1])
"""

    def test_while_the_catalog_is_loaded(self):
        """The child records messages and does not block."""
        found = self.run_python(
            self.PROGRAM.replace('MODULE',
                                 'usermessages.message.defined_messages'),
            OS_USER_MESSAGES__CONNECTION=self.url)

        self.assertEqual('0', found)
        self.assertEqual(2, len(self.stored()))

    def test_while_the_driver_is_loaded(self):
        """SQLAlchemy imports the driver for the first engine."""
        found = self.run_python(
            self.PROGRAM.replace('MODULE', 'sqlalchemy.dialects.sqlite'),
            OS_USER_MESSAGES__CONNECTION=self.url)

        self.assertEqual('0', found)
        self.assertEqual(2, len(self.stored()))
