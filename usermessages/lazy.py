# SPDX-License-Identifier: Apache-2.0

"""Compute an attribute at the first use, without deadlocks after a fork.

``@lazy.cached_property`` replaces ``functools.cached_property``.  A fork
copies one thread only, and a lock held by another thread at the fork stays
locked in the child indefinitely: the lock of ``functools.cached_property`` for
the whole class in Python 3.11, and the import lock of a module in all versions
of Python.  Therefore, a fork waits until no attribute is being computed.
"""

from collections.abc import Callable
import os
import threading
from typing import Any, Generic, overload, TypeVar

_T = TypeVar('_T')

# Held while a value is computed, and during each fork.
fork_lock = threading.RLock()
os.register_at_fork(before=fork_lock.acquire,
                    after_in_parent=fork_lock.release,
                    after_in_child=fork_lock.release)


class cached_property(Generic[_T]):  # noqa: N801
    """An attribute that is computed once; all threads see the same value."""

    def __init__(self, compute: Callable[[Any], _T]):
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None,
                owner: type) -> 'cached_property[_T]':
        ...

    @overload
    def __get__(self, instance: object, owner: type) -> _T:
        ...

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        # Python finds the attribute of the instance first.
        values = vars(instance)
        with fork_lock:
            if self._name not in values:
                values[self._name] = self._compute(instance)
        return values[self._name]


def state_without_cached(instance: object) -> dict[str, Any]:
    """Return the attributes without computed values, for ``__getstate__``.

    Another process cannot use a connection or a lock of this process.
    """
    return {name: value for name, value in vars(instance).items()
            if not isinstance(getattr(type(instance), name, None),
                              cached_property)}
