# SPDX-License-Identifier: Apache-2.0

"""Rules for the IDs of a catalog, by comparison with its lock file.

A stored message contains only IDs and values.  Therefore, a catalog never
removes an ID, and never changes the constant or the parameters of an ID.  The
constant shows the meaning of the ID to reviewers.
"""

from collections.abc import Iterator
import pathlib

from usermessages._i18n import _
from usermessages import exception as exc
from usermessages.message import catalog as message_catalog
from usermessages.message import definitions
from usermessages.message import id_registry
from usermessages.message import source_locations
from usermessages.message.violation import Violation

_Key = tuple[str, str]


def check(catalog: message_catalog.Catalog,
          sources: source_locations.SourceLocations,
          path: pathlib.Path) -> Iterator[Violation]:
    """Compare the IDs of a catalog with its lock file."""
    try:
        registry = id_registry.read(path)
    except exc.LockError as error:
        yield Violation(path, error.line, error.reason)
        return
    if registry is None:
        yield Violation(path, 1, _('the lock file is missing; run '
                                   '"usermessages-catalog lock"'))
        return
    comparison = Comparison(catalog, sources, path, registry)
    changes = list(comparison.changes())
    yield from changes
    if registry.prefix != catalog.prefix:
        return
    if not changes and str(registry) != registry.content:
        yield Violation(path, 1, _('the lock file was edited by hand; run '
                                   '"usermessages-catalog lock"'))
    yield from comparison.additions()


class Comparison:
    """A comparison of the IDs of a catalog with the lock file."""

    def __init__(self, catalog: message_catalog.Catalog,
                 sources: source_locations.SourceLocations,
                 path: pathlib.Path, registry: id_registry.Registry):
        self._catalog = catalog
        self._sources = sources
        self._path = path
        self._registry = registry
        self.keys = [(kind, key) for kind, table in catalog.tables.items()
                     for key in table]
        self._by_name = {(kind, name): (kind, key) for kind, key in self.keys
                         for name in sources.names(kind, key)}
        # Each removed ID, with the new ID of its constant.
        self._renumbered: dict[_Key, _Key] = {
            key: new for key, entry in registry.entries.items()
            if key not in self.keys
            and (new := self._by_name.get((key[0], entry.constant)))
            and new not in registry.entries}

    def new_entries(self, release: str) -> dict[_Key, id_registry.Entry]:
        """Return the entries that the lock file lacks."""
        return {(kind, key): id_registry.Entry(
            next(iter(self._sources.names(kind, key)), ''), release,
            self._signature(kind, key))
            for kind, key in self.keys
            if (kind, key) not in self._registry.entries}

    def additions(self) -> Iterator[Violation]:
        """Yield the IDs that the lock file lacks."""
        reported = {*self._registry.entries, *self._renumbered.values()}
        for kind, key in self.keys:
            # Another violation reports an ID without a constant.
            if (kind, key) not in reported and (
                    self._sources.names(kind, key)
                    or self._sources.path is None):
                yield Violation(*self._sources.place(kind, key), _(
                    '%(kind)s %(id)s is not in the lock file; run '
                    '"usermessages-catalog lock" when the ID is final')
                    % {'kind': kind, 'id': key})

    def changes(self) -> Iterator[Violation]:
        """Yield the IDs with a different meaning in earlier releases."""
        if self._registry.prefix != self._catalog.prefix:
            yield Violation(
                self._sources.path or self._path, self._sources.line,
                _('the prefix is %(prefix)s, but %(locked)s in %(path)s: the '
                  'IDs of stored messages start with the prefix; restore it, '
                  'or name the lock file of this catalog')
                % {'prefix': self._catalog.prefix, 'path': self._path.name,
                   'locked': self._registry.prefix})
            return
        for (kind, key), entry in self._registry.entries.items():
            if key in self._catalog.tables[kind]:
                yield from self._renamed(kind, key, entry)
                yield from self._parameters(kind, key, entry)
            else:
                yield self._removed(kind, key, entry)
        yield from self._unnamed()

    def _renamed(self, kind: str, key: str,
                 entry: id_registry.Entry) -> Iterator[Violation]:
        names = self._sources.names(kind, key)
        if not entry.constant or entry.constant in names:
            return
        # A constant can move to another class, unless another ID has the old
        # name of the constant.
        if (kind, entry.constant) not in self._by_name and _unqualified(
                entry.constant) in map(_unqualified, names):
            return
        yield Violation(*self._sources.place(kind, key), _(
            '%(kind)s %(id)s is %(new)s, but %(constant)s since %(since)s: '
            'stored messages would change their meaning; use a new ID or, if '
            'the meaning is the same, keep the old name beside the new name')
            % {'kind': kind, 'id': key, **entry._asdict(),
               'new': ' and '.join(names) or _('no constant')})

    def _parameters(self, kind: str, key: str,
                    entry: id_registry.Entry) -> Iterator[Violation]:
        signature = self._signature(kind, key)
        if signature != entry.parameters:
            yield Violation(*self._sources.place(kind, key), _(
                '%(kind)s %(id)s has the parameters %(new)s, but '
                '%(parameters)s since %(since)s: the values of stored '
                'messages would change their meaning; use a new ID')
                % {'kind': kind, 'id': key, 'new': signature or _('none'),
                   'parameters': entry.parameters or _('none'),
                   'since': entry.since})

    def _signature(self, kind: str, key: str) -> str:
        """Return the names, types and subjects of the parameters of an ID."""
        return '; '.join(
            f'{name}: {parameter.signature}' for name, parameter in sorted(
                definitions.parameters_of(
                    self._catalog.tables[kind][key]).items()))

    def _removed(self, kind: str, key: str,
                 entry: id_registry.Entry) -> Violation:
        values = {'kind': kind, 'id': key, **entry._asdict()}
        if (kind, key) not in self._renumbered:
            return Violation(self._path, self._registry.lines.get(
                (kind, key), 1), _(
                '%(kind)s %(id)s (%(constant)s, since %(since)s) is missing '
                'from the catalog: stored messages would lose their text; '
                'restore it, in retired= if it is no longer used') % values)
        _kind, new = self._renumbered[kind, key]
        return Violation(*self._sources.place(kind, new), _(
            '%(kind)s %(constant)s is %(new)s, but %(id)s since %(since)s: '
            'stored messages would lose their text; restore the ID, and use '
            'a new name for a new meaning') % {**values, 'new': new})

    def _unnamed(self) -> Iterator[Violation]:
        for kind, key in self.keys if self._sources.path else ():
            entry = self._registry.entries.get((kind, key))
            if not self._sources.names(kind, key) and not (
                    entry and entry.constant):
                yield Violation(*self._sources.place(kind, key), _(
                    '%(kind)s %(id)s has no constant, so a change of its '
                    'meaning cannot be detected; define a constant')
                    % {'kind': kind, 'id': key})


def _unqualified(name: str) -> str:
    return name.rpartition('.')[2]
