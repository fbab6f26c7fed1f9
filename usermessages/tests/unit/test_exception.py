# SPDX-License-Identifier: Apache-2.0

import inspect
import json
import re

from usermessages import exception
from usermessages.message import catalog
from usermessages.tests import base

SECRET = 'a-secret-of-the-caller'


def numberless(text):
    return re.sub(r':\d+', ':N', text)


class TextTest(base.TestCase):

    def test_each_says_what_a_user_may_read(self):
        """These texts are answers of the API, lines of a log or both."""
        for expected, error in (
                ('Malformed request url', exception.MalformedURL()),
                ('The resource could not be found.',
                 exception.ResourceNotFound()),
                (f'Message {base.RESOURCE} could not be found.',
                 exception.MessageNotFound(base.RESOURCE)),
                ('Method PUT is not allowed here; use DELETE, GET.',
                 exception.MethodNotAllowed('PUT', ('DELETE', 'GET'))),
                ('Version 9.9 is not supported by the API of volume: the '
                 'minimum is 3.3 and the maximum is 3.71.',
                 exception.VersionNotSupported('volume', '9.9', '3.3',
                                               '3.71')),
                ('A project is needed: neither the call nor its context '
                 'names one.', exception.ProjectRequired()),
                ('Not usable in a user message: level, event_id.',
                 exception.InvalidMessage(['level', 'event_id'])),
                ('The service is temporarily unavailable; try again later.',
                 exception.DatabaseUnavailable('OperationalError 2003')),
                ('The database refused a statement (DataError 1406).',
                 exception.DatabaseError('DataError 1406'))):
            self.assertEqual(expected, str(error))

    def test_arguments_are_kept(self):
        """Who catches an error need not take its text apart."""
        self.assertEqual('1', exception.MessageNotFound('1').message_id)
        self.assertEqual(['level'], exception.InvalidMessage(['level']).fields)
        self.assertEqual('TimeoutError',
                         exception.DatabaseUnavailable('TimeoutError').reason)
        self.assertEqual('1406', exception.DatabaseError('1406').reason)
        method = exception.MethodNotAllowed('PUT', ('GET',))
        self.assertEqual(('PUT', ('GET',)), (method.method, method.allowed))
        version = exception.VersionNotSupported('volume', '9', '3.3', '3.71')
        self.assertEqual(
            ('volume', '9', '3.3', '3.71'),
            (version.service, version.version, version.minimum,
             version.maximum))

    def test_all_have_one_base_and_say_when_they_come(self):
        """A host catches everything of this package with one class."""
        classes = [cls for _name, cls in inspect.getmembers(
            exception, inspect.isclass) if cls.__module__ == 'usermessages.'
            'exception']

        self.assertGreater(len(classes), 10)
        for cls in classes:
            self.assertTrue(issubclass(cls, exception.UserMessagesError), cls)
            self.assertRegex(cls.__doc__, r'\.$', cls)

    def test_wrong_catalog_is_a_wrong_value(self):
        """A catalog is made at import, where a ValueError is no surprise."""
        self.assertTrue(issubclass(exception.CatalogError, ValueError))


class TraceTest(base.TestCase):

    def trace_of(self, work, *args, **kwargs):
        try:
            work(*args, **kwargs)
        except Exception as error:
            return exception.trace(error)

    def test_names_the_class_and_our_frames(self):
        """An operator finds the place, the innermost first."""
        trace = self.trace_of(catalog.Catalog, SECRET, events=[],
                              unknown_error=None)

        self.assertEqual(
            'CatalogError at message/catalog.py:N, message/catalog.py:N, '
            'tests/unit/test_exception.py:N', numberless(trace))

    def test_frames_of_others_are_left_out(self):
        """The path of a library may say what a service is for."""
        trace = self.trace_of(json.loads, SECRET)

        self.assertEqual('JSONDecodeError at tests/unit/test_exception.py:N',
                         numberless(trace))

    def test_nothing_else_is_told(self):
        """The text of an error may hold a secret."""
        class Leaky(Exception):
            def __str__(self):
                raise AssertionError('looked at')

            __repr__ = __str__

        def fail():
            try:
                raise KeyError(SECRET)
            except KeyError as cause:
                error = Leaky(SECRET)
                error.add_note(SECRET)
                raise error from cause

        trace = self.trace_of(fail)

        self.assertEqual(
            'Leaky at tests/unit/test_exception.py:N, '
            'tests/unit/test_exception.py:N', numberless(trace))

    def test_error_that_was_not_raised_has_no_frames(self):
        """A class is better than nothing."""
        self.assertEqual('KeyError', exception.trace(KeyError(SECRET)))
