# SPDX-License-Identifier: Apache-2.0

"""Messages for users whose zone the name servers do not serve."""

import dns.exception
import requests

import designate.conf
from designate import exceptions
from designate.i18n import _
from usermessages.message import api
from usermessages.message.catalog import Action
from usermessages.message.catalog import Catalog
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event
from usermessages.message.catalog import Remedy
from usermessages import opts

WAIT = Remedy('wait', _('The service repeats the change every few minutes.'))
CONTACT = Remedy('contact_operator')

FAILED = Event('000001', _('The request for the zone failed.'))
CREATE = Action('001', _('Creating the zone'))
UPDATE = Action('002', _('Updating the zone'))
DELETE = Action('003', _('Deleting the zone'))
UNKNOWN = Detail('001', _('the reason is unknown.'), CONTACT)
NO_RESPONSE = Detail('002', _('a name server does not respond.'), WAIT)
REJECTED = Detail('003', _('a name server rejects the change.'), CONTACT)
NOT_SERVED = Detail('004', _('a name server does not serve the change.'), WAIT)
CATALOG = Catalog(
    'DNS', events=[FAILED], unknown_error=FAILED,
    actions=[CREATE, UPDATE, DELETE],
    details=[UNKNOWN, NO_RESPONSE, REJECTED, NOT_SERVED],
    unknown_detail=UNKNOWN, resource_types=['ZONE'], exceptions={
        dns.exception.Timeout: NO_RESPONSE, ConnectionError: NO_RESPONSE,
        requests.ConnectionError: NO_RESPONSE, requests.Timeout: NO_RESPONSE,
        exceptions.Backend: REJECTED})

opts.register_opts(designate.conf.CONF)
designate.conf.CONF.set_default(
    'connection_group', 'storage:sqlalchemy', 'user_messages')
MESSAGE_API = api.API(designate.conf.CONF, catalog=CATALOG)


def zone_failed(context, zone, **reason):
    """Record why a zone gets the status ERROR; once for all repetitions."""
    if zone.status != 'ERROR':
        MESSAGE_API.create(
            context, project_id=zone.tenant_id, resource_type='ZONE',
            resource_uuid=zone.id, action={
                'CREATE': CREATE, 'DELETE': DELETE}.get(zone.action, UPDATE),
            **reason)
