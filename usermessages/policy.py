# SPDX-License-Identifier: Apache-2.0

"""Policy enforcement.

``operator_policy(conf).authorize(context, 'get')`` raises ``Forbidden``
unless the rule ``message:get`` allows the operation for the user and the
project of the context.
"""

import collections
from collections.abc import Callable, Mapping, MutableMapping, Sequence
import logging
import os
import threading
import time
from typing import Any

from oslo_config import cfg
from oslo_context import context
from oslo_policy import policy

from usermessages._i18n import _
from usermessages import config
from usermessages import exception
from usermessages import opts
from usermessages import policies
from usermessages.policies import messages as rules

LOG = logging.getLogger(__name__)

# Checking the files for each request would take as long as a query.
_CHECK_SECONDS = 1
# The attributes in rules, apart from the roles.
_CREDENTIALS = ('user_id', 'user_domain_id', 'project_id',
                'project_domain_id', 'domain_id', 'system_scope')

Authorizer = Callable[[Any, str, Mapping[str, str]], Any]


class Policy:
    """The rules of one service.

    :param authorizer: a function ``authorizer(context, rule, target)`` that
        returns whether the user of a context can act on a target with the
        ``project_id`` of the context, and does not raise Forbidden
    :param prefix: the prefix of the names of the rules
    """

    def __init__(self, authorizer: Authorizer, prefix: str = rules.PREFIX):
        self._authorizer = authorizer
        self._prefix = prefix

    def authorize(self, context: Any, rule: str) -> None:
        """Check a rule against the project of the context.

        :raises Forbidden: the rule rejects the user, or the context has no
            project
        """
        if not _project_id(context):
            raise exception.Forbidden(
                _('Messages belong to projects: a token of a project is '
                  'required.'))
        if not self.allows(context, rule):
            raise exception.Forbidden(
                _("Policy doesn't allow %s to be performed.")
                % self._name(rule))

    def allows(self, context: Any, rule: str) -> bool:
        """Tell whether a rule allows the user of the context an operation."""
        project_id = _project_id(context)
        if not project_id:
            return False
        return bool(self._authorizer(
            context, self._name(rule), {'project_id': project_id}))

    def _name(self, rule: str) -> str:
        return f'{self._prefix}:{rule}'


def _project_id(context: Any) -> str | None:
    return getattr(context, 'project_id', None)


def operator_policy(conf: cfg.ConfigOpts,
                    defaults: Sequence[policy.RuleDefault] | None = None,
                    prefix: str = rules.PREFIX) -> Policy:
    """Return the rules of the policy files, with defaults.

    :param defaults: the default rules, by default the rules of this package.
        A service with other rules passes all of its rules, and
        ``[oslo_policy]policy_file`` is one file for all rules
    :param prefix: the prefix of the names of the rules for messages
    :raises ConfigurationError: a policy file cannot be used
    """
    return Policy(_ReloadingEnforcer(
        conf, policies.list_rules() if defaults is None else defaults,
    ).authorize, prefix)


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the tools of oslo.policy."""
    return _enforcer(config.load(opts.register_api_opts),
                     policies.list_rules())


class _ReloadingEnforcer:
    """The current rules, replaced atomically when a file changes.

    During the reload of an enforcer of oslo.policy, rules are missing, and
    the rule ``default`` or no rule applies in other threads.  Therefore, this
    class replaces the enforcer with a new enforcer, which does not reload.
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 defaults: Sequence[policy.RuleDefault]):
        self._conf = conf
        self._defaults = defaults
        # By process ID: a lock held at a fork stays locked in the child.
        self._locks: dict[int, threading.Lock] = {}
        # The constructor registers the options for the policy files.
        policy.Enforcer(conf)
        self._loaded_stamps = self._last_stamps = _stamps(conf)
        self._enforcer = _load(conf, defaults)
        self._warn_of_missing_file()
        self._next_check = time.monotonic() + _CHECK_SECONDS

    def _warn_of_missing_file(self) -> None:
        """Log a warning if a configured policy file does not exist."""
        name = self._conf.oslo_policy.policy_file
        location = self._conf.get_location('policy_file', 'oslo_policy')
        if (location is not None and location.location.is_user_controlled
                and self._conf.find_file(name) is None):
            LOG.warning('[oslo_policy]policy_file is %s, but the file does '
                        'not exist; the defaults apply.', name)

    def authorize(self, context: Any, rule: str,
                  target: Mapping[str, str]) -> bool:
        """Tell whether a rule allows a user to act on a target."""
        if time.monotonic() >= self._next_check:
            lock = self._locks.setdefault(os.getpid(), threading.Lock())
            # While one thread reloads, other threads use the old rules.
            if lock.acquire(blocking=False):
                try:
                    self._reload_if_changed()
                    self._next_check = time.monotonic() + _CHECK_SECONDS
                finally:
                    lock.release()
        return bool(self._enforcer.authorize(
            rule, target, _credentials(context)))

    def _reload_if_changed(self) -> None:
        """Replace the rules if the files have changed."""
        stamps = _stamps(self._conf)
        # A file may be incomplete while it is written, so the files must be
        # unchanged between two checks.
        is_unchanged, self._last_stamps = stamps == self._last_stamps, stamps
        if stamps == self._loaded_stamps or not is_unchanged:
            return
        removed = self._loaded_stamps.keys() - stamps.keys()
        try:
            self._enforcer = _load(self._conf, self._defaults)
        except exception.ConfigurationError as error:
            # The text is from this package, and for operators.
            LOG.error('%s  The previous rules still apply.', error)
            return
        finally:
            # After the load: a child forked in the meantime must load.
            self._loaded_stamps = stamps
        for path in sorted(removed):
            LOG.warning('The policy file %s was removed; the other files '
                        'and the defaults apply.', path)
        LOG.info('Policy files were reloaded: %s',
                 ', '.join(stamps) or 'none; the defaults apply')


def _enforcer(conf: cfg.ConfigOpts,
              defaults: Sequence[policy.RuleDefault]) -> policy.Enforcer:
    enforcer = policy.Enforcer(conf)
    enforcer.register_defaults(defaults)
    return enforcer


def _load(conf: cfg.ConfigOpts,
          defaults: Sequence[policy.RuleDefault]) -> policy.Enforcer:
    """Return an enforcer that has read the files and does not reload them.

    :raises ConfigurationError: a file cannot be used
    """
    enforcer = _enforcer(conf, defaults)
    try:
        for path in _files(conf):
            _check_file(path)
        enforcer.load_rules()
        # Undefined rules may belong to another service with the same file;
        # oslo.policy logs a warning.
        enforcer.skip_undefined_check = True
        enforcer.check_rules(raise_on_violation=True)
    except policy.InvalidDefinitionError as error:
        raise exception.ConfigurationError(
            _('The policy files cannot be used: a rule refers to itself '
              '(%s).') % error) from error
    except exception.ConfigurationError:
        raise
    except Exception as error:
        # A file may have changed after its validation, and no error of
        # oslo.policy may end the service or a request.
        raise exception.ConfigurationError(
            _('The policy file %(path)s cannot be used: %(reason)s.')
            % {'path': getattr(error, 'filename', None) or '?',
               'reason': getattr(error, 'strerror', None)
               or type(error).__name__}) from error
    enforcer.set_rules(enforcer.rules, use_conf=False)
    return enforcer


def _files(conf: cfg.ConfigOpts) -> list[str]:
    """Return the files that oslo.policy reads, in its order.

    :raises OSError: a policy directory cannot be listed
    """
    paths = [conf.find_file(conf.oslo_policy.policy_file)]
    for name in conf.oslo_policy.policy_dirs:
        directory = conf.find_file(name)
        if directory:
            paths += [os.path.join(directory, name)
                      for name in sorted(os.listdir(directory))
                      if not name.startswith('.')]
    return [path for path in paths if path and not os.path.isdir(path)]


def _stamps(conf: cfg.ConfigOpts) -> dict[str, Any]:
    """Return the time, size and inode of the policy files by path."""
    stamps: dict[str, Any] = {}
    try:
        for path in _files(conf):
            status = os.stat(path)
            stamps[path] = status.st_mtime_ns, status.st_size, status.st_ino
    except OSError as error:
        stamps[error.filename] = None
    return stamps


def _check_file(path: str) -> None:
    """Validate a policy file; errors of oslo.policy do not name the file.

    :raises ConfigurationError: the file or a rule cannot be parsed
    """
    try:
        # With the encoding that oslo.policy uses.
        with open(path) as file:
            content = policy.parse_file_contents(file.read())
        reason = _violation(content)
    except UnicodeDecodeError as error:
        reason = _('it is not encoded in %s') % error.encoding.upper()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (ValueError, RecursionError) as error:
        # The text of the error contains a line of the file, possibly a secret.
        mark = getattr(error.__context__, 'problem_mark', None)
        reason = (_('line %d is not valid YAML') % (mark.line + 1) if mark
                  else _('it is not valid YAML'))
    if reason:
        raise exception.ConfigurationError(
            _('The policy file %(path)s cannot be used: %(reason)s.')
            % {'path': path, 'reason': reason})


def _violation(content: Any) -> str | None:
    """Return the violation in the rules of a policy file, or None."""
    if not isinstance(content, dict):
        return _('it does not consist of rules and their checks')
    for name, check in content.items():
        if not isinstance(check, (str, list)):
            # oslo.policy treats a missing check like an empty check, which
            # allows all users.
            return _('the rule %s has no check') % name
        # oslo.policy replaces an invalid check by "!", which is never true.
        parsed = str(policy.RuleDefault(
            str(name), check).check)  # type: ignore[arg-type]
        if '!' in parsed and '!' not in str(check):
            return _('the check of the rule %s cannot be parsed') % name
        try:
            # Attributes of the target are substituted at each check.
            parsed % collections.defaultdict(int)
        except (ValueError, TypeError):
            return _('the check of the rule %s has a "%%" without a '
                     'name') % name
    return None


def _credentials(token_context: Any) -> Any:
    """Return a context in a form that oslo.policy accepts."""
    if isinstance(token_context, (context.RequestContext, MutableMapping)):
        return token_context
    # The context of a service can be any object with these attributes.
    return {'roles': list(getattr(token_context, 'roles', None) or ()),
            **{name: getattr(token_context, name, None)
               for name in _CREDENTIALS}}
