# SPDX-License-Identifier: Apache-2.0

"""Put the endpoint together.

``application(configure())`` is what a WSGI server serves: the pipeline of
``api-paste.ini``, with one configuration handed to every part of it.
"""

from collections.abc import Callable, Sequence
import configparser
import logging
import os
from typing import Any

from oslo_config import cfg
from oslo_log import log
from paste.deploy import loadwsgi

from usermessages._i18n import _
from usermessages.api.middleware import oslo
from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import exception
from usermessages.message import api as message_api
from usermessages import opts

LOG = logging.getLogger(__name__)

_PACKAGED = os.path.join(os.path.dirname(__file__), 'api-paste.ini')


def configure(args: Sequence[str] = (), prog: str | None = None,
              description: str | None = None,
              cli_opts: Sequence[cfg.Opt] = ()) -> cfg.ConfigOpts:
    """Return the configuration of a server or command, and start its log.

    :param cli_opts: what the command line of the program understands besides

    :raises ConfigurationError: a file is missing, unreadable or wrong
    """
    def register(conf: cfg.ConfigOpts) -> None:
        opts.register_api_opts(conf)
        log.register_options(conf)
        # It tells of every look at the version of the table.
        conf.set_default('default_log_levels', [
            *log.get_default_log_levels(), 'alembic=WARNING'])
        conf.register_cli_opts(cli_opts)

    conf = config.load(register, args, prog, description)
    try:
        log.setup(conf, 'usermessages')
    except (log.LogConfigError, OSError) as error:
        raise exception.ConfigurationError(
            _('The log can not be written as configured: %s') % error,
        ) from error
    return conf


def application(conf: cfg.ConfigOpts) -> Callable[..., Any]:
    """Return the endpoint as a WSGI application.

    :raises ConfigurationError: it can not be served as configured
    :raises DatabaseError: the database is older or newer than this package
    """
    _check_database(conf)
    oslo.set_cors_defaults()
    api = message_api.API(conf)
    # A catalog that can not be loaded is to be found now.
    LOG.debug('Serving the %d events of %s', len(api.catalog.events),
              conf.user_messages.catalog)
    path = _paste_file(conf)
    try:
        return loadwsgi.ConfigLoader(path).get_app(
            'usermessages', global_conf={'oslo_config_config': conf,
                                         'usermessages_api': api})
    except (OSError, ImportError, LookupError, configparser.Error) as error:
        raise exception.ConfigurationError(
            _('The paste file %(path)s can not be used: %(error)s')
            % {'path': path, 'error': ' '.join(str(error).split())},
        ) from error


def _check_database(conf: cfg.ConfigOpts) -> None:
    try:
        migration.check(migration.current_at(db_api.connection_url(conf)))
    except exception.DatabaseUnavailable as error:
        LOG.warning('The database is away (%s); until it is back, requests '
                    'are answered with 503.', error.reason)


def _paste_file(conf: cfg.ConfigOpts) -> str:
    name = conf.api.paste_config
    found = conf.find_file(name)
    if found is None and name != os.path.basename(_PACKAGED):
        raise exception.ConfigurationError(
            _('[api]paste_config is %r, and there is no such file.') % name)
    return os.path.abspath(found or _PACKAGED)
