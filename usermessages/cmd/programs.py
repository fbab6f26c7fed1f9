# SPDX-License-Identifier: Apache-2.0

"""Start a program, and end it as a shell expects.

``usermessages-manage`` calls ``manage()``, which runs ``main`` of
``usermessages.cmd.manage``.  What ends a program is told in one line, and
which exit status it has stands here, nowhere else: 1 for an error, 2 for a
wrong command line, 130 for Ctrl-C, and 141 where nobody reads what it prints.
"""

# Nothing else is imported until Ctrl-C is no traceback any more.
from collections.abc import Callable
import contextlib
import importlib
import os
import signal
import sys
from typing import Any, cast, TextIO

# That of what a signal ends, as shells tell it.
_INTERRUPTED = 128 + signal.SIGINT
_NOT_READ = 128 + signal.SIGPIPE


def api() -> int:
    """Run usermessages-api; return its exit status."""
    return run('usermessages-api', 'usermessages.cmd.api')


def catalog() -> int:
    """Run usermessages-catalog; return its exit status."""
    return run('usermessages-catalog', 'usermessages.cmd.catalog')


def manage() -> int:
    """Run usermessages-manage; return its exit status."""
    return run('usermessages-manage', 'usermessages.cmd.manage')


def status() -> int:
    """Run usermessages-status; return its exit status."""
    return run('usermessages-status', 'usermessages.cmd.status')


def run(prog: str, module: str) -> int:
    """Run a program with the arguments of this process.

    :param prog: its name, which starts the line that says what ended it
    :param module: where its ``main`` is, see :func:`call`
    :returns: its exit status
    """
    # A shell that starts something in the background has Ctrl-C ignored.
    heeds_interrupts = signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    try:
        if heeds_interrupts:
            # To import takes a second, in which there is nothing to clean up,
            # and in which libraries catch what is none of their business.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        main = importlib.import_module(module).main
        _print_whatever_comes()
        if heeds_interrupts:
            signal.signal(signal.SIGINT, _interrupt_once)
        return call(prog, main, sys.argv[1:])
    finally:
        if heeds_interrupts:
            # Python has things to do before it ends.
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def call(prog: str, main: Callable[[list[str]], int],
         argv: list[str]) -> int:
    """Call the function of a program, and tell in one line what ended it.

    :param main: takes the command line, returns the exit status, and raises
        errors of this package; their notes are part of the line
    :returns: the exit status
    """
    try:
        status = _status(prog, main, argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt as error:
        status = _failed(prog, error, 'interrupted', _INTERRUPTED)
    except BrokenPipeError:
        # As with "| head": who wanted to know has seen enough.
        status = _NOT_READ
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        status = _failed(prog, error, f'input or output failed: {reason}')
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    return status


def complain(prog: str, text: str) -> None:
    """Say in one line that something went wrong, if that can be read."""
    # Without a file, print() takes standard output.
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        print(f'{prog}: {printable(text)}', file=sys.stderr)


def printable(text: str) -> str:
    """Return a text in which nothing is a command for a terminal.

    A service may take anything for a project, and a file have any name.
    ``\\n`` stands for the end of a line.
    """
    return ''.join(
        letter if letter.isprintable() else ascii(letter)[1:-1]
        for letter in text)


def _status(prog: str, main: Callable[[list[str]], int],
            argv: list[str]) -> int:
    from usermessages._i18n import _
    from usermessages import exception
    try:
        return main(argv)
    except SystemExit as error:
        # Of argparse, which has said what there is to say.
        return cast(int, error.code)
    except exception.DatabaseUnavailable as error:
        return _failed(prog, error,
                       _('the database does not answer (%s)') % error.reason)
    except exception.UserMessagesError as error:
        return _failed(prog, error, str(error))


def _failed(prog: str, error: BaseException, text: str,
            status: int = 1) -> int:
    """Say in one line what ended a program; return the exit status."""
    complain(prog, '; '.join([text, *getattr(error, '__notes__', ())]))
    return status


def _interrupt_once(number: int, _frame: Any) -> None:
    # Who presses Ctrl-C again does not want to wait for anything.
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _print_whatever_comes() -> None:
    """Keep tracebacks about the output itself out of the output."""
    import logging
    # Of a line for a log that nobody reads, or that finds no space.
    logging.raiseExceptions = False
    # Of a project whose ID has letters that this terminal can not show.
    if sys.stdout is not None:
        cast(Any, sys.stdout).reconfigure(errors='backslashreplace')


def _let_go(stream: TextIO | None) -> None:
    """Drop what can not be written, or Python would try again at its end."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
