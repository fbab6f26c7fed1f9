# SPDX-License-Identifier: Apache-2.0

"""The floor: the least work for the same results in Python.

The bare driver, one prepared text of SQL for the ideal index, which is that of
this package, and a bare application of WebOb.  There is no policy, no context,
no check of anything.
"""

from collections.abc import Callable, Sequence
import datetime
import json
import pathlib
import sqlite3
import threading
from typing import Any
from urllib import parse

import psycopg2
import pymysql
import webob

from bench import rows
from usermessages.db import ids

_SHOWN = ('id', 'event_id', 'action_id', 'detail_id', 'message_level',
          'created_at', 'expires_at', 'request_id', 'resource_type',
          'resource_uuid')
_STORED = (*_SHOWN, 'project_id')


class Subject:
    """The measured operations of the floor."""

    def __init__(self, url: str, _directory: pathlib.Path):
        self._url = parse.urlsplit(url)
        # A connection for each thread, as a pool would give.
        self._local = threading.local()
        mark = '?' if self._url.scheme == 'sqlite' else '%s'
        columns = ', '.join(_SHOWN)
        # All parts are constants of this module.
        self._list_sql = (
            f'SELECT {columns} FROM user_messages WHERE project_id = {mark} '
            f'AND expires_at > {mark} ORDER BY created_at DESC, id DESC '
            f'LIMIT {rows.PAGE + 1}')
        self._show_sql = (
            f'SELECT {columns} FROM user_messages WHERE id = {mark} '
            f'AND project_id = {mark} AND expires_at > {mark}')
        self._insert_sql = (
            f'INSERT INTO user_messages ({", ".join(_STORED)}) VALUES '
            f'({", ".join([mark] * len(_STORED))})')

    def application(self) -> Callable[..., Any]:
        """Return an application of WebOb and nothing else."""
        base = f'http://127.0.0.1:8776/v3/{rows.PROJECT}/messages/'

        def view(row: Sequence[Any]) -> dict[str, Any]:
            return {
                'id': row[0], 'event_id': row[1],
                'user_message': f'{row[2]}:{row[3]}',
                'message_level': row[4], 'created_at': str(row[5]),
                'guaranteed_until': str(row[6]), 'request_id': row[7],
                'resource_type': row[8], 'resource_uuid': row[9],
                'links': [{'rel': 'self', 'href': base + row[0]},
                          {'rel': 'bookmark', 'href': base + row[0]}]}

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            request = webob.Request(environ)
            message_id = request.path_info.rpartition('/')[2]
            body: dict[str, Any]
            if message_id == 'messages':
                found = self._rows(self._list_sql, (rows.PROJECT, _now()))
                body = {'messages': [view(row) for row in found[:rows.PAGE]],
                        'messages_links': []}
            else:
                found = self._rows(self._show_sql,
                                   (message_id, rows.PROJECT, _now()))
                body = {'message': view(found[0])}
            return webob.Response(
                body=json.dumps(body).encode(), charset='UTF-8',
                content_type='application/json')(environ, start_response)

        return answer

    def reader(self) -> Callable[[], Any]:
        """Return a function that reads a page with the driver."""
        return lambda: self._rows(self._list_sql, (rows.PROJECT, _now()))

    def creator(self) -> Callable[[], Any]:
        """Return a function that stores a message with the driver."""
        def create() -> None:
            now = _now()
            values = (
                ids.new_id(now), rows.EVENT, rows.ACTION, rows.DETAIL,
                'ERROR', now, now + datetime.timedelta(days=30),
                'req-f292cc0c-54a7-4b3b-8174-d2ff82d87008', 'VOLUME',
                'f292cc0c-54a7-4b3b-8174-d2ff82d87008', rows.WRITTEN_PROJECT)
            cursor = self._connection().cursor()
            cursor.execute(self._insert_sql, values)
            cursor.close()

        return create

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        cursor = self._connection().cursor()
        cursor.execute(statement, values)
        found = cursor.fetchall()
        cursor.close()
        return list(found)

    def _connection(self) -> Any:
        if not hasattr(self._local, 'connection'):
            self._local.connection = self._connect()
        return self._local.connection

    def _connect(self) -> Any:
        url = self._url
        if url.scheme == 'sqlite':
            return sqlite3.connect(url.path[1:], isolation_level=None,
                                   timeout=60)
        if url.scheme.startswith('mysql'):
            return pymysql.connect(
                host=url.hostname, port=url.port or 3306, user=url.username,
                password=url.password or '', database=url.path[1:],
                autocommit=True)
        connection = psycopg2.connect(
            url._replace(scheme='postgresql').geturl())
        connection.autocommit = True
        return connection


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
