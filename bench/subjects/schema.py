# SPDX-License-Identifier: Apache-2.0

"""Make the tables of a subject: ``python -m bench.subjects.schema cinder URL
DIRECTORY``, in its environment.
"""

import importlib
import pathlib
import sys


def main() -> None:
    """Make them."""
    name, url, directory = sys.argv[1:]
    importlib.import_module(f'bench.subjects.{name}').sync(
        url, pathlib.Path(directory))


if __name__ == '__main__':
    main()
