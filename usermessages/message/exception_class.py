# SPDX-License-Identifier: Apache-2.0

"""Describe the class of an exception for the log.

``describe(error)`` returns ``cinder.exception.VolumeDriverException``.  A
class that was created at run time can have any name, so a name counts only if
its module has the class under this name.
"""

import sys
from typing import Any

_QUALIFIED_NAME, _MODULE, _MRO = (
    vars(type)[name] for name in ('__qualname__', '__module__', '__mro__'))


def describe(exception: BaseException | None) -> str:
    """Return the module and the qualified name of the class of an exception.

    Does not raise exceptions, and reads only the class of the exception.

    :returns: ``subclass of`` and the nearest base class if the module does not
        have the class, as for exceptions from RPC; ``none`` without an
        exception
    """
    if exception is None:
        return 'none'
    cls = type(exception)
    for base in _MRO.__get__(cls):
        name = _name_in_module(base)
        if name is not None:
            return name if base is cls else f'subclass of {name}'
    return 'unknown'


def _name_in_module(cls: type) -> str | None:
    """Return the name under which a module has a class, or None."""
    try:
        module, name = _MODULE.__get__(cls), _QUALIFIED_NAME.__get__(cls)
        if type(module) is not str or type(name) is not str:
            return None
        found: Any = sys.modules[module]
        for part in name.split('.'):
            found = vars(found)[part]
    except Exception:
        # Anything can be in sys.modules and in a module.
        return None
    return f'{module}.{name}' if found is cls else None
