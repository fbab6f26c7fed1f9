# SPDX-License-Identifier: Apache-2.0

from urllib import parse

from usermessages import exception
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.tests.functional.base import UNKNOWN

# A collation or a padding could treat these projects as one.
PROJECTS = ('abc', 'ABC', 'abc ', 'äbc', 'abç', 'abc\u0301', 'ａｂｃ', 'ab',
            '%', 'a_c')


def quoted(text):
    return parse.quote(text, safe='')


@database.on_each
class SimilarProjectsTest(functional_base.APITestCase):

    def setUp(self):
        super().setUp()
        self.fix_clock()
        self.serve(api__project_id_regex='[^/]+')
        self.ids = {}
        for number, project_id in enumerate(PROJECTS):
            self.ids[project_id] = self.message(
                project_id=project_id, created_at=NOON - number * SECOND)['id']

    def ask(self, project_id, path, **values):
        # A blank at the end of a header is not part of its value, so these
        # projects come with tokens of Keystone.
        return self.request(path, project_id=project_id, **values)

    def listed(self, project_id, query=''):
        response = self.ask(project_id, f'/v3/messages{query}')
        self.assertEqual(200, response.status_int, response.text)
        return [message['id'] for message in response.json['messages']]

    def test_list_is_of_one_project(self):
        """Each user reads what is about their own project."""
        for project_id in PROJECTS:
            with self.subTest(project_id=project_id):
                self.assertEqual([self.ids[project_id]],
                                 self.listed(project_id))

    def test_list_is_of_one_project_whatever_is_asked(self):
        """Users cannot leave their project with any parameter."""
        far_end = 'ffffffff-ffff-7fff-bfff-ffffffffffff'
        for query in ('?all_tenants=1', '?limit=1000', '?sort=id:asc',
                      '?sort=request_id,event_id:asc', '?event_id=000002',
                      '?resource_type=VOLUME&message_level=ERROR',
                      '?sort_key=resource_uuid&sort_dir=asc',
                      f'?marker={far_end}'):
            for project_id in PROJECTS:
                with self.subTest(query=query, project_id=project_id):
                    self.assertEqual([self.ids[project_id]],
                                     self.listed(project_id, query))

    def test_url_is_of_one_project(self):
        """The project in the URL is compared as exactly."""
        for project_id in PROJECTS:
            with self.subTest(project_id=project_id):
                response = self.ask(
                    project_id, f'/v3/{quoted(project_id)}/messages')

                self.assertEqual(
                    [self.ids[project_id]],
                    [m['id'] for m in response.json['messages']])

    def test_url_and_token_are_of_the_same_project(self):
        """A URL with a similar project is refused."""
        for project_id in PROJECTS:
            for other in PROJECTS:
                with self.subTest(project_id=project_id, other=other):
                    response = self.ask(project_id,
                                        f'/v3/{quoted(other)}/messages')

                    self.assertEqual(200 if project_id == other else 400,
                                     response.status_int)

    def test_no_id_of_another_project_is_shown_or_deleted(self):
        """An ID that became known is of no use in another project."""
        for project_id in PROJECTS:
            for other in PROJECTS:
                if other == project_id:
                    continue
                message_id = self.ids[other]
                for method in ('GET', 'DELETE'):
                    with self.subTest(project_id=project_id, other=other,
                                      method=method):
                        response = self.ask(
                            project_id, f'/v3/messages/{message_id}',
                            method=method)

                        self.assertEqual(
                            f'Message {message_id} could not be found.',
                            self.assertFault(404, 'itemNotFound', response))
        self.assertEqual(set(self.ids.values()),
                         {row['id'] for row in self.stored()})

    def test_project_id_filter_is_of_one_project(self):
        """A similar project is another one."""
        for project_id in PROJECTS:
            for other in PROJECTS:
                path = f'/v3/messages?project_id={quoted(other)}'
                with self.subTest(project_id=project_id, other=other):
                    response = self.ask(project_id, path)

                    if other == project_id:
                        self.assertEqual(
                            [self.ids[project_id]],
                            [m['id'] for m in response.json['messages']])
                    else:
                        self.assertFault(403, 'forbidden', response)

    def test_admin_gets_the_one_project_they_name(self):
        """Administrators do not read projects with similar IDs."""
        for project_id in PROJECTS:
            with self.subTest(project_id=project_id):
                response = self.request(
                    f'/v3/messages?project_id={quoted(project_id)}',
                    'admin', project_id='admins')

                self.assertEqual(
                    [(self.ids[project_id], project_id)],
                    [(m['id'], m['project_id'])
                     for m in response.json['messages']])

    def test_marker_tells_nothing_of_other_projects(self):
        """An ID of another project reads as one that never was."""
        for query in ('?sort=id:asc&marker=%s', '?sort=event_id&marker=%s'):
            answers = set()
            for marker in (self.ids['ABC'], self.ids['abc '], UNKNOWN):
                with self.subTest(query=query, marker=marker):
                    response = self.ask('abc', '/v3/messages' + query % marker)

                    self.assertFault(404, 'itemNotFound', response)
                    answers.add(response.text.replace(marker, 'ID'))
            self.assertEqual(1, len(answers))

    def test_marker_in_default_order_tells_nothing_either(self):
        """Users learn only a position in time from a marker."""
        never_was = self.ids['ABC'][:-12] + '0123456789ab'
        oldest = self.message(project_id='abc',
                              created_at=NOON - 1000 * SECOND)['id']

        for marker in (self.ids['ABC'], never_was):
            with self.subTest(marker=marker):
                self.assertEqual([oldest], self.listed(
                    'abc', f'?marker={marker}'))

    def test_deletion_removes_one_message(self):
        """Messages of projects with similar IDs remain."""
        for project_id in PROJECTS:
            with self.subTest(project_id=project_id):
                response = self.ask(
                    project_id, f'/v3/messages/{self.ids[project_id]}',
                    method='DELETE')

                self.assertEqual(204, response.status_int)
                del self.ids[project_id]
                self.assertEqual(set(self.ids.values()),
                                 {row['id'] for row in self.stored()})

    def test_library_reads_one_project(self):
        """Services that read messages themselves read one project only."""
        for project_id in PROJECTS:
            context = self.context(project_id=project_id)
            with self.subTest(project_id=project_id):
                found = self.api.get_all(context)

                self.assertEqual([self.ids[project_id]],
                                 [m['id'] for m in found])
                for other in PROJECTS:
                    if other != project_id:
                        self.assertRaises(
                            exception.MessageNotFound, self.api.get, context,
                            self.ids[other])
                        self.assertRaises(
                            exception.MessageNotFound, self.api.delete,
                            context, self.ids[other])

    def test_library_records_for_one_project(self):
        """Users of other projects cannot read the messages of a service."""
        for project_id in PROJECTS:
            context = self.context(project_id=project_id)
            with self.subTest(project_id=project_id):
                message_id = self.api.create(context, '000003')

                self.assertEqual(
                    {project_id: {message_id}},
                    {name: {message_id} for name in PROJECTS
                     if message_id in self.listed(name)})
