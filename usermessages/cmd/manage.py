# SPDX-License-Identifier: Apache-2.0

"""Manage the database of user messages.

``usermessages-manage db sync`` creates or upgrades the table, ``message
stats`` counts the messages in it, ``message purge`` removes expired messages,
and ``message import`` recovers messages from logs.
"""

import argparse
from collections.abc import Callable
import json

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.cmd import arguments
from usermessages.cmd import import_
from usermessages.cmd import purge
from usermessages.cmd import stats
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import terminal
from usermessages.wsgi import deploy


def sync(conf: cfg.ConfigOpts) -> None:
    """Create or upgrade the table.

    If the table is up to date, or newer than the package, nothing changes.  If
    several processes run the command, one upgrades the table and the others
    wait.
    """
    url = db_api.connection_url(conf)
    migration.sync_url(url)
    print(_('The database is at version %s.') % migration.current_at(url))


def version(conf: cfg.ConfigOpts) -> None:
    """Print the version of the table and the required version."""
    found = migration.current_at(db_api.connection_url(conf))
    if conf.category.format == 'json':
        print(json.dumps({'database': found, 'needed': migration.head()}))
        return
    print(_('database: %s') % terminal.printable(found or _('no table')))
    print(_('needed:   %s') % migration.head())


def check(conf: cfg.ConfigOpts) -> None:
    """Exit with status 0 if this release can use the table.

    Otherwise, print the solution and exit with status 1.  A table that is
    newer than the package causes a warning.
    """
    found = migration.current_at(db_api.connection_url(conf))
    if conf.category.format == 'json':
        print(json.dumps({
            'database': found, 'needed': migration.head(),
            'up_to_date': found == migration.head()
            or migration.newer_warning(found) is not None}))
        migration.check(found)
        return
    migration.check(found)
    print(_('The database is up to date.'))


def _add_no_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


# The function, whose docstring is the help, and the function that adds the
# arguments.
Command = tuple[Callable[[cfg.ConfigOpts], None],
                Callable[[argparse.ArgumentParser], None]]
CATEGORIES: dict[str, tuple[str, dict[str, Command]]] = {
    'db': (_('Manage the database schema.'), {
        'sync': (sync, _add_no_arguments),
        'version': (version, arguments.add_format),
        'check': (check, arguments.add_format)}),
    'message': (_('Manage the stored messages.'), {
        'stats': (stats.stats, stats.add_arguments),
        'purge': (purge.purge, purge.add_arguments),
        'import': (import_.import_, import_.add_arguments)}),
}


def main(argv: list[str]) -> int:
    """Run a command; return the exit status."""
    conf = deploy.configure(
        argv, 'usermessages-manage', __doc__,
        [cfg.SubCommandOpt('category', title='categories',
                           handler=_add_commands)])
    _description, commands = CATEGORIES[conf.category.name]
    commands[conf.category.command][0](conf)
    return 0


def _add_commands(categories: argparse._SubParsersAction) -> None:
    for category, (description, members) in CATEGORIES.items():
        parser = categories.add_parser(category, help=description,
                                       description=description)
        commands = parser.add_subparsers(
            dest='command', required=True, title='commands')
        for name, (command, add_arguments) in members.items():
            summary, _blank, rest = (command.__doc__ or '').partition('\n')
            add_arguments(commands.add_parser(
                name, help=summary,
                description=f'{summary} {" ".join(rest.split())}'))
