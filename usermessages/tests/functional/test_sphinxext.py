# SPDX-License-Identifier: Apache-2.0

"""Sphinx builds pages with the directive for a catalog."""

import html.parser
import os
import pathlib
import subprocess
import sys

import fixtures

from usermessages.message import id_registry
from usermessages.tests import base

CONF = '''
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
project = 'library'
extensions = ['usermessages.sphinxext']
man_pages = [('index', 'library', 'lend books', 'nobody', 7)]
'''
CATALOG = r'''
from usermessages.message import catalog
from usermessages.message.catalog import Remedy

FAILED = catalog.Event('000001', 'Something *went* `wrong`_ in <b>|here|</b>.')
CLOSED = catalog.Event('000002', 'We "lend" C:\\books -- not today...', 'INFO',
                       Remedy('wait', 'Come *tomorrow*.'))
LEND = catalog.Action('001', 'lend a |book|')
TAKE = catalog.Action('002', 'take a book back')
UNKNOWN = catalog.Detail('001', 'nobody *knows* why',
                         Remedy('contact_operator'))
LOST = catalog.Detail('002', 'it is lost')
CATALOG = catalog.Catalog(
    'LIBRARY', events=[CLOSED, FAILED], unknown_error=FAILED,
    actions=[TAKE, LEND], details=[LOST, UNKNOWN], unknown_detail=UNKNOWN,
    resource_types=['BOOK', 'CARD'])
WITHOUT_ACTIONS = catalog.Catalog(
    'LIBRARY', events=[FAILED], unknown_error=FAILED)
'''
PAGE = '''
Messages
========

.. user-messages:: library_messages:CATALOG
'''
PAGE_AS_TEXT = r'''Messages
********

"000001" : ERROR
   Something *went* `wrong`_ in <b>|here|</b>.

"000002" : INFO
   We "lend" C:\books -- not today...

   **Wait** ("wait"): Come *tomorrow*.

-[ Composed messages ]-

A composed message consists of an action and a detail, joined with a
colon. Its event ID ends with the IDs of the action and the detail:
"LIBRARY_BOOK_001_001" is *lend a |book|:nobody *knows* why*.

-[ Actions ]-

* "001" lend a |book|

* "002" take a book back

-[ Details ]-

"001" : ERROR
   nobody *knows* why

   **Contact an operator** ("contact_operator"): Provide the request
   ID of the message.

"002" : ERROR
   it is lost

-[ Event IDs of composed messages ]-

* "LIBRARY_001_001" "LIBRARY_BOOK_001_001" "LIBRARY_CARD_001_001"
  *lend a |book|:nobody *knows* why*

* "LIBRARY_001_002" "LIBRARY_BOOK_001_002" "LIBRARY_CARD_001_002"
  *lend a |book|:it is lost*

* "LIBRARY_002_001" "LIBRARY_BOOK_002_001" "LIBRARY_CARD_002_001"
  *take a book back:nobody *knows* why*

* "LIBRARY_002_002" "LIBRARY_BOOK_002_002" "LIBRARY_CARD_002_002"
  *take a book back:it is lost*
'''


class Entries(html.parser.HTMLParser):
    """The anchors of a page, each with the text of its entry."""

    def __init__(self):
        super().__init__()
        self.at = {}
        self._anchors = []
        self._is_definition = False

    def handle_starttag(self, tag, attributes):
        if tag == 'dt':
            self._anchors, self._is_definition = [], False
        elif tag == 'dd':
            self._is_definition = True
        anchor = dict(attributes).get('id')
        if anchor and tag in ('dt', 'span'):
            assert anchor not in self.at, anchor
            self._anchors.append(anchor)
            self.at[anchor] = ''

    def handle_endtag(self, tag):
        if tag == 'dl':
            self._anchors = []

    def handle_data(self, text):
        for anchor in self._anchors if self._is_definition else []:
            self.at[anchor] += text


class SphinxTestCase(base.TestCase):

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.useFixture(fixtures.TempDir()).path)
        self.write('conf.py', CONF)
        self.write('library_messages.py', CATALOG)
        self.write('index.rst', PAGE)

    def write(self, name, text):
        self.directory.joinpath(name).write_text(text)

    def run_sphinx(self, builder='html'):
        """Build the documents as "sphinx-build -W" does."""
        return subprocess.run(
            [sys.executable, '-B', '-m', 'sphinx', '-q', '-W', '--keep-going',
             '-b', builder, self.directory, self.directory / builder],
            capture_output=True, text=True, env={
                **os.environ, 'PYTHONWARNINGS': 'ignore'})

    def build(self, name, builder='html'):
        """Return a file of the documents, which give no warning."""
        done = self.run_sphinx(builder)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        return (self.directory / builder / name).read_text()

    def entries(self, page):
        """Return the text of the entry that each anchor leads to."""
        parser = Entries()
        parser.feed(page)
        return {anchor: text.strip() for anchor, text in parser.at.items()}


class AnchorsTest(SphinxTestCase):

    def test_every_event_has_its_anchor(self):
        """Help links end with the ID of the event."""
        entries = self.entries(self.build('index.html'))

        self.assertEqual({
            '000001', '000002',
            'LIBRARY_001_001', 'LIBRARY_001_002',
            'LIBRARY_002_001', 'LIBRARY_002_002',
            'LIBRARY_BOOK_001_001', 'LIBRARY_BOOK_001_002',
            'LIBRARY_BOOK_002_001', 'LIBRARY_BOOK_002_002',
            'LIBRARY_CARD_001_001', 'LIBRARY_CARD_001_002',
            'LIBRARY_CARD_002_001', 'LIBRARY_CARD_002_002'}, set(entries))
        self.assertEqual('it is lost', entries['LIBRARY_002_002'])
        self.assertEqual('it is lost', entries['LIBRARY_CARD_001_002'])
        self.assertTrue(entries['LIBRARY_BOOK_001_001'].startswith(
            'nobody *knows* why'))
        self.assertTrue(entries['000002'].startswith('We "lend"'))

    def test_entry_leads_to_itself(self):
        """A reader passes on the link to what they read."""
        page = self.build('index.html')

        for anchor in ('000001', '000002', 'LIBRARY_001_001',
                       'LIBRARY_001_002'):
            self.assertIn(f'href="#{anchor}"', page)

    def test_ids_that_come_out_alike(self):
        """The link leads to what such a message is read as."""
        self.write('library_messages.py', CATALOG.replace(
            "'002', 'it is", "'x_001', 'it is").replace(
            "'002', 'take", "'001_x', 'take").replace(
            "'000002', ", "'LIBRARY_BOOK_001_001', "))

        entries = self.entries(self.build('index.html'))

        self.assertIn('nobody *knows* why', entries['LIBRARY_001_x_001'])
        self.assertIn('We "lend"', entries['LIBRARY_BOOK_001_001'])
        self.assertEqual('it is lost', entries['LIBRARY_001_x_x_001'])


class PageTest(SphinxTestCase):

    def test_what_is_said(self):
        """Each character of a text is shown as readers get it."""
        self.assertEqual(PAGE_AS_TEXT, self.build('index.txt', 'text'))

    def test_catalog_without_actions(self):
        """Readers see no section about missing halves."""
        self.write('index.rst', PAGE.replace('CATALOG', 'WITHOUT_ACTIONS'))

        page = self.build('index.html')

        self.assertEqual({'000001'}, set(self.entries(page)))
        self.assertNotIn('halves', page)

    def test_since_when_and_until_when(self):
        """Readers find out whether their cloud can record the message."""
        self.write('library_messages.py', CATALOG.replace(
            "['BOOK', 'CARD'])", "['BOOK', 'CARD'], retired=[CLOSED, TAKE])"))
        self.write('messages.lock', str(id_registry.Registry('LIBRARY', {
            ('event', '000002'): id_registry.Entry('CLOSED', '1.4.0'),
            ('action', '002'): id_registry.Entry('TAKE', '1.5.0'),
            ('detail', '002'): id_registry.Entry('LOST', '1.6.0')})))
        self.write('index.rst', PAGE + '   :lock: messages.lock\n')

        lines = self.build('index.txt', 'text').splitlines()

        for line in ('"000001" : ERROR',
                     '"000002" : INFO : since 1.4.0 : retired',
                     '* "001" lend a |book|',
                     '* "002" take a book back (since 1.5.0) (retired)',
                     '"002" : ERROR : since 1.6.0'):
            self.assertIn(line, lines)

    def test_text_that_was_corrected(self):
        """The page is made anew, though the page itself is as it was."""
        self.build('index.html')
        self.write('library_messages.py',
                   CATALOG.replace('it is lost', 'it was stolen'))
        os.utime(self.directory / 'library_messages.py', (2e9, 2e9))

        entries = self.entries(self.build('index.html'))

        self.assertEqual('it was stolen', entries['LIBRARY_001_002'])

    def test_every_builder(self):
        """The messages may be printed, or read in a terminal."""
        for builder, name in (('latex', 'library.tex'), ('man', 'library.7'),
                              ('singlehtml', 'index.html'),
                              ('gettext', 'index.pot')):
            with self.subTest(builder=builder):
                self.assertIn('take a book back', self.build(name, builder))


class MistakesTest(SphinxTestCase):

    def test_lock_that_is_not_there_or_of_no_use(self):
        """Authors read an error about an unusable lock file."""
        self.write('broken.lock', 'prefix =')
        self.write('other.lock', str(id_registry.Registry('ARCHIVE', {
            ('event', '000001'): id_registry.Entry('FAILED', '1.4.0')})))
        self.write('index.rst', PAGE + '   :lock: no.lock\n' + ''.join(
            f'\n{PAGE.splitlines()[-1]}\n   :lock: {name}.lock\n'
            for name in ('broken', 'other')))

        done = self.run_sphinx()

        self.assertEqual(1, done.returncode)
        self.assertRegex(
            done.stderr, r'index.rst:5: ERROR: The lock file .*/no.lock '
            'does not exist; create it with "usermessages-catalog lock", ')
        self.assertRegex(done.stderr, r'index.rst:8: ERROR: .*broken.lock:1: ')
        self.assertRegex(
            done.stderr, r'index.rst:11: ERROR: The lock file .*/other.lock '
            'has the prefix ARCHIVE, but the catalog LIBRARY; name the lock ')

    def test_mistakes_are_told_with_their_line(self):
        """Authors of documents read the line and the correction."""
        self.write('library_broken.py', 'raise RuntimeError("secret")')
        mistakes = (
            ('no_such_module:CATALOG',
             'the module no_such_module is not installed: install it'),
            ('library_messages:NOTHING',
             'which is not a Catalog; use the form module:NAME'),
            ('library_messages:FAILED',
             'which is not a Catalog; use the form module:NAME'),
            ('library_messages',
             'which is not a Catalog; use the form module:NAME'),
            ('library_broken:CATALOG',
             'cannot be loaded (RuntimeError); use the form module:NAME'),
            ('', '1 argument(s) required'),
            # The anchor already exists.
            ('library_messages:CATALOG', 'has the anchor #000001 already. '
             'Print each catalog once'))
        self.write('index.rst', PAGE + ''.join(
            f'.. user-messages:: {argument}\n'
            for argument, _text in mistakes))

        done = self.run_sphinx()

        self.assertEqual(1, done.returncode)
        told = done.stderr.split('index.rst:')[1:]
        self.assertEqual(len(mistakes), len(told), done.stderr)
        for number, (_argument, text) in enumerate(mistakes):
            self.assertIn(f'{number + 6}: ERROR: ', told[number])
            self.assertIn(text, told[number])
        self.assertNotIn('Traceback', done.stderr)
        self.assertNotIn('secret', done.stderr)
