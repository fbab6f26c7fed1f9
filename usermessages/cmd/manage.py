# SPDX-License-Identifier: Apache-2.0

"""Care for the database of user messages.

``usermessages-manage db sync`` makes its tables or brings them up to date.
"""

import argparse
from collections.abc import Callable
import sys

from oslo_config import cfg

from usermessages._i18n import _
from usermessages import context
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.wsgi import deploy


def sync(conf: cfg.ConfigOpts) -> None:
    """Make the tables, or bring them up to date.

    Does nothing where they are.  Of several at the same time one works and
    the others wait.
    """
    migration.sync_url(db_api.connection_url(conf))
    print(_('The database is at version %s.') % migration.head())


def version(conf: cfg.ConfigOpts) -> None:
    """Print the version of the tables, and the one that is needed."""
    found = migration.current_at(db_api.connection_url(conf))
    print(_('database: %s') % (found or _('no tables')))
    print(_('needed:   %s') % migration.head())


def check(conf: cfg.ConfigOpts) -> None:
    """End with exit status 0 if the tables are those that are needed.

    For scripts: with 1 if "db sync" has to run, the package to be upgraded or
    the database to be started, and with a line that says which.
    """
    migration.check(migration.current_at(db_api.connection_url(conf)))
    print(_('The database is up to date.'))


def purge(conf: cfg.ConfigOpts) -> None:
    """Remove the messages that are past their time, for cron or a timer.

    Nobody sees them any more; this gives back their space.  It works in small
    steps with rests, so it may run while the service does.
    """
    count = message_api.API(conf).cleanup_expired_messages(
        context.RequestContext())
    print(_('Messages removed: %d') % count)


COMMANDS: dict[str, Callable[[cfg.ConfigOpts], None]] = {
    'sync': sync, 'version': version, 'check': check, 'purge': purge}


def main(argv: list[str] | None = None) -> int:
    """Run a command; return the exit status."""
    try:
        conf = deploy.configure(
            sys.argv[1:] if argv is None else argv, 'usermessages-manage',
            __doc__, [cfg.SubCommandOpt('category', title='categories',
                                        handler=_add_commands)])
        COMMANDS[conf.category.command](conf)
    except exception.DatabaseUnavailable as error:
        print('usermessages-manage:',
              _('the database does not answer (%s)') % error.reason,
              file=sys.stderr)
        return 1
    except exception.UserMessagesError as error:
        print(f'usermessages-manage: {error}', file=sys.stderr)
        return 1
    return 0


def _add_commands(categories: argparse._SubParsersAction) -> None:
    database = categories.add_parser(
        'db', help='the tables and what is in them',
        description='Care for the tables and what is in them.')
    commands = database.add_subparsers(
        dest='command', required=True, title='commands')
    for name, command in COMMANDS.items():
        summary, _blank, rest = (command.__doc__ or '').partition('\n')
        commands.add_parser(
            name, help=summary,
            description=f'{summary} {" ".join(rest.split())}')
