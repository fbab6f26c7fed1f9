# SPDX-License-Identifier: Apache-2.0

"""Translations of a consuming service, for the tests of languages."""

import io
import pathlib

from babel.messages import catalog
from babel.messages import mofile
import fixtures

DOMAIN = 'library'


class Locale(fixtures.Fixture):
    """A directory of translations; ``path`` is where it is."""

    def _setUp(self):
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def add(self, name, texts, domain=DOMAIN):
        """Add a language; return its file.

        :param texts: the translations by text, or the bytes of a broken file
        """
        path = self.path / name / 'LC_MESSAGES' / f'{domain}.mo'
        path.parent.mkdir(parents=True)
        path.write_bytes(texts if isinstance(texts, bytes)
                         else compiled(texts))
        return path


def compiled(texts):
    """Return the content of a compiled file."""
    made = catalog.Catalog(locale='de')
    for text, translation in texts.items():
        made.add(text, translation)
    content = io.BytesIO()
    mofile.write_mo(content, made)
    return content.getvalue()
