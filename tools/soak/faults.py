# SPDX-License-Identifier: Apache-2.0

"""The definition of a fault, and the faults of all databases.

The docstring of the function that makes a fault is its name in the table.
"""

from collections.abc import Callable
import dataclasses
import time
from typing import Any


@dataclasses.dataclass(frozen=True)
class Fault:
    """An event that a database suffers while it is used.

    :param make: have the event happen, and end; takes the database
    :param at_start: before the first use of the database
    :param deletes: readers delete too
    :param needs_disk: the fault concerns the disk
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
