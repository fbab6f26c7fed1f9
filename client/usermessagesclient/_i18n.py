# SPDX-License-Identifier: Apache-2.0

"""Mark the texts of the commands for translation."""

import oslo_i18n

_ = oslo_i18n.TranslatorFactory(domain='usermessagesclient').primary
