# SPDX-License-Identifier: Apache-2.0

"""WSGI application for uWSGI, gunicorn and mod_wsgi.

``gunicorn usermessages.wsgi.api:application``.  The command line belongs to
the server, so the configuration comes from files and the environment.
"""

import sys

from usermessages import exception
from usermessages import terminal
from usermessages.wsgi import deploy

try:
    application = deploy.application(deploy.configure())
except exception.UserMessagesError as error:
    print(f'usermessages: {terminal.printable(str(error))}', file=sys.stderr)
    # The status with which uWSGI and gunicorn report that the application
    # cannot be loaded, and exit.  With others, they start the next worker.
    sys.exit(22 if 'uwsgi' in sys.modules else 4)
