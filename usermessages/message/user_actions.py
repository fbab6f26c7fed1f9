# SPDX-License-Identifier: Apache-2.0

"""What a user can do about what went wrong: ``user_actions.RETRY``.

Programs act on these, so there are no others.
"""

#: Make the same request again: it may work now.
RETRY = 'retry'
#: Make another request: what was asked for can not be had like this.
CHANGE_REQUEST = 'change_request'
#: Remove something of the project, or ask for a higher quota.
FREE_QUOTA = 'free_quota'
#: Make the same request again after a while: something has to end first.
WAIT = 'wait'
#: Ask an operator: no user can mend it.
CONTACT_OPERATOR = 'contact_operator'
#: Nothing: it is as it should be, or was told for information only.
NONE = 'none'

ALL = (RETRY, CHANGE_REQUEST, FREE_QUOTA, WAIT, CONTACT_OPERATOR, NONE)
