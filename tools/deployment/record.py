#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Record two messages for the project whose ID is the argument.

Does the same as a service after a failure, in a separate process with the
configuration of the deployment in the directory
``OS_USERMESSAGES_CONFIG_DIR``.  Prints the ID of each message.
"""

import sys
import uuid

from usermessages import context
from usermessages.message import api
from usermessages.message import defined_messages
from usermessages.message import resource_types

message_api = api.API()
request_context = context.RequestContext()
[project_id] = sys.argv[1:]

for event in (defined_messages.UNABLE_TO_ALLOCATE,
              defined_messages.ATTACH_READONLY_VOLUME):
    print(message_api.create(
        request_context, event, project_id,
        resource_type=resource_types.VOLUME, resource_uuid=str(uuid.uuid4())))
