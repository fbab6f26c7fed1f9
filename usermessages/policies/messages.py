# SPDX-License-Identifier: Apache-2.0

"""Policy rules for listing, counting, showing and deleting messages.

``message:get`` applies to messages of the project of the token; only the rule
of the same name with ``:all_projects`` extends the scope.  Constants such as
``GET`` are names of rules without the prefix of the service.
"""

from collections.abc import Callable
from typing import Any

from oslo_policy import policy

Deprecated = Callable[[str], policy.DeprecatedRule]

PREFIX = 'message'
GET_ALL = 'get_all'
GET = 'get'
DELETE = 'delete'
ALL_PROJECTS = ':all_projects'

_LIST: list[Any] = [
    {'method': 'GET', 'path': '/v3/messages'},
    {'method': 'GET', 'path': '/v3/{project_id}/messages'},
    {'method': 'GET', 'path': '/v3/message_groups'},
    {'method': 'GET', 'path': '/v3/{project_id}/message_groups'}]
_SHOW: list[Any] = [
    {'method': 'GET', 'path': '/v3/messages/{message_id}'},
    {'method': 'GET', 'path': '/v3/{project_id}/messages/{message_id}'}]
_DELETE: list[Any] = [
    {'method': 'DELETE', 'path': '/v3/messages/{message_id}'},
    {'method': 'DELETE', 'path': '/v3/{project_id}/messages/{message_id}'}]


def rules(prefix: str, reader: str, member: str, admin: str,
          deprecated: Deprecated | None = None) -> list[policy.RuleDefault]:
    """Return the rules for all operations, with the given checks."""
    return [
        policy.DocumentedRuleDefault(
            f'{prefix}:{name}', check, description, operations,
            scope_types=['project'],
            deprecated_rule=(deprecated(f'{prefix}:{name}')
                             if deprecated
                             and not name.endswith(ALL_PROJECTS)
                             else None))
        for name, check, description, operations in (
            (GET_ALL, reader, 'List the messages of the project.', _LIST),
            (GET_ALL + ALL_PROJECTS, admin,
             'List the messages of all projects with ``all_tenants``, or of '
             'another one with ``project_id``.', _LIST),
            (GET, reader, 'Show a message of the project.', _SHOW),
            (GET + ALL_PROJECTS, admin, 'Show a message of another project.',
             _SHOW),
            (DELETE, member, 'Delete a message of the project.', _DELETE),
            (DELETE + ALL_PROJECTS, admin,
             'Delete a message of another project.', _DELETE))]
