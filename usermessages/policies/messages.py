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
PATH_PREFIX = '/v3'
GET_ALL = 'get_all'
GET = 'get'
DELETE = 'delete'
ALL_PROJECTS = ':all_projects'

# The method and the paths of each rule, after the prefix of the URLs.
_OPERATIONS = {
    GET_ALL: ('GET', ('messages', 'message_groups')),
    GET: ('GET', ('messages/{message_id}',)),
    DELETE: ('DELETE', ('messages/{message_id}',))}


def rules(prefix: str, reader: str, member: str, admin: str,
          deprecated: Deprecated | None = None,
          path_prefix: str = PATH_PREFIX) -> list[policy.RuleDefault]:
    """Return the rules for all operations, with the given checks."""
    return [
        policy.DocumentedRuleDefault(
            f'{prefix}:{name}', check, description,
            _operations(name.removesuffix(ALL_PROJECTS), path_prefix),
            scope_types=['project'],
            deprecated_rule=(deprecated(f'{prefix}:{name}')
                             if deprecated
                             and not name.endswith(ALL_PROJECTS)
                             else None))
        for name, check, description in (
            (GET_ALL, reader, 'List the messages of the project.'),
            (GET_ALL + ALL_PROJECTS, admin,
             'List the messages of all projects with ``all_tenants``, or of '
             'another one with ``project_id``.'),
            (GET, reader, 'Show a message of the project.'),
            (GET + ALL_PROJECTS, admin, 'Show a message of another project.'),
            (DELETE, member, 'Delete a message of the project.'),
            (DELETE + ALL_PROJECTS, admin,
             'Delete a message of another project.'))]


def _operations(name: str, path_prefix: str) -> list[Any]:
    method, paths = _OPERATIONS[name]
    return [{'method': method, 'path': f'{path_prefix}/{project}{path}'}
            for path in paths for project in ('', '{project_id}/')]
