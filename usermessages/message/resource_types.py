# SPDX-License-Identifier: Apache-2.0

"""Types of resources in the shipped catalog.

``resource_types.VOLUME`` is stored and shown as ``VOLUME``.  A consuming
service defines its own constants.
"""

VOLUME = 'VOLUME'
VOLUME_SNAPSHOT = 'VOLUME_SNAPSHOT'
VOLUME_BACKUP = 'VOLUME_BACKUP'
