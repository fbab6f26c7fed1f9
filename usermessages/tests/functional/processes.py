# SPDX-License-Identifier: Apache-2.0

"""Programs of the package, run as processes."""

import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys

import fixtures

import usermessages

ROOT = pathlib.Path(usermessages.__file__).parents[1]
PATIENCE_SECONDS = 30
EXAMPLE_PROJECT = '6c430ede-9476-4128-8838-8d3929ced223'


def free_port():
    """Return a port that a server can listen on.

    It is none of those that the system gives to connections, of which tests
    beside this one make many.
    """
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError):
            socket.create_server(('127.0.0.1', port)).close()
            return port


def program(name):
    """Return the path of a program beside this Python."""
    return os.path.join(os.path.dirname(sys.executable), name)


def stop(process):
    """Stop a server and all of its workers, whatever it does.

    It has to be the leader of its session.
    """
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


class DevServer(fixtures.Fixture):
    """``usermessages-api --dev`` on a free port, in a directory of its own.

    ``url`` is where it serves, ``project_url`` where the messages of the
    example program are.
    """

    def _setUp(self):
        directory = self.useFixture(fixtures.TempDir()).path
        self._environment = {
            'HOME': directory, 'OS_USER_MESSAGES__CONNECTION':
            f'sqlite:///{os.path.join(directory, "messages.sqlite")}'}
        process = subprocess.Popen(
            [program('usermessages-api'), '--dev', '--bind-port', '0'],
            cwd=directory, env=self._environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        for line in process.stdout:
            match = re.match(r'Serving on (http://[\d.:]+\d);', line)
            if match:
                self.url = match[1]
                self.project_url = f'{self.url}/v3/{EXAMPLE_PROJECT}'
                return
        raise AssertionError('usermessages-api --dev did not start')

    def record_example(self):
        """Record the message of the example program."""
        subprocess.run(
            [sys.executable, ROOT / 'examples' / 'record_a_message.py'],
            env=self._environment, check=True)
