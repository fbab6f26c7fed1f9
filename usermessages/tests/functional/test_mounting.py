# SPDX-License-Identifier: Apache-2.0

"""The messages inside the API of a consuming service."""

import dataclasses

from oslo_config import cfg
from oslo_context import context as oslo_context
import routes
import routes.middleware
import sqlalchemy
import webob
import webob.dec
import webob.exc

from usermessages.api import microversions
from usermessages.api.v3 import factory
from usermessages.api.v3 import messages
from usermessages.api.v3 import resource
from usermessages.api.v3 import routes as message_routes
from usermessages.api import wsgi
from usermessages.db import api as db_api
from usermessages import exception
from usermessages.message import api as message_api
from usermessages.message import catalog
from usermessages import opts
from usermessages import policy
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests import locale

BREAD = catalog.Event('000002', 'The bread is burnt.')
BAKERY = catalog.Catalog('BAKERY', events=[BREAD], unknown_error=BREAD,
                         resource_types=['VOLUME'])
MESSAGES = f'/{base.PROJECT}/messages'


def loaves(_environ, start_response):
    """The response of the service to all other requests."""
    return webob.Response('loaves')(_environ, start_response)


class MountTestCase(database.DatabaseTestCase):

    def request(self, application, path, method='GET', **environ):
        """Ask as a member of the project."""
        context = self.context(roles=['member', 'reader'], user_id='alice')
        return webob.Request.blank(path, method=method, environ={
            'bakery.context': context, **environ}).get_response(application)


class AddRoutesTest(MountTestCase):
    """A consuming service with a Routes mapper."""

    def mount(self, own_catalog=BAKERY, settings=None, path_prefix='',
              **options):
        """Return the API of a service, below a path of its own."""
        mapper = routes.Mapper()
        mapper.connect('/loaves', controller=loaves)
        controller = messages.MessagesController(
            message_api.API(self.conf, catalog=own_catalog),
            policy.operator_policy(self.conf), settings or messages.Settings())
        message_routes.add_routes(mapper, resource.Messages(
            controller, context_key='bakery.context', **options),
            path_prefix)

        @webob.dec.wsgify
        def dispatch(request):
            match = request.environ['wsgiorg.routing_args'][1]
            return match.get('controller') or webob.exc.HTTPNotFound()

        return routes.middleware.RoutesMiddleware(dispatch, mapper)

    def test_list_show_delete(self):
        """Users of a service have all requests beside those of the service."""
        message = self.message()
        application = self.mount()
        own = f'{MESSAGES}/{message["id"]}'

        found = self.request(application, MESSAGES).json['messages']
        shown = self.request(application, own).json['message']
        short = self.request(application, f'/messages/{message["id"]}')
        deleted = self.request(application, own, method='DELETE')
        gone = self.request(application, own)
        other = self.request(application, '/loaves')

        self.assertEqual([shown], found)
        self.assertEqual('The bread is burnt.', shown['user_message'])
        self.assertEqual(message['id'], short.json['message']['id'])
        self.assertEqual((204, b''), (deleted.status_int, deleted.body))
        self.assertEqual(404, gone.status_int)
        self.assertEqual('loaves', other.text)

    def test_links_start_at_the_url_of_the_service(self):
        """Links lead to the service, and bookmarks outlive its version."""
        message = self.message()
        self.message()

        body = self.request(self.mount(), f'{MESSAGES}?limit=1',
                            SCRIPT_NAME='/bakery/v2.1').json
        shown = self.request(self.mount(), f'{MESSAGES}/{message["id"]}',
                             SCRIPT_NAME='/bakery/v2.1').json['message']

        [link] = body['messages_links']
        self.assertTrue(link['href'].startswith(
            f'http://localhost/bakery/v2.1{MESSAGES}?limit=1&marker='))
        self.assertEqual(
            [f'http://localhost/bakery/v2.1{MESSAGES}/{message["id"]}',
             f'http://localhost/bakery{MESSAGES}/{message["id"]}'],
            [link['href'] for link in shown['links']])

    def test_links_have_the_prefix_of_the_routes(self):
        """Developers set the prefix once, with the routes."""
        message = self.message()

        shown = self.request(self.mount(path_prefix='/v1'),
                             f'/v1{MESSAGES}/{message["id"]}')

        self.assertEqual(
            [f'http://localhost/v1{MESSAGES}/{message["id"]}',
             f'http://localhost{MESSAGES}/{message["id"]}'],
            [link['href'] for link in shown.json['message']['links']])

    def test_answers_are_for_one_user_and_version(self):
        """Caches in front of the service do not keep responses."""
        for path, vary in (
                (MESSAGES, 'OpenStack-API-Version, Accept-Language'),
                (f'{MESSAGES}?limit=x', 'OpenStack-API-Version')):
            headers = self.request(self.mount(), path).headers

            self.assertEqual(
                ('private, no-store', vary),
                (headers['Cache-Control'], headers['Vary']))

    def test_translations_of_the_service(self):
        """Two catalogs in one process have their own."""
        self.message(event_id='000001')
        shown = []
        for name, text in (('library', 'Das Regal hat keinen Platz.'),
                           ('bakery', 'Das Blech hat keinen Platz.')):
            shipped = self.useFixture(locale.Locale())
            shipped.add('de_AT', {'It is full.': text}, domain=name)
            full = catalog.Event('000001', 'It is full.')
            application = self.mount(catalog.Catalog(
                name.upper(), events=[full], unknown_error=full,
                domain=name, locale_dir=shipped.path))

            response = self.request(application, MESSAGES,
                                    HTTP_ACCEPT_LANGUAGE='de')

            shown.append((response.json['messages'][0]['user_message'],
                          response.headers['Content-Language']))
        self.assertEqual([('Das Regal hat keinen Platz.', 'de-AT'),
                          ('Das Blech hat keinen Platz.', 'de-AT')], shown)

    def test_newline_behind_an_id(self):
        """The mapper of a service accepts a newline as the end of a path."""
        self.assertEqual(404, self.request(
            self.mount(), f'{MESSAGES}%0A').status_int)

    def test_settings_of_the_service(self):
        """Services have their own maximum and their own public endpoint."""
        self.message()
        self.message()
        application = self.mount(settings=messages.Settings(
            public_endpoint='https://bakery.example.org/v1/', max_limit=1))

        body = self.request(application, MESSAGES).json

        self.assertEqual(1, len(body['messages']))
        self.assertTrue(body['messages_links'][0]['href'].startswith(
            f'https://bakery.example.org/v1{MESSAGES}?marker='))

    def test_version_table_of_the_service(self):
        """The only service type is that of the service, as in the response."""
        def version(environ):
            asked = tuple(int(part) for part in environ.get(
                'HTTP_X_BAKERY_VERSION', '3.71').split('.'))
            return microversions.VOLUME.at(asked)

        self.message()
        self.message()
        application = self.mount(microversion=version)

        new = self.request(
            application, f'{MESSAGES}?limit=1',
            HTTP_OPENSTACK_API_VERSION='user-messages 9.9')
        old = self.request(application, f'{MESSAGES}?limit=1',
                           HTTP_X_BAKERY_VERSION='3.3')
        older = self.request(application, MESSAGES,
                             HTTP_X_BAKERY_VERSION='3.2')

        self.assertEqual((1, 2), (len(new.json['messages']),
                                  len(old.json['messages'])))
        self.assertNotIn('project_id', new.json['messages'][0])
        self.assertEqual(406, older.status_int)

    def test_errors_in_the_shape_of_the_service(self):
        """Clients of a service receive errors in the shape of the service."""
        def in_shape(error):
            if isinstance(error, exception.NotFound):
                raise LookupError('the 404 of the bakery')
            return webob.Response(str(error), status=418)

        application = self.mount(error_response=in_shape)

        refused = self.request(application, f'{MESSAGES}?limit=-1')

        self.assertEqual(418, refused.status_int)
        self.assertRaises(LookupError, self.request, application,
                          f'{MESSAGES}/{base.RESOURCE}')

    def test_other_methods_and_projects(self):
        """Requests that a service routes by mistake are rejected."""
        application = self.mount()

        self.assertEqual(405, self.request(
            application, MESSAGES, method='POST').status_int)
        self.assertEqual(400, self.request(
            application, f'/{base.OTHER}/messages').status_int)

    def test_two_catalogs_in_one_process(self):
        """The same event ID has a different text in each service."""
        self.message()
        bakery = self.mount()
        storage = self.mount(own_catalog=None)

        self.assertEqual(
            ['The bread is burnt.',
             'No storage could be allocated for this volume request.'],
            [self.request(application, MESSAGES).json['messages'][0][
                'user_message'] for application in (bakery, storage)])


class FilterOfTest(MountTestCase):
    """A service with its own policy, errors and scope, in Python."""

    def mount(self, scope=None, allowed=('message:get_all',), **options):
        self.authorized = []

        def authorizer(_context, rule, _target):
            self.authorized.append(rule)
            return rule in allowed

        return factory.filter_of(resource.Messages(
            messages.MessagesController(
                message_api.API(self.conf, catalog=BAKERY),
                policy.Policy(authorizer), messages.Settings(), scope),
            context_key='bakery.context', **options), '/v2')(loaves)

    def test_policy_and_errors_of_the_service(self):
        """Clients of the service read errors in the format of the service."""
        def error_response(error):
            return webob.Response(json_body={'code': str(error)}, status=418)

        message = self.message()
        application = self.mount(error_response=error_response)

        listed = self.request(application, '/v2/messages')
        shown = self.request(application, f'/v2/messages/{message["id"]}')
        other = self.request(application, '/v2/zones')

        self.assertEqual([message['id']], [
            found['id'] for found in listed.json['messages']])
        self.assertEqual((418, 'message:get'),
                         (shown.status_int, self.authorized[1]))
        self.assertEqual({'code'}, shown.json.keys())
        self.assertEqual('loaves', other.text)

    def test_wrong_path(self):
        """Operators read the path that cannot be served."""
        for path in ('v2', '/v2/', '/v 2'):
            error = self.assertRaises(exception.ConfigurationError,
                                      factory.filter_of, loaves, path)

            self.assertIn(f'path_prefix is {path!r}', str(error))

    def test_scope_of_the_service(self):
        """Middleware of Designate moves all_projects to the context."""
        mine, other = (self.message(project_id=project)['id']
                       for project in (base.PROJECT, 'other'))

        def listed(scope, *allowed):
            response = self.request(self.mount(
                lambda _context, _parameters: scope,
                ('message:get_all', *allowed)), '/v2/messages')
            return (sorted(message['id']
                           for message in response.json['messages'])
                    if response.status_int == 200 else response.status_int)

        rule = 'message:get_all:all_projects'
        for scope, allowed, forbidden in (
                (db_api.ALL_PROJECTS, sorted([mine, other]), [mine]),
                ('other', [other], 403), (base.PROJECT, [mine], [mine]),
                (None, [mine], [mine])):
            self.assertEqual(allowed, listed(scope, rule))
            self.assertEqual(forbidden, listed(scope))

    def test_next_links_of_the_service(self):
        """Users get the next page with what middleware took from the query.
        """
        for _count in range(2):
            self.message(project_id='other')
        application = factory.filter_of(resource.Messages(
            messages.MessagesController(
                message_api.API(self.conf, catalog=BAKERY),
                policy.Policy(lambda *_arguments: True), messages.Settings(),
                lambda _context, _parameters: db_api.ALL_PROJECTS,
                lambda _context: {'all_projects': 'true'}),
            context_key='bakery.context'), '/v2')(loaves)

        [link] = self.request(
            application, '/v2/messages?limit=1').json['messages_links']

        self.assertIn('?limit=1&all_projects=true&marker=', link['href'])

    def test_scope_that_fails(self):
        """A mistake in the service shows no message."""
        self.message(project_id='other')

        def scope(context, _parameters):
            return context.no_such_attribute

        application = self.mount(scope, ('message:get_all', 'message:get_all:'
                                         'all_projects'))

        self.assertRaises(AttributeError, self.request, application,
                          '/v2/messages')
        for value in ('', True, b'other', ['other']):
            response = self.request(self.mount(
                lambda _context, _parameters, value=value: value,
                ('message:get_all', 'message:get_all:all_projects')),
                '/v2/messages')
            self.assertNotIn('"id"', response.text)


class FilterTest(MountTestCase):
    """A service on Pecan, Flask or another framework, with a paste file."""

    def mount(self, **settings):
        return factory.filter_factory(
            {'oslo_config_config': self.conf}, **{
                'path_prefix': '/v1', 'context_key': 'bakery.context',
                'catalog': f'{__name__}:BAKERY', **settings})(loaves)

    def test_messages_are_answered_and_all_else_is_handed_on(self):
        """Services receive all requests except those for messages."""
        message = self.message()
        application = self.mount()

        shown = self.request(application, f'/v1/messages/{message["id"]}')
        self.assertEqual('The bread is burnt.',
                         shown.json['message']['user_message'])
        for path in ('/', '/v1', '/v1/loaves', '/v1/messages/',
                     f'/v2{MESSAGES}', f'/v1{MESSAGES}/a/b', '/v1/%FF',
                     '/v1/messages%0A'):
            with self.subTest(path=path):
                self.assertEqual('loaves',
                                 self.request(application, path).text)

    def test_settings(self):
        """Operators set the options as texts in the paste file."""
        self.message(event_id='000002')
        self.message()
        application = self.mount(
            max_limit='1', like_filters='event_id, request_id',
            public_endpoint='https://a/')

        body = self.request(application, f'/v1{MESSAGES}?event_id~=2').json

        self.assertEqual(1, len(body['messages']))
        self.assertTrue(body['messages_links'][0]['href'].startswith(
            'https://a/v1/'))

    def test_application_without_a_service_behind_it(self):
        """Services can map URLs to applications in the paste file."""
        message = self.message()
        application = factory.app_factory(
            {'oslo_config_config': self.conf}, path_prefix='/v1',
            context_key='bakery.context')

        shown = self.request(application, f'/v1/messages/{message["id"]}')

        self.assertEqual(message['id'], shown.json['message']['id'])
        for path, status in (('/v1/loaves', 404), ('/v1/%FF', 400)):
            self.assertEqual(
                status, self.request(application, path).status_int)

    def test_database_in_a_group_of_the_service(self):
        """Designate has its database in [storage:sqlalchemy]connection."""
        message = self.message()
        for group in ('DEFAULT', 'user_messages'):
            [path] = self.create_tempfiles([('designate', f'''
[{group}]
{opts.place('connection_group', group)[0]} = storage:sqlalchemy
[storage:sqlalchemy]
connection = {self.url}
''')], '.conf')
            conf = cfg.ConfigOpts()
            conf.register_opts([cfg.StrOpt('connection')],
                               'storage:sqlalchemy')
            conf([], default_config_files=[path], default_config_dirs=[])
            application = factory.filter_factory(
                {'oslo_config_config': conf}, group=group,
                context_key='bakery.context', catalog=BAKERY)(loaves)

            shown = self.request(application, f'/messages/{message["id"]}')

            self.assertEqual(message['id'], shown.json['message']['id'])

    def test_options_in_a_group_of_the_service(self):
        """Operators find all options in the group of the service."""
        message = self.message()
        conf = self.configuration()
        opts.register_opts(conf, 'bakery')
        conf.set_override('connection', self.url, 'bakery')
        application = factory.filter_factory(
            {'oslo_config_config': conf}, group='bakery',
            context_key='bakery.context')(loaves)

        shown = self.request(application, f'{MESSAGES}/{message["id"]}')

        self.assertEqual(message['id'], shown.json['message']['id'])

    def test_context_that_is_no_subclass(self):
        """A service without oslo.context passes what it has."""
        @dataclasses.dataclass
        class Context:
            project_id: str
            roles: tuple

        message = self.message()
        application = self.mount()
        answers = []

        for method, roles in (('GET', ('reader',)), ('DELETE', ('reader',)),
                              ('DELETE', ('member',)), ('GET', ())):
            answers.append(webob.Request.blank(
                f'/v1/messages/{message["id"]}', method=method, environ={
                    'bakery.context': Context(base.PROJECT, roles)},
            ).get_response(application).status_int)

        self.assertEqual([200, 403, 204, 403], answers)

    def test_engine_of_the_service(self):
        """The filter takes what the API of the library takes."""
        message = self.message()
        engine = sqlalchemy.create_engine(self.url)
        self.addCleanup(engine.dispose)
        self.set(self.conf, user_messages__connection=None)
        application = self.mount(engine=lambda: engine)

        shown = self.request(application, f'/v1/messages/{message["id"]}')

        self.assertEqual(message['id'], shown.json['message']['id'])

    def test_nothing_to_serve(self):
        """The start fails, and not the first request."""
        self.assertRaises(exception.ConfigurationError, self.mount,
                          engine='sqlite:///messages.sqlite')
        self.set(self.conf, user_messages__catalog='bakery.nothing:CATALOG')
        self.assertRaises(exception.ConfigurationError, self.mount,
                          catalog=None)
        self.set(self.conf, user_messages__connection=None)
        self.assertRaises(exception.ConfigurationError, self.mount)

    def test_settings_that_are_none(self):
        """The start fails, in words."""
        for settings in ({'max_limit': 'many'}, {'max_limit': '0'},
                         {'colour': 'red'}, {'like_filters': 'event_id,x'},
                         {'resource_filters': 'event'},
                         {'public_endpoint': 'messages.example.org'},
                         {'path_prefix': 'v1'}, {'path_prefix': '/v1/'}):
            with self.subTest(**settings):
                self.assertRaises(exception.ConfigurationError, self.mount,
                                  **settings)

    def test_context_comes_from_keystonemiddleware(self):
        """Services can leave making the context to the filter."""
        message = self.message()
        application = factory.filter_factory(
            {'oslo_config_config': self.conf}, path_prefix='/v1')(loaves)
        headers = {'X-Project-Id': base.PROJECT, 'X-Roles': 'member',
                   'X-Identity-Status': 'Confirmed'}

        def ask(**environ):
            return webob.Request.blank(
                f'/v1{MESSAGES}', headers=headers,
                environ=environ).get_response(application)

        of_service = oslo_context.RequestContext()
        checked = ask(**{'keystone.token_auth': object()})
        believed = ask()

        self.assertEqual([message['id']],
                         [m['id'] for m in checked.json['messages']])
        # The thread goes on with requests that do not concern this package.
        self.assertIs(of_service, oslo_context.get_current())
        self.assertEqual(500, believed.status_int)
        self.assertIn("(No middleware authenticated the request: the "
                      "environment has no 'usermessages.context', ",
                      self.log.output)


class RequestTest(base.TestCase):

    def test_names_in_the_environment(self):
        """Services set these names, so they are stable."""
        self.assertEqual(('usermessages.context', 'usermessages.microversion'),
                         (wsgi.CONTEXT, wsgi.MICROVERSION))
