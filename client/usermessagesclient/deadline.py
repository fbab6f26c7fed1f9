# SPDX-License-Identifier: Apache-2.0

"""Requests that end at a deadline.

The timeout of keystoneauth1 limits each read from a socket, so a server that
sends a byte each second could keep a request open indefinitely.
``DeadlineAdapter(session=session, timeout_seconds=5)`` waits five seconds for
the complete response.
"""

from concurrent import futures
import threading
import time
from typing import Any

from keystoneauth1 import adapter
from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient._i18n import _


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
        if timeout <= 0:
            raise self._timeout_error()
        response: futures.Future[Any] = futures.Future()

        def send() -> None:
            try:
                response.set_result(super(DeadlineAdapter, self).request(
                    url, method, **{**values, 'timeout': timeout}))
            except BaseException as error:
                response.set_exception(error)

        # The thread of a server that never completes the response ends with
        # the process.
        threading.Thread(target=send, daemon=True).start()
        futures.wait([response], timeout)
        if not response.done():
            raise self._timeout_error()
        return response.result()

    def _timeout_error(self) -> ksa_exceptions.ConnectTimeout:
        return ksa_exceptions.ConnectTimeout(
            _('No response within %d seconds') % self._timeout_seconds)
