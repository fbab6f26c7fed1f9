# SPDX-License-Identifier: Apache-2.0

"""Controller that lists, counts, shows and deletes messages.

Each method checks its policy rule for the project of the token.  The scope
includes other projects only if the rule ``...:all_projects`` allows them.
"""

from collections.abc import Callable, Collection, Mapping
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
from usermessages.db import api as db_api
from usermessages import exception
from usermessages.features import Feature
from usermessages import fields
from usermessages.message import api as message_api
from usermessages.policies import messages as rules
from usermessages import policy

LOG = logging.getLogger(__name__)

_T = TypeVar('_T')

Scope = Callable[[Any, dict[str, str]], db_api.Scope | None]
LinkParameters = Callable[[Any], Mapping[str, str]]

# The default period of message groups.
_GROUPS_PERIOD = datetime.timedelta(days=1)
# The maximum size of a list in versions without pagination.
_UNPAGED_LIMIT = 10000


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of an operator or of a consuming service.

    :param public_endpoint: base URL of all links, by default the URL of the
        request
    :param max_limit: maximum number of messages in a response
    :param resource_filters: filters that users can use
    :param like_filters: filters that users can use in the form ``name~=part``
    :param help_url: prefix of help links; the event ID follows
    :raises ValueError: a filter does not exist, or the limit is below 1
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

    Each method returns the body of the response, or None for an empty body.

    :param scope: a function that returns the scope that a list requests, for
        the context and the query parameters: a project, ``ALL_PROJECTS``, or
        None for the project of the context; by default
        :func:`requested_scope`.  Without the rule ``...:all_projects``, the
        scope is the project of the context, and another project is forbidden
    :param link_parameters: a function that returns query parameters for the
        context, which next links repeat in addition to the parameters of the
        request, if middleware removes parameters such as ``all_projects``
    """

    def __init__(self, api: message_api.API, enforcer: policy.Policy,
                 settings: Settings, scope: Scope | None = None,
                 link_parameters: LinkParameters | None = None):
        self._api = api
        self._policy = enforcer
        self._settings = settings
        self._requested_scope = scope or requested_scope
        self._link_parameters = link_parameters or (lambda _context: {})

    def index(self, request: wsgi.Request,
              project_id: str | None) -> dict[str, Any]:
        """List messages.

        :raises Forbidden: the policy does not allow the request
        :raises Invalid: a query parameter is invalid
        :raises MessageNotFound: the marker does not exist
        """
        self._policy.authorize(request.context, rules.GET_ALL)
        if Feature.PAGINATION in request.microversion:
            return self._page(request, project_id)

        parameters = dict(request.parameters())
        messages = self._api.get_all(
            request.context, marker=parameters.get('marker'),
            # One more message shows whether the list is truncated.
            limit=_UNPAGED_LIMIT + 1)
        if len(messages) > _UNPAGED_LIMIT:
            messages = messages[:_UNPAGED_LIMIT]
            LOG.warning('A project has more than %d messages, the maximum '
                        'for clients without pagination.', _UNPAGED_LIMIT)
        return self._view(request, project_id).index(messages, None)

    def index_groups(self, request: wsgi.Request,
                     project_id: str | None) -> dict[str, Any]:
        """Count the newest messages by event, level and type of resource.

        :raises ResourceNotFound: the version has no message groups
        :raises Forbidden: the policy does not allow the request
        :raises Invalid: a query parameter is invalid
        """
        if Feature.MESSAGE_GROUPS not in request.microversion:
            raise exception.ResourceNotFound()
        self._policy.authorize(request.context, rules.GET_ALL)
        parameters = dict(request.parameters())
        for name in pagination.PARAMETERS:
            if name in parameters:
                raise exception.Invalid(
                    _('The parameter %s is valid for lists of messages '
                      'only; message groups have no pages and a fixed '
                      'order.') % name)
        scope = self._scope(request, parameters)
        filter_values = self._filters(request, parameters) or {}
        filter_values.setdefault('created_since', _groups_since(
            filter_values.get('created_before')))
        groups, is_truncated = self._api.get_groups(
            request.context, filter_values, **scope)
        return self._view(request, project_id).index_groups(
            groups, is_truncated)

    def show(self, request: wsgi.Request, project_id: str | None,
             message_id: str) -> dict[str, Any]:
        """Show one message.

        :raises Forbidden: the policy does not allow the request
        :raises MessageNotFound: the message does not exist or is not in scope
        """
        message = self._get_in_scope_or_all_projects(
            request, rules.GET, message_id, self._api.get)
        return self._view(request, project_id).show(message)

    def delete(self, request: wsgi.Request, project_id: str | None,
               message_id: str) -> None:
        """Delete one message.

        :raises Forbidden: the policy does not allow the request
        :raises MessageNotFound: the message does not exist or is not in scope
        """
        self._get_in_scope_or_all_projects(
            request, rules.DELETE, message_id, self._api.delete)
        LOG.info('User %(user)s of project %(project)s deleted message '
                 '%(message)s',
                 {'user': getattr(request.context, 'user_id', None),
                  'project': request.context.project_id,
                  # Stored IDs are in lower case.
                  'message': message_id.lower()})

    def _page(self, request: wsgi.Request,
              project_id: str | None) -> dict[str, Any]:
        pairs = request.parameters()
        parameters = dict(pairs)
        page = pagination.page(parameters, self._settings.max_limit,
                               request.microversion)
        scope = self._scope(request, parameters)
        filter_values = self._filters(request, parameters)
        messages = [] if filter_values is None else self._api.get_all(
            request.context, filter_values, page.marker,
            # One more message shows whether a next page exists.
            page.limit + 1 if page.limit else 0,
            page.offset, page.sort_keys, page.sort_dirs, **scope)
        link = None
        if len(messages) > page.limit:
            messages = messages[:page.limit]
            link = pagination.next_link(
                self._base_url(request) + parse.quote(request.path_info),
                [*pairs, *self._link_parameters(request.context).items()],
                messages[-1]['id'])
        return self._view(request, project_id).index(messages, link)

    def _filters(self, request: wsgi.Request,
                 parameters: dict[str, str]) -> dict[str, Any] | None:
        return filters.filters(parameters, request.microversion,
                               self._settings.resource_filters,
                               self._settings.like_filters)

    def _scope(self, request: wsgi.Request,
               parameters: dict[str, str]) -> dict[str, Any]:
        """Return the scope of a list, as keyword arguments of ``get_all``."""
        context = request.context
        scope = self._requested_scope(context, parameters)
        if scope in (None, context.project_id):
            return {}
        is_allowed = self._policy.allows(
            context, rules.GET_ALL + rules.ALL_PROJECTS)
        if scope is db_api.ALL_PROJECTS:
            # cinderclient sends all_tenants for all users.
            return {'all_projects': is_allowed}
        if not is_allowed:
            raise exception.Forbidden(
                _('Only the messages of your own project can be listed.'))
        return {'project_id': scope}

    def _get_in_scope_or_all_projects(
            self, request: wsgi.Request, rule: str, message_id: str,
            method: Callable[..., _T]) -> _T:
        """Call a method for the project or, if allowed, for all projects."""
        try:
            self._policy.authorize(request.context, rule)
        except exception.Forbidden:
            # Users receive 403 only for a message that they can read.
            if self._policy.allows(request.context, rules.GET):
                self._api.get(request.context, message_id)
            raise
        try:
            return method(request.context, message_id)
        except exception.MessageNotFound:
            if not self._policy.allows(request.context,
                                       rule + rules.ALL_PROJECTS):
                raise
        return method(request.context, message_id, all_projects=True)

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


def requested_scope(context: Any,
                    parameters: dict[str, str]) -> db_api.Scope | None:
    """Return the scope that the query parameters of a list request.

    :raises Invalid: a parameter is invalid
    """
    project_id = parameters.get('project_id')
    if project_id == '':
        raise exception.Invalid(_('The parameter project_id is empty.'))
    all_projects = filters.is_true(
        'all_tenants', parameters.get('all_tenants', 'false'))
    if project_id is None and all_projects:
        return db_api.ALL_PROJECTS
    return project_id


def _groups_since(created_before: datetime.datetime | None,
                  ) -> datetime.datetime:
    """Return the time a day ago, or a day before an older latest time."""
    since = timeutils.utcnow() - _GROUPS_PERIOD
    if created_before is None or created_before >= since:
        return since
    return (max(created_before, datetime.datetime.min + _GROUPS_PERIOD)
            - _GROUPS_PERIOD)
