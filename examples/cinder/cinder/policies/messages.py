# SPDX-License-Identifier: Apache-2.0

"""Policy rules for listing, showing and deleting messages."""

from cinder.policies import base
from usermessages import policies

DELETE_POLICY = 'message:delete'
GET_POLICY = 'message:get'
GET_ALL_POLICY = 'message:get_all'


def list_rules():
    return policies.list_rules(
        reader=base.SYSTEM_READER_OR_PROJECT_READER,
        member=base.SYSTEM_ADMIN_OR_PROJECT_MEMBER,
        admin=base.RULE_ADMIN_API,
        deprecated=lambda name: base.CinderDeprecatedRule(
            name, base.RULE_ADMIN_OR_OWNER))
