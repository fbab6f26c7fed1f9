#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Record a message, read it over HTTP and go on serving.

Starts "usermessages-api --dev" with a SQLite database in a temporary directory
on a free port of this machine, runs examples/record_a_message.py as it stands,
fetches the message as its user would and shows all of it.  Then it serves
until Ctrl-C, so that the commands it prints can be tried, and removes
everything.
"""

import argparse
from collections.abc import Iterator
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any
import urllib.parse

PROGRAM = (pathlib.Path(__file__).resolve().parent.parent
           / 'examples' / 'record_a_message.py')
PROJECT = '6c430ede-9476-4128-8838-8d3929ced223'

# The arguments of the program, and the values that its user has to read.
EXPECTED = {
    'event_id': '000002',
    'user_message': 'No storage could be allocated for this volume request.',
    'message_level': 'ERROR',
    'resource_type': 'VOLUME',
    'resource_uuid': 'f292cc0c-54a7-4b3b-8174-d2ff82d87008',
}
READABLE = datetime.timedelta(days=30)
UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

PATIENCE_SECONDS = 60


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


def main() -> int:
    """Run the demo; return the exit status."""
    arguments = parse(sys.argv[1:])
    if sys.stdout is None:
        # The log was closed before the start.
        sys.stdout = open(os.devnull, 'w')
    # The server is to be ended in each of these cases.  Python raises for the
    # first by itself, unless a script started this with "&": then it is
    # ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        status = demonstrate(arguments.port, arguments.once)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print('\nStopped.')
        return 1 if arguments.once else 0
    except BrokenPipeError:
        # The reader has exited.  Python would complain once more when
        # it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except DemoError as error:
        print(f'demo: {error}', file=sys.stderr)
        return 1


def parse(args: list[str]) -> argparse.Namespace:
    """Return the parsed arguments."""
    parser = argparse.ArgumentParser(
        prog='tox -e demo --', description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--once', action='store_true',
        help='end after printing, with exit status 0 if what came back is '
        'what went in, and with 1 and a line that says what differs if not')
    parser.add_argument(
        '--port', type=port, default=0,
        help='TCP port to serve on; by default any that is free')
    return parser.parse_args(args)


def port(text: str) -> int:
    """Return the port that a text names."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no port, which is a number from 0 to 65535')
    return int(text)


def demonstrate(port: int, once: bool) -> int:
    """Show it all; return the exit status."""
    parent = os.getppid()
    with tempfile.TemporaryDirectory(prefix='usermessages-demo-') as directory:
        environment = environment_in(pathlib.Path(directory))
        with server(environment, pathlib.Path(directory), port) as (
                process, url):
            record(environment)
            path = f'/v3/{PROJECT}/messages'
            print(f'This program recorded a message ({PROGRAM}):\n\n'
                  f'{indented(PROGRAM.read_text())}\n'
                  f'Its user asks for it:\n\n    curl {url}{path}\n')
            body = fetch(url, path)
            print(f'and reads:\n\n{indented(json.dumps(body, indent=4))}')
            differences = compare(body)
            for difference in differences:
                print(f'Difference: {difference}')
            if not differences:
                print('The retrieved message matches the recorded one.')
            if once:
                return 1 if differences else 0
            print_hints(environment, url, path, body)
            sys.stdout.flush()
            while os.getppid() == parent:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = process.wait(timeout=1)
                    raise DemoError(
                        f'the server ended, with exit status {status}.\n'
                        f'{log_in(pathlib.Path(directory))}')
            # The parent process was killed, and the server would keep running.
            return 1


def environment_in(directory: pathlib.Path) -> dict[str, str]:
    """Return the environment of the program and of the server."""
    # An empty configuration, so that nothing of this machine's is found.
    (directory / 'usermessages.conf').touch()
    environment = {name: value for name, value in os.environ.items()
                   if not re.fullmatch('OS_[A-Z_]+__[A-Z_]+', name)}
    environment['OS_USERMESSAGES_CONFIG_DIR'] = str(directory)
    environment['OS_USER_MESSAGES__CONNECTION'] = (
        f'sqlite:///{directory}/messages.sqlite')
    return environment


@contextlib.contextmanager
def server(environment: dict[str, str], directory: pathlib.Path, port: int,
           ) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve the database while the context lasts; give the process and URL."""
    command = pathlib.Path(sys.executable).with_name('usermessages-api')
    if not command.exists():
        raise DemoError(f'there is no {command}; "tox -e demo" installs it.')
    with open(directory / 'server.log', 'wb') as log:
        # In a separate session, so that only this process receives Ctrl-C.
        process = subprocess.Popen(
            [command, '--dev', '--bind-port', str(port)],
            env=environment, cwd=directory, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process, url_of(process, directory)
    finally:
        # A second signal must not leave the server running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def url_of(process: subprocess.Popen[bytes], directory: pathlib.Path) -> str:
    """Return the address of the server from its output."""
    latest = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < latest:
        is_running = process.poll() is None
        match = re.search(r'http://[\d.]+:\d+(?=\D)', log_in(directory))
        if match:
            return match[0]
        if not is_running:
            raise DemoError('the server did not start.\n'
                            f'{reason_in(log_in(directory))}')
        time.sleep(0.05)
    raise DemoError(f'the server did not start in {PATIENCE_SECONDS} '
                    f'seconds:\n{log_in(directory)}')


def log_in(directory: pathlib.Path) -> str:
    """Return the output of the server."""
    return (directory / 'server.log').read_text(errors='replace')


def reason_in(log: str) -> str:
    """Return the message of the server at its end, or else all output."""
    return '\n'.join([line for line in log.splitlines()
                      if line.startswith('usermessages-api: ')] or [log])


def record(environment: dict[str, str]) -> None:
    """Run the program, which records a message."""
    result = subprocess.run(
        [sys.executable, PROGRAM], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise DemoError(f'{PROGRAM} ended with exit status '
                        f'{result.returncode}:\n{result.stdout}')
    # It prints nothing where all is well; but it may be a mere warning.
    print(result.stdout, end='', file=sys.stderr)


def fetch(url: str, path: str) -> Any:
    """Return the JSON in the response to a GET request."""
    # Not urllib: it would use the HTTP proxy of the environment.
    connection = http.client.HTTPConnection(
        urllib.parse.urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request('GET', path)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            raise DemoError(f'{url}{path} answered {response.status}: {text}')
        return json.loads(text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DemoError(f'{url}{path} cannot be read: {error}') from error
    finally:
        connection.close()


def compare(body: Any) -> list[str]:
    """Return the differences between the response and the recorded values."""
    messages = body.get('messages')
    if not isinstance(messages, list) or len(messages) != 1:
        return [f'one message was recorded, and this is no list of one: '
                f'{messages!r}']
    [message] = messages
    found = []

    def expect(key: str, expected: str, is_met: bool) -> None:
        if not is_met:
            found.append(f'{key} is {message.get(key)!r} and not {expected}')

    for key, value in EXPECTED.items():
        expect(key, repr(value), message.get(key) == value)
    expect('id', 'a UUID',
           re.fullmatch(UUID, str(message.get('id'))) is not None)
    expect('request_id', 'req- and a UUID',
           re.fullmatch('req-' + UUID, str(message.get('request_id')))
           is not None)
    try:
        created_at, until = (
            datetime.datetime.fromisoformat(str(message.get(key)))
            for key in ('created_at', 'guaranteed_until'))
    except ValueError as error:
        return [*found, str(error)]
    now = datetime.datetime.now(datetime.UTC)
    expect('created_at', 'now, in UTC',
           created_at.utcoffset() == datetime.timedelta(0)
           and abs(now - created_at).total_seconds() < 2 * PATIENCE_SECONDS)
    expect('guaranteed_until', f'30 days after {created_at}',
           until.utcoffset() is not None and until - created_at == READABLE)
    return found


def print_hints(environment: dict[str, str], url: str, path: str,
                body: Any) -> None:
    """Print commands to try while the server runs."""
    messages = body.get('messages') or [{'id': 'ID'}]
    one = f'{url}{path}/{messages[0]["id"]}'
    connection = environment['OS_USER_MESSAGES__CONNECTION']
    print(f"""
Now try, in another terminal:

  list      curl {url}{path}
  show      curl {one}
  delete    curl -X DELETE {one}
  record    OS_USER_MESSAGES__CONNECTION={connection} \\
                {shlex.join([sys.executable, str(PROGRAM)])}

and with the client of OpenStack ("pip install python-openstackclient"):

  openstack --os-auth-type none --os-endpoint {url}/v3/{PROJECT} \\
      volume message list

Serving on {url} until Ctrl-C.""")


def indented(text: str) -> str:
    """Return a text four columns to the right."""
    return ''.join(f'    {line}' if line.strip() else line
                   for line in f'{text.rstrip()}\n'.splitlines(True))


if __name__ == '__main__':
    sys.exit(main())
