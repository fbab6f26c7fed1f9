# SPDX-License-Identifier: Apache-2.0

"""Exceptions raised by usermessages.

``MessageNotFound('6c43...')`` reads "Message 6c43... could not be found.".
The texts are suitable for users of the API.  ``usermessages/api/wsgi.py``
defines the HTTP status of each class.
"""

from collections.abc import Callable, Mapping
import functools
import os
import traceback
from typing import Any, ParamSpec, TypeVar

from usermessages._i18n import _

_P = ParamSpec('_P')
_T = TypeVar('_T')
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class UserMessagesError(Exception):
    """Base class of the exceptions of usermessages."""

    def __reduce__(self) -> tuple[Any, ...]:
        # The parameters of the constructor are not the text.
        return type(self).__new__, (type(self), *self.args), vars(self)


class Invalid(UserMessagesError):
    """The request is malformed; the text names the invalid part."""


class MalformedURL(Invalid):
    """The project in the URL is not the project of the token."""

    def __init__(self) -> None:
        super().__init__(_('Malformed request url'))


class SearchTooLarge(Invalid):
    """The list requires a search of too many messages."""

    def __init__(self, rows: int):
        self.rows = rows
        super().__init__(
            _('There are more than %s messages to search: filter by '
              'resource_uuid, request_id, created_since or created_before, '
              'or list by created_at without other filters or a large '
              'offset.') % rows)


class Unauthorized(UserMessagesError):
    """The token is missing or invalid."""

    def __init__(self) -> None:
        super().__init__(_('The request you have made requires '
                           'authentication.'))


class Forbidden(UserMessagesError):
    """A policy rule denies the request, or the token has no project."""


class NotFound(UserMessagesError):
    """The requested object does not exist."""


class ResourceNotFound(NotFound):
    """The URL does not match a route."""

    def __init__(self) -> None:
        super().__init__(_('The resource could not be found.'))


class MessageNotFound(NotFound):
    """The message does not exist or belongs to another project."""

    def __init__(self, message_id: str):
        self.message_id = message_id
        super().__init__(_('Message %s could not be found.') % message_id)


class MethodNotAllowed(UserMessagesError):
    """The URL does not support the method."""

    def __init__(self, method: str, allowed: tuple[str, ...]):
        self.method = method
        self.allowed = allowed
        super().__init__(
            _('Method %(method)s is not allowed here; use %(allowed)s.')
            % {'method': method, 'allowed': ', '.join(allowed)})


class VersionNotSupported(UserMessagesError):
    """The requested microversion is not supported."""

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
    """A call to read or record messages has no project."""

    def __init__(self) -> None:
        super().__init__(_('A project is required: neither the call nor '
                           'the context has one.'))


class InvalidMessage(UserMessagesError):
    """``recover()``, or ``create()`` in strict mode, rejected values."""

    def __init__(self, rejected: Mapping[str, str]):
        """Store the names of the fields, and a text with the reasons."""
        self.fields = list(rejected)
        super().__init__(_('Invalid user message: %s.')
                         % self.reasons(rejected))

    @staticmethod
    def reasons(rejected: Mapping[str, str]) -> str:
        """Return ``level (needs ERROR or WARNING or INFO), event_id``."""
        return ', '.join(f'{field} ({reason})' if reason else field
                         for field, reason in rejected.items())


class CatalogError(UserMessagesError, ValueError):
    """A catalog has a duplicate, incomplete or unstorable definition."""


class LockError(UserMessagesError):
    """The lock file of a catalog is invalid, or cannot be read or written."""

    def __init__(self, path: os.PathLike[str], line: int, reason: str):
        self.path = path
        self.line = line
        self.reason = reason
        super().__init__(f'{path}:{line}: {reason}')


class DatabaseUnavailable(UserMessagesError):
    """The database is unavailable; a later call may succeed."""

    def __init__(self, reason: str, is_outage: bool = False):
        self.reason = reason
        # Whether all attempts showed that the database is unavailable.
        self.is_outage = is_outage
        super().__init__(_('The service is temporarily unavailable; try '
                           'again later.'))


class DatabaseError(UserMessagesError):
    """The database rejected a statement; a retry would fail again."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(_('The database refused a statement (%s).') % reason)


class SpoolError(UserMessagesError):
    """The directory for messages that were not stored cannot be used."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(_('The spool cannot be used: %s.') % reason)


class UnencodableText(DatabaseError):
    """The character set of the database does not contain a character."""


class WrongDatabaseVersion(DatabaseError):
    """The table is missing or older than the package."""

    def __init__(self, reason: str):
        super().__init__(reason)
        # The text of DatabaseError is for users.
        self.args = (reason,)


class WrongClock(UserMessagesError):
    """The clocks of the machine and of the database differ too much."""

    def __init__(self, difference: str):
        self.difference = difference
        super().__init__(
            _('The clocks of this machine and of the database differ by %s '
              '(days, hours:minutes:seconds), so nothing was removed.  '
              'Synchronize the clocks.') % difference)


class ConfigurationError(UserMessagesError):
    """The configuration is incomplete or invalid."""


def trace(error: BaseException) -> str:
    """Return the class of an error, and its lines in this package.

    For example ``OperationalError at db/api.py:93, message/api.py:120``.  The
    text of the error is omitted, since the text can contain a secret.
    """
    frames = [
        f'{frame.f_code.co_filename[len(_PACKAGE):]}:{line}'
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(_PACKAGE)]
    name = class_name(error)
    return f'{name} at {", ".join(reversed(frames))}' if frames else name


def class_name(value: object) -> str:
    """Return the name of the class of an object, see :func:`name_of`."""
    return name_of(type(value))


def name_of(cls: type) -> str:
    """Return the name of a class, which a metaclass cannot change."""
    name: str = vars(type)['__name__'].__get__(cls)
    return name


def isolated_exception_context(
        function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Hide the exception that a caller is handling from a function.

    Python sets the handled exception as the context of each exception in the
    function, and oslo.log appends the text to each line.  A context manager
    cannot hide the exception, because Python restores the exception when
    ``__enter__`` returns.

    Exceptions of the function have neither a cause nor a context.
    """
    @functools.wraps(function)
    def isolated(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            # oslo.log does not append this class.
            raise ValueError
        except ValueError as placeholder:
            placeholder.__context__ = None
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                failure = error
        try:
            raise failure from None
        finally:
            # The traceback refers to this frame.
            del failure

    return isolated
