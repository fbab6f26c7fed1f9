# SPDX-License-Identifier: Apache-2.0

import sys
import types

import ddt
import fixtures
import testtools

from usermessages import exception as exc
from usermessages.message import catalog
from usermessages.message import defined_messages
from usermessages.message import user_actions
from usermessages.tests import base
from usermessages.tests import locale

UNKNOWN = catalog.Event('000001', 'Something went wrong.')
FULL = catalog.Event('000002', 'The shelf is full.', level='WARNING',
                     remedy=catalog.Remedy(user_actions.WAIT))
PUT = catalog.Action('001', 'put a book on the shelf')
TAKE = catalog.Action('002', 'take a book from the shelf')
NO_REASON = catalog.Detail('001', 'nobody knows why')
NO_ROOM = catalog.Detail('002', 'there is no room')
NO_BOOK = catalog.Detail(
    '003', 'there is no such book',
    catalog.Remedy(user_actions.CHANGE_REQUEST, 'Look for another book.'))


class Action:
    """Actions written like the classes of Cinder and Manila."""

    PUT_BOOK = ('001', 'put a book on the shelf')
    TAKE_BOOK = ('002', 'take a book from the shelf')

    ALL = (PUT_BOOK, TAKE_BOOK)


class Detail:
    UNKNOWN_ERROR = ('001', 'nobody knows why')
    NO_ROOM = ('002', 'there is no room')
    NO_BOOK = ('003', 'there is no such book')

    ALL = (UNKNOWN_ERROR, NO_ROOM, NO_BOOK)

    EXCEPTION_DETAIL_MAPPINGS = {
        NO_ROOM: ['ShelfIsFull', 'NoSpaceLeft'],
        NO_BOOK: ['BookNotFound'],
    }


class Resource:
    BOOK = 'BOOK'
    SHELF = 'SHELF'


class ShelfError(Exception):
    pass


class ShelfIsFull(ShelfError):
    pass


class AtticShelfIsFull(ShelfIsFull):
    pass


class RemoteError(Exception):
    """The error of oslo.messaging for a class that is not allowed."""

    def __init__(self, exc_type, value):
        super().__init__(value)
        self.exc_type = exc_type


class BookNotFound_Remote(Exception):
    """The class that oslo.messaging makes of a remote BookNotFound."""


def make(**values):
    """Return a valid catalog, with the values of the test."""
    return catalog.Catalog(**{
        'prefix': 'LIBRARY',
        'events': [UNKNOWN, FULL],
        'unknown_error': UNKNOWN,
        'actions': [PUT, TAKE],
        'details': [NO_REASON, NO_ROOM, NO_BOOK],
        'unknown_detail': NO_REASON,
        'resource_types': ['BOOK'],
        **values})


class CatalogTest(base.TestCase):

    def test_reads_a_module(self):
        """The messages of a service are a module of constants."""
        module = types.ModuleType('shelf_messages')
        module.__doc__ = 'Not an event.'
        module.UNKNOWN, module.FULL = UNKNOWN, FULL
        module.VERSION = '1.0'

        found = make(events=module)

        self.assertEqual({'000001', '000002'}, set(found.events))

    def test_reads_a_class(self):
        """Developers can group constants in a class."""
        class Events:
            """Not an event."""

            UNKNOWN_ERROR = UNKNOWN
            SHELF_FULL = FULL

        found = make(events=Events)

        self.assertEqual({'000001': UNKNOWN, '000002': FULL}, found.events)

    def test_reads_a_mapping(self):
        """A module passes its own ``globals()``."""
        found = make(events={'UNKNOWN': UNKNOWN, 'FULL': FULL, 'n': 1,
                             '__name__': 'shelf'})

        self.assertEqual({'000001': UNKNOWN, '000002': FULL}, found.events)

    def test_reads_an_iterable(self):
        """The events may come from anywhere."""
        found = make(events=iter((UNKNOWN, FULL)))

        self.assertEqual({'000001': UNKNOWN, '000002': FULL}, found.events)

    def test_reads_the_classes_of_peers(self):
        """Cinder and Manila can keep their classes."""
        found = make(
            actions=Action, details=Detail, resource_types=Resource,
            unknown_detail=Detail.UNKNOWN_ERROR,
            exceptions=Detail.EXCEPTION_DETAIL_MAPPINGS)

        self.assertEqual({'001': PUT, '002': TAKE}, found.actions)
        self.assertEqual(
            {'001': NO_REASON, '002': NO_ROOM,
             '003': catalog.Detail('003', 'there is no such book')},
            found.details)
        self.assertEqual({'BOOK', 'SHELF'}, found.resource_types)
        self.assertEqual(NO_REASON, found.unknown_detail)
        self.assertEqual(NO_ROOM, found.detail_of(ShelfIsFull()))
        self.assertEqual('003', found.detail_of(BookNotFound_Remote()).id)
        self.assertEqual('put a book on the shelf',
                         found.action(Action.PUT_BOOK).text)

    def test_same_event_under_two_names_is_no_error(self):
        """Developers can rename a constant and keep the old name."""
        found = make(events={'OLD': FULL, 'NEW': FULL, 'UNKNOWN': UNKNOWN})

        self.assertEqual({'000001', '000002'}, set(found.events))

    def assertRefused(self, text, **values):
        error = self.assertRaises(exc.CatalogError, make, **values)
        self.assertEqual(text, str(error))
        self.assertIsInstance(error, ValueError)

    def test_event_id_twice_is_an_error(self):
        """Users would read the wrong one of two texts."""
        self.assertRefused(
            "The ID 000002 is a duplicate, with the texts 'The shelf is "
            "full.' and 'Another.'.",
            events=[UNKNOWN, FULL, catalog.Event('000002', 'Another.')])

    def test_event_id_twice_with_the_same_text_is_an_error(self):
        """Two constants with one ID are one constant too many."""
        self.assertRefused(
            "The ID 000002 is a duplicate, with the texts 'The shelf is "
            "full.' and 'The shelf is full.'.",
            events=[UNKNOWN, FULL,
                    catalog.Event('000002', 'The shelf is full.')])

    def test_action_id_twice_is_an_error(self):
        """A composed event ID would mean two things."""
        self.assertRefused("The ID 001 is a duplicate, with the texts 'put a "
                           "book on the shelf' and 'burn a book'.",
                           actions=[PUT, ('001', 'burn a book')])

    def test_detail_id_twice_is_an_error(self):
        """A composed event ID would mean two things."""
        self.assertRefused("The ID 001 is a duplicate, with the texts 'nobody "
                           "knows why' and 'it is raining'.",
                           details=[NO_REASON, ('001', 'it is raining')])

    def test_missing_text_is_an_error(self):
        """No user reads an empty message."""
        for text in ('', ' \n', None):
            self.assertRefused(
                'The ID 000003 has no text.',
                events=[UNKNOWN, catalog.Event('000003', text)])
            self.assertRefused('The ID 003 has no text.',
                               actions=[catalog.Action('003', text)])
            self.assertRefused('The ID 004 has no text.',
                               details=[NO_REASON, ('004', text)])

    def test_half_a_place_of_translations_is_an_error(self):
        """Users would read English for an unknown reason."""
        for values in ({'domain': 'library'}, {'locale_dir': '/locale'}):
            self.assertRefused('The parameters domain and locale_dir require '
                               'each other.', **values)

    def test_unstorable_id_is_an_error(self):
        """Developers read the error at the start, not in production."""
        for event_id in ('', 'a b', 'ä', 'a' * 65, 'a\0', 'a\n', "a'b"):
            self.assertRefused(
                f'The ID {event_id!r} cannot be stored.',
                events=[UNKNOWN, catalog.Event(event_id, 'Text.')])

    def test_lower_case_prefix_is_an_error(self):
        """Event IDs look alike in all services."""
        for prefix in ('library', '', 'LIB-RARY', 'LIBRARY\n'):
            self.assertRefused(
                f"The prefix {prefix!r} is not in upper case, or too long.",
                prefix=prefix)

    def test_composed_id_always_fits_its_column(self):
        """A composed message is not lost because of long names."""
        longest = 'A' * 64
        found = make(prefix='A' * 60, resource_types=[longest],
                     actions=[(longest, 'Text.')],
                     details=[NO_REASON, (longest, 'Text.')])

        event_id = found.compose(longest, found.action(longest),
                                 found.detail(longest))

        self.assertEqual(255, len(event_id))
        self.assertRaises(exc.CatalogError, make, prefix='A' * 61)

    def test_lower_case_resource_type_is_an_error(self):
        """Users would not find the messages, since filters are in upper case.
        """
        self.assertRefused(
            "The resource type 'book' is not in upper case, or too long.",
            resource_types=['book'])

    def test_unknown_error_outside_the_catalog_is_an_error(self):
        """Users read this event in place of all unknown ones."""
        self.assertRefused(
            'The unknown error is not an event of the catalog.',
            events=[FULL])

    def test_unknown_level_is_an_error(self):
        """Users filter by level."""
        self.assertRefused(
            "Event 000003 has the unknown level 'error'.",
            events=[UNKNOWN, catalog.Event('000003', 'Text.', 'error')])

    def test_one_module_with_everything(self):
        """Small services have one file; a detail in the file is not an action.
        """
        module = types.ModuleType('shelf_messages')
        for value in (UNKNOWN, FULL, PUT, NO_REASON, NO_BOOK):
            setattr(module, value.text.replace(' ', '_'), value)

        found = make(events=module, actions=module, details=module)

        self.assertEqual({'001': PUT}, found.actions)
        self.assertEqual({'001': NO_REASON, '003': NO_BOOK}, found.details)

    def test_what_is_no_remedy_is_an_error(self):
        """Programs depend on the user action, so the set is closed."""
        for remedy in ('retry', ('retry', ''), catalog.Remedy('RETRY'),
                       catalog.Remedy('pray'), catalog.Remedy('retry', None),
                       catalog.Remedy('retry', ' ')):
            for values in (
                    {'events': [UNKNOWN, catalog.Event(
                        '000003', 'Text.', remedy=remedy)]},
                    {'details': [NO_REASON, catalog.Detail(
                        '004', 'text', remedy)]}):
                with self.subTest(remedy=remedy, values=values):
                    error = self.assertRaises(exc.CatalogError, make, **values)

                    self.assertIn('change_request', str(error))

    def test_plain_tuple_stands_for_a_detail_with_a_remedy(self):
        """The mapping of exceptions may stay as it is."""
        found = make(exceptions={('003', 'there is no such book'): [
            'ShelfIsFull']})

        self.assertEqual('003', found.detail_of(ShelfIsFull()).id)

    def test_plain_tuple_with_a_remedy_is_a_detail(self):
        """Developers can add a remedy to a tuple and keep the detail."""
        found = make(actions=[('001', 'put a book')], details=[
            NO_REASON, ('002', 'busy', catalog.Remedy('wait'))])

        self.assertEqual(
            catalog.Detail('002', 'busy', catalog.Remedy('wait')),
            found.details['002'])

    def test_actions_without_unknown_detail_are_an_error(self):
        """Exceptions without a mapping need a text, too."""
        self.assertRefused(
            'A catalog with actions needs an unknown detail.',
            unknown_detail=None)

    def test_mapped_detail_outside_the_catalog_is_an_error(self):
        """A text would be missing when the user reads the message."""
        stray = ('009', 'not in the catalog')
        for exceptions in ({KeyError: stray}, {'KeyError': stray},
                           {stray: ['KeyError']}):
            self.assertRefused('Detail 009 is not in the catalog.',
                               exceptions=exceptions)

    def test_unknown_detail_outside_the_catalog_is_an_error(self):
        """A text would be missing when the user reads the message."""
        self.assertRefused('Detail 009 is not in the catalog.',
                           unknown_detail=('009', 'not in the catalog'))

    def test_mapped_detail_with_another_text_is_an_error(self):
        """Users would never read one of the two texts."""
        self.assertRefused('Detail 002 is not in the catalog.',
                           exceptions={KeyError: ('002', 'another text')})


class LookupTest(base.TestCase):

    def test_finds_by_plain_text(self):
        """An ID may come from a message queue, where it is plain text."""
        found = make()

        self.assertIs(FULL, found.event('000002'))
        self.assertEqual(PUT, found.action('001'))
        self.assertEqual(NO_ROOM, found.detail('002'))

    def test_finds_by_tuple(self):
        """A service passes its own constant."""
        found = make()

        self.assertEqual(PUT, found.action(Action.PUT_BOOK))
        self.assertEqual(NO_ROOM, found.detail(NO_ROOM))

    def test_text_of_the_caller_is_not_looked_at(self):
        """Users read the text of the catalog, not that of the caller."""
        self.assertEqual(PUT, make().action(('001', 'secret')))

    def test_anything_else_is_unknown(self):
        """Any value outside of the catalog is unknown."""
        found = make()
        for thing in (None, '', '000009', 2, b'000002', (), [], {}, object(),
                      ValueError('000002'), (None, None), ([], 'x')):
            self.assertIsNone(found.event(thing))
            self.assertIsNone(found.action(thing))
            self.assertIsNone(found.detail(thing))


@ddt.ddt
class DetailOfTest(base.TestCase):

    def test_class_maps_its_subclasses(self):
        """A driver has classes of its own."""
        found = make(exceptions={ShelfError: NO_ROOM})

        self.assertEqual(NO_ROOM, found.detail_of(ShelfError()))
        self.assertEqual(NO_ROOM, found.detail_of(AtticShelfIsFull()))

    def test_nearest_class_wins(self):
        """Users read the detail of the most specific class."""
        found = make(exceptions={Exception: NO_BOOK, ShelfError: NO_ROOM})

        self.assertEqual(NO_ROOM, found.detail_of(ShelfIsFull()))
        self.assertEqual(NO_BOOK, found.detail_of(KeyError()))

    def test_name_maps_its_subclasses(self):
        """A class that is not imported is mapped by its name."""
        found = make(exceptions={'ShelfIsFull': NO_ROOM, ShelfError: NO_BOOK})

        self.assertEqual(NO_ROOM, found.detail_of(ShelfIsFull()))
        self.assertEqual(NO_ROOM, found.detail_of(AtticShelfIsFull()))
        self.assertEqual(NO_BOOK, found.detail_of(ShelfError()))

    def test_error_of_another_process_maps_as_here(self):
        """oslo.messaging appends ``_Remote`` to the name of a class."""
        found = make(exceptions={'BookNotFound': NO_BOOK})

        self.assertEqual(NO_BOOK, found.detail_of(BookNotFound_Remote()))

    @ddt.data(('BookNotFound', NO_BOOK), ('ShelfIsFull', NO_ROOM),
              ('KeyError', None), ('', None), (None, None), (5, None))
    @ddt.unpack
    def test_error_of_another_process_without_its_class(self, name, expected):
        """oslo.messaging passes the name of a class that is not allowed."""
        found = make(exceptions={'BookNotFound': NO_BOOK,
                                 ShelfIsFull: NO_ROOM})

        self.assertEqual(expected, found.detail_of(
            RemoteError(name, 'secret')))

    @ddt.data({'exceptions': {KeyError: ('009', '{books} books.')}},
              {'exceptions': {('009', '{books} books.'): ['KeyError']}})
    def test_detail_as_a_tuple_has_its_parameters(self, values):
        """Cinder writes details as tuples."""
        counted = catalog.Detail(
            '009', '{books} books.', general='Books.',
            parameters={'books': catalog.Count(99, about=catalog.PROJECT)})
        found = make(details=[NO_REASON, NO_ROOM, counted], **values)

        self.assertIs(counted, found.detail_of(KeyError()))
        self.assertRaises(
            exc.CatalogError, make, details=[NO_REASON, NO_ROOM, counted],
            unknown_detail=('009', '{books} books.'))

    def test_mapping_of_something_else(self):
        """A key that is neither a class nor a name maps nothing."""
        found = make(exceptions={5: NO_BOOK, 'KeyError': NO_ROOM})

        self.assertIsNone(found.detail_of(RemoteError('5', 'secret')))
        self.assertEqual(
            NO_ROOM, found.detail_of(RemoteError('KeyError', 'secret')))

    def test_attribute_of_another_exception_is_not_looked_at(self):
        """Only oslo.messaging sets the attribute to the name of a class."""
        error = RuntimeError()
        error.exc_type = 'BookNotFound'

        self.assertIsNone(make(exceptions={
            'BookNotFound': NO_BOOK}).detail_of(error))

        class Waiting(Exception):
            @property
            def exc_type(self):
                raise SystemExit('hunter2')

        self.assertIsNone(make().detail_of(Waiting()))

    def test_unknown_class_maps_to_none(self):
        """The detail of the service applies instead."""
        self.assertIsNone(make().detail_of(KeyError()))

    def test_text_arguments_and_cause_are_not_looked_at(self):
        """An exception may hold anything."""
        class Closed(Exception):
            def __str__(self):
                raise AssertionError('looked at')

            __repr__ = __eq__ = __hash__ = args = property(__str__)

        found = make(exceptions={'ShelfIsFull': NO_ROOM})
        error = Closed()
        error.__cause__ = ShelfIsFull()

        self.assertIsNone(found.detail_of(error))

    def test_first_of_two_details_wins(self):
        """Cinder uses the first detail, too."""
        found = make(exceptions={NO_ROOM: ['KeyError'], NO_BOOK: ['KeyError']})

        self.assertEqual(NO_ROOM, found.detail_of(KeyError()))

    def test_callable_is_asked_first(self):
        """A service may know better than a table."""
        found = make(exceptions={KeyError: NO_ROOM},
                     detail_for=lambda error: NO_BOOK)

        self.assertEqual(NO_BOOK, found.detail_of(KeyError()))

    def test_callable_that_does_not_know_leaves_it_to_the_table(self):
        """A callable need not repeat the table."""
        for answer in (None, ('009', 'not in the catalog'), 'nonsense', 5):
            found = make(exceptions={KeyError: NO_ROOM},
                         detail_for=lambda error, answer=answer: answer)

            self.assertEqual(NO_ROOM, found.detail_of(KeyError()))

    def test_callable_gets_the_exception(self):
        """A code in an attribute may decide."""
        asked = []
        error = KeyError()

        make(detail_for=asked.append).detail_of(error)

        self.assertEqual([error], asked)


class ComposeTest(base.TestCase):

    def test_joins_prefix_resource_action_and_detail(self):
        """Clients that know Cinder know these IDs."""
        self.assertEqual('LIBRARY_BOOK_001_002',
                         make().compose('BOOK', PUT, NO_ROOM))

    def test_without_resource_type_has_no_gap(self):
        """A message need not be about a resource."""
        self.assertEqual('LIBRARY_001_002', make().compose('', PUT, NO_ROOM))


class IsResourceIdTest(base.TestCase):

    def test_is_a_uuid_by_default(self):
        """Only IDs get into the column of IDs."""
        found = make()

        self.assertTrue(found.is_resource_id(base.RESOURCE))
        self.assertTrue(found.is_resource_id(base.RESOURCE.upper()))
        for text in ('', 'secret', base.RESOURCE + '\n', base.RESOURCE[1:],
                     base.RESOURCE.replace('-', ''), f' {base.RESOURCE}',
                     base.RESOURCE.replace('f', '٣'), None, 5,
                     base.RESOURCE.encode()):
            self.assertFalse(found.is_resource_id(text))

    def test_pattern_of_a_service_matches_as_a_whole(self):
        """A service may number its resources."""
        found = make(resource_id_pattern=r'shelf-\d')

        self.assertTrue(found.is_resource_id('shelf-1'))
        self.assertFalse(found.is_resource_id('shelf-12'))
        self.assertFalse(found.is_resource_id('a shelf-1'))
        self.assertFalse(found.is_resource_id(base.RESOURCE))


class TextTest(base.TestCase):

    def test_event_has_its_own_text(self):
        """The user reads what the service chose."""
        self.assertEqual('The shelf is full.', make().text('000002'))

    def test_composed_event_has_both_halves(self):
        """The user reads what was going on and what went wrong."""
        self.assertEqual(
            'put a book on the shelf:there is no room',
            make().text('LIBRARY_BOOK_001_002', '001', '002'))

    def test_unknown_detail_stands_for_a_lost_one(self):
        """A later release may not have the detail."""
        for detail_id in ('', '009', None):
            self.assertEqual(
                'put a book on the shelf:nobody knows why',
                make().text('LIBRARY_BOOK_001_009', '001', detail_id))

    def test_unknown_event_is_the_unknown_error(self):
        """Users can list messages despite one unknown event."""
        for stored in (('000009',), ('',), (None, None, None),
                       ('LIBRARY_BOOK_009_002', '009', '002'),
                       ('LIBRARY_BOOK_001_002', '', '002')):
            self.assertEqual('Something went wrong.', make().text(*stored))

    def test_catalog_without_actions_says_something_too(self):
        """The table may contain rows of a former catalog."""
        found = catalog.Catalog('LIBRARY', events=[UNKNOWN],
                                unknown_error=UNKNOWN)

        self.assertEqual('Something went wrong.',
                         found.text('LIBRARY_BOOK_001_002', '001', '002'))


class TextOfEventTest(base.TestCase):

    def test_defined_ids_have_a_text(self):
        """Statistics by event ID show the text of the event."""
        for event_id, text in (
                ('000002', 'The shelf is full.'),
                ('LIBRARY_BOOK_001_002',
                 'put a book on the shelf:there is no room'),
                ('LIBRARY_001_002',
                 'put a book on the shelf:there is no room')):
            self.assertEqual(text, make().text_of_event(event_id))

    def test_other_ids_have_no_text(self):
        """The text of the unknown error would describe other messages."""
        for event_id in ('000009', '', '_', 'VOLUME_BOOK_001_002',
                         'LIBRARY_BOOK_009_002', 'LIBRARY_BOOK_001_009'):
            self.assertEqual('', make().text_of_event(event_id))


class RemedyTest(base.TestCase):

    def test_event_has_its_own(self):
        """Developers define the remedy together with the event."""
        self.assertEqual(('wait', ''), make().remedy('000002'))
        self.assertIsNone(make().remedy('000001'))

    def test_composed_event_has_that_of_its_detail(self):
        """The reason of a failure decides the remedy, not the operation."""
        found = make()

        self.assertEqual(
            ('change_request', 'Look for another book.'),
            found.remedy('LIBRARY_BOOK_001_003', '001', '003'))
        self.assertIsNone(found.remedy('LIBRARY_BOOK_001_002', '001', '002'))

    def test_goes_with_the_text(self):
        """The remedy matches the text that replaces an unknown one."""
        unknown = catalog.Event('000001', 'Something went wrong.',
                                remedy=catalog.Remedy('contact_operator'))
        no_reason = catalog.Detail('001', 'nobody knows why',
                                   catalog.Remedy('retry'))
        found = make(events=[unknown], unknown_error=unknown,
                     details=[no_reason, NO_BOOK], unknown_detail=no_reason)

        self.assertEqual('contact_operator',
                         found.remedy('999999').user_action)
        self.assertEqual(
            'contact_operator',
            found.remedy('VOLUME_BOOK_001_003', '001', '003').user_action)
        self.assertEqual(
            'contact_operator',
            found.remedy('LIBRARY_BOOK_009_003', '009', '003').user_action)
        self.assertEqual(
            'retry',
            found.remedy('LIBRARY_BOOK_001_009', '001', '009').user_action)

    def test_hint_is_translated(self):
        """Users read a translated hint; a missing hint stays missing."""
        shipped = self.useFixture(locale.Locale())
        shipped.add('de', {
            'Look for another book.': 'Suchen Sie ein anderes Buch.'})
        found = make(domain=locale.DOMAIN, locale_dir=shipped.path)

        self.assertEqual(
            'Suchen Sie ein anderes Buch.',
            found.remedy('LIBRARY_BOOK_001_003', '001', '003', 'de').hint)
        self.assertEqual('', found.remedy('000002', language='de').hint)

    def test_placeholder_in_a_hint(self):
        """Hints have no values for a placeholder."""
        self.assertEqual(
            ["The detail 004 has the placeholder '%s' in its text, but no "
             "value is ever inserted."],
            make(details=[NO_REASON, catalog.Detail(
                '004', 'text', catalog.Remedy('wait', 'Ask %s.'))]).problems())


class DefinesTest(base.TestCase):

    def test_what_is_in_the_catalog(self):
        """The message reference shows only entries of the catalog."""
        found = make()
        for values, expected in (
                (('000002',), True),
                (('000002', 'BOOK'), True),
                (('LIBRARY_BOOK_001_003', 'BOOK', '001', '003'), True),
                (('LIBRARY_001_003', '', '001', '003'), True),
                (('000003',), False),
                (('',), False),
                (('LIBRARY_BOOK_001_003',), False),
                (('LIBRARY_BOOK_001_003', 'BOOK', '001', '002'), False),
                (('LIBRARY_BOOK_001_009', 'BOOK', '001', '009'), False),
                (('LIBRARY_BOOK_009_003', 'BOOK', '009', '003'), False),
                (('LIBRARY_CAT_001_003', 'CAT', '001', '003'), False),
                (('VOLUME_BOOK_001_003', 'BOOK', '001', '003'), False)):
            with self.subTest(values=values):
                self.assertEqual(expected, found.defines(*values))


class RetiredTest(base.TestCase):

    def test_reads_as_before(self):
        """Users read the same text of stored messages."""
        found = make(events=[UNKNOWN], actions=[PUT], details=[NO_REASON],
                     retired=[FULL, TAKE, NO_BOOK])

        self.assertEqual('The shelf is full.', found.text('000002'))
        self.assertEqual(
            'take a book from the shelf:there is no such book',
            found.text('LIBRARY_BOOK_002_003', '002', '003'))
        self.assertIs(FULL, found.event('000002'))
        self.assertTrue(found.defines('LIBRARY_BOOK_002_003', 'BOOK', '002',
                                      '003'))

    def test_is_told_from_the_others(self):
        """The message reference marks retired entries."""
        class Retired:
            """Retired constants, as in a class of a service."""

            OLD_FULL = FULL
            OLD_TAKE = TAKE
            OLD_NO_BOOK = NO_BOOK

        for retired in (Retired, [FULL, TAKE, NO_BOOK]):
            # The constants may stay where they were.
            found = make(retired=retired)

            self.assertEqual([True] * 3, [
                found.is_retired(value) for value in (FULL, TAKE, NO_BOOK)])
            self.assertEqual([False] * 8, [
                found.is_retired(value) for value in (
                    UNKNOWN, PUT, NO_REASON, NO_ROOM, '000002', None,
                    # Each kind has IDs of its own.
                    catalog.Detail('002', 'there is no room'),
                    ('002', 'take a book from the shelf'))])
            self.assertFalse(make().is_retired(FULL))

    def test_unknown_detail_belongs_to_an_action(self):
        """An event without an action has no detail at all."""
        no_actions = make(actions=(), details=(), unknown_detail=None)

        self.assertEqual(
            [True, False, False, False],
            [make().is_unknown_detail('002', NO_REASON.id),
             make().is_unknown_detail('002', NO_ROOM.id),
             make().is_unknown_detail('', ''),
             no_actions.is_unknown_detail('002', '')])

    def test_id_that_is_used_again_is_an_error(self):
        """Stored messages would change their meaning."""
        for retired in (catalog.Event('000002', 'Another.'),
                        catalog.Action('001', 'burn a book'),
                        catalog.Detail('001', 'it is raining')):
            error = self.assertRaises(exc.CatalogError, make,
                                      retired=[retired])
            self.assertIn('is a duplicate', str(error))

    def test_plain_tuple_is_an_error(self):
        """The tuple could be an action or a detail."""
        error = self.assertRaises(
            exc.CatalogError, make, retired=[('009', 'burn a book')])

        self.assertEqual(
            "('009', 'burn a book') may be an action or a detail; retire an "
            "Action(...) or a Detail(...).", str(error))

    def test_detail_with_its_remedy(self):
        """Actions have no remedy, so the tuple is a detail."""
        found = make(retired=[
            ('009', 'the shop is shut', catalog.Remedy('wait'))])

        self.assertEqual('wait', found.details['009'].remedy.user_action)
        self.assertTrue(found.is_retired(found.details['009']))

    def test_what_is_not_understood_is_an_error(self):
        """The service would still record a text that its author retired."""
        class Texts:
            OLD = {'000009': 'It burns.'}

        for retired, named in (
                (['000002'], "'000002'"), ({None}, 'None'),
                ((('009', 'x', 'wait'),), "('009', 'x', 'wait')"),
                ({'000009': 'It burns.'}, "{'000009': 'It burns.'}"),
                ([{'000009': 'It burns.'}], "{'000009': 'It burns.'}"),
                (Texts, "{'000009': 'It burns.'}")):
            error = self.assertRaises(exc.CatalogError, make, retired=retired)
            self.assertEqual(
                f'{named} cannot be retired; use an Event(...), an '
                'Action(...) or a Detail(...).', str(error))

    def test_no_collection_is_an_error(self):
        """Developers read an error of the catalog, not a TypeError."""
        for values in ({'retired': None}, {'details': 5}):
            error = self.assertRaises(exc.CatalogError, make, **values)
            self.assertEqual(
                f'{[*values.values()][0]} is not a module, class, mapping or '
                'iterable.', str(error))

    def test_entries_of_new_messages_cannot_be_retired(self):
        """The catalog itself would still record the entry."""
        for retired, values, why in (
                (UNKNOWN, {}, 'The unknown error is retired, but new messages '
                 'would use it.'),
                (NO_REASON, {}, 'Detail 001 is retired, but new messages '
                 'would use it: it is the unknown detail.'),
                (NO_ROOM, {'exceptions': {KeyError: NO_ROOM}},
                 'Detail 002 is retired, but new messages would use it: '
                 'exceptions maps KeyError to it.'),
                (NO_ROOM, {'exceptions': {'ShelfIsFull': NO_ROOM}},
                 'Detail 002 is retired, but new messages would use it: '
                 'exceptions maps ShelfIsFull to it.')):
            error = self.assertRaises(exc.CatalogError, make,
                                      retired=[retired], **values)
            self.assertEqual(why, str(error))


class TranslatedTextTest(base.TestCase):
    """The tests of :class:`TextTest`, in another language."""

    def setUp(self):
        super().setUp()
        shipped = self.useFixture(locale.Locale())
        shipped.add('de', {
            UNKNOWN.text: 'Etwas ging schief.',
            FULL.text: 'Das Regal hat keinen Platz.',
            PUT.text: 'ein Buch ins Regal stellen',
            NO_REASON.text: 'niemand weiß, warum',
            NO_ROOM.text: 'es gibt keinen Platz'})
        self.catalog = make(domain=locale.DOMAIN, locale_dir=shipped.path)

    def text(self, *stored):
        return self.catalog.text(*stored, language='de')

    def test_event(self):
        """The user reads what the service chose, in their language."""
        self.assertEqual('Das Regal hat keinen Platz.', self.text('000002'))
        self.assertEqual('The shelf is full.', self.catalog.text('000002'))

    def test_halves_are_translated_before_they_are_joined(self):
        """Translators do not translate every pair."""
        self.assertEqual('ein Buch ins Regal stellen:es gibt keinen Platz',
                         self.text('LIBRARY_BOOK_001_002', '001', '002'))

    def test_half_without_translation_is_english_alone(self):
        """Users read the other half in their language."""
        self.assertEqual(
            'ein Buch ins Regal stellen:there is no such book',
            self.text('LIBRARY_BOOK_001_003', '001', '003'))
        self.assertEqual(
            'take a book from the shelf:es gibt keinen Platz',
            self.text('LIBRARY_BOOK_002_002', '002', '002'))

    def test_unknown_ones(self):
        """Users read the text for unknown IDs in their language."""
        self.assertEqual('Etwas ging schief.', self.text('000009'))
        self.assertEqual('Etwas ging schief.', self.text(''))
        self.assertEqual(
            'ein Buch ins Regal stellen:niemand weiß, warum',
            self.text('LIBRARY_BOOK_001_009', '001', '009'))

    def test_languages(self):
        """Users can request the languages with a translation."""
        self.assertEqual({'en': 'en', 'de': 'de'}, self.catalog.languages)
        self.assertEqual({'en': 'en'}, make().languages)

    def test_catalog_without_translations_is_not_translated_by_ours(self):
        """The same words may mean something else there."""
        found = make(actions=[catalog.Action('001', 'take a snapshot')])

        self.assertEqual(
            'take a snapshot:there is no room',
            found.text('LIBRARY_001_002', '001', '002', language='de'))


class CollectionTest(testtools.TestCase):

    def test_single_thing_is_an_error(self):
        """A forgotten comma is found when the service starts."""
        event = catalog.Event('000001', 'Something went wrong.')
        for values in ({'resource_types': 'CAKE'},
                       {'actions': catalog.Action('001', 'bake')},
                       {'events': event}):
            self.assertRaises(
                exc.CatalogError, catalog.Catalog, 'BAKERY',
                **{'events': [event], 'unknown_error': event, **values})


class LoadTest(base.TestCase):

    def load_from(self, source, path):
        """Load from a module with that source text."""
        [filename] = self.create_tempfiles([('shelf_catalog', source)], '.py')
        directory, _slash, name = filename.rpartition('/')
        name = name.removesuffix('.py')
        sys.path.insert(0, directory)
        self.addCleanup(sys.path.remove, directory)
        self.addCleanup(sys.modules.pop, name, None)
        return catalog.load(path % name)

    def assertNotLoaded(self, path, source=''):
        return str(self.assertRaises(
            exc.ConfigurationError, self.load_from, source, path))

    def test_finds_the_shipped_catalog(self):
        """The server needs no option for the shipped one."""
        self.assertIs(
            defined_messages.CATALOG,
            catalog.load('usermessages.message.defined_messages:CATALOG'))

    def test_finds_the_catalog_of_a_service(self):
        """A service runs the server with its own texts."""
        found = self.load_from(
            'from usermessages.message import catalog\n'
            'ERROR = catalog.Event("1", "Text.")\n'
            'MINE = catalog.Catalog("SHELF", events=[ERROR],\n'
            '                       unknown_error=ERROR)\n', '%s:MINE')

        self.assertEqual('SHELF', found.prefix)

    def test_unknown_module_is_named(self):
        """The operator sees which option is wrong."""
        error = self.assertRaises(exc.ConfigurationError, catalog.load,
                                  'no_such_module:CATALOG')

        self.assertEqual(
            "[user_messages]catalog is 'no_such_module:CATALOG', but the "
            "module no_such_module is not installed: install it in the "
            "environment of usermessages, or add its directory to "
            "PYTHONPATH.", str(error))

    def test_text_of_a_module_that_fails_is_not_told(self):
        """The errors of a service's code may contain a password."""
        directory = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.MonkeyPatch(
            'sys.path', [directory, *sys.path]))
        with open(f'{directory}/failing_catalog.py', 'w') as file:
            file.write("raise RuntimeError('pa55word')")

        error = self.assertRaises(exc.ConfigurationError, catalog.load,
                                  'failing_catalog:CATALOG')

        self.assertIn('(RuntimeError)', str(error))
        self.assertNotIn('pa55word', str(error))

    def test_malformed_path_is_an_error(self):
        """Operators read one line for any malformed path."""
        for path in ('', ':', ':CATALOG', 'json', 'json:', 'json:nothing',
                     '.json:loads', '..:x', 'json loads', 'a b:c'):
            error = self.assertRaises(exc.ConfigurationError, catalog.load,
                                      path)
            self.assertStartsWith(
                str(error), f'[user_messages]catalog is {path!r}, ')

    def test_something_else_is_an_error(self):
        """A name may be of another thing, or of none."""
        for path in ('json:loads', 'json:LOADS', 'json'):
            error = self.assertRaises(exc.ConfigurationError, catalog.load,
                                      path)

            self.assertEqual(
                f"[user_messages]catalog is '{path}', which is not a Catalog; "
                "use the form module:NAME.", str(error))

    def test_module_that_fails_is_an_error(self):
        """A catalog with a mistake in it ends in one line too."""
        for source in ('this is not Python', '1 / 0', 'nothing.at_all',
                       'from usermessages.message import catalog\n'
                       'catalog.Catalog("x", events=[], unknown_error=None)'):
            self.assertIn('which cannot be loaded',
                          self.assertNotLoaded('%s:CATALOG', source))

    def assertStartsWith(self, text, start):
        self.assertEqual(start, text[:len(start)])
