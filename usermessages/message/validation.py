# SPDX-License-Identifier: Apache-2.0

"""Validate catalogs of messages.

``check(catalog, exceptions)`` raises ``CatalogError`` for an invalid
catalog, for example with the prefix ``coffee`` in lower case.
``problems(catalog)`` yields problems that do not prevent the use of a catalog.
"""

from collections.abc import Iterable, Iterator, Mapping
import re
from typing import Any, TYPE_CHECKING

from usermessages._i18n import _
from usermessages import exception as exc
from usermessages.message.definitions import Detail
from usermessages.message.definitions import Event
from usermessages.message.definitions import named_texts_of
from usermessages.message.definitions import parameters_of
from usermessages.message.definitions import Remedy
from usermessages.message import message_levels
from usermessages.message import parameters as message_parameters
from usermessages.message import user_actions

if TYPE_CHECKING:
    from usermessages.message.catalog import Catalog

# An ID is part of the ID of a composed event, and fits a column of the table.
_ID = re.compile(r'[0-9A-Za-z_.-]{1,64}')
_NAME = re.compile(r'[0-9A-Z_]{1,64}')
# A prefix of 60, three parts of 64 and the separators fill the column.
_PREFIX = re.compile(r'[0-9A-Z_]{1,60}')

# The placeholders of ``%``, ``str.format`` and ``string.Template``.
PLACEHOLDER = re.compile(
    r'%(\([^)]*\))?[#0+.\d-]*[a-zA-Z]|\{[^{}]*\}|\$\{?[a-zA-Z_]\w*\}?')


def index(values: Iterable[Any]) -> dict[str, Any]:
    """Return events, actions or details by their IDs.

    :raises CatalogError: an ID is a duplicate or cannot be stored, or a text
        is missing
    """
    by_id: dict[str, Any] = {}
    for value in values:
        key = str(value) if isinstance(value, Event) else value.id
        if not _ID.fullmatch(key):
            raise exc.CatalogError(_('The ID %r cannot be stored.') % key)
        if not value.text or not value.text.strip():
            raise exc.CatalogError(_('The ID %s has no text.') % key)
        if key in by_id and by_id[key] is not value and (
                isinstance(value, Event) or by_id[key] != value):
            raise exc.CatalogError(
                _('The ID %(id)s is a duplicate, with the texts %(first)r and '
                  '%(second)r.') % {'id': key, 'first': by_id[key].text,
                                    'second': value.text})
        by_id[key] = value
    return by_id


def check(catalog: 'Catalog',
          exceptions: Mapping[type | str, Detail]) -> None:
    """Check that a catalog is valid.

    :param exceptions: the details to which the catalog maps exceptions
    :raises CatalogError: the catalog is invalid
    """
    _check_names(catalog)
    _check_levels(catalog)
    _check_remedies(catalog)
    _check_parameters(catalog)
    if (catalog.domain is None) != (catalog.locale_dir is None):
        raise exc.CatalogError(_('The parameters domain and locale_dir '
                                 'require each other.'))
    if catalog.actions and catalog.unknown_detail is None:
        raise exc.CatalogError(_('A catalog with actions needs an unknown '
                                 'detail.'))
    if catalog.unknown_detail is not None:
        _check_default(catalog, catalog.unknown_detail,
                       _('it is the unknown detail'))
    for key, detail in exceptions.items():
        _check_default(catalog, detail, _('exceptions maps %s to it')
                       % getattr(key, '__name__', key))
    if catalog.is_retired(catalog.unknown_error):
        raise exc.CatalogError(_('The unknown error is retired, but new '
                                 'messages would use it.'))


def _check_names(catalog: 'Catalog') -> None:
    if not _PREFIX.fullmatch(catalog.prefix):
        raise exc.CatalogError(
            _('The prefix %r is not in upper case, or too long.')
            % catalog.prefix)
    for resource_type in catalog.resource_types:
        if not _NAME.fullmatch(resource_type):
            raise exc.CatalogError(
                _('The resource type %r is not in upper case, or too long.')
                % resource_type)


def _check_levels(catalog: 'Catalog') -> None:
    for event in catalog.events.values():
        if event.level not in message_levels.ALL:
            raise exc.CatalogError(
                _('Event %(id)s has the unknown level %(level)r.')
                % {'id': event, 'level': event.level})


def _check_remedies(catalog: 'Catalog') -> None:
    for value in (*catalog.events.values(), *catalog.details.values()):
        remedy = value.remedy
        if remedy is not None and not (
                isinstance(remedy, Remedy)
                and remedy.user_action in user_actions.ALL
                and isinstance(remedy.hint, str)
                and (not remedy.hint or remedy.hint.strip())):
            raise exc.CatalogError(
                _('%(remedy)r is not a remedy; use one of the user actions '
                  '%(known)s, and optionally a hint that is not blank.')
                % {'remedy': remedy, 'known': ', '.join(user_actions.ALL)})


def _check_parameters(catalog: 'Catalog') -> None:
    for kind in ('event', 'detail'):
        for key, value in catalog.tables[kind].items():
            reason = _parameters_reason(value)
            if reason:
                raise exc.CatalogError(_('%(kind)s %(id)s: %(reason)s') % {
                    'kind': kind.capitalize(), 'id': key, 'reason': reason})
    if catalog.unknown_error.parameters or parameters_of(
            catalog.unknown_detail):
        raise exc.CatalogError(_('The unknown error and the unknown detail '
                                 'cannot have parameters.'))


def _parameters_reason(value: Event | Detail) -> str:
    """Return the reason why the parameters of a text are invalid."""
    declared = value.parameters
    if not declared and value.general:
        return _('a general text needs parameters.')
    if not declared:
        return ''
    # A subclass could accept any text.
    if type(declared) is not dict or not all(
            type(name) is str and message_parameters.NAME.fullmatch(name)
            and type(parameter) in message_parameters.TYPES
            and parameter.is_valid()
            for name, parameter in declared.items()):
        return _('parameters needs a dict {name: type}, with names in lower '
                 'case, and types such as Count(10, about=PROJECT) or '
                 'OneOf({"ram": N_("memory")}, about=REQUEST).')
    names = message_parameters.placeholders(value.text)
    if names != sorted(declared):
        return _('the text has the placeholders %(found)s, but the parameters '
                 'are %(declared)s.') % {
                     'found': ', '.join(names) or _('none'),
                     'declared': ', '.join(sorted(declared))}
    if not isinstance(value.general, str) or not value.general.strip():
        return _('parameters need a general text, for messages without the '
                 'values.')
    if PLACEHOLDER.search(value.general):
        return _('the general text has a placeholder.')
    longest = _longest_parameters(value)
    if len(longest) > message_parameters.MAXIMUM_BYTES:
        return _('the parameters need up to %(length)d bytes, but the column '
                 'has %(maximum)d.') % {
                     'length': len(longest),
                     'maximum': message_parameters.MAXIMUM_BYTES}
    return ''


def _longest_parameters(value: Event | Detail) -> str:
    return message_parameters.serialize({
        name: parameter.largest
        for name, parameter in parameters_of(value).items()})


def _check_default(catalog: 'Catalog', detail: Detail, use: str) -> None:
    """Check a detail that the catalog assigns to new messages."""
    known = catalog.details.get(detail.id)
    # A plain tuple can refer to a detail with a remedy.
    if known is None or known[:2] != detail[:2]:
        raise exc.CatalogError(
            _('Detail %s is not in the catalog.') % detail.id)
    if catalog.is_retired(known):
        raise exc.CatalogError(
            _('Detail %(id)s is retired, but new messages would use it: '
              '%(use)s.') % {'id': detail.id, 'use': use})


def problems(catalog: 'Catalog', table_mapping: Any = None) -> Iterator[str]:
    """Yield a sentence for each problem, see :meth:`.Catalog.problems`."""
    if table_mapping is not None:
        yield from _too_long(catalog, table_mapping)
        yield from _without_column(catalog, table_mapping)
    for kind, table in catalog.tables.items():
        for key, value in table.items():
            declared = [f'{{{name}}}' for name in parameters_of(value)]
            for name, text in named_texts_of(value).items():
                match = next((match for match in PLACEHOLDER.finditer(text)
                              if name != 'text' or match[0] not in declared),
                             None)
                if match:
                    yield _('The %(kind)s %(id)s has the placeholder '
                            '%(placeholder)r in its text, but no value is '
                            'ever inserted.') % {
                                'kind': kind, 'id': key,
                                'placeholder': match[0]}
    for name, detail in catalog.unknown_exceptions():
        yield _('Detail %(id)s is mapped to the exception %(name)s, but no '
                'such class is imported.') % {'id': detail.id, 'name': name}
    if catalog.is_untranslated:
        yield _('No LANGUAGE/LC_MESSAGES/%(domain)s.mo exists in '
                '%(directory)s.') % {
                    'domain': catalog.domain, 'directory': catalog.locale_dir}


def _too_long(catalog: 'Catalog', table_mapping: Any) -> Iterator[str]:
    """Yield a sentence for each column that is too short for an ID."""
    longest = {
        'event_id': max(catalog.events, key=len),
        'action_id': max(catalog.actions, default='', key=len),
        'detail_id': max(catalog.details, default='', key=len),
        'resource_type': max(catalog.resource_types, default='', key=len)}
    if catalog.actions:
        composed = catalog.compose(
            longest['resource_type'], catalog.actions[longest['action_id']],
            catalog.details[longest['detail_id']])
        longest['event_id'] = max(longest['event_id'], composed, key=len)
    longest['parameters'] = max(
        (_longest_parameters(value)
         for value in (*catalog.events.values(), *catalog.details.values())),
        default='', key=len)
    for name, value in longest.items():
        maximum = table_mapping.length(name)
        if maximum and len(value) > maximum:
            yield _('%(id)s has %(length)d characters, but the column of '
                    '%(column)s has %(maximum)d.') % {
                        'id': value, 'length': len(value), 'column': name,
                        'maximum': maximum}


def _without_column(catalog: 'Catalog', table_mapping: Any) -> Iterator[str]:
    """Yield a sentence for each ID that a table without event IDs loses."""
    prefix = table_mapping.event_id_prefix
    if prefix is None:
        return
    if prefix != catalog.prefix:
        yield _('The event_id_prefix of the table is %(table)r, but the '
                'prefix of the catalog is %(catalog)r.') % {
                    'table': prefix, 'catalog': catalog.prefix}
    for event_id, event in catalog.events.items():
        if event is not catalog.unknown_error:
            yield _('Event %s has no action, and the table has no column for '
                    'its ID.') % event_id


def exception_names() -> set[str]:
    """Return the names of all imported exception classes."""
    classes: list[type] = [BaseException]
    names: set[str] = set()
    seen: set[int] = set()
    while classes:
        cls = classes.pop()
        if id(cls) not in seen:
            seen.add(id(cls))
            # A metaclass of a service can override both.
            names.add(exc.name_of(cls))
            classes += type.__subclasses__(cls)
    return names
