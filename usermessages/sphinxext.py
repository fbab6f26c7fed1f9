# SPDX-License-Identifier: Apache-2.0

"""Sphinx directive that documents a catalog for its users.

With ``extensions = ['usermessages.sphinxext']`` in ``conf.py``, the directive
prints the texts and the remedies of a catalog::

    .. user-messages:: coffee.messages:CATALOG

Each event ID is an anchor, such as ``#000002``; the anchor of a composed event
leads to the detail.  A help link consists of the URL of the page, ``#`` and
the event ID.  Only this module requires Sphinx.
"""

from collections.abc import Iterable, Mapping, Sequence
import pathlib
import sys
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import docutils

from usermessages import exception
from usermessages.message import catalog as message_catalog
from usermessages.message.catalog import Action
from usermessages.message.catalog import Detail
from usermessages.message.catalog import Event
from usermessages.message import id_registry
from usermessages.message import message_levels
from usermessages.message import user_actions
from usermessages import version

# The title of each user action, and the hint for texts without a hint.
_USER_ACTIONS = {
    user_actions.RETRY: (
        'Retry', 'Repeat the request; it may succeed now.'),
    user_actions.CHANGE_REQUEST: (
        'Change the request', 'The request cannot be satisfied as it is.'),
    user_actions.FREE_QUOTA: (
        'Free quota',
        'Delete resources of your project, or request a higher quota.'),
    user_actions.WAIT: (
        'Wait', 'Repeat the request later, when another operation is '
                'complete.'),
    user_actions.CONTACT_OPERATOR: (
        'Contact an operator', 'Provide the request ID of the message.'),
    user_actions.NONE: ('No action', 'You do not need to do anything.'),
}


class UserMessages(docutils.SphinxDirective):
    """The directive ``user-messages``, with a catalog as ``module:NAME``."""

    required_arguments = 1
    option_spec = {'lock': directives.path}

    def run(self) -> list[nodes.Node]:
        """Return the nodes for the catalog.

        The text of an error contains the line of the page and a solution.
        """
        catalog = self._catalog()
        since = self._since(catalog)

        def facts(value: Event | Action | Detail, kind: str,
                  level: str = '') -> list[str]:
            """Return the level, the first release and the retirement."""
            release = since.get((kind, _id(value)))
            return [fact for fact in (
                level, f'since {release}' if release else '',
                'retired' if catalog.is_retired(value) else '') if fact]

        elements: list[nodes.Element] = [_definitions(
            self._entry(event, [str(event)],
                        facts(event, 'event', event.level))
            for event in _by_id(catalog.events.values()))]
        if catalog.actions:
            anchors_of = _anchors(catalog)
            elements += [
                _heading('Composed messages', 2),
                _explanation(catalog),
                _heading('Actions', 3),
                nodes.bullet_list(
                    '', *[self._item(action, facts(action, 'action'))
                          for action in _by_id(catalog.actions.values())],
                    bullet='*'),
                _heading('Details', 3),
                _definitions(
                    self._entry(detail, anchors, facts(
                        detail, 'detail', message_levels.ERROR))
                    for detail, anchors in anchors_of.items()),
                _heading('Event IDs of composed messages', 3),
                _index(catalog, anchors_of)]
        for element in elements:
            # Quotes and dashes remain unchanged.
            element['support_smartquotes'] = False
            for node in element.findall(nodes.Element):
                # Sphinx requires the source of each node.
                self.set_source_info(node)
        return list(elements)

    def _catalog(self) -> message_catalog.Catalog:
        """Return the catalog."""
        path = self.arguments[0]
        try:
            catalog = message_catalog.load(path, 'The catalog')
        except exception.ConfigurationError as error:
            raise self.error(str(error)) from error
        file = getattr(sys.modules[path.partition(':')[0]], '__file__', None)
        if file:
            # Sphinx rebuilds the page if the module has changed.
            self.env.note_dependency(file)
        return catalog

    def _since(self, catalog: message_catalog.Catalog,
               ) -> dict[tuple[str, str], str]:
        """Return the first release of each ID, if there is a lock file."""
        if 'lock' not in self.options:
            return {}
        name, path = self.env.relfn2path(self.options['lock'])
        self.env.note_dependency(name)
        try:
            registry = id_registry.read(pathlib.Path(path))
        except exception.LockError as error:
            raise self.error(str(error)) from error
        if registry is None:
            raise self.error(
                f'The lock file {path} does not exist; create it with '
                '"usermessages-catalog lock", or correct its path, which is '
                'relative to this page.')
        if registry.prefix != catalog.prefix:
            raise self.error(
                f'The lock file {path} has the prefix {registry.prefix}, but '
                f'the catalog {catalog.prefix}; name the lock file of the '
                'catalog.')
        return {key: entry.since for key, entry in registry.entries.items()}

    def _item(self, action: Action, facts: list[str]) -> nodes.list_item:
        """Return the list item of an action."""
        return nodes.list_item('', nodes.paragraph(
            '', '', nodes.literal('', action.id),
            nodes.Text(' '.join(
                ['', action.text, *[f'({fact})' for fact in facts]]))))

    def _entry(self, value: Event | Detail, anchors: Sequence[str],
               facts: list[str]) -> nodes.definition_list_item:
        """Return the entry of an event or a detail.

        :param anchors: the event IDs of links to the entry
        """
        term = nodes.term('', '', ids=anchors)
        for anchor in anchors:
            if anchor in self.state.document.ids:
                raise self.error(
                    f'The page has the anchor #{anchor} already. Print each '
                    'catalog once, and each on a page of its own.')
            self.state.document.ids[anchor] = term
        literal = nodes.literal('', _id(value))
        term += nodes.reference('', '', literal, internal=True,
                                refid=anchors[0]) if anchors else literal
        definition = nodes.definition('', nodes.paragraph('', value.text))
        if value.parameters:
            definition += _parameters(value)
        if value.remedy is not None:
            title, hint = _USER_ACTIONS[value.remedy.user_action]
            definition += nodes.paragraph(
                '', '', nodes.strong('', title), nodes.Text(' ('),
                nodes.literal('', value.remedy.user_action),
                nodes.Text(f'): {value.remedy.hint or hint}'))
        return nodes.definition_list_item(
            '', term, *[nodes.classifier('', fact) for fact in facts],
            definition)


def _parameters(value: Event | Detail) -> nodes.bullet_list:
    """Return the parameters of a text, and the text without values."""
    items = [nodes.paragraph(
        '', '', nodes.literal('', name),
        nodes.Text(f': {parameter.description}'))
        for name, parameter in (value.parameters or {}).items()]
    items.append(nodes.paragraph(
        '', '', nodes.Text('Without values: '),
        nodes.emphasis('', value.general)))
    return nodes.bullet_list(
        '', *[nodes.list_item('', item) for item in items], bullet='*')


def _anchors(catalog: message_catalog.Catalog) -> dict[Detail, list[str]]:
    """Return the IDs of the composed events of each detail.

    If two details share an ID, the first detail has the anchor.  The anchor of
    an event ID belongs to the event.
    """
    used = set(catalog.events)
    anchors: dict[Detail, list[str]] = {}
    for detail in _by_id(catalog.details.values()):
        composed = {
            catalog.compose(resource_type, action, detail): None
            for resource_type in ('', *sorted(catalog.resource_types))
            for action in _by_id(catalog.actions.values())}
        anchors[detail] = [key for key in composed if key not in used]
        used.update(composed)
    return anchors


def _index(catalog: message_catalog.Catalog,
           anchors_of: Mapping[Detail, Sequence[str]]) -> nodes.bullet_list:
    """Return the list of composed event IDs with their texts."""
    used: set[str] = set()
    items = []
    for action in _by_id(catalog.actions.values()):
        for detail, anchors in anchors_of.items():
            event_ids = [
                event_id for event_id in dict.fromkeys(
                    catalog.compose(resource_type, action, detail)
                    for resource_type in ('', *sorted(catalog.resource_types)))
                if event_id in anchors and event_id not in used]
            used.update(event_ids)
            entry = nodes.paragraph()
            for event_id in event_ids:
                entry += [nodes.reference(
                    '', '', nodes.literal('', event_id), internal=True,
                    refid=event_id), nodes.Text(' ')]
            entry += nodes.emphasis('', f'{action.text}:{detail.text}')
            items += [nodes.list_item('', entry)] if event_ids else []
    return nodes.bullet_list('', *items, bullet='*')


def _explanation(catalog: message_catalog.Catalog) -> nodes.paragraph:
    """Return a paragraph on composed messages."""
    action, detail = (_by_id(half.values())[0]
                      for half in (catalog.actions, catalog.details))
    event_id = catalog.compose(min(catalog.resource_types, default=''),
                               action, detail)
    text = f'{action.text}:{detail.text}'
    return nodes.paragraph(
        '', '',
        nodes.Text('A composed message consists of an action and a detail, '
                   'joined with a colon. Its event ID ends with the IDs of '
                   'the action and the detail: '), nodes.literal('', event_id),
        nodes.Text(' is '), nodes.emphasis('', text),
        nodes.Text('' if text.endswith('.') else '.'))


def _by_id(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=_id)


def _id(value: Event | Action | Detail) -> str:
    return str(value) if isinstance(value, Event) else value.id


def _heading(text: str, level: int) -> nodes.rubric:
    # A rubric, not a section, is valid at any place of a page.
    rubric = nodes.rubric('', text)
    rubric['heading-level'] = level
    return rubric


def _definitions(
        entries: Iterable[nodes.definition_list_item]) -> nodes.Element:
    return nodes.definition_list('', *entries, classes=['user-messages'])


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive to Sphinx."""
    app.add_directive('user-messages', UserMessages)
    return {'version': version.version_string(), 'parallel_read_safe': True,
            'parallel_write_safe': True}
