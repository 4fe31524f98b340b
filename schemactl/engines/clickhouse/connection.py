"""A target's session: its link, what its server is, and the token that all its statements carry.

A client's death does not end its statement on ClickHouse. So each statement's query id begins with its runner's token,
and whoever takes the lock over ends what the one before left running (generations.py).
"""

from __future__ import annotations

import contextlib
import itertools
import os
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from schemactl.engines.clickhouse import server
from schemactl.engines.clickhouse.address import cluster_of, password_of
from schemactl.engines.clickhouse.failure import ServerError, connecting, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemactl.contract.job import Job
    from schemactl.contract.opening import Opening
    from schemactl.engines.clickhouse.link import Link

PREFIX: Final = "schemactl"


class Session:
    """One link for the work, one more for what goes on beside it: heartbeats, and ending a statement under way.

    token   a random word: part of the id of each statement that this session sends
    facts   what the server is and has
    others  links to the other servers of the cluster, by name, as far as they were needed (replicas.py)
    still_held  raises LockedError where the lock was taken and is lost: asked before what no hands send (lock.py)
    """

    def __init__(self, opening: Opening) -> None:
        """raises  ConnectError, LockedError (chdb's folder is open elsewhere), ConfigError for the URL"""
        self.opening = opening
        self.token = os.urandom(8).hex()
        self.others: dict[str, Link] = {}
        self.still_held: Callable[[], None] = lambda: None
        self._tries = itertools.count(1)
        self.link = self.another()
        try:
            with self.translated("asking the server what it is"):
                self.facts = server.read(
                    self.link,
                    cluster=cluster_of(opening.url),
                    embedded=opening.url.startswith("chdb:"),
                    shown=opening.shown,
                    target=opening.target,
                )
        except BaseException:
            self.link.close()
            raise

    @property
    def target(self) -> str:
        return self.opening.target

    def another(self) -> Link:
        """A link of its own to the same server, for another thread. The caller closes it.

        raises  ConnectError, LockedError
        """
        try:
            if self.is_embedded:
                from schemactl.engines.clickhouse import embedded

                return embedded.connect(self.opening.url, shown=self.opening.shown, target=self.opening.target)
            from schemactl.engines.clickhouse.native import NativeLink

            return NativeLink(self.opening)
        except ServerError as error:
            raise connecting(
                error.failure,
                shown=self.opening.shown,
                target=self.opening.target,
                secrets=(password_of(self.opening.url),),
            ) from None

    def query_id(self, job: Job | None = None, ordinal: int = -1) -> str:
        """A new id for a statement: of a job's, or of the tool's own (`ours`)."""
        what = f"{job.entry.version}-{ordinal}" if job is not None else "ours"
        return f"{prefix_of(self.token)}{what}-{next(self._tries)}"

    @contextlib.contextmanager
    def translated(self, what: str) -> Iterator[None]:
        """In the body a ServerError becomes the error that a read or write of ours raises."""
        try:
            yield
        except ServerError as error:
            raise reading(error, target=self.target, shown=self.opening.shown, what=what) from error

    def close(self) -> None:
        for link in (self.link, *self.others.values()):
            link.close()

    @property
    def is_embedded(self) -> bool:
        return urlsplit(self.opening.url).scheme == "chdb"


def prefix_of(token: str) -> str:
    """What the ids of all statements of a session begin with."""
    return f"{PREFIX}-{token}-"
