# SPDX-License-Identifier: Apache-2.0

"""Rules for the texts, hints and translations of a catalog.

A text is marked for translation and has at most 255 characters.  A text and
its translations have the placeholders of the declared parameters, and no other
placeholders.  The matches of :mod:`.sensitive_text` are warnings.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
import gettext
import pathlib

from usermessages._i18n import _
from usermessages.message import catalog as message_catalog
from usermessages.message import definitions
from usermessages.message import sensitive_text
from usermessages.message import source_locations
from usermessages.message.source_locations import Place
from usermessages.message import translation_files
from usermessages.message import translations
from usermessages.message import validation
from usermessages.message.violation import Violation

MAXIMUM_LENGTH = 255


def check(catalog: message_catalog.Catalog,
          sources: source_locations.SourceLocations) -> Iterator[Violation]:
    """Check the texts and the hints of a catalog."""
    marked = translation_files.marked(sources.paths)
    texts = list(_texts(catalog))
    parameters = _parameters(catalog)
    # A catalog without marked texts is in English on purpose.
    is_translated = catalog.domain is not None or any(
        text in marked for *_key, text in texts)
    for kind, key, name, text in texts:
        place = sources.place_of_text(kind, key, text, marked)
        if is_translated and text not in marked:
            yield Violation(*place, _(
                '%s is not marked for translation; write N_("...") or '
                '_("...") around it') % name)
        if len(text) > MAXIMUM_LENGTH:
            yield Violation(*place, _(
                '%(name)s has %(length)d characters; shorten it to '
                '%(maximum)d') % {'name': name, 'length': len(text),
                                  'maximum': MAXIMUM_LENGTH})
        yield from _check_words(place, name, text, parameters[text])


def _check_words(place: Place, name: str, text: str,
                 parameters: Collection[str]) -> Iterator[Violation]:
    """Check a text or a translation.

    :param parameters: the names of the parameters of the text
    """
    declared = [f'{{{parameter}}}' for parameter in sorted(parameters)]
    found = [match[0] for match in validation.PLACEHOLDER.finditer(text)]
    for missing in declared:
        if missing not in found:
            yield Violation(*place, _(
                '%(name)s lacks the placeholder %(missing)r; insert it')
                % {'name': name, 'missing': missing})
    for placeholder in found:
        if placeholder not in declared:
            yield Violation(*place, _(
                '%(name)s has the placeholder %(found)r; remove it')
                % {'name': name, 'found': placeholder})
    for violation in sensitive_text.find_violations(
            validation.PLACEHOLDER.sub(' ', text)):
        yield Violation(*place, f'{name} {violation}', is_warning=True)


def check_translations(catalog: message_catalog.Catalog,
                       place: Place) -> Iterator[Violation]:
    """Check the translations of the texts of a catalog.

    Other texts of the domain may have placeholders.

    :param place: the place of the catalog
    """
    if catalog.domain is None or catalog.locale_dir is None:
        return
    if catalog.is_untranslated:
        yield Violation(*place, _(
            'no LANGUAGE/LC_MESSAGES/%(domain)s.mo exists in %(directory)s, '
            'so that every user would read English; compile the translations')
            % {'domain': catalog.domain, 'directory': catalog.locale_dir})
    texts = _parameters(catalog)
    for directory in sorted(
            pathlib.Path(catalog.locale_dir).glob('*/LC_MESSAGES')):
        yield from _check_language(directory / f'{catalog.domain}.po', texts)


def _check_language(source: pathlib.Path, texts: Mapping[str, Collection[str]],
                    ) -> Iterator[Violation]:
    """Check a file of translations and its compiled file.

    :param texts: the names of the parameters of each text
    """
    compiled = source.with_suffix('.mo')
    entries: list[tuple[pathlib.Path, int, str, str]] = []
    try:
        entries += [(source, *entry)
                    for entry in translation_files.read(source)]
    except translation_files.UNREADABLE as error:
        yield _unreadable(source, error)
    try:
        entries += [(compiled, 1, text, translation)
                    for text, translation in _compiled(compiled, texts)
                    if (text, translation) not in {
                        entry[2:] for entry in entries}]
    except translations.UNREADABLE as error:
        yield _unreadable(compiled, error)
    for path, line, text, translation in entries:
        if text in texts:
            yield from _check_words(
                Place(path, line), _('the translation of %r') % text,
                translation, texts[text])


def _unreadable(path: pathlib.Path, error: Exception) -> Violation:
    return Violation(path, 1, _('cannot be read (%s); create it again')
                     % type(error).__name__)


def _compiled(path: pathlib.Path,
              texts: Iterable[str]) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    with path.open('rb') as file:
        translate = gettext.GNUTranslations(file).gettext
    return [(text, translation) for text in texts
            if (translation := translate(text)) != text]


def _parameters(catalog: message_catalog.Catalog,
                ) -> dict[str, Collection[str]]:
    """Return the names of the parameters of each text."""
    return {text: definitions.parameters_of(value) if name == 'text' else ()
            for table in catalog.tables.values() for value in table.values()
            for name, text in definitions.named_texts_of(value).items()}


def _texts(catalog: message_catalog.Catalog,
           ) -> Iterator[tuple[str, str, str, str]]:
    """Yield the kind, the ID and a name of each text, and the text."""
    for kind, table in catalog.tables.items():
        for key, value in table.items():
            for name, text in definitions.named_texts_of(value).items():
                yield kind, key, f'{kind} {key}' if name == 'text' else (
                    _('the %(name)s of %(id)s')
                    % {'name': name, 'id': f'{kind} {key}'}), text
