# SPDX-License-Identifier: Apache-2.0

"""Levels of messages; the default is ``message_levels.ERROR``."""

ERROR = 'ERROR'
WARNING = 'WARNING'
INFO = 'INFO'

ALL = (ERROR, WARNING, INFO)
