# SPDX-License-Identifier: Apache-2.0

from usermessages.features import Feature
from usermessages import fields
from usermessages.tests import base


class FieldTest(base.TestCase):

    def test_column_alone_is_neither_filter_nor_sort_key(self):
        """Both are added on purpose, with the feature that adds them."""
        self.assertEqual([], list(fields.Field('action_id').filters()))

    def test_filter_is_no_like_filter(self):
        """Like filters read all messages of a project."""
        field = fields.Field('action_id', equal=Feature.PAGINATION)

        self.assertEqual(['action_id'],
                         [name for name, _found in field.filters()])
        self.assertEqual({}, dict(field.sort_keys))

    def test_like_filter(self):
        """Users search for a part of a value, with the name of Cinder."""
        field = fields.Field('action_id', like=Feature.LIKE_FILTERS)

        self.assertEqual(
            [('action_id~', fields.Filter('action_id', fields.Match.LIKE,
                                          Feature.LIKE_FILTERS))],
            list(field.filters()))

    def test_values_stored_in_upper_case(self):
        """Users write VOLUME and volume, and mean the same."""
        self.assertEqual({'message_level', 'resource_type'},
                         set(fields.UPPER_CASE))
