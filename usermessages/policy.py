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

# To look at the files for each request would take as long as a query.
_LOOK_SECONDS = 1
# What rules speak of, besides the roles.
_CREDENTIALS = ('user_id', 'user_domain_id', 'project_id',
                'project_domain_id', 'domain_id', 'system_scope')

Authorizer = Callable[[Any, str, Mapping[str, str]], Any]


class Policy:
    """The rules of one service.

    :param authorizer: tells whether a rule lets the user of a context act on
        a target, ``authorizer(context, rule, target)``; the target has the
        ``project_id`` of the context.  A host passes what it has; where that
        raises unless told otherwise, it tells it
    :param prefix: what the names of the rules start with
    """

    def __init__(self, authorizer: Authorizer, prefix: str = rules.PREFIX):
        self._authorizer = authorizer
        self._prefix = prefix

    def authorize(self, context: Any, rule: str) -> None:
        """Check a rule against the project of the context.

        :raises Forbidden: the rule says no, or the context has no project
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
        """Tell whether a rule lets the user of the context do that."""
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
    """Return the rules in force: defaults, as the policy files change them.

    :param defaults: by default those of this package.  A service with rules
        of its own passes both, and has in
        ``[oslo_policy]policy_file`` one file for all of them
    :param prefix: what the names of the rules about messages start with
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
        # A fork does not take along who holds one.
        self._locks: dict[int, threading.Lock] = {}
        # Making one registers the options that say where the files are.
        policy.Enforcer(conf)
        self._loaded = self._seen = _stamps(conf)
        self._enforcer = _load(conf, defaults)
        self._warn_of_missing_file()
        self._next_look = time.monotonic() + _LOOK_SECONDS

    def _warn_of_missing_file(self) -> None:
        """Tell of a file that an operator has named and that is not there."""
        name = self._conf.oslo_policy.policy_file
        where = self._conf.get_location('policy_file', 'oslo_policy')
        if (where is not None and where.location.is_user_controlled
                and self._conf.find_file(name) is None):
            LOG.warning('[oslo_policy]policy_file is %s, and there is no such '
                        'file: without it the defaults are in force.', name)

    def authorize(self, context: Any, rule: str,
                  target: Mapping[str, str]) -> bool:
        """Tell whether a rule lets the user of a context act on a target."""
        if time.monotonic() >= self._next_look:
            lock = self._locks.setdefault(os.getpid(), threading.Lock())
            # While one thread looks, the others go on with what there is.
            if lock.acquire(blocking=False):
                try:
                    self._look()
                    self._next_look = time.monotonic() + _LOOK_SECONDS
                finally:
                    lock.release()
        return bool(self._enforcer.authorize(
            rule, target, _credentials(context)))

    def _look(self) -> None:
        """Replace the rules where the files have changed."""
        found = _stamps(self._conf)
        # A file that is being written is half there: it counts when it has
        # been the same for two looks.
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
            # Not before: a child that is forked in between has to load.
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
    """Return an enforcer that has read the files and does not do so again.

    :raises ConfigurationError: one of them cannot be used
    """
    enforcer = _enforcer(conf, defaults)
    try:
        for path in _files(conf):
            _check_file(path)
        enforcer.load_rules()
        # Rules that are not defined may be those of another service, in a
        # file for both; oslo.policy has warned of them.
        enforcer.skip_undefined_check = True
        enforcer.check_rules(raise_on_violation=True)
    except policy.InvalidDefinitionError as error:
        raise exception.ConfigurationError(
            _('The policy files cannot be used: a rule refers to itself '
              '(%s).') % error) from error
    except exception.ConfigurationError:
        raise
    except Exception as error:
        # No reason that oslo.policy has must end a service that runs, or
        # answer a request: a file may have changed since it was checked.
        raise exception.ConfigurationError(
            _('The policy file %(path)s cannot be used: %(reason)s.')
            % {'path': getattr(error, 'filename', None) or '?',
               'reason': getattr(error, 'strerror', None)
               or type(error).__name__}) from error
    enforcer.set_rules(enforcer.rules, use_conf=False)
    return enforcer


def _files(conf: cfg.ConfigOpts) -> list[str]:
    """Return the files that oslo.policy reads, in its order.

    :raises OSError: a directory of them cannot be listed
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
    """Return what changes when one of the files does, by their paths."""
    stamps: dict[str, Any] = {}
    try:
        for path in _files(conf):
            found = os.stat(path)
            stamps[path] = found.st_mtime_ns, found.st_size, found.st_ino
    except OSError as error:
        stamps[error.filename] = None
    return stamps


def _check_file(path: str) -> None:
    """Check a policy file, of which oslo.policy would not say which it was.

    :raises ConfigurationError: it cannot be read, or a rule in it cannot
    """
    try:
        # Decoded as oslo.policy does it.
        with open(path) as file:
            found = policy.parse_file_contents(file.read())
        reason = _violation(found)
    except UnicodeDecodeError as error:
        reason = _('it is not encoded in %s') % error.encoding.upper()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (ValueError, RecursionError) as error:
        # Its text has a line of the file, which may be the wrong file.
        mark = getattr(error.__context__, 'problem_mark', None)
        reason = (_('line %d is not valid YAML') % (mark.line + 1) if mark
                  else _('it is not valid YAML'))
    if reason:
        raise exception.ConfigurationError(
            _('The policy file %(path)s cannot be used: %(reason)s.')
            % {'path': path, 'reason': reason})


def _violation(found: Any) -> str | None:
    """Return what is wrong with the rules of a policy file."""
    if not isinstance(found, dict):
        return _('it does not consist of rules and their checks')
    for name, check in found.items():
        if not isinstance(check, (str, list)):
            # An empty text lets everybody do it; oslo.policy takes for one
            # what somebody forgot to write.
            return _('the rule %s has no check') % name
        # What oslo.policy cannot parse it takes for "!", which is never true.
        parsed = str(policy.RuleDefault(
            str(name), check).check)  # type: ignore[arg-type]
        if '!' in parsed and '!' not in str(check):
            return _('the check of the rule %s cannot be parsed') % name
        try:
            # What a check compares with is filled in each time.
            parsed % collections.defaultdict(int)
        except (ValueError, TypeError):
            return _('the check of the rule %s has a "%%" that stands for '
                     'nothing') % name
    return None


def _credentials(found: Any) -> Any:
    """Return a context as oslo.policy takes it."""
    if isinstance(found, (context.RequestContext, MutableMapping)):
        return found
    # That of a service may be any object with these attributes.
    return {'roles': list(getattr(found, 'roles', None) or ()),
            **{name: getattr(found, name, None) for name in _CREDENTIALS}}
