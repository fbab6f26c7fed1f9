# SPDX-License-Identifier: Apache-2.0

import copy
import inspect
import json
import logging
import pickle
import re
import sys
import traceback

import fixtures
from oslo_log import formatters

from usermessages import exception
from usermessages.message import catalog
from usermessages.tests import base

SECRET = 'a-secret-of-the-caller'


def numberless(text):
    return re.sub(r':\d+', ':N', text)


class TextTest(base.TestCase):

    def test_each_says_what_a_user_may_read(self):
        """Users read these texts in responses, and operators in the log."""
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
                ('A project is required: neither the call nor the context '
                 'has one.', exception.ProjectRequired()),
                ('Invalid user message: level (needs ERROR), '
                 'event_id.', exception.InvalidMessage(
                     {'level': 'needs ERROR', 'event_id': ''})),
                ('The service is temporarily unavailable; try again later.',
                 exception.DatabaseUnavailable('OperationalError 2003')),
                ('The database refused a statement (DataError 1406).',
                 exception.DatabaseError('DataError 1406'))):
            self.assertEqual(expected, str(error))

    def test_arguments_are_kept(self):
        """Callers can use the attributes instead of parsing the text."""
        self.assertEqual('1', exception.MessageNotFound('1').message_id)
        self.assertEqual(
            ['level'], exception.InvalidMessage({'level': ''}).fields)
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
        """Services catch all errors of this package with one class."""
        classes = [cls for _name, cls in inspect.getmembers(
            exception, inspect.isclass) if cls.__module__ == 'usermessages.'
            'exception']

        self.assertGreater(len(classes), 10)
        for cls in classes:
            self.assertTrue(issubclass(cls, exception.UserMessagesError), cls)
            self.assertRegex(cls.__doc__, r'\.$', cls)

    def test_all_survive_pickle_and_copy(self):
        """Errors are sent to other processes, and tests compare copies."""
        classes = [cls for cls in vars(exception).values()
                   if isinstance(cls, type)
                   and issubclass(cls, exception.UserMessagesError)]
        for cls in classes:
            needed = [
                {'field': 'reason'} if parameter.name == 'rejected'
                else parameter.name
                for parameter in inspect.signature(
                    cls.__init__).parameters.values()
                if parameter.name != 'self'
                and parameter.default is parameter.empty
                and parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
            error = cls(*needed) if needed else cls()
            error.add_note('note')
            for copied in (copy.copy(error), copy.deepcopy(error), *(
                    pickle.loads(pickle.dumps(error, protocol))
                    for protocol in range(pickle.HIGHEST_PROTOCOL + 1))):
                self.assertIs(cls, type(copied))
                self.assertEqual(str(error), str(copied))
                self.assertEqual(error.args, copied.args)
                self.assertEqual(vars(error), vars(copied))

    def test_wrong_catalog_is_a_wrong_value(self):
        """Developers expect a ValueError from a catalog made at import."""
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
            'CatalogError at message/catalog.py:N, '
            'tests/unit/test_exception.py:N', numberless(trace))

    def test_frames_of_others_are_left_out(self):
        """The path of a library may reveal the purpose of a service."""
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

    def test_metaclass_has_no_say(self):
        """An exception of the caller may do anything, but on purpose."""
        class Hostile(type):
            @property
            def __name__(cls):
                raise AssertionError(SECRET)

        class Leaky(Exception, metaclass=Hostile):
            pass

        self.assertEqual('Leaky', exception.trace(Leaky()))

    def test_error_that_was_not_raised_has_no_frames(self):
        """Operators read at least the class of the error."""
        self.assertEqual('KeyError', exception.trace(KeyError(SECRET)))


class IsolatedExceptionContextTest(base.TestCase):

    def call(self, function, *args):
        """Call a function as a service does that handles an exception."""
        try:
            raise RuntimeError(SECRET)
        except RuntimeError:
            return exception.isolated_exception_context(function)(*args)

    def test_returns_what_the_function_returns(self):
        """Callers see the return value and the name of the function."""
        @exception.isolated_exception_context
        def add(first, *, second):
            """Add."""
            return first + second

        self.assertEqual(3, add(1, second=2))
        self.assertEqual(('add', 'Add.'), (add.__name__, add.__doc__))

    def test_no_line_ends_with_an_exception(self):
        """Neither the exception of the caller nor an empty one is logged."""
        log = self.useFixture(fixtures.FakeLogger(
            'isolated', format='%(message)s',
            formatter=formatters.JSONFormatter))

        self.call(logging.getLogger('isolated').error, 'text')

        self.assertEqual('', json.loads(log.output)['error_summary'])

    def test_no_error_inside_leads_to_that_of_the_caller(self):
        """A library may log its own with all that led to it."""
        def fail():
            try:
                raise KeyError('inside')
            except KeyError:
                return traceback.format_exc()

        self.assertNotIn('RuntimeError', self.call(fail))

    def test_error_that_gets_out_shows_nothing_else(self):
        """A developer reads what is wrong with a call, and no more."""
        def fail():
            try:
                raise KeyError('inside')
            except KeyError as error:
                raise exception.ConfigurationError('text') from error

        error = self.assertRaises(exception.ConfigurationError, self.call,
                                  fail)

        shown = ''.join(traceback.format_exception(error))
        self.assertEqual(1, shown.count('Traceback'), shown)
        self.assertIn('in fail', shown)

    def test_exception_of_the_caller_is_handled_as_before(self):
        """The caller raises it again."""
        def report():
            try:
                raise RuntimeError('text')
            except RuntimeError as error:
                exception.isolated_exception_context(int)()
                self.assertIs(error, sys.exc_info()[1])
                raise

        error = self.assertRaises(RuntimeError, report)
        self.assertIsNone(error.__context__)

    def test_interrupt_gets_out(self):
        """Users can interrupt a program."""
        def interrupt():
            raise KeyboardInterrupt

        self.assertRaises(KeyboardInterrupt, self.call, interrupt)
