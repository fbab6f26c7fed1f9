# SPDX-License-Identifier: Apache-2.0

"""Define what a service can say to its users.

An event is a string that carries its text::

    UNABLE_TO_ALLOCATE = Event('000002', N_('No storage could be ...'))

An action and a detail are the two halves of a composed event: what was going
on, and what went wrong.  A ``Catalog`` holds all of them for one service, and
nothing outside of it can be stored or shown.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
import importlib
import os
import re
from typing import Any, NamedTuple

from usermessages._i18n import _
from usermessages import exception as exc
from usermessages.message import message_levels
from usermessages.message import translations
from usermessages.message import user_actions

UUID_PATTERN = r'[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'

# An ID becomes a part of a composed event ID and of a column of the table.
_ID = re.compile(r'[0-9A-Za-z_.-]{1,64}')
_NAME = re.compile(r'[0-9A-Z_]{1,64}')
# Sixty and three times 64, with what joins them, fill that column.
_PREFIX = re.compile(r'[0-9A-Z_]{1,60}')

# What formatting with ``%``, ``str.format`` and ``string.Template`` looks for.
PLACEHOLDER = re.compile(
    r'%(\([^)]*\))?[#0+.\d-]*[a-zA-Z]|\{[^{}]*\}|\$\{?[a-zA-Z_]\w*\}?')


class Remedy(NamedTuple):
    """What a user can do about it.

    The user action is a constant of :mod:`.user_actions`; the hint, a
    sentence or two that are marked for translation, says more where the text
    of the event does not.
    """

    user_action: str
    hint: str = ''


class Event(str):
    """The ID of an event, with the text that users read.

    :param event_id: what is stored; its meaning never changes
    :param text: one or two sentences, marked for translation
    :param level: a constant of :mod:`.message_levels`
    :param remedy: what users can do about it, where that is known
    """

    text: str
    level: str
    remedy: Remedy | None

    def __new__(cls, event_id: str, text: str,
                level: str = message_levels.ERROR,
                remedy: Remedy | None = None) -> 'Event':
        event = super().__new__(cls, event_id)
        event.text = text
        event.level = level
        event.remedy = remedy
        return event

    def __getnewargs__(  # type: ignore[override]
            self) -> tuple[str, str, str, Remedy | None]:
        return str(self), self.text, self.level, self.remedy


class Action(NamedTuple):
    """What was going on: the first half of a composed event."""

    id: str
    text: str


class Detail(NamedTuple):
    """What went wrong, and what users can do about it."""

    id: str
    text: str
    remedy: Remedy | None = None


class Catalog:
    """All that one service can say, and how exceptions map to it.

    :param prefix: first part of the ID of a composed event, as in
        ``VOLUME_VOLUME_001_003``
    :param events: the events; this parameter and the next three take a
        module, a class, a mapping or an iterable, and keep what is of their
        kind in it.  A mapping ``{id: text}``, or a module with one in it as
        Cinder has it, defines events too
    :param actions: the actions; a plain tuple ``(id, text)`` is one too, so
        the ``Action`` classes of Cinder and Manila are read as they are
    :param details: the details, likewise; ``(id, text, remedy)`` is one too
    :param resource_types: what a message can be about
    :param unknown_error: the event that stands for anything not in here, or
        its ID
    :param unknown_detail: the detail of an exception that maps to none;
        needed where there are actions
    :param exceptions: ``{KeyError: detail}``, ``{'KeyError': detail}`` or, as
        in Cinder and Manila, ``{detail: ['KeyError']}``.  A subclass maps as
        its nearest base does, and ``Name_Remote`` as ``Name``
    :param detail_for: asked first, with the exception; returns a detail, or
        None to leave the choice to ``exceptions``
    :param resource_id_pattern: regular expression that a resource ID matches
        as a whole, by default that of a UUID
    :param domain: of the translations of the texts, by default none; the
        files are ``LANGUAGE/LC_MESSAGES/DOMAIN.mo``
    :param locale_dir: the directory in which these are; goes with ``domain``
    :param retired: the events, actions and details that no message is to have
        any more, as in a module, a class or an iterable; they may be in the
        parameters above too, and an iterable has nothing else in it.  Stored
        messages that have them read as before.  ``create()`` still records
        one, since a service that was not upgraded yet may hand it on and the
        user is to learn of the failure; in strict mode, where the code of
        today runs, it raises :class:`~usermessages.exception.InvalidMessage`
    :raises CatalogError: an ID is there twice or is not made of ASCII
        letters, digits, ``_``, ``.`` and ``-``; a text or the unknown detail
        is missing; a level or a user action is none of the constants, or a
        resource type not in upper case; of the domain and its directory only
        one is given; what stands for the unknown, or for an exception, is
        retired

    What is no mistake of this kind, and a mistake all the same, is found by
    :meth:`problems`.
    """

    def __init__(self, prefix: str, *, events: Any, unknown_error: str,
                 actions: Any = (), details: Any = (),
                 resource_types: Any = (),
                 unknown_detail: Detail | tuple[str, str] | None = None,
                 exceptions: Mapping[Any, Any] | None = None,
                 detail_for: Callable[
                     [BaseException],
                     Detail | tuple[str, str] | None] | None = None,
                 resource_id_pattern: str = UUID_PATTERN,
                 domain: str | None = None,
                 locale_dir: str | os.PathLike[str] | None = None,
                 retired: Any = ()):
        self.prefix = prefix
        old = list(_retired(retired))
        self._retired = {
            kind: _by_id(value for value in old if isinstance(value, kind))
            for kind in (Event, Action, Detail)}
        self.events = _by_id([*_events(events),
                              *self._retired[Event].values()])
        self.actions = _by_id([*_halves(actions, Action),
                               *self._retired[Action].values()])
        self.details = _by_id([*_halves(details, Detail),
                               *self._retired[Detail].values()])
        self.resource_types = frozenset(
            str(r) for r in _members(resource_types) if isinstance(r, str))
        self.unknown_detail = (Detail(*unknown_detail) if unknown_detail
                               else None)
        self._resource_id = re.compile(resource_id_pattern)
        self._detail_for = detail_for
        if (domain is None) != (locale_dir is None):
            raise exc.CatalogError(_('A domain of translations needs their '
                                     'directory, and they need the domain.'))
        self.domain = domain
        self.locale_dir = locale_dir
        self._translations = translations.Translations(domain, locale_dir)
        self._exceptions: dict[type | str, Detail] = {}
        for key, detail in _exception_map(exceptions or {}):
            # Of two details for one exception, the first, as in Cinder.
            self._exceptions.setdefault(key, detail)
        self.unknown_error = self._check(unknown_error)

    def _check(self, unknown_error: str) -> Event:
        """Return the event of what is unknown.

        :raises CatalogError: the catalog can not be used
        """
        if not _PREFIX.fullmatch(self.prefix):
            raise exc.CatalogError(
                _('The prefix %r is not in upper case, or too long.')
                % self.prefix)
        for resource_type in self.resource_types:
            if not _NAME.fullmatch(resource_type):
                raise exc.CatalogError(
                    _('The resource type %r is not in upper case, or too '
                      'long.') % resource_type)
        unknown = self.event(unknown_error)
        if unknown is None:
            raise exc.CatalogError(_('The unknown error is not an event of '
                                     'the catalog.'))
        for event in self.events.values():
            if event.level not in message_levels.ALL:
                raise exc.CatalogError(
                    _('Event %(id)s has the level %(level)r.')
                    % {'id': event, 'level': event.level})
        for remedy in self._remedies():
            if not (isinstance(remedy, Remedy)
                    and remedy.user_action in user_actions.ALL
                    and isinstance(remedy.hint, str)
                    and (not remedy.hint or remedy.hint.strip())):
                raise exc.CatalogError(
                    _('%(remedy)r is no remedy: it takes one of the user '
                      'actions %(known)s, and maybe a hint, which is not of '
                      'blanks only.')
                    % {'remedy': remedy, 'known': ', '.join(
                        user_actions.ALL)})
        if self.actions and self.unknown_detail is None:
            raise exc.CatalogError(_('A catalog with actions needs an '
                                     'unknown detail.'))
        for key, detail in [(None, self.unknown_detail),
                            *self._exceptions.items()]:
            known = self.details.get(detail.id) if detail else None
            # A plain tuple stands for the detail with what it leaves out.
            if detail and (known is None or known[:2] != detail[:2]):
                raise exc.CatalogError(
                    _('Detail %s is not in the catalog.') % detail.id)
            if detail and self.is_retired(known):
                raise exc.CatalogError(
                    _('Detail %(id)s is retired, and new messages would have '
                      'it: %(where)s.')
                    % {'id': detail.id, 'where': _(
                        'exceptions maps %s to it') % getattr(
                            key, '__name__', key)
                       if key else _('it is the unknown detail')})
        if self.is_retired(unknown):
            raise exc.CatalogError(_('The unknown error is retired, and new '
                                     'messages would have it.'))
        return unknown

    def problems(self, layout: Any = None) -> list[str]:
        """Name what is wrong with the catalog, one sentence each.

        A text with a placeholder would be shown as it stands.  An exception
        that is mapped by a name that no class has any more maps to nothing;
        import the modules that define the exceptions of the service first.
        Without translations all users would read English.

        :param layout: of the table that the service has already, which may be
            too narrow for an ID
        """
        found = [] if layout is None else self._too_long(layout)
        for kind, table in (('Event', self.events), ('Action', self.actions),
                            ('Detail', self.details)):
            found += [
                _('%(kind)s %(id)s has a placeholder in its text, and '
                  'nothing is ever put in: %(placeholder)r.')
                % {'kind': kind, 'id': key, 'placeholder': match[0]}
                for key, value in table.items() for text in texts_of(value)
                if (match := PLACEHOLDER.search(text))]
        found += [
            _('Detail %(id)s is that of the exception %(name)s, and no such '
              'class has been imported.') % {'id': detail.id, 'name': name}
            for name, detail in self.unknown_exceptions()]
        if self.is_untranslated:
            found.append(_('There is no LANGUAGE/LC_MESSAGES/%(domain)s.mo '
                           'in %(directory)s.')
                         % {'domain': self.domain,
                            'directory': self.locale_dir})
        return found

    @property
    def is_untranslated(self) -> bool:
        """Whether there is a domain, and no language has a file of it."""
        return self.domain is not None and len(self.languages) == 1

    def unknown_exceptions(self) -> list[tuple[str, Detail]]:
        """Return each name that no class has, and the detail it maps to."""
        names = _exception_names()
        return [(key, detail) for key, detail in self._exceptions.items()
                if isinstance(key, str) and key not in names]

    def _remedies(self) -> Iterator[Any]:
        for value in (*self.events.values(), *self.details.values()):
            if value.remedy is not None:
                yield value.remedy

    def _too_long(self, layout: Any) -> list[str]:
        """Name each column that is too narrow for an ID of the catalog."""
        longest = {
            'event_id': max(self.events, key=len),
            'action_id': max(self.actions, default='', key=len),
            'detail_id': max(self.details, default='', key=len),
            'resource_type': max(self.resource_types, default='', key=len)}
        if self.actions:
            composed = self.compose(
                longest['resource_type'], self.actions[longest['action_id']],
                self.details[longest['detail_id']])
            longest['event_id'] = max(longest['event_id'], composed, key=len)
        return [
            _('%(id)s has %(length)d characters, and the column of '
              '%(column)s takes %(maximum)d.')
            % {'id': value, 'length': len(value), 'column': name,
               'maximum': maximum}
            for name, value in longest.items()
            if (maximum := layout.length(name)) and len(value) > maximum]

    def event(self, event_id: Any) -> Event | None:
        """Return the event of that ID, or None; a plain ``str`` will do."""
        return _lookup(self.events, event_id)

    def action(self, action: Any) -> Action | None:
        """Return the action with the ID of that tuple, or with that ID."""
        return _lookup(self.actions, _id_of(action))

    def detail(self, detail: Any) -> Detail | None:
        """Return the detail with the ID of that tuple, or with that ID."""
        return _lookup(self.details, _id_of(detail))

    def is_retired(self, value: Any) -> bool:
        """Tell whether that event, action or detail is a retired one."""
        for kind, table in self._retired.items():
            if isinstance(value, kind):
                return (str.__str__(value) if isinstance(value, str)
                        else value.id) in table
        return False

    def detail_of(self, exception: BaseException) -> Detail | None:
        """Return the detail that an exception maps to, or None.

        Its classes are looked at, from the nearest to the most general, and
        nothing else: not its text, its arguments or its cause.
        """
        if self._detail_for is not None:
            chosen = self.detail(self._detail_for(exception))
            if chosen is not None:
                return chosen
        for cls in type(exception).__mro__:
            for key in (cls, cls.__name__, cls.__name__.removesuffix(
                    '_Remote')):
                if key in self._exceptions:
                    return self._exceptions[key]
        return None

    def compose(self, resource_type: str, action: Action,
                detail: Detail) -> str:
        """Return the event ID of an action and a detail."""
        parts = [self.prefix, resource_type, action.id, detail.id]
        return '_'.join(part for part in parts if part)

    def is_resource_id(self, resource_id: Any) -> bool:
        """Tell whether that can be the ID of a resource of the service."""
        return (isinstance(resource_id, str)
                and self._resource_id.fullmatch(resource_id) is not None)

    @property
    def languages(self) -> Mapping[str, str]:
        """What a reader can ask for, and the language that they get.

        Both are tags of BCP 47, as in ``{'zh-Hans': 'zh-CN'}``; English, in
        which the texts are written, is always there.
        """
        return self._translations.tags

    def text(self, event_id: str, action_id: str = '', detail_id: str = '',
             language: str = translations.ENGLISH) -> str:
        """Return what a stored message says; never fails, never empty.

        :param language: one of those that :attr:`languages` leads to; a text
            that is not translated into it is in English, and of a composed
            one only that half
        """
        event = self.events.get(event_id)
        if event is not None:
            return self._translations.text(event.text, language)
        if not self._is_composed(event_id, action_id):
            return self._translations.text(self.unknown_error.text, language)
        action = self.actions[action_id]
        # Translators know the halves and not the pairs.
        text = self._translations.text(action.text, language)
        detail = self.details.get(detail_id) or self.unknown_detail
        if detail is None:
            return text
        return f'{text}:{self._translations.text(detail.text, language)}'

    def _is_composed(self, event_id: str, action_id: str) -> bool:
        # By the catalog of another service, it would say something else.
        return (action_id in self.actions
                and event_id.startswith(f'{self.prefix}_'))

    def remedy(self, event_id: str, action_id: str = '', detail_id: str = '',
               language: str = translations.ENGLISH) -> Remedy | None:
        """Return what a user can do about a stored message; never fails.

        It is that of the event or the detail whose text :meth:`text` returns,
        with its hint in the language.
        """
        said: Event | Detail | None = self.events.get(event_id)
        if said is None and self._is_composed(event_id, action_id):
            said = self.details.get(detail_id) or self.unknown_detail
        elif said is None:
            said = self.unknown_error
        if said is None or said.remedy is None:
            return None
        # Of no text, gettext makes the header of its file.
        hint = said.remedy.hint and self._translations.text(
            said.remedy.hint, language)
        return Remedy(said.remedy.user_action, hint)

    def defines(self, event_id: str, resource_type: str = '',
                action_id: str = '', detail_id: str = '') -> bool:
        """Tell whether a stored message says just what the catalog says."""
        action, detail = (self.actions.get(action_id),
                          self.details.get(detail_id))
        return event_id in self.events or (
            action is not None and detail is not None
            and (not resource_type or resource_type in self.resource_types)
            and event_id == self.compose(resource_type, action, detail))


def texts_of(value: Event | Action | Detail) -> tuple[str, ...]:
    """Return what is said with an event, an action or a detail."""
    remedy = getattr(value, 'remedy', None)
    return (value.text, remedy.hint) if remedy and remedy.hint else (
        value.text,)


def load(path: str, option: str = '[user_messages]catalog') -> Catalog:
    """Return the catalog at ``module:NAME``.

    :param option: where that was said, for the text of an error
    :raises ConfigurationError: there is none
    """
    module_name, _colon, name = path.partition(':')
    try:
        module = importlib.import_module(module_name)
        catalog = getattr(module, name) if hasattr(module, name) else None
    except ImportError as error:
        raise exc.ConfigurationError(
            _('%(option)s is %(path)r, and there is no module %(name)s '
              'here: install it beside usermessages, or name its '
              'directory in PYTHONPATH.')
            % {'option': option, 'path': path, 'name': error.name}) from error
    except (Exception, SystemExit) as error:
        # It runs the module of a host, which may fail in any way, and with
        # any text; sys.exit(0) is no success of ours.
        raise exc.ConfigurationError(
            _('%(option)s is %(path)r, which can not be loaded (%(error)s); '
              'give it as module:NAME.')
            % {'option': option, 'path': path,
               'error': type(error).__name__}) from error
    if not isinstance(catalog, Catalog):
        raise exc.ConfigurationError(
            _('%(option)s is %(path)r, where there is no Catalog; give it as '
              'module:NAME.') % {'option': option, 'path': path})
    return catalog


def _members(namespace: Any) -> Iterator[Any]:
    """Go through the values of a module, a class, a mapping or an iterable."""
    if isinstance(namespace, (str, Action, Detail)):
        raise exc.CatalogError(
            _('%r is one of them, where a collection is needed.') % (
                tuple(namespace) if isinstance(namespace, tuple)
                else namespace,))
    if not isinstance(namespace, Mapping):
        if isinstance(namespace, Iterable) and not isinstance(namespace, type):
            return iter(namespace)
        if not hasattr(namespace, '__dict__'):
            raise exc.CatalogError(
                _('%r is no module, class, mapping or iterable.')
                % (namespace,))
        namespace = vars(namespace)
    return iter([value for name, value in namespace.items()
                 if not str(name).startswith('__')])


def _events(namespace: Any) -> Iterator[Event]:
    """Go through the events, and through ``{id: text}`` where that is."""
    if _is_texts(namespace):
        namespace = [namespace]
    for member in _members(namespace):
        if isinstance(member, Event):
            yield member
        elif _is_texts(member):
            yield from (Event(*pair) for pair in member.items())


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(
        isinstance(part, str) and not isinstance(part, Event)
        for pair in value.items() for part in pair)


def _halves(namespace: Any, kind: type) -> Iterator[Any]:
    """Go through the actions or details, plain tuples included."""
    for member in _members(namespace):
        if isinstance(member, kind):
            yield member
        elif _is_pair(member) or kind is Detail and _is_triple(member):
            yield kind(*member)


def _retired(namespace: Any) -> Iterator[Event | Action | Detail]:
    """Go through the events, actions and details that are retired.

    :raises CatalogError: something is no such thing, where only these belong,
        or does not tell which of them it is
    """
    # A module or a class has other things in it.
    is_open = isinstance(namespace, (Mapping, type)) or not isinstance(
        namespace, Iterable)
    for member in [namespace] if _is_texts(namespace) else _members(namespace):
        if isinstance(member, (Event, Action, Detail)):
            yield member
        elif _is_triple(member):
            yield Detail(*member)
        elif _is_pair(member):
            raise exc.CatalogError(
                _('%r is retired as an Action(...) or as a Detail(...); a '
                  'plain tuple may be either.') % (member,))
        elif _is_texts(member) or not is_open:
            raise exc.CatalogError(
                _('%r can not be retired: name an Event(...), an Action(...) '
                  'or a Detail(...).') % (member,))


def _is_triple(value: Any) -> bool:
    """Tell whether that is a detail with its remedy."""
    return (type(value) is tuple and _is_pair(value[:-1])
            and isinstance(value[-1], Remedy))


def _is_pair(value: Any) -> bool:
    """Tell whether that is ``(id, text)``, as Cinder and Manila have it."""
    return (isinstance(value, tuple) and len(value) == 2
            and not isinstance(value, (Action, Detail))
            and isinstance(value[0], str)
            and isinstance(value[1], (str, type(None))))


def _by_id(values: Iterable[Any]) -> dict[str, Any]:
    """Index events, actions or details by ID, and check them.

    :raises CatalogError: two have one ID, or one can not be stored or shown
    """
    found: dict[str, Any] = {}
    for value in values:
        key = str(value) if isinstance(value, Event) else value.id
        if not _ID.fullmatch(key):
            raise exc.CatalogError(_('The ID %r can not be stored.') % key)
        if not value.text or not value.text.strip():
            raise exc.CatalogError(_('The ID %s has no text.') % key)
        if key in found and found[key] is not value and (
                isinstance(value, Event) or found[key] != value):
            raise exc.CatalogError(
                _('The ID %(id)s is there twice, for %(first)r and '
                  '%(second)r.') % {'id': key, 'first': found[key].text,
                                    'second': value.text})
        found[key] = value
    return found


def _exception_map(exceptions: Mapping[Any, Any]) -> Iterator[
        tuple[type | str, Detail]]:
    for key, value in exceptions.items():
        if isinstance(key, tuple):
            for name in _members(value):
                yield name, Detail(*key)
        else:
            yield key, Detail(*value)


def _exception_names() -> set[str]:
    """Return the names of all exceptions that this process knows."""
    classes, found = [BaseException], set()
    while classes:
        cls = classes.pop()
        if cls not in found:
            found.add(cls)
            classes += cls.__subclasses__()
    return {cls.__name__ for cls in found}


def _id_of(half: Any) -> Any:
    # What was a tuple is a list behind a message queue.
    return half[0] if isinstance(half, (tuple, list)) and half else half


def _lookup(table: dict[str, Any], key: Any) -> Any:
    # What a subclass of str takes for equal has no say in it.
    return table.get(str.__str__(key)) if isinstance(key, str) else None
