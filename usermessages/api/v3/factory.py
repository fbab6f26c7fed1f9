# SPDX-License-Identifier: Apache-2.0

"""Factories for paste files.

``api-paste.ini`` of the server refers to ``app_factory``.  The paste file of a
consuming service refers to ``filter_factory``, with settings in the section of
the filter.
"""

from collections.abc import Callable, Iterable
import dataclasses
import re
from typing import Any

from oslo_config import cfg

from usermessages._i18n import _
from usermessages.api import microversions
from usermessages.api.v3 import messages
from usermessages.api.v3 import resource
from usermessages.api.v3 import routes
from usermessages.api import wsgi
from usermessages import config
from usermessages.db import api as db_api
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import catalog as message_catalog
from usermessages import opts
from usermessages import policy

_PATH_PREFIX = re.compile(r'(/[^/{}\s]+)*')


def app_factory(global_conf: dict[str, Any],
                **local_conf: Any) -> routes.WSGIApplication:
    """Create the application for a paste file.

    In the paste file of a consuming service, the parameters of
    :func:`filter_factory` apply.
    """
    if 'usermessages_api' not in global_conf:
        return filter_factory(global_conf, **local_conf)(_not_found)
    conf = global_conf['oslo_config_config']
    options = conf.api
    compat = microversions.compat_versions(
        options.compat_service_type, options.compat_max_microversion)
    return routes.Router(routes.mapper(
        resource.Messages(
            messages.MessagesController(
                global_conf['usermessages_api'], policy.operator_policy(conf),
                messages.Settings(
                    options.public_endpoint, options.max_limit,
                    tuple(options.resource_filters),
                    tuple(options.like_filters), options.help_url)),
            microversion=resource.microversion_from_header(compat)),
        routes.PATH_PREFIX, options.project_id_regex), _not_found)


def filter_factory(global_conf: dict[str, Any], path_prefix: str = '',
                   context_key: str = wsgi.CONTEXT,
                   catalog: str | message_catalog.Catalog | None = None,
                   group: str = opts.GROUP,
                   project_id_regex: str = routes.PROJECT_ID_REGEX,
                   engine: Callable[[], Any] | None = None,
                   **settings: str,
                   ) -> Callable[[routes.WSGIApplication], routes.Router]:
    """Create a filter for the paste file of a consuming service.

    The filter serves the URLs of messages and passes other requests on.  In
    the pipeline, the filter follows the filter that validates tokens::

        [filter:user_messages]
        paste.filter_factory = usermessages.api.v3.factory:filter_factory
        path_prefix = /v1
        catalog = bakery.messages:CATALOG

    :param path_prefix: prefix of the URLs, as the filter receives them
    :param context_key: key of the context in the WSGI environment
    :param catalog: the catalog of the service, or its ``module:NAME``
    :param group: the configuration group with the options of the library
    :param engine: a function that returns the SQLAlchemy engine, see
        :class:`usermessages.message.api.API`; only for calls from Python
    :param settings: the settings of :class:`.messages.Settings`, with commas
        between filters
    :raises ConfigurationError: a setting is unknown or invalid, or the
        database or the catalog is missing
    """
    conf = (global_conf.get('oslo_config_config')
            or config.process_config(group))
    if isinstance(catalog, str):
        catalog = message_catalog.load(catalog)
    api = message_api.API(conf, catalog=catalog, engine=engine, group=group)
    _check_usable(api, engine, group)
    application = resource.Messages(
        messages.MessagesController(
            api, policy.operator_policy(conf), _settings(settings)),
        context_key=context_key)
    return filter_of(application, path_prefix, project_id_regex)


def filter_of(application: routes.WSGIApplication, path_prefix: str = '',
              project_id_regex: str = routes.PROJECT_ID_REGEX,
              ) -> Callable[[routes.WSGIApplication], routes.Router]:
    """Create a filter with an application of the messages API.

    For a service with its own policy authorizer, errors, microversions or
    scope: ``filter_of(resource.Messages(controller, error_response=...))``.

    :raises ConfigurationError: the path or the regular expression is invalid
    """
    if not _PATH_PREFIX.fullmatch(path_prefix):
        raise exception.ConfigurationError(
            _('path_prefix is %r, but must start with a slash and must not '
              'end with a slash.') % path_prefix)
    mapper = routes.mapper(application, path_prefix, project_id_regex)
    return lambda otherwise: routes.Router(mapper, otherwise)


def _not_found(environ: dict[str, Any],
               start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Return 404 for a URL without a route."""
    request = wsgi.Request(environ)
    error: exception.UserMessagesError = exception.ResourceNotFound()
    try:
        request.path_info  # noqa: B018
    except UnicodeDecodeError:
        error = exception.Invalid(_('The path is not encoded in UTF-8.'))
    return wsgi.error_response(error)(environ, start_response)


def _check_usable(api: message_api.API, engine: Any, group: str) -> None:
    """Check the database and the catalog before the first request.

    :raises ConfigurationError: the database or the catalog is missing
    """
    if engine is None:
        db_api.connection_url(api.conf, group)
    elif not callable(engine):
        raise exception.ConfigurationError(
            _('engine is %r, but must be a function that returns an '
              'SQLAlchemy engine.') % engine)
    api.catalog  # noqa: B018


def _settings(local_conf: dict[str, str]) -> messages.Settings:
    """Return the settings in a paste file.

    :raises ConfigurationError: a setting is unknown or invalid
    """
    values: dict[str, Any] = dict(local_conf)
    known = [field.name for field in dataclasses.fields(messages.Settings)]
    for name in values:
        if name not in known:
            raise exception.ConfigurationError(
                _('The filter of messages has no setting %(name)s; the '
                  'settings are %(known)s.')
                % {'name': name, 'known': ', '.join(known)})
    try:
        if 'max_limit' in values:
            values['max_limit'] = cfg.types.Integer(
                1, type_name='max_limit')(values['max_limit'])
        for name in ('resource_filters', 'like_filters'):
            if name in values:
                values[name] = tuple(cfg.types.List()(values[name]))
        for name in ('public_endpoint', 'help_url'):
            if name in values:
                cfg.types.URI(schemes=['http', 'https'])(values[name])
        return messages.Settings(**values)
    except ValueError as error:
        raise exception.ConfigurationError(
            _('The settings of the filter of messages are invalid: %s')
            % error) from error
