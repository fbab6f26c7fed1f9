# SPDX-License-Identifier: Apache-2.0

"""Care for the database of user messages.

``usermessages-manage db sync`` makes its table or brings it up to date,
``message stats`` counts what is in it, ``message purge`` removes what is
past its time, and ``message import`` takes back what only a log has.
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
from usermessages.wsgi import deploy


def sync(conf: cfg.ConfigOpts) -> None:
    """Make the table, or bring it up to date.

    Does nothing where it is.  Of several at the same time one works and
    the others wait.
    """
    migration.sync_url(db_api.connection_url(conf))
    print(_('The database is at version %s.') % migration.head())


def version(conf: cfg.ConfigOpts) -> None:
    """Print the version of the table, and the one that is needed."""
    found = migration.current_at(db_api.connection_url(conf))
    if conf.category.format == 'json':
        print(json.dumps({'database': found, 'needed': migration.head()}))
        return
    print(_('database: %s') % (found or _('no table')))
    print(_('needed:   %s') % migration.head())


def check(conf: cfg.ConfigOpts) -> None:
    """End with exit status 0 if the table is the one that is needed.

    For scripts: with 1 if "db sync" has to run, the package to be upgraded or
    the database to be started, and with a line that says which.
    """
    found = migration.current_at(db_api.connection_url(conf))
    if conf.category.format == 'json':
        print(json.dumps({'database': found, 'needed': migration.head(),
                          'up_to_date': found == migration.head()}))
        migration.check(found)
        return
    migration.check(found)
    print(_('The database is up to date.'))


def _nothing_more(parser: argparse.ArgumentParser) -> None:
    """Leave a command without arguments of its own."""


# Its function, whose docstring is the help, and what adds its arguments.
Command = tuple[Callable[[cfg.ConfigOpts], None],
                Callable[[argparse.ArgumentParser], None]]
CATEGORIES: dict[str, tuple[str, dict[str, Command]]] = {
    'db': (_('Care for the table.'), {
        'sync': (sync, _nothing_more),
        'version': (version, arguments.add_format),
        'check': (check, arguments.add_format)}),
    'message': (_('Care for the messages in the table.'), {
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
