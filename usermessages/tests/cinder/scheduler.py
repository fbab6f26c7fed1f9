# SPDX-License-Identifier: Apache-2.0

"""A scheduler that fails for volumes of ``UNSCHEDULABLE_GB``."""

from cinder.scheduler import filter_scheduler

from usermessages.tests.cinder import driver


class Scheduler(filter_scheduler.FilterScheduler):

    def schedule_create_volume(self, context, request_spec, properties):
        if request_spec['volume_properties']['size'] == (
                driver.UNSCHEDULABLE_GB):
            raise RuntimeError(
                f'login as root:{driver.SECRET} at 10.0.0.7 failed')
        super().schedule_create_volume(context, request_spec, properties)
