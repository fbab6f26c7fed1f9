# SPDX-License-Identifier: Apache-2.0

"""What a message of the shipped catalog can be about.

``resource_types.VOLUME`` is stored and shown as ``VOLUME``.  A host has
constants of its own and names them in its catalog.
"""

VOLUME = 'VOLUME'
VOLUME_SNAPSHOT = 'VOLUME_SNAPSHOT'
VOLUME_BACKUP = 'VOLUME_BACKUP'
