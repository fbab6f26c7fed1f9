# SPDX-License-Identifier: Apache-2.0

"""The samples of the API reference are responses of the service.

With ``UPDATE_SAMPLES=1`` the samples are written instead of compared.
"""

import datetime
import itertools
import json
import os
import pathlib
import re

from oslo_utils import fixture as utils_fixture
import yaml

import usermessages
from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

SAMPLES = (pathlib.Path(usermessages.__file__).parents[1]
           / 'api-ref' / 'source' / 'samples')
PROJECT = base.PROJECT
NEWER = '019b76db-9260-7000-8000-000000000002'
OLDER = '019b76da-a800-7000-8000-000000000001'
OLDEST = '019b71b4-4c00-7000-8000-000000000000'


class SampleTest(functional_base.APITestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__public_endpoint='https://messages.example.org',
                 api__compat_service_type='volume')

    def setUp(self):
        self.useFixture(utils_fixture.TimeFixture(
            datetime.datetime(2026, 1, 1, 0, 2)))
        super().setUp()
        self.message(id=NEWER, created_at=datetime.datetime(2026, 1, 1, 0, 1))
        self.message(
            id=OLDER, created_at=datetime.datetime(2026, 1, 1),
            event_id='VOLUME_VOLUME_001_003', action_id='001',
            detail_id='003')

    def message_with_parameters(self):
        """Store a message whose text has values."""
        return self.message(
            id=OLDEST, created_at=datetime.datetime(2025, 12, 31),
            event_id='VOLUME_VOLUME_SNAPSHOT_009_101', action_id='009',
            detail_id='101', resource_type='VOLUME_SNAPSHOT',
            parameters='{"left":120,"limit":1000,"requested":500}')

    def assertSample(self, name, response):
        """Check that a response matches the reference."""
        text = json.dumps(response.json, indent=4) + '\n'
        path = SAMPLES / name
        if os.environ.get('UPDATE_SAMPLES'):
            path.write_text(text)
        self.assertEqual(path.read_text(), text)

    def test_list(self):
        """A reader of the reference sees what they will get."""
        self.assertSample('messages-list.json', self.request(
            f'/v3/{PROJECT}/messages?limit=1'))

    def test_show(self):
        """A reader of the reference sees what they will get."""
        self.assertSample('messages-show.json', self.request(
            f'/v3/{PROJECT}/messages/{OLDER}'))

    def test_show_with_remedy(self):
        """Developers see how users read a remedy."""
        self.serve(api__help_url='https://docs.example.org/messages.html#')

        self.message_with_parameters()

        self.assertSample('messages-show-remedy.json', self.request(
            f'/v3/{PROJECT}/messages/{OLDEST}',
            version='user-messages latest'))

    def test_show_for_volume(self):
        """A reader who uses Cinder's client sees what it gets."""
        self.assertSample('messages-show-volume.json', self.request(
            f'/v3/{PROJECT}/messages/{OLDER}', version='volume 3.71'))

    def test_groups(self):
        """A reader of the reference sees what they will get."""
        self.serve(api__help_url='https://docs.example.org/messages.html#')

        self.assertSample('message-groups.json', self.request(
            f'/v3/{PROJECT}/message_groups', version='user-messages latest'))

    def test_every_field_of_a_group_is_in_the_reference(self):
        """A developer of a client finds each field."""
        reference = (SAMPLES.parent / 'message-groups.inc').read_text()
        body = json.loads((SAMPLES / 'message-groups.json').read_text())

        self.assertEqual([], [
            name for name in (*body, *body['message_groups'][0])
            if f'   - {name}: ' not in reference])

    def test_error(self):
        """A reader sees the shape of every error."""
        self.assertSample('error.json', self.request(
            f'/v3/{PROJECT}/messages/00000000-0000-7000-8000-000000000000'))

    def test_versions(self):
        """A reader sees what discovery finds."""
        self.assertSample('versions.json', self.request('/', None))

    def test_healthcheck(self):
        """An operator sees what a load balancer gets."""
        self.assertSample('healthcheck.json', self.request(
            '/healthcheck', None))

    def test_every_field_is_in_the_reference(self):
        """A developer of a client finds each field, and its first version."""
        self.serve(api__help_url='https://docs.example.org/messages.html#')
        self.message_with_parameters()
        first = {}
        for minor in range(base.MAXIMUM[1] + 1):
            [*messages] = self.request(
                '/v3/messages', version=f'user-messages 1.{minor}'
            ).json['messages']
            for key in itertools.chain(*messages):
                first.setdefault(key, f'1.{minor}')
        # The text of a number such as 1.10 matters.
        parameters = yaml.load(  # nosec: B506
            (SAMPLES.parent / 'parameters.yaml').read_text(), yaml.BaseLoader)
        listing, single = re.findall(
            r'rest_method:: GET (?:.(?!rest_method::))*',
            (SAMPLES.parent / 'messages.inc').read_text(), re.DOTALL)

        self.assertEqual(
            first, {key: parameters.get(key, {}).get('min_version', '1.0')
                    for key in first if key in parameters},
            'describe each field with its min_version in '
            'api-ref/source/parameters.yaml')
        for name, text in (('list', listing), ('show', single)):
            self.assertEqual(
                [], [key for key in first
                     if f'   - {key}: {key}\n' not in text],
                f'add the fields to the {name} section of '
                'api-ref/source/messages.inc')
        self.assertEqual(
            set(), set(first) - set(json.loads(
                (SAMPLES / 'messages-show-remedy.json').read_text())[
                    'message']),
            'run this module with UPDATE_SAMPLES=1 to add the fields to '
            'api-ref/source/samples/messages-show-remedy.json')

    def test_every_sample_is_tested(self):
        """A sample that is not tested becomes outdated."""
        source = pathlib.Path(__file__).read_text()

        self.assertEqual([], [
            path.name for path in SAMPLES.iterdir()
            if f"'{path.name}'" not in source])
