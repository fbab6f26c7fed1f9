# SPDX-License-Identifier: Apache-2.0

"""Find the configuration of a process.

A process that has called ``cfg.CONF`` is configured by it.  For any other,
``usermessages.conf`` is looked for in the usual places of oslo.config
(``~/.usermessages``, ``~``, ``/etc/usermessages``, ``/etc``), or in
``OS_USERMESSAGES_CONFIG_DIR`` alone where that is set; and each option can be
set in the environment, as in ``OS_USER_MESSAGES__CONNECTION``.
"""

from collections.abc import Callable, Mapping, Sequence
import os
import re
from typing import Any

from oslo_config import cfg

from usermessages._i18n import _
from usermessages import exception
from usermessages import opts
from usermessages import version

CONFIG_DIR = 'OS_USERMESSAGES_CONFIG_DIR'


def of_process(group: str = opts.GROUP) -> cfg.ConfigOpts:
    """Return the configuration that a library finds in this process.

    :param group: where its options are
    :raises ConfigurationError: a file is missing, unreadable or wrong
    """
    # A ConfigOpts knows --config-file from the moment it was called.
    if 'config_file' in cfg.CONF:
        opts.register_opts(cfg.CONF, group)
        return cfg.CONF
    return load(lambda conf: opts.register_opts(conf, group))


def load(register: Callable[[cfg.ConfigOpts], None],
         args: Sequence[str] = (), prog: str | None = None,
         description: str | None = None) -> cfg.ConfigOpts:
    """Return a configuration of its own, read from files and environment.

    :param register: registers the options that the caller needs
    :param args: command line, without the name of the program
    :param prog: name of the program in ``--help``
    :param description: what the program does, in ``--help``
    :raises ConfigurationError: a file is missing, unreadable or wrong
    """
    conf = cfg.ConfigOpts()
    register(conf)
    try:
        conf(args, project='usermessages', prog=prog or 'usermessages',
             version=version.version_string(), description=description,
             default_config_files=_default_files(),
             default_config_dirs=_default_dirs())
        _read_all(conf)
    except cfg.ConfigFilesNotFoundError as error:
        raise exception.ConfigurationError(
            _('Configuration file %s is missing or can not be read.')
            % ', '.join(error.config_files)) from error
    except cfg.ConfigFileParseError as error:
        # Its text has the whole line, which may be the one with the password.
        raise exception.ConfigurationError(
            _('Configuration file %(file)s can not be parsed: line %(line)s.')
            % {'file': error.config_file,
               'line': getattr(error.__context__, 'lineno', '?')}) from error
    except (OSError, UnicodeDecodeError) as error:
        raise exception.ConfigurationError(
            _('Configuration file %(file)s can not be read: %(error)s.')
            % {'file': getattr(error, 'filename', None) or '?',
               'error': getattr(error, 'strerror', None)
               or type(error).__name__}) from error
    except cfg.Error as error:
        raise exception.ConfigurationError(
            ' '.join(str(error).split())) from error
    return conf


def _read_all(conf: cfg.ConfigOpts) -> None:
    """Look at each value, since a wrong one is found out only then.

    :raises ConfigurationError: one is wrong
    """
    for name in conf:
        value = _read(conf, 'DEFAULT', name)
        if isinstance(value, cfg.ConfigOpts.GroupAttr):
            for option in value:
                _read(value, name, option)


def _read(values: Mapping[str, Any], group: str, option: str) -> Any:
    """Return a value of a group.

    :raises ConfigurationError: it is not one of its type, or has a ``$`` that
        stands for no option; then the text of the error of oslo.config would
        have a part of the value, which may be that of a password
    """
    try:
        return values[option]
    except (cfg.NoSuchOptError, cfg.NoSuchGroupError,
            cfg.TemplateSubstitutionError) as error:
        raise exception.ConfigurationError(
            _('[%(group)s]%(option)s has a "$" that stands for no option; '
              'write "$$" for the character itself.')
            % {'group': group, 'option': option}) from error
    except cfg.ConfigSourceValueError as error:
        raise exception.ConfigurationError(
            _('[%(group)s]%(option)s in %(place)s is not valid: %(reason)s.')
            % {'group': group, 'option': option,
               'place': _place(error, group, option),
               'reason': _reason(error)}) from error


def _place(error: cfg.ConfigSourceValueError, group: str, option: str) -> str:
    """Return where a value is that oslo.config refuses."""
    # Its text names the file even where the environment has precedence.
    variable = f'OS_{group}__{option}'.upper()
    if variable in os.environ:
        return variable
    found = re.search(r"detail=(['\"])(.*?)\1\)", str(error))
    return found[2] if found else '?'


def _reason(error: cfg.ConfigSourceValueError) -> str:
    """Return why oslo.config refuses a value."""
    refused = error.__context__
    # What it says of a URL has objects of its parser in it.
    if refused is not None and any(
            isinstance(argument, Exception) for argument in refused.args):
        return _('it has no https:// or http:// and host')
    return ' '.join(str(refused).split()).rstrip('.')


def _default_files() -> list[str] | None:
    directory = os.environ.get(CONFIG_DIR)
    if not directory:
        return None
    path = os.path.join(directory, 'usermessages.conf')
    # A directory that was named on purpose and has nothing in it is a typo.
    if not os.path.exists(path) and not os.path.isdir(path + '.d'):
        raise exception.ConfigurationError(
            _('%(variable)s is %(directory)r, where there is no '
              'usermessages.conf.')
            % {'variable': CONFIG_DIR, 'directory': directory})
    return [path] if os.path.exists(path) else []


def _default_dirs() -> list[str] | None:
    directory = os.environ.get(CONFIG_DIR)
    if not directory:
        return None
    path = os.path.join(directory, 'usermessages.conf.d')
    return [path] if os.path.isdir(path) else []
