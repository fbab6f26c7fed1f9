# SPDX-License-Identifier: Apache-2.0

"""Build the release notes: ``sphinx-build -W releasenotes/source ...``."""

project = 'usermessages Release Notes'
copyright = 'OpenStack Foundation'

extensions = ['openstackdocstheme', 'reno.sphinxext']

html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_bug_project = 'usermessages'
openstackdocs_repo_name = 'openstack/usermessages'
