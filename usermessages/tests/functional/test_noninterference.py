# SPDX-License-Identifier: Apache-2.0

"""Other projects do not change the responses to a project.

One service has the messages of many projects, another only those of the
project of the caller; users other than administrators cannot tell the services
apart.
"""

import random
from urllib import parse
import uuid

import webob

from usermessages.db import ids
from usermessages.db import migration
from usermessages import fields
from usermessages.message import api as message_api
from usermessages.tests import base
from usermessages.tests import database
from usermessages.tests.functional import any_request
from usermessages.tests.functional import base as functional_base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.wsgi import deploy

OWN = 'abc'
OTHERS = ('ABC', 'abc ', ' abc', 'äbc', 'abc\u0301', 'ab', 'abcd', 'bc', '%')
USERS = {'member': ('member', 'reader'), 'reader': ('reader',),
         'auditor': ('auditor',)}


def rows():
    """Return messages that differ in little but their projects."""
    chance = random.Random(0)

    def new_uuid():
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    for number in range(72):
        created_at = NOON - chance.randrange(1, 20) * SECOND
        yield any_request.row(
            number,
            id=ids.first_id(created_at)[:24] + new_uuid()[24:],
            project_id=OWN if number % 3 == 0 else chance.choice(OTHERS),
            event_id=chance.choice(('000002', '000003', '999999')),
            message_level=chance.choice(('ERROR', 'WARNING')),
            resource_type=chance.choice(('VOLUME', 'VOLUME_BACKUP', '')),
            resource_uuid=chance.choice((base.RESOURCE, new_uuid())),
            request_id=chance.choice((base.REQUEST, f'req-{new_uuid()}')),
            global_request_id=chance.choice(
                ('', base.GLOBAL_REQUEST, f'req-{new_uuid()}')),
            created_at=created_at,
            expires_at=created_at + chance.choice((1, 100, 1000)) * SECOND)


ROWS = list(rows())
MINE = {row['id']: row for row in ROWS if row['project_id'] == OWN}
FOREIGN = {row['id']: row for row in ROWS if row['project_id'] != OWN}
# Values of other projects that the caller does not have, too.
SECRETS = {row[name] for row in FOREIGN.values()
           for name in ('id', 'resource_uuid', 'request_id',
                        'global_request_id')} - {''} - {
    row[name] for row in MINE.values()
    for name in ('resource_uuid', 'request_id', 'global_request_id')}


@database.on_each
class NonInterferenceTest(functional_base.APITestCase):

    def configure(self, conf):
        super().configure(conf)
        self.set(conf, api__compat_service_type='volume', api__max_limit=5,
                 api__like_filters=list(fields.LIKE_FILTERS),
                 api__project_id_regex='[^/]+')

    def setUp(self):
        super().setUp()
        self.fix_clock()
        conf = self.configuration()
        self.configure(conf)
        url = self.make_empty_database()
        migration.sync_url(url)
        self.set(conf, user_messages__connection=url)
        self.apps = self.app, deploy.application(conf)
        self.dbs = self.db, message_api.API(conf).db
        self.addCleanup(self.dbs[1].close)
        for row in FOREIGN.values():
            self.db.message_create(row)
        for row in MINE.values():
            self.create(row)
        self.tokens = {user: self.token(*roles, project_id=OWN).encode()
                       for user, roles in USERS.items()}
        self.asked = self.found = 0

    def create(self, row):
        for db in self.dbs:
            db.message_create(row)

    def test_users_cannot_infer_other_projects(self):
        """Users cannot infer other projects from lists, errors or counts."""
        any_request.hold(
            self.check, any_request.requests(
                ROWS, ('member', 'member', 'reader', 'auditor')), 500)

        # Two services that find nothing are alike as well.
        self.assertGreater(self.found, self.asked // 20)

    def check(self, request):
        among_others, alone = (self.ask(app, request) for app in self.apps)
        self.assertEqual(alone, among_others)
        self.assertEqual(set(), {
            secret for secret in SECRETS if secret in among_others
            and not self.contains(request, secret)})
        self.asked += 1
        self.found += any(message_id in among_others for message_id in MINE)
        if request.method == 'DELETE':
            self.restore()

    def ask(self, app, request):
        """Return a response as text, without its own ID."""
        token = self.tokens.get(request.user, request.user.encode('latin-1'))
        response = webob.Request(request.environ(token)).get_response(app)
        del response.headers['x-openstack-request-id']
        return str(response)

    def contains(self, request, text):
        sent = [parse.unquote_to_bytes(request.target),
                *request.headers.values()]
        return any(text.encode() in part for part in sent)

    def restore(self):
        """Check the deleted messages, and store them again."""
        stored = {row['id']: row for row in self.stored()}
        self.assertEqual(FOREIGN, {
            message_id: row for message_id, row in stored.items()
            if message_id in FOREIGN})
        for message_id in MINE.keys() - stored.keys():
            self.create(MINE[message_id])
