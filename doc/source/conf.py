# SPDX-License-Identifier: Apache-2.0

"""Build the documents: ``sphinx-build -W doc/source doc/build/html``."""

project = 'usermessages'
copyright = 'OpenStack Foundation'

extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxconfiggen',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'oslo_policy.sphinxpolicygen',
    'sphinx.ext.autodoc',
    'usermessages.sphinxext',
]

html_theme = 'openstackdocs'
html_static_path = ['_static']
html_css_files = ['usermessages.css']
pygments_style = 'native'
openstackdocs_auto_name = False
# The man pages are kept in the tree, and must not change with each commit.
openstackdocs_auto_version = not tags.has('man')  # noqa: F821
openstackdocs_bug_project = 'usermessages'
openstackdocs_repo_name = 'openstack/usermessages'

autodoc_typehints = 'none'
autodoc_member_order = 'bysource'

config_generator_config_file = [
    ('../../etc/usermessages/config-generator.conf',
     '_static/usermessages'),
]
policy_generator_config_file = (
    '../../etc/usermessages/policy-generator.conf')
sample_policy_basename = '_static/usermessages'

man_pages = [
    ('cli/usermessages-api', 'usermessages-api',
     'serve user messages with an embedded server', 'OpenStack', 1),
    ('cli/usermessages-catalog', 'usermessages-catalog',
     'check and lock message catalogs', 'OpenStack', 1),
    ('cli/usermessages-manage', 'usermessages-manage',
     'manage the database of user messages', 'OpenStack', 1),
    ('cli/usermessages-status', 'usermessages-status',
     'check the readiness for an upgrade', 'OpenStack', 1),
]

# The default of a layout is a whole table otherwise.
autodoc_preserve_defaults = True
