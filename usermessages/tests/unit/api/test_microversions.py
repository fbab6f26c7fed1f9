# SPDX-License-Identifier: Apache-2.0

from usermessages.api import microversions
from usermessages.api.microversions import Behaviour
from usermessages import exception
from usermessages.tests import base

VOLUME = microversions.VOLUME
USER_MESSAGES = microversions.USER_MESSAGES


class DecideTest(base.TestCase):

    def decide(self, header, host=VOLUME):
        return str(microversions.decide(header, host))

    def test_which_version_decides(self):
        """One axis decides, and of the others nothing is looked at."""
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
                ('user-messages 1.2', 'user-messages 1.2'),
                ('user-messages latest', 'user-messages 1.2'),
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
        """What can be read in two ways is refused."""
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
                ('user-messages 0.9', 'user-messages', '1.0', '1.2'),
                ('user-messages 1.3', 'user-messages', '1.0', '1.2'),
                ('user-messages 2.0, volume 3.5', 'user-messages', '1.0',
                 '1.2')):
            with self.subTest(header=header):
                error = self.assertRaises(
                    exception.VersionNotSupported, microversions.decide,
                    header, VOLUME)

                self.assertEqual(
                    (service, minimum, maximum),
                    (error.service, error.minimum, error.maximum))
                self.assertIn(minimum, str(error))
                self.assertIn(maximum, str(error))

    def test_without_a_host_its_axis_is_that_of_another_service(self):
        """Mounted beside no Cinder, its versions mean nothing here."""
        for header in ('volume 3.5', 'volume 9.99', 'volume abc',
                       'volume 3.3, volume 3.5'):
            with self.subTest(header=header):
                self.assertEqual('user-messages 1.0',
                                 self.decide(header, None))


class HostAxisTest(base.TestCase):

    def test_maximum_is_that_of_the_host(self):
        """An older Cinder refuses what is newer than itself."""
        axis = microversions.host_axis('volume', '3.34')

        self.assertEqual('volume 3.34',
                         str(microversions.decide('volume latest', axis)))
        self.assertRaises(exception.VersionNotSupported,
                          microversions.decide, 'volume 3.35', axis)

    def test_maximum_below_the_minimum(self):
        """That would refuse everything."""
        self.assertRaises(exception.ConfigurationError,
                          microversions.host_axis, 'volume', '3.2')

    def test_no_host(self):
        """Most services have no clients of another one."""
        self.assertIsNone(microversions.host_axis(None, '3.71'))


class AxisTest(base.TestCase):

    def test_behaviours_of_each_version(self):
        """The table of the contract, at each change and just before it."""
        messages = {Behaviour.MESSAGES}
        paged = messages | {Behaviour.PAGINATION}
        resource = paged | {Behaviour.RESOURCE_FILTERS}
        like = resource | {Behaviour.LIKE_FILTERS}
        own = like | {Behaviour.PROJECT_ID}
        for axis, version, expected in (
                (VOLUME, (3, 3), messages), (VOLUME, (3, 4), messages),
                (VOLUME, (3, 5), paged), (VOLUME, (3, 30), paged),
                (VOLUME, (3, 31), resource), (VOLUME, (3, 33), resource),
                (VOLUME, (3, 34), like), (VOLUME, (3, 71), like),
                (USER_MESSAGES, (1, 0), own),
                (USER_MESSAGES, (1, 1), own | {Behaviour.TIME_FILTERS}),
                (USER_MESSAGES, (1, 2), own | {Behaviour.TIME_FILTERS,
                                               Behaviour.REMEDIES})):
            with self.subTest(axis=axis.name, version=version):
                self.assertEqual(expected, axis.at(version).behaviours)

    def test_constants_maximum_and_history_agree(self):
        """A version that is announced is told of, and the other way."""
        self.assertEqual((1, 0), USER_MESSAGES.minimum)
        self.assertEqual((1, 2), USER_MESSAGES.maximum)
        self.assertEqual(max(USER_MESSAGES.history), USER_MESSAGES.maximum)
        self.assertEqual((3, 3), VOLUME.minimum)
        self.assertEqual((3, 71), VOLUME.maximum)
        self.assertLessEqual(max(VOLUME.history), VOLUME.maximum)
        self.assertEqual('3.71', self.conf.api.host_axis_maximum)

    def test_every_behaviour_comes_once(self):
        """What is in no version is dead, and nothing comes twice."""
        for axis, missing in (
                (USER_MESSAGES, set()),
                (VOLUME, {Behaviour.PROJECT_ID, Behaviour.TIME_FILTERS,
                          Behaviour.REMEDIES})):
            with self.subTest(axis=axis.name):
                added = [behaviour for behaviours in axis.history.values()
                         for behaviour in behaviours]

                self.assertEqual(len(added), len(set(added)))
                self.assertEqual(set(Behaviour) - missing, set(added))
                self.assertTrue(all(axis.history.values()))
