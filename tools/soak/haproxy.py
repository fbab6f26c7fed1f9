# SPDX-License-Identifier: Apache-2.0

"""Stand HAProxy before a database, as deployments do.

It looks each second, takes a server for down after three looks, and closes its
sessions then.  All sessions go to the first server that is up.
"""

from collections.abc import Sequence
import pathlib

from soak import servers
from usermessages.tests import processes

_CONFIGURATION = """\
global
    maxconn 1000
defaults
    mode tcp
    timeout connect 2s
    timeout check 2s
    timeout client 1h
    timeout server 1h
listen database
    bind 127.0.0.1:{port}
    {check}
    default-server inter 1s fall 3 rise 2 on-marked-down shutdown-sessions
{servers}
"""


class HAProxy(servers.Server):
    """A port that leads to the one of several servers that is in use.

    :param servers: the port of each and, with a blank before it, what else
        is to be said of it
    :param check: how HAProxy finds out whether one is up, by default from
        whether it takes a connection
    """

    def __init__(self, directory: pathlib.Path, servers: Sequence[str],
                 check: str = ''):
        super().__init__(directory, 'haproxy')
        self.port = processes.free_port()
        lines = [
            f'    server node{number} 127.0.0.1:{server} check'
            + (' backup' if number > 1 else '')
            for number, server in enumerate(servers, start=1)]
        (self.home / 'haproxy.cfg').write_text(_CONFIGURATION.format(
            port=self.port, check=check, servers='\n'.join(lines)))

    def command(self) -> Sequence[str]:
        return ['haproxy', '-db', '-f', str(self.home / 'haproxy.cfg')]

    def start(self) -> None:
        """Start it; it serves when this returns."""
        self.launch(self.command())
        servers.wait_until(lambda: processes.is_listening(self.port),
                           'HAProxy')
