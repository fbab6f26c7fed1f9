# SPDX-License-Identifier: Apache-2.0

"""The samples of the API reference are answers of the service.

With ``UPDATE_SAMPLES=1`` they are written instead of compared.
"""

import datetime
import json
import os
import pathlib

from oslo_utils import fixture as utils_fixture

import usermessages
from usermessages.tests import base
from usermessages.tests.functional import base as functional_base

SAMPLES = (pathlib.Path(usermessages.__file__).parents[1]
           / 'api-ref' / 'source' / 'samples')
PROJECT = base.PROJECT
NEWER = '019b76db-9260-7000-8000-000000000002'
OLDER = '019b76da-a800-7000-8000-000000000001'


class SampleTest(functional_base.APITestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__public_endpoint='https://messages.example.org',
                 api__host_axis='volume')

    def setUp(self):
        self.useFixture(utils_fixture.TimeFixture(
            datetime.datetime(2026, 1, 1, 0, 2)))
        super().setUp()
        self.message(id=NEWER, created_at=datetime.datetime(2026, 1, 1, 0, 1))
        self.message(
            id=OLDER, created_at=datetime.datetime(2026, 1, 1),
            event_id='VOLUME_VOLUME_001_003', action_id='001',
            detail_id='003')

    def assertSample(self, name, response):
        """Check that an answer is what the reference shows."""
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
        """A reader sees what they will be told to do."""
        self.serve(api__help_url='https://docs.example.org/messages.html#')

        self.assertSample('messages-show-remedy.json', self.request(
            f'/v3/{PROJECT}/messages/{OLDER}', version='user-messages 1.2'))

    def test_show_on_the_axis_of_the_host(self):
        """A reader who uses Cinder's client sees what it gets."""
        self.assertSample('messages-show-volume.json', self.request(
            f'/v3/{PROJECT}/messages/{OLDER}', version='volume 3.71'))

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

    def test_every_sample_is_tested(self):
        """A sample that nobody takes would be out of date one day."""
        source = pathlib.Path(__file__).read_text()

        self.assertEqual([], [
            path.name for path in SAMPLES.iterdir()
            if f"'{path.name}'" not in source])
