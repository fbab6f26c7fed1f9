# SPDX-License-Identifier: Apache-2.0

import importlib
import pathlib
import sys
import textwrap

import fixtures

from usermessages.message import lint
from usermessages.tests import base
from usermessages.tests import locale

HEAD = '''\
from usermessages.message import catalog, user_actions
from usermessages.message.catalog import Action, Detail, Event, Remedy


def N_(text):
    return text


'''
# The first line of the catalog is the ninth of the module.
SOUND = '''\
UNKNOWN = Event('000001', N_('Something went wrong.'))
FULL = Event('000002', N_('The shelf is full.'), remedy=Remedy(
    user_actions.WAIT, N_('Books are taken away every evening.')))


class Actions:
    PUT = Action('001', N_('put a book on the shelf'))


class Details:
    NO_REASON = Detail('001', N_('nobody knows why'))
    NO_ROOM = Detail('002', N_('there is no room'))


class ShelfIsFull(Exception):
    pass


CATALOG = catalog.Catalog(
    'LIBRARY', events=globals(), actions=Actions, details=Details,
    unknown_error=UNKNOWN, unknown_detail=Details.NO_REASON,
    exceptions={'ShelfIsFull': Details.NO_ROOM})
'''


class LintTestCase(base.TestCase):
    """A test of a catalog in a module of a service, called ``shelf``."""

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)
        self.useFixture(fixtures.MonkeyPatch(
            'sys.path', [str(self.directory), *sys.path]))
        # One module may replace another within a second.
        self.useFixture(fixtures.MonkeyPatch('sys.dont_write_bytecode', True))
        self.addCleanup(self.forget)
        self.path = self.directory / 'shelf.lock'

    def forget(self):
        for name, module in list(sys.modules.items()):
            if str(getattr(module, '__file__', '')).startswith(
                    str(self.directory)):
                del sys.modules[name]

    def load(self, source=SOUND, head=HEAD, **others):
        """Return the catalog of such a module, and of others beside it."""
        self.forget()
        for name, other in others.items():
            path = self.directory / f'{name}.py'
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(other))
        (self.directory / 'shelf.py').write_text(head + source)
        importlib.invalidate_caches()
        return importlib.import_module('shelf').CATALOG

    def changed(self, *pairs, **others):
        """Return the catalog of the sound module with something else."""
        source = SOUND
        for old, new in pairs:
            assert source.count(old) == 1, old
            source = source.replace(old, new)
        return self.load(source, **others)

    def lock(self, catalog=None, release='1.0.0'):
        return lint.update_lock_file(catalog or self.load(), release)

    def lock_again(self, catalog):
        """Write a lock file for another catalog."""
        self.path.unlink()
        self.lock(catalog)

    def check(self, catalog, **values):
        """Return the findings, without the directory."""
        return [str(finding).replace(f'{self.directory}/', '')
                for finding in lint.check(catalog, **values)]


class CheckTest(LintTestCase):

    def test_sound_catalog(self):
        """Developers remove a linter that fails for no reason."""
        self.lock()

        self.assertEqual([], self.check(self.load()))

    def test_catalog_without_a_lock(self):
        """Developers read how to create the lock file."""
        self.assertEqual(
            ['shelf.lock:1: the lock file is missing; run '
             '"usermessages-catalog lock"'], self.check(self.load()))

    def test_lock_elsewhere(self):
        """Developers can keep the lock file elsewhere."""
        path = self.directory / 'other.lock'
        lint.update_lock_file(self.load(), '1.0.0', path)

        self.assertEqual([], self.check(self.load(), path=path))
        self.assertFalse(self.path.exists())

    def test_lock_that_cannot_be_read(self):
        """Developers read one line, not one for each ID."""
        self.lock()
        self.path.write_text(self.path.read_text()[:200])

        [found] = self.check(self.load())

        self.assertIn(': the file is truncated; restore it', found)
        self.assertTrue(found.startswith('shelf.lock:6:'), found)

    def test_lock_in_another_order(self):
        """The next release would change lines for no reason."""
        self.lock()
        lines = self.path.read_text().splitlines(keepends=True)
        lines[5:7] = reversed(lines[5:7])
        self.path.write_text(''.join(lines))

        self.assertEqual(
            ['shelf.lock:1: the lock file was edited by hand; run '
             '"usermessages-catalog lock"'], self.check(self.load()))
        self.assertEqual(([], 0), self.lock())
        self.assertEqual([], self.check(self.load()))


class IDsTest(LintTestCase):

    def setUp(self):
        super().setUp()
        self.lock()

    def assertFound(self, place, text, catalog):
        """Check that it is found, and keeps the lock from being written."""
        [found] = self.check(catalog)
        self.assertEqual(place, ':'.join(found.split(':')[:2]), found)
        self.assertIn(text, found)
        locked = self.path.read_text()
        findings, added = self.lock(catalog, '2.0.0')
        self.assertEqual(
            [found], [str(finding).replace(f'{self.directory}/', '')
                      for finding in findings])
        self.assertEqual(0, added)
        self.assertEqual(locked, self.path.read_text())

    def test_id_that_is_used_again(self):
        """Stored messages would change their meaning."""
        self.assertFound(
            'shelf.py:10', 'event 000002 is SOLD, but FULL since 1.0.0: '
            'stored messages would change their meaning; use a new ID',
            self.changed(('FULL =', 'SOLD =')))
        self.assertFound(
            'shelf.py:15', 'action 001 is Actions.TAKE, but Actions.PUT since',
            self.changed(('PUT =', 'TAKE =')))
        self.assertFound(
            'shelf.py:20',
            'detail 002 is Details.NO_BOOK, but Details.NO_ROOM',
            self.changed(('NO_ROOM =', 'NO_BOOK ='),
                         ('Details.NO_ROOM', 'Details.NO_BOOK')))

    def test_constant_with_another_id(self):
        """Stored messages would lose their text."""
        self.assertFound(
            'shelf.py:10', 'event FULL is 000007, but 000002 since 1.0.0: '
            'stored messages would lose their text; restore the ID',
            self.changed(("'000002'", "'000007'")))

    def test_constants_that_change_places(self):
        """Developers read both lines."""
        found = self.check(self.changed(
            ("NO_REASON = Detail('001'", "NO_REASON = Detail('002'"),
            ("NO_ROOM = Detail('002'", "NO_ROOM = Detail('001'")))

        self.assertEqual(2, len(found))
        self.assertIn('shelf.py:19: detail 002 is Details.NO_REASON, but '
                      'Details.NO_ROOM', found[0])
        self.assertIn('shelf.py:20: detail 001 is Details.NO_ROOM, but '
                      'Details.NO_REASON', found[1])

    def test_constants_of_two_classes_that_change_places(self):
        """Constants of the same name in two classes are different."""
        classes = ('    NO_ROOM', '    pass\n\n\nclass Attic:\n    NO_ROOM = '
                   "Detail('003', N_('the attic is full'))\n\n\n"
                   'class Cellar:\n    NO_ROOM')
        details = ("[*vars(Details).values(), Attic.NO_ROOM, "
                   'Cellar.NO_ROOM]')
        pairs = (('details=Details', f'details={details}'),
                 ('Details.NO_ROOM', 'Cellar.NO_ROOM'))
        self.path.unlink()
        self.lock(self.changed(classes, *pairs))
        self.assertIn('"003" = {constant = "Attic.NO_ROOM", since',
                      self.path.read_text())

        found = self.check(self.changed((classes[0], classes[1].replace(
            "'003'", "'002'")), ("NO_ROOM = Detail('002', N_('there",
                                 "NO_ROOM = Detail('003', N_('there"), *pairs))

        self.assertEqual(2, len(found))
        self.assertIn('detail 002 is Attic.NO_ROOM, but Cellar.NO_ROOM',
                      found[0])
        self.assertIn('detail 003 is Cellar.NO_ROOM, but Attic.NO_ROOM',
                      found[1])

    def test_constant_in_another_class(self):
        """Developers can move constants to another class."""
        self.assertEqual([], self.check(self.changed(
            ('class Details', 'class Reasons'),
            ('details=Details', 'details=Reasons'),
            ('Details.NO_REASON', 'Reasons.NO_REASON'),
            ('Details.NO_ROOM', 'Reasons.NO_ROOM'))))

    def test_new_id_with_a_name_that_another_class_has(self):
        """A new ID is not mistaken for that constant."""
        catalog = self.changed(
            ('class ShelfIsFull', 'class Attic:\n    NO_ROOM = Detail(\n'
             "        '003', N_('the attic is full'))\n\n\n"
             'class ShelfIsFull'),
            ('details=Details',
             'details=[*vars(Details).values(), Attic.NO_ROOM]'))

        self.assertEqual(
            ['shelf.py:24: detail 003 is not in the lock file; run '
             '"usermessages-catalog lock" when the ID is final'],
            self.check(catalog))

    def test_other_parameters(self):
        """The values of stored messages would have another meaning."""
        old = "N_('The shelf is full.')"
        new = ("N_('{count} books.'), general=N_('Full.'), "
               "parameters={'count': catalog.%s(about=catalog.%s)}")
        self.lock_again(self.changed((old, new % ('Percent', 'PROJECT'))))

        for source, found in (
                (new % ('Seconds', 'PROJECT'), 'count: seconds, project'),
                (new % ('Percent', 'REQUEST'), 'count: percent, request'),
                (old, 'none')):
            self.assertEqual(
                [f'shelf.py:10: event 000002 has the parameters {found}, but '
                 'count: percent, project since 1.0.0: the values of stored '
                 'messages would change their meaning; use a new ID'],
                self.check(self.changed((old, source))))

    def test_id_without_a_constant(self):
        """Another constant could use the ID with a different meaning."""
        self.assertFound(
            'shelf.py:28', 'event 000003 has no constant, so a change of its '
            'meaning cannot be detected; define a constant', self.changed(
                ('events=globals()',
                 "events=[UNKNOWN, FULL, Event('000003', N_('Lost.'))]")))

    def test_id_that_is_gone(self):
        """Developers retire an ID instead of removing it from the lock file.
        """
        catalog = self.changed(
            ("    NO_ROOM = Detail('002', N_('there is no room'))\n", ''),
            ("{'ShelfIsFull': Details.NO_ROOM}", '{}'))

        self.assertFound(
            'shelf.lock:14', 'detail 002 (Details.NO_ROOM, since 1.0.0) is '
            'missing from the catalog: stored messages would lose their '
            'text; restore it, in retired=', catalog)

    def test_id_that_is_retired(self):
        """Users can still read messages with a retired ID."""
        for old, new in (
                # The event stays in its place,
                ('unknown_error=UNKNOWN,',
                 'unknown_error=UNKNOWN, retired=[FULL],'),
                # and in a place for all that are.
                ('FULL =', 'class Retired:\n    FULL =')):
            with self.subTest(new=new):
                source = SOUND.replace(old, new)
                if 'class Retired' in new:
                    source = source.replace(
                        'unknown_error=UNKNOWN,',
                        'unknown_error=UNKNOWN, retired=Retired,')

                catalog = self.load(source)

                self.assertEqual([], self.check(catalog))
                self.assertEqual('The shelf is full.',
                                 catalog.text('000002'))
                self.assertEqual(([], 0), self.lock(catalog))

    def test_another_prefix(self):
        """Composed messages would lose their text."""
        self.assertFound(
            'shelf.py:27', 'the prefix is ARCHIVE, but LIBRARY in shelf.lock: '
            'the IDs of stored messages start with the prefix; restore it, '
            'or name the lock file of this catalog',
            self.changed(("'LIBRARY'", "'ARCHIVE'")))

    def test_new_id(self):
        """Developers lock a new ID when it is released."""
        catalog = self.changed(
            ('FULL =', "LOST = Event('000003', N_('It was lost.'))\nFULL ="))

        self.assertEqual(
            ['shelf.py:10: event 000003 is not in the lock file; run '
             '"usermessages-catalog lock" when the ID is final'],
            self.check(catalog))
        self.assertEqual(([], 1), self.lock(catalog, '1.1.0'))
        self.assertEqual([], self.check(catalog))
        self.assertIn('"000003" = {constant = "LOST", since = "1.1.0"}\n',
                      self.path.read_text())
        self.assertIn('"000002" = {constant = "FULL", since = "1.0.0"}\n',
                      self.path.read_text())

    def test_constant_with_a_new_name_beside_the_old_one(self):
        """Developers can add a better name for the same ID."""
        self.assertEqual([], self.check(self.changed(
            ('class Actions', 'NO_SPACE = FULL\n\n\nclass Actions'))))

    def test_text_that_was_corrected(self):
        """Developers can correct a text, since the ID stays the same."""
        self.assertEqual([], self.check(self.changed(
            ('The shelf is full.', 'The shelf is quite full.'))))


class TextsTest(LintTestCase):

    def setUp(self):
        super().setUp()
        self.lock()

    def test_text_without_a_marker(self):
        """Translators would never receive the text."""
        for old, place in (
                ("N_('The shelf is full.')", 'shelf.py:10: event 000002'),
                ("N_('Books are taken away every evening.')",
                 'shelf.py:11: the hint of event 000002'),
                ("N_('put a book on the shelf')", 'shelf.py:15: action 001'),
                ("N_('there is no room')", 'shelf.py:20: detail 002')):
            text = old[3:-1]
            for new in (text, f'str({text})', f'N_(str({text}))'):
                self.assertEqual(
                    [f'{place} is not marked for translation; write '
                     'N_("...") or _("...") around it'],
                    self.check(self.changed((old, new))), new)
            # Babel extracts these.
            for new in (f"N_({text} + ' Or so.')", f'N_(f{text})'):
                self.assertEqual([], self.check(self.changed((old, new))), new)

    def test_catalog_without_any_marker(self):
        """A service in English is one on purpose, without a domain."""
        shipped = self.useFixture(locale.Locale())
        directory = shipped.path / 'de' / 'LC_MESSAGES'
        directory.mkdir(parents=True)
        (directory / 'library.mo').write_bytes(locale.compiled({}))
        source = SOUND.replace('N_(', '(')

        self.assertEqual([], self.check(self.load(source)))
        self.assertEqual(6, len(self.check(self.load(source.replace(
            "'LIBRARY',", "'LIBRARY', domain='library', "
            f"locale_dir='{shipped.path}',")))))

    def test_placeholder(self):
        """No value is ever inserted, so users would read the placeholder."""
        for old, place in (
                ('The shelf is full.', 'shelf.py:10: event 000002'),
                ('Books are taken', 'shelf.py:11: the hint of event 000002'),
                ('put a book', 'shelf.py:15: action 001'),
                ('there is no room', 'shelf.py:20: detail 002')):
            for words in ('%(book)s', '{book}', '$book'):
                self.assertEqual(
                    [f'{place} has the placeholder {words!r}; remove it'],
                    self.check(self.changed((old, f'No {words}.'))))

    def test_text_that_seems_sensitive(self):
        """A rule that guesses is a warning; the rules: test_sensitive_text."""
        for old, place in (
                ('The shelf is full.', 'shelf.py:10: warning: event 000002'),
                ('Books are taken',
                 'shelf.py:11: warning: the hint of event 000002'),
                ('put a book', 'shelf.py:15: warning: action 001'),
                ('there is no room', 'shelf.py:20: warning: detail 002')):
            for words, kind in {
                    '192.168.0.7': 'an address', '/var/shelf': 'a path',
                    'http://shelf/': 'a URL', 'MySQL': 'a back end'}.items():
                catalog = self.changed((old, f'No {words} '))

                self.assertEqual(
                    [f'{place} seems to have {kind}, {words!r}; remove it'],
                    self.check(catalog))
                self.assertEqual([True], [
                    violation.is_warning for violation
                    in lint.check(catalog)])

    def test_parameters(self):
        """A text has the placeholders of its parameters, and no others."""
        declared = ("N_('The shelf is full.')",
                    "N_('Books: {count}, {kind}.'), general=N_('Full.'), "
                    "parameters={'count': catalog.Count(9, about="
                    "catalog.PROJECT), 'kind': catalog.OneOf({'ram': "
                    "N_('memory')}, about=catalog.REQUEST)}")

        self.lock_again(self.changed(declared))

        self.assertEqual([], self.check(self.changed(declared)))
        for old, new, reason in (
                ('{kind}.', '{kind} %s.', "event 000002 has the placeholder "
                 "'%s'; remove it"),
                ('{kind}.', '{kind} $countx.', "event 000002 has the "
                 "placeholder '$countx'; remove it"),
                ("N_('Full.')", "'Full.'", 'the general text of event 000002 '
                 'is not marked for translation; write N_("...") or _("...") '
                 'around it'),
                ("N_('memory')", "'memory'", 'the word ram of kind of event '
                 '000002 is not marked for translation; write N_("...") or '
                 '_("...") around it')):
            self.assertEqual(
                [f'shelf.py:10: {reason}'],
                self.check(self.changed(
                    (declared[0], declared[1].replace(old, new)))))

    def test_long_text(self):
        """Users do not read a long text to its end."""
        for old, place in (
                ('The shelf is full.', 'shelf.py:10: event 000002'),
                ('Books are taken away every evening.',
                 'shelf.py:11: the hint of event 000002'),
                ('put a book on the shelf', 'shelf.py:15: action 001'),
                ('there is no room', 'shelf.py:20: detail 002')):
            with self.subTest(old=old):
                self.assertEqual([], self.check(
                    self.changed((old, 'a' * 255))))
                self.assertEqual(
                    [f'{place} has 256 characters; shorten it to 255'],
                    self.check(self.changed((old, 'a' * 256))))

    def test_retired_text(self):
        """Users read the texts of stored messages, retired ones included."""
        self.assertEqual(
            ["shelf.py:10: event 000002 has the placeholder '%s'; remove it"],
            self.check(self.changed(
                ('The shelf is full.', 'No %s.'),
                ('unknown_error=UNKNOWN,',
                 'unknown_error=UNKNOWN, retired=[FULL],'))))

    def test_exception_that_does_not_exist(self):
        """A misspelled exception would never map to its detail."""
        self.assertEqual(
            ['shelf.py:30: the exception ShelfWasFull of detail 002 does not '
             'exist or is not imported; correct its name, or name its module '
             'with --import'],
            self.check(self.changed(
                ("'ShelfIsFull'", "'ShelfWasFull'"))))


class TranslationsTest(LintTestCase):

    def setUp(self):
        super().setUp()
        self.locale = self.useFixture(locale.Locale()).path
        (self.locale / 'de' / 'LC_MESSAGES').mkdir(parents=True)
        self.po = self.locale / 'de' / 'LC_MESSAGES' / 'library.po'
        self.mo = self.po.with_suffix('.mo')
        self.catalog = self.changed(
            ("'LIBRARY',", "'LIBRARY', domain='library', "
             f"locale_dir='{self.locale}',"))
        self.lock(self.catalog)
        self.mo.write_bytes(locale.compiled({}))

    def check(self, catalog=None):
        return [line.replace(f'{self.locale}/', '')
                for line in super().check(catalog or self.catalog)]

    def write(self, **texts):
        self.po.write_text('msgid ""\nmsgstr ""\n\n' + '\n'.join(
            f'msgid "{text}"\nmsgstr "{translation}"\n'
            for text, translation in texts.items()))

    def test_translation_with_a_placeholder(self):
        """A reader of German sees it; the hint is read as well."""
        self.write(**{'The shelf is full.': 'Kein Platz.',
                      'there is no room': 'kein %s',
                      'Books are taken away every evening.': 'Um {time}.'})

        self.assertEqual([
            "de/LC_MESSAGES/library.po:7: the translation of 'there is no "
            "room' has the placeholder '%s'; remove it",
            "de/LC_MESSAGES/library.po:10: the translation of 'Books are "
            "taken away every evening.' has the placeholder '{time}'; "
            "remove it"], self.check())

    def test_translation_with_other_parameters(self):
        """A reader of German gets all values, in any order."""
        text = 'Books: {count} of {limit}.'
        catalog = self.changed(
            ("'LIBRARY',", "'LIBRARY', domain='library', "
             f"locale_dir='{self.locale}',"),
            ("N_('The shelf is full.')",
             f"N_('{text}'), general=N_('Full.'), "
             'parameters=dict.fromkeys(("count", "limit"), catalog.Count('
             '9, about=catalog.PROJECT))'))

        self.lock_again(catalog)

        for translation, reasons in (
                ('Von {limit} sind {count} da.', []),
                ('{count} {limit} {count}', []),
                ('Von {limit}.', ["lacks the placeholder '{count}'; insert "
                                  'it']),
                ('Von {limit} {anzahl}.', [
                    "has the placeholder '{anzahl}'; remove it",
                    "lacks the placeholder '{count}'; insert it"])):
            self.write(**{text: translation})

            self.assertEqual(
                [f'de/LC_MESSAGES/library.po:4: the translation of {text!r} '
                 f'{reason}' for reason in reasons], self.check(catalog))

    def test_compiled_translation_with_a_placeholder(self):
        """Users read the compiled translation, not the source."""
        self.mo.write_bytes(locale.compiled({'there is no room': 'kein %s'}))
        expected = ["de/LC_MESSAGES/library.mo:1: the translation of 'there "
                    "is no room' has the placeholder '%s'; remove it"]

        self.assertEqual(expected, self.check())
        self.write(**{'there is no room': 'kein Platz'})
        self.assertEqual(expected, self.check())
        self.write(**{'there is no room': 'kein %s'})
        [found] = self.check()
        self.assertTrue(found.startswith('de/LC_MESSAGES/library.po:4: '))

    def test_texts_of_others(self):
        """A domain has the texts of the log too, with values in them."""
        self.write(**{'Shelf %s is full': 'Regal %s voll'})
        self.mo.write_bytes(locale.compiled({'Shelf %s': 'Regal %s'}))

        self.assertEqual([], self.check())

    def test_translations_that_were_not_compiled(self):
        """All users would read English; problems() says so too."""
        self.mo.unlink()
        self.write(**{'there is no room': 'kein Platz'})

        self.assertEqual([
            'shelf.py:27: no LANGUAGE/LC_MESSAGES/library.mo exists in '
            f'{self.locale}, so that every user would read English; compile '
            'the translations'], self.check())
        self.assertEqual(1, len(self.catalog.problems()))

    def test_file_that_cannot_be_read(self):
        """Developers read a finding, not a traceback."""
        self.po.write_bytes(b'msgid "\xff"')
        self.mo.write_bytes(b'\xde\x12\x04\x95')

        self.assertEqual([
            'de/LC_MESSAGES/library.mo:1: cannot be read (error); create it '
            'again',
            'de/LC_MESSAGES/library.po:1: cannot be read '
            '(UnicodeDecodeError); create it again'], self.check())
