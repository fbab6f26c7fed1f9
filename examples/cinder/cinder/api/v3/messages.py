# SPDX-License-Identifier: Apache-2.0

"""The messages at /v3/{project_id}/messages, served by usermessages."""

from oslo_config import cfg
import webob

from cinder.api import common
from cinder.api import microversions as mv
from cinder.api.openstack import api_version_request
from cinder.api.openstack import wsgi
from cinder import exception
from cinder.message import api as message_api
from usermessages.api import microversions
from usermessages.api.v3 import messages
from usermessages.api import wsgi as messages_wsgi
from usermessages import exception as messages_exception
from usermessages import fields
from usermessages.policy import Policy

CONF = cfg.CONF


class MessagesController(wsgi.Controller):

    def __init__(self, ext_mgr):
        super().__init__()
        enabled = common.get_enabled_resource_filters('message').get(
            'message', ())
        self._versions = microversions.compat_versions(
            'volume', api_version_request.max_api_version().get_string())
        self._messages = messages.MessagesController(
            message_api.API(),
            Policy(lambda context, rule, target: context.authorize(
                rule, target, fatal=False)),
            messages.Settings(
                public_endpoint=CONF.public_endpoint
                and CONF.public_endpoint.rstrip('/') + '/v3',
                max_limit=CONF.osapi_max_limit,
                resource_filters=[name for name in fields.EQUAL_FILTERS
                                  if {name, f'{name}~'} & {*enabled}],
                like_filters=[name for name in fields.LIKE_FILTERS
                              if f'{name}~' in enabled]))

    @wsgi.Controller.api_version(mv.MESSAGES)
    def index(self, req):
        return self._answer(self._messages.index, req)

    @wsgi.Controller.api_version(mv.MESSAGES)
    def show(self, req, id):
        return self._answer(self._messages.show, req, id)

    @wsgi.Controller.api_version(mv.MESSAGES)
    def delete(self, req, id):
        self._answer(self._messages.delete, req, id)
        return webob.Response(status_int=204)

    def _answer(self, method, req, *message_id):
        request = messages_wsgi.Request(req.environ)
        request.context = req.environ['cinder.context']
        request.microversion = microversions.decide(
            f'volume {req.api_version_request.get_string()}', self._versions)
        try:
            return method(request, request.url_project_id, *message_id)
        except messages_exception.MessageNotFound as error:
            raise exception.MessageNotFound(message_id=error.message_id)
        except messages_exception.Forbidden as error:
            raise exception.NotAuthorized(str(error))
        except messages_exception.UserMessagesError as error:
            failure = error
        raise messages_wsgi.http_error(failure)


def create_resource(ext_mgr):
    return wsgi.Resource(MessagesController(ext_mgr))
