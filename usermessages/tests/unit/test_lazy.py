# SPDX-License-Identifier: Apache-2.0

import os
import threading

import testtools

from usermessages import lazy


class Shelf:

    def __init__(self):
        self.computed = []

    @lazy.cached_property
    def books(self):
        """The books on the shelf."""
        self.computed.append(None)
        return object()

    @lazy.cached_property
    def broken(self):
        self.computed.append(None)
        raise ValueError


class CachedPropertyTest(testtools.TestCase):

    def test_is_computed_once_for_each_object(self):
        """Developers know the behavior from functools."""
        one, other = Shelf(), Shelf()

        self.assertIs(one.books, one.books)
        self.assertIsNot(one.books, other.books)
        self.assertEqual([None], one.computed)
        self.assertEqual('The books on the shelf.', Shelf.books.__doc__)

    def test_failure_is_not_kept(self):
        """Operators may have corrected the configuration."""
        shelf = Shelf()

        for _number in range(2):
            self.assertRaises(ValueError, lambda: shelf.broken)

        self.assertEqual([None, None], shelf.computed)

    def test_threads_see_one_value(self):
        """Two engines would be two pools."""
        shelf, seen = Shelf(), []
        threads = [threading.Thread(target=lambda: seen.append(shelf.books))
                   for _number in range(8)]
        with lazy.fork_lock:
            for thread in threads:
                thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(8, len(seen))
        self.assertEqual(1, len({*seen}))
        self.assertEqual([None], shelf.computed)


class StateWithoutCachedTest(testtools.TestCase):

    def test_has_what_was_given_only(self):
        """Copies in other processes compute the value again."""
        shelf = Shelf()
        before = lazy.state_without_cached(shelf)
        shelf.books  # noqa: B018

        self.assertEqual({'computed': [None]}, before)
        self.assertEqual({'computed': [None]},
                         lazy.state_without_cached(shelf))


class NoForkTest(testtools.TestCase):

    def test_child_and_parent_go_on(self):
        """A fork does not leave a lock locked."""
        for depth in range(2):
            if depth:
                lazy.fork_lock.acquire()
            child = os.fork()
            if child == 0:  # pragma: no cover
                if depth:
                    lazy.fork_lock.release()
                found = []
                thread = threading.Thread(
                    target=lambda: found.append(Shelf().books), daemon=True)
                thread.start()
                thread.join(60)
                os._exit(0 if found else 1)
            if depth:
                lazy.fork_lock.release()

            self.assertEqual(0, os.waitpid(child, 0)[1])
