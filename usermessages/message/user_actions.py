# SPDX-License-Identifier: Apache-2.0

"""Recommended actions for users after a failure, such as ``RETRY``.

Programs depend on these constants, so the set is closed.
"""

#: Repeat the request; it may succeed now.
RETRY = 'retry'
#: Change the request; it cannot be satisfied as it is.
CHANGE_REQUEST = 'change_request'
#: Delete resources of the project, or request a higher quota.
FREE_QUOTA = 'free_quota'
#: Repeat the request later, when another operation is complete.
WAIT = 'wait'
#: Contact an operator; users cannot solve the problem.
CONTACT_OPERATOR = 'contact_operator'
#: Do nothing; the message is for information.
NONE = 'none'

ALL = (RETRY, CHANGE_REQUEST, FREE_QUOTA, WAIT, CONTACT_OPERATOR, NONE)
