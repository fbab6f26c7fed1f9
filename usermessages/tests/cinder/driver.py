# SPDX-License-Identifier: Apache-2.0

"""A driver of volumes that are nowhere, for a Cinder without storage.

Its only pool has a hundred gigabytes.  A volume of ``BROKEN_GB`` is accepted
and then fails, with an exception that tells too much.  The scheduler fails for
a volume of ``UNSCHEDULABLE_GB``, with an exception that has no text.
"""

import logging

from cinder import exception
from cinder.volume import driver
import eventlet.patcher

LOG = logging.getLogger(__name__)

POOL_GB = 100
BROKEN_GB = 13
UNSCHEDULABLE_GB = 17
SNAPSHOT_LIMIT = 64
SECRET = 'hunter2'


class NowhereDriver(driver.BaseVD):

    VERSION = '1.0.0'

    def do_setup(self, context):
        LOG.warning('Threads are those of eventlet: %s',
                    eventlet.patcher.is_monkey_patched('thread'))

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        self._stats = {
            'volume_backend_name': 'nowhere', 'vendor_name': 'nobody',
            'driver_version': self.VERSION, 'storage_protocol': 'none',
            'total_capacity_gb': POOL_GB, 'free_capacity_gb': POOL_GB,
            'reserved_percentage': 0}

    def create_volume(self, volume):
        if volume.size == BROKEN_GB:
            raise RuntimeError(f'login as root:{SECRET} at 10.0.0.7 failed')

    def create_snapshot(self, snapshot):
        # Cinder raises the error in its API, before the driver is called.
        raise exception.OverQuota(
            overs=['gigabytes', 'snapshots'],
            quotas={'gigabytes': 1, 'snapshots': SNAPSHOT_LIMIT}, usages={})

    def delete_volume(self, volume):
        pass

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        pass

    def terminate_connection(self, volume, connector, **options):
        pass
