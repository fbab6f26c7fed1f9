# SPDX-License-Identifier: Apache-2.0

"""Requests that end at a deadline.

The timeout of keystoneauth1 limits each read from a socket, so a server that
sends a byte each second could keep a request open indefinitely.
``DeadlineAdapter(session=session, timeout_seconds=5)`` waits five seconds for
the complete response.
"""

from collections.abc import Callable
from concurrent import futures
import functools
import threading
import time
from typing import Any, TypeVar

from keystoneauth1 import adapter
from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient._i18n import _


_T = TypeVar('_T')


def call(function: Callable[[], _T], seconds: float) -> _T:
    """Return the result of a function that sends requests.

    :param seconds: the maximum time; 0 or less if no time is left
    :raises ConnectTimeout: the function has no result within the seconds
    """
    result: futures.Future[_T] = futures.Future()

    def run() -> None:
        try:
            result.set_result(function())
        except BaseException as error:
            result.set_exception(error)

    if seconds > 0:
        # If a server never completes the response, the thread ends with the
        # process.
        threading.Thread(target=run, daemon=True).start()
        futures.wait([result], seconds)
    if not result.done():
        raise ksa_exceptions.ConnectTimeout(
            _('No complete response before the deadline'))
    return result.result()


class DeadlineAdapter(adapter.Adapter):
    """An adapter with a timeout for complete responses.

    :param timeout_seconds: for each request
    """

    def __init__(self, *args: Any, timeout_seconds: float = 60,
                 **values: Any):
        super().__init__(*args, **values)
        self._timeout_seconds = timeout_seconds
        self._deadline: float | None = None

    def start(self, seconds: float | None = None) -> None:
        """Let all requests from now on together take a number of seconds.

        :param seconds: by default, the timeout of one request
        """
        self._deadline = time.monotonic() + (
            self._timeout_seconds if seconds is None else seconds)

    def request(self, url: str, method: str, **values: Any) -> Any:
        timeout = self._timeout_seconds
        if self._deadline is not None:
            timeout = min(timeout, self._deadline - time.monotonic())
        return call(functools.partial(
            super().request, url, method,
            **{**values, 'timeout': timeout}), timeout)
