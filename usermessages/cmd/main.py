# SPDX-License-Identifier: Apache-2.0

"""Entry points of the commands.

``usermessages-manage`` calls ``manage()``, which runs ``main`` of
``usermessages.cmd.manage``.  An error is one line on standard error.  The exit
status is the result of the command, or 1 for an error, 2 for an invalid
command line, 130 for Ctrl-C, and 141 if the reader of the output has
exited.
"""

# run() imports other modules after Ctrl-C no longer causes a traceback.
from collections.abc import Callable
import contextlib
import importlib
import os
import signal
import sys
from typing import Any, cast, TextIO

from usermessages import terminal

# The exit status of shells for programs that a signal has ended.
_INTERRUPTED = 128 + signal.SIGINT
_BROKEN_PIPE = 128 + signal.SIGPIPE


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

    :param prog: the name of the program, for the line of an error
    :param module: the module with ``main``, see :func:`call`
    :returns: the exit status
    """
    # A shell ignores Ctrl-C for programs in the background.
    handle_interrupts = signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    try:
        if handle_interrupts:
            # The import takes a second and requires no cleanup, and libraries
            # could catch KeyboardInterrupt.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        main = importlib.import_module(module).main
        _configure_output()
        if handle_interrupts:
            signal.signal(signal.SIGINT, _interrupt_once)
        return call(prog, main, sys.argv[1:])
    finally:
        if handle_interrupts:
            # Ctrl-C ends the exit handlers of Python immediately.
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def call(prog: str, main: Callable[[list[str]], int],
         argv: list[str]) -> int:
    """Call the function of a program, and print an error as one line.

    :param main: a function of the command line that returns the exit status,
        and raises errors of this package; notes of errors are part of the line
    :returns: the exit status
    """
    try:
        status = _status(prog, main, argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt as error:
        status = _failed(prog, error, 'interrupted', _INTERRUPTED)
    except BrokenPipeError:
        # For example with "| head".
        status = _BROKEN_PIPE
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        status = _failed(prog, error, f'input or output failed: {reason}')
    for stream in (sys.stdout, sys.stderr):
        _close_stream(stream)
    return status


def print_error(prog: str, text: str) -> None:
    """Print one line to standard error, if possible."""
    # Without a file, print() would use standard output.
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        print(f'{prog}: {terminal.printable(text)}', file=sys.stderr)


def _status(prog: str, main: Callable[[list[str]], int],
            argv: list[str]) -> int:
    from usermessages._i18n import _
    from usermessages import exception
    try:
        return main(argv)
    except SystemExit as error:
        # argparse has printed the error.
        return cast(int, error.code)
    except exception.DatabaseUnavailable as error:
        return _failed(prog, error,
                       _('database unavailable (%s)') % error.reason)
    except exception.UserMessagesError as error:
        return _failed(prog, error, str(error))


def _failed(prog: str, error: BaseException, text: str,
            status: int = 1) -> int:
    """Print the error that ended a program; return the exit status."""
    print_error(prog, '; '.join([text, *getattr(error, '__notes__', ())]))
    return status


def _interrupt_once(number: int, _frame: Any) -> None:
    # A second Ctrl-C ends the program immediately.
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _configure_output() -> None:
    """Prevent tracebacks for errors of the output."""
    import logging
    # The reader of the log may have exited, or the file system may be full.
    logging.raiseExceptions = False
    # The terminal may not support all characters.
    if sys.stdout is not None:
        cast(Any, sys.stdout).reconfigure(errors='backslashreplace')


def _close_stream(stream: TextIO | None) -> None:
    """Discard unwritten output, which Python would write again at exit."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, stream.fileno())
        os.close(null_device)
