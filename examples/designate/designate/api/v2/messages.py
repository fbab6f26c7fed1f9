# SPDX-License-Identifier: Apache-2.0

"""Serve messages with the context, policies and errors of Designate."""

from oslo_context import context as oslo_context

from designate.common import policies
import designate.conf
from designate import messages as designate_messages
from usermessages.api.v3 import factory
from usermessages.api.v3 import messages
from usermessages.api.v3 import resource
from usermessages.api import wsgi
from usermessages.db import api as db_api
from usermessages import policy

TYPES = {400: 'bad_request', 403: 'forbidden', 404: 'message_not_found',
         405: 'method_not_allowed'}


def scope(context, parameters):
    """Return all projects if the middleware found ``all_projects``."""
    return db_api.ALL_PROJECTS if context.all_tenants else None


def link_parameters(context):
    """Return the parameter that the middleware took from the query."""
    return {'all_projects': 'true'} if context.all_tenants else {}


def error_response(error):
    """Return an error with the keys of Designate."""
    response = wsgi.error_response(error)
    [fault] = response.json.values()
    response.json = {
        **fault, 'type': TYPES.get(fault['code'], 'unknown'),
        'request_id': oslo_context.get_current().request_id}
    return response


def messages_filter(application):
    """Wrap the application that serves the other resources."""
    return factory.filter_of(resource.Messages(
        messages.MessagesController(
            designate_messages.MESSAGE_API,
            policy.operator_policy(
                designate.conf.CONF, list(policies.list_rules())),
            messages.Settings(), scope, link_parameters),
        context_key='context', error_response=error_response))(application)
