# SPDX-License-Identifier: Apache-2.0

"""Tell an operator whether an upgrade can go on.

``usermessages-status upgrade check`` ends with 0 if all is well, 1 if there is
something to look at, and 2 if something has to be done first.
"""

import sys

from oslo_config import cfg
from oslo_upgradecheck import common_checks
from oslo_upgradecheck import upgradecheck

from usermessages._i18n import _
from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import migration
from usermessages import exception
from usermessages.message import catalog
from usermessages import opts
from usermessages import policy


class Checks(upgradecheck.UpgradeCommands):
    """What is checked before and after an upgrade."""

    def __init__(self, conf: cfg.ConfigOpts):
        super().__init__()
        self._conf = conf

    def _check_database(self) -> upgradecheck.Result:
        """Check that the tables are those that this package needs."""
        try:
            migration.check(
                migration.current_at(db_api.connection_url(self._conf)))
        except exception.DatabaseUnavailable as error:
            return upgradecheck.Result(
                upgradecheck.Code.FAILURE,
                _('the database does not answer (%s)') % error.reason)
        except exception.UserMessagesError as error:
            return upgradecheck.Result(upgradecheck.Code.FAILURE, str(error))
        return upgradecheck.Result(upgradecheck.Code.SUCCESS)

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
        ('Catalog', _check_catalog),
        ('Policy file', _check_policy_file),
    )


def main(argv: list[str] | None = None) -> int:
    """Run the checks; return the exit status."""
    def register(conf: cfg.ConfigOpts) -> None:
        opts.register_api_opts(conf)
        upgradecheck.register_cli_options(conf, Checks(conf))

    try:
        return upgradecheck.run(config.load(
            register, sys.argv[1:] if argv is None else argv,
            'usermessages-status', __doc__))
    except exception.UserMessagesError as error:
        print(f'usermessages-status: {error}', file=sys.stderr)
        return 1
