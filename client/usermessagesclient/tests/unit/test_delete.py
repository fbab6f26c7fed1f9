# SPDX-License-Identifier: Apache-2.0

from usermessagesclient.tests.unit import base

IDS = [base.stored(number)['id'] for number in (3, 2, 1)]


def three(_method, _path, _query):
    return 200, {'messages': [base.stored(n) for n in (3, 2, 1)]}


class DeleteTest(base.CommandTestCase):

    def answer(self, method, path, _query):
        if method == 'DELETE':
            return self.deleted.get(path[-36:], 204), {
                'itemNotFound': {'message': 'It is gone.'}}
        return three(method, path, _query)

    def setUp(self):
        super().setUp()
        self.deleted = {}
        self.service = self.serve(self.answer)

    def test_failures(self):
        """The others are deleted, and it is summed up."""
        self.deleted = {IDS[0]: 404}

        output = self.openstack('delete', *IDS, IDS[1], status=1)

        self.assertEqual(
            f'Failed to delete message {IDS[0]}: It is gone. (HTTP 404)\n'
            'Failed to delete 1 of 3 messages.\n', output)
        self.assertEqual(
            [('DELETE', f'/v3/messages/{ident}', {}) for ident in IDS],
            self.service.asked)

    def test_messages_that_match(self):
        """Users read no error about messages that are deleted already."""
        self.deleted = {IDS[0]: 404}

        self.assertEqual('Messages deleted: 2\n', self.openstack(
            'delete', '--level', 'error', '--yes'))
        self.assertEqual(4, len(self.service.asked))

    def test_filters_that_may_be_overlooked(self):
        """The command deletes only messages that the user selects."""
        for version in ('volume 3.71', None):
            with self.subTest(version=version):
                service = self.serve(self.answer, version=version)

                self.assertEqual(
                    'Deleting by filter requires a service that supports '
                    'user-messages 1.0.  Specify message IDs.\n',
                    self.openstack('delete', '--level', 'error', '--yes',
                                   status=1))
                self.assertEqual([], service.asked)

    def test_project_of_an_id(self):
        """Users read an error for a flag without an effect."""
        for flag in (('--project', 'demo'), ('--all-projects',)):
            self.assertEqual(
                '--project and --all-projects cannot be used with message '
                'IDs.\n',
                self.openstack('delete', IDS[0], *flag, status=1))
        self.assertEqual([], self.service.asked)

    def test_dry_run(self):
        """Users read what a command would delete."""
        for arguments, requests in ((('--level', 'error'), 1), (IDS, 0)):
            self.service.asked.clear()

            self.assertEqual(
                ''.join(f'{ident}\n' for ident in IDS)
                + 'Messages to delete: 3\n',
                self.openstack('delete', *arguments, '--dry-run'))
            self.assertEqual(requests, len(self.service.asked))

    def test_question(self):
        """The command deletes only after the user agrees."""
        for typed, status, said, number in (
                ('n\n', 1, 'Delete 3 messages? [y/N] Nothing was deleted.\n',
                 1),
                ('', 1, 'Delete 3 messages? [y/N] Nothing was deleted.\n', 1),
                (None, 1, '3 messages match; delete them with --yes.\n', 1),
                ('Yes\n', 0, 'Delete 3 messages? [y/N] Messages deleted: 3\n',
                 4)):
            with self.subTest(typed=typed):
                self.service.asked.clear()

                self.assertEqual(said, self.openstack(
                    'delete', '--level', 'error', status=status, typed=typed))
                self.assertEqual(number, len(self.service.asked))

    def test_interrupt(self):
        """The user reads how far it came."""
        def answer(method, path, query):
            if path.endswith(IDS[1]):
                raise KeyboardInterrupt
            return 204, {}

        self.serve(answer)

        self.assertEqual(
            'Interrupted after 1 of 3 messages were deleted.\n',
            self.openstack('delete', *IDS, status=130))

    def test_nothing_to_go_by(self):
        """An empty variable of a script does not delete everything."""
        for arguments in ((), ('--yes',), ('--yes', '--all-projects'),
                          (IDS[0], '--level', 'error')):
            self.assertEqual(
                'Specify the messages to delete: either IDs, or filters '
                'such as --resource or --before.\n',
                self.openstack('delete', *arguments, status=1))
        self.assertEqual([], self.service.asked)
