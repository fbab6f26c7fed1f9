# SPDX-License-Identifier: Apache-2.0

from usermessages.message import sensitive_text
from usermessages.tests import base


class FindViolationsTest(base.TestCase):

    def found(self, text):
        return list(sensitive_text.find_violations(text))

    def test_what_no_user_is_to_read(self):
        """A value, an address and a name from inside of the service."""
        for words, what in {
                'Ask 10.0.0.1.': "an address, '10.0.0.1'",
                'Ask fe80::1.': "an address, 'fe80::1'",
                'Ask ::1 again': "an address, '::1'",
                'Ask 2001:db8:0:0:0:0:0:1': "an address, "
                                            "'2001:db8:0:0:0:0:0:1'",
                'Card 52:54:00:12:34:56': "an address, '52:54:00:12:34:56'",
                'See /etc/coffee.': "a path, '/etc/coffee.'",
                'See (~/.ssh/id)': "a path, '~/.ssh/id'",
                'Disk "/dev/vdb"': "a path, '/dev/vdb'",
                r'See C:\coffee': r"a path, 'C:\\coffee'",
                'On nas:/exports/vol1': "a path, 'nas:/exports/vol1'",
                'On nas-2:/exports': "a path, 'nas-2:/exports'",
                'see:/etc/coffee': "a path, 'see:/etc/coffee'",
                'At iqn.2010-10.org.openstack:volume-1': "an address, "
                "'iqn.2010-10.org.openstack:volume-1'",
                'At naa.600508b400105e21': "an address, "
                                           "'naa.600508b400105e21'",
                'See https://docs/x': "a URL, 'https://docs/x'",
                'See www.openstack.org': "a URL, 'www.openstack.org'",
                'Ask root@machine-7': "an e-mail address, 'root@machine-7'",
                'On localhost': "a host, 'localhost'",
                'On compute-07': "a host, 'compute-07'",
                'On compute-07a': "a host, 'compute-07a'",
                'On brew-host-3': "a host, 'brew-host-3'",
                'On brew-01': "a host, 'brew-01'",
                'On rack-b12': "a host, 'rack-b12'",
                'On db1': "a host, 'db1'",
                'In 192.0.2.0/24': "an address, '192.0.2.0'",
                'On machine:5672': "a host, 'machine:5672'"}.items():
            self.assertEqual([f'seems to have {what}; remove it'],
                             self.found(words), words)

    def test_names_from_inside(self):
        """Internal names are useless to users, and useful to attackers."""
        names = {
            'a host, a file or a dotted name': (
                'db1.example.org', 'coffee.conf', 'oslo.messaging',
                'cinder.volume.manager'),
            'an identifier': (
                'make_coffee', '_lock', 'MAX_BEANS', 'make()', 'NoValidHost',
                'volumeManager', 'DBError'),
            'a process': (
                'coffee-worker', 'coffee-scheduler', 'brew-engine',
                'grinder-manager', 'nova-scheduler', 'cinder-volume',
                'cinder-api', 'nova-conductor', 'neutron-l3-agent',
                'manila-share', 'glance-registry', 'heat-engine'),
            'a back end': (
                'RabbitMQ', 'rabbit', 'MySQL', 'PostgreSQL', 'Ceph',
                'libvirt', 'Open vSwitch'),
        }
        for what, words in names.items():
            for word in words:
                self.assertEqual(
                    [f'seems to have {what}, {word!r}; remove it'],
                    self.found(f'The {word} is gone'), word)

    def test_what_a_user_may_read(self):
        """A text can be written."""
        for text in (
                'This volume is read-only: attach it in read-only mode.',
                'IPv6, QoS, iSCSI, NFSv4, NVMe, vCPU, VMware, IPsec, RESTful',
                'e.g. this, i.e. that, a.m., U.S., z.B. das, p.ej. eso',
                'OpenStack and WebSockets', 'VMs, IDs, URLs, APIs',
                'and/or, TCP/IP, read/write, 24/7, 10 GiB/s, N/A, 1 / 2',
                'copy-on-write, multi-attach, in-use, user-agent, per-volume',
                'a multi-volume snapshot of a boot-volume',
                'Quell-Volume, Ziel-Volume, Block-Storage-API, Compute-Agent',
                'boot-from-volume, third-party-api, a read-only-volume',
                'nova-style, Neutron-based, keystone-protected, co-worker',
                'A /24 network, a /64, 0/1', 'IPv4, volume2, S3, DB2, UTF-8',
                'at 10:30, at 10:30:00, 2026-11-24T10:30:00',
                'version 1.2.3 or v3.0', '100 % full, 50% of it, $5',
                "Volume's driver: failed; (try again) \"later\".",
                'Ask for it again... or do not', 'Beans: none. Milk: none.',
                'heat, swift and nova are words', 'cluster node 3, host 1',
                '此卷为只读：请以只读模式挂载。', 'Größe und Überschuss.',
                'このボリュームは読み取り専用です'):
            self.assertEqual([], self.found(text), text)

    def test_each_thing_is_told_once(self):
        """Developers read one violation for a URL, not one for each part."""
        self.assertEqual(
            ["seems to have a URL, 'http://db1.example.org/a_b'; remove it"],
            self.found('See http://db1.example.org/a_b'))

    def test_all_things_are_told(self):
        """Developers need one run of the linter for all violations."""
        self.assertEqual(3, len(self.found('No /etc at 10.0.0.1 in MySQL')))
