# SPDX-License-Identifier: Apache-2.0

"""Stand where keystonemiddleware stands, and find that all is well.

The same for each subject: a filter that sets the user, in the headers in which
``auth_token`` does.  ``paste_file`` is the file that a service ships, with
this filter in place of that one and otherwise as it is.
"""

from collections.abc import Callable, Iterable
import configparser
import pathlib
from typing import Any

from bench import rows

_HEADERS = {
    'HTTP_X_IDENTITY_STATUS': 'Confirmed',
    'HTTP_X_USER_ID': rows.USER,
    'HTTP_X_USER_NAME': 'alice',
    'HTTP_X_PROJECT_ID': rows.PROJECT,
    'HTTP_X_PROJECT_NAME': 'demo',
    'HTTP_X_ROLES': 'member,reader',
    'HTTP_X_USER_DOMAIN_ID': 'default',
    'HTTP_X_PROJECT_DOMAIN_ID': 'default',
    'HTTP_X_USER_DOMAIN_NAME': 'Default',
    'HTTP_X_PROJECT_DOMAIN_NAME': 'Default',
}

Application = Callable[..., Iterable[bytes]]


def filter_factory(_global_conf: dict[str, Any], **_local_conf: str,
                   ) -> Callable[[Application], Application]:
    """Make the filter, for a paste file."""
    def make(application: Application) -> Application:
        def answer(environ: dict[str, Any],
                   start_response: Callable[..., Any]) -> Iterable[bytes]:
            environ.update(_HEADERS)
            # The service rejects headers without a sign of the middleware.
            environ['keystone.token_auth'] = None
            return application(environ, start_response)
        return answer
    return make


def paste_file(shipped: pathlib.Path, copy: pathlib.Path) -> None:
    """Write a shipped paste file with this filter as its ``authtoken``."""
    file = configparser.RawConfigParser()
    # Paste tells names of applications by their case.
    file.optionxform = str  # type: ignore[assignment,method-assign]
    file.read_string(shipped.read_text())
    file['filter:authtoken'] = {
        'paste.filter_factory': f'{__name__}:filter_factory'}
    with copy.open('w') as stream:
        file.write(stream)
