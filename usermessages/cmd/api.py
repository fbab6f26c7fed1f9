# SPDX-License-Identifier: Apache-2.0

"""Serve the messages with an embedded server.

``usermessages-api --dev`` needs no configuration at all.  For many users,
serve ``usermessages.wsgi.api:application`` by uWSGI or gunicorn instead.
"""

import ipaddress
import os
import signal
from typing import Any

from cheroot import wsgi as cheroot
from oslo_config import cfg

from usermessages._i18n import _
from usermessages.db import migration
from usermessages import exception
from usermessages import opts
from usermessages.wsgi import deploy

_MAXIMUM_HEADER_BYTES = 65536
_DEV_DATABASE = 'usermessages-dev.sqlite'

CLI_OPTS = [
    cfg.BoolOpt('dev', default=False, help="""
Try the service without any configuration: a SQLite file in this directory
(unless a SQLite database is configured), the table made, no authentication,
Cinder's microversions understood, this machine only.
"""),
    cfg.HostAddressOpt('bind-host', default='127.0.0.1', metavar='HOST',
                       help="""
Address to listen on; by default 127.0.0.1.
"""),
    cfg.PortOpt('bind-port', default=9699, metavar='PORT', help="""
TCP port to listen on, by default 9699; 0 takes any that is free.
"""),
    cfg.IntOpt('threads', default=10, min=1, max=1000, metavar='N', help="""
Number of requests that are answered at the same time; by default 10.
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
Read the messages of the project c0ffee, likewise:

curl {url}/v3/c0ffee/messages
openstack --os-auth-type none --os-endpoint {url}/v3/c0ffee \\
    volume message list
"""


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
    conf.set_default('host_axis', 'volume', 'api')
    conf.set_default('connection', 'sqlite:///' + os.path.abspath(
        _DEV_DATABASE), 'user_messages')
    if not conf.user_messages.connection.startswith('sqlite'):
        raise exception.ConfigurationError(
            _('--dev makes the table and lets everybody in, which it does to '
              'a SQLite database only; [user_messages]connection names '
              'another.'))


def _check_bind_host(conf: cfg.ConfigOpts) -> None:
    if conf.api.auth_strategy != 'noauth' or conf.api.allow_noauth:
        return
    try:
        is_loopback = ipaddress.ip_address(conf.bind_host).is_loopback
    except ValueError:
        is_loopback = conf.bind_host == 'localhost'
    if not is_loopback:
        raise exception.ConfigurationError(
            _('without authentication the server listens on this machine '
              'only, not on %s; set [api]allow_noauth to let everybody in.')
            % conf.bind_host)


def _serve(conf: cfg.ConfigOpts, application: Any) -> int:
    server = cheroot.Server(
        (conf.bind_host, conf.bind_port), application,
        numthreads=conf.threads, server_name='usermessages')
    server.max_request_header_size = _MAXIMUM_HEADER_BYTES
    # Its threads outlive whatever ends this one before stop().
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _listen(conf, server)
        _greet(conf, server)
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


def _listen(conf: cfg.ConfigOpts, server: Any) -> None:
    try:
        server.prepare()
    except OSError as error:
        raise exception.ConfigurationError(
            _('can not listen on %(host)s port %(port)d: %(error)s')
            % {'host': conf.bind_host, 'port': conf.bind_port,
               'error': error.strerror or error}) from error


def _greet(conf: cfg.ConfigOpts, server: Any) -> None:
    host, port = server.bind_addr[:2]
    url = f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
    words = _('Serving on %s; stop with Ctrl-C.') % url
    if conf.dev:
        # Of another catalog, its ID would say something else.
        if conf.user_messages.catalog == opts.SHIPPED_CATALOG:
            words += '\n' + _RECORD_HELP.format(
                connection=conf.user_messages.connection)
        words += '\n' + _READ_HELP.format(url=url)
    # All at once, since whoever reads the first line may stop the server.
    print(words, flush=True)
