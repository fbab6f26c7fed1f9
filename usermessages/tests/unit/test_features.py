# SPDX-License-Identifier: Apache-2.0

"""The contract with clients: what each microversion offers.

``CONTRACT`` is the only place of the tests with the maximum microversion, the
features, the filters and the sort keys of each version.  Other tests derive
the maximum from ``microversions.USER_MESSAGES``.
"""

from usermessages.api import microversions
from usermessages.api.microversions import USER_MESSAGES
from usermessages.api.microversions import VOLUME
from usermessages import features
from usermessages.features import Feature
from usermessages import fields
from usermessages.tests import base

EQUAL = {'event_id', 'message_level', 'request_id', 'resource_type',
         'resource_uuid'}
LATEST_EQUAL = EQUAL | {'global_request_id'}
LIKE = {'event_id~', 'message_level~', 'request_id~', 'resource_type~',
        'resource_uuid~'}
TIME = {'created_since', 'created_before'}
KEYS = {'id', 'created_at', 'event_id', 'message_level', 'request_id',
        'resource_type', 'resource_uuid', 'guaranteed_until', 'expires_at'}

OLD = {Feature.MESSAGES}
PAGED = OLD | {Feature.PAGINATION}
STRICT = PAGED | {Feature.RESOURCE_FILTERS}
VOLUME_LATEST = STRICT | {Feature.LIKE_FILTERS}
V1_0 = VOLUME_LATEST | {Feature.PROJECT_ID}
V1_1 = V1_0 | {Feature.TIME_FILTERS}
V1_2 = V1_1 | {Feature.REMEDIES}
V1_3 = V1_2 | {Feature.GLOBAL_REQUEST_ID, Feature.MESSAGE_GROUPS}
V1_4 = V1_3 | {Feature.PARAMETERS}

# At each change and just before it: features, filters and sort keys.  Released
# versions do not change, so whatever is added needs a microversion of its own.
CONTRACT = {
    'volume 3.3': (OLD, set(), set()),
    'volume 3.4': (OLD, set(), set()),
    'volume 3.5': (PAGED, EQUAL, KEYS),
    'volume 3.30': (PAGED, EQUAL, KEYS),
    'volume 3.31': (STRICT, EQUAL, KEYS),
    'volume 3.33': (STRICT, EQUAL, KEYS),
    'volume 3.34': (VOLUME_LATEST, EQUAL | LIKE, KEYS),
    'volume 3.71': (VOLUME_LATEST, EQUAL | LIKE, KEYS),
    'user-messages 1.0': (V1_0, EQUAL | LIKE, KEYS),
    'user-messages 1.1': (V1_1, EQUAL | LIKE | TIME, KEYS),
    'user-messages 1.2': (V1_2, EQUAL | LIKE | TIME, KEYS),
    'user-messages 1.3': (V1_3, LATEST_EQUAL | LIKE | TIME, KEYS),
    'user-messages 1.4': (V1_4, LATEST_EQUAL | LIKE | TIME, KEYS),
}
MAXIMUM = {'volume': 'volume 3.71', 'user-messages': 'user-messages 1.4'}


def microversion(header):
    return microversions.decide(header, VOLUME)


def names(table, found):
    """Return the names of a table that a microversion offers."""
    return {name for name, entry in table.items() if entry.feature in found}


class ContractTest(base.TestCase):

    def test_each_version_keeps_its_features(self):
        """Clients receive exactly the requested version."""
        self.assertEqual(
            {version: added for version, (added, *_rest) in CONTRACT.items()},
            {version: set(microversion(version).features)
             for version in CONTRACT})

    def test_each_version_keeps_its_filters(self):
        """A new filter needs a microversion: add one to ``features.HISTORY``.
        """
        self.assertEqual(
            {version: filters for version, (_added, filters, _keys)
             in CONTRACT.items()},
            {version: names(fields.FILTERS, microversion(version))
             for version in CONTRACT},
            'a released version does not get filters: add a microversion to '
            'features.HISTORY')

    def test_each_version_keeps_its_sort_keys(self):
        """A new sort key needs a microversion too."""
        self.assertEqual(
            {version: keys for version, (*_rest, keys) in CONTRACT.items()},
            {version: names(fields.SORT_KEYS, microversion(version))
             for version in CONTRACT},
            'a released version does not get sort keys: add a microversion to '
            'features.HISTORY')

    def test_every_version_that_adds_a_feature_is_listed(self):
        """A new version has a line in the table above."""
        self.assertEqual(set(), {
            f'{service_type} {microversions.as_text(version)}'
            for service_type, history in features.HISTORY.items()
            for version in history} - set(CONTRACT),
            'add a line for the version to CONTRACT, and to MAXIMUM')

    def test_every_filter_and_sort_key_is_in_a_version(self):
        """Clients could not use a filter without a version."""
        latest = microversion('user-messages latest')

        self.assertEqual(set(fields.FILTERS), names(fields.FILTERS, latest))
        self.assertEqual(set(fields.SORT_KEYS),
                         names(fields.SORT_KEYS, latest))


class HistoryTest(base.TestCase):

    def test_maximum(self):
        """Clients can request the latest version of all features."""
        self.assertEqual(MAXIMUM, {
            service_type: str(microversion(f'{service_type} latest'))
            for service_type in features.HISTORY})
        self.assertEqual('3.71', self.conf.api.compat_max_microversion)

    def test_minimum(self):
        """Clients that name no version get the first one."""
        self.assertEqual(((1, 0), (3, 3)),
                         (USER_MESSAGES.minimum, VOLUME.minimum))

    def test_every_feature_comes_once(self):
        """A feature of no version is dead code."""
        for service_type, missing in (
                ('user-messages', set()),
                ('volume', {Feature.PROJECT_ID, Feature.TIME_FILTERS,
                            Feature.REMEDIES, Feature.GLOBAL_REQUEST_ID,
                            Feature.MESSAGE_GROUPS, Feature.PARAMETERS})):
            added = [feature for found
                     in features.HISTORY[service_type].values()
                     for feature in found]

            self.assertEqual(len(added), len(set(added)))
            self.assertEqual(set(Feature) - missing, set(added))
            self.assertTrue(all(features.HISTORY[service_type].values()))


class AtTest(base.TestCase):

    def test_features_of_a_version(self):
        """Developers of clients know what a service of any version can do."""
        self.assertEqual(OLD, features.at('volume', (3, 4)))
        self.assertEqual(V1_1, features.at('user-messages', (1, 1)))

    def test_unknown_service_type(self):
        """Another service may have another history."""
        self.assertEqual(frozenset(), features.at('shares', (2, 90)))
