# SPDX-License-Identifier: Apache-2.0

"""The version of the installed package, such as ``1.2.0``."""

import importlib.metadata


def version_string() -> str:
    """Return the installed version, or ``unknown`` without an installation."""
    try:
        return importlib.metadata.version('usermessages')
    except importlib.metadata.PackageNotFoundError:
        return 'unknown'
