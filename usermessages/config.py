# SPDX-License-Identifier: Apache-2.0

"""Configuration of a process.

A process that has called ``cfg.CONF`` uses ``cfg.CONF``.  Any other process
reads ``usermessages.conf`` from the directories of oslo.config
(``~/.usermessages``, ``~``, ``/etc/usermessages``, ``/etc``), or only from
``OS_USERMESSAGES_CONFIG_DIR`` if this variable is set.  Environment variables
such as ``OS_USER_MESSAGES__CONNECTION`` can set each option.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import importlib
import os
import re
from typing import Any, TypeVar

from oslo_config import cfg

from usermessages._i18n import _
from usermessages import exception
from usermessages import fields
from usermessages import opts
from usermessages import version

_T = TypeVar('_T')

CONFIG_DIR = 'OS_USERMESSAGES_CONFIG_DIR'

# The errors for an invalid value.  The texts contain parts of the value.
_UNREADABLE = (cfg.NoSuchOptError, cfg.NoSuchGroupError,
               cfg.TemplateSubstitutionError, cfg.ConfigSourceValueError,
               RecursionError)
# Patterns of texts without the value, and the reasons for users.
_REASONS = {
    r'invalid literal for int': _('an integer is required'),
    r'could not convert string to float': _('a number is required'),
    r'Unexpected boolean value': _('true or false is required'),
    r'Should be (?:greater|less) than or equal to [0-9.e+-]+\b': None,
    r'Valid values are \[.*?\](?=, but found )': None,
    # The text contains the value of an option without secrets.
    rf'.* is not one of {", ".join(fields.LEVELS)}, with a number .*': None,
    r'Value should be NAME:VALUE pairs separated by ","': None,
    r'Duplicate key \w+': None,
}


def process_config(group: str = opts.GROUP) -> cfg.ConfigOpts:
    """Return the configuration of this process.

    :param group: the group with the options of the library
    :raises ConfigurationError: a file is missing, unreadable or invalid
    """
    # A called ConfigOpts has the option --config-file.
    if 'config_file' in cfg.CONF:
        opts.register_opts(cfg.CONF, group)
        return cfg.CONF
    return load(lambda conf: opts.register_opts(conf, group))


def load(register: Callable[[cfg.ConfigOpts], None],
         args: Sequence[str] = (), prog: str | None = None,
         description: str | None = None) -> cfg.ConfigOpts:
    """Return a new configuration, from files and the environment.

    :param register: a function that registers the options of the caller
    :param args: the command line without the name of the program
    :param prog: the name of the program in ``--help``
    :param description: the description of the program in ``--help``
    :raises ConfigurationError: a file is missing, unreadable or invalid
    """
    conf = cfg.ConfigOpts()
    # The templates for completion are not installed with oslo.config.
    conf.unregister_opt(cfg.StrOpt('shell_completion'))
    conf.supported_shell_completion = []
    register(conf)
    try:
        conf(args, project='usermessages', prog=prog or 'usermessages',
             version=version.version_string(), description=description,
             default_config_files=_default_files(),
             default_config_dirs=_default_dirs())
        check(conf)
    except cfg.ConfigFilesNotFoundError as error:
        raise exception.ConfigurationError(
            _('Configuration file %s is missing or cannot be read.')
            % ', '.join(error.config_files)) from error
    except cfg.ConfigFileParseError as error:
        # The text of the error contains the line, possibly with a password.
        raise exception.ConfigurationError(
            _('Configuration file %(file)s cannot be parsed: line %(line)s.')
            % {'file': error.config_file,
               'line': getattr(error.__context__, 'lineno', '?')}) from error
    except (OSError, UnicodeDecodeError) as error:
        raise exception.ConfigurationError(
            _('Configuration file %(file)s cannot be read: %(error)s.')
            % {'file': getattr(error, 'filename', None) or '?',
               'error': getattr(error, 'strerror', None)
               or type(error).__name__}) from error
    except _UNREADABLE:
        # Errors of the command line do not name the option.
        raise exception.ConfigurationError(
            _('An option of the command line, or of [DEFAULT], has a "$" '
              'without the name of an option; write "$$" for the character.'),
        ) from None
    except cfg.Error as error:
        raise exception.ConfigurationError(
            ' '.join(str(error).split())) from error
    return conf


def load_object(path: str, option: str, kind: type[_T]) -> _T:
    """Return the object of a service at ``module:NAME``.

    :param option: the option with the path, for the text of an error
    :param kind: the required class
    :raises ConfigurationError: no object of the class can be loaded
    """
    module_name, _colon, name = path.partition(':')
    try:
        module = importlib.import_module(module_name)
        found = getattr(module, name) if hasattr(module, name) else None
    except ImportError as error:
        raise exception.ConfigurationError(
            _('%(option)s is %(path)r, but the module %(name)s is not '
              'installed: install it in the environment of usermessages, or '
              'add its directory to PYTHONPATH.')
            % {'option': option, 'path': path, 'name': error.name}) from error
    except (Exception, SystemExit) as error:
        # The module of a service may raise any exception, with any text, and
        # call sys.exit(0).
        raise exception.ConfigurationError(
            _('%(option)s is %(path)r, which cannot be loaded (%(error)s); '
              'use the form module:NAME.')
            % {'option': option, 'path': path,
               'error': type(error).__name__}) from error
    if not isinstance(found, kind):
        raise exception.ConfigurationError(
            _('%(option)s is %(path)r, which is not a %(kind)s; use the form '
              'module:NAME.')
            % {'option': option, 'path': path, 'kind': kind.__name__})
    return found


def check(conf: cfg.ConfigOpts) -> None:
    """Read the value of each registered option.

    :raises ConfigurationError: a value cannot be read, see :func:`read`
    """
    for name in conf:
        value = read(conf, 'DEFAULT', name)
        if isinstance(value, cfg.ConfigOpts.GroupAttr):
            for option in value:
                read(value, name, option)


@contextlib.contextmanager
def naming_options(conf: cfg.ConfigOpts) -> Iterator[None]:
    """Convert errors of options that another library reads.

    :raises ConfigurationError: instead of an error of oslo.config, whose text
        contains a part of the value
    """
    try:
        yield
    except _UNREADABLE as error:
        check(conf)
        raise exception.ConfigurationError(
            _('An option cannot be read (%s).') % type(error).__name__,
        ) from None


def read(values: Mapping[str, Any], group: str, option: str) -> Any:
    """Return the value of an option.

    :param values: a configuration, or one of its groups
    :param group: the name of the group, for the error
    :raises ConfigurationError: the value does not have the type of the option,
        or contains a ``$`` without the name of an option.  The text does not
        contain the value, which can be a password
    """
    try:
        return values[option]
    except cfg.ConfigSourceValueError as error:
        raise exception.ConfigurationError(
            _('[%(group)s]%(option)s in %(place)s is not valid%(reason)s.')
            % {'group': group, 'option': option,
               'place': _place(error, group, option),
               'reason': _reason(error)}) from None
    except _UNREADABLE:
        raise exception.ConfigurationError(
            _('[%(group)s]%(option)s has a "$" without the name of an '
              'option; write "$$" for the character.')
            % {'group': group, 'option': option}) from None


def _place(error: cfg.ConfigSourceValueError, group: str, option: str) -> str:
    """Return the file or the variable with an invalid value."""
    # The error names the file even if the environment has precedence.
    variable = f'OS_{group}__{option}'.upper()
    if variable in os.environ:
        return variable
    match = re.search(r"detail=(['\"])(.*?)\1\)", str(error))
    return match[2] if match else '?'


def _reason(error: cfg.ConfigSourceValueError) -> str:
    """Return the reason for an invalid value, after a colon, or nothing."""
    cause = error.__context__
    # The text for a URL contains objects of the parser.
    if cause is not None and any(
            isinstance(argument, Exception) for argument in cause.args):
        return _(': http:// or https:// and a host are required')
    for pattern, reason in _REASONS.items():
        if match := re.match(pattern, str(cause)):
            return f': {reason or match[0]}'
    return ''


def _default_files() -> list[str] | None:
    directory = os.environ.get(CONFIG_DIR)
    if not directory:
        return None
    path = os.path.join(directory, 'usermessages.conf')
    # A configured directory without files is a typo.
    if not os.path.exists(path) and not os.path.isdir(path + '.d'):
        raise exception.ConfigurationError(
            _('%(variable)s is %(directory)r, but the directory has no '
              'usermessages.conf.')
            % {'variable': CONFIG_DIR, 'directory': directory})
    return [path] if os.path.exists(path) else []


def _default_dirs() -> list[str] | None:
    directory = os.environ.get(CONFIG_DIR)
    if not directory:
        return None
    path = os.path.join(directory, 'usermessages.conf.d')
    return [path] if os.path.isdir(path) else []
