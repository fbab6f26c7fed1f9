# SPDX-License-Identifier: Apache-2.0

from usermessages.api import microversions
from usermessages import exception
from usermessages.features import Feature
from usermessages.tests import base

VOLUME = microversions.VOLUME


class ServiceVersionsTest(base.TestCase):

    VERSIONS = microversions.ServiceVersions(
        'library', {(1, 0): frozenset({Feature.PAGINATION}),
                    (1, 2): frozenset({Feature.LIKE_FILTERS})}, (1, 3))

    def test_features_of_a_version(self):
        """A version has the features of all versions up to it."""
        first, both = {Feature.PAGINATION}, {Feature.PAGINATION,
                                             Feature.LIKE_FILTERS}

        self.assertEqual([first, first, both, both], [
            self.VERSIONS.at((1, minor)).features for minor in range(4)])

    def test_version_of_a_feature(self):
        """Documents and clients name the version that added a feature."""
        self.assertEqual([(1, 0), (1, 2)], [
            self.VERSIONS.since(feature) for feature
            in (Feature.PAGINATION, Feature.LIKE_FILTERS)])


class DecideTest(base.TestCase):

    def decide(self, header, service_type=VOLUME):
        return str(microversions.decide(header, service_type))

    def test_which_version_decides(self):
        """The version of one service type applies; others are not parsed."""
        for header, expected in (
                (None, 'user-messages 1.0'),
                ('compute 2.90', 'user-messages 1.0'),
                ('compute nonsense', 'user-messages 1.0'),
                ('compute 2.1, identity 3.14', 'user-messages 1.0'),
                ('volumes 3.3', 'user-messages 1.0'),
                ('volume 3.3', 'volume 3.3'),
                ('volume 3.5', 'volume 3.5'),
                ('volume 3.71', 'volume 3.71'),
                ('volume latest', 'volume 3.71'),
                ('volume LATEST', 'volume 3.71'),
                ('VOLUME 3.5', 'volume 3.5'),
                ('  volume   3.5  ', 'volume 3.5'),
                ('volume\t3.5', 'volume 3.5'),
                ('compute 2.90, volume 3.5', 'volume 3.5'),
                ('volume 3.5,compute 2.90', 'volume 3.5'),
                ('volume 3.5, volume 3.5', 'volume 3.5'),
                ('user-messages 1.0', 'user-messages 1.0'),
                ('user-messages 1.1', 'user-messages 1.1'),
                (base.LATEST, base.LATEST),
                ('user-messages latest', base.LATEST),
                ('User-Messages 1.1', 'user-messages 1.1'),
                ('volume 3.5, user-messages 1.1', 'user-messages 1.1'),
                ('user-messages 1.1, volume 3.5', 'user-messages 1.1'),
                ('user-messages 1.1, volume 9.99', 'user-messages 1.1'),
                ('user-messages 1.1, volume nonsense', 'user-messages 1.1'),
                ('user-messages 1.1, volume 3.3, volume 3.5',
                 'user-messages 1.1'),
                ('volume 3.5, compute abc', 'volume 3.5'),
                ('volume 3.5, compute 2.1, compute 2.2', 'volume 3.5')):
            with self.subTest(header=header):
                self.assertEqual(expected, self.decide(header), header)

    def test_malformed(self):
        """Clients receive an error instead of a guessed version."""
        for header in (
                'volume abc', 'volume 3', 'volume 3.03', 'volume 03.3',
                'volume 3.3.3', 'volume 3.', 'volume .3', 'volume -3.3',
                'volume +3.3', 'volume 3.3e0', 'volume 3,5', 'volume 3. 5',
                'volume 3_0.3', 'volume', 'volume ',
                'volume 3.3 extra', 'volume latest 3.3', 'volume=3.3',
                'volume:3.3', '3.3', 'abc', '', ' ', ',',
                'volume \u0663.\u0663', 'volume 3.\uff13', 'volume 3.\u00b2',
                'volume 3.3, volume 3.5', 'volume 3.3, VOLUME 3.5',
                'volume 3.71, volume latest', 'volume 3.3, volume',
                'user-messages', 'user-messages abc', 'user-messages 1',
                'user-messages 1.01', 'user-messages 1.0, user-messages 1.1',
                'user-messages abc, volume 3.5', 'volume 3.' + '1' * 5000):
            with self.subTest(header=header):
                self.assertRaises(exception.Invalid, microversions.decide,
                                  header, VOLUME)

    def test_outside_the_range(self):
        """A client learns between what it may choose."""
        for header, service, minimum, maximum in (
                ('volume 3.2', 'volume', '3.3', '3.71'),
                ('volume 3.0', 'volume', '3.3', '3.71'),
                ('volume 2.5', 'volume', '3.3', '3.71'),
                ('volume 0.0', 'volume', '3.3', '3.71'),
                ('volume 3.72', 'volume', '3.3', '3.71'),
                ('volume 3.99999', 'volume', '3.3', '3.71'),
                ('volume 4.0', 'volume', '3.3', '3.71'),
                ('user-messages 0.9', 'user-messages', '1.0',
                 base.MAXIMUM_TEXT),
                (f'user-messages 1.{base.MAXIMUM[1] + 1}', 'user-messages',
                 '1.0', base.MAXIMUM_TEXT),
                ('user-messages 2.0, volume 3.5', 'user-messages', '1.0',
                 base.MAXIMUM_TEXT)):
            with self.subTest(header=header):
                error = self.assertRaises(
                    exception.VersionNotSupported, microversions.decide,
                    header, VOLUME)

                self.assertEqual(
                    (service, minimum, maximum),
                    (error.service, error.minimum, error.maximum))
                self.assertIn(minimum, str(error))
                self.assertIn(maximum, str(error))

    def test_without_compatibility_volume_is_another_service(self):
        """Versions of Cinder apply only with compatibility."""
        for header in ('volume 3.5', 'volume 9.99', 'volume abc',
                       'volume 3.3, volume 3.5'):
            with self.subTest(header=header):
                self.assertEqual('user-messages 1.0',
                                 self.decide(header, None))


class CompatVersionsTest(base.TestCase):

    def test_maximum_of_the_replaced_service(self):
        """An older Cinder refuses what is newer than itself."""
        service = microversions.compat_versions('volume', '3.34')

        self.assertEqual('volume 3.34',
                         str(microversions.decide('volume latest', service)))
        self.assertRaises(exception.VersionNotSupported,
                          microversions.decide, 'volume 3.35', service)

    def test_maximum_below_the_minimum(self):
        """Operators cannot set a maximum that rejects all requests."""
        self.assertRaises(exception.ConfigurationError,
                          microversions.compat_versions, 'volume', '3.2')

    def test_no_service_type(self):
        """Most services have no clients of another service."""
        self.assertIsNone(microversions.compat_versions(None, '3.71'))
