# SPDX-License-Identifier: Apache-2.0

"""Ports and programs, for the processes of tests, tools and benchmarks.

``processes.program('usermessages-api')`` is the path of the command beside
this Python.  The module requires the standard library only.
"""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
from typing import Any

import usermessages

ROOT = pathlib.Path(usermessages.__file__).parents[1]
PATIENCE_SECONDS = 30


def free_port() -> int:
    """Return a port that a server can listen on.

    The port is outside of the range from which the system assigns ports to
    connections.
    """
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError):
            socket.create_server(('127.0.0.1', port)).close()
            return port


def is_listening(port: int) -> bool:
    """Return whether a server on this machine accepts connections."""
    try:
        socket.create_connection(('127.0.0.1', port), timeout=1).close()
    except OSError:
        return False
    return True


def program(name: str) -> str:
    """Return the path of a program beside this Python."""
    return os.path.join(os.path.dirname(sys.executable), name)


def stop(process: subprocess.Popen[Any]) -> None:
    """Stop a server and all of its workers.

    The process must be the leader of its session.
    """
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
