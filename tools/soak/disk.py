# SPDX-License-Identifier: Apache-2.0

"""A small disk, which can be filled."""

from collections.abc import Iterator
import contextlib
import os
import pathlib
import subprocess

_SIZE = '640m'


class Disk:
    """A file system of its own, where we may mount one; else a directory."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        path.mkdir()
        self.is_small = os.geteuid() == 0 and not subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', f'size={_SIZE},mode=755', 'soak',
             path], capture_output=True).returncode

    def remove(self) -> None:
        """Give it back."""
        if self.is_small:
            subprocess.run(['umount', '--lazy', self.path], check=True)


@contextlib.contextmanager
def filled(path: pathlib.Path) -> Iterator[None]:
    """Have a file system full."""
    filling = path / 'filling'
    try:
        with filling.open('wb', buffering=0) as file, \
                contextlib.suppress(OSError):
            for size in (2 ** 20, 2 ** 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b'\0' * size)
        yield
    finally:
        filling.unlink()
