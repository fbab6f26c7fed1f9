# SPDX-License-Identifier: Apache-2.0

"""Check whether an upgrade can proceed.

``usermessages-status upgrade check`` exits with 0 if all checks succeed, with
1 if there are warnings, and with 2 if an upgrade cannot proceed.
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
from usermessages.cmd import config_checks
from usermessages.cmd import operator_command
from usermessages.cmd import unknown
from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import clock
from usermessages.db import migration
from usermessages.db import statistics
from usermessages import exception
from usermessages.message import catalog
from usermessages import opts
from usermessages import policy
from usermessages import terminal
from usermessages.wsgi import deploy

# With daily purges, no message expired longer ago, even after one failure.
_LATEST_PURGE = datetime.timedelta(days=2)

_DAY = datetime.timedelta(days=1)


def _warning_check(find: Callable[[cfg.ConfigOpts], Iterator[str]],
                   ) -> Callable[['Checks'], upgradecheck.Result]:
    """Return a check that reports problems as a warning."""
    def check(checks: 'Checks') -> upgradecheck.Result:
        problems = '  '.join(find(checks._conf))
        return upgradecheck.Result(
            upgradecheck.Code.WARNING if problems
            else upgradecheck.Code.SUCCESS,
            problems or None)

    return check


class Checks(upgradecheck.UpgradeCommands):
    """The checks before and after an upgrade."""

    def __init__(self, conf: cfg.ConfigOpts):
        super().__init__()
        self._conf = conf

    def check(self) -> upgradecheck.Code:
        """Run the checks, and print their results.

        :returns: the worst result
        """
        if not self._conf.command.json:
            return super().check()
        # The base class prints JSON only if its own main() runs.
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
        # The base class always uses 60 columns.  Each line has a frame, and
        # the first line has a label.
        columns = min(80, max(40, shutil.get_terminal_size().columns)) - 4
        return '\n'.join(textwrap.wrap(
            terminal.printable(result.details), columns,
            initial_indent=len('Details: ') * ' ', subsequent_indent='  ',
            break_on_hyphens=False)).lstrip()

    def _check_database(self) -> upgradecheck.Result:
        """Check that this package can use the table.

        A newer table is a warning.
        """
        def check() -> upgradecheck.Result:
            if self._conf.user_messages.table_mapping is not None:
                return upgradecheck.Result(
                    upgradecheck.Code.SUCCESS,
                    _('The service with the table mapping upgrades the '
                      'table.'))
            version = migration.current_at(
                db_api.connection_url(self._conf))
            warning = migration.newer_warning(version)
            if warning is not None:
                return upgradecheck.Result(upgradecheck.Code.WARNING, warning)
            migration.check(version)
            if not db_api.Connection(self._conf).has_unicode():
                return upgradecheck.Result(
                    upgradecheck.Code.WARNING,
                    _('The database, or the connection to it, does not hold '
                      'all of Unicode: a filter with another character '
                      'matches nothing.  Use a PostgreSQL database in UTF8; '
                      'leave charset and client_encoding out of the URL.'))
            return upgradecheck.Result(upgradecheck.Code.SUCCESS)

        return _database_result(check)

    def _check_expired(self) -> upgradecheck.Result:
        """Check that expired messages are purged."""
        def check() -> upgradecheck.Result:
            oldest = statistics.oldest_expires_at(
                operator_command.connection(self._conf), db_api.ALL_PROJECTS)
            age = timeutils.utcnow() - (oldest or datetime.datetime.max)
            if age <= _LATEST_PURGE:
                return upgradecheck.Result(upgradecheck.Code.SUCCESS)
            return upgradecheck.Result(
                upgradecheck.Code.WARNING,
                _('A message that expired %d days ago is still stored.  Run '
                  '"usermessages-manage message purge" once a day, for '
                  'example with usermessages-purge.timer.  Ignore this '
                  'warning if the purge uses --older-than.') % age.days)

        return _database_result(check)

    def _check_unknown(self) -> upgradecheck.Result:
        """Show the share of messages with an unknown reason; always passes.
        """
        try:
            report = unknown.report(
                self._conf, operator_command.connection(self._conf),
                db_api.ALL_PROJECTS, timeutils.utcnow() - _DAY)
        except exception.UserMessagesError:
            # Other checks report the catalog and the database.
            return upgradecheck.Result(
                upgradecheck.Code.SUCCESS, _('The share is not available.'))
        return upgradecheck.Result(
            upgradecheck.Code.SUCCESS,
            _('Of %(messages)d messages of the last day, %(unknown)d '
              '(%(share)s) have an unknown reason.') % {
                  'messages': report.messages, 'unknown': report.unknown,
                  'share': unknown.percent(report.unknown, report.messages)})

    def _check_clock(self) -> upgradecheck.Result:
        """Check that the clocks of this machine and the database agree."""
        def check() -> upgradecheck.Result:
            skew = clock.skew(db_api.Connection(self._conf))
            if abs(skew) <= clock.MAXIMUM_SKEW:
                return upgradecheck.Result(upgradecheck.Code.SUCCESS)
            return upgradecheck.Result(
                upgradecheck.Code.WARNING,
                _('The clock of this machine and that of the database differ '
                  'by %s (days, hours:minutes:seconds), so messages expire '
                  'too early or too late, and "usermessages-manage message '
                  'purge" removes nothing.  Synchronize the clocks.')
                % clock.without_fraction(skew))

        return _database_result(check)

    def _check_catalog(self) -> upgradecheck.Result:
        """Check that the catalog of messages can be loaded."""
        try:
            catalog.load(self._conf.user_messages.catalog)
        except exception.UserMessagesError as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_pipeline(self) -> upgradecheck.Result:
        """Check that the pipeline of the paste file validates tokens."""
        try:
            deploy.check_pipeline(self._conf)
        except exception.ConfigurationError as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

    def _check_policy_file(self) -> upgradecheck.Result:
        """Check that the policy file is valid and not in JSON."""
        try:
            with config.naming_options(self._conf):
                policy.operator_policy(self._conf)
        except exception.ConfigurationError as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return common_checks.check_policy_json(self, self._conf)

    _upgrade_checks: tuple[
        tuple[str, Callable[..., upgradecheck.Result]], ...] = (
        ('Database', _check_database),
        ('Expired messages', _check_expired),
        ('Unknown reasons', _check_unknown),
        ('Clock', _check_clock),
        ('Catalog', _check_catalog),
        ('Pipeline', _check_pipeline),
        ('Policy file', _check_policy_file),
        *((name, _warning_check(find))
          for name, find in config_checks.ALL.items()),
    )


def _database_result(
        check: Callable[[], upgradecheck.Result]) -> upgradecheck.Result:
    """Return the result of a check that reads the database."""
    try:
        return check()
    except exception.DatabaseUnavailable as error:
        return upgradecheck.Result(
            upgradecheck.Code.FAILURE,
            _('database unavailable (%s)') % error.reason)
    except exception.UserMessagesError as error:
        return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))


def main(argv: list[str]) -> int:
    """Run the checks; return the exit status."""
    def register(conf: cfg.ConfigOpts) -> None:
        opts.register_api_opts(conf)
        config_checks.register_opts(conf)
        conf.register_cli_opt(cfg.SubCommandOpt(
            'command', title='commands', handler=_add_commands))

    conf = config.load(register, argv, 'usermessages-status', __doc__)
    return Checks(conf).check()


def _add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands of all OpenStack services."""
    description = _('Check the requirements of an upgrade.')
    upgrade = commands.add_parser('upgrade', help=description,
                                  description=description)
    description = _('Check the database, the catalog and the '
                    'configuration.')
    check = upgrade.add_subparsers(
        dest='check', required=True, title='commands').add_parser(
            'check', help=description, description=description)
    check.add_argument(
        '--json', action='store_true',
        help=_('print a JSON object; results are 0 (success), 1 (warning) '
               'and 2 (failure)'))
