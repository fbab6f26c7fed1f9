# SPDX-License-Identifier: Apache-2.0

"""Log calls, one per line, so that the calls of a killed process are known.

``Calls(path).add(id='...')`` returns when the line is with the system.
"""

import json
import os
from typing import Any


class Calls:
    """A file of calls, for several threads."""

    def __init__(self, path: str):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def add(self, **values: Any) -> None:
        """Write down a call."""
        # A write of so few bytes is complete or absent.
        os.write(self._file, json.dumps(values).encode() + b'\n')
