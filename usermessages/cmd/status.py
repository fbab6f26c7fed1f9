# SPDX-License-Identifier: Apache-2.0

"""Tell an operator whether an upgrade can go on.

``usermessages-status upgrade check`` ends with 0 if all is well, 1 if there is
something to look at, and 2 if something has to be done first.
"""

from collections.abc import Callable
import datetime

from oslo_config import cfg
from oslo_upgradecheck import common_checks
from oslo_upgradecheck import upgradecheck
from oslo_utils import timeutils

from usermessages._i18n import _
from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import exception
from usermessages.message import catalog
from usermessages import opts
from usermessages import policy


# A daily removal leaves nothing that long, even where one of them failed.
_REMOVED_AFTER = datetime.timedelta(days=2)


class Checks(upgradecheck.UpgradeCommands):
    """What is checked before and after an upgrade."""

    def __init__(self, conf: cfg.ConfigOpts):
        super().__init__()
        self._conf = conf

    def _check_database(self) -> upgradecheck.Result:
        """Check that the tables are those that this package needs."""
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

    _upgrade_checks = (
        ('Database', _check_database),
        ('Expired messages', _check_expired),
        ('Catalog', _check_catalog),
        ('Policy file', _check_policy_file),
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
        upgradecheck.register_cli_options(conf, Checks(conf))

    conf = config.load(register, argv, 'usermessages-status', __doc__)
    # Its own run() would print a traceback where the output ends.
    return conf.command.action_fn()
