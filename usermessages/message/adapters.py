# SPDX-License-Identifier: Apache-2.0

"""Adapt the events, actions and details of existing services.

``halves(message_field.Action, Action)`` yields the actions of Cinder.  The
functions accept the members of a module, a class, a mapping or an iterable,
also plain tuples ``(id, text)``, as in the ``Action`` and ``Detail`` classes
of Cinder and Manila.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from usermessages._i18n import _
from usermessages import exception as exc
from usermessages.message.definitions import Action
from usermessages.message.definitions import Detail
from usermessages.message.definitions import Event
from usermessages.message.definitions import Remedy


def members(namespace: Any) -> Iterator[Any]:
    """Yield the values of a module, a class, a mapping or an iterable."""
    if isinstance(namespace, (str, Action, Detail)):
        raise exc.CatalogError(
            _('%r is not a collection.') % (
                tuple(namespace) if isinstance(namespace, tuple)
                else namespace,))
    if not isinstance(namespace, Mapping):
        if isinstance(namespace, Iterable) and not isinstance(namespace, type):
            return iter(namespace)
        if not hasattr(namespace, '__dict__'):
            raise exc.CatalogError(
                _('%r is not a module, class, mapping or iterable.')
                % (namespace,))
        namespace = vars(namespace)
    return iter([value for name, value in namespace.items()
                 if not str(name).startswith('__')])


def events(namespace: Any) -> Iterator[Event]:
    """Yield the events, also from a mapping ``{id: text}``."""
    if _is_texts(namespace):
        namespace = [namespace]
    for member in members(namespace):
        if isinstance(member, Event):
            yield member
        elif _is_texts(member):
            yield from (Event(*pair) for pair in member.items())


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(
        isinstance(part, str) and not isinstance(part, Event)
        for pair in value.items() for part in pair)


def halves(namespace: Any, kind: type) -> Iterator[Any]:
    """Yield the actions or details, also from plain tuples."""
    for member in members(namespace):
        if isinstance(member, kind):
            yield member
        elif _is_pair(member) or kind is Detail and _is_triple(member):
            yield kind(*member)


def retired(namespace: Any) -> Iterator[Event | Action | Detail]:
    """Yield the retired events, actions and details.

    :raises CatalogError: a member of a collection has another class, or may be
        an action or a detail
    """
    # A module or a class may contain other values.
    is_open = isinstance(namespace, (Mapping, type)) or not isinstance(
        namespace, Iterable)
    for member in [namespace] if _is_texts(namespace) else members(namespace):
        if isinstance(member, (Event, Action, Detail)):
            yield member
        elif _is_triple(member):
            yield Detail(*member)
        elif _is_pair(member):
            raise exc.CatalogError(
                _('%r may be an action or a detail; retire an Action(...) or '
                  'a Detail(...).') % (member,))
        elif _is_texts(member) or not is_open:
            raise exc.CatalogError(
                _('%r cannot be retired; use an Event(...), an Action(...) or '
                  'a Detail(...).') % (member,))


def _is_triple(value: Any) -> bool:
    """Tell whether a value is ``(id, text, remedy)``."""
    return (type(value) is tuple and _is_pair(value[:-1])
            and isinstance(value[-1], Remedy))


def _is_pair(value: Any) -> bool:
    """Tell whether a value is ``(id, text)``, as in Cinder and Manila."""
    return (isinstance(value, tuple) and len(value) == 2
            and not isinstance(value, (Action, Detail))
            and isinstance(value[0], str)
            and isinstance(value[1], (str, type(None))))


def exception_map(exceptions: Mapping[Any, Any]) -> Iterator[
        tuple[type | str, Detail]]:
    """Yield the classes or names of exceptions, with their details."""
    for key, value in exceptions.items():
        if isinstance(key, tuple):
            for name in members(value):
                yield name, Detail(*key)
        else:
            yield key, Detail(*value)


def plain_text(value: Any) -> str | None:
    """Return the text of a string, or None for another value.

    The function ignores the ``__class__`` of a mock, and the methods of a
    subclass of ``str``.
    """
    return str.__str__(value) if issubclass(type(value), str) else None


def id_of(half: Any) -> Any:
    """Return the ID of an action or a detail, or a plain ID."""
    # A message queue turns a tuple into a list.
    for kind in (tuple, list):
        if issubclass(type(half), kind) and kind.__len__(half):
            return kind.__getitem__(half, 0)
    return half


def lookup(table: Mapping[str, Any], key: Any) -> Any:
    """Return the value of a key of any type, or None."""
    text = plain_text(key)
    return None if text is None else table.get(text)
