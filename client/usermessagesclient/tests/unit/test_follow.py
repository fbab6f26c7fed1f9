# SPDX-License-Identifier: Apache-2.0

import datetime

import fixtures
from keystoneauth1 import exceptions as ksa_exceptions

from usermessagesclient import follow
from usermessagesclient.tests import base
from usermessagesclient.tests.unit import base as client_base

SINCE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class FakeService:
    """The messages of a service at each request.

    :param moments: the numbers of its messages, the newest first, or an error
    """

    def __init__(self, *moments, has_time_filters=True, has_pages=True):
        self._moments = iter(moments)
        self.has_time_filters, self.has_pages = has_time_filters, has_pages
        self.version = ('user-messages', (1, 4))
        self.asked = []

    def messages(self, filters, *, limit):
        self.asked.append((filters, limit))
        moment = next(self._moments, KeyboardInterrupt())
        if isinstance(moment, BaseException):
            raise moment
        for number in moment:
            message = client_base.stored(number)
            if message['created_at'] >= filters.get('created_since', ''):
                yield message


class FollowTest(base.TestCase):

    def setUp(self):
        super().setUp()
        self.pauses = []
        self.useFixture(fixtures.MonkeyPatch(
            'time.sleep', self.pauses.append))

    def follow(self, service, since=SINCE):
        """Return the numbers of the printed messages until the service ends.
        """
        seen = []
        try:
            for message in follow.follow(service, {}, since, 5):
                seen.append(int(message['id'][-12:]))
        except KeyboardInterrupt:
            return seen

    def test_message_of_a_clock_that_is_ahead(self):
        """Users read later messages despite one from a clock that is ahead."""
        now = datetime.datetime.now(datetime.UTC)

        earliest = follow._earliest(now + datetime.timedelta(hours=3))

        self.assertLess(earliest, now - datetime.timedelta(minutes=4))
        self.assertEqual(SINCE - follow.OVERLAP, follow._earliest(SINCE))

    def test_each_once(self):
        """The oldest first, as they came."""
        self.assertEqual([1, 2, 3, 4], self.follow(FakeService(
            [1], [1], [3, 2, 1], [4, 3, 2, 1])))
        self.assertEqual([5, 5, 5, 5], self.pauses)

    def test_service_that_fails_in_between(self):
        """With all services, messages that return are not new."""
        self.assertEqual([1, 2, 3], self.follow(FakeService(
            [2, 1], [1], [2, 1], [3, 2, 1])))

    def test_only_what_comes(self):
        """Users read only messages that are newer than the start."""
        service = FakeService(
            [11], [11, 9], [12, 11, 9], [12, 11, 10, 9], [13, 12, 11, 10, 9])

        self.assertEqual([12, 10, 13], self.follow(service, since=None))

    def test_what_comes_during_the_start(self):
        """Users read a message that is stored during the start."""
        service = FakeService([11], [12, 11], [12, 11])

        self.assertEqual([12], self.follow(service, since=None))

    def test_nothing_at_the_start(self):
        """Users of an empty project read every later message."""
        service = FakeService([], [], [1], [2, 1])

        self.assertEqual([1, 2], self.follow(service, since=None))

    def test_how_far_it_looks_back(self):
        """Users read messages recorded late, but not those before the start.
        """
        service = FakeService([3], [20, 3], [20, 3])

        self.assertEqual([3, 20], self.follow(service))
        self.assertEqual(
            ['2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00',
             '2026-01-01T00:15:00+00:00', '2026-01-01T00:15:00+00:00'],
            [filters['created_since'] for filters, _limit in service.asked])

    def test_service_without_filters_by_time(self):
        """The command stops reading at messages that are too old."""
        service = FakeService([20, 3], [21, 20, 16, 3], [22, 21, 20, 16, 3],
                              has_time_filters=False)

        self.assertEqual([3, 20, 16, 21, 22], self.follow(service))
        self.assertEqual([{}] * 4, [
            filters for filters, _limit in service.asked])

    def test_service_without_pages(self):
        """An old service sends all messages in one response."""
        service = FakeService([1], [1], [2, 1], has_pages=False,
                              has_time_filters=False)

        self.assertEqual([2], self.follow(service, since=None))
        self.assertEqual([None] * 4, [
            limit for _filters, limit in service.asked])

    def test_restart(self):
        """Users read all messages and one line about the restart."""
        service = FakeService(
            [1], ksa_exceptions.ConnectFailure('Refused'),
            ksa_exceptions.ServiceUnavailable('Busy', retry_after=30),
            ksa_exceptions.TooManyRequests('Slowly', retry_after=9999),
            ksa_exceptions.UnknownConnectionError('Cut', None), [3, 2, 1], [])

        self.assertEqual([1, 2, 3], self.follow(service))
        self.assertEqual([5, 5, 30, 60, 5, 5, 5], self.pauses)
        self.assertEqual(
            'WARNING usermessagesclient.follow Waiting for new messages; '
            'press Ctrl-C to exit.\n'
            'WARNING usermessagesclient.follow Service unavailable '
            '(Refused); retrying\n'
            'WARNING usermessagesclient.follow Service is available '
            'again.\n',
            self.log.output)

    def test_timeout(self):
        """The last request is at the end of the timeout."""
        now = self.useFixture(fixtures.MockPatch(
            'time.monotonic', return_value=0.0)).mock
        self.useFixture(fixtures.MonkeyPatch('time.sleep', lambda seconds: (
            self.pauses.append(seconds),
            setattr(now, 'return_value', now.return_value + seconds))))

        found = [*follow.follow(FakeService(
            [1], [1], ksa_exceptions.ConnectFailure('Refused'),
            ksa_exceptions.ConnectFailure('Refused'), [2]), {}, SINCE, 5, 12)]

        self.assertEqual([client_base.stored(1)['id']], [
            message['id'] for message in found])
        self.assertEqual([5, 5, 2], self.pauses)

    def test_what_does_not_pass(self):
        """Users read a permanent error immediately."""
        service = FakeService([1], ksa_exceptions.Forbidden('No'))

        self.assertRaises(ksa_exceptions.Forbidden, self.follow, service)
