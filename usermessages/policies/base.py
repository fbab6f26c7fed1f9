# SPDX-License-Identifier: Apache-2.0

"""The roles in the rules of this package.

Users with ``role:reader`` in a project can read messages, and users with
``role:member`` can also delete messages; administrators can do both.  Each
rule starts with the check that most users pass, since checks take time.
"""

from oslo_policy import policy

ADMIN = 'rule:user_messages_admin'
PROJECT_READER = 'rule:user_messages_project_reader'
PROJECT_MEMBER = 'rule:user_messages_project_member'

RULES = [
    policy.RuleDefault(
        'user_messages_admin', 'role:admin',
        description='Administrators of the deployment.'),
    policy.RuleDefault(
        'user_messages_project_member',
        '(role:member and project_id:%(project_id)s) or role:admin',
        description='Users who can change the resources of the project.'),
    policy.RuleDefault(
        'user_messages_project_reader',
        '(role:reader and project_id:%(project_id)s) or '
        'rule:user_messages_project_member',
        description='Users who can read the resources of the project.'),
]
