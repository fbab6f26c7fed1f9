# SPDX-License-Identifier: Apache-2.0

"""List and show messages over HTTP until standard input ends.

``python -m soak.reader PATH PORT DELETES`` writes each request to
``PATH.calls``.  If DELETES is 1, messages are deleted too.
"""

import http.client
import json
import sys
import threading
import time

from soak import calls
from soak import writer

_THREADS = 2
_PAUSE_SECONDS = 0.1
# Longer than any response should take.
_PATIENCE_SECONDS = 60


def main() -> None:
    """Read until the end of the input."""
    path, port, deletes = sys.argv[1:]
    written = calls.Calls(f'{path}.calls')
    told = threading.Event()

    def request(what: str, method: str, url: str) -> list[str]:
        """Return the IDs of the messages in a response."""
        started = time.monotonic()
        status, message_ids = 0, []
        connection = http.client.HTTPConnection(
            '127.0.0.1', int(port), timeout=_PATIENCE_SECONDS)
        try:
            connection.request(method, url)
            response = connection.getresponse()
            body = response.read()
            status = response.status
            if what == 'list' and status == 200:
                message_ids = [message['id'] for message
                               in json.loads(body)['messages']]
        except (OSError, http.client.HTTPException):
            # No response at all, which is always a failure of the server.
            status = 599
        finally:
            connection.close()
        written.add(what=what, status=status, id=url.rpartition('/')[2],
                    seconds=round(time.monotonic() - started, 4))
        return message_ids

    def work(number: int) -> None:
        while not told.wait(_PAUSE_SECONDS):
            project = writer.PROJECTS[number % len(writer.PROJECTS)]
            number += _THREADS
            url = f'/v3/{project}/messages'
            message_ids = request('list', 'GET', f'{url}?limit=20')
            for message_id in message_ids[:1]:
                request('show', 'GET', f'{url}/{message_id}')
            if int(deletes):
                for message_id in message_ids[:8]:
                    request('delete', 'DELETE', f'{url}/{message_id}')

    workers = [threading.Thread(target=work, args=(number,))
               for number in range(_THREADS)]
    for worker in workers:
        worker.start()
    print('reading', flush=True)
    sys.stdin.read()
    told.set()
    for worker in workers:
        worker.join()


if __name__ == '__main__':
    main()
