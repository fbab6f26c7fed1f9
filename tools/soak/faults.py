# SPDX-License-Identifier: Apache-2.0

"""What a fault is, and those that can happen to any database.

The docstring of the function that makes a fault is its name in the table.
"""

from collections.abc import Callable
import dataclasses
import time
from typing import Any


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something that happens to a database while it is used.

    :param make: have it happen, and end; takes the database
    :param at_start: before anybody uses the database
    :param deletes: those who read delete too
    :param needs_disk: it is the disk that this happens to
    """

    make: Callable[[Any], Any]
    at_start: bool = False
    deletes: bool = False
    needs_disk: bool = False

    @property
    def name(self) -> str:
        return str(self.make.__doc__)


def none(database: Any) -> None:
    """none"""
    time.sleep(10)


def down_at_start(database: Any) -> None:
    """started while the database is down 12 s"""
    time.sleep(12)
    database.serve()
