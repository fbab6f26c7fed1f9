# SPDX-License-Identifier: Apache-2.0

"""Messages for users whose image could not be imported."""

from urllib import error

import glance_store
from oslo_config import cfg

from glance.common import exception
from glance.i18n import _
from usermessages.message import api
from usermessages.message.catalog import Action
from usermessages.message.catalog import Catalog
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event
from usermessages.message.catalog import Remedy

CHECK_URL = Remedy('change_request', _(
    'Check the URL of the image, and import the image again.'))

FAILED = Event('000001', _('The request for the image failed.'))
IMPORT = Action('001', _('Importing the image'))
UNKNOWN = Detail('001', _('the reason is unknown.'))
NO_DOWNLOAD = Detail('002', _('the URL provides no complete image.'),
                     CHECK_URL)
REFUSED = Detail('003', _('the server in the URL refused the download.'),
                 CHECK_URL)
OVER_QUOTA = Detail('004', _('the quota of the project is exhausted.'),
                    Remedy('free_quota'))
NO_SPACE = Detail('005', _('the image store has no space.'),
                  Remedy('contact_operator'))
CATALOG = Catalog(
    'IMAGE', events=[FAILED], unknown_error=FAILED, actions=[IMPORT],
    details=[UNKNOWN, NO_DOWNLOAD, REFUSED, OVER_QUOTA, NO_SPACE],
    unknown_detail=UNKNOWN, resource_types=['IMAGE'], exceptions={
        error.URLError: NO_DOWNLOAD, exception.ImportTaskError: NO_DOWNLOAD,
        error.HTTPError: REFUSED, exception.LimitExceeded: OVER_QUOTA,
        exception.StorageQuotaFull: OVER_QUOTA,
        glance_store.StorageFull: NO_SPACE})
MESSAGE_API = api.API(cfg.CONF, catalog=CATALOG)
