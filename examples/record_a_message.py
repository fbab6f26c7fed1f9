from usermessages import context
from usermessages.message import api as message_api
from usermessages.message import defined_messages
from usermessages.message import resource_types

message_api = message_api.API()
context = context.RequestContext()
project_id = '6c430ede-9476-4128-8838-8d3929ced223'
volume_id = 'f292cc0c-54a7-4b3b-8174-d2ff82d87008'

message_api.create(
    context,
    defined_messages.UNABLE_TO_ALLOCATE,
    project_id,
    resource_type=resource_types.VOLUME,
    resource_uuid=volume_id)
