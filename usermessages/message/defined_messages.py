# SPDX-License-Identifier: Apache-2.0

"""The message catalog of a volume service.

To add a message, add a constant with a new ID, a text that every user of a
project may read and, if users can do something, a remedy.  A service passes
the constant to ``create()``: ``UNABLE_TO_ALLOCATE == '000002'``.  The IDs are
the IDs of Cinder.  ``tox -e i18n`` updates the translation files, and
``usermessages-catalog lock`` updates the lock file.
"""

from usermessages import _i18n
from usermessages._i18n import N_
from usermessages.message import catalog
from usermessages.message.catalog import Action
from usermessages.message.catalog import Count
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event
from usermessages.message.catalog import Gigabytes
from usermessages.message.catalog import OneOf
from usermessages.message.catalog import PROJECT
from usermessages.message.catalog import Remedy
from usermessages.message.catalog import REQUEST
from usermessages.message import resource_types
from usermessages.message import user_actions

_CONTACT_OPERATOR = Remedy(user_actions.CONTACT_OPERATOR, N_(
    'Contact an operator and provide the request ID of this message.'))
_FREE_QUOTA = N_('Delete resources that the project no longer needs, or '
                 'request a higher quota.')
_CHANGE_VOLUME = Remedy(user_actions.CHANGE_REQUEST, N_(
    'Request a smaller volume, or choose another volume type or availability '
    'zone.'))

UNKNOWN_ERROR = Event('000001', N_(
    'The operation failed for an unknown reason.'),
    remedy=_CONTACT_OPERATOR)
UNABLE_TO_ALLOCATE = Event('000002', N_(
    'No storage could be allocated for this volume request.'),
    remedy=_CHANGE_VOLUME)
ATTACH_READONLY_VOLUME = Event('000003', N_(
    'The volume is read-only. Attach it in read-only mode.'),
    remedy=Remedy(user_actions.CHANGE_REQUEST))
IMAGE_FROM_VOLUME_OVER_QUOTA = Event('000004', N_(
    'The image could not be created from the volume because the image quota '
    'of the project is exhausted. Delete images or request a higher quota.'),
    remedy=Remedy(user_actions.FREE_QUOTA))
UNMANAGE_ENCRYPTED_VOLUME_UNSUPPORTED = Event('000005', N_(
    'Encrypted volumes cannot be removed from management.'),
    remedy=Remedy(user_actions.NONE))


# A composed message reads "Creating the snapshot:the quota of the project is
# exhausted.", so only a detail ends with a full stop.
class Actions:
    """The operations that can fail."""

    SCHEDULE_ALLOCATE_VOLUME = Action('001', N_('Scheduling the volume'))
    ATTACH_VOLUME = Action('002', N_('Attaching the volume'))
    COPY_VOLUME_TO_IMAGE = Action('003', N_(
        'Creating an image from the volume'))
    UPDATE_ATTACHMENT = Action('004', N_('Updating the volume attachment'))
    COPY_IMAGE_TO_VOLUME = Action('005', N_('Writing the image to the volume'))
    UNMANAGE_VOLUME = Action('006', N_('Removing the volume from management'))
    EXTEND_VOLUME = Action('007', N_('Extending the volume'))
    CREATE_VOLUME_FROM_BACKEND = Action('008', N_('Creating the volume'))
    SNAPSHOT_CREATE = Action('009', N_('Creating the snapshot'))
    SNAPSHOT_DELETE = Action('010', N_('Deleting the snapshot'))
    BACKUP_CREATE = Action('013', N_('Creating the backup'))
    BACKUP_DELETE = Action('014', N_('Deleting the backup'))
    BACKUP_RESTORE = Action('015', N_('Restoring the backup'))


class Details:
    """The reasons of failures, and the steps that users can take."""

    UNKNOWN_ERROR = Detail(
        '001', N_('the reason is unknown.'), _CONTACT_OPERATOR)
    DRIVER_NOT_INITIALIZED = Detail(
        '002', N_('the storage back end is not ready yet.'),
        Remedy(user_actions.WAIT, N_('Retry in a few minutes.')))
    NO_BACKEND_AVAILABLE = Detail(
        '003', N_('no storage back end can satisfy the request.'),
        _CHANGE_VOLUME)
    VOLUME_ATTACH_MODE_INVALID = Detail(
        '005', N_('the volume does not support the requested access mode.'),
        Remedy(user_actions.CHANGE_REQUEST, N_(
            'Attach the volume in a supported mode, for example read-only.')))
    QUOTA_EXCEED = Detail(
        '006', N_('the quota of the project is exhausted.'),
        Remedy(user_actions.FREE_QUOTA, _FREE_QUOTA))
    NOT_ENOUGH_SPACE_FOR_IMAGE = Detail(
        '007', N_('the image does not fit on the volume.'),
        Remedy(user_actions.CHANGE_REQUEST, N_(
            'Request a volume that is at least as large as the image '
            'requires.')))
    DRIVER_FAILED_EXTEND = Detail(
        '010', N_('the storage back end did not accept the new size.'),
        _CONTACT_OPERATOR)
    DRIVER_FAILED_CREATE = Detail(
        '012', N_('the storage back end could not create the volume.'),
        Remedy(user_actions.RETRY, N_(
            'Delete the volume and create it again. If the failure persists, '
            'contact an operator.')))
    SNAPSHOT_IS_BUSY = Detail(
        '015', N_('the snapshot is in use.'),
        Remedy(user_actions.WAIT, N_(
            'Wait until the operations that use the snapshot are complete, '
            'or delete the resources that depend on it.')))
    BACKUP_SERVICE_DOWN = Detail(
        '018', N_('no backup service is available.'),
        Remedy(user_actions.CONTACT_OPERATOR))
    VOLUME_INVALID_STATE = Detail(
        '027', N_('the current status of the volume does not allow the '
                  'operation.'),
        Remedy(user_actions.WAIT, N_(
            'Check the status of the volume, and retry when the current '
            'operation is complete.')))

    # Details of this package, with IDs that Cinder does not use.
    GIGABYTES_QUOTA_EXCEEDED = Detail(
        '101', N_('the quota of the project does not allow {requested}, as '
                  'only {left} of {limit} are left.'),
        Remedy(user_actions.FREE_QUOTA, _FREE_QUOTA),
        {'requested': Gigabytes(about=REQUEST),
         'left': Gigabytes(about=PROJECT),
         'limit': Gigabytes(about=PROJECT)},
        N_('the quota of the project is exhausted.'))
    COUNT_QUOTA_EXCEEDED = Detail(
        '102', N_('the quota of the project allows at most {limit} '
                  '{resources}.'),
        Remedy(user_actions.FREE_QUOTA, _FREE_QUOTA),
        {'limit': Count(1_000_000_000, about=PROJECT),
         'resources': OneOf({'volumes': N_('volumes'),
                             'snapshots': N_('snapshots'),
                             'backups': N_('backups')}, about=REQUEST)},
        N_('the quota of the project is exhausted.'))
    IMAGE_LARGER_THAN_VOLUME = Detail(
        '103', N_('the image requires {image}, but the volume has only '
                  '{volume}.'),
        Remedy(user_actions.CHANGE_REQUEST, N_(
            'Request a volume that is at least as large as the image '
            'requires.')),
        {'image': Gigabytes(about=REQUEST),
         'volume': Gigabytes(about=REQUEST)},
        N_('the image does not fit on the volume.'))


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
