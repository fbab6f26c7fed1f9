# SPDX-License-Identifier: Apache-2.0

"""Start a process, do one thing, and report the cost.

``python -m bench.subjects.once cinder URL DIRECTORY serve`` starts an API
worker, sends a list and a show request, and prints the seconds of CPU until
the worker was loaded and the peak of its memory; ``create`` records one
message.
"""

import json
import pathlib
import re
import sys
import time

from bench.subjects import requests
from bench.subjects import worker


def main() -> None:
    """Do it."""
    answers, sys.stdout = sys.stdout, sys.stderr
    *named, task = sys.argv[1:]
    subject = worker.subject(*named)
    if task == 'serve':
        application = subject.application()
        cpu = time.process_time()
        message = requests.page(application)[0]
        requests.answer(application, requests.environ(
            'GET', f'/messages/{message["id"]}'))
    else:
        create = subject.creator()
        create()
        cpu = time.process_time()
    print(json.dumps({'cpu': cpu, 'peak_mib': _peak_mib()}), file=answers)


def _peak_mib() -> float:
    # getrusage() would tell of the process that started this one, too.
    status = pathlib.Path('/proc/self/status').read_text()
    match = re.search(r'VmHWM:\s+(\d+) kB', status)
    assert match is not None
    return int(match[1]) / 1024


if __name__ == '__main__':
    main()
