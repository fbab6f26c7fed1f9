# SPDX-License-Identifier: Apache-2.0

"""Locate the constants and texts of a catalog in its source code.

``SourceLocations(CATALOG).names('event', '000002')`` is ``['NO_BEANS']``, and
``place('event', '000002')`` is line 8 of ``coffee/messages.py``.  The imported
modules provide the values, so a constant can be an ``Event``, a plain tuple in
a class, or a key, as in ``{EventIds.NO_BEANS: _('...')}``.  The source code
provides only names and lines.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
import pathlib
import sys
import tokenize
import types
from typing import Any, NamedTuple

from usermessages.message import catalog as message_catalog
from usermessages.message import definitions
from usermessages.message.definitions import Action
from usermessages.message.definitions import Detail


class Place(NamedTuple):
    """A line of a file."""

    path: pathlib.Path
    line: int


class Assignment(NamedTuple):
    """A name that a module or a class assigns, such as ``Details.SLOW``."""

    name: str
    line: int
    is_call: bool


class SourceLocations:
    """The modules that define a catalog.

    :param catalog: an attribute of an imported module
    """

    def __init__(self, catalog: message_catalog.Catalog):
        self._catalog = catalog
        self._tables = catalog.tables
        self._constants: dict[tuple[str, str], dict[str, Place]] = {}
        self._strings: dict[str, list[Place]] = {}
        #: The files that contain definitions or texts of the catalog.
        self.paths: list[pathlib.Path] = []
        #: The module that assigns the catalog, its file, and the line.
        self.module: types.ModuleType | None = None
        self.path: pathlib.Path | None = None
        self.line = 1
        self._find_module()
        self._read_modules()

    def names(self, kind: str, key: str) -> list[str]:
        """Return the names of the constants of an ID."""
        return [*self._constants.get((kind, key), ())]

    def place(self, kind: str, key: str) -> Place:
        """Return the line that defines an ID, or the line of the catalog."""
        for place in self._constants.get((kind, key), {}).values():
            return place
        for text in definitions.texts_of(self._tables[kind][key]):
            for place in self._strings.get(text, ()):
                return place
        return Place(self.path or pathlib.Path('?'), self.line)

    def place_of_text(self, kind: str, key: str, text: str,
                      marked: Mapping[str, list[Place]]) -> Place:
        """Return the line of a text of an ID.

        :param marked: the places of the texts marked for translation
        """
        defined = self.place(kind, key)
        places = marked.get(text) or self._strings.get(text) or [defined]
        # Several IDs can share a text, each with a line of its own.
        return min((place for place in places
                    if place.path == defined.path and place >= defined),
                   default=places[0])

    def place_of_string(self, string: str) -> Place | None:
        """Return the first line with a string literal."""
        return next(iter(self._strings.get(string, ())), None)

    def _find_module(self) -> None:
        for module in list(sys.modules.values()):
            names = {name for name, value in list(_namespace(module).items())
                     if value is self._catalog}
            tree = _parse(module) if names else None
            if tree is None:
                continue
            # Modules that import the catalog precede its module.
            self.module = module
            self.path = pathlib.Path(module.__file__ or '?')
            for assigned in _assignments(tree.body):
                # Other modules import the catalog, or assign another name.
                if assigned.is_call and assigned.name in names:
                    self.line = assigned.line
                    return

    def _read_modules(self) -> None:
        """Read the module of the catalog and the modules that it imports.

        The search ends when all constants and texts are found.  The search
        follows imports of other packages only from the module of the catalog,
        since services are large.
        """
        waiting = [self.module] if self.module else []
        seen = set(waiting)
        while waiting and not self._is_complete():
            module = waiting.pop(0)
            tree = _parse(module)
            if tree is None:
                continue
            self._read(module, tree)
            package = module.__name__.partition('.')[0]
            for name in _imports(tree, module):
                imported = sys.modules.get(name)
                if imported is not None and imported not in seen and (
                        module is self.module
                        or name.partition('.')[0] == package):
                    seen.add(imported)
                    waiting.append(imported)

    def _is_complete(self) -> bool:
        return all(
            (kind, key) in self._constants and all(
                text in self._strings
                for text in definitions.texts_of(value))
            for kind, table in self._tables.items()
            for key, value in table.items())

    def _read(self, module: types.ModuleType, tree: ast.Module) -> None:
        path = pathlib.Path(module.__file__ or '?')
        self.paths.append(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._strings.setdefault(node.value, []).append(
                    Place(path, node.lineno))
        # The last of several assignments to a name applies.
        lines = {assigned.name: assigned.line
                 for assigned in _assignments(tree.body)}
        for name, line in lines.items():
            for key in self._keys(_value(module, name)):
                self._constants.setdefault(key, {}).setdefault(
                    name, Place(path, line))

    def _keys(self, value: Any) -> Iterator[tuple[str, str]]:
        """Yield the IDs of the catalog that match a value of a module."""
        if isinstance(value, str):
            event = self._tables['event'].get(str.__str__(value))
            if event is value or event is not None and type(value) is str:
                yield 'event', str.__str__(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], str):
            for kind, cls in (('action', Action), ('detail', Detail)):
                known = self._tables[kind].get(value[0])
                if known is not None and known[:2] == value[:2] and (
                        isinstance(value, cls) or type(value) is tuple):
                    yield kind, value[0]


def _namespace(owner: Any) -> Mapping[str, Any]:
    # getattr() could run code of the service.
    return vars(owner) if isinstance(owner, types.ModuleType | type) else {}


def _value(module: types.ModuleType, name: str) -> Any:
    """Return the value of a name such as ``Details.SLOW``, or None."""
    value: Any = module
    for part in name.split('.'):
        value = _namespace(value).get(part)
    return value


def _parse(module: types.ModuleType) -> ast.Module | None:
    """Return the syntax tree of a module, or None without source code."""
    path = getattr(module, '__file__', None)
    if not isinstance(path, str) or not path.endswith('.py'):
        return None
    try:
        with tokenize.open(path) as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def _assignments(body: Iterable[ast.AST],
                 owner: str = '') -> Iterator[Assignment]:
    """Yield the names that modules and classes assign, functions excluded."""
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in ast.walk(node):
                if isinstance(target, ast.Name) and isinstance(
                        target.ctx, ast.Store):
                    yield Assignment(f'{owner}{target.id}', target.lineno,
                                     isinstance(node.value, ast.Call))
        elif isinstance(node, ast.ClassDef):
            yield from _assignments(node.body, f'{owner}{node.name}.')
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef
                            | ast.expr):
            # Such as an "if" or a "try" statement.
            yield from _assignments(ast.iter_child_nodes(node), owner)


def _imports(tree: ast.Module, module: types.ModuleType) -> Iterator[str]:
    """Yield the full names of the modules that a module may import."""
    package = (module.__package__ or '').split('.')
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = '.'.join([
                *(package[:len(package) - node.level + 1]
                  if node.level else ()),
                *([node.module] if node.module else ())])
            yield base
            yield from (f'{base}.{alias.name}' for alias in node.names)
