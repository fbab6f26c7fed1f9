# SPDX-License-Identifier: Apache-2.0

"""Message catalogs.

A ``Catalog`` contains everything that one service can say; no other text is
ever stored or shown.  Services import ``Catalog``, ``Event``, ``Action``,
``Detail``, ``Remedy`` and the types of parameters from here::

    FAILED = Event('000001', N_('The coffee could not be made.'))
    CATALOG = Catalog('COFFEE', events=globals(), unknown_error=FAILED)

The module has more than 300 lines, because ``Catalog`` is the only interface
for the texts of a service, and its docstrings are the reference.
"""

from collections.abc import Callable, Mapping
import os
import re
from typing import Any

from usermessages import _i18n
from usermessages._i18n import _
from usermessages import config
from usermessages import exception as exc
from usermessages import lazy
from usermessages.message import adapters
from usermessages.message.adapters import plain_text
from usermessages.message import definitions
from usermessages.message.definitions import Action
from usermessages.message.definitions import Detail
from usermessages.message.definitions import Event
from usermessages.message.definitions import Remedy
from usermessages.message import parameters as message_parameters
from usermessages.message.parameters import Count
from usermessages.message.parameters import Gigabytes
from usermessages.message.parameters import OneOf
from usermessages.message.parameters import Percent
from usermessages.message.parameters import PROJECT
from usermessages.message.parameters import REQUEST
from usermessages.message.parameters import Seconds
from usermessages.message import rendering
from usermessages.message import translations
from usermessages.message import validation

__all__ = ('Action', 'Catalog', 'Count', 'Detail', 'Event', 'Gigabytes',
           'OneOf', 'PROJECT', 'Percent', 'REQUEST', 'Remedy', 'Seconds',
           'UUID_PATTERN', 'load', 'plain_text')

UUID_PATTERN = r'[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'

# The units of parameters.
_LIBRARY_TRANSLATIONS = translations.Translations(
    _i18n.DOMAIN, _i18n.LOCALE_DIR)


class Catalog:
    """The texts of one service, and a mapping of exceptions to details.

    :param prefix: the first part of the ID of a composed event, as in
        ``VOLUME_VOLUME_001_003``
    :param events: the events.  This parameter and the next three accept a
        module, a class, a mapping or an iterable, and ignore members of other
        kinds.  A mapping ``{id: text}``, or a module with one, as in Cinder,
        defines events, too
    :param actions: the actions; also plain tuples ``(id, text)``, as in the
        ``Action`` classes of Cinder and Manila
    :param details: the details; also plain tuples ``(id, text)`` or ``(id,
        text, remedy)``
    :param resource_types: the types of resources that a message can concern
    :param unknown_error: the event for anything that is not in the catalog,
        or its ID
    :param unknown_detail: the detail of an exception that is not mapped;
        required if there are actions
    :param exceptions: ``{KeyError: detail}``, ``{'KeyError': detail}`` or, as
        in Cinder and Manila, ``{detail: ['KeyError']}``.  A subclass has the
        detail of its nearest base class, and ``Name_Remote`` that of ``Name``;
        ``RemoteError`` of oslo.messaging has that of its ``exc_type``
    :param detail_for: a function that is called first, with the exception; it
        returns a detail, ``(detail, parameters)``, or None to use
        ``exceptions``
    :param resource_id_pattern: a regular expression for complete resource
        IDs, by default that of UUIDs
    :param domain: the domain of the translations, by default none; the files
        are ``LANGUAGE/LC_MESSAGES/DOMAIN.mo``
    :param locale_dir: the directory of the translations; requires ``domain``
    :param retired: events, actions and details that are no longer recorded,
        in a module, a class or an iterable, which contains nothing else; the
        parameters above may contain them, too.  Stored messages with them
        remain readable.  ``create()`` still records them, since a process of
        the previous release may use them during an upgrade; in strict mode,
        ``create()`` raises :class:`~usermessages.exception.InvalidMessage`
    :raises CatalogError: an ID is a duplicate, or has other characters than
        ASCII letters, digits, ``_``, ``.`` and ``-``; a text or the unknown
        detail is missing; a level or a user action is not one of the
        constants, or a resource type not in upper case; the placeholders of a
        text differ from its parameters, or the general text is missing; only
        one of domain and directory is given; the unknown error, the unknown
        detail or the detail of an exception is retired

    For mistakes that do not prevent the use of a catalog, see
    :meth:`problems`.
    """

    def __init__(self, prefix: str, *, events: Any, unknown_error: str,
                 actions: Any = (), details: Any = (),
                 resource_types: Any = (),
                 unknown_detail: Detail | tuple[str, str] | None = None,
                 exceptions: Mapping[Any, Any] | None = None,
                 detail_for: Callable[[BaseException], Any] | None = None,
                 resource_id_pattern: str = UUID_PATTERN,
                 domain: str | None = None,
                 locale_dir: str | os.PathLike[str] | None = None,
                 retired: Any = ()):
        self.prefix = prefix
        old = list(adapters.retired(retired))
        self._retired = {
            kind: validation.index(
                value for value in old if isinstance(value, kind))
            for kind in (Event, Action, Detail)}
        self.events = validation.index(
            [*adapters.events(events), *self._retired[Event].values()])
        self.actions = validation.index(
            [*adapters.halves(actions, Action),
             *self._retired[Action].values()])
        self.details = validation.index(
            [*adapters.halves(details, Detail),
             *self._retired[Detail].values()])
        self.resource_types = frozenset(
            str(member) for member in adapters.members(resource_types)
            if isinstance(member, str))
        self.unknown_detail = (self._known(Detail(*unknown_detail))
                               if unknown_detail else None)
        self._resource_id = re.compile(resource_id_pattern)
        self.resource_id_form = (
            'a UUID' if resource_id_pattern == UUID_PATTERN
            else 'what resource_id_pattern of the catalog matches')
        self._detail_for = detail_for
        self.domain = domain
        self.locale_dir = locale_dir
        self._translations = translations.Translations(domain, locale_dir)
        self._exceptions: dict[type | str, Detail] = {}
        for key, detail in adapters.exception_map(exceptions or {}):
            # The first of two details for an exception counts, as in Cinder.
            self._exceptions.setdefault(key, self._known(detail))
        unknown = self.event(unknown_error)
        if unknown is None:
            raise exc.CatalogError(_('The unknown error is not an event of '
                                     'the catalog.'))
        self.unknown_error = unknown
        validation.check(self, self._exceptions)

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """The events, actions and details by ID, each by its kind."""
        return {'event': self.events, 'action': self.actions,
                'detail': self.details}

    def problems(self, table_mapping: Any = None) -> list[str]:
        """Return the mistakes in the catalog, one sentence each.

        A placeholder in a text would be shown.  An exception that is mapped
        by name has no effect if no class has that name; import the modules
        with the exceptions of the service first.  Without translations, all
        users would read English.

        :param table_mapping: of an existing table, whose columns may be
            too narrow for an ID
        """
        return list(validation.problems(self, table_mapping))

    @property
    def is_untranslated(self) -> bool:
        """Whether there is a domain, but no language has a file."""
        return self.domain is not None and len(self.languages) == 1

    def unknown_exceptions(self) -> list[tuple[str, Detail]]:
        """Return each mapped name without a class, and its detail."""
        names = validation.exception_names()
        return [(key, detail) for key, detail in self._exceptions.items()
                if isinstance(key, str) and key not in names]

    def event(self, event_id: Any) -> Event | None:
        """Return the event with an ID, or None."""
        return adapters.lookup(self.events, event_id)

    def action(self, action: Any) -> Action | None:
        """Return the action with an ID, or with the ID of a tuple."""
        return adapters.lookup(self.actions, adapters.id_of(action))

    def detail(self, detail: Any) -> Detail | None:
        """Return the detail with an ID, or with the ID of a tuple."""
        return adapters.lookup(self.details, adapters.id_of(detail))

    def is_unknown_detail(self, action_id: str, detail_id: str) -> bool:
        """Tell whether a stored message has an action without a reason."""
        return (action_id != '' and self.unknown_detail is not None
                and detail_id == self.unknown_detail.id)

    def is_retired(self, value: Any) -> bool:
        """Tell whether an event, action or detail is retired."""
        for kind, table in self._retired.items():
            if isinstance(value, kind):
                return (str.__str__(value) if isinstance(value, str)
                        else value.id) in table
        return False

    def detail_of(self, exception: BaseException) -> Detail | None:
        """Return the detail to which an exception is mapped, or None.

        Only the classes of the exception count, from the nearest to the most
        general: not its text, its arguments or its cause.
        """
        return self.detail_and_parameters_of(exception)[0]

    def detail_and_parameters_of(
            self, exception: BaseException) -> tuple[Detail | None, Any]:
        """Return the same, and the parameters that ``detail_for`` returned.

        :returns: parameters of any type, or None
        """
        if self._detail_for is not None:
            chosen, parameters = _with_parameters(self._detail_for(exception))
            detail = self.detail(chosen)
            if detail is not None:
                return detail, parameters
        return self.detail_of_class(exception), None

    def detail_of_class(self, exception: BaseException) -> Detail | None:
        """Return the detail in ``exceptions``, without ``detail_for``."""
        for cls in type(exception).__mro__:
            for key in (cls, cls.__name__, cls.__name__.removesuffix(
                    '_Remote')):
                if key in self._exceptions:
                    return self._exceptions[key]
        remote = _remote_name(exception)
        return next((detail for key, detail in self._exceptions.items()
                     if remote and remote == getattr(key, '__name__', key)),
                    None)

    def _known(self, detail: Detail) -> Detail:
        """Return the detail of the catalog, which can have parameters."""
        known = self.details.get(detail.id, detail)
        return known if known.text == detail.text else detail

    def compose(self, resource_type: str, action: Action,
                detail: Detail) -> str:
        """Return the event ID of an action and a detail."""
        parts = [self.prefix, resource_type, action.id, detail.id]
        return '_'.join(part for part in parts if part)

    def is_resource_id(self, resource_id: Any) -> bool:
        """Tell whether a value has the form of the ID of a resource."""
        return (isinstance(resource_id, str)
                and self._resource_id.fullmatch(resource_id) is not None)

    @property
    def languages(self) -> Mapping[str, str]:
        """The languages that a reader can request, and those of the texts.

        Both are tags of BCP 47, as in ``{'zh-Hans': 'zh-CN'}``.  English, the
        language of the catalog, is always available.
        """
        return self._translations.tags

    def text(self, event_id: str, action_id: str = '', detail_id: str = '',
             language: str = translations.ENGLISH,
             parameters: str = '') -> str:
        """Return the text of a stored message; never fails, never empty.

        :param language: a value of :attr:`languages`; a text or a half of a
            composed text without a translation is in English
        :param parameters: the stored parameters.  If a value is missing, or
            is not one that the catalog declares, the text is the general text
        """
        return self.render(
            event_id, action_id, detail_id, language, parameters)[0]

    def text_of_event(self, event_id: str) -> str:
        """Return the text of an event ID, without parameters, in English.

        :returns: an empty text if the catalog does not define the ID
        """
        first, _separator, detail_id = event_id.rpartition('_')
        first, _separator, action_id = first.rpartition('_')
        is_composed = (detail_id in self.details
                       and self._is_composed(event_id, action_id))
        return (self.text(event_id, action_id, detail_id)
                if event_id in self.events or is_composed else '')

    def render(self, event_id: str, action_id: str = '', detail_id: str = '',
               language: str = translations.ENGLISH, parameters: str = '',
               ) -> tuple[str, dict[str, int | str]]:
        """Return the text of a stored message, and the values in the text.

        For the parameters, see :meth:`text`.  Never fails; without values, the
        text is the general text.
        """
        source = self._source(event_id, action_id, detail_id)
        text = ''
        values: dict[str, int | str] = {}
        if source is not None and source.parameters:
            text, values = self._rendering(source, language).render(parameters)
        elif source is not None:
            text = self._translations.text(source.text, language)
        if event_id in self.events or not self._is_composed(
                event_id, action_id):
            return text, values
        # Translators translate each half, not each pair.
        action = self._translations.text(
            self.actions[action_id].text, language)
        return f'{action}:{text}' if text else action, values

    def remedy(self, event_id: str, action_id: str = '', detail_id: str = '',
               language: str = translations.ENGLISH) -> Remedy | None:
        """Return the remedy of a stored message; never fails.

        The remedy is that of the event or detail whose text :meth:`text`
        returns, with its hint in the language.
        """
        source = self._source(event_id, action_id, detail_id)
        if source is None or source.remedy is None:
            return None
        # The translation of an empty text is the header of its file.
        hint = source.remedy.hint and self._translations.text(
            source.remedy.hint, language)
        return Remedy(source.remedy.user_action, hint)

    def _source(self, event_id: str, action_id: str,
                detail_id: str) -> Event | Detail | None:
        """Return the event or the detail of a stored message."""
        event = self.events.get(event_id)
        if event is None and self._is_composed(event_id, action_id):
            return self.details.get(detail_id) or self.unknown_detail
        return self.unknown_error if event is None else event

    def _is_composed(self, event_id: str, action_id: str) -> bool:
        # An ID of the catalog of another service has another meaning.
        return (action_id in self.actions
                and event_id.startswith(f'{self.prefix}_'))

    def _rendering(self, source: Event | Detail,
                   language: str) -> rendering.Rendering:
        """Return the text of an event or detail with parameters."""
        key = id(source), language
        if key not in self._renderings:
            def translate(text: str) -> str:
                translation = self._translations.text(text, language)
                if translation == text and '{number}' in text:
                    # A unit of the library.
                    return _LIBRARY_TRANSLATIONS.text(text, language)
                return (translation if '{number}' in text
                        or message_parameters.has_only(translation, ())
                        else text)

            declared = definitions.parameters_of(source)
            is_english = False
            text, general = (self._translations.text(part, language)
                             for part in (source.text, source.general))
            if text == source.text or not message_parameters.has_only(
                    text, declared):
                # No translation, or a wrong one: the words are English, too.
                text, is_english = source.text, True
            if not message_parameters.has_only(general, ()):
                general = source.general
            self._renderings[key] = rendering.Rendering(
                text, general, declared, str if is_english else translate)
        return self._renderings[key]

    @lazy.cached_property
    def _renderings(self) -> dict[tuple[int, str], rendering.Rendering]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return lazy.state_without_cached(self)

    def defines(self, event_id: str, resource_type: str = '',
                action_id: str = '', detail_id: str = '') -> bool:
        """Tell whether the catalog defines exactly this stored message."""
        action, detail = (self.actions.get(action_id),
                          self.details.get(detail_id))
        return event_id in self.events or (
            action is not None and detail is not None
            and (not resource_type or resource_type in self.resource_types)
            and event_id == self.compose(resource_type, action, detail))


def _remote_name(exception: BaseException) -> str:
    """Return the name of the class of an exception of another process.

    oslo.messaging raises ``RemoteError`` for a class that the receiver does
    not allow; then the base classes are unknown.
    """
    # Attributes of other exceptions can be properties, which run code.
    if type(exception).__name__ != 'RemoteError':
        return ''
    name = getattr(exception, 'exc_type', None)
    return name if type(name) is str else ''


def _with_parameters(chosen: Any) -> tuple[Any, Any]:
    """Return the detail and the parameters that ``detail_for`` returned."""
    if type(chosen) is tuple and len(chosen) == 2 and not isinstance(
            chosen[1], str):
        return chosen
    return chosen, None


def load(path: str, option: str = '[user_messages]catalog') -> Catalog:
    """Return the catalog at ``module:NAME``.

    :param option: the option with the path, for the text of an error
    :raises ConfigurationError: no catalog can be loaded from the path
    """
    return config.load_object(path, option, Catalog)
