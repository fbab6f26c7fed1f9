# SPDX-License-Identifier: Apache-2.0

"""Health check for load balancers.

``GET /healthcheck`` returns 200 or 503, without a token and without detail.
Each process queries the database at most once in two seconds.  While the file
in ``[api]disable_by_file_path`` exists, the status is 503, so that load
balancers drain the server.
"""

from collections.abc import Callable, Iterable
import os
import threading
import time
from typing import Any

from oslo_config import cfg
import webob

from usermessages._i18n import _
from usermessages.api import wsgi
from usermessages import exception
from usermessages.message import api as message_api

PATH = '/healthcheck'
_CACHE_SECONDS = 2


class Healthcheck:
    """Serve ``/healthcheck``, and pass other requests on."""

    def __init__(self, application: Callable[..., Any],
                 api: message_api.API, conf: cfg.ConfigOpts):
        self._application = application
        self._api = api
        self._disabling_file = conf.api.disable_by_file_path
        # By process ID: a lock held at a fork stays locked in the child.
        self._locks: dict[int, threading.Lock] = {}
        self._checked_at: float | None = None
        self._is_healthy = False

    def __call__(self, environ: dict[str, Any],
                 start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get('PATH_INFO') != PATH:
            return self._application(environ, start_response)
        return self._respond(environ['REQUEST_METHOD'])(
            environ, start_response)

    def _respond(self, method: str) -> webob.Response:
        if method not in ('GET', 'HEAD'):
            return wsgi.error_response(
                exception.MethodNotAllowed(method, ('GET', 'HEAD')))
        if self._disabling_file and os.path.exists(self._disabling_file):
            return wsgi.fault_response(
                503, _('An operator disabled the service.'))
        if self._check():
            return wsgi.json_response({'status': 'OK'})
        return wsgi.fault_response(
            503, _('The service is temporarily unavailable; try again '
                   'later.'))

    def _check(self) -> bool:
        lock = self._locks.setdefault(os.getpid(), threading.Lock())
        # During a query, other requests get the previous result.
        if not lock.acquire(blocking=self._checked_at is None):
            return self._is_healthy
        try:
            now = time.monotonic()
            if (self._checked_at is None
                    or now > self._checked_at + _CACHE_SECONDS):
                failure = None
                try:
                    self._api.db.check()
                except exception.UserMessagesError as error:
                    failure = error
                if failure is not None:
                    wsgi.log_failure(failure)
                self._is_healthy = failure is None
                # The query may have taken some time.
                self._checked_at = time.monotonic()
            return self._is_healthy
        finally:
            lock.release()


def filter_factory(global_conf: dict[str, Any], **_local_conf: str,
                   ) -> Callable[..., Healthcheck]:
    """Create the filter for the paste file."""
    api = global_conf['usermessages_api']
    conf = global_conf['oslo_config_config']
    return lambda application: Healthcheck(application, api, conf)
