# SPDX-License-Identifier: Apache-2.0

"""Put projects, users and endpoints into a Keystone.

``fill(keystone_url, ...)`` makes the project ``demo`` with its users
``member`` and ``reader``, and the user that the service checks tokens with.
"""

import shlex
from typing import Any

from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from keystoneauth1 import session

from parts import DeploymentError

ADMINISTRATOR = 'admin'
REGION = 'RegionOne'
PROJECT = 'demo'
USERS = ('member', 'reader')
# This cloud has no Cinder: its clients find the messages here.
SERVICE_TYPES = ('user-messages', 'block-storage')


def login(keystone_url: str, username: str, password: str,
          project_name: str) -> session.Session:
    """Return a session of a user in a project."""
    return session.Session(v3.Password(
        auth_url=keystone_url, username=username, password=password,
        user_domain_id='default', project_name=project_name,
        project_domain_id='default'))


def fill(keystone_url: str, password: str, public_endpoint: str) -> str:
    """Make the users and services in Keystone; return the ID of ``demo``.

    :param password: of the administrator, and of each user
    :raises DeploymentError: Keystone rejects it
    """
    administrator = login(keystone_url, ADMINISTRATOR, password, 'admin')

    def create(kind: str, **values: Any) -> str:
        answer = administrator.post(
            f'{keystone_url}/{kind}s', json={kind: values})
        return str(answer.json()[kind]['id'])

    def create_user(name: str, role: str, project_id: str) -> None:
        user_id = create('user', name=name, password=password,
                         domain_id='default')
        administrator.put(f'{keystone_url}/projects/{project_id}/users/'
                          f'{user_id}/roles/{roles[role]}')

    try:
        roles = {role['name']: role['id'] for role in administrator.get(
            f'{keystone_url}/roles').json()['roles']}
        create_user('usermessages', 'service', create(
            'project', name='service', domain_id='default'))
        project_id = create('project', name=PROJECT, domain_id='default')
        for name in USERS:
            create_user(name, name, project_id)
        for service_type in SERVICE_TYPES:
            create('endpoint', interface='public', region_id=REGION,
                   url=f'{public_endpoint}/v3/$(project_id)s',
                   service_id=create('service', name=service_type,
                                     type=service_type))
        return project_id
    except exceptions.ClientException as error:
        raise DeploymentError(f'Keystone does not do it: {error}') from error


def openrc(keystone_url: str, username: str, password: str,
           programs: str) -> str:
    """Return the variables of a shell for the client of that user.

    :param programs: directory where the client is
    """
    return ''.join(f'export {name}={value}\n' for name, value in {
        'PATH': f'{shlex.quote(programs)}:"$PATH"',
        'no_proxy': '127.0.0.1',
        'OS_AUTH_URL': keystone_url,
        'OS_IDENTITY_API_VERSION': '3',
        'OS_REGION_NAME': REGION,
        'OS_USERNAME': username,
        'OS_PASSWORD': password,
        'OS_USER_DOMAIN_ID': 'default',
        'OS_PROJECT_NAME': PROJECT,
        'OS_PROJECT_DOMAIN_ID': 'default'}.items())
