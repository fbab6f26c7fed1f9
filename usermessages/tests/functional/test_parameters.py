# SPDX-License-Identifier: Apache-2.0

"""Values in texts, from create() to the reader."""

import json
import logging

import hypothesis
from hypothesis import strategies

from usermessages.message import api as message_api
from usermessages.message import dead_letter
from usermessages.message.defined_messages import Actions
from usermessages.message.defined_messages import CATALOG
from usermessages.message.defined_messages import Details
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import base as functional_base

MESSAGES = f'/v3/{base.PROJECT}/messages'
QUOTA = Details.GIGABYTES_QUOTA_EXCEEDED
VALUES = {'requested': 500, 'left': 120, 'limit': 1000}
STORED = '{"left":120,"limit":1000,"requested":500}'
TEXTS = {
    'en': 'Creating the snapshot:the quota of the project does not allow '
          '500 GB, as only 120 GB of 1000 GB are left.',
    'de': 'Erstellen des Schnappschusses:das Kontingent des Projekts lässt '
          '500 GB nicht zu, denn nur 120 GB von 1000 GB sind frei.',
    'ja': 'スナップショットの作成:プロジェクトのクォータ 1000 GB のうち残りは '
          '120 GB で、要求された 500 GB は許可されません。',
}
GENERAL = ('Creating the snapshot:the quota of the project is exhausted.')

# Values of every kind, also where a service would have a number.
_SCALARS = strategies.one_of(
    strategies.none(), strategies.booleans(), strategies.integers(),
    strategies.floats(), strategies.decimals(), strategies.fractions(),
    strategies.text(), strategies.binary(), strategies.complex_numbers(),
    strategies.datetimes(), strategies.uuids(),
    strategies.builds(Exception, strategies.text()),
    strategies.sampled_from([10 ** 400, -1, 0, 1, 10 ** 9, 10 ** 9 + 1,
                             'snapshots', 'hunter2', object(), int]))
ANY = strategies.recursive(_SCALARS, lambda inner: strategies.one_of(
    strategies.lists(inner), strategies.tuples(inner, inner),
    strategies.dictionaries(strategies.text(), inner)), max_leaves=5)
NAMES = strategies.one_of(
    strategies.sampled_from(['requested', 'left', 'limit', 'resources']),
    strategies.text(), strategies.integers(), strategies.none())
PARAMETERS = strategies.one_of(
    ANY, strategies.dictionaries(NAMES, strategies.one_of(
        ANY, strategies.integers(0, 10 ** 9),
        strategies.sampled_from(['volumes', 'snapshots'])), max_size=5))


@database.on_each
class ParametersTest(functional_base.APITestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__compat_service_type='volume')

    def setUp(self):
        super().setUp()
        self.api = message_api.API(self.conf)
        self.addCleanup(self.api.db.close)

    def create(self, **values):
        return self.api.create(
            None, project_id=base.PROJECT, resource_type='VOLUME_SNAPSHOT',
            action=Actions.SNAPSHOT_CREATE, **values)

    def test_readers_of_each_language(self):
        """The numbers are in the sentence, in the order of the language."""
        message_id = self.create(detail=QUOTA, parameters=VALUES)

        for language, text in TEXTS.items():
            for version in ('volume 3.3', 'volume 3.71', base.LATEST):
                for path in (MESSAGES, f'{MESSAGES}/{message_id}'):
                    response = self.request(path, version=version, headers={
                        'Accept-Language': language})

                    self.assertIn(json.dumps(text)[1:-1], json.dumps(
                        response.json))

    def test_version_of_the_field(self):
        """Clients of earlier versions know no other fields."""
        message_id = self.create(detail=QUOTA, parameters=VALUES)
        self.create(detail=QUOTA)

        for version, expected in (
                ('volume 3.71', None), ('user-messages 1.3', None),
                ('user-messages 1.4', VALUES)):
            response = self.request(f'{MESSAGES}/{message_id}',
                                    version=version)

            self.assertEqual(
                expected, response.json['message'].get('parameters'))
        messages = self.request(
            MESSAGES, version='user-messages 1.4').json['messages']
        self.assertEqual([None, VALUES], [
            message.get('parameters') for message in messages])
        self.assertEqual([GENERAL, TEXTS['en']], [
            message['user_message'] for message in messages])

    def test_values_that_this_catalog_does_not_declare(self):
        """Another release or an operator may have written the row."""
        for stored in (STORED.replace('120', 'true'), STORED[:-1], '[]',
                       STORED.replace('left', 'right'), '{"left":"{limit}"}'):
            message = self.message(
                event_id='VOLUME_VOLUME_009_101', action_id='009',
                detail_id='101', parameters=stored)

            shown = self.request(f'{MESSAGES}/{message["id"]}',
                                 version=base.LATEST).json['message']

            self.assertEqual(GENERAL, shown['user_message'])
            self.assertNotIn('parameters', shown)

    def test_message_groups(self):
        """A group has one text for messages with different numbers."""
        self.create(detail=QUOTA, parameters=VALUES)
        self.create(detail=QUOTA, parameters={**VALUES, 'left': 1})

        [group] = self.request(
            f'/v3/{base.PROJECT}/message_groups',
            version=base.LATEST).json['message_groups']

        self.assertEqual((2, GENERAL), (group['count'],
                                        group['user_message']))

    def test_recovery(self):
        """A dead letter contains the values."""
        message_id = self.create(detail=QUOTA, parameters=VALUES)
        row = self.db.message_get(base.PROJECT, message_id)
        self.db.message_destroy(base.PROJECT, message_id)
        [record] = dead_letter.parse_line(dead_letter.serialize(row))

        self.assertEqual(message_api.ImportResult.STORED,
                         self.api.recover(record))

        self.assertEqual(row, self.db.message_get(base.PROJECT, message_id))
        self.assertEqual(STORED, row['parameters'])

    def test_one_warning_without_values(self):
        """The developer reads which parameter is missing."""
        self.create(detail=QUOTA, parameters={
            'requested': 5, 'left': 'hunter2', 'hunter2': 'hunter2'})

        self.assertEqual(1, self.log.output.count('Replaced invalid'))
        self.assertIn('parameters (needs a valid left, limit)',
                      self.log.output)
        self.assertNotIn('hunter2', self.log.output)


class AnyValueTest(database.DatabaseTestCase):
    """Any values that a service passes as parameters."""

    def test_nothing_but_declared_values_is_stored(self):
        """Texts of a caller never reach the table."""
        api = message_api.API(self.conf)
        self.addCleanup(api.db.close)
        logging.getLogger().setLevel(logging.ERROR)
        details = [QUOTA, Details.COUNT_QUOTA_EXCEEDED,
                   Details.IMAGE_LARGER_THAN_VOLUME, Details.QUOTA_EXCEED]

        @hypothesis.settings(max_examples=500, deadline=None, database=None,
                             derandomize=True, suppress_health_check=list(
                                 hypothesis.HealthCheck))
        @hypothesis.given(strategies.sampled_from(details), PARAMETERS)
        def check(detail, parameters):
            message_id = api.create(
                None, project_id=base.PROJECT, action=Actions.EXTEND_VOLUME,
                detail=detail, parameters=parameters)
            row = api.get(None, message_id, project_id=base.PROJECT)
            _text, values = CATALOG.render(
                row['event_id'], row['action_id'], row['detail_id'],
                parameters=row['parameters'])
            stored = json.loads(row['parameters'] or '{}')

            self.assertEqual(stored, values)
            self.assertEqual(
                stored, {name: value for name, value in stored.items()
                         if detail.parameters[name].accepts(value)})
            self.assertLessEqual(len(row['parameters']), 255)
            if stored:
                self.assertEqual({*detail.parameters}, {*stored})

        check()
