# SPDX-License-Identifier: Apache-2.0

"""Types of resources in the shipped catalog.

``resource_types.VOLUME`` is stored and shown as ``VOLUME``.  A consuming
service defines constants of its own for its catalog.
"""

VOLUME = 'VOLUME'
VOLUME_SNAPSHOT = 'VOLUME_SNAPSHOT'
VOLUME_BACKUP = 'VOLUME_BACKUP'
