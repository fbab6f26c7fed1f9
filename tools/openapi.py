# SPDX-License-Identifier: Apache-2.0

"""Write the OpenAPI description of the API.

``python tools/openapi.py`` writes ``api-ref/source/openapi.json`` from the
tables that the code itself works with (routes, policy rules, filters, sort
keys, microversions, statuses) and from the texts of the API reference.
``--check`` writes nothing and ends with exit status 1 where the file is not
what would be written.
"""

import argparse
import json
import pathlib
import sys
from typing import Any

import yaml

from usermessages.api import filters
from usermessages.api import microversions
from usermessages.api.middleware import versions
from usermessages.api import pagination
from usermessages.api.v3 import routes
from usermessages.api import wsgi
from usermessages import fields
from usermessages.message import message_levels
from usermessages.message import user_actions
from usermessages import opts
from usermessages import policies

SOURCE = pathlib.Path(__file__).parents[1] / 'api-ref' / 'source'
FILE = SOURCE / 'openapi.json'

_RULES = {'index': 'message:get_all', 'index_groups': 'message:get_all',
          'show': 'message:get', 'delete': 'message:delete'}
_TIME = {'type': 'string', 'format': 'date-time'}
_UUID = {'type': 'string', 'format': 'uuid'}
_TEXT = {'type': 'string'}


class _Texts(dict[str, Any]):
    """The texts of the API reference, by name."""

    def __missing__(self, name: str) -> Any:
        raise SystemExit(
            f'Describe {name} in api-ref/source/parameters.yaml.')


def document() -> dict[str, Any]:
    """Return the description."""
    texts = _Texts(yaml.safe_load((SOURCE / 'parameters.yaml').read_text()))
    statuses = yaml.safe_load((SOURCE / 'http-status.yaml').read_text())
    service = microversions.USER_MESSAGES
    return {
        'openapi': '3.1.0',
        'info': {
            'title': 'User Messages',
            'version': microversions.as_text(service.maximum),
            'license': {'name': 'Apache 2.0', 'identifier': 'Apache-2.0'},
            'description': 'Tells the users of a project why something '
                           'failed after a request had been answered.',
        },
        'servers': [{'url': '/'}],
        'paths': {**_discovery(texts, statuses),
                  **_messages(texts, statuses)},
        'components': {
            'securitySchemes': {'token': {
                'type': 'apiKey', 'in': 'header', 'name': 'X-Auth-Token',
                'description': texts['x_auth_token']['description'].strip()}},
            'schemas': {**_schemas(texts), 'Fault': _fault()},
        },
    }


def _discovery(texts: dict[str, Any],
               statuses: dict[int, Any]) -> dict[str, Any]:
    """Return the paths that need no token."""
    paths: dict[str, Any] = {}
    for path, status in versions.STATUS.items():
        if path:
            paths[path] = {'get': {
                'operationId': f'versions{path.replace("/", "_")}',
                'summary': 'Show the versions of the API.',
                'responses': {
                    str(status): _answer(statuses, status, _closed({
                        'versions': _described(
                            texts, 'versions', {'type': 'array'})})),
                    **_faults(statuses, 400)}}}
    paths['/healthcheck'] = {'get': {
        'operationId': 'healthcheck',
        'summary': 'Check the service.',
        'responses': {
            '200': _answer(statuses, 200, _closed(
                {'status': {'const': 'OK'}})),
            **_faults(statuses, 503)}}}
    return paths


def _messages(texts: dict[str, Any],
              statuses: dict[int, Any]) -> dict[str, Any]:
    """Return the paths of messages, from the routes and the rules."""
    summaries = {rule.name: rule.description
                 for rule in policies.list_rules()}
    bodies: dict[str, tuple[int, Any]] = {
        'index': (200, {'$ref': '#/components/schemas/Messages'}),
        'index_groups': (200, _closed({
            'message_groups': {'type': 'array', 'items': {
                '$ref': '#/components/schemas/MessageGroup'}},
            'truncated': _described(texts, 'truncated',
                                    {'type': 'boolean'})})),
        'show': (200, _closed(
            {'message': {'$ref': '#/components/schemas/Message'}})),
        'delete': (204, None)}
    paths: dict[str, Any] = {}
    for path, methods in routes.ROUTES:
        in_path = [
            {'name': name, 'in': 'path', 'required': True, 'schema': _TEXT,
             'description': texts[f'{name}_path']['description'].strip()}
            for name in ('project_id', 'message_id') if f'{{{name}}}' in path]
        paths[path] = {'parameters': [*in_path, _version_header(texts)]}
        for method, action in methods.items():
            status, schema = bodies[action]
            suffix = '_of_project' if '{project_id}' in path else ''
            paths[path][method.lower()] = {
                'operationId': f'{action}{suffix}',
                'summary': summaries[_RULES[action]],
                'security': [{'token': []}],
                'parameters': [
                    *([_language_header(texts)] if method == 'GET' else []),
                    *(_list_parameters(texts, action)
                      if action != 'show' and method == 'GET' else [])],
                'responses': {
                    str(status): _answer(statuses, status, schema),
                    **_faults(statuses, 400, 403, 404, 406, 413, 500, 503),
                    '401': {'description': _status_text(statuses, 401)}}}
    return paths


def _version_header(texts: dict[str, Any]) -> dict[str, Any]:
    version = r'\s*[^\s,]+\s+[^\s,]+\s*'
    return {'name': microversions.HEADER, 'in': 'header', 'required': False,
            # A service and its version, once or more.
            'schema': {**_TEXT, 'pattern': f'^{version}(,{version})*$'},
            'description':
            texts['openstack_api_version']['description'].strip()}


def _language_header(texts: dict[str, Any]) -> dict[str, Any]:
    return {'name': wsgi.ACCEPT_LANGUAGE, 'in': 'header', 'required': False,
            'schema': _TEXT,
            'description': texts['accept_language']['description'].strip()}


def _list_parameters(texts: dict[str, Any],
                     action: str) -> list[dict[str, Any]]:
    """Return all query parameters of a list, from the tables of the code."""
    max_limit = next(opt.default for opt in opts.API_OPTS
                     if opt.name == 'max_limit')
    sort = fr'\s*({"|".join(fields.SORT_KEYS)})\s*(:\s*(asc|desc)\s*)?'
    schemas: dict[str, Any] = {
        'limit': {'type': 'integer', 'minimum': 0, 'default': max_limit},
        'offset': {'type': 'integer', 'minimum': 0, 'default': 0,
                   'maximum': pagination.MAXIMUM_OFFSET},
        'sort': {**_TEXT, 'pattern': f'^{sort}(,{sort}){{0,9}}$'},
        'sort_key': {'enum': list(fields.SORT_KEYS)},
        'sort_dir': {'enum': ['asc', 'desc']},
        'all_tenants': {'enum': ['', '1', 'true', '0', 'false']},
        'project_id': {**_TEXT, 'minLength': 1},
        **{name: _TIME for name in fields.TIME_FILTERS}}
    return [
        {'name': name, 'in': 'query', 'required': False,
         'schema': schemas.get(name, _TEXT),
         **({'deprecated': True} if name in ('sort_key', 'sort_dir') else {}),
         'description': (
             action == 'index_groups' and texts.get(f'groups_{name}')
             or texts.get(f'{name}_query')
             or texts[name])['description'].strip()}
        for name in (*(pagination.PARAMETERS if action == 'index' else ()),
                     *fields.EQUAL_FILTERS, *fields.TIME_FILTERS,
                     *filters.SCOPES)]


def _schemas(texts: dict[str, Any]) -> dict[str, Any]:
    link = _closed({'rel': _TEXT, 'href': {'type': 'string', 'format': 'uri'}})
    properties: dict[str, Any] = {
        'id': _UUID, 'event_id': _TEXT,
        'user_message': {'type': 'string', 'minLength': 1},
        'message_level': {'enum': list(message_levels.ALL)},
        'created_at': _TIME, 'guaranteed_until': _TIME, 'request_id': _TEXT,
        'links': {'type': 'array', 'minItems': 2, 'items': link},
        'resource_type': _TEXT, 'resource_uuid': _TEXT, 'project_id': _TEXT,
        'user_action': {'enum': list(user_actions.ALL)}, 'hint': _TEXT,
        'global_request_id': _TEXT,
        'parameters': {'type': 'object', 'minProperties': 1,
                       'additionalProperties': {
                           'type': ['integer', 'string']}}}
    group: dict[str, Any] = {
        **{name: properties[name] for name in (
            'event_id', 'user_message', 'message_level', 'resource_type',
            'user_action', 'hint')},
        'count': {'type': 'integer', 'minimum': 1},
        'resources': {'type': 'integer', 'minimum': 0},
        'first_at': _TIME, 'last_at': _TIME, 'latest_id': _UUID,
        'links': {'type': 'array', 'minItems': 1, 'items': link}}
    return {
        'MessageGroup': {
            'type': 'object', 'additionalProperties': False,
            'required': [name for name in group if texts.get(
                f'group_{name}', texts[name])['required']],
            'properties': {
                name: {**schema, 'description': texts.get(
                    f'group_{name}', texts[name])['description'].strip()}
                for name, schema in group.items()}},
        'Message': {
            'type': 'object', 'additionalProperties': False,
            'required': [
                name for name in properties if texts[name]['required']
                # The schema is that of all versions.
                and 'min_version' not in texts[name]],
            'properties': {name: _described(texts, name, schema)
                           for name, schema in properties.items()}},
        'Messages': {
            'type': 'object', 'additionalProperties': False,
            'required': ['messages'], 'properties': {
                'messages': {'type': 'array', 'items': {
                    '$ref': '#/components/schemas/Message'}},
                'messages_links': _described(
                    texts, 'messages_links',
                    {'type': 'array', 'items': link})}},
    }


def _fault() -> dict[str, Any]:
    """Return the schema of every error."""
    return {
        'type': 'object', 'minProperties': 1, 'maxProperties': 1,
        'additionalProperties': False,
        'properties': {key: _closed(
            {'code': {'type': 'integer'}, 'message': _TEXT})
            for key in sorted({*wsgi.KEYS.values(), wsgi.OTHER_KEY})}}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with exactly these properties."""
    return {'type': 'object', 'additionalProperties': False,
            'required': [*properties], 'properties': properties}


def _described(texts: dict[str, Any], name: str,
               schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, 'description': texts[name]['description'].strip()}


def _status_text(statuses: dict[int, Any], status: int) -> str:
    return str(statuses[status]['default']).strip()


def _answer(statuses: dict[int, Any], status: int,
            schema: dict[str, Any] | None) -> dict[str, Any]:
    answer: dict[str, Any] = {'description': _status_text(statuses, status)}
    if schema is not None:
        answer['content'] = {'application/json': {'schema': schema}}
    return answer


def _faults(statuses: dict[int, Any], *which: int) -> dict[str, Any]:
    return {str(status): _answer(
        statuses, status, {'$ref': '#/components/schemas/Fault'})
        for status in which}


def main() -> int:
    """Write or check the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--check', action='store_true',
                        help='write nothing, fail where the file is old')
    arguments = parser.parse_args()
    text = json.dumps(document(), indent=2) + '\n'
    if not arguments.check:
        FILE.write_text(text)
    elif not FILE.exists() or FILE.read_text() != text:
        print(f'{FILE.name} is old: run "python tools/openapi.py".',
              file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
