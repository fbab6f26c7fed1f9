# SPDX-License-Identifier: Apache-2.0

"""Record messages until standard input ends.

``python -m soak.writer PATH THREADS PER_SECOND`` writes each call to
``PATH.calls`` and its log to ``PATH.log``.  The rate is that of one thread.
"""

import sys
import threading
import time
import uuid

from soak import calls
from usermessages import context
from usermessages.message import api as message_api
from usermessages.message import defined_messages
from usermessages.message import resource_types
from usermessages.wsgi import deploy

PROJECTS = [f'{number:032x}' for number in range(1, 21)]


def create(api: message_api.API, written: calls.Calls, number: int) -> None:
    """Record a message about a resource of its own, and write that down."""
    resource = str(uuid.uuid4())
    message_id, raised = None, ''
    started = time.monotonic()
    try:
        message_id = api.create(
            context.RequestContext(), defined_messages.UNABLE_TO_ALLOCATE,
            PROJECTS[number % len(PROJECTS)],
            resource_type=resource_types.VOLUME, resource_uuid=resource)
    except Exception as error:
        raised = type(error).__name__
    written.add(resource=resource, id=message_id, raised=raised,
                seconds=round(time.monotonic() - started, 4),
                at=round(time.time(), 3))


def main() -> None:
    """Record until the end of the input."""
    path, threads, per_second = sys.argv[1:]
    conf = deploy.configure(['--log-file', f'{path}.log'])
    api = message_api.API(conf)
    written = calls.Calls(f'{path}.calls')
    told = threading.Event()

    def work(number: int) -> None:
        due = time.monotonic()
        while not told.is_set():
            create(api, written, number)
            number += 1
            due = max(time.monotonic(), due + 1 / float(per_second))
            told.wait(due - time.monotonic())

    workers = [threading.Thread(target=work, args=(number,))
               for number in range(int(threads))]
    for worker in workers:
        worker.start()
    print('recording', flush=True)
    sys.stdin.read()
    told.set()
    for worker in workers:
        worker.join()


if __name__ == '__main__':
    main()
