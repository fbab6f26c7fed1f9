# SPDX-License-Identifier: Apache-2.0

"""Record messages in processes that are killed at any moment.

``python -m soak.killed PATH TIMES`` forks so many, one after the other, each
with four threads that record without a pause, and kills each within a third of
a second of its first message.  The calls of the first are in ``PATH0.calls``.
"""

import itertools
import os
import pathlib
import random
import signal
import sys
import threading
import time

from soak import calls
from soak import writer
from usermessages.message import api as message_api
from usermessages.wsgi import deploy

_THREADS = 4
_PATIENCE_SECONDS = 60


def main() -> None:
    """Fork and kill."""
    path, times = sys.argv[1:]
    conf = deploy.configure(['--log-file', f'{path}.log'])
    api = message_api.API(conf)
    for number in range(int(times)):
        written = pathlib.Path(f'{path}{number}.calls')
        process = os.fork()
        if not process:
            _record(api, written)
        latest = time.monotonic() + _PATIENCE_SECONDS
        while not (written.exists() and written.stat().st_size):
            if time.monotonic() > latest:
                sys.exit(f'no message in {written}')
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.33))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _record(api: message_api.API, path: pathlib.Path) -> None:
    written = calls.Calls(str(path))

    def work(number: int) -> None:
        for count in itertools.count(number):
            writer.create(api, written, count)

    for number in range(_THREADS - 1):
        threading.Thread(target=work, args=(number,)).start()
    work(_THREADS)


if __name__ == '__main__':
    main()
