# SPDX-License-Identifier: Apache-2.0

from usermessagesclient.tests.unit import base
from usermessagesclient.tests.unit import fake_cloud

VOLUME = '5d9b7f0e-8a34-4c3e-9d35-cf3b1d9f6c11'
SERVER = '5c53a7c6-03ec-4d3c-a2bd-8c1c8b3d8d33'


def serve_named(key, **resources):
    """Return a function that serves resources, the IDs by their names."""
    found = [{'id': ident, 'name': name}
             for name, ids in resources.items() for ident in ids.split()]

    def answer(path, query):
        # Neither a document of versions, nor a resource with the name as ID.
        if path not in (f'/{key}', f'/{key}/detail'):
            return 404, {}
        return 200, {key: [] if 'marker' in query else [
            resource for resource in found
            if query.get('name', resource['name']) == resource['name']]}
    return answer


class ResourceIdTest(fake_cloud.CloudTestCase):

    def list(self, *arguments, status=0):
        """Return the resources whose messages the command requests."""
        asked = []

        def messages(_path, query):
            asked.append(query.get('resource_uuid'))
            return 200, {'messages': []}

        self.serve(
            block_storage={'http://volume/v3': serve_named(
                'volumes', data=VOLUME, both=VOLUME, twice=f'{VOLUME} x')},
            compute={'http://compute/v2.1': serve_named(
                'servers', web=SERVER, both=SERVER)},
            image={'http://image/v2': lambda *_request: (503, {})},
            user_messages=messages)
        _output, errors = self.openstack('list', *arguments, status=status)
        return asked[1:], errors

    def test_names(self):
        """Users need no ID, and not the service of the resource."""
        for arguments, expected in (
                (('data',), VOLUME), (('web',), SERVER),
                (('both', '--resource-type', 'server'), SERVER),
                ((fake_cloud.RESOURCE,), fake_cloud.RESOURCE)):
            with self.subTest(arguments=arguments):
                self.assertEqual([expected], self.list(*arguments)[0])

    def test_name_of_several_resources(self):
        """Users read which IDs there are."""
        asked, errors = self.list('both', status=1)

        self.assertEqual([], asked)
        self.assertIn(
            f"Several resources have the name 'both': volume {VOLUME}, "
            f'server {SERVER}.  Specify the ID.\n', errors)
        self.assertIn("have the name 'twice': VOLUME.",
                      self.list('twice', status=1)[1])

    def test_unknown_name(self):
        """Users read which services could not be searched."""
        _asked, errors = self.list('other', status=1)

        self.assertRegex(errors, r'^image: .*503.*\nNo volume, share, server '
                                 r"or image has the name 'other'\.")


class CatalogTest(base.CommandTestCase):

    def test_login_without_a_catalog(self):
        """Users without Keystone specify an ID."""
        service = self.serve(lambda *_request: (200, {'messages': []}))

        self.assertIn('specify the ID with --resource',
                      self.openstack('list', 'x', status=1))
        self.assertEqual([], service.asked)
