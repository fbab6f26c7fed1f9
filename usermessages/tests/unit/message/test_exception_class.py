# SPDX-License-Identifier: Apache-2.0

import sys
import types

import fixtures

from usermessages import exception
from usermessages.message import exception_class
from usermessages.tests import base

SECRET = 'a-secret-of-the-caller'
HERE = 'usermessages.tests.unit.message.test_exception_class'


class DriverError(Exception):

    class Timeout(Exception):
        pass


class RenamingType(type):

    __module__ = SECRET
    __qualname__ = SECRET


class Renamed(Exception, metaclass=RenamingType):

    def __getattribute__(self, name):
        raise RuntimeError(SECRET)


class DescribeTest(base.TestCase):

    def test_class_of_a_module_has_its_full_name(self):
        """Developers find the class that the catalog does not map."""
        for expected, error in (
                ('builtins.KeyError', KeyError(SECRET)),
                ('usermessages.exception.MessageNotFound',
                 exception.MessageNotFound(SECRET)),
                (f'{HERE}.DriverError', DriverError(SECRET)),
                (f'{HERE}.DriverError.Timeout', DriverError.Timeout()),
                ('none', None)):
            with self.subTest(expected=expected):
                self.assertEqual(expected, exception_class.describe(error))

    def test_class_that_its_module_lacks_has_the_name_of_its_base(self):
        """The name of a class that is created at run time can be a secret."""
        class Local(DriverError):
            pass

        for cls in (
                Local,
                type(SECRET, (DriverError,), {}),
                type('KeyError', (DriverError,), {'__module__': 'builtins'}),
                type('Any', (DriverError,), {'__module__': SECRET}),
                type('Any', (DriverError,), {'__module__': None}),
                type('DriverError_Remote', (DriverError,), {
                    '__module__': HERE})):
            with self.subTest(cls=cls):
                self.assertEqual(f'subclass of {HERE}.DriverError',
                                 exception_class.describe(cls(SECRET)))

    def test_metaclass_and_attributes_do_not_matter(self):
        """A hostile class neither fails the call nor changes the name."""
        self.assertEqual(f'{HERE}.Renamed',
                         exception_class.describe(Renamed()))

    def test_any_object_can_be_a_module(self):
        """A broken entry in sys.modules does not fail the call."""
        class Broken(types.ModuleType):

            @property
            def __dict__(self):
                raise RuntimeError(SECRET)

        self.useFixture(fixtures.MonkeyPatch('sys.modules', {
            **sys.modules, 'broken': Broken('broken'), 'none': None}))

        for module in ('broken', 'none'):
            cls = type('Any', (KeyError,), {'__module__': module})
            self.assertEqual('subclass of builtins.KeyError',
                             exception_class.describe(cls()))
