# SPDX-License-Identifier: Apache-2.0

"""Say on whose behalf something is done.

``RequestContext()`` has a new ``request_id``; the API makes one of each
request from the headers of keystonemiddleware.  The library reads a context
by attribute only, so that a host passes its own class.
"""

from oslo_context import context


class RequestContext(context.RequestContext):
    """The context of one request: who asks, and for which project.

    Source: oslo.context, with nothing added.
    """
