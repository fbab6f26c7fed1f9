# SPDX-License-Identifier: Apache-2.0

"""Timeout, report and progress of commands on the database.

``with operator_command.noting(report.progress)`` adds the progress to an error
that ends the command, as in ``interrupted; Messages removed: 400; ...``.
"""

from collections.abc import Callable, Iterator, Sequence
import contextlib
import dataclasses
import json
from typing import Any

from oslo_config import cfg

from usermessages import config
from usermessages.db import api as db_api
from usermessages.db import table_mapping as db_table_mapping
from usermessages import exception
from usermessages import opts


@dataclasses.dataclass
class Report:
    """The result of a command; ``__str__`` returns the text."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return dataclasses.asdict(self)


def extend_timeout(conf: cfg.ConfigOpts, seconds: float) -> None:
    """Set ``create_timeout`` to a number of seconds, unless longer.

    No request waits for a command, so a command can retry until, for example,
    another node has replaced a failed node.
    """
    conf.set_override(
        'create_timeout', max(seconds, conf.user_messages.create_timeout),
        opts.GROUP)


def table_mapping(conf: cfg.ConfigOpts) -> db_table_mapping.TableMapping:
    """Return the mapping of the table that a command uses.

    :raises ConfigurationError: the mapping cannot be loaded
    """
    path = conf.user_messages.table_mapping
    if path is None:
        return db_table_mapping.DEFAULT_TABLE
    return config.load_object(path, '[user_messages]table_mapping',
                              db_table_mapping.TableMapping)


def connection(conf: cfg.ConfigOpts) -> db_api.Connection:
    """Return the database that a command uses.

    :raises ConfigurationError: the table mapping cannot be loaded
    """
    return db_api.Connection(conf, table_mapping=table_mapping(conf))


@contextlib.contextmanager
def noting(progress: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Add notes on the progress to an exception that ends a command.

    :param progress: a function that returns the notes
    """
    try:
        yield
    except (KeyboardInterrupt, exception.UserMessagesError) as error:
        for note in progress():
            error.add_note(note)
        raise


def print_report(conf: cfg.ConfigOpts, report: Report) -> None:
    """Print a report in the format that ``--format`` selects."""
    print(json.dumps(report.as_dict()) if conf.category.format == 'json'
          else report)
