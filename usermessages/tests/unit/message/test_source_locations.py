# SPDX-License-Identifier: Apache-2.0

import sys

from usermessages import exception as exc
from usermessages.message import definitions
from usermessages.message import lint
from usermessages.message import source_locations
from usermessages.message import translation_files
from usermessages.tests.unit.message import test_lint


class SourceLocationsTest(test_lint.LintTestCase):
    """Developers read file and line for any style of catalog."""

    def assertPlaces(self, catalog, *places):
        """Check the location of each text and each ID."""
        found = source_locations.SourceLocations(catalog)
        marked = translation_files.marked(found.paths)

        self.assertEqual(sorted(places), sorted(
            f'{place.path.relative_to(self.directory)}:{place.line}: '
            f'{kind} {key}'
            for kind, table in catalog.tables.items()
            for key, value in table.items()
            for text in definitions.texts_of(value) if text in marked
            for place in [found.place_of_text(kind, key, text, marked)]))

    def names(self, catalog):
        """Return the names that the IDs of the events have."""
        found = source_locations.SourceLocations(catalog)
        return {key: found.names('event', key) for key in catalog.events}

    def test_modules_of_today(self):
        """Cinder has its constants in separate modules."""
        catalog = self.load(
            'from library import texts, fields\n'
            'CATALOG = catalog.Catalog(\n'
            "    'LIBRARY', events=texts, actions=fields.Action,\n"
            '    details=fields.Detail, unknown_error=texts.EventIds.UNKNOWN,'
            '\n    unknown_detail=fields.Detail.UNKNOWN)\n',
            **{'library/__init__': '_ = str\n', 'library/texts': '''\
                from library import _


                class EventIds:
                    UNKNOWN = 'LIBRARY_1'
                    FULL = 'LIBRARY_2'


                event_id_message_map = {
                    EventIds.UNKNOWN: _('Something went wrong.'),
                    EventIds.FULL: _(
                        'The shelf '
                        'is full.'),
                }
                ''', 'library/fields': '''\
                from library import _


                class Action:
                    PUT = ('001', _('put a book on the shelf'))
                    TAKE = ('002',
                            _('take a book from the shelf'))

                    ALL = (PUT, TAKE)


                class Detail:
                    UNKNOWN = ('001', _('nobody knows why'))

                    ALL = (UNKNOWN,)
                '''})

        self.assertPlaces(
            catalog,
            'library/texts.py:10: event LIBRARY_1',
            'library/texts.py:12: event LIBRARY_2',
            'library/fields.py:5: action 001',
            'library/fields.py:7: action 002',
            'library/fields.py:13: detail 001')
        self.assertEqual({'LIBRARY_1': ['EventIds.UNKNOWN'],
                          'LIBRARY_2': ['EventIds.FULL']},
                         self.names(catalog))
        found = source_locations.SourceLocations(catalog)
        self.assertEqual(['Action.TAKE'], found.names('action', '002'))
        self.assertEqual(['Detail.UNKNOWN'], found.names('detail', '001'))

    def test_constants_of_constants(self):
        """Developers can define texts and remedies separately."""
        self.assertPlaces(
            self.load('''\
SORRY: str = N_('Something went wrong.')
LATER = Remedy(user_actions.WAIT, hint=N_('Come back.'))
if True:
    UNKNOWN: Event = Event(text=SORRY, event_id='000001')
try:
    FULL = Event('000002', N_('Full.'), remedy=LATER)
except ValueError:
    pass
CATALOG: catalog.Catalog = catalog.Catalog(
    'LIBRARY', events=[UNKNOWN, FULL], unknown_error=UNKNOWN)
'''), 'shelf.py:9: event 000001', 'shelf.py:14: event 000002',
            'shelf.py:10: event 000002')

    def test_constants_in_one_line_or_behind_an_exception(self):
        """Developers can define constants in any statement."""
        catalog = self.load('''\
try:
    import nothing_of_this_name
except ImportError:
    UNKNOWN = Event('000001', N_('Something went wrong.'))
FULL, SOLD = Event('000002', N_('Full.')), Event('000003', N_('Sold.'))
CATALOG = catalog.Catalog('LIBRARY', events=globals(), unknown_error=UNKNOWN)
''')
        self.assertPlaces(
            catalog, 'shelf.py:12: event 000001', 'shelf.py:13: event 000002',
            'shelf.py:13: event 000003')
        self.assertEqual({'000001': ['UNKNOWN'], '000002': ['FULL'],
                          '000003': ['SOLD']}, self.names(catalog))

    def test_names_of_events_in_another_module(self):
        """The name of a constant contains its class, but not its module."""
        catalog = self.load('''\
from books import fields
CATALOG = catalog.Catalog('LIBRARY', unknown_error='000001', events={
    fields.EventIds.UNKNOWN: N_('Something went wrong.'),
    fields.FULL: N_('Full.')})
''', **{'books/__init__': '', 'books/fields': '''\
            FULL = '000002'


            class EventIds:
                UNKNOWN = '000001'
            '''})

        self.assertEqual({'000001': ['EventIds.UNKNOWN'], '000002': ['FULL']},
                         self.names(catalog))

    def test_texts_and_remedies_of_another_module(self):
        """Each event has its line here, and its words are there."""
        catalog = self.load('''\
from books import remedies
UNKNOWN = Event('000001', remedies.SORRY)
FULL = Event('000002', N_('Full.'), remedy=remedies.LATER)
CATALOG = catalog.Catalog('LIBRARY', events=globals(), unknown_error=UNKNOWN)
''', **{'books/__init__': '', 'books/remedies': '''\
            from usermessages.message.catalog import Remedy
            N_ = str
            SORRY = N_('Something went wrong.')
            LATER = Remedy('wait', N_('Come back.'))
            '''})

        self.assertPlaces(
            catalog, 'books/remedies.py:3: event 000001',
            'books/remedies.py:4: event 000002', 'shelf.py:11: event 000002')

    def test_events_without_a_constant(self):
        """Developers read the line of an event without a name."""
        catalog = self.load('''\
CATALOG = catalog.Catalog(
    'LIBRARY', unknown_error='000001', actions=[
        Action('001', N_('put a book'))],
    details=[Detail('001', text=N_('there is no room'))],
    events=[Event('000001', N_('Something went wrong.')),
            catalog.Event('000002', N_('Full.'))],
    unknown_detail=('001', 'there is no room'))
''')
        self.assertPlaces(
            catalog, 'shelf.py:11: action 001', 'shelf.py:12: detail 001',
            'shelf.py:13: event 000001', 'shelf.py:14: event 000002')
        self.assertEqual({'000001': [], '000002': []}, self.names(catalog))

    def test_constants_of_another_module(self):
        """Developers read the line of the text, for any name."""
        catalog = self.load('''\
import books.events
from books.events import *

FULL = books.events.SOLD
CATALOG = catalog.Catalog('LIBRARY', events=globals(), unknown_error=UNKNOWN)
''', **{'books/__init__': '', 'books/texts': '''\
            from usermessages.message.catalog import Event
            N_ = str
            SOLD = Event('000002', N_('It was sold.'))
            ''', 'books/events': '''\
            from usermessages.message.catalog import Event
            from .texts import N_, SOLD
            UNKNOWN = Event('000001', N_('Something went wrong.'))
            '''})

        self.assertPlaces(
            catalog, 'books/events.py:3: event 000001',
            'books/texts.py:3: event 000002')
        self.assertEqual({'000001': ['UNKNOWN'], '000002': ['FULL', 'SOLD']},
                         self.names(catalog))

    def test_events_that_are_made_by_a_function(self):
        """Developers can create events in a function."""
        catalog = self.load('''\
def event(number, text):
    return Event(f'{number:06}', text)


EVENTS = [event(1, N_('Something went wrong.')), event(2, N_('Full.'))]
CATALOG = catalog.Catalog(
    'LIBRARY', events=EVENTS, unknown_error='000001')
''')
        self.assertPlaces(
            catalog, 'shelf.py:13: event 000001', 'shelf.py:13: event 000002')

    def test_another_catalog_in_the_module(self):
        """Another catalog has its own IDs."""
        self.assertPlaces(self.load('''\
OTHER = Event('000001', 'Something else.')
OTHERS = catalog.Catalog('OTHER', events=[OTHER], unknown_error=OTHER)
UNKNOWN = Event('000001', N_('Something went wrong.'))
CATALOG = catalog.Catalog('LIBRARY', events=[UNKNOWN], unknown_error=UNKNOWN)
'''), 'shelf.py:11: event 000001')

    def test_catalog_that_is_made_by_a_function(self):
        """The module is known, though not the line."""
        catalog = self.load('''\
UNKNOWN = Event('000001', N_('Something went wrong.'))


def make():
    return catalog.Catalog('LIBRARY', events=[UNKNOWN], unknown_error=UNKNOWN)


CATALOG, OTHER = make(), make()
''')
        found = source_locations.SourceLocations(catalog)

        self.assertEqual((self.directory / 'shelf.py', 1),
                         (found.path, found.line))
        self.assertPlaces(catalog, 'shelf.py:9: event 000001')

    def test_catalog_of_no_module(self):
        """Developers have to name the lock file, and read no lines."""
        catalog = self.load()
        del sys.modules['shelf']

        self.assertIsNone(source_locations.SourceLocations(catalog).path)
        for function in (lint.check, lint.default_path):
            error = self.assertRaises(exc.ConfigurationError, function,
                                      catalog)
            self.assertEqual(
                'No module with source code contains the catalog, so the '
                'path of its lock file is required.', str(error))

    def test_text_that_is_nowhere(self):
        """The line of the catalog is better than none."""
        catalog = self.load('''\
CATALOG = catalog.Catalog(
    'LIBRARY', unknown_error='1',
    events=[type('Event', (Event,), {})('1', 'Some' 'thing'[:-5] + ' is')])
''')
        found = source_locations.SourceLocations(catalog)

        self.assertEqual(
            (self.directory / 'shelf.py', 9),
            found.place_of_text('event', '1', catalog.events['1'].text, {}))

    def test_constant_that_stood_for_another_one(self):
        """The last one counts, as it does for Python."""
        self.assertPlaces(self.load('''\
UNKNOWN = Event('000007', N_('Something.'))
UNKNOWN = Event('000001', N_('Something went wrong.'))
CATALOG = catalog.Catalog('LIBRARY', events=[UNKNOWN], unknown_error=UNKNOWN)
'''), 'shelf.py:10: event 000001')
