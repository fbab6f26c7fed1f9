# SPDX-License-Identifier: Apache-2.0

"""Parse responses of usermessages and other services.

``message(value)`` returns a message with the keys in ``FIELDS``, and ``group``
returns a group with the keys in ``GROUP_FIELDS``; a value is a text or None.
"""

from collections.abc import Iterable
import json
from typing import Any

from keystoneauth1 import exceptions as ksa_exceptions
from osc_lib import exceptions

from usermessagesclient._i18n import _
from usermessagesclient import terminal

Message = dict[str, str | None]

FIELDS = ('id', 'event_id', 'user_message', 'message_level', 'created_at',
          'guaranteed_until', 'request_id', 'global_request_id',
          'resource_type', 'resource_uuid', 'project_id', 'user_action',
          'hint', 'help')
GROUP_FIELDS = ('count', 'resources', 'message_level', 'resource_type',
                'user_message', 'first_at', 'last_at', 'latest_id',
                'event_id', 'user_action', 'hint', 'help')


def body(response: Any, key: str) -> dict[str, Any]:
    """Return the body of a response, which contains the key."""
    try:
        found = response.json()
        if isinstance(found[key], dict if key == 'message' else list):
            return found
    except (ValueError, TypeError, LookupError):
        pass
    raise no_messages(response.url)


def message(value: Any) -> Message:
    """Return the message in a value of any type."""
    if not isinstance(value, dict):
        value = {'user_message': value}
    return _texts(value, FIELDS)


def group(value: Any) -> Message:
    """Return the message group in a value, with numbers as text."""
    return _texts(value if isinstance(value, dict) else {}, GROUP_FIELDS)


def _texts(found: dict[str, Any], names: Iterable[str]) -> Message:
    return {name: value if value is None or isinstance(value, str)
            else json.dumps(value) for name, value in (
                (name, link(found, 'links', name) if name == 'help'
                 else found.get(name)) for name in names)}


def link(found: dict[str, Any], name: str, rel: str) -> Any:
    """Return the URL of a link, or None."""
    links = found.get(name)
    return next(
        (link.get('href', '') for link in (
            links if isinstance(links, list) else ())
         if isinstance(link, dict) and link.get('rel') == rel), None)


def no_messages(url: str | None) -> exceptions.CommandError:
    return exceptions.CommandError(
        _('The server at %s does not serve user messages.  Check '
          '--os-user-messages-service-type and '
          '--os-user-messages-endpoint-override.')
        % terminal.printable((url or '').partition('?')[0]))


def error_text(error: ksa_exceptions.ClientException) -> str:
    """Return the error of the service in one line.

    keystoneauth1 does not parse errors with other keys, such as
    ``{"itemNotFound": {"code": 404, "message": "..."}}``.
    """
    if not isinstance(error, ksa_exceptions.HttpError) or (
            error.response is None):
        return str(error)
    try:
        [body] = error.response.json().values()
        text = ' '.join(body['message'].split())
    except (ValueError, TypeError, LookupError, AttributeError):
        return str(error)
    text = f'{text} (HTTP {error.http_status})'
    return (f'{text} (Request-ID: {error.request_id})' if error.request_id
            else text)
