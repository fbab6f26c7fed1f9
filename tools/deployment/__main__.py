# SPDX-License-Identifier: Apache-2.0

"""Run all that a deployment consists of on this machine, and ask it.

    users -> nginx -> HAProxy -> 2 x uWSGI with the service -> MariaDB
                                       |
                             memcached, Keystone

The configuration files beside this program, and those of etc/usermessages, are
copied to a temporary directory, with free ports of 127.0.0.1 and passwords of
their own in place of those that they show.  Then it starts the servers from
the back to the front, registers the service in Keystone, makes the project
"demo" with the users "member" and "reader", records two messages from another
process, reads them as "reader" and prints how to ask for them.  It serves
until Ctrl-C, starts again what ends meanwhile, and removes everything at its
end.  Nothing else on the machine is touched, and no MariaDB that runs is used.

It needs no administrator, but the programs of the Debian packages nginx-light,
haproxy, memcached and mariadb-server, and wrk for --kill-workers.
"""

import argparse
from collections.abc import Iterator
import contextlib
import functools
import importlib.util
import os
import pathlib
import pwd
import re
import secrets
import shlex
import signal
import sys
import tempfile
import time
from typing import Any

import cloud
import load
import parts
from usermessages.tests import processes

HERE = pathlib.Path(__file__).resolve().parent
ETC = HERE.parents[1] / 'etc' / 'usermessages'
PREFIX = '/user-messages'

# The ports in the files, and the servers that listen there.
NGINX = 8080
HAPROXY = 9690
UWSGI = 9699
SECOND_UWSGI = 9698
MARIADB = 3307
KEYSTONE = 5000
MEMCACHED = 11211

PACKAGES = {
    'nginx': 'nginx-light', 'haproxy': 'haproxy', 'memcached': 'memcached',
    'mariadbd': 'mariadb-server', 'mariadb-install-db': 'mariadb-server'}
LOAD_PACKAGES = {'wrk': 'wrk'}
MODULES = {'keystone': 'keystone', 'memcache': 'python-memcached',
           'pymysql': 'PyMySQL'}
PROGRAMS = {'uwsgi': 'pyuwsgi', 'openstack': 'python-openstackclient'}


def main() -> int:
    """Run the deployment; return the exit status."""
    arguments = parse(sys.argv[1:])
    # Everything is to be ended in each of these cases.  Python raises for the
    # first by itself, unless a script started this with "&": then it is
    # ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    # All servers are on this machine, so no proxy is used.
    os.environ['no_proxy'] = '127.0.0.1'
    try:
        check_programs(bool(arguments.kill_workers))
        with tempfile.TemporaryDirectory(
                prefix='usermessages-deployment-') as directory:
            return deploy(pathlib.Path(directory), arguments)
    except KeyboardInterrupt:
        print('\nStopped.')
        return 1 if arguments.once or arguments.kill_workers else 0
    except BrokenPipeError:
        # The reader has exited.  Python would complain once more when
        # it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except parts.DeploymentError as error:
        print(f'deployment: {error}', file=sys.stderr)
        return 1


def parse(args: list[str]) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(
        prog='tox -e deployment --', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--once', action='store_true',
        help='end after printing, with exit status 0 if the messages were '
        'read')
    parser.add_argument(
        '--kill-workers', type=positive, metavar='SECONDS',
        help='ask as "reader" for that long with wrk, and meanwhile "kill -9" '
        'one worker of uWSGI after the other, and now and then a whole uWSGI '
        'server; print how many requests there were and how many of them '
        'failed, and end, with exit status 0 if none did')
    parser.add_argument(
        '--port', type=positive, default=None,
        help='TCP port for nginx to serve on; by default any that is free')
    return parser.parse_args(args)


def positive(text: str) -> int:
    """Return the number that a text is."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a number from 1 to 65535')
    return int(text)


def check_programs(with_load: bool) -> None:
    """Look for programs and packages that this tool needs.

    :raises DeploymentError: something is missing; says what to install
    """
    packages = {**PACKAGES, **(LOAD_PACKAGES if with_load else {})}
    missing = sorted({package for name, package in packages.items()
                      if parts.find(name) is None})
    if missing:
        raise parts.DeploymentError(
            'programs are missing: run "apt-get install '
            f'{" ".join(missing)}", as an administrator.')
    missing = sorted(
        [package for name, package in MODULES.items()
         if importlib.util.find_spec(name) is None]
        + [package for name, package in PROGRAMS.items()
           if parts.find(name) is None])
    if missing:
        raise parts.DeploymentError(
            f'packages of Python are missing: run "pip install '
            f'{" ".join(missing)}", or "tox -e deployment", which does.')


def deploy(directory: pathlib.Path, arguments: argparse.Namespace) -> int:
    """Run it in a directory; return the exit status."""
    parent = os.getppid()
    password = secrets.token_hex(16)
    ports = {port: processes.free_port() for port in (
        HAPROXY, UWSGI, SECOND_UWSGI, MARIADB, KEYSTONE, MEMCACHED)}
    ports[NGINX] = arguments.port or processes.free_port()
    write_files(directory, ports, password)
    keystone_url = f'http://127.0.0.1:{ports[KEYSTONE]}/v3'
    url = f'http://127.0.0.1:{ports[NGINX]}{PREFIX}'

    with running() as servers:
        def start(part: parts.Part) -> parts.Part:
            print(f'Starting {part.name} ...', flush=True)
            servers.append(part)
            part.start()
            return part

        prepare_mariadb(directory)
        start(mariadb(directory, ports[MARIADB]))
        in_directory = {'OS_USERMESSAGES_CONFIG_DIR': str(directory)}
        parts.run(['usermessages-manage', 'db', 'sync'], directory,
                  in_directory)
        prepare_keystone(directory, keystone_url, password)
        start(keystone(directory, ports[KEYSTONE]))
        project_id = cloud.fill(keystone_url, password, url)
        for user in cloud.USERS:
            (directory / f'{user}-openrc').write_text(cloud.openrc(
                keystone_url, user, password, os.path.dirname(sys.executable)))
        start(memcached(directory, ports[MEMCACHED]))
        workers = [
            start(uwsgi(directory, name, ports[port])) for name, port in (
                ('uwsgi-one', UWSGI), ('uwsgi-two', SECOND_UWSGI))]
        start(haproxy(directory, ports[HAPROXY]))
        start(nginx(directory, ports[NGINX]))

        recorder = [sys.executable, str(HERE / 'record.py'), project_id]
        recorded = parts.run(recorder, directory, in_directory).split()
        reader = cloud.login(keystone_url, 'reader', password, cloud.PROJECT)
        found = ask(reader, f'{url}/v3/{project_id}/messages')
        if sorted(message['id'] for message in found) != sorted(recorded):
            raise parts.DeploymentError(
                f'recorded were {recorded}, and this was read: {found}')
        print(f'\nAnother process recorded {len(found)} messages, and '
              '"reader" reads:\n')
        for message in found:
            print(f'    {message["id"]}  {message["user_message"]}')

        if arguments.kill_workers:
            return kill_workers(
                url, project_id, str(reader.get_token()), workers,
                arguments.kill_workers, directory)
        print_hints(directory, url, project_id, recorder, servers)
        if arguments.once:
            return 0
        print(f'\nServing on {url} until Ctrl-C.', flush=True)
        while os.getppid() == parent:
            revive(servers)
            time.sleep(0.5)
        # The parent process was killed, and the servers would keep running.
        return 1


def write_files(directory: pathlib.Path, ports: dict[int, int],
                password: str) -> None:
    """Copy the configuration, with this deployment's ports and passwords."""
    texts = {name: (HERE / name).read_text() for name in (
        'database.sql', 'haproxy.cfg', 'keystone.conf', 'nginx.conf',
        'usermessages.conf')}
    texts['api-paste.ini'] = (ETC / 'api-paste.ini').read_text()
    texts['uwsgi-one.ini'] = (ETC / 'uwsgi.ini').read_text()
    texts['uwsgi-two.ini'] = texts['uwsgi-one.ini'].replace(
        f'127.0.0.1:{UWSGI}', f'127.0.0.1:{SECOND_UWSGI}')
    for name, text in texts.items():
        text = re.sub(r'(?<=127\.0\.0\.1:)\d+',
                      lambda match: str(ports[int(match[0])]), text)
        text = text.replace('PASSWORD', password)
        text = text.replace('/etc/keystone', str(directory))
        (directory / name).write_text(text)


@contextlib.contextmanager
def running() -> Iterator[list[parts.Part]]:
    """Yield a list of servers, and stop its servers at the end."""
    servers: list[parts.Part] = []
    try:
        yield servers
    finally:
        # A second signal must not leave a server running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # From the front to the back, so that no server sends requests to a
        # stopped one.
        for part in reversed(servers):
            part.stop()


def revive(servers: list[parts.Part]) -> None:
    """Restart ended servers, as systemd would.

    :raises DeploymentError: a server does not restart
    """
    for part in servers:
        if part.has_ended():
            print(f'{part.name} has ended; starting it again ...', flush=True)
            part.start()
            print(f'{part.name} serves again, as process {part.pid}.',
                  flush=True)


def user_name() -> str:
    """Return the name of the user of this process."""
    return pwd.getpwuid(os.getuid()).pw_name


def prepare_mariadb(directory: pathlib.Path) -> None:
    """Make the files of a MariaDB that accepts only its own user."""
    parts.run(['mariadb-install-db', '--no-defaults', '--skip-test-db',
               f'--user={user_name()}', f'--datadir={directory}/mariadb'],
              directory)


def mariadb(directory: pathlib.Path, port: int) -> parts.Part:
    """Return the database server."""
    return parts.Part('mariadb', [
        'mariadbd', '--no-defaults', '--bind-address=127.0.0.1',
        f'--port={port}', f'--user={user_name()}',
        f'--datadir={directory}/mariadb', f'--socket={directory}/mariadb.sock',
        f'--pid-file={directory}/mariadb.pid',
        f'--init-file={directory}/database.sql'], directory,
        functools.partial(parts.greets, port))


def prepare_keystone(directory: pathlib.Path, url: str,
                     password: str) -> None:
    """Make the database and the keys of Keystone, and its administrator."""
    manage = ['keystone-manage', '--config-file',
              str(directory / 'keystone.conf')]
    parts.run([*manage, 'db_sync'], directory)
    parts.run([*manage, 'fernet_setup', '--keystone-user', str(os.getuid()),
               '--keystone-group', str(os.getgid())], directory)
    # Not in the arguments, which all users of the machine can read.
    parts.run([*manage, 'bootstrap'], directory, {
        'OS_BOOTSTRAP_USERNAME': cloud.ADMINISTRATOR,
        'OS_BOOTSTRAP_PASSWORD': password,
        'OS_BOOTSTRAP_PUBLIC_URL': url,
        # The URL at which the service validates the tokens of its users.
        'OS_BOOTSTRAP_INTERNAL_URL': url,
        'OS_BOOTSTRAP_REGION_ID': cloud.REGION})


def keystone(directory: pathlib.Path, port: int) -> parts.Part:
    """Return Keystone, under a uWSGI of its own."""
    return parts.Part('keystone', [
        'uwsgi', '--http-socket', f'127.0.0.1:{port}', '--module',
        'keystone.wsgi.api:application', '--master',
        '--threads', '4', '--lazy-apps', '--need-app', '--die-on-term',
        '--buffer-size', '65535', '--add-header', 'Connection: close'],
        directory, lambda: parts.status_of(port, '/v3') == 200,
        {'OS_KEYSTONE_CONFIG_DIR': str(directory),
         'OS_KEYSTONE_CONFIG_FILES': str(directory / 'keystone.conf')})


def memcached(directory: pathlib.Path, port: int) -> parts.Part:
    """Return the cache of tokens."""
    return parts.Part('memcached', [
        'memcached', '-l', '127.0.0.1', '-p', str(port), '-U', '0', '-u',
        user_name()], directory, lambda: processes.is_listening(port))


def uwsgi(directory: pathlib.Path, name: str, port: int) -> parts.Part:
    """Return one of the servers of the service, with its shipped file."""
    return parts.Part(
        name, ['uwsgi', '--ini', f'{name}.ini'], directory,
        lambda: parts.status_of(port, f'{PREFIX}/healthcheck') == 200,
        {'OS_USERMESSAGES_CONFIG_DIR': str(directory)})


def haproxy(directory: pathlib.Path, port: int) -> parts.Part:
    """Return HAProxy, in the foreground."""
    return parts.Part(
        'haproxy', ['haproxy', '-db', '-f', 'haproxy.cfg'], directory,
        lambda: parts.status_of(port, f'{PREFIX}/healthcheck') == 200)


def nginx(directory: pathlib.Path, port: int) -> parts.Part:
    """Return nginx, in the foreground."""
    (directory / 'nginx-temp').mkdir()
    settings = 'daemon off;'
    if os.getuid() == 0:
        # The workers of nginx would run as a user who cannot read the
        # directory.
        settings += f' user {user_name()};'
    return parts.Part(
        'nginx', ['nginx', '-p', f'{directory}/', '-c', 'nginx.conf', '-e',
                  'nginx-error.log', '-g', settings], directory,
        lambda: parts.status_of(port, f'{PREFIX}/healthcheck') == 200)


def ask(user: Any, url: str) -> list[dict[str, Any]]:
    """Return the messages of a list.

    :raises DeploymentError: it is refused
    """
    response = user.get(url, raise_exc=False)
    if response.status_code != 200:
        raise parts.DeploymentError(
            f'{url} answered {response.status_code}: {response.text}')
    messages: list[dict[str, Any]] = response.json()['messages']
    return messages


def kill_workers(url: str, project_id: str, token: str,
                 workers: list[parts.Part], seconds: int,
                 directory: pathlib.Path) -> int:
    """Send requests and kill servers meanwhile; print the result."""
    print(f'\nAsking for {seconds} seconds, and killing meanwhile ...',
          flush=True)
    asking = load.Load(f'{url}/v3/{project_id}/messages', token, seconds)
    try:
        result = load.kill_meanwhile(
            asking, workers, directory / 'haproxy.sock')
    finally:
        asking.stop()
    print(f'\nrequests         {result.requests}\n'
          f'failed           {result.failed}\n'
          f'slowest answer   {result.slowest}\n'
          f'workers killed   {result.workers_killed}\n'
          f'servers killed   {result.servers_killed}')
    return 1 if result.failed else 0


def print_hints(directory: pathlib.Path, url: str, project_id: str,
                recorder: list[str], servers: list[parts.Part]) -> None:
    """Print commands to try while the servers run."""
    running = '\n'.join(f'  {part.name:9} process {part.pid}'
                        for part in servers)
    print(f"""
These run, with their configuration and logs in {directory}:

{running}

Now try, in another terminal:

  . {directory}/member-openrc
  TOKEN=$(openstack token issue -f value -c id)
  URL={url}/v3/{project_id}

  list      curl -H "X-Auth-Token: $TOKEN" $URL/messages
  delete    curl -X DELETE -H "X-Auth-Token: $TOKEN" $URL/messages/ID
  health    curl {url}/healthcheck
  record    OS_USERMESSAGES_CONFIG_DIR={directory} \\
                {shlex.join(recorder)}

and with the client of OpenStack; as "reader" the last one is refused:

  openstack volume message list
  openstack volume message delete ID
  . {directory}/reader-openrc

or "kill -9" any of those processes, and ask again.""")


if __name__ == '__main__':
    sys.exit(main())
