# SPDX-License-Identifier: Apache-2.0

"""Recover messages of the coffee service from its log."""

import fileinput

from coffee import messages
from oslo_config import cfg
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import dead_letter

cfg.CONF([], project='coffee')
message_api = message_api.API(cfg.CONF, catalog=messages.CATALOG)
rejected = 0
for line in fileinput.input(errors='surrogateescape'):
    for record in dead_letter.parse_line(line):
        try:
            if record is not None:
                message_api.recover(record)
        except exception.InvalidMessage:
            record = None
        if record is None:
            rejected += 1
print(f'{rejected} messages rejected')
