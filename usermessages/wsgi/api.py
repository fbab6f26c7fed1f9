# SPDX-License-Identifier: Apache-2.0

"""The endpoint for uWSGI, gunicorn and mod_wsgi.

``gunicorn usermessages.wsgi.api:application``.  These servers own the command
line, so the configuration comes from files and the environment alone.
"""

import sys

from usermessages import exception
from usermessages.wsgi import deploy

try:
    application = deploy.application(deploy.configure())
except exception.UserMessagesError as error:
    print(f'usermessages: {error}', file=sys.stderr)
    # What uWSGI and gunicorn call "failed to load the application", and end
    # with.  At any other status they start the next worker, and so on.
    sys.exit(22 if 'uwsgi' in sys.modules else 4)
