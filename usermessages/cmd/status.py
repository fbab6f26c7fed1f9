# SPDX-License-Identifier: Apache-2.0

"""Tell an operator whether an upgrade can go on.

``usermessages-status upgrade check`` ends with 0 if all is well, 1 if there is
something to look at, and 2 if something has to be done first.
"""

import argparse
from collections.abc import Callable, Iterator
import datetime
import json
import shutil
import textwrap

from oslo_config import cfg
from oslo_upgradecheck import common_checks
from oslo_upgradecheck import upgradecheck
from oslo_utils import timeutils

from usermessages._i18n import _
from usermessages.cmd import traps
from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import exception
from usermessages.message import catalog
from usermessages import opts
from usermessages import policy


# A daily removal leaves nothing that long, even where one of them failed.
_REMOVED_AFTER = datetime.timedelta(days=2)


def _warning_of(find: Callable[[cfg.ConfigOpts], Iterator[str]],
                ) -> Callable[['Checks'], upgradecheck.Result]:
    """Return a check that the configuration does what it looks like."""
    def check(checks: 'Checks') -> upgradecheck.Result:
        found = '  '.join(find(checks._conf))
        return upgradecheck.Result(
            upgradecheck.Code.WARNING if found else upgradecheck.Code.SUCCESS,
            found or None)

    return check


class Checks(upgradecheck.UpgradeCommands):
    """What is checked before and after an upgrade."""

    def __init__(self, conf: cfg.ConfigOpts):
        super().__init__()
        self._conf = conf

    def check(self) -> upgradecheck.Code:
        """Run the checks, and print what came of them as it was asked for.

        :returns: the worst
        """
        if not self._conf.command.json:
            return super().check()
        # The base prints JSON for the configuration of its own main only.
        results = [(name, check(self)) for name, check
                   in self._upgrade_checks]
        print(json.dumps({
            'name': str(self.display_title),
            'checks': [{'check': name, 'result': result.code,
                        'details': result.details}
                       for name, result in results]}))
        return max(result.code for _name, result in results)

    def _get_details(self, result: upgradecheck.Result) -> str | None:
        """Return the details of a result, in lines that fit the terminal."""
        if result.details is None:
            return None
        # The base has 60 columns everywhere.  The first line starts with a
        # name, and each with a frame.
        columns = min(80, max(40, shutil.get_terminal_size().columns)) - 4
        return '\n'.join(textwrap.wrap(
            result.details, columns, initial_indent=len('Details: ') * ' ',
            subsequent_indent='  ', break_on_hyphens=False)).lstrip()

    def _check_database(self) -> upgradecheck.Result:
        """Check that the table is the one that this package needs."""
        def check() -> upgradecheck.Result:
            migration.check(
                migration.current_at(db_api.connection_url(self._conf)))
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)

        return _of_database(check)

    def _check_expired(self) -> upgradecheck.Result:
        """Check that somebody removes the messages past their time."""
        def check() -> upgradecheck.Result:
            oldest = db_api.Connection(self._conf).oldest_expires_at()
            age = timeutils.utcnow() - (oldest or datetime.datetime.max)
            if age <= _REMOVED_AFTER:
                return upgradecheck.Result(upgradecheck.Code.SUCCESS)
            return upgradecheck.Result(
                upgradecheck.Code.WARNING,
                _('A message has been past its time for %d days and is still '
                  'stored: run "usermessages-manage message purge" once a '
                  'day, as usermessages-purge.timer does.  With --older-than '
                  'it leaves some on purpose.') % age.days)

        return _of_database(check)

    def _check_catalog(self) -> upgradecheck.Result:
        """Check that the catalog of messages can be loaded."""
        try:
            catalog.load(self._conf.user_messages.catalog)
        except exception.UserMessagesError as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_policy_file(self) -> upgradecheck.Result:
        """Check that the policy file is not in JSON, and can be used."""
        try:
            policy.of_operator(self._conf)
        except exception.ConfigurationError as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return common_checks.check_policy_json(self, self._conf)

    _upgrade_checks: tuple[
        tuple[str, Callable[..., upgradecheck.Result]], ...] = (
        ('Database', _check_database),
        ('Expired messages', _check_expired),
        ('Catalog', _check_catalog),
        ('Policy file', _check_policy_file),
        *((name, _warning_of(find)) for name, find in traps.ALL.items()),
    )


def _of_database(check: Callable[[], upgradecheck.Result],
                 ) -> upgradecheck.Result:
    """Return the outcome of a check that asks the database."""
    try:
        return check()
    except exception.DatabaseUnavailable as error:
        return upgradecheck.Result(
            upgradecheck.Code.FAILURE,
            _('the database does not answer (%s)') % error.reason)
    except exception.UserMessagesError as error:
        return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))


def main(argv: list[str]) -> int:
    """Run the checks; return the exit status."""
    def register(conf: cfg.ConfigOpts) -> None:
        opts.register_api_opts(conf)
        traps.register_opts(conf)
        conf.register_cli_opt(cfg.SubCommandOpt(
            'command', title='commands', handler=_add_commands))

    conf = config.load(register, argv, 'usermessages-status', __doc__)
    return Checks(conf).check()


def _add_commands(commands: argparse._SubParsersAction) -> None:
    """Let a parser understand what the commands of all services do."""
    description = _('Look at what an upgrade needs.')
    upgrade = commands.add_parser('upgrade', help=description,
                                  description=description)
    description = _('Look at the database, the catalog and the '
                    'configuration, and say what to do about each.')
    check = upgrade.add_subparsers(
        dest='check', required=True, title='commands').add_parser(
            'check', help=description, description=description)
    check.add_argument(
        '--json', action='store_true',
        help=_('print an object for programs; its results are 0, 1 and 2, as '
               'the exit status'))
