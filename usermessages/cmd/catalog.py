# SPDX-License-Identifier: Apache-2.0

"""Lint a message catalog.

"usermessages-catalog check coffee.messages:CATALOG" exits with status 0 if
each ID keeps its meaning and each text is fit for users. "usermessages-catalog
lock coffee.messages:CATALOG" adds new IDs to the lock file
coffee/messages.lock; commit the lock file. "usermessages-catalog print
coffee.messages:CATALOG" prints the texts.
"""

import argparse
import importlib
import importlib.metadata
import pathlib
import re
import sys
import traceback
from typing import NamedTuple

from oslo_config import cfg

from usermessages._i18n import _
from usermessages import config
from usermessages import exception
from usermessages.message import catalog as message_catalog
from usermessages.message import definitions
from usermessages.message import lint
from usermessages.message.violation import relative
from usermessages.message.violation import Violation
from usermessages import opts
from usermessages import terminal

_OPTION = '[user_messages]catalog'
# The modules in the call stack while a catalog is created.
_LIBRARY = tuple(f'usermessages.message.{name}' for name in (
    'adapters', 'catalog', 'definitions', 'parameters', 'validation'))
_RELEASE = re.compile(r'[0-9A-Za-z][0-9A-Za-z.+!-]{0,63}')
# Without an epoch, and without the fourth number that pbr adds before a
# release, as in 28.0.0.0rc1.
_VERSION = re.compile(r'(?:\d+!)?'
                      r'(\d+(?:\.\d+){2}(?=\.0(?:a|b|rc)\d)|\d+(?:\.\d+)*)')


class _Unusable(Exception):
    """The module of the catalog raises an exception."""

    def __init__(self, violation: Violation):
        super().__init__(str(violation))
        self.violation = violation


class Outcome(NamedTuple):
    """The violations that a command found, or a line on the success."""

    violations: list[Violation]
    summary: str = ''


def check(conf: cfg.ConfigOpts) -> Outcome:
    """Check a catalog: print each violation with its file and line.

    Each ID keeps its meaning: no ID is reused, renumbered or removed, and each
    ID is in the lock file. Each text and hint is marked for
    translation, has at most 255 characters and, like its translations, no
    placeholder. Each exception that is mapped by name exists. A text that
    seems to have a URL, an address, a path or an internal name is a warning.
    """
    args = conf.command
    catalog = _load(conf)
    violations = lint.check(catalog, args.lock)
    return Outcome(violations, _(
        'IDs checked: %(ids)d; violations: 0; warnings: %(warnings)d')
        % {'ids': _size(catalog), 'warnings': len(violations)})


def lock(conf: cfg.ConfigOpts) -> Outcome:
    """Add the new IDs of a catalog to its lock file.

    If an existing ID has changed, print the violations and write nothing. The
    lock file contains no texts, which may change at any time.
    """
    args = conf.command
    catalog = _load(conf)
    path = pathlib.Path(args.lock or lint.default_path(catalog))
    violations, added = lint.update_lock_file(
        catalog, args.release or (lambda: _release(args.catalog, conf)), path)
    return Outcome(violations, _(
        '%(path)s has %(size)d IDs; new: %(added)d.')
        % {'path': terminal.printable(str(relative(path))),
           'size': _size(catalog), 'added': added})


def print_catalog(conf: cfg.ConfigOpts) -> Outcome:
    """Print a catalog: each ID with its texts, remedy and parameters.

    The names in braces are parameters. A message without the values has the
    general text.
    """
    lines = []
    for kind, table in _load(conf).tables.items():
        for key, value in sorted(table.items()):
            texts = definitions.named_texts_of(value)
            lines.append(f'{kind} {key}: {texts.pop("text")}')
            remedy = getattr(value, 'remedy', None)
            if remedy is not None:
                lines.append(f'    user action: {remedy.user_action}')
            lines += [f'    {name}: {texts[name]}'
                      for name in ('hint', 'general text') if name in texts]
            lines += [f'    parameter {name}: {parameter.description}'
                      for name, parameter in definitions.parameters_of(
                          value).items()]
    return Outcome([], '\n'.join(map(terminal.printable, lines)))


COMMANDS = {'check': check, 'lock': lock, 'print': print_catalog}


def main(argv: list[str]) -> int:
    """Run a command; return the exit status."""
    # Like "python3 -m", find modules in the current directory.
    sys.path.insert(0, '')
    conf = config.load(_register, argv, 'usermessages-catalog', __doc__)
    outcome = _run(conf)
    for violation in outcome.violations:
        # A violation contains texts of the catalog and names of files.
        print(terminal.printable(str(violation)))
    is_strict = getattr(conf.command, 'strict', False)
    if any(is_strict or not violation.is_warning
           for violation in outcome.violations):
        return 1
    print(outcome.summary)
    return 0


def _run(conf: cfg.ConfigOpts) -> Outcome:
    try:
        return COMMANDS[conf.command.name](conf)
    except _Unusable as error:
        return Outcome([error.violation])
    except exception.LockError as error:
        return Outcome([Violation(
            pathlib.Path(error.path), error.line, error.reason)])


def _size(catalog: message_catalog.Catalog) -> int:
    return len(catalog.events) + len(catalog.actions) + len(catalog.details)


def _load(conf: cfg.ConfigOpts) -> message_catalog.Catalog:
    """Return the catalog, with the modules of its exceptions imported.

    :raises ConfigurationError: the catalog cannot be loaded
    :raises _Unusable: the module of the catalog raises an exception
    """
    args = conf.command
    path = args.catalog or conf.user_messages.catalog
    try:
        # Before the other modules, which may import an invalid catalog.
        catalog = message_catalog.load(
            path, _('the catalog') if args.catalog else _OPTION)
    except exception.ConfigurationError as error:
        cause = error.__cause__
        if cause is None or isinstance(cause, ImportError):
            raise
        # The author of the module can read the text of the exception.
        raise _Unusable(Violation(*_place_of_error(cause), _(
            '%(path)s cannot be created (%(error)s); correct it first')
            % {'path': path, 'error': _one_line(cause).rstrip('.')}),
        ) from error
    for name in getattr(args, 'import'):
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:
            raise exception.ConfigurationError(
                _('%(name)s cannot be imported: %(error)s')
                % {'name': name, 'error': _one_line(error)}) from error
    return catalog


def _place_of_error(error: BaseException) -> tuple[pathlib.Path, int]:
    """Return the file and line of a service that raised an exception."""
    path, line = pathlib.Path('?'), 1
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_globals.get('__name__', '')
        if name not in _LIBRARY and not name.startswith('importlib'):
            path, line = pathlib.Path(frame.f_code.co_filename), number
    return path, line


def _one_line(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f'sys.exit({error.code!r})'
    return ' '.join(str(error).split()) or type(error).__name__


def _release(path: str | None, conf: cfg.ConfigOpts) -> str:
    """Return the next release of the service.

    :raises ConfigurationError: the service is not installed
    """
    package = (path or conf.user_messages.catalog).partition(':')[0]
    package = package.partition('.')[0]
    names = importlib.metadata.packages_distributions().get(package)
    if not names:
        raise exception.ConfigurationError(
            _('%s is not installed, so its version is unknown: name the first '
              'release with the new IDs with --release.')
            % package)
    # The next release of 1.4.0.dev7 is 1.4.0.
    version = importlib.metadata.version(names[0])
    match = _VERSION.match(version)
    return match[1] if match else version


def _not_empty(text: str) -> str:
    # For example --lock "$LOCK" with an unset variable.
    if not text:
        raise argparse.ArgumentTypeError(_('the value is empty'))
    return text


def _release_argument(text: str) -> str:
    if not _RELEASE.fullmatch(text):
        raise argparse.ArgumentTypeError(_('%r is not a release') % text)
    return text


def _register(conf: cfg.ConfigOpts) -> None:
    opts.register_opts(conf)
    conf.register_cli_opt(cfg.SubCommandOpt(
        'command', title='commands', handler=_add_commands))


def _add_commands(commands: argparse._SubParsersAction) -> None:
    for name, command in COMMANDS.items():
        summary, _blank, rest = (command.__doc__ or '').partition('\n')
        parser = commands.add_parser(
            name, help=summary,
            description=f'{summary} {" ".join(rest.split())}')
        parser.add_argument(
            'catalog', metavar='MODULE:NAME', nargs='?', type=_not_empty,
            help=_('catalog to use (default: the option '
                   '[user_messages]catalog); the current directory is '
                   'searched for modules'))
        parser.add_argument(
            '--import', metavar='MODULE', action='append', default=[],
            help=_('module with exceptions that the catalog maps by name; '
                   'can be repeated'))
        if command is print_catalog:
            continue
        parser.add_argument(
            '--lock', metavar='FILE', type=_not_empty,
            help=_('lock file (default: messages.lock beside the messages.py '
                   'of the catalog)'))
        if command is check:
            parser.add_argument(
                '--strict', action='store_true',
                help=_('exit with status 1 for warnings, too'))
        else:
            parser.add_argument(
                '--release', metavar='VERSION', type=_release_argument,
                help=_('first release with the new IDs (default: the next '
                       'release of the installed package)'))
