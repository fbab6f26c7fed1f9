# SPDX-License-Identifier: Apache-2.0

"""Tests of a connection to the messages of a database."""

import datetime
import threading

import fixtures
from oslo_utils import fixture as time_fixture

from usermessages.db import api as db_api
from usermessages.db import executor
from usermessages.db import purge as db_purge
from usermessages.tests import database

NOON = datetime.datetime(2026, 1, 1, 12)
SECOND = datetime.timedelta(seconds=1)
MICROSECOND = datetime.timedelta(microseconds=1)
DAY = datetime.timedelta(days=1)
ALL_PROJECTS = db_api.ALL_PROJECTS

# Values that no column can store: too long, NUL, half a character.
IMPOSSIBLE = ('x' * 256, 'a\0b', '\ud800')


class Clock:
    """A clock that a test or a sleep advances."""

    def __init__(self):
        self.now = 0
        self.rests = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.rests.append(seconds)
        self.now += seconds


class ConnectionTestCase(database.DatabaseTestCase):
    """A test of a connection to messages, at noon."""

    def behind_proxy(self):
        """Return a proxy, and messages that are connected through it."""
        proxy = database.Proxy(self.url)
        self.addCleanup(proxy.stop)
        db = db_api.Connection(self.configuration(
            user_messages__connection=proxy.url,
            user_messages__create_timeout=60))
        self.addCleanup(db.close)
        db.check()
        return proxy, db

    def fix_clock(self):
        """Return the clock of the time that calls may take."""
        clock = Clock()
        for module in (db_purge, executor):
            self.useFixture(fixtures.MockPatchObject(module, 'time', clock))
        return clock

    def setUp(self):
        super().setUp()
        self.time = self.useFixture(time_fixture.TimeFixture(NOON))

    def message(self, **values):
        values.setdefault('created_at', NOON - SECOND)
        return super().message(**values)

    def found(self, *args, **kwargs):
        """Return the IDs in the result of message_get_all."""
        return [message['id'] for message
                in self.db.message_get_all(*args, **kwargs)]


def in_threads(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
