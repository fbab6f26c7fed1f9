# SPDX-License-Identifier: Apache-2.0

"""JSON of messages.

A message has ten keys for the service type ``volume``, since clients of Cinder
reject other keys; versions of ``user-messages`` add ``project_id``, the
remedy, the global request ID and the parameters.  The catalog provides the
text when a user reads the message, in the language of the user.
"""

from collections.abc import Mapping, Sequence
import datetime
import re
from typing import Any
from urllib import parse

from usermessages.api.microversions import Microversion
from usermessages.features import Feature
from usermessages.message import catalog as message_catalog
from usermessages.message import message_levels

_VERSION = re.compile(r'/v[0-9]+(\.[0-9]+)?$')


class View:
    """The messages of one request.

    :param base_url: base URL of all links, without a final slash.  The links
        ``bookmark`` omit a final version
    :param url_project_id: the project in the URL of the request, or None; the
        links contain the same project
    :param language: the language of the texts, a language of the catalog
    :param help_url: prefix of help links, or None
    """

    def __init__(self, catalog: message_catalog.Catalog,
                 microversion: Microversion, base_url: str,
                 url_project_id: str | None, language: str,
                 help_url: str | None = None):
        self._catalog = catalog
        self._language = language
        self._help_url = help_url
        self._shows_project = Feature.PROJECT_ID in microversion
        self._shows_remedy = Feature.REMEDIES in microversion
        self._shows_parameters = Feature.PARAMETERS in microversion
        self._shows_global_request_id = (
            Feature.GLOBAL_REQUEST_ID in microversion)
        path = 'messages'
        if url_project_id:
            path = f'{parse.quote(url_project_id, safe="")}/messages'
        self._self_prefix = f'{base_url}/{path}/'
        self._bookmark_prefix = f'{_VERSION.sub("", base_url)}/{path}/'

    def index(self, messages: Sequence[Mapping[str, Any]],
              next_link: Mapping[str, str] | None) -> dict[str, Any]:
        """Return the body of a list."""
        body: dict[str, Any] = {
            'messages': [self._message(message) for message in messages]}
        if next_link is not None:
            body['messages_links'] = [next_link]
        return body

    def show(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of a single message."""
        return {'message': self._message(message)}

    def index_groups(self, groups: Sequence[Mapping[str, Any]],
                     is_truncated: bool) -> dict[str, Any]:
        """Return the body with the groups of messages."""
        return {'message_groups': [self._group(group) for group in groups],
                'truncated': is_truncated}

    def _group(self, group: Mapping[str, Any]) -> dict[str, Any]:
        body = {
            'event_id': group['event_id'],
            # The messages of a group have different parameters.
            'user_message': self._catalog.text(
                group['event_id'], group['action_id'], group['detail_id'],
                self._language),
            'message_level': _level(group),
            'count': group['count'],
            'resources': group['resources'],
            'first_at': _time(group['first_at']),
            'last_at': _time(group['last_at']),
            'latest_id': group['latest_id'],
            'links': [{'rel': 'latest',
                       'href': self._self_prefix + group['latest_id']}]}
        if group['resource_type']:
            body['resource_type'] = group['resource_type']
        self._add_remedy(body, group)
        return body

    def _message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        text, values = self._catalog.render(
            message['event_id'], message['action_id'], message['detail_id'],
            self._language, message['parameters'])
        body = {
            'id': message['id'],
            'event_id': message['event_id'],
            'user_message': text,
            'message_level': _level(message),
            'created_at': _time(message['created_at']),
            'guaranteed_until': _time(message['expires_at']),
            'request_id': message['request_id'],
            'links': [
                {'rel': 'self', 'href': self._self_prefix + message['id']},
                {'rel': 'bookmark',
                 'href': self._bookmark_prefix + message['id']}],
        }
        if message['resource_type']:
            body['resource_type'] = message['resource_type']
        if message['resource_uuid']:
            body['resource_uuid'] = message['resource_uuid']
        if self._shows_project:
            body['project_id'] = message['project_id']
        if self._shows_global_request_id:
            body['global_request_id'] = message['global_request_id']
        if self._shows_parameters and values:
            body['parameters'] = values
        if self._shows_remedy:
            self._add_remedy(body, message)
        return body

    def _add_remedy(self, body: dict[str, Any],
                    message: Mapping[str, Any]) -> None:
        event_id, action_id, detail_id = (
            message['event_id'], message['action_id'], message['detail_id'])
        remedy = self._catalog.remedy(event_id, action_id, detail_id,
                                      self._language)
        if remedy is not None:
            body['user_action'] = remedy.user_action
            if remedy.hint:
                body['hint'] = remedy.hint
        # IDs of a catalog need no encoding; other IDs can be any text.
        if self._help_url and self._catalog.defines(
                event_id, message['resource_type'], action_id, detail_id):
            body['links'].append(
                {'rel': 'help', 'href': self._help_url + event_id})


def _level(row: Mapping[str, Any]) -> str:
    level = row['message_level']
    return level if level in message_levels.ALL else message_levels.ERROR


def _time(timestamp: datetime.datetime) -> str:
    return timestamp.isoformat(timespec='microseconds') + '+00:00'
