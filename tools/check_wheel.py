#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Install the wheels in empty environments and use what is in them.

``tools/check_wheel.py DIRECTORY CLIENT_DIRECTORY`` takes the one wheel of each
directory, as "python -m build" leaves it there: usermessages, and the client.
The files that usermessages has to install are in ``FILES``.  Ends with exit
status 0, or with 1 and a line that says what is wrong.
"""

from collections.abc import Callable
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import venv

# A program for each extra that needs the packages of the extra.
EXTRAS = {
    'mysql': ('python', '-c', 'import pymysql'),
    'test': ('python', '-c', 'import usermessages.fixture'),
    'prometheus': ('python', '-c', 'import prometheus_client'),
    'lint': ('usermessages-catalog', 'check'),
}

CLIENT_COMMANDS = ('delete', 'explain', 'list', 'show', 'summary')
# The client adds that many packages to python-openstackclient, with itself.
MAX_CLIENT_PACKAGES = 3

COMMANDS = ('usermessages-api', 'usermessages-catalog', 'usermessages-manage',
            'usermessages-status')

# Below the environment; the packages themselves are in SITE.
SITE = 'lib/python{}.{}/site-packages/usermessages'.format(*sys.version_info)
FILES = (
    *(f'share/man/man1/{name}.1' for name in COMMANDS),
    'etc/usermessages/api-paste.ini',
    'etc/usermessages/policy.yaml.sample',
    'etc/usermessages/prometheus-rules.yaml',
    'etc/usermessages/usermessages-api.service',
    'etc/usermessages/usermessages-metrics.service',
    'etc/usermessages/usermessages-metrics.timer',
    'etc/usermessages/usermessages-purge.service',
    'etc/usermessages/usermessages-purge.timer',
    'etc/usermessages/usermessages-spool.service',
    'etc/usermessages/usermessages-spool.timer',
    'etc/usermessages/usermessages.conf.sample',
    'etc/usermessages/uwsgi.ini',
    f'{SITE}/db/alembic.ini',
    f'{SITE}/db/migrations/script.py.mako',
    f'{SITE}/db/migrations/versions/0001_user_messages.py',
    *(f'{SITE}/locale/{name}/LC_MESSAGES/usermessages.mo'
      for name in ('de', 'ja', 'zh_CN')),
    f'{SITE}/message/defined_messages.lock',
    f'{SITE}/py.typed',
    f'{SITE}/wsgi/api-paste.ini',
)


class WheelError(Exception):
    """The wheel is wrong; the text says why."""


def main() -> int:
    """Check the wheels; return the exit status."""
    try:
        for source, check in zip(sys.argv[1:], (check_service, check_client),
                                 strict=True):
            [wheel] = pathlib.Path(source).glob('*.whl')
            with tempfile.TemporaryDirectory(
                    prefix='usermessages-wheel-') as directory:
                print(f'{wheel.name}: '
                      f'{check(wheel.resolve(), pathlib.Path(directory))}')
    except (WheelError, OSError) as error:
        print(f'check_wheel: {error}', file=sys.stderr)
        return 1
    return 0


def empty_environment(directory: pathlib.Path) -> tuple[
        pathlib.Path, dict[str, str], Callable[..., str]]:
    """Return a new environment, its variables, and a function to run in it."""
    prefix = directory / 'venv'
    venv.create(prefix, with_pip=True)
    # Exclude the checkout and the configuration of this machine.
    environment = {
        name: value for name, value in os.environ.items()
        if not name.startswith(('OS_', 'PYTHON'))}
    environment.update(
        HOME=str(directory), OS_USERMESSAGES_CONFIG_DIR=str(directory),
        OS_USER_MESSAGES__CONNECTION=f'sqlite:///{directory}/messages.sqlite')

    def run(command: str, *args: str) -> str:
        done = subprocess.run(
            [prefix / 'bin' / command, *args], cwd=directory,
            env=environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        if done.returncode:
            raise WheelError(f'{command} {" ".join(args)} ended with exit '
                             f'status {done.returncode}:\n{done.stdout}')
        return done.stdout

    return prefix, environment, run


def check_service(wheel: pathlib.Path, directory: pathlib.Path) -> str:
    """Install usermessages into the directory and use it there."""
    prefix, environment, run = empty_environment(directory)
    (directory / 'usermessages.conf').touch()
    run('pip', 'install', '--quiet', str(wheel))
    missing = [name for name in FILES if not (prefix / name).is_file()]
    if missing:
        raise WheelError(f'these are missing: {", ".join(missing)}')
    for command in COMMANDS:
        run(command, '--help')
        # The package of the wheel, and not the one of a checkout.
        if wheel.name.split('-')[1] not in run(command, '--version'):
            raise WheelError(f'{command} --version is not that of the wheel')
    run('usermessages-manage', 'db', 'sync')
    run('usermessages-status', 'upgrade', 'check')
    serve(prefix, directory, environment)
    for extra, trial in EXTRAS.items():
        run('pip', 'install', '--quiet', f'{wheel}[{extra}]')
        run(*trial)
    return (f'{len(FILES)} files are there, {len(COMMANDS)} commands and '
            f'{len(EXTRAS)} extras run, and it serves.')


def check_client(wheel: pathlib.Path, directory: pathlib.Path) -> str:
    """Install the client beside python-openstackclient and use it."""
    _prefix, _environment, run = empty_environment(directory)

    def packages() -> set[str]:
        return set(re.findall(r'^\S+==\S+$', run(
            'pip', 'list', '--format', 'freeze'), re.MULTILINE))

    run('pip', 'install', '--quiet', 'python-openstackclient')
    before = packages()
    run('pip', 'install', '--quiet', str(wheel))
    added = packages() - before
    if len(added) > MAX_CLIENT_PACKAGES:
        raise WheelError(f'the client adds {len(added)} packages: '
                         f'{" ".join(sorted(added))}')
    for command in CLIENT_COMMANDS:
        run('openstack', 'user', 'message', command, '--help')
    return (f'{len(CLIENT_COMMANDS)} commands run, and the client adds '
            f'{len(added)} packages to python-openstackclient: '
            f'{" ".join(sorted(added))}')


def serve(prefix: pathlib.Path, directory: pathlib.Path,
          environment: dict[str, str]) -> None:
    """Start the server, send a request, and stop the server."""
    with subprocess.Popen(
            [prefix / 'bin' / 'usermessages-api', '--dev', '--bind-port', '0'],
            cwd=directory, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        assert server.stdout is not None
        printed = ''
        for line in server.stdout:
            printed += line
            found = re.match(r'Serving on (http://[\d.]+:\d+)', line)
            if found:
                break
        else:
            raise WheelError(f'the server did not start:\n{printed}')
        try:
            request = urllib.request.Request(  # noqa: S310
                f'{found[1]}/v3/c0ffee/messages',
                headers={'Accept-Language': 'de'})
            with urllib.request.urlopen(  # noqa: S310
                    request, timeout=60) as response:
                body = response.read()
                language = response.headers['Content-Language']
        finally:
            server.terminate()
            server.communicate()
    if body != b'{"messages": []}':
        raise WheelError(f'the server answered {body!r}')
    if language != 'de':
        raise WheelError(f'the server answered in {language!r}')
    if server.returncode:
        raise WheelError(f'the server ended with exit status '
                         f'{server.returncode}')


if __name__ == '__main__':
    sys.exit(main())
