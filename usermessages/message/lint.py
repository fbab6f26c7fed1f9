# SPDX-License-Identifier: Apache-2.0

"""Lint message catalogs.

``check(CATALOG)`` compares the IDs of a catalog with the lock file, and checks
the texts, the translations and the mapped exceptions.
"""

from collections.abc import Callable, Iterator
import os
import pathlib

from usermessages._i18n import _
from usermessages import exception as exc
from usermessages.message import catalog as message_catalog
from usermessages.message import id_registry
from usermessages.message import id_rules
from usermessages.message.source_locations import Place
from usermessages.message.source_locations import SourceLocations
from usermessages.message.violation import Violation


def default_path(catalog: message_catalog.Catalog) -> pathlib.Path:
    """Return ``messages.lock`` beside the ``messages.py`` of a catalog.

    :raises ConfigurationError: no module contains the catalog
    """
    return _default_path(SourceLocations(catalog))


def _default_path(sources: SourceLocations) -> pathlib.Path:
    if sources.path is None:
        raise exc.ConfigurationError(
            _('No module with source code contains the catalog, so the path '
              'of its lock file is required.'))
    return sources.path.with_suffix('.lock')


def check(catalog: message_catalog.Catalog,
          path: str | os.PathLike[str] | None = None) -> list[Violation]:
    """Return the violations of a catalog, by file and line.

    Import the modules that define the mapped exceptions first.

    :param path: the lock file, by default beside the module of the catalog
    :raises ConfigurationError: Babel is not installed, or no module contains
        the catalog and ``path`` is missing
    """
    try:
        from usermessages.message import text_rules
    except ImportError as error:
        raise exc.ConfigurationError(
            _('Checking a catalog requires Babel; install '
              'usermessages[lint].')) from error
    sources = SourceLocations(catalog)
    path = _default_path(sources) if path is None else pathlib.Path(path)
    return sorted({
        *id_rules.check(catalog, sources, path),
        *text_rules.check(catalog, sources),
        *text_rules.check_translations(
            catalog, Place(sources.path or path, sources.line)),
        *_check_exceptions(catalog, sources)})


def update_lock_file(catalog: message_catalog.Catalog,
                     release: str | Callable[[], str],
                     path: str | os.PathLike[str] | None = None,
                     ) -> tuple[list[Violation], int]:
    """Add the new IDs of a catalog to its lock file.

    Write nothing if an ID of an earlier release has changed.

    :param release: the first release with the new IDs; a function is called
        only if there are new IDs
    :returns: the violations, and the number of IDs added
    :raises ConfigurationError: no module contains the catalog, and ``path``
        is missing
    :raises LockError: the lock file cannot be read or written
    """
    sources = SourceLocations(catalog)
    path = _default_path(sources) if path is None else pathlib.Path(path)
    old = id_registry.read(path) or id_registry.Registry(catalog.prefix, {})
    comparison = id_rules.Comparison(catalog, sources, path, old)
    violations = sorted(comparison.changes())
    if violations:
        return violations, 0
    is_new = not old.entries.keys() >= {*comparison.keys}
    added = comparison.new_entries(
        release() if is_new and callable(release) else str(release))
    registry = id_registry.Registry(catalog.prefix, {**old.entries, **added})
    if str(registry) != old.content:
        id_registry.write(path, registry)
    return [], len(added)


def _check_exceptions(catalog: message_catalog.Catalog,
                      sources: SourceLocations) -> Iterator[Violation]:
    # The shipped catalog maps the exceptions of consuming services.
    if sources.module and sources.module.__name__.startswith('usermessages.'):
        return
    for name, detail in catalog.unknown_exceptions():
        place = (sources.place_of_string(name)
                 or sources.place('detail', detail.id))
        yield Violation(*place, _(
            'the exception %(name)s of detail %(id)s does not exist or is not '
            'imported; correct its name, or name its module with --import')
            % {'name': name, 'id': detail.id})
