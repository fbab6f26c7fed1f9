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
