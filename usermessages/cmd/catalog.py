# SPDX-License-Identifier: Apache-2.0

"""Keep a catalog of messages safe.

"usermessages-catalog check coffee.messages:CATALOG" ends with 0 if nothing
that users were told before would say something else, and if no text tells
them what is not for them. "usermessages-catalog lock coffee.messages:CATALOG"
puts the new IDs on record, in coffee/messages.lock; commit that.
"""

import argparse
import importlib
import importlib.metadata
import pathlib
import re
import sys
import traceback

from oslo_config import cfg

from usermessages._i18n import _
from usermessages import config
from usermessages import exception
from usermessages.message import catalog as message_catalog
from usermessages.message import gate
from usermessages import opts

_OPTION = '[user_messages]catalog'
_RELEASE = re.compile(r'[0-9A-Za-z][0-9A-Za-z.+!-]{0,63}')
# Without an epoch, and without the fourth number that pbr gives to what comes
# before a release, as in 28.0.0.0rc1.
_VERSION = re.compile(r'(?:\d+!)?'
                      r'(\d+(?:\.\d+){2}(?=\.0(?:a|b|rc)\d)|\d+(?:\.\d+)*)')


class _Unusable(Exception):
    """The module of the catalog fails."""

    def __init__(self, finding: gate.Finding):
        super().__init__(str(finding))
        self.finding = finding


def check(conf: cfg.ConfigOpts) -> list[gate.Finding]:
    """Say what is wrong with the catalog, a line each: file, line, what to do.

    An ID keeps its meaning for ever: none is used again, renumbered or
    removed, and a new one is locked. A text, a hint or a translation is marked
    for translation, not too long, and has no placeholder, address, path, host,
    URL or name from inside of the service. An exception that is mapped by its
    name exists.
    """
    said = conf.command
    catalog = _load(conf)
    findings = gate.check(catalog, said.lock, said.allow)
    if not findings:
        print(_('%d IDs and their texts are as they should be.')
              % _size(catalog))
    return findings


def lock(conf: cfg.ConfigOpts) -> list[gate.Finding]:
    """Add the new IDs of the catalog to its lock.

    Writes nothing where an ID is not what it was: then it says what "check"
    says. Texts are not locked, and may be mended at any time.
    """
    said = conf.command
    catalog = _load(conf)
    path = pathlib.Path(said.lock or gate.default_path(catalog))
    findings, added = gate.lock(
        catalog, said.release or (lambda: _release(said.catalog, conf)), path)
    if not findings:
        print(_('%(path)s has %(size)d IDs; new: %(added)d.') % {
            'path': gate.shown(path), 'size': _size(catalog), 'added': added})
    return findings


COMMANDS = {'check': check, 'lock': lock}


def main(argv: list[str]) -> int:
    """Run a command; return the exit status."""
    # As "python3 -m" has it, and a program that was installed has not.
    sys.path.insert(0, '')
    findings = _run(config.load(
        _register, argv, 'usermessages-catalog', __doc__))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def _run(conf: cfg.ConfigOpts) -> list[gate.Finding]:
    try:
        return COMMANDS[conf.command.name](conf)
    except _Unusable as error:
        return [error.finding]
    except exception.LockError as error:
        return [gate.Finding(pathlib.Path(error.path), error.line,
                             error.reason)]


def _size(catalog: message_catalog.Catalog) -> int:
    return len(catalog.events) + len(catalog.actions) + len(catalog.details)


def _load(conf: cfg.ConfigOpts) -> message_catalog.Catalog:
    """Return the catalog, once the exceptions that it maps are there.

    :raises ConfigurationError: it can not be loaded
    :raises _Unusable: its author made a mistake in it
    """
    said = conf.command
    path = said.catalog or conf.user_messages.catalog
    try:
        # First, or a module that imports it would be blamed for it.
        catalog = message_catalog.load(
            path, _('the catalog') if said.catalog else _OPTION)
    except exception.ConfigurationError as error:
        cause = error.__cause__
        if cause is None or isinstance(cause, ImportError):
            raise
        # It is for the author of the module, who may know its text.
        raise _Unusable(gate.Finding(*_where(cause), _(
            '%(path)s can not be made (%(error)s); mend that first')
            % {'path': path, 'error': _one_line(cause).rstrip('.')}),
        ) from error
    for name in getattr(said, 'import'):
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:
            raise exception.ConfigurationError(
                _('%(name)s can not be imported: %(error)s')
                % {'name': name, 'error': _one_line(error)}) from error
    return catalog


def _where(error: BaseException) -> tuple[pathlib.Path, int]:
    """Return the file and line of a host at which something failed."""
    path, line = pathlib.Path('?'), 1
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_globals.get('__name__', '')
        if not name.startswith(('usermessages.message.catalog', 'importlib')):
            path, line = pathlib.Path(frame.f_code.co_filename), number
    return path, line


def _one_line(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f'sys.exit({error.code!r})'
    return ' '.join(str(error).split()) or type(error).__name__


def _release(path: str | None, conf: cfg.ConfigOpts) -> str:
    """Return the release that the service is working on.

    :raises ConfigurationError: it is not installed
    """
    package = (path or conf.user_messages.catalog).partition(':')[0]
    package = package.partition('.')[0]
    names = importlib.metadata.packages_distributions().get(package)
    if not names:
        raise exception.ConfigurationError(
            _('%s is not installed, so nobody knows its version: say which '
              'release is the first with the new IDs, with --release.')
            % package)
    # Of 1.4.0.dev7, that which it is on the way to.
    version = importlib.metadata.version(names[0])
    found = _VERSION.match(version)
    return found[1] if found else version


def _given(text: str) -> str:
    # Such as --lock "$LOCK" where nobody has set that.
    if not text:
        raise argparse.ArgumentTypeError(_('it is empty'))
    return text


def _release_of(text: str) -> str:
    if not _RELEASE.fullmatch(text):
        raise argparse.ArgumentTypeError(_('%r is no release') % text)
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
            'catalog', metavar='MODULE:NAME', nargs='?', type=_given,
            help=_('the catalog; by default that of the configuration. '
                   'Modules of the current directory are found'))
        parser.add_argument(
            '--lock', metavar='FILE', type=_given,
            help=_('the lock; by default messages.lock beside the '
                   'messages.py of the catalog'))
        parser.add_argument(
            '--import', metavar='MODULE', action='append', default=[],
            help=_('import that too, for the exceptions that the catalog '
                   'names; may be given several times'))
        if command is check:
            parser.add_argument(
                '--allow', metavar='WORD', action='append', default=[],
                help=_('a name that texts have on purpose, such as MySQL; '
                       'may be given several times'))
        else:
            parser.add_argument(
                '--release', metavar='VERSION', type=_release_of,
                help=_('the release that has the new IDs first; by default '
                       'the one that the installed package is on the way to'))
