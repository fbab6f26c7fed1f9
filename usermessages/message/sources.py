# SPDX-License-Identifier: Apache-2.0

"""Find where in its source a catalog says something.

``Sources(CATALOG).of('event', '000002')`` is the constant ``NO_BEANS`` at line
8 of ``coffee/messages.py``; one in a class is ``Details.SLOW``.  Modules that
are imported are read as they run, and their source only says where: so a
constant may be an ``Event``, a plain tuple in a class or a key of
``{EventIds.NO_BEANS: _('...')}``.
"""

import ast
from collections.abc import Iterator, Mapping
import dataclasses
import pathlib
import sys
import tokenize
import types
from typing import Any, NamedTuple

from usermessages.message import catalog as message_catalog
from usermessages.message.catalog import Action
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event

MARKERS = ('N_', '_')

_NOTHING = object()


class Literal(NamedTuple):
    """A text in a source, and whether translators get to see it.

    That is None where something else than a text stands there, such as the
    call of a function.
    """

    path: pathlib.Path
    line: int
    is_marked: bool | None


@dataclasses.dataclass
class Definition:
    """Where an ID comes from.

    :param names: of its constants; none where it has no constant
    :param literals: its text, and behind that its hint
    """

    path: pathlib.Path
    line: int
    names: list[str]
    literals: list[Literal]


class Sources:
    """The source of a catalog and of what is in it.

    :param catalog: what a module that is imported has as an attribute
    """

    def __init__(self, catalog: message_catalog.Catalog):
        self.catalog = catalog
        #: The module of the catalog, and where that makes it.
        self.module: types.ModuleType | None = None
        self.path: pathlib.Path | None = None
        self.line = 1
        self._found: dict[tuple[str, str], Definition] = {}
        self._strings: dict[str, Literal] = {}
        self.tables = {'event': catalog.events, 'action': catalog.actions,
                       'detail': catalog.details}
        self._find_module()
        if self.module is not None:
            self.path = pathlib.Path(self.module.__file__ or '')
        self._read_modules()

    def of(self, kind: str, key: str) -> Definition:
        """Return where an ID is defined, else where the catalog is."""
        return self._found.get((kind, key)) or Definition(
            self.path or pathlib.Path('?'), self.line, [], [])

    def literal(self, kind: str, key: str, number: int,
                text: str) -> Literal:
        """Return the source of a text of an ID; the hint is number 1."""
        definition = self.of(kind, key)
        literal = (definition.literals[number]
                   if number < len(definition.literals)
                   else Literal(definition.path, definition.line, None))
        if literal.is_marked is None:
            return self._strings.get(text, literal)
        return literal

    def string(self, text: str) -> Literal | None:
        """Return where a string stands, whatever it is for."""
        return self._strings.get(text)

    @property
    def has_markers(self) -> bool:
        """Whether any text is marked."""
        return any(literal.is_marked for definition in self._found.values()
                   for literal in definition.literals)

    def _find_module(self) -> None:
        for module in list(sys.modules.values()):
            names = [name for name, value in list(_namespace(module).items())
                     if value is self.catalog]
            tree = _parsed(module) if names else None
            if tree is not None:
                # The last one was imported by those before it.
                self.module = module
            for node in ast.walk(tree) if tree else ():
                # Elsewhere it is imported, or has another name.
                if not isinstance(node, (ast.Assign, ast.AnnAssign)):
                    continue
                targets = {getattr(target, 'id', None)
                           for target in _targets(node)}
                if isinstance(node.value, ast.Call) and targets & {*names}:
                    self.line = node.lineno
                    return

    def _read_modules(self) -> None:
        """Read the module of the catalog, and from there what it imports.

        It ends where each text was found, for a service is large.
        """
        waiting = [self.module] if self.module else []
        seen = set(waiting)
        while waiting and not self._has_all():
            module = waiting.pop(0)
            tree = _parsed(module)
            if tree is None:
                continue
            _Module(self, module, tree).read()
            package = module.__name__.partition('.')[0]
            for name in _imports(tree, module):
                imported = sys.modules.get(name)
                if imported is not None and imported not in seen and (
                        module is self.module
                        or name.partition('.')[0] == package):
                    seen.add(imported)
                    waiting.append(imported)

    def _has_all(self) -> bool:
        """Tell whether each text has a literal, or is marked elsewhere."""
        for kind, table in self.tables.items():
            for key, value in table.items():
                found = self._found.get((kind, key))
                literals = found.literals if found else []
                for number, text in enumerate(
                        message_catalog.texts_of(value)):
                    is_here = (number < len(literals)
                               and literals[number].is_marked is not None)
                    string = self._strings.get(text)
                    if not literals or not is_here and not (
                            string and string.is_marked):
                        return False
        return True

    def keys(self, value: Any) -> Iterator[tuple[str, str]]:
        """Return which IDs of the catalog a value of a module is."""
        if isinstance(value, Event):
            if self.catalog.event(value) is value:
                yield 'event', str.__str__(value)
            return
        for kind, table, cls in (('action', self.tables['action'], Action),
                                 ('detail', self.tables['detail'], Detail)):
            if (isinstance(value, cls) or type(value) is tuple) and value:
                known = table.get(value[0]) if isinstance(
                    value[0], str) else None
                if known is not None and known[:2] == value[:2]:
                    yield kind, value[0]

    def add(self, key: tuple[str, str], name: str, path: pathlib.Path,
            line: int, literals: list[Literal]) -> None:
        """Take a definition; the first that has a text is the place."""
        known = self._found.setdefault(
            key, Definition(path, line, [], literals))
        if literals and not known.literals:
            known.path, known.line = path, line
            known.literals = literals
        if name:
            known.names.append(name)

    def add_string(self, text: str, literal: Literal) -> None:
        """Take a string; the first counts, or the first that is marked."""
        known = self._strings.get(text)
        if known is None or literal.is_marked and not known.is_marked:
            self._strings[text] = literal


class _Module:
    """The definitions of one module."""

    def __init__(self, sources: Sources, module: types.ModuleType,
                 tree: ast.Module):
        self._sources = sources
        self._namespace = _namespace(module)
        self._path = pathlib.Path(module.__file__ or '')
        self._tree = tree

    def read(self) -> None:
        for node in ast.walk(self._tree):
            string = _marked(node)
            literal = string or node
            if isinstance(literal, ast.Constant) and isinstance(
                    literal.value, str):
                self._sources.add_string(literal.value, Literal(
                    self._path, literal.lineno, string is not None))
        self._read(self._tree.body, self._namespace, {})

    def _read(self, body: list[ast.stmt], namespace: Mapping[str, Any],
              constants: Mapping[str, ast.expr], owner: str = '') -> None:
        constants = dict(constants)
        for node in body:
            if isinstance(node, ast.ClassDef):
                cls = namespace.get(node.name)
                if isinstance(cls, type):
                    self._read(node.body, vars(cls), constants,
                               f'{owner}{node.name}.')
            elif not isinstance(node, (ast.FunctionDef,
                                       ast.AsyncFunctionDef)):
                # What stands behind a condition.
                for part in (node, *getattr(node, 'handlers', [])):
                    for name in ('body', 'orelse', 'finalbody'):
                        self._read(getattr(part, name, []), namespace,
                                   constants, owner)
            value = getattr(node, 'value', None)
            if not isinstance(value, ast.expr):
                continue
            for target, assigned in _assigned(node, value):
                constants[target.id] = assigned
                self._assigned(target, assigned,
                               namespace.get(target.id, _NOTHING), constants,
                               owner)
            # With a name it is above, or another catalog has it.
            for inner in ast.walk(value):
                if isinstance(inner, ast.Dict):
                    self._texts(inner, namespace, constants)
                elif isinstance(inner, ast.Call) and (
                        inner is not value or not _targets(node)):
                    self._unnamed(inner, namespace, constants)

    def _assigned(self, target: ast.Name, node: ast.expr, value: Any,
                  constants: Mapping[str, ast.expr], owner: str) -> None:
        for key in self._sources.keys(value):
            # The same name may have stood for another one before.
            if _first(node) in (None, key[1]):
                self._sources.add(
                    key, f'{owner}{target.id}', self._path, target.lineno,
                    self._literals(node, constants))

    def _texts(self, node: ast.Dict, namespace: Mapping[str, Any],
               constants: Mapping[str, ast.expr]) -> None:
        """Take the events of ``{EventIds.NO_BEANS: _('...')}``."""
        for name, text in zip(node.keys, node.values):
            key = self._value(name, namespace)
            if (name is not None and type(key) is str
                    and key in self._sources.catalog.events
                    and isinstance(text, (ast.Call, ast.Constant, ast.Name,
                                          ast.JoinedStr, ast.BinOp))):
                self._sources.add(
                    ('event', key), self._name(name, namespace),
                    self._path, name.lineno, [self._literal(text, constants)])

    def _unnamed(self, node: ast.Call, namespace: Mapping[str, Any],
                 constants: Mapping[str, ast.expr]) -> None:
        """Take what is defined in the midst of an expression."""
        cls, key = self._value(node.func, namespace), _first(node)
        for kind, known in (('event', Event), ('action', Action),
                            ('detail', Detail)):
            if (isinstance(cls, type) and issubclass(cls, known)
                    and key in self._sources.tables[kind]):
                self._sources.add((kind, key), '', self._path, node.lineno,
                                  self._literals(node, constants))

    def _name(self, node: ast.expr, namespace: Mapping[str, Any]) -> str:
        """Return a name as its module has it, and '' for a literal."""
        if isinstance(node, ast.Attribute):
            is_class = isinstance(self._value(node.value, namespace), type)
            owner = self._name(node.value, namespace) if is_class else ''
            return f'{owner}.{node.attr}' if owner else node.attr
        return getattr(node, 'id', '')

    def _value(self, node: ast.expr | None,
               namespace: Mapping[str, Any]) -> Any:
        """Return what a name stands for, dotted or not, or a literal."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return namespace.get(
                node.id, self._namespace.get(node.id, _NOTHING))
        if isinstance(node, ast.Attribute):
            owner = self._value(node.value, namespace)
            # Not by getattr(), which may run code of the host.
            return _namespace(owner).get(node.attr, _NOTHING)
        return _NOTHING

    def _literals(self, node: ast.expr, constants: Mapping[str, ast.expr],
                  ) -> list[Literal]:
        """Return where the text of a definition is, and its hint."""
        if isinstance(node, ast.Tuple):
            parts = [_Argument(number, '', part)
                     for number, part in enumerate(node.elts)]
        elif isinstance(node, ast.Call):
            parts = _arguments(node)
        else:
            return []
        text = _argument(parts, 1, 'text')
        if text is None:
            return []
        found = [self._literal(text, constants)]
        for part in parts:
            remedy = constants.get(part.node.id) if isinstance(
                part.node, ast.Name) else part.node
            if isinstance(remedy, ast.Call) and part.node is not text and (
                    hint := _argument(_arguments(remedy), 1, 'hint')):
                return [*found, self._literal(hint, constants)]
        return found

    def _literal(self, node: ast.expr,
                 constants: Mapping[str, ast.expr]) -> Literal:
        if isinstance(node, ast.Name):
            node = constants.get(node.id, node)
        string = _marked(node)
        if string is not None:
            return Literal(self._path, string.lineno, True)
        is_text = isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp))
        return Literal(self._path, node.lineno, False if is_text else None)


class _Argument(NamedTuple):
    number: int
    name: str
    node: ast.expr


def _arguments(call: ast.Call) -> list[_Argument]:
    return [*(_Argument(number, '', node)
              for number, node in enumerate(call.args)),
            *(_Argument(-1, keyword.arg or '', keyword.value)
              for keyword in call.keywords)]


def _argument(arguments: list[_Argument], number: int,
              name: str) -> ast.expr | None:
    return next((part.node for part in arguments
                 if part.number == number or part.name == name), None)


def _first(node: ast.expr) -> str | None:
    """Return the ID that a definition starts with, where it stands there."""
    if isinstance(node, ast.Call):
        found = _argument(_arguments(node), 0, 'id')
    elif isinstance(node, ast.Tuple) and node.elts:
        found = node.elts[0]
    else:
        return None
    if isinstance(found, ast.Constant) and isinstance(found.value, str):
        return found.value
    return None


def _marked(node: ast.AST) -> ast.Constant | None:
    """Return the literal within a marker, as Babel finds it."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and getattr(
            node.func, 'attr', getattr(node.func, 'id', None)) in MARKERS:
        [text] = node.args
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            return text
    return None


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _assigned(node: ast.stmt,
              value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    """Go through the names that a statement gives, and what it gives them."""
    for target in _targets(node):
        if isinstance(target, ast.Name):
            yield target, value
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(
                value, (ast.Tuple, ast.List)) and len(
                target.elts) == len(value.elts):
            # A, B = Event(...), Event(...)
            for name, part in zip(target.elts, value.elts):
                if isinstance(name, ast.Name):
                    yield name, part


def _namespace(owner: Any) -> Mapping[str, Any]:
    if isinstance(owner, (types.ModuleType, type)):
        return vars(owner)
    return {}


def _parsed(module: types.ModuleType) -> ast.Module | None:
    """Return the source of a module, or None where there is none."""
    path = getattr(module, '__file__', None)
    if not isinstance(path, str) or not path.endswith('.py'):
        return None
    try:
        with tokenize.open(path) as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None


def _imports(tree: ast.Module, module: types.ModuleType) -> Iterator[str]:
    """Go through the full names of what a module may have imported."""
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
