# SPDX-License-Identifier: Apache-2.0

"""Build the API reference: ``sphinx-build -W api-ref/source ...``."""

project = 'User Messages API Reference'
copyright = 'OpenStack Foundation'

extensions = ['openstackdocstheme', 'os_api_ref']

html_theme = 'openstackdocs'
html_theme_options = {'sidebar_mode': 'toc'}
openstackdocs_auto_name = False
openstackdocs_bug_project = 'usermessages'
openstackdocs_repo_name = 'openstack/usermessages'
