# SPDX-License-Identifier: Apache-2.0

"""Hold a catalog to what its users and its reviewers rely on.

``check(CATALOG, path)`` compares it with its lock and looks at each of its
texts.  What it finds reads ``coffee/messages.py:8: event 000002 has a
placeholder, '%s'; say it without``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
import gettext
import os
import pathlib
from typing import NamedTuple

from usermessages._i18n import _
from usermessages import exception as exc
from usermessages.message import catalog as message_catalog
from usermessages.message import lock as message_lock
from usermessages.message import po
from usermessages.message import sources as message_sources
from usermessages.message import texts
from usermessages.message import translations


class Finding(NamedTuple):
    """Something wrong, where, and what to do about it."""

    path: pathlib.Path
    line: int
    text: str

    def __str__(self) -> str:
        return f'{shown(self.path)}:{self.line}: {self.text}'


def shown(path: pathlib.Path) -> pathlib.Path:
    """Return a path as somebody in the current directory names it."""
    try:
        return path.relative_to(pathlib.Path.cwd())
    except (ValueError, OSError):
        # It is elsewhere, or that directory is gone.
        return path


def default_path(catalog: message_catalog.Catalog) -> pathlib.Path:
    """Return ``messages.lock`` beside the ``messages.py`` of a catalog.

    :raises ConfigurationError: no module has the catalog
    """
    return _default_path(message_sources.Sources(catalog))


def _default_path(sources: message_sources.Sources) -> pathlib.Path:
    if sources.path is None:
        raise exc.ConfigurationError(
            _('The catalog is in no module that has a source, so its lock '
              'has to be named.'))
    return sources.path.with_suffix('.lock')


def check(catalog: message_catalog.Catalog,
          path: str | os.PathLike[str] | None = None,
          allowed: Collection[str] = ()) -> list[Finding]:
    """Return what is wrong with a catalog, by file and line.

    The modules with the exceptions that it maps by name have been imported.

    :param path: of its lock, by default beside its module
    :param allowed: names that its texts have on purpose, such as ``MySQL``
    :raises ConfigurationError: the lock is nowhere by default
    """
    sources = message_sources.Sources(catalog)
    path = _default_path(sources) if path is None else pathlib.Path(path)
    return sorted({
        *_check_lock(catalog, sources, path),
        *_check_texts(catalog, sources, allowed),
        *_check_translations(catalog, sources.path or path, sources.line,
                             allowed),
        *_check_exceptions(catalog, sources)})


def lock(catalog: message_catalog.Catalog, release: str | Callable[[], str],
         path: str | os.PathLike[str] | None = None,
         ) -> tuple[list[Finding], int]:
    """Add the new IDs of a catalog to its lock.

    Nothing is written where an ID of an earlier release is not what it was.

    :param release: in which the new ones come out; a function is asked only
        where there are any
    :returns: what is wrong, and how many IDs were added
    :raises ConfigurationError: the lock is nowhere by default
    :raises LockError: it can not be read or written
    """
    sources = message_sources.Sources(catalog)
    path = _default_path(sources) if path is None else pathlib.Path(path)
    old = message_lock.read(path) or message_lock.Lock(catalog.prefix, {})
    wrong = sorted(_broken(catalog, sources, path, old))
    if wrong:
        return wrong, 0
    keys = [key for key in _keys(catalog) if key not in old.entries]
    since = release() if keys and callable(release) else str(release)
    new = {key: message_lock.Entry(
        next(iter(sources.of(*key).names), ''), since) for key in keys}
    locked = message_lock.Lock(catalog.prefix, {**old.entries, **new})
    if str(locked) != old.content:
        message_lock.write(path, locked)
    return [], len(new)


def _keys(catalog: message_catalog.Catalog) -> Iterator[tuple[str, str]]:
    for kind, table in _tables(catalog):
        for key in table:
            yield kind, key


def _tables(catalog: message_catalog.Catalog) -> Iterable[tuple[str, dict]]:
    return zip(message_lock.KINDS,
               (catalog.events, catalog.actions, catalog.details))


def _check_lock(catalog: message_catalog.Catalog,
                sources: message_sources.Sources,
                path: pathlib.Path) -> Iterator[Finding]:
    try:
        locked = message_lock.read(path)
    except exc.LockError as error:
        yield Finding(path, error.line, error.reason)
        return
    if locked is None:
        yield Finding(path, 1, _('the catalog has no lock; run '
                                 '"usermessages-catalog lock"'))
        return
    broken = list(_broken(catalog, sources, path, locked))
    yield from broken
    if locked.prefix != catalog.prefix:
        return
    if not broken and str(locked) != locked.content:
        yield Finding(path, 1, _('it was edited by hand; run '
                                 '"usermessages-catalog lock"'))
    renumbered = {*_renumbered(catalog, sources, locked).values()}
    for kind, key in _keys(catalog):
        definition = sources.of(kind, key)
        # Without a constant it was found above.
        if (kind, key) not in {*locked.entries} | renumbered and (
                definition.names or sources.path is None):
            yield Finding(definition.path, definition.line, _(
                '%(kind)s %(id)s is new; run "usermessages-catalog lock" '
                'once it is to stay') % {'kind': kind, 'id': key})


def _broken(catalog: message_catalog.Catalog,
            sources: message_sources.Sources, path: pathlib.Path,
            locked: message_lock.Lock) -> Iterator[Finding]:
    """Go through the IDs that are not what they were."""
    if locked.prefix != catalog.prefix:
        yield Finding(
            sources.path or path, sources.line,
            _('the prefix is %(prefix)s, and in %(path)s it is %(locked)s: '
              'stored messages begin with that; keep it, or name the lock of '
              'this catalog')
            % {'prefix': catalog.prefix, 'path': path.name,
               'locked': locked.prefix})
        return
    tables = dict(_tables(catalog))
    renumbered = _renumbered(catalog, sources, locked)
    taken = _by_name(catalog, sources)
    for (kind, key), (name, since) in locked.entries.items():
        definition = sources.of(kind, key)
        values = {'kind': kind, 'id': key, 'name': name, 'since': since}
        if key in tables[kind]:
            # Moved into another class it is the same, unless it left the old
            # place to another one.
            if name and name not in definition.names and (
                    (kind, name) in taken or _bare(name) not in map(
                        _bare, definition.names)):
                yield Finding(definition.path, definition.line, _(
                    '%(kind)s %(id)s is %(new)s, and has been %(name)s since '
                    '%(since)s: its stored messages would say something else; '
                    'take an ID that was never used, or, where it means the '
                    'same, keep the old name beside the new one')
                    % {**values, 'new': ' and '.join(
                        definition.names) or _('no constant')})
        elif (kind, key) in renumbered:
            _kind, new = renumbered[kind, key]
            definition = sources.of(kind, new)
            yield Finding(definition.path, definition.line, _(
                '%(kind)s %(name)s is %(new)s, and has been %(id)s since '
                '%(since)s: its stored messages would say nothing; give it '
                'back that ID, and a name of its own to what is new')
                % {**values, 'new': new})
        else:
            yield Finding(path, locked.lines.get((kind, key), 1), _(
                '%(kind)s %(id)s (%(name)s, since %(since)s) is not in the '
                'catalog any more: its stored messages would say nothing; '
                'bring it back, in retired= where it is not to be used')
                % values)
    for kind, key in _keys(catalog) if sources.path else ():
        definition = sources.of(kind, key)
        if not definition.names and not locked.entries.get(
                (kind, key), message_lock.Entry('', '')).constant:
            yield Finding(definition.path, definition.line, _(
                '%(kind)s %(id)s has no constant, so nothing holds what it '
                'means; give it one') % {'kind': kind, 'id': key})


def _renumbered(catalog: message_catalog.Catalog,
                sources: message_sources.Sources, locked: message_lock.Lock,
                ) -> dict[tuple[str, str], tuple[str, str]]:
    """Return each ID that is gone, and the new one that its constant has."""
    keys, by_name = {*_keys(catalog)}, _by_name(catalog, sources)
    return {
        key: new for key, entry in locked.entries.items()
        if key not in keys and (new := by_name.get((key[0], entry.constant)))
        and new not in locked.entries}


def _by_name(catalog: message_catalog.Catalog,
             sources: message_sources.Sources,
             ) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what each constant stands for, by its kind and its name."""
    return {(kind, name): (kind, key) for kind, key in _keys(catalog)
            for name in sources.of(kind, key).names}


def _bare(name: str) -> str:
    return name.rpartition('.')[2]


def _check_texts(catalog: message_catalog.Catalog,
                 sources: message_sources.Sources,
                 allowed: Collection[str]) -> Iterator[Finding]:
    # A catalog without any is in English on purpose.
    is_translated = catalog.domain is not None or sources.has_markers
    for kind, key, number, text in _texts(catalog):
        what = (_('the hint of %s') if number else '%s') % f'{kind} {key}'
        literal = sources.literal(kind, key, number, text)
        if is_translated and not literal.is_marked:
            yield Finding(literal.path, literal.line, _(
                '%(what)s is not marked for translation; write '
                'N_("...") or _("...") around it') % {'what': what})
        for fault in texts.faults(text, texts.MAXIMUM_LENGTH, allowed):
            yield Finding(literal.path, literal.line, f'{what} {fault}')


def _texts(catalog: message_catalog.Catalog,
           ) -> Iterator[tuple[str, str, int, str]]:
    for kind, table in _tables(catalog):
        for key, value in table.items():
            for number, text in enumerate(message_catalog.texts_of(value)):
                yield kind, key, number, text


def _check_exceptions(catalog: message_catalog.Catalog,
                      sources: message_sources.Sources,
                      ) -> Iterator[Finding]:
    # What is shipped maps exceptions of the services that use it.
    if sources.module and sources.module.__name__.startswith('usermessages.'):
        return
    for name, detail in catalog.unknown_exceptions():
        string = sources.string(name)
        yield Finding(
            string.path if string else sources.of('detail', detail.id).path,
            string.line if string else sources.of('detail', detail.id).line,
            _('the exception %(name)s, which is to say detail %(id)s, does '
              'not exist or was not imported; mend its name, or name its '
              'module with --import') % {'name': name, 'id': detail.id})


def _check_translations(catalog: message_catalog.Catalog, path: pathlib.Path,
                        line: int, allowed: Collection[str],
                        ) -> Iterator[Finding]:
    """Go through what is wrong with translations of texts of the catalog.

    There may be others in the files, which have placeholders for a reason.
    """
    if catalog.domain is None or catalog.locale_dir is None:
        return
    if catalog.is_untranslated:
        yield Finding(path, line, _(
            'there is no LANGUAGE/LC_MESSAGES/%(domain)s.mo in %(directory)s, '
            'and all users would read English; compile the translations')
            % {'domain': catalog.domain, 'directory': catalog.locale_dir})
    ours = dict.fromkeys(text for _kind, _key, _number, text
                         in _texts(catalog))
    for directory in sorted(
            pathlib.Path(catalog.locale_dir).glob('*/LC_MESSAGES')):
        source = directory / f'{catalog.domain}.po'
        compiled = directory / f'{catalog.domain}.mo'
        try:
            written = po.read(source)
        except (OSError, UnicodeDecodeError) as error:
            written = []
            yield _unreadable(source, error)
        try:
            read = [(1, text, translation) for text, translation
                    in _compiled(compiled, ours)
                    if (text, translation) not in {
                        entry[1:] for entry in written}]
        except translations.UNREADABLE as error:
            read = []
            yield _unreadable(compiled, error)
        for file, entries in ((source, written), (compiled, read)):
            for number, text, translation in entries:
                for fault in texts.faults(translation, allowed=allowed):
                    if text in ours:
                        yield Finding(file, number, _(
                            'the translation of %(text)r %(fault)s')
                            % {'text': text, 'fault': fault})


def _unreadable(path: pathlib.Path, error: Exception) -> Finding:
    return Finding(path, 1, _('can not be read (%s); make it anew')
                   % type(error).__name__)


def _compiled(path: pathlib.Path,
              ours: Iterable[str]) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    with path.open('rb') as file:
        translate = gettext.GNUTranslations(file).gettext
    return [(text, translation) for text in ours
            if (translation := translate(text)) != text]
