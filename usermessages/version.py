# SPDX-License-Identifier: Apache-2.0

"""Tell which version of the package is installed, as in ``1.2.0``."""

import importlib.metadata


def version_string() -> str:
    """Return the version that was installed, or ``unknown`` from a copy."""
    try:
        return importlib.metadata.version('usermessages')
    except importlib.metadata.PackageNotFoundError:
        return 'unknown'
