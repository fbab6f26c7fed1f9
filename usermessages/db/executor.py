# SPDX-License-Identifier: Apache-2.0

"""Run statements within a deadline, with retries.

With ``create_timeout = 10``, ``run(work)`` starts the last attempt after at
most six seconds; a wait for the server, for a connection or for a response,
takes at most four seconds.  A slow process does not interrupt an attempt that
has started.
"""

from collections.abc import Callable
import os
import random
import time
from typing import Any, TypeVar

import oslo_db.exception
import sqlalchemy
import sqlalchemy.exc

from usermessages.db import circuit_breaker
from usermessages.db import engine as db_engine
from usermessages.db import error_classes
from usermessages import exception
from usermessages import lazy

DATABASE_ERRORS = (sqlalchemy.exc.SQLAlchemyError, oslo_db.exception.DBError,
                   oslo_db.exception.DBInvalidUnicodeParameter)

_T = TypeVar('_T')
_Work = Callable[[sqlalchemy.Connection], _T]

_FIRST_BACKOFF_SECONDS = 0.05
_LONGEST_BACKOFF_SECONDS = 1
# Errors that leave no unread response on the connection: errors of a statement
# or of the work, and a text that the driver cannot encode.
_HARMLESS = (*DATABASE_ERRORS, exception.UserMessagesError, UnicodeEncodeError)
# Errors of drivers if a package, a file or an encoding is missing.
_DRIVER_ERRORS = (AttributeError, ImportError, LookupError, RuntimeError,
                  TypeError, ValueError)


class _AttemptFailed(Exception):
    """An error after which another attempt may succeed."""

    def __init__(self, unavailable: exception.DatabaseUnavailable,
                 error: BaseException):
        super().__init__()
        self.unavailable = unavailable
        self.error = error


class Executor:
    """Runs statements on the engine of this process.

    :param options: the options of the library
    :param url: a function that returns the URL of the database
    :param engine: a function that returns the SQLAlchemy engine of a service,
        whose settings limit each attempt; by default, the first use creates an
        engine
    """

    def __init__(self, options: Any, url: Callable[[], str],
                 engine: Callable[[], sqlalchemy.Engine] | None = None):
        self.circuit_breaker = circuit_breaker.CircuitBreaker()
        self._options = options
        self._url = url
        self._service_engine = engine
        # By the ID of the process, since connections do not survive a fork.
        self._engines: dict[int, sqlalchemy.Engine] = {}
        self._has_lost_slots = self._is_poisoned = False
        self._successes = 0

    def run(self, work: _Work[_T], timeout: float | None = None) -> _T:
        """Run work in a transaction of its own.

        :param timeout: the time for all attempts in seconds, by default
            ``create_timeout``; a wait for the server can take longer
        :raises DatabaseUnavailable: the work did not succeed by the deadline
        :raises DatabaseError: a retry would also fail
        :raises UnencodableText: the database cannot store a character
        """
        return self._run(work, self._options.create_timeout
                         if timeout is None else timeout)

    def run_unless_unavailable(self, work: _Work[_T]) -> _T:
        """Run work like :meth:`run`, with the circuit breaker.

        The circuit breaker opens if all attempts of a call showed that the
        database is unavailable, and no other call succeeded.
        """
        timeout = self._options.create_timeout
        breaker, successes = self.circuit_breaker, self._successes
        is_probe = breaker.is_open and breaker.acquire_probe(
            time.monotonic() + _retry_seconds(timeout), timeout)
        reset_timeout = self._options.circuit_breaker_reset_timeout
        is_outage = False
        try:
            result = self._run(work, timeout)
        except exception.DatabaseUnavailable as error:
            is_outage = (error.is_outage and reset_timeout > 0
                         and successes == self._successes)
            if is_outage:
                breaker.open(error.reason, reset_timeout)
            raise
        finally:
            # An error of this call alone does not affect other calls.
            if is_probe and not is_outage:
                breaker.close()
        self._successes += 1
        if breaker.is_open:
            breaker.close()
        return result

    def close(self) -> None:
        """Close the connections that this object created."""
        self._dispose_inherited_engines()
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()

    def engine(self) -> sqlalchemy.Engine:
        """Return the engine to use in this process."""
        if self._service_engine is not None:
            return self._service_engine()
        process = os.getpid()
        engine = self._engines.get(process)
        if engine is None:
            self._dispose_inherited_engines()
            # A fork must not interrupt the import of the driver.  All threads
            # use the engine of the first thread.
            with lazy.fork_lock:
                engine = self._engines.get(process)
                if engine is None:
                    engine = self._engines.setdefault(
                        process, db_engine.make_engine(
                            self._url(), self._options.create_timeout,
                            self._options.max_pool_size))
        if self._is_poisoned:
            self._renew_pool(engine)
        return engine

    def _run(self, work: _Work[_T], timeout: float) -> _T:
        # The first call of a process imports the driver, which does not count
        # toward the deadline.
        self.engine()
        started = time.monotonic()
        latest_start = started + _retry_seconds(timeout)
        backoff = _FIRST_BACKOFF_SECONDS
        attempts, is_outage = 0, True
        while True:
            engine = self.engine()
            try:
                return self._attempt(engine, work)
            except _AttemptFailed as failure:
                attempts += 1
                is_outage &= error_classes.is_outage(failure.error)
                # Transactions in a deadlock must not retry at the same time.
                seconds = backoff * random.uniform(0.5, 1)  # noqa: S311
                if isinstance(failure.error, sqlalchemy.exc.TimeoutError):
                    # Other threads use all connections, which does not prove
                    # an outage.
                    seconds, latest_start = 0, started + timeout
                    if self._has_lost_slots:
                        self._renew_pool(engine)
                if time.monotonic() + seconds > latest_start:
                    # One error may concern only one node.
                    failure.unavailable.is_outage = is_outage and attempts > 1
                    raise failure.unavailable from failure.error
            if seconds:
                time.sleep(seconds)
                backoff = min(2 * backoff, _LONGEST_BACKOFF_SECONDS)

    def _attempt(self, engine: sqlalchemy.Engine, work: _Work[_T]) -> _T:
        """Connect, and run the work.

        :raises _AttemptFailed: a retry may succeed
        :raises DatabaseError: a retry would also fail
        """
        connection = None
        try:
            with engine.connect() as connection:
                return self._work(connection, work)
        except exception.UserMessagesError:
            raise
        except (*DATABASE_ERRORS, UnicodeEncodeError) as error:
            translated = translate(
                error, engine.url if connection is None else None)
            if isinstance(translated, exception.DatabaseUnavailable):
                raise _AttemptFailed(translated, error) from error
            raise translated from error
        except BaseException as error:
            # The count of connections in the pool may be wrong.  No call
            # precedes this assignment, since the stack may be exhausted.
            self._has_lost_slots = True
            if connection is not None or not is_of_driver(error):
                raise
            raise translate(error, engine.url) from error

    def _work(self, connection: sqlalchemy.Connection,
              work: _Work[_T]) -> _T:
        """Run the work, and invalidate a connection in an unknown state."""
        try:
            result = work(connection)
            # On the engine of the library, each statement is a transaction; a
            # COMMIT would be another statement whose response can be lost.
            if self._service_engine is not None:
                connection.commit()
            return result
        except _HARMLESS as error:
            if error_classes.is_unusable(error):
                connection.invalidate()
            raise
        except BaseException:
            # A signal or a recursion error, possibly in the middle of a
            # response.
            self._is_poisoned = True
            connection.invalidate()
            self._is_poisoned = False
            raise

    def _renew_pool(self, engine: sqlalchemy.Engine) -> None:
        """Dispose of the connections of the pool, and reset the count."""
        self._has_lost_slots = self._is_poisoned = False
        # A SQLite database in memory exists only in its connection.
        if self._service_engine is None and engine.name != 'sqlite':
            engine.dispose()

    def _dispose_inherited_engines(self) -> None:
        """Release the engines of the parent process without closing them."""
        for process in list(self._engines):
            if process != os.getpid():
                inherited = self._engines.pop(process, None)
                if inherited is not None:
                    inherited.dispose(close=False)


def is_of_driver(error: BaseException) -> bool:
    """Tell whether a driver can raise this error when it connects."""
    return (isinstance(error, (*DATABASE_ERRORS, *_DRIVER_ERRORS))
            and not isinstance(error, RecursionError))


def translate(error: BaseException, url: sqlalchemy.URL | None = None,
              ) -> exception.DatabaseUnavailable | exception.DatabaseError:
    """Return the exception of the library for an error of a database.

    :param url: the URL, for an error of a connect
    """
    reason = (error_classes.reason(error) if url is None
              else error_classes.connect_reason(error, url))
    if error_classes.is_transient(error):
        return exception.DatabaseUnavailable(reason)
    if error_classes.is_unencodable(error) and url is None:
        return exception.UnencodableText(reason)
    return exception.DatabaseError(reason)


def _retry_seconds(timeout: float) -> float:
    """Return the time in which a call starts attempts, in seconds."""
    return timeout * (1 - db_engine.WAIT_SHARE)
