# SPDX-License-Identifier: Apache-2.0

"""Every policy rule of this package."""

from oslo_policy import policy

from usermessages.policies import base
from usermessages.policies import messages


def list_rules(prefix: str = messages.PREFIX, reader: str | None = None,
               member: str | None = None, admin: str | None = None,
               deprecated: messages.Deprecated | None = None,
               ) -> list[policy.RuleDefault]:
    """Return the rules, for an enforcer and for the sample generator.

    A host adds them to its own enforcer, with its own rules in them::

        enforcer.register_defaults(policies.list_rules(
            reader='rule:project_reader', member='rule:project_member',
            admin='rule:context_is_admin'))

    :param prefix: what the names of the rules start with, as in
        ``message:get``
    :param reader: check for who may see messages of their project
    :param member: check for who may delete them
    :param admin: check for who may do both in every project
    :param deprecated: returns what the service has checked until now, by the
        name of a rule; not asked for those of all projects, which are new

    Without one of the checks, the rules ``user_messages_...`` stand in for it
    and are in the list too.
    """
    given = (reader, member, admin)
    return [
        *([] if all(given) else base.RULES),
        *messages.rules(prefix, reader or base.PROJECT_READER,
                        member or base.PROJECT_MEMBER, admin or base.ADMIN,
                        deprecated)]
