# SPDX-License-Identifier: Apache-2.0

"""All policy rules of this package."""

from oslo_policy import policy

from usermessages.policies import base
from usermessages.policies import messages


def list_rules(prefix: str = messages.PREFIX, reader: str | None = None,
               member: str | None = None, admin: str | None = None,
               deprecated: messages.Deprecated | None = None,
               path_prefix: str = messages.PATH_PREFIX,
               ) -> list[policy.RuleDefault]:
    """Return the rules, for an enforcer and for the sample generator.

    A consuming service adds the rules to its enforcer, with its own checks::

        enforcer.register_defaults(policies.list_rules(
            reader='rule:project_reader', member='rule:project_member',
            admin='rule:context_is_admin'))

    :param prefix: the prefix of the names of the rules, as in ``message:get``
    :param reader: the check for users who can read messages of their project
    :param member: the check for users who can delete messages of their project
    :param admin: the check for users who can do both in all projects
    :param deprecated: a function that returns the previous rule of the service
        for the name of a rule, except for the new rules for all projects
    :param path_prefix: the prefix of the URLs of messages in the service, for
        the documentation of the rules

    If a check is missing, the rules ``user_messages_...`` replace the check
    and are part of the list.
    """
    checks = (reader, member, admin)
    return [
        *([] if all(checks) else base.RULES),
        *messages.rules(prefix, reader or base.PROJECT_READER,
                        member or base.PROJECT_MEMBER, admin or base.ADMIN,
                        deprecated, path_prefix)]
