# SPDX-License-Identifier: Apache-2.0

"""Ask whether a request may do what it wants.

``of_operator(conf).authorize(context, 'get')`` raises ``Forbidden`` unless the
rule ``message:get`` lets the user of the context do that in the project of the
context.
"""

from collections.abc import Callable, Mapping
import time
from typing import Any

from oslo_config import cfg
from oslo_policy import policy

from usermessages._i18n import _
from usermessages import config
from usermessages import exception
from usermessages import opts
from usermessages import policies
from usermessages.policies import messages as rules

_LOOK_SECONDS = 1

Authorizer = Callable[[Any, str, Mapping[str, str]], Any]


class Policy:
    """The rules of one service.

    :param authorizer: tells whether a rule lets the user of a context act on
        a target, ``authorizer(context, rule, target)``; the target has the
        ``project_id`` of the context.  A host passes what it has; where that
        raises unless told otherwise, it tells it
    :param prefix: what the names of the rules start with
    """

    def __init__(self, authorizer: Authorizer, prefix: str = rules.PREFIX):
        self._authorizer = authorizer
        self._prefix = prefix

    def authorize(self, context: Any, rule: str) -> None:
        """Check a rule against the project of the context.

        :raises Forbidden: the rule says no, or the context has no project
        """
        if not _project_id(context):
            raise exception.Forbidden(
                _('Messages belong to projects: a token with a project is '
                  'needed.'))
        if not self.allows(context, rule):
            raise exception.Forbidden(
                _("Policy doesn't allow %s to be performed.")
                % self._name(rule))

    def allows(self, context: Any, rule: str) -> bool:
        """Tell whether a rule lets the user of the context do that."""
        project_id = _project_id(context)
        if not project_id:
            return False
        return bool(self._authorizer(
            context, self._name(rule), {'project_id': project_id}))

    def _name(self, rule: str) -> str:
        return f'{self._prefix}:{rule}'


def _project_id(context: Any) -> str | None:
    return getattr(context, 'project_id', None)


def of_operator(conf: cfg.ConfigOpts) -> Policy:
    """Return the rules of this package, as the policy file changes them.

    :raises ConfigurationError: the policy file of the operator is wrong
    """
    enforcer = _enforcer(conf)
    try:
        enforcer.load_rules()
    except (cfg.Error, ValueError, TypeError, AttributeError) as error:
        raise exception.ConfigurationError(
            _('The policy file can not be used: %s')
            % ' '.join(str(error).split())) from error
    return Policy(lambda context, rule, target: enforcer.authorize(
        rule, target, context))


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the tools of oslo.policy."""
    return _enforcer(config.load(opts.register_api_opts))


class _Enforcer(policy.Enforcer):
    """Rules whose files are looked at once a second at most.

    Otherwise that is done for each request, and takes as long as a query.
    """

    _next_look = 0.0

    def load_rules(self, force_reload: bool = False) -> None:
        now = time.monotonic()
        if force_reload or now >= self._next_look:
            super().load_rules(force_reload)
            self._next_look = now + _LOOK_SECONDS


def _enforcer(conf: cfg.ConfigOpts) -> policy.Enforcer:
    enforcer = _Enforcer(conf)
    enforcer.register_defaults(policies.list_rules())
    return enforcer
