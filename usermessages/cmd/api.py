# SPDX-License-Identifier: Apache-2.0

"""Serve the API with an embedded server, for development only.

``usermessages-api --dev`` needs no configuration.  A few slow connections can
block this server: in production, serve ``usermessages.wsgi.api:application``
with uWSGI or gunicorn instead.
"""

from concurrent import futures
import ipaddress
import logging
import os
import signal
from typing import Any

from cheroot import server as cheroot_server
from cheroot import wsgi as cheroot
from oslo_config import cfg

from usermessages._i18n import _
from usermessages.db import migration
from usermessages import exception
from usermessages import opts
from usermessages.wsgi import deploy

LOG = logging.getLogger(__name__)

_MAXIMUM_HEADER_BYTES = 65536
_DEV_DATABASE = 'usermessages-dev.sqlite'

CLI_OPTS = [
    cfg.BoolOpt('dev', default=False, help="""
Run without configuration: use a SQLite file in the current directory (unless a
SQLite database is configured), create the table, disable authentication,
support the microversions of Cinder, and serve this machine only.
"""),
    cfg.HostAddressOpt('bind-host', default='127.0.0.1', metavar='HOST',
                       help="""
Address to listen on (default: 127.0.0.1).
"""),
    cfg.PortOpt('bind-port', default=9699, metavar='PORT', help="""
TCP port to listen on (default: 9699); 0 selects a free port.
"""),
    cfg.IntOpt('threads', default=10, min=1, max=1000, metavar='N', help="""
Number of requests to process in parallel (default: 10).
"""),
]

_RECORD_HELP = """
Record a message in another terminal:

export OS_USER_MESSAGES__CONNECTION={connection}
python3 -c "
from usermessages import context
from usermessages.message import api, defined_messages
api.API().create(context.RequestContext(),
                 defined_messages.UNABLE_TO_ALLOCATE, 'c0ffee')"
"""
_READ_HELP = """
Read the messages of the project c0ffee in another terminal:

curl {url}/v3/c0ffee/messages
openstack --os-auth-type none --os-endpoint {url}/v3/c0ffee \\
    volume message list
"""


class _Headers(dict[bytes, bytes]):
    """Headers of a request, with repeated headers joined."""

    def get(self, name: bytes, default: Any = None) -> Any:
        """Return the default, or cheroot would join some headers itself."""
        return default

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in self:
            value = b', '.join((self[name], value))
        super().__setitem__(name, value)


class _HeaderReader(cheroot_server.HeaderReader):

    def __call__(self, rfile: Any, hdict: Any = None) -> Any:
        headers = super().__call__(rfile, _Headers())
        hdict.update(headers)
        return hdict


class _Request(cheroot_server.HTTPRequest):
    """A request that follows RFC 9112."""

    header_reader = _HeaderReader()

    def read_request_line(self) -> Any:
        """Reject an invalid URL, instead of raising an exception."""
        try:
            return super().read_request_line()
        except ValueError:
            self.simple_response('400 Bad Request', 'Malformed Request-URI')
            return False

    def respond(self) -> None:
        """Send the response, and do not parse an unread body as a request."""
        self.close_connection |= self.chunked_read
        super().respond()


class _Connection(cheroot_server.HTTPConnection):
    RequestHandlerClass = _Request


def main(argv: list[str]) -> int:
    """Serve until stopped; return the exit status."""
    conf = deploy.configure(argv, 'usermessages-api', __doc__, CLI_OPTS)
    if conf.dev:
        _configure_dev(conf)
    _check_bind_host(conf)
    if conf.dev:
        migration.sync_url(conf.user_messages.connection)
    return _serve(conf, deploy.application(conf))


def _configure_dev(conf: cfg.ConfigOpts) -> None:
    conf.set_override('auth_strategy', 'noauth', 'api')
    conf.set_override('allow_noauth', False, 'api')
    conf.set_default('compat_service_type', 'volume', 'api')
    conf.set_default('connection', 'sqlite:///' + os.path.abspath(
        _DEV_DATABASE), 'user_messages')
    if not conf.user_messages.connection.startswith('sqlite'):
        raise exception.ConfigurationError(
            _('--dev creates the table and disables authentication, so it '
              'requires a SQLite database; [user_messages]connection is the '
              'URL of another database.'))


def _check_bind_host(conf: cfg.ConfigOpts) -> None:
    if conf.api.auth_strategy != 'noauth' or conf.api.allow_noauth:
        return
    try:
        is_loopback = ipaddress.ip_address(conf.bind_host).is_loopback
    except ValueError:
        is_loopback = conf.bind_host == 'localhost'
    if not is_loopback:
        raise exception.ConfigurationError(
            _('without authentication, the server does not listen on %s, but '
              'on a loopback address only; to allow access without '
              'authentication from other machines, set [api]allow_noauth.')
            % conf.bind_host)


def _serve(conf: cfg.ConfigOpts, application: Any) -> int:
    server = cheroot.Server(
        (conf.bind_host, conf.bind_port), application,
        numthreads=conf.threads, server_name='usermessages')
    server.max_request_header_size = _MAXIMUM_HEADER_BYTES
    server.ConnectionClass = _Connection
    # Without handlers: a handler can interrupt a thread that has just locked
    # the queue of the server, and stop() would wait for that lock.
    numbers = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    _listen(conf, server)
    with futures.ThreadPoolExecutor(1) as executor:
        serving = executor.submit(server.serve)
        serving.add_done_callback(
            lambda _serving: os.kill(os.getpid(), signal.SIGTERM))
        try:
            _greet(conf, server)
            while signal.sigwait(numbers) == signal.SIGHUP:
                LOG.warning('SIGHUP is ignored; restart the server to reload '
                            'its configuration.')
        finally:
            # Without this call, the threads of the server keep running.
            server.stop()
    serving.result()
    return 0


def _listen(conf: cfg.ConfigOpts, server: Any) -> None:
    try:
        server.prepare()
    except OSError as error:
        raise exception.ConfigurationError(
            _('cannot listen on %(host)s port %(port)d: %(error)s')
            % {'host': conf.bind_host, 'port': conf.bind_port,
               'error': error.strerror or error}) from error


def _greet(conf: cfg.ConfigOpts, server: Any) -> None:
    host, port = server.bind_addr[:2]
    url = f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
    words = _('Serving on %s; stop with Ctrl-C.') % url
    if conf.dev:
        # In another catalog, the event ID would have another meaning.
        if conf.user_messages.catalog == opts.SHIPPED_CATALOG:
            words += '\n' + _RECORD_HELP.format(
                connection=conf.user_messages.connection)
        words += '\n' + _READ_HELP.format(url=url)
    # In one call, since a reader of the first line may stop the server.
    print(words, flush=True)
