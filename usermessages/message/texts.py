# SPDX-License-Identifier: Apache-2.0

"""Find in a text what no user is to read.

``faults('The volume is on db1.example.org.')`` names the host.  What is looked
for stands in ``RULES`` and ``NAMES``, nowhere else.  These are guesses: they
find what a writer did not mean to say, and let pass words such as "read-only",
"IPv6", "QoS", "iSCSI" and "e.g.".
"""

from collections.abc import Collection, Iterator
import re

from usermessages._i18n import _
from usermessages.message import catalog

# What is longer is not read to its end.
MAXIMUM_LENGTH = 255

# Words of English that stand before a hyphen where a process would.
_ENGLISH = ('all|any|bare|co|cross|each|every|file|full|half|high|hot|inter|'
            'intra|key|large|local|low|multi|new|non|old|one|package|password|'
            'per|pre|search|self|shared|single|small|sub|target|task|third|'
            'travel|two|user|window')
_PROJECTS = ('aodh|barbican|ceilometer|cinder|cloudkitty|cyborg|designate|'
             'glance|heat|ironic|keystone|magnum|manila|masakari|neutron|nova|'
             'octavia|sahara|swift|tacker|trove|zaqar|zun')
_PROCESSES = 'agent|compute|conductor|engine|manager|scheduler|worker'
# Of a project; behind other words these are words too.
_SERVICES = ('account|api|backup|central|collector|container|data|evaluator|'
             'guestagent|listener|mdns|network|notifier|novncproxy|object|'
             'producer|proxy|registry|rootwrap|server|share|sink|taskmanager|'
             'volume|wsgi')
# That have numbers where there are many.
_HOSTS = ('cell|compute|controller|host|hypervisor|network|node|rack|server|'
          'storage')
# With a domain behind it, it is a dotted name.
_NUMBER = r'\d+[a-z]?\b(?!\.\w)'
_BACK_ENDS = ('amqp|ceph|corosync|etcd|eventlet|galera|glusterfs|haproxy|'
              'kafka|libvirt|mariadb|memcached?|mysql|nginx|open ?vswitch|'
              'oslo|pacemaker|postgres(?:ql)?|pymysql|qemu|rabbit(?:mq)?|rbd|'
              'redis|sqlalchemy|sqlite|systemd|traceback|uwsgi|zookeeper')


def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    # Where words are not parted by blanks, other letters end one of these.
    return re.compile(pattern, re.ASCII | flags)


# What is found by one is not looked at by the next.
RULES = (
    (catalog.PLACEHOLDER, _('a placeholder')),
    (_compiled(r'\b[a-z][a-z0-9+.-]*://\S*|\bwww\.\S+', re.I), _('a URL')),
    (_compiled(r'[\w.+-]+@[\w.-]+\w'), _('an e-mail address')),
    # IPv4; IPv6, whole or with a "::"; that of a network card; of a volume.
    (_compiled(r'(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?!\w|\.\d)'
               r'|(?<![\w:])([\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])'
               r'|(?<![\w:])(?=[\da-f:]*::)(?=:*[\da-f])[\da-f:]{3,}(?!\w)'
               r'|(?<![\w:])([\da-f]{2}:){5}[\da-f]{2}(?![\w:])'
               r'|\biqn\.\d{4}-\d\d\.\S*\w|\b(eui|naa)\.[\da-f]{16,}\b', re.I),
     _('an address')),
    # Also with its host, as in "nas:/exports"; "/24" is a size.
    (_compiled(r'(?<![\w./<)-])([\w.-]+:)?(~|\.{1,2})?'
               r'/(?!\d+(?![\w/]))\.?\w[\w.@+-]*(/[\w.@+-]*)*'
               r'|\b[a-z]:\\\S*|\\\\\w\S*', re.I), _('a path')),
    # By its port, by what it is for, or by a number with a 0 before it.  "DB2"
    # is none.
    (_compiled(r'(?i:\blocalhost\b|\b[a-z][\w-]*:\d{2,5}\b'
               rf'|(?<![\w-])([a-z]\w*-)*({_HOSTS})-?[a-z]?{_NUMBER}'
               rf'|(?<![\w-])[a-z]\w*(-[a-z]\w*)*-(?=0){_NUMBER})'
               rf'|(?<![\w-])([a-z]\w*-)*(ctl|db|kvm|nas|worker)-?{_NUMBER}'),
     _('a host')),
)
# Of what is inside of the service.  A host may need one of them all the same,
# as a service of databases needs MySQL.
NAMES = (
    (_compiled(r'(?<![\w.-])[a-z_][\w-]+(\.[a-z_][\w-]+)+', re.I),
     _('a host, a file or a dotted name')),
    (_compiled(r'\b(?=\w*[a-z])\w*_\w*|\b\w+\(\)', re.I), _('an identifier')),
    (_compiled(r'\b(?!(?:OpenStack|OpenID|WebSocket|JavaScript)s?\b)'
               r'(?:[A-Z][a-z0-9]+){2,}\b|\b[a-z]{2,}(?:[A-Z][a-z0-9]+)+\b'
               r'|\b[A-Z]\w+(?:Error|Exception)\b'), _('an identifier')),
    (_compiled(
        # In lower case, as they are; others are words of another language.
        rf'(?<![\w-])(?!(?:{_ENGLISH})-)[a-z][a-z0-9]*(-[a-z0-9]+)*-'
        rf'({_PROCESSES})\b(?!-)'
        rf'|(?<![\w-])({_PROJECTS})-([a-z0-9]+-)*({_PROCESSES}|{_SERVICES})'
        r'\b(?!-)'), _('a process')),
    (_compiled(rf'\b({_BACK_ENDS})\b', re.I), _('a back end')),
)


def faults(text: str, maximum: int | None = None,
           allowed: Collection[str] = ()) -> Iterator[str]:
    """Go through what is wrong with a text, and what to do about it.

    :param maximum: number of characters that it may have
    :param allowed: names that this service says on purpose
    """
    if maximum is not None and len(text) > maximum:
        yield _('has %(length)d characters; say it in %(maximum)d') % {
            'length': len(text), 'maximum': maximum}
    for pattern, what in RULES:
        for match in pattern.finditer(text):
            yield _('has %(what)s, %(found)r; say it without') % {
                'what': what, 'found': match[0]}
        text = pattern.sub(' ', text)
    for pattern, what in NAMES:
        for match in pattern.finditer(text):
            if match[0] not in allowed:
                yield _('has what looks like %(what)s, %(found)r; say it '
                        'without, or allow that name') % {
                            'what': what, 'found': match[0]}
        text = pattern.sub(' ', text)
