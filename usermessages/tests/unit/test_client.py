# SPDX-License-Identifier: Apache-2.0

"""The client, a distribution of its own, has the facts of the service."""

from usermessages import features
from usermessages.features import Feature
from usermessages import fields
from usermessages.tests import base
from usermessagesclient import arguments
from usermessagesclient import times
from usermessagesclient import versions


class VersionsTest(base.TestCase):

    def test_latest_versions(self):
        """Users can use all features of the service."""
        self.assertEqual(versions.LATEST, {
            service_type: max(history)
            for service_type, history in features.HISTORY.items()})

    def test_first_version_of_each_feature(self):
        """The client requests nothing that the service would reject."""
        for feature, first in (
                (Feature.PAGINATION, versions.PAGINATION),
                (Feature.TIME_FILTERS, versions.TIME_FILTERS),
                (Feature.GLOBAL_REQUEST_ID, versions.GLOBAL_REQUEST_ID),
                (Feature.MESSAGE_GROUPS, versions.MESSAGE_GROUPS)):
            self.assertEqual(first, {
                service_type: version
                for service_type, history in features.HISTORY.items()
                for version, added in history.items() if feature in added})


class ArgumentsTest(base.TestCase):

    def test_every_filter_has_a_flag(self):
        """Users can filter by each filter, except like filters."""
        self.assertEqual(
            {name for name, found in fields.FILTERS.items()
             if found.match is not fields.Match.LIKE},
            # One flag is for both kinds of request IDs.
            {*arguments.FLAGS, 'global_request_id'})

    def test_values(self):
        """Users can enter a level or a type of resource in lower case."""
        self.assertEqual(fields.LEVELS, arguments.LEVELS)
        self.assertEqual(fields.UPPER_CASE, {*arguments.UPPER_CASE})
        self.assertEqual(fields.TIME_FILTERS, times.FILTERS)
