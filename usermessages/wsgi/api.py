# SPDX-License-Identifier: Apache-2.0

"""WSGI application for uWSGI, gunicorn and mod_wsgi.

For example ``gunicorn usermessages.wsgi.api:application``.  The configuration
is in files and the environment, since the server parses the command line.
"""

import sys

from usermessages import exception
from usermessages import terminal
from usermessages.wsgi import deploy

try:
    application = deploy.application(deploy.configure())
except exception.UserMessagesError as error:
    print(f'usermessages: {terminal.printable(str(error))}', file=sys.stderr)
    # For this status, uWSGI and gunicorn report that the application cannot be
    # loaded, and exit.  For another status, both start another worker.
    sys.exit(22 if 'uwsgi' in sys.modules else 4)
