# SPDX-License-Identifier: Apache-2.0

"""The interface of a database of any kind for faults and counting."""

import collections
import pathlib

# The user of the services; faults drop the sessions of this one alone.
USER = 'usermessages'
PASSWORD = 'usermessages'  # noqa: S105


class Database:
    """Servers of one kind, that faults can happen to.

    ``url`` is where services find it, and leads through HAProxy.
    """

    name: str
    url: str

    def start(self) -> None:
        """Make it and start it, with an empty database."""
        raise NotImplementedError

    def restore(self) -> None:
        """Have all servers run, and wait until they are as they should be."""
        raise NotImplementedError

    def stop(self) -> None:
        """End all servers."""
        raise NotImplementedError

    def stop_serving(self) -> None:
        """Stop the servers, in order."""
        raise NotImplementedError

    def serve(self) -> None:
        """Start the servers that were stopped or killed."""
        raise NotImplementedError

    def empty(self) -> None:
        """Remove all messages."""
        raise NotImplementedError

    def rows(self) -> dict[str, list[str]]:
        """Return the IDs of the messages about each resource.

        :raises SoakError: servers have different messages
        """
        raise NotImplementedError

    def version(self) -> str:
        """Return the version of the servers."""
        raise NotImplementedError

    def disk(self) -> pathlib.Path | None:
        """Return a small file system that the data are on, if there is one."""
        raise NotImplementedError


def by_resource(rows: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the IDs of the messages about each resource."""
    found = collections.defaultdict(list)
    for message_id, resource_uuid in rows:
        found[resource_uuid].append(str(message_id))
    return dict(found)
