# SPDX-License-Identifier: Apache-2.0

import pickle

from usermessages.message import catalog
from usermessages.message.catalog import Gigabytes
from usermessages.message.catalog import OneOf
from usermessages.message.catalog import PROJECT
from usermessages.message.catalog import REQUEST
from usermessages.message import rendering
from usermessages.tests import base
from usermessages.tests import locale

SIZE = {'left': Gigabytes(about=PROJECT),
        'kind': OneOf({'ram': 'memory', 'disk': 'disk'}, about=REQUEST)}
STORED = '{"kind":"ram","left":2}'
VALUES = {'kind': 'ram', 'left': 2}


class RenderTest(base.TestCase):

    def render(self, text, stored=STORED, translate=str):
        return rendering.Rendering(
            text, 'Full.', SIZE, translate).render(stored)

    def test_placeholders_in_any_order_and_number(self):
        """Each language has its own order of words."""
        for text, expected in (
                ('{left} of {kind}', '2 GB of memory'),
                ('Of {kind}, {left}.', 'Of memory, 2 GB.'),
                ('{kind}{left}{kind}', 'memory2 GBmemory'),
                ('100%: {left} {kind} { } {X} %s $left',
                 '100%: 2 GB memory { } {X} %s $left')):
            self.assertEqual((expected, VALUES), self.render(text))

    def test_units_and_words_are_translated(self):
        """The reader knows the units of another language."""
        german = {'{number} GB': 'GByte {number}', 'memory': 'Speicher'}

        self.assertEqual(
            ('GByte 2 von Speicher', VALUES), self.render(
                '{left} von {kind}', translate=lambda t: german.get(t, t)))

    def test_values_of_another_catalog(self):
        """A row of another release, or an edited row, has no values."""
        for stored in ('', '{}', '[]', 'null', '{', '[' * 250, '1' * 255,
                       '{"left":2}', '{"left":2,"kind":"cpu"}',
                       '{"left":true,"kind":"ram"}',
                       '{"left":1e2,"kind":"ram"}',
                       '{"left":NaN,"kind":"ram"}',
                       '{"left":-1,"kind":"ram"}',
                       '{"left":"2","kind":"ram"}',
                       '{"left":2,"kind":["ram"]}',
                       '{"left":2,"right":"ram"}',
                       '{"left":2,"kind":"ram","x":1}', STORED + 'x',
                       STORED + ' ', ' ' + STORED):
            self.assertEqual(('Full.', {}), self.render(
                '{left} of {kind}', stored), stored)


class TranslationsTest(base.TestCase):

    def text(self, translation, stored=STORED, parts=None):
        """Return the text in a language with one translation."""
        unknown = catalog.Event('1', 'It failed.')
        full = catalog.Event('2', '{left} of {kind}.', parameters=SIZE,
                             general='Full.')
        shipped = self.useFixture(locale.Locale())
        shipped.add('de', {
            '{left} of {kind}.': translation, 'memory': 'Speicher',
            'Full.': 'Voll.', **(parts or {})})
        found = catalog.Catalog(
            'S', events=[unknown, full], unknown_error=unknown,
            domain='library', locale_dir=shipped.path)
        texts = [found.text('2', language='de', parameters=stored),
                 pickle.loads(pickle.dumps(found)).text(
                     '2', language='de', parameters=stored)]
        self.assertEqual(texts[:1], texts[1:])
        return texts[0]

    def test_translation(self):
        """The values are in the order of the translation."""
        self.assertEqual('Von Speicher: 2 GB.', self.text(
            'Von {kind}: {left}.'))
        self.assertEqual('Voll.', self.text('Von {kind}: {left}.', ''))

    def test_unit_without_a_translation_is_that_of_the_library(self):
        """Services need not translate units."""
        unknown = catalog.Event('1', 'It failed.')
        used = catalog.Event(
            '2', '{used} are used.', general='Full.',
            parameters={'used': catalog.Percent(about=PROJECT)})
        shipped = self.useFixture(locale.Locale())
        shipped.add('de', {'{used} are used.': '{used} sind belegt.'})
        found = catalog.Catalog(
            'S', events=[unknown, used], unknown_error=unknown,
            domain='library', locale_dir=shipped.path)

        self.assertEqual(['80 % sind belegt.', '80% are used.'], [
            found.text('2', language=language, parameters='{"used":80}')
            for language in ('de', 'en')])

    def test_translation_with_other_placeholders(self):
        """A wrong translation reads English, and has no gap."""
        for translation in (
                'Von {kind}.', 'Von {kind} {left} {x}.', 'Von.',
                '{left} {kind} {0.__class__}', '{left} {kind} {Kind}'):
            self.assertEqual('2 GB of memory.', self.text(translation))

    def test_words_of_a_text_without_a_translation(self):
        """A sentence is in one language."""
        self.assertEqual('2 GB of memory.', self.text('{left} of {kind}.'))

    def test_translations_of_parts_with_braces(self):
        """Users read no placeholder."""
        for part, expected in (('memory', 'Von memory: 2 GB.'),
                               ('Full.', 'Von Speicher: 2 GB.'),
                               ('{number} GB', 'Von Speicher: 2 GB.')):
            self.assertEqual(expected, self.text(
                'Von {kind}: {left}.', **{'parts': {part: '{left} x'}}))
        self.assertEqual('Full.', self.text(
            'Von {kind}: {left}.', '', parts={'Full.': '{left} x'}))
