# SPDX-License-Identifier: Apache-2.0

"""Ask oslo.policy whether a request may do what it wants.

``Policy(conf).authorize(context, 'message:get')`` raises ``Forbidden`` unless
the rule lets the user of the context do that in the project of the context.
"""

from typing import Any

from oslo_config import cfg
from oslo_policy import policy

from usermessages._i18n import _
from usermessages import config
from usermessages import exception
from usermessages import opts
from usermessages import policies


class Policy:
    """The rules of one configuration.

    :param enforcer: an enforcer of a host with the rules of
        ``usermessages.policies`` in it; by default a new one
    :raises ConfigurationError: the policy file of the operator is wrong
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 enforcer: policy.Enforcer | None = None):
        if enforcer is None:
            enforcer = policy.Enforcer(conf)
            enforcer.register_defaults(policies.list_rules())
            try:
                enforcer.load_rules()
            except (cfg.Error, ValueError, TypeError,
                    AttributeError) as error:
                raise exception.ConfigurationError(
                    _('The policy file can not be used: %s')
                    % ' '.join(str(error).split())) from error
        self._enforcer = enforcer

    def authorize(self, context: Any, rule: str) -> None:
        """Check a rule against the project of the context.

        :raises Forbidden: the rule says no, or the context has no project
        """
        if not context.project_id:
            raise exception.Forbidden(
                _('Messages belong to projects: a token with a project is '
                  'needed.'))
        if not self.allows(context, rule):
            raise exception.Forbidden(
                _("Policy doesn't allow %s to be performed.") % rule)

    def allows(self, context: Any, rule: str) -> bool:
        """Tell whether a rule lets the user of the context do that."""
        if not context.project_id:
            return False
        return bool(self._enforcer.authorize(
            rule, {'project_id': context.project_id}, context))


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the tools of oslo.policy."""
    enforcer = policy.Enforcer(config.load(
        opts.register_api_opts))
    enforcer.register_defaults(policies.list_rules())
    return enforcer
