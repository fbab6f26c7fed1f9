# SPDX-License-Identifier: Apache-2.0

"""How serious a message is: ``message_levels.ERROR`` unless said otherwise."""

ERROR = 'ERROR'
WARNING = 'WARNING'
INFO = 'INFO'

ALL = (ERROR, WARNING, INFO)
