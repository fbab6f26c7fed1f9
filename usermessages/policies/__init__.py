# SPDX-License-Identifier: Apache-2.0

"""Every policy rule of this package."""

import itertools

from oslo_policy import policy

from usermessages.policies import base
from usermessages.policies import messages


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules, for an enforcer and for the sample generator."""
    return list(itertools.chain(base.RULES, messages.RULES))
