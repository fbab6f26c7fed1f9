# SPDX-License-Identifier: Apache-2.0

import copy
import decimal
import pickle

from usermessages._i18n import N_
from usermessages import exception
from usermessages.message import catalog
from usermessages.message.catalog import Count
from usermessages.message.catalog import Gigabytes
from usermessages.message.catalog import OneOf
from usermessages.message.catalog import Percent
from usermessages.message.catalog import PROJECT
from usermessages.message.catalog import REQUEST
from usermessages.message.catalog import Seconds
from usermessages.message import parameters
from usermessages.tests import base

UNKNOWN = catalog.Event('000001', 'It failed.')
SIZE = {'requested': Gigabytes(about=REQUEST),
        'left': Gigabytes(about=PROJECT)}
SIZE_TEXT = 'You requested {requested}, and {left} are left.'
FULL = catalog.Event('000002', SIZE_TEXT, parameters=SIZE,
                     general='The quota is used up.')
WORDS = {'ram': N_('memory'), 'cores': N_('cores')}


class Text(parameters.Parameter):
    """A type that does not exist, for any text."""

    kind = 'text'
    largest = values = ''

    def accepts(self, value):
        return True


class Words(dict):
    """A dict that has any word."""

    def __contains__(self, key):
        return True


class Liar(int):
    """An integer that prints as another text."""

    def __str__(self):
        return 'hunter2'

    __repr__ = __format__ = __str__


class ParameterTest(base.TestCase):

    def test_accepted_values(self):
        """Only plain values within the bounds of the type are stored."""
        cases = (
            (Count(10, about=PROJECT), (0, 1, 10), (-1, 11)),
            (Gigabytes(about=REQUEST), (0, 10 ** 9), (-1, 10 ** 9 + 1)),
            (Percent(about=PROJECT), (0, 100), (-1, 101)),
            (Seconds(about=REQUEST), (0, 10 ** 9), (-1, 10 ** 400)),
            (OneOf(WORDS, about=REQUEST), ('ram', 'cores'),
             ('', 'disk', 'memory', 1)))
        never = (None, True, 1.0, float('nan'), decimal.Decimal(1), Liar(1),
                 '1', b'1', [1], (1,), {1: 1}, object(), 1j)
        for parameter, accepted, rejected in cases:
            self.assertEqual(
                [], [v for v in accepted if not parameter.accepts(v)])
            self.assertEqual(
                [], [v for v in (*rejected, *never) if parameter.accepts(v)])

    def test_units(self):
        """A number has the unit of the language."""
        self.assertEqual(
            [('', ''), ('', ' GB'), ('', '%'), ('', ' s'), ('', '')],
            [parameter.affixes(str) for parameter in (
                Count(10, about=PROJECT), Gigabytes(about=REQUEST),
                Percent(about=PROJECT), Seconds(about=REQUEST),
                OneOf(WORDS, about=REQUEST))])
        self.assertEqual(('% ', ''), Percent(about=PROJECT).affixes(
            lambda text: '% {number}'))

    def test_descriptions(self):
        """The reference of a catalog shows the range and the subject."""
        self.assertEqual(
            ['a number from 0 to 10, of the project',
             'a number from 0 to 1000000000 GB, of the request',
             'one of cores (cores), ram (memory), of the project'],
            [parameter.description for parameter in (
                Count(10, about=PROJECT), Gigabytes(about=REQUEST),
                OneOf(WORDS, about=PROJECT))])

    def test_signatures(self):
        """The lock file detects another type, subject or set of words."""
        self.assertEqual(
            ['count, project', 'gigabytes, request',
             'one of cores|ram, project'],
            [parameter.signature for parameter in (
                Count(10, about=PROJECT), Gigabytes(about=REQUEST),
                OneOf(WORDS, about=PROJECT))])


class AcceptTest(base.TestCase):

    def test_values_are_complete_or_not_stored(self):
        """A sentence has no hole."""
        for given, expected in (
                ({'requested': 5, 'left': 2},
                 ({'requested': 5, 'left': 2}, '')),
                ({'requested': 5}, ({}, 'needs a valid left')),
                ({'requested': True, 'left': 10 ** 400},
                 ({}, 'needs a valid left, requested')),
                ({'requested': 5, 'left': 2, 'hunter2': 'hunter2'},
                 ({'requested': 5, 'left': 2},
                  'needs only left, requested')),
                ({}, ({}, 'needs a valid left, requested')),
                (None, ({}, 'needs a dict with left, requested')),
                ('left', ({}, 'needs a dict with left, requested')),
                ([('left', 2)], ({}, 'needs a dict with left, requested'))):
            self.assertEqual(expected, parameters.accept(SIZE, given))

    def test_many_names_cost_nothing(self):
        """The number of given names does not matter."""
        given = {str(number): number for number in range(10 ** 6)}

        self.assertEqual(({}, 'needs a dict with left, requested'),
                         parameters.accept(SIZE, given))

    def test_mapping_of_the_caller_is_not_called(self):
        """The methods of another class could raise or wait."""
        class Raising(dict):
            def __getitem__(self, key):
                raise RuntimeError('hunter2')

            __contains__ = __iter__ = items = keys = __len__ = __getitem__

        self.assertEqual(
            ({}, 'needs a dict with left, requested'),
            parameters.accept(SIZE, Raising(left=1, requested=2)))

    def test_key_that_raises(self):
        """A key can have the hash of a name, and is not compared."""
        class Key(str):
            def __hash__(self):
                return hash('left')

            def __eq__(self, other):
                raise SystemExit('hunter2')

        self.assertEqual(({}, 'needs a dict with left, requested'),
                         parameters.accept(SIZE, {Key(): 1}))


class SerializeTest(base.TestCase):

    def test_canonical_json(self):
        """The same values have the same text."""
        self.assertEqual('{"left":2,"requested":5}', parameters.serialize(
            {'requested': 5, 'left': 2}))
        self.assertEqual('', parameters.serialize({}))


class CatalogTest(base.TestCase):

    def make(self, event=FULL, **values):
        return catalog.Catalog('SHELF', events=[UNKNOWN, event],
                               unknown_error=UNKNOWN, **values)

    def test_text_with_values(self):
        """The user reads the numbers."""
        self.assertEqual(
            ('You requested 5 GB, and 2 GB are left.',
             {'left': 2, 'requested': 5}),
            self.make().render('000002',
                               parameters='{"left":2,"requested":5}'))

    def test_values_of_an_unknown_event(self):
        """Only the text that declares a value shows the value."""
        self.assertEqual(('It failed.', {}), self.make().render(
            '9', parameters='{"left":2,"requested":5}'))

    def test_broken_declarations(self):
        """The catalog cannot be created, so a test of the service fails."""
        general = 'The quota is used up.'
        long = {f'a_long_name_of_a_parameter_{n}': Gigabytes(about=PROJECT)
                for n in range(7)}
        cases = (
            (SIZE_TEXT, SIZE, '', 'need a general text'),
            (SIZE_TEXT, SIZE, ' ', 'need a general text'),
            (SIZE_TEXT, SIZE, '{left} left', 'general text has a placeholder'),
            ('Full.', None, general, 'a general text needs parameters'),
            ('Full.', {}, general, 'a general text needs parameters'),
            ('Full: {left}', SIZE, general, 'the placeholders left, but'),
            ('Full.', SIZE, general, 'the placeholders none, but'),
            (SIZE_TEXT + '{x}', SIZE, general, 'the placeholders left, requ'),
            (SIZE_TEXT, [*SIZE.items()], general, 'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': int}, general, 'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': Text(about=parameters.PROJECT)},
             general, 'needs a dict'),
            (SIZE_TEXT, Words(SIZE), general, 'needs a dict'),
            ('{left}', {'left': parameters.OneOf(
                Words(a='b'), about=parameters.PROJECT)}, general,
             'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': Gigabytes(about='backend')}, general,
             'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': Count('9', about=PROJECT)}, general,
             'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': OneOf({}, about=PROJECT)}, general,
             'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': OneOf({'X': 'x'}, about=PROJECT)},
             general, 'needs a dict'),
            (SIZE_TEXT, {**SIZE, 'left': OneOf({'x': '{y}'}, about=PROJECT)},
             general, 'needs a dict'),
            ('{Left} {requested}', {'Left': SIZE['left'],
                                    'requested': SIZE['requested']}, general,
             'needs a dict'),
            (' '.join(f'{{{name}}}' for name in long), long, general,
             'up to 295 bytes, but the column has 255'))
        for text, declared, general_text, reason in cases:
            error = self.assertRaises(
                exception.CatalogError, self.make, catalog.Event(
                    '000002', text, parameters=declared,
                    general=general_text))

            self.assertIn(reason, str(error))

    def test_subject_is_required(self):
        """The author of a text decides what the value is about."""
        self.assertRaises(TypeError, Gigabytes)
        self.assertRaises(TypeError, Count, 5)

    def test_unknown_texts_have_no_parameters(self):
        """The unknown error stands for messages of other events."""
        for values in ({'events': [FULL], 'unknown_error': FULL},
                       {'events': [UNKNOWN], 'unknown_error': UNKNOWN,
                        'details': [catalog.Detail(
                            '001', SIZE_TEXT, None, SIZE, 'Full.')],
                        'unknown_detail': catalog.Detail(
                            '001', SIZE_TEXT, None, SIZE, 'Full.')}):
            error = self.assertRaises(
                exception.CatalogError, catalog.Catalog, 'SHELF', **values)

            self.assertIn('cannot have parameters', str(error))

    def test_copies(self):
        """Another process has the same parameters."""
        detail = catalog.Detail('001', SIZE_TEXT, None, SIZE, 'Full.')
        for value in (FULL, detail, OneOf(WORDS, about=REQUEST)):
            for same in (copy.deepcopy(value),
                         pickle.loads(pickle.dumps(value))):
                self.assertEqual(value, same)
                self.assertEqual(getattr(value, 'parameters', None),
                                 getattr(same, 'parameters', None))
        self.assertEqual(hash(detail), hash(copy.deepcopy(detail)))
