# SPDX-License-Identifier: Apache-2.0

"""The endpoint of a subject for uWSGI, which owns the command line.

``BENCH_SUBJECT`` has the name of the subject, its URL and its directory.
"""

import os

from bench.subjects import worker

application = worker.subject(
    *os.environ['BENCH_SUBJECT'].split()).application()
