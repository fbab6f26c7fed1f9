# SPDX-License-Identifier: Apache-2.0

"""Controller that lists, counts, shows and deletes messages.

Each method checks its policy rule for the project of the token, and reads
beyond that project only where the rule ``...:all_projects`` allows it.
"""

from collections.abc import Callable, Collection
import dataclasses
import datetime
import logging
from typing import Any, TypeVar
from urllib import parse

from oslo_utils import timeutils

from usermessages._i18n import _
from usermessages.api import filters
from usermessages.api import pagination
from usermessages.api.v3.views import messages as messages_view
from usermessages.api import wsgi
from usermessages import exception
from usermessages.features import Feature
from usermessages import fields
from usermessages.message import api as message_api
from usermessages.policies import messages as rules
from usermessages import policy

LOG = logging.getLogger(__name__)

_T = TypeVar('_T')

# The period that groups are of, by default.
_GROUPS_PERIOD = datetime.timedelta(days=1)
# What one answer holds where the version of a client knows no pages.
_UNPAGED_LIMIT = 10000


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is up to the operator or the host.

    :param public_endpoint: URL that all links start with; by default that of
        the request
    :param max_limit: number of messages that one answer holds at most
    :param resource_filters: query parameters that filter
    :param like_filters: those that may be written ``name~=part``
    :param help_url: what the link to the help for an event starts with; its
        ID follows
    :raises ValueError: there is no such filter, or the number is below 1
    """

    public_endpoint: str | None = None
    max_limit: int = 1000
    resource_filters: Collection[str] = fields.EQUAL_FILTERS
    like_filters: Collection[str] = ()
    help_url: str | None = None

    def __post_init__(self) -> None:
        if self.max_limit < 1:
            raise ValueError(_('max_limit is below 1.'))
        unknown = ({*self.resource_filters} - {*fields.EQUAL_FILTERS}
                   | {*self.like_filters} - {*fields.LIKE_FILTERS})
        if unknown:
            raise ValueError(_('There is no filter %s.')
                             % ', '.join(sorted(unknown)))


class MessagesController:
    """The messages at ``[/{project_id}]/messages``.

    Each method returns the body of its answer, None for an empty one.
    """

    def __init__(self, api: message_api.API, enforcer: policy.Policy,
                 settings: Settings):
        self._api = api
        self._policy = enforcer
        self._settings = settings

    def index(self, request: wsgi.Request,
              project_id: str | None) -> dict[str, Any]:
        """List messages.

        :raises Forbidden: a rule does not allow it
        :raises Invalid: a query parameter is not what it should be
        :raises MessageNotFound: the marker leads nowhere
        """
        self._policy.authorize(request.context, rules.GET_ALL)
        if Feature.PAGINATION in request.microversion:
            return self._page(request, project_id)

        parameters = dict(request.parameters())
        messages = self._api.get_all(
            request.context, marker=parameters.get('marker'),
            # One more tells whether that was all.
            limit=_UNPAGED_LIMIT + 1)
        if len(messages) > _UNPAGED_LIMIT:
            messages = messages[:_UNPAGED_LIMIT]
            LOG.warning('A project has more than the %d messages that a '
                        'client without pages was given.', _UNPAGED_LIMIT)
        return self._view(request, project_id).index(messages, None)

    def index_groups(self, request: wsgi.Request,
                     project_id: str | None) -> dict[str, Any]:
        """Count the newest messages by event, level and type of resource.

        :raises ResourceNotFound: the version has no such URL
        :raises Forbidden: a rule does not allow it
        :raises Invalid: a query parameter is not what it should be
        """
        if Feature.MESSAGE_GROUPS not in request.microversion:
            raise exception.ResourceNotFound()
        self._policy.authorize(request.context, rules.GET_ALL)
        parameters = dict(request.parameters())
        for name in pagination.PARAMETERS:
            if name in parameters:
                raise exception.Invalid(
                    _('The parameter %s is for lists of messages; message '
                      'groups have no pages and one order.') % name)
        scope = self._scope(request, parameters)
        wanted = self._filters(request, parameters) or {}
        wanted.setdefault('created_since', _groups_since(
            wanted.get('created_before')))
        groups, is_truncated = self._api.get_groups(
            request.context, wanted, **scope)
        return self._view(request, project_id).index_groups(
            groups, is_truncated)

    def show(self, request: wsgi.Request, project_id: str | None,
             message_id: str) -> dict[str, Any]:
        """Show one message.

        :raises Forbidden: a rule does not allow it
        :raises MessageNotFound: there is none that the user may see
        """
        message = self._get_in_scope_or_all_projects(
            request, rules.GET, message_id, self._api.get)
        return self._view(request, project_id).show(message)

    def delete(self, request: wsgi.Request, project_id: str | None,
               message_id: str) -> None:
        """Delete one message.

        :raises Forbidden: a rule does not allow it
        :raises MessageNotFound: there is none that the user may delete
        """
        self._get_in_scope_or_all_projects(
            request, rules.DELETE, message_id, self._api.delete)
        LOG.info('User %(user)s of project %(project)s deleted message '
                 '%(message)s',
                 {'user': getattr(request.context, 'user_id', None),
                  'project': request.context.project_id,
                  # As it is kept, and not as it was written.
                  'message': message_id.lower()})

    def _page(self, request: wsgi.Request,
              project_id: str | None) -> dict[str, Any]:
        pairs = request.parameters()
        parameters = dict(pairs)
        page = pagination.page(parameters, self._settings.max_limit,
                               request.microversion)
        scope = self._scope(request, parameters)
        wanted = self._filters(request, parameters)
        messages = [] if wanted is None else self._api.get_all(
            request.context, wanted, page.marker,
            # One more tells whether there is a next page.
            page.limit + 1 if page.limit else 0,
            page.offset, page.sort_keys, page.sort_dirs, **scope)
        link = None
        if len(messages) > page.limit:
            messages = messages[:page.limit]
            link = pagination.next_link(
                self._base_url(request) + parse.quote(request.path_info),
                pairs, messages[-1]['id'])
        return self._view(request, project_id).index(messages, link)

    def _filters(self, request: wsgi.Request,
                 parameters: dict[str, str]) -> dict[str, Any] | None:
        return filters.filters(parameters, request.microversion,
                               self._settings.resource_filters,
                               self._settings.like_filters)

    def _scope(self, request: wsgi.Request,
               parameters: dict[str, str]) -> dict[str, Any]:
        """Return whose messages a list is of, as ``get_all`` takes it."""
        context = request.context
        project_id = parameters.get('project_id')
        if project_id == '':
            raise exception.Invalid(_('The parameter project_id is empty.'))
        everywhere = filters.is_true(
            'all_tenants', parameters.get('all_tenants', 'false'))
        if project_id in (None, context.project_id) and not everywhere:
            return {}
        widened = self._policy.allows(
            context, rules.GET_ALL + rules.ALL_PROJECTS)
        if project_id is not None:
            if project_id != context.project_id and not widened:
                raise exception.Forbidden(
                    _('Only the messages of your own project can be '
                      'listed.'))
            return {'project_id': project_id}
        # cinderclient sends all_tenants for everybody.
        return {'all_projects': widened}

    def _get_in_scope_or_all_projects(
            self, request: wsgi.Request, rule: str, message_id: str,
            work: Callable[..., _T]) -> _T:
        """Work on a message of the scope, else of any project if allowed."""
        try:
            self._policy.authorize(request.context, rule)
        except exception.Forbidden:
            # What they could not even see is not there, whatever they want.
            if self._policy.allows(request.context, rules.GET):
                self._api.get(request.context, message_id)
            raise
        try:
            return work(request.context, message_id)
        except exception.MessageNotFound:
            if not self._policy.allows(request.context,
                                       rule + rules.ALL_PROJECTS):
                raise
        return work(request.context, message_id, all_projects=True)

    def _base_url(self, request: wsgi.Request) -> str:
        return request.base_url(self._settings.public_endpoint)

    def _view(self, request: wsgi.Request,
              project_id: str | None) -> messages_view.View:
        catalog = self._api.catalog
        return messages_view.View(
            catalog, request.microversion,
            self._base_url(request) + request.path_prefix, project_id,
            request.choose_language(catalog.languages),
            self._settings.help_url)


def _groups_since(created_before: datetime.datetime | None,
                  ) -> datetime.datetime:
    """Return a day ago, or the day before a latest time that is earlier."""
    since = timeutils.utcnow() - _GROUPS_PERIOD
    if created_before is None or created_before >= since:
        return since
    return (max(created_before, datetime.datetime.min + _GROUPS_PERIOD)
            - _GROUPS_PERIOD)
