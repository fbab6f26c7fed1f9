# SPDX-License-Identifier: Apache-2.0

"""Policy enforcement.

``operator_policy(conf).authorize(context, 'get')`` raises ``Forbidden``
unless the rule ``message:get`` lets the user of the context do that in the
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

# Checking the files at each request would take as long as a query.
_LOOK_SECONDS = 1
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
                _('Messages belong to projects: a token with a project is '
                  'needed.'))
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
    return Policy(_RulesInForce(
        conf, policies.list_rules() if defaults is None else defaults,
    ).authorize, prefix)


def get_enforcer() -> policy.Enforcer:
    """Return an enforcer for the tools of oslo.policy."""
    return _enforcer(config.load(opts.register_api_opts),
                     policies.list_rules())


class _RulesInForce:
    """The rules that decide now, replaced in one step when a file changes.

    An enforcer of oslo.policy reloads in place: it drops all rules, parses
    file by file and fills in the defaults at last.  A thread that asks in
    between is answered by the rule ``default`` or by none.  So an enforcer is
    loaded aside here, reads nothing from then on, and is replaced whole.
    """

    def __init__(self, conf: cfg.ConfigOpts,
                 defaults: Sequence[policy.RuleDefault]):
        self._conf = conf
        self._defaults = defaults
        # By process: a lock that is held at a fork stays locked in the child.
        self._locks: dict[int, threading.Lock] = {}
        # The constructor registers the options for the policy files.
        policy.Enforcer(conf)
        self._loaded = self._seen = _stamps(conf)
        self._enforcer = _load(conf, defaults)
        self._warn_of_missing_file()
        self._next_look = time.monotonic() + _LOOK_SECONDS

    def _warn_of_missing_file(self) -> None:
        """Log a warning if a configured policy file does not exist."""
        name = self._conf.oslo_policy.policy_file
        where = self._conf.get_location('policy_file', 'oslo_policy')
        if (where is not None and where.location.is_user_controlled
                and self._conf.find_file(name) is None):
            LOG.warning('[oslo_policy]policy_file is %s, and there is no such '
                        'file: without it the defaults are in force.', name)

    def authorize(self, context: Any, rule: str,
                  target: Mapping[str, str]) -> bool:
        """Tell whether a rule allows a user to act on a target."""
        if time.monotonic() >= self._next_look:
            lock = self._locks.setdefault(os.getpid(), threading.Lock())
            # While one thread reloads, other threads use the old rules.
            if lock.acquire(blocking=False):
                try:
                    self._look()
                    self._next_look = time.monotonic() + _LOOK_SECONDS
                finally:
                    lock.release()
        return bool(self._enforcer.authorize(
            rule, target, _credentials(context)))

    def _look(self) -> None:
        """Replace the rules if the files have changed."""
        found = _stamps(self._conf)
        # A file may be incomplete while it is written, so the files must be
        # unchanged between two checks.
        is_settled, self._seen = found == self._seen, found
        if found == self._loaded or not is_settled:
            return
        gone = self._loaded.keys() - found.keys()
        try:
            self._enforcer = _load(self._conf, self._defaults)
        except exception.ConfigurationError as error:
            # A text of ours, for operators.
            LOG.error('%s  The rules that were read before stay in force.',
                      error)
            return
        finally:
            # Not earlier: a child of a previous fork must load the rules.
            self._loaded = found
        for path in sorted(gone):
            LOG.warning('The policy file %s has disappeared; what it '
                        'overrode is as the other files and the defaults '
                        'have it.', path)
        LOG.info('The policy files have changed and are in force: %s',
                 ', '.join(found) or 'none, so that the defaults are')


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
    found = [conf.find_file(conf.oslo_policy.policy_file)]
    for name in conf.oslo_policy.policy_dirs:
        directory = conf.find_file(name)
        if directory:
            found += [os.path.join(directory, name)
                      for name in sorted(os.listdir(directory))
                      if not name.startswith('.')]
    return [path for path in found if path and not os.path.isdir(path)]


def _stamps(conf: cfg.ConfigOpts) -> dict[str, Any]:
    """Return the modification stamps of the policy files by path."""
    stamps: dict[str, Any] = {}
    try:
        for path in _files(conf):
            found = os.stat(path)
            stamps[path] = found.st_mtime_ns, found.st_size, found.st_ino
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
            found = policy.parse_file_contents(file.read())
        reason = _violation(found)
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


def _violation(found: Any) -> str | None:
    """Return the violation in the rules of a policy file, or None."""
    if not isinstance(found, dict):
        return _('it does not consist of rules and their checks')
    for name, check in found.items():
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
            return _('the check of the rule %s has a "%%" that stands for '
                     'nothing') % name
    return None


def _credentials(found: Any) -> Any:
    """Return a context as oslo.policy takes it."""
    if isinstance(found, (context.RequestContext, MutableMapping)):
        return found
    # The context of a service can be any object with these attributes.
    return {'roles': list(getattr(found, 'roles', None) or ()),
            **{name: getattr(found, name, None) for name in _CREDENTIALS}}
