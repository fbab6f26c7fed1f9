# SPDX-License-Identifier: Apache-2.0

import sqlalchemy

from usermessages.db import models
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception
from usermessages.message import catalog
from usermessages.message import user_actions
from usermessages.message import validation
from usermessages.tests import base
from usermessages.tests import locale
from usermessages.tests.unit.message.test_catalog import FULL
from usermessages.tests.unit.message.test_catalog import make
from usermessages.tests.unit.message.test_catalog import NO_BOOK
from usermessages.tests.unit.message.test_catalog import NO_REASON
from usermessages.tests.unit.message.test_catalog import NO_ROOM
from usermessages.tests.unit.message.test_catalog import PUT
from usermessages.tests.unit.message.test_catalog import UNKNOWN


class IndexTest(base.TestCase):

    def test_same_event_twice(self):
        """A module can import the events of another module."""
        event = catalog.Event('000002', 'The shelf is full.')

        self.assertEqual({'000002': event}, validation.index([event, event]))

    def test_two_events_with_one_id(self):
        """Users would read the text of another failure."""
        error = self.assertRaises(
            exception.CatalogError, validation.index,
            [catalog.Event('000002', text) for text in ('Full.', 'Lost.')])

        self.assertEqual("The ID 000002 is a duplicate, with the texts "
                         "'Full.' and 'Lost.'.", str(error))


class CheckTest(base.TestCase):

    def test_retired_unknown_detail(self):
        """Each failure without a reason would be a warning."""
        error = self.assertRaises(
            exception.CatalogError, catalog.Catalog, 'LIBRARY',
            events=[UNKNOWN], unknown_error=UNKNOWN, actions=[PUT],
            details=[NO_ROOM], unknown_detail=NO_REASON, retired=[NO_REASON])

        self.assertIn('it is the unknown detail', str(error))


class ProblemsTest(base.TestCase):

    def test_sound_catalog_has_none(self):
        """Developers of a service check their catalog in a test."""
        self.assertEqual([], make(exceptions={
            'ShelfIsFull': NO_ROOM, KeyError: NO_BOOK}).problems())

    def test_placeholder(self):
        """Users would read the placeholder as text."""
        for text in ('No %s.', 'No %(name)s.', 'Of %5.2f GB.', 'No {}.',
                     'No {name!r}.', 'No $name.', 'No ${name}.'):
            with self.subTest(text=text):
                [problem] = make(
                    actions=[PUT, catalog.Action('009', text)]).problems()

                self.assertIn('The action 009 has the placeholder', problem)

    def test_parameter_in_a_hint(self):
        """Only the text of a detail has values."""
        detail = catalog.Detail(
            '009', '{books} books.', general='Books.',
            parameters={'books': catalog.Count(99, about=catalog.PROJECT)},
            remedy=catalog.Remedy(user_actions.RETRY,
                                  'Return {books} books.'))

        [problem] = make(details=[NO_REASON, detail]).problems()

        self.assertIn("The detail 009 has the placeholder '{books}'", problem)

    def test_no_placeholder(self):
        """Texts can contain amounts of money and percentages."""
        for text in ('100 % full', '50% of it', 'It costs $5.', 'a } b {'):
            with self.subTest(text=text):
                self.assertEqual([], make(
                    actions=[catalog.Action('009', text)]).problems())

    def test_exception_that_does_not_exist(self):
        """A renamed exception would never map to its detail."""
        self.assertEqual(
            ['Detail 002 is mapped to the exception ShelfWasFull, but no such '
             'class is imported.'],
            make(exceptions={NO_ROOM: ['ShelfIsFull', 'ShelfWasFull']})
            .problems())

    def test_id_that_is_too_long_for_the_table_of_the_service(self):
        """Messages with a long ID could not be stored."""
        def table_mapping(**lengths):
            return db_table_mapping.TableMapping(sqlalchemy.Table(
                'messages', sqlalchemy.MetaData(), *(
                    sqlalchemy.Column(column.name, sqlalchemy.String(
                        lengths.get(column.name)))
                    for column in models.MESSAGES.columns)))

        # LIBRARY_BOOK_001_003
        self.assertEqual(
            [], make().problems(table_mapping(event_id=20, action_id=3)))
        self.assertEqual([
            'LIBRARY_BOOK_001_001 has 20 characters, but the column of '
            'event_id has 19.',
            '001 has 3 characters, but the column of action_id has 2.',
        ], make().problems(table_mapping(event_id=19, action_id=2)))
        self.assertEqual([], make().problems(db_table_mapping.DEFAULT_TABLE))
        counted = catalog.Event(
            '000003', '{books} books.', general='Books.',
            parameters={'books': catalog.Count(99, about=catalog.PROJECT)})
        self.assertEqual(
            ['{"books":99} has 12 characters, but the column of parameters '
             'has 11.'], make(events=[UNKNOWN, counted]).problems(
                 table_mapping(parameters=11)))

    def test_table_without_event_ids(self):
        """Users would read the unknown error in place of an event."""
        columns = (sqlalchemy.Column(column.name, column.type)
                   for column in models.MESSAGES.columns
                   if column.name != 'event_id')
        found = make(events=[UNKNOWN, catalog.Event('000003', 'Full.')])
        found = found.problems(db_table_mapping.TableMapping(
            sqlalchemy.Table('messages', sqlalchemy.MetaData(), *columns),
            event_id_prefix='SHELF'))

        self.assertEqual([
            "The event_id_prefix of the table is 'SHELF', but the prefix of "
            "the catalog is 'LIBRARY'.",
            'Event 000003 has no action, and the table has no column for its '
            'ID.'], found)

    def test_translations_that_are_not_there(self):
        """Users of all languages would read English."""
        shipped = self.useFixture(locale.Locale())
        values = {'domain': 'library', 'locale_dir': shipped.path}

        self.assertEqual(
            ['No LANGUAGE/LC_MESSAGES/library.mo exists in '
             f'{shipped.path}.'],
            make(**values).problems())
        shipped.add('de', {FULL.text: 'Das Regal hat keinen Platz.'})
        self.assertEqual([], make(**values).problems())


class ExceptionNamesTest(base.TestCase):

    def test_class_of_a_hostile_metaclass(self):
        """A service may import any library."""
        def refuse(*_args):
            raise RuntimeError

        meta = type('Meta', (type,), {
            '__name__': property(refuse), '__hash__': refuse,
            '__eq__': refuse, '__getattribute__': refuse})
        hostile = meta('HostileError', (Exception,), {})

        names = validation.exception_names()

        self.assertIs(meta, type(hostile))
        self.assertLessEqual({'HostileError', 'KeyError'}, names)
