# SPDX-License-Identifier: Apache-2.0

"""Find addresses, paths and internal names in a text for users.

``find_violations('The volume is on db1.example.org.')`` reports the host.
``RULES`` contains the patterns.  The patterns accept "read-only", "IPv6",
"QoS", "iSCSI" and "e.g.".  Matches are warnings, since a catalog may contain a
name such as MySQL on purpose.
"""

from collections.abc import Iterator
import re

from usermessages._i18n import _

# English words before a hyphen that are not names of services.
_ENGLISH = ('all|any|bare|co|cross|each|every|file|full|half|high|hot|inter|'
            'intra|key|large|local|low|multi|new|non|old|one|package|password|'
            'per|pre|search|self|shared|single|small|sub|target|task|third|'
            'travel|two|user|window')
_PROJECTS = ('aodh|barbican|ceilometer|cinder|cloudkitty|cyborg|designate|'
             'glance|heat|ironic|keystone|magnum|manila|masakari|neutron|nova|'
             'octavia|sahara|swift|tacker|trove|zaqar|zun')
_PROCESSES = 'agent|compute|conductor|engine|manager|scheduler|worker'
# Processes only after the name of a project; elsewhere, common words.
_SERVICES = ('account|api|backup|central|collector|container|data|evaluator|'
             'guestagent|listener|mdns|network|notifier|novncproxy|object|'
             'producer|proxy|registry|rootwrap|server|share|sink|taskmanager|'
             'volume|wsgi')
# Hosts, if a number follows.
_HOSTS = ('cell|compute|controller|host|hypervisor|network|node|rack|server|'
          'storage')
# Before a domain, the number is part of a dotted name.
_NUMBER = r'\d+[a-z]?\b(?!\.\w)'
_BACK_ENDS = ('amqp|ceph|corosync|etcd|eventlet|galera|glusterfs|haproxy|'
              'kafka|libvirt|mariadb|memcached?|mysql|nginx|open ?vswitch|'
              'oslo|pacemaker|postgres(?:ql)?|pymysql|qemu|rabbit(?:mq)?|rbd|'
              'redis|sqlalchemy|sqlite|systemd|traceback|uwsgi|zookeeper')


def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    # ASCII: in a language without blanks, other letters end an English word.
    return re.compile(pattern, re.ASCII | flags)


# Each rule hides its matches from the following rules.
RULES = (
    (_compiled(r'\b[a-z][a-z0-9+.-]*://\S*|\bwww\.\S+', re.I), _('a URL')),
    (_compiled(r'[\w.+-]+@[\w.-]+\w'), _('an e-mail address')),
    # IPv4; IPv6, complete or with "::"; MAC address; iSCSI name.
    (_compiled(r'(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?!\w|\.\d)'
               r'|(?<![\w:])([\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])'
               r'|(?<![\w:])(?=[\da-f:]*::)(?=:*[\da-f])[\da-f:]{3,}(?!\w)'
               r'|(?<![\w:])([\da-f]{2}:){5}[\da-f]{2}(?![\w:])'
               r'|\biqn\.\d{4}-\d\d\.\S*\w|\b(eui|naa)\.[\da-f]{16,}\b', re.I),
     _('an address')),
    # Also with a host, such as "nas:/exports"; "/24" is a size.
    (_compiled(r'(?<![\w./<)-])([\w.-]+:)?(~|\.{1,2})?'
               r'/(?!\d+(?![\w/]))\.?\w[\w.@+-]*(/[\w.@+-]*)*'
               r'|\b[a-z]:\\\S*|\\\\\w\S*', re.I), _('a path')),
    # With a port, a known role and a number, or a number that starts with 0;
    # "DB2" is a product.
    (_compiled(r'(?i:\blocalhost\b|\b[a-z][\w-]*:\d{2,5}\b'
               rf'|(?<![\w-])([a-z]\w*-)*({_HOSTS})-?[a-z]?{_NUMBER}'
               rf'|(?<![\w-])[a-z]\w*(-[a-z]\w*)*-(?=0){_NUMBER})'
               rf'|(?<![\w-])([a-z]\w*-)*(ctl|db|kvm|nas|worker)-?{_NUMBER}'),
     _('a host')),
    # Internal names of the service.
    (_compiled(r'(?<![\w.-])[a-z_][\w-]+(\.[a-z_][\w-]+)+', re.I),
     _('a host, a file or a dotted name')),
    (_compiled(r'\b(?=\w*[a-z])\w*_\w*|\b\w+\(\)', re.I), _('an identifier')),
    (_compiled(r'\b(?!(?:OpenStack|OpenID|WebSocket|JavaScript)s?\b)'
               r'(?:[A-Z][a-z0-9]+){2,}\b|\b[a-z]{2,}(?:[A-Z][a-z0-9]+)+\b'
               r'|\b[A-Z]\w+(?:Error|Exception)\b'), _('an identifier')),
    (_compiled(
        # Lower case only; other matches are words of another language.
        rf'(?<![\w-])(?!(?:{_ENGLISH})-)[a-z][a-z0-9]*(-[a-z0-9]+)*-'
        rf'({_PROCESSES})\b(?!-)'
        rf'|(?<![\w-])({_PROJECTS})-([a-z0-9]+-)*({_PROCESSES}|{_SERVICES})'
        r'\b(?!-)'), _('a process')),
    (_compiled(rf'\b({_BACK_ENDS})\b', re.I), _('a back end')),
)


def find_violations(text: str) -> Iterator[str]:
    """Yield a sentence for each part of a text that is not for users."""
    for pattern, kind in RULES:
        for match in pattern.finditer(text):
            yield _('seems to have %(kind)s, %(found)r; remove it') % {
                'kind': kind, 'found': match[0]}
        text = pattern.sub(' ', text)
