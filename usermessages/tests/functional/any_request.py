# SPDX-License-Identifier: Apache-2.0

"""Requests of every kind, for what holds whatever is asked.

``hold(claim, requests(rows), 200)`` calls ``claim(request)`` for 200 requests
that ask for the messages ``rows`` in usual and in unheard-of ways.  Most of
them reach the list: what is refused at the door tests the door only.
"""

import dataclasses
import datetime
import io
import os
import tempfile
from urllib import parse

import hypothesis
from hypothesis import configuration
from hypothesis.internal.conjecture import providers
from hypothesis import strategies
import webob

from usermessages.db import ids
from usermessages import fields
from usermessages.tests import base
from usermessages.tests.functional.base import NOON
from usermessages.tests.functional.base import SECOND
from usermessages.tests.functional.base import UNKNOWN

# Each of them has been too much for some program.
EMOJI = '\U0001f4a3'
TEXTS = ('', ' ', '\0', '\n', '\r\nX: y', '%', '_', '*', '..', 'None', '-1',
         '0', "' OR 1=1 --", 'ä', 'ß', 'İ', EMOJI, '\ud800', '\uffff',
         'x' * 300, 'x' * 9000)
NUMBERS = ('0' * 30 + '1', '2147483648', '9' * 30, '9' * 5000, '-1', '1.5',
           '1e3', '', ' 1', '+1', '\u0661')
TIMES = ('0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00',
         '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01',
         '2026-W01-4', '2026-01-01T12:00:60Z', '2026-01-01T12:00:00+99:99')
PIECES = (b'%', b'%zz', b'%00', b'%0a', b'%ff', b'%2f', b'%25', b'%c3',
          b'%ed%a0%80', b'%F0%9F%92%A3', b'\xff', b'\0', b'\n', b' ', b'/',
          b'//', b'/..', b'?', b'&', b'&&', b'=', b';', b'+', b'#', b':',
          b'x' * 9000)
METHODS = ('POST', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'FOO',
           'get', 'X' * 300)
VERSIONS = (*(b'user-messages 1.%d' % minor
              for minor in range(base.MAXIMUM[1] + 1)),
            b'user-messages latest', b'volume 3.3', b'volume 3.5',
            b'volume 3.31', b'volume 3.34', b'volume 3.71', b'volume latest',
            b'compute 2.1', b'volume 3.5, user-messages 1.1')
BAD_VERSIONS = (b'', b',', b'volume', b'user-messages', b'volume 3',
                b'volume 3.03', b'volume 3.3.3', b'volume 3.72',
                b'volume 99999.99999', b'volume 9999999999.1',
                b'user-messages 1.0, user-messages 1.1', b'user-messages -1.0',
                b'user-messages \xd9\xa1.0', b'\xff', b'volume 3.5,' * 900)
HEADERS = ('Accept', 'Accept-Charset', 'Accept-Encoding', 'Accept-Language',
           'Access-Control-Request-Method', 'Authorization', 'Content-Type',
           'Content-Encoding', 'Cookie', 'Forwarded', 'Host', 'If-Match',
           'If-Modified-Since', 'If-None-Match', 'Origin', 'Range',
           'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Port',
           'X-Forwarded-Prefix', 'X-Forwarded-Proto', 'X-HTTP-Method-Override',
           'X-Identity-Status', 'X-OpenStack-Request-ID', 'X-Project-Id',
           'X-Roles', 'X-Service-Token', 'X-Storage-Token', 'X-Tenant-Id')
VALUES = (b'', b'*/*', b'text/html', b'application/json; charset=x', b'de',
          b'de;q=x, *', b'GET', b'*', b'bytes=0-1', b'admin', b'Confirmed',
          b'https', b'javascript', b'example.org', b'a.example.org:1, b',
          b'[::1]:80', b'a b', b'"<script>', b'/prefix', b'//', b'\xff',
          b'\xc3\xa4', b'for=[::1];proto=https;host=x', b';=;,', b'gzip',
          b'multipart/form-data; boundary=', b'text/plain; charset=utf-7',
          b'Thu, 01 Jan 1970 00:00:00 GMT', b'req-' + UNKNOWN.encode(),
          b'x' * 9000)
LENGTHS = (b'', b'-1', b'x', b'1.5', b'9' * 30)


def row(number, **values):
    """Return a message, the older the higher its number."""
    created_at = NOON - number * SECOND
    return {'id': f'{ids.first_id(created_at)[:-4]}{number:04x}',
            'project_id': base.PROJECT, 'event_id': '000002',
            'action_id': '', 'detail_id': '', 'message_level': 'ERROR',
            'resource_type': 'VOLUME', 'resource_uuid': base.RESOURCE,
            'request_id': base.REQUEST,
            'global_request_id': base.GLOBAL_REQUEST, 'parameters': '',
            'created_at': created_at,
            'expires_at': created_at + datetime.timedelta(days=30), **values}


ROWS = [row(number, **values) for number, values in enumerate((
    {}, {}, {'event_id': 'VOLUME_VOLUME_001_003', 'action_id': '001',
             'detail_id': '003'},
    {'event_id': 'VOLUME_VOLUME_999_999', 'action_id': '999',
     'detail_id': '999', 'message_level': 'WARNING'},
    {'event_id': '999999'}, {'event_id': '', 'request_id': ''},
    {'message_level': 'audit'}, {'message_level': ''},
    {'resource_type': '', 'resource_uuid': ''},
    {'resource_type': "'", 'resource_uuid': EMOJI, 'request_id': EMOJI},
    {'resource_uuid': '%', 'request_id': 'x' * 255},
    {'expires_at': NOON}, {'expires_at': datetime.datetime(2025, 1, 1)},
    {'expires_at': datetime.datetime.max}, {'project_id': base.OTHER},
    {'project_id': base.OTHER, 'expires_at': NOON}, {'project_id': EMOJI},
    {'project_id': base.PROJECT.upper()}, {'project_id': ''}))]

# Characters that need no encoding in the first line of HTTP.
_TARGET = ''.join(map(chr, range(0x21, 0x7f)))
_NOT_IN_A_HEADER = bytes([*range(32), 127])

# Under its usual name hypothesis makes most examples from parts of the one
# before, and three of four requests would be copies.
_BACKEND = 'independent'
providers.AVAILABLE_PROVIDERS[_BACKEND] = (
    'hypothesis.internal.conjecture.providers.HypothesisProvider')


@dataclasses.dataclass(frozen=True)
class Request:
    """A request of a client, byte by byte.

    ``user`` is the claimed user, for whom the test makes a token.
    """

    method: str
    target: bytes
    user: str
    headers: dict[str, bytes]
    body: bytes | None = None
    is_chunked: bool = False

    def environ(self, token):
        """Return the request as a WSGI server hands it on."""
        path, _mark, query = self.target.partition(b'?')
        environ = {
            **webob.Request.blank('/').environ,
            'REQUEST_METHOD': self.method, 'REMOTE_ADDR': '127.0.0.1',
            'PATH_INFO': parse.unquote_to_bytes(path).decode('latin-1'),
            'QUERY_STRING': query.decode('latin-1')}
        if self.body is not None:
            environ['wsgi.input'] = io.BytesIO(self.body)
            if self.is_chunked:
                environ.update({'HTTP_TRANSFER_ENCODING': 'chunked',
                                'wsgi.input_terminated': True})
            else:
                environ['CONTENT_LENGTH'] = str(len(self.body))
        for name, value in self._all_headers(token):
            name = name.upper().replace('-', '_')
            prefix = '' if name.startswith('CONTENT_') else 'HTTP_'
            environ[prefix + name] = value.decode('latin-1')
        return environ

    def raw(self, token):
        """Return the request as valid HTTP/1.1."""
        body, framing = b'', []
        if self.body is not None and self.is_chunked:
            framing = [('Transfer-Encoding', b'chunked')]
            body = b'%x\r\n%s\r\n0\r\n\r\n' % (len(self.body), self.body)
        elif self.body is not None:
            framing = [('Content-Length', b'%d' % len(self.body))]
            body = self.body
        headers = {'Host': b'localhost', **dict(self._all_headers(token))}
        headers.pop('Content-Length', None)
        lines = [f'{self.method} {parse.quote(self.target, safe=_TARGET)} '
                 'HTTP/1.1'.encode()]
        for name, value in [*headers.items(), *framing]:
            lines.append(b'%s: %s' % (
                name.encode(), value.translate(None, _NOT_IN_A_HEADER)))
        return b'\r\n'.join([*lines, b'', body])

    def _all_headers(self, token):
        yield from self.headers.items()
        if token is not None:
            yield 'X-Auth-Token', token


def hold(claim, strategy, examples):
    """Check that a claim holds for many requests.

    The same ones in each run of the gate, or as many new ones as
    ``USERMESSAGES_TEST_REQUESTS`` says.  A single test alone may get others,
    since hypothesis looks at what has been imported; it prints the request
    that broke the claim.
    """
    more = os.environ.get('USERMESSAGES_TEST_REQUESTS')
    check = hypothesis.settings(
        max_examples=int(more or examples), derandomize=not more,
        database=None, deadline=None, report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck), backend=_BACKEND,
    )(hypothesis.given(strategy)(lambda request: claim(request)))
    with tempfile.TemporaryDirectory() as directory:
        configuration.set_hypothesis_home_dir(directory)
        check()


def requests(rows, users=('member', 'reader', 'admin')):
    """Return requests about some messages.

    :param rows: whose IDs and other values are asked for
    :param users: who usually asks
    """
    return strategies.builds(
        _request,
        route=_routes(rows),
        query=_queries(rows),
        odd_method=_rarely(_any_of(*METHODS)),
        insertion=_rarely(strategies.tuples(
            strategies.integers(0, 60),
            _any_of(*PIECES) | strategies.binary(max_size=9))),
        user=_mostly(_any_of(*users),
                     _any_of('auditor', 'system', 'nobody', '\xff', 'x:y')),
        version=_versions(),
        headers=_headers(),
        body=_rarely(strategies.binary(max_size=9)),
        is_chunked=strategies.booleans())


def _request(route, query, odd_method, insertion, user, version, headers,
             body, is_chunked):
    method, target = route
    if query:
        target += b'?' + query
    if insertion is not None:
        place, piece = insertion
        target = target[:place] + piece + target[place:]
    if version is not None:
        headers = {'OpenStack-API-Version': version, **headers}
    return Request(odd_method or method, target, user, headers, body,
                   is_chunked)


def _any_of(*values):
    return strategies.sampled_from(values)


def _mostly(usual, odd, one_in=20):
    return strategies.integers(1, one_in).flatmap(
        lambda number: odd if number == 2 else usual)


def _rarely(odd):
    return _mostly(strategies.none(), odd)


def _texts():
    return _any_of(*TEXTS) | strategies.text(max_size=9)


def _routes(rows):
    """Return methods and paths, a list being the most frequent."""
    projects = [row['project_id'] for row in rows]
    message_ids = [*(row['id'] for row in rows), UNKNOWN]
    prefixes = strategies.just('/v3') | _mostly(
        strategies.just(projects[0]), _any_of(*projects)).map(
            lambda project_id: f'/v3/{_quoted(project_id)}')
    lists = prefixes.map(lambda prefix: f'{prefix}/messages')
    members = strategies.builds(
        lambda path, message_id: f'{path}/{_quoted(message_id)}', lists,
        _mostly(_any_of(*message_ids), _texts()))
    gets = _mostly(strategies.just('GET'), strategies.just('HEAD'), 8)
    others = _any_of('', '/', '/v3', '/v3/', '/healthcheck', '/v3/volumes')
    return _mostly(
        strategies.tuples(gets, lists),
        _mostly(strategies.tuples(gets | strategies.just('DELETE'), members),
                strategies.tuples(gets, others), 4), 4,
    ).map(lambda route: (route[0], route[1].encode()))


def _queries(rows):
    values = _parameters(rows)
    names = _any_of(*values) | _any_of(
        'limit', 'marker', 'sort', 'all_tenants', 'project_id')
    parameters = _mostly(
        names.flatmap(lambda name: strategies.tuples(
            strategies.just(name), values[name])),
        strategies.tuples(_texts(), _texts()))
    return strategies.lists(
        strategies.tuples(parameters, _mostly(
            strategies.just(_encoded), _any_of(_raw, _escaped))),
        max_size=3, unique_by=lambda pair: pair[0][0],
    ).map(lambda pairs: b'&'.join(
        f'{_quoted(name)}='.encode() + spell(value)
        for (name, value), spell in pairs))


def _parameters(rows):
    """Return each parameter with its usual and its odd values."""
    keys = _any_of(*fields.SORT_KEYS)
    sorts = strategies.lists(
        strategies.builds(str.__add__, keys, _any_of('', ':asc', ':desc')),
        min_size=1, max_size=3).map(','.join)
    times = strategies.builds(
        lambda number, offset: (NOON - number * SECOND / 2).isoformat()
        + offset, strategies.integers(-2, 2 * len(rows)),
        _any_of('', 'Z', '+00:00', '-01:00'))
    usual = {
        'limit': _any_of('0', '1', '2', '3', '1000', '1001'),
        'offset': _any_of('0', '1', '2', '2147483647'),
        'marker': _any_of(*(row['id'] for row in rows)),
        'sort': sorts,
        'sort_key': keys,
        'sort_dir': _any_of('asc', 'desc'),
        'all_tenants': _any_of('1', 'true', '', '0', 'false'),
        'project_id': _any_of(*(row['project_id'] for row in rows)),
        'created_since': times,
        'created_before': times}
    for name in fields.EQUAL_FILTERS:
        values = _any_of(*(row[name] for row in rows))
        usual[name] = values | values.map(str.lower)
        usual[f'{name}~'] = strategies.builds(
            lambda value, begin, end: value[begin:end], values,
            strategies.integers(0, 9), strategies.integers(0, 9))
    odd = {'limit': NUMBERS, 'offset': NUMBERS, 'created_since': TIMES,
           'created_before': TIMES}
    return {name: _mostly(values, _any_of(*odd.get(name, TEXTS)) | _texts())
            for name, values in usual.items()}


def _versions():
    return strategies.none() | _mostly(_any_of(*VERSIONS),
                                       _any_of(*BAD_VERSIONS))


def _headers():
    values = _any_of(*VALUES) | strategies.binary(max_size=9)
    return _mostly(strategies.just({}), strategies.dictionaries(
        _any_of(*HEADERS), values, max_size=3)
        | _any_of(*LENGTHS).map(lambda value: {'Content-Length': value}), 4)


def _quoted(text):
    return parse.quote(text, safe='', errors='surrogatepass')


def _encoded(text):
    return _quoted(text).encode()


def _raw(text):
    return text.encode(errors='surrogatepass')


def _escaped(text):
    return b''.join(b'%%%02x' % byte for byte in _raw(text))
