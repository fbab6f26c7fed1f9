# SPDX-License-Identifier: Apache-2.0

import routes

from usermessages.api.v3 import routes as message_routes
from usermessages import exception
from usermessages.tests import base

HEX = '0123456789abcdef0123456789abcdef'
DASHED = '6c430ede-9476-4128-8838-8d3929ced223'


def example(path, project_id=HEX, message_id=DASHED):
    """Return a URL of a route."""
    return path.replace('{project_id}', project_id).replace(
        '{message_id}', message_id)


def nowhere(_environ, _start_response):
    """Stand in for the application that is led to."""


class MapperTest(base.TestCase):

    def matching(self, url, regex):
        """Return the routes that a URL matches, each looked at alone."""
        found = []
        for path, _methods in message_routes.ROUTES:
            mapper = routes.Mapper(explicit=True, controller_scan=None)
            mapper.connect(None, path, route=path,
                           requirements={'project_id': regex})
            mapper.create_regs([])
            if mapper.match(url) is not None:
                found.append(path)
        return found

    def test_no_path_matches_two_routes(self):
        """The order of the table does not decide which rule is checked."""
        regex = self.conf.api.project_id_regex
        for path, _methods in message_routes.ROUTES:
            for project_id in (HEX, DASHED, 'abc', '-', '0'):
                for message_id in (DASHED, 'messages', HEX, 'abc', 'v3'):
                    url = example(path, project_id, message_id)
                    with self.subTest(url=url):
                        self.assertEqual([path], self.matching(url, regex))

    def test_arguments_of_the_controller(self):
        """The project and the ID reach the controller as the URL has them."""
        mapper = message_routes.mapper(nowhere, '/v3', '[0-9a-f-]+')
        for url, expected in (
                ('/v3/messages', {'action': 'index'}),
                (f'/v3/messages/{DASHED}',
                 {'action': 'show', 'message_id': DASHED}),
                (f'/v3/{HEX}/messages',
                 {'action': 'index', 'project_id': HEX}),
                (f'/v3/{HEX}/messages/{DASHED}',
                 {'action': 'show', 'project_id': HEX, 'message_id': DASHED}),
                (f'/v3/{DASHED}/messages',
                 {'action': 'index', 'project_id': DASHED}),
                ('/v3/messages/ä.b%2F',
                 {'action': 'show', 'message_id': 'ä.b%2F'}),
                ('/v3/message_groups', {'action': 'index_groups'}),
                (f'/v3/{HEX}/message_groups',
                 {'action': 'index_groups', 'project_id': HEX})):
            with self.subTest(url=url):
                self.assertEqual({'controller': nowhere, 'path_prefix': '/v3',
                                  **expected},
                                 mapper.match(url))

    def test_other_paths_match_nothing(self):
        """Clients receive 404 for a path outside of the table."""
        mapper = message_routes.mapper(nowhere, '/v3', '[0-9a-f-]+')
        for url in ('', '/', '/v3', '/v3/', '/v2/messages', '/v3/message',
                    '/v3/messages/', '/v3//messages', '/v3/messages/a/b',
                    f'/v3/{HEX}', f'/v3/{HEX}/messages/',
                    f'/v3/{HEX}/volumes', '/v3/ABC/messages',
                    '/v3/a b/messages', '/V3/messages', '/v3/Messages',
                    '/x/v3/messages', '/v3/messages/a/', '/v3/../messages'):
            with self.subTest(url=url):
                self.assertIsNone(mapper.match(url))

    def test_project_of_the_name_of_the_collection(self):
        """Users can read messages in a project of any name."""
        found = message_routes.mapper(nowhere, '/v3', '[^/]+').match(
            '/v3/messages/messages')

        self.assertEqual(
            {'controller': nowhere, 'path_prefix': '/v3', 'action': 'show',
             'message_id': 'messages'}, found)

    def test_what_is_no_regular_expression(self):
        """Operators read the name of the option."""
        error = self.assertRaises(exception.ConfigurationError,
                                  message_routes.mapper, nowhere, '/v3', '[')

        self.assertIn('project_id_regex is not a regular expression: ',
                      str(error))


class RoutesTest(base.TestCase):

    def test_messages_cannot_be_created_over_http(self):
        """Only services record messages, so the API has no POST."""
        self.assertEqual(
            {'GET', 'DELETE'},
            {method for _path, methods in message_routes.ROUTES
             for method in methods})
