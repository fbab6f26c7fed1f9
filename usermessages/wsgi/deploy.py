# SPDX-License-Identifier: Apache-2.0

"""Create the WSGI application.

``application(configure())`` loads the pipeline of ``api-paste.ini``, and
passes one configuration to all filters.
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
from usermessages.api.middleware import auth
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
    """Return the configuration of a server or command, and set up its log.

    :param cli_opts: additional options of the command line
    :raises ConfigurationError: a file is missing, unreadable or invalid
    """
    def register(conf: cfg.ConfigOpts) -> None:
        opts.register_api_opts(conf)
        log.register_options(conf)
        # alembic logs each read of the version of the table.
        conf.set_default('default_log_levels', [
            *log.get_default_log_levels(), 'alembic=WARNING'])
        conf.register_cli_opts(cli_opts)

    conf = config.load(register, args, prog, description)
    try:
        log.setup(conf, 'usermessages')
    except (log.LogConfigError, OSError) as error:
        raise exception.ConfigurationError(
            _('Cannot set up logging as configured: %s') % error,
        ) from error
    return conf


def application(conf: cfg.ConfigOpts) -> Callable[..., Any]:
    """Return the WSGI application.

    :raises ConfigurationError: an option or the paste file is invalid
    :raises WrongDatabaseVersion: the table is missing or older
    """
    _check_database(conf)
    oslo.set_cors_defaults()
    api = message_api.API(conf)
    # Load the catalog now, so that the start fails if the catalog is invalid.
    LOG.debug('Serving the %d events of %s', len(api.catalog.events),
              conf.user_messages.catalog)
    check_pipeline(conf)
    path = _paste_file(conf)
    try:
        with config.naming_options(conf):
            pipeline = loadwsgi.ConfigLoader(path).get_app(
                'usermessages', global_conf={'oslo_config_config': conf,
                                             'usermessages_api': api})
    except (OSError, ImportError, LookupError, configparser.Error) as error:
        raise exception.ConfigurationError(
            _('Cannot load the paste file %(path)s: %(error)s')
            % {'path': path, 'error': ' '.join(str(error).split())},
        ) from error
    # The middleware would read some options at the first request.
    config.check(conf)
    return pipeline


def check_pipeline(conf: cfg.ConfigOpts) -> None:
    """Check that tokens are validated before the context is created.

    :raises ConfigurationError: the filters of the paste file are in another
        order, or the file cannot be used
    """
    path = _paste_file(conf)
    try:
        loaded = loadwsgi.loadcontext(
            loadwsgi.APP, f'config:{path}', name='usermessages',
            global_conf={})
    except (OSError, ImportError, LookupError, configparser.Error) as error:
        raise exception.ConfigurationError(
            _('Cannot load the paste file %(path)s: %(error)s')
            % {'path': path, 'error': ' '.join(str(error).split())},
        ) from error
    # Only a pipeline has filters; a composite is not checked.
    filters = [middleware.object
               for middleware in getattr(loaded, 'filter_contexts', ())]
    if (conf.api.auth_strategy == 'noauth'
            or auth.context_factory not in filters):
        return
    preceding = filters[:filters.index(auth.context_factory)]
    # A filter of the operator may validate tokens in another way.
    if auth.authtoken_factory not in preceding and all(
            middleware.__module__.startswith('usermessages.')
            for middleware in preceding):
        raise exception.ConfigurationError(
            _('In the pipeline of the paste file %s, no filter '
              'before "context" validates tokens.  Add "authtoken" before '
              'it.') % path)


def _check_database(conf: cfg.ConfigOpts) -> None:
    try:
        migration.check(migration.current_at(db_api.connection_url(conf)))
    except exception.WrongDatabaseVersion:
        raise
    except exception.DatabaseUnavailable as error:
        LOG.warning('Database unavailable (%s); requests fail with status 503 '
                    'until it is available.', error.reason)
    except exception.DatabaseError as error:
        # For example a changed password.  A running server must be able to
        # start a worker in the meantime.
        LOG.error('Database not usable (%s); requests fail until this is '
                  'corrected.', error.reason)


def _paste_file(conf: cfg.ConfigOpts) -> str:
    name = conf.api.paste_config
    path = conf.find_file(name)
    if path is None and name != os.path.basename(_PACKAGED):
        raise exception.ConfigurationError(
            _('[api]paste_config is %r, but the file does not exist.') % name)
    return os.path.abspath(path or _PACKAGED)
