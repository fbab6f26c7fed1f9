# SPDX-License-Identifier: Apache-2.0

"""Take databases down while messages are recorded, and count."""
