# SPDX-License-Identifier: Apache-2.0

"""Who may list, show and delete messages.

``message:get`` decides over the messages of the token's own project; the rule
of the same name with ``:all_projects`` is the only thing that widens that.
"""

from typing import Any

from oslo_policy import policy

from usermessages.policies import base

GET_ALL = 'message:get_all'
GET = 'message:get'
DELETE = 'message:delete'
ALL_PROJECTS = ':all_projects'

_LIST: list[Any] = [
    {'method': 'GET', 'path': '/v3/messages'},
    {'method': 'GET', 'path': '/v3/{project_id}/messages'}]
_SHOW: list[Any] = [
    {'method': 'GET', 'path': '/v3/messages/{message_id}'},
    {'method': 'GET', 'path': '/v3/{project_id}/messages/{message_id}'}]
_DELETE: list[Any] = [
    {'method': 'DELETE', 'path': '/v3/messages/{message_id}'},
    {'method': 'DELETE', 'path': '/v3/{project_id}/messages/{message_id}'}]

RULES = [
    policy.DocumentedRuleDefault(
        GET_ALL, base.PROJECT_READER,
        'List the messages of the project.', _LIST,
        scope_types=['project']),
    policy.DocumentedRuleDefault(
        GET_ALL + ALL_PROJECTS, base.ADMIN,
        'List the messages of all projects with ``all_tenants``, or of '
        'another one with ``project_id``.', _LIST, scope_types=['project']),
    policy.DocumentedRuleDefault(
        GET, base.PROJECT_READER,
        'Show a message of the project.', _SHOW, scope_types=['project']),
    policy.DocumentedRuleDefault(
        GET + ALL_PROJECTS, base.ADMIN,
        'Show a message of another project.', _SHOW,
        scope_types=['project']),
    policy.DocumentedRuleDefault(
        DELETE, base.PROJECT_MEMBER,
        'Delete a message of the project.', _DELETE,
        scope_types=['project']),
    policy.DocumentedRuleDefault(
        DELETE + ALL_PROJECTS, base.ADMIN,
        'Delete a message of another project.', _DELETE,
        scope_types=['project']),
]
