# SPDX-License-Identifier: Apache-2.0

"""The messages of the shipped catalog, which is that of a volume service.

To add one, add a line: a constant, an ID that was never used before, a text
that every user of a project may read, and a remedy where they can do
something about it.  ``UNABLE_TO_ALLOCATE == '000002'``
is what a service passes to ``create()``.  The IDs are those that Cinder gives
to the same facts.  ``tox -e i18n`` hands the texts on to the translators, and
``usermessages-catalog lock`` puts the ID on record.
"""

from usermessages import _i18n
from usermessages._i18n import N_
from usermessages.message import catalog
from usermessages.message.catalog import Action
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event
from usermessages.message.catalog import Remedy
from usermessages.message import resource_types
from usermessages.message import user_actions

_ASK_WITH_REQUEST_ID = Remedy(user_actions.CONTACT_OPERATOR, N_(
    'Tell an operator the request ID of this message: it leads to the '
    'reason.'))
_ASK_FOR_ANOTHER_VOLUME = Remedy(user_actions.CHANGE_REQUEST, N_(
    'Ask for a smaller volume, another volume type or another availability '
    'zone.'))

UNKNOWN_ERROR = Event('000001', N_(
    'Something went wrong, and the service has no explanation to offer.'),
    remedy=_ASK_WITH_REQUEST_ID)
UNABLE_TO_ALLOCATE = Event('000002', N_(
    'No storage could be allocated for this volume request.'),
    remedy=_ASK_FOR_ANOTHER_VOLUME)
ATTACH_READONLY_VOLUME = Event('000003', N_(
    'This volume is read-only: attach it in read-only mode.'),
    remedy=Remedy(user_actions.CHANGE_REQUEST))
IMAGE_FROM_VOLUME_OVER_QUOTA = Event('000004', N_(
    'The volume was not copied to an image: the project has used up its '
    'image quota. Remove images or ask for a higher quota.'),
    remedy=Remedy(user_actions.FREE_QUOTA))
UNMANAGE_ENCRYPTED_VOLUME_UNSUPPORTED = Event('000005', N_(
    'An encrypted volume has to stay under management.'),
    remedy=Remedy(user_actions.NONE))


class Actions:
    """What was going on."""

    SCHEDULE_ALLOCATE_VOLUME = Action('001', N_('find room for a volume'))
    ATTACH_VOLUME = Action('002', N_('connect a volume'))
    COPY_VOLUME_TO_IMAGE = Action('003', N_('make an image of a volume'))
    UPDATE_ATTACHMENT = Action('004', N_('change an attachment'))
    COPY_IMAGE_TO_VOLUME = Action('005', N_('fill a volume from an image'))
    UNMANAGE_VOLUME = Action('006', N_('release a volume from management'))
    EXTEND_VOLUME = Action('007', N_('enlarge a volume'))
    CREATE_VOLUME_FROM_BACKEND = Action('008', N_('make a volume'))
    SNAPSHOT_CREATE = Action('009', N_('take a snapshot'))
    SNAPSHOT_DELETE = Action('010', N_('remove a snapshot'))
    BACKUP_CREATE = Action('013', N_('take a backup'))
    BACKUP_DELETE = Action('014', N_('remove a backup'))
    BACKUP_RESTORE = Action('015', N_('restore from a backup'))


class Details:
    """What went wrong, and what users can do about it."""

    UNKNOWN_ERROR = Detail(
        '001', N_('the reason is not known'), _ASK_WITH_REQUEST_ID)
    DRIVER_NOT_INITIALIZED = Detail(
        '002', N_('the storage is not ready yet; try again later'),
        Remedy(user_actions.WAIT))
    NO_BACKEND_AVAILABLE = Detail(
        '003', N_('no storage meets what was asked for'),
        _ASK_FOR_ANOTHER_VOLUME)
    VOLUME_ATTACH_MODE_INVALID = Detail(
        '005', N_('the volume does not allow this access mode'),
        Remedy(user_actions.CHANGE_REQUEST, N_(
            'Attach the volume in a mode that it allows, such as '
            'read-only.')))
    QUOTA_EXCEED = Detail(
        '006', N_('the quota of the project is used up'),
        Remedy(user_actions.FREE_QUOTA, N_(
            'Remove what the project needs no more, or ask for a higher '
            'quota.')))
    NOT_ENOUGH_SPACE_FOR_IMAGE = Detail(
        '007', N_('the image is larger than the volume'),
        Remedy(user_actions.CHANGE_REQUEST, N_(
            'Ask for a volume that is as large as the image needs.')))
    DRIVER_FAILED_EXTEND = Detail(
        '010', N_('the storage refused the new size'),
        _ASK_WITH_REQUEST_ID)
    DRIVER_FAILED_CREATE = Detail(
        '012', N_('the storage made no volume'),
        Remedy(user_actions.RETRY, N_(
            'Remove the volume and ask for it again. If that fails too, ask '
            'an operator.')))
    SNAPSHOT_IS_BUSY = Detail(
        '015', N_('the snapshot is in use'),
        Remedy(user_actions.WAIT, N_(
            'Wait until nothing is made of the snapshot any more, or remove '
            'what depends on it.')))
    BACKUP_SERVICE_DOWN = Detail(
        '018', N_('no backup service is running'),
        Remedy(user_actions.CONTACT_OPERATOR))
    VOLUME_INVALID_STATE = Detail(
        '027', N_('the status of the volume does not allow it'),
        Remedy(user_actions.WAIT, N_(
            'Look at the status of the volume, and try again when what is '
            'going on with it has ended.')))


CATALOG = catalog.Catalog(
    'VOLUME',
    events=globals(),
    actions=Actions,
    details=Details,
    resource_types=resource_types,
    unknown_error=UNKNOWN_ERROR,
    unknown_detail=Details.UNKNOWN_ERROR,
    exceptions={
        'DriverNotInitialized': Details.DRIVER_NOT_INITIALIZED,
        'NoValidBackend': Details.NO_BACKEND_AVAILABLE,
        'OverQuota': Details.QUOTA_EXCEED,
        'QuotaError': Details.QUOTA_EXCEED,
        'ImageTooBig': Details.NOT_ENOUGH_SPACE_FOR_IMAGE,
        'SnapshotIsBusy': Details.SNAPSHOT_IS_BUSY,
        'ServiceNotFound': Details.BACKUP_SERVICE_DOWN,
        'InvalidVolume': Details.VOLUME_INVALID_STATE,
    },
    domain=_i18n.DOMAIN,
    locale_dir=_i18n.LOCALE_DIR)
