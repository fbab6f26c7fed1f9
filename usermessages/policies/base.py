# SPDX-License-Identifier: Apache-2.0

"""The roles that the rules of this package are made of.

``role:reader`` with a project reads, ``role:member`` with a project also
removes; an administrator does both without being a member.  Each rule starts
with what holds for most users, since each check in it costs time.
"""

from oslo_policy import policy

ADMIN = 'rule:user_messages_admin'
PROJECT_READER = 'rule:user_messages_project_reader'
PROJECT_MEMBER = 'rule:user_messages_project_member'

RULES = [
    policy.RuleDefault(
        'user_messages_admin', 'role:admin',
        description='Who administers the deployment.'),
    policy.RuleDefault(
        'user_messages_project_member',
        '(role:member and project_id:%(project_id)s) or role:admin',
        description='Who may change what belongs to the project.'),
    policy.RuleDefault(
        'user_messages_project_reader',
        '(role:reader and project_id:%(project_id)s) or '
        'rule:user_messages_project_member',
        description='Who may see what belongs to the project.'),
]
