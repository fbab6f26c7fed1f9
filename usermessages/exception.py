# SPDX-License-Identifier: Apache-2.0

"""Name everything that can go wrong.

``MessageNotFound('6c43...')`` reads "Message 6c43... could not be found.".
The texts are fit for an API user; which HTTP status each class has stands in
``usermessages/api/wsgi.py``.
"""

import os
import traceback

from usermessages._i18n import _

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class UserMessagesError(Exception):
    """Base of every error of this package."""


class Invalid(UserMessagesError):
    """The request can not be understood; the text says which part."""


class MalformedURL(Invalid):
    """The project in the URL is not the project of the token."""

    def __init__(self) -> None:
        super().__init__(_('Malformed request url'))


class Forbidden(UserMessagesError):
    """A policy rule, or a token without a project, does not allow this."""


class NotFound(UserMessagesError):
    """What was asked for does not exist."""


class ResourceNotFound(NotFound):
    """No route leads from the URL to anything."""

    def __init__(self) -> None:
        super().__init__(_('The resource could not be found.'))


class MessageNotFound(NotFound):
    """No such message, or it belongs to another project."""

    def __init__(self, message_id: str):
        self.message_id = message_id
        super().__init__(_('Message %s could not be found.') % message_id)


class MethodNotAllowed(UserMessagesError):
    """The URL exists, but not for this method."""

    def __init__(self, method: str, allowed: tuple[str, ...]):
        self.method = method
        self.allowed = allowed
        super().__init__(
            _('Method %(method)s is not allowed here; use %(allowed)s.')
            % {'method': method, 'allowed': ', '.join(allowed)})


class VersionNotSupported(UserMessagesError):
    """The microversion asked for lies outside the range that is served."""

    def __init__(self, service: str, version: str, minimum: str,
                 maximum: str):
        self.service = service
        self.version = version
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(
            _('Version %(version)s is not supported by the API of '
              '%(service)s: the minimum is %(minimum)s and the maximum is '
              '%(maximum)s.')
            % {'version': version, 'service': service, 'minimum': minimum,
               'maximum': maximum})


class ProjectRequired(UserMessagesError):
    """Messages were asked for, or left, without naming a project."""

    def __init__(self) -> None:
        super().__init__(_('A project is needed: neither the call nor its '
                           'context names one.'))


class InvalidMessage(UserMessagesError):
    """A field can not be kept: of restore(), or of create() in strict mode."""

    def __init__(self, fields: list[str]):
        self.fields = fields
        super().__init__(_('Not usable in a user message: %s.')
                         % ', '.join(fields))


class CatalogError(UserMessagesError, ValueError):
    """A catalog defines something twice, incompletely or unstorably."""


class LockError(UserMessagesError):
    """The lock of a catalog can not be read, written or believed."""

    def __init__(self, path: os.PathLike[str], line: int, reason: str):
        self.path = path
        self.line = line
        self.reason = reason
        super().__init__(f'{path}:{line}: {reason}')


class DatabaseUnavailable(UserMessagesError):
    """The database did not answer in time; the same call may work later."""

    def __init__(self, reason: str, is_away: bool = False):
        self.reason = reason
        # Whether any other call would have met the same.
        self.is_away = is_away
        super().__init__(_('The service is temporarily unavailable; try '
                           'again later.'))


class DatabaseError(UserMessagesError):
    """The database refused a statement, and would do so again."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(_('The database refused a statement (%s).') % reason)


class WrongDatabaseVersion(DatabaseError):
    """The table is older or newer than this package."""

    def __init__(self, reason: str):
        super().__init__(reason)
        # It is for the operator, who needs no more than this.
        self.args = (reason,)


class ConfigurationError(UserMessagesError):
    """Something is missing from the configuration, or wrong in it."""


def trace(error: BaseException) -> str:
    """Say which class of error happened and where in this package.

    Nothing of the error itself is told, since its text may hold a secret:
    ``OperationalError at db/api.py:93, message/api.py:120``.
    """
    frames = [
        f'{frame.f_code.co_filename[len(_PACKAGE):]}:{line}'
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(_PACKAGE)]
    name = type(error).__name__
    return f'{name} at {", ".join(reversed(frames))}' if frames else name
