"""What the three records of the lock have alike: a link beside the session's, and words for people.

The heartbeat comes from a thread of its own, and a link is used by one thread at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.clickhouse import replicas
from schemactl.engines.clickhouse.failure import ServerError
from schemactl.engines.clickhouse.link import NO_SETTINGS

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.engines.clickhouse.link import Link, Settings

OUTRUN: Final = "another runner, which took the lock in the same moment"


class SecondLink:
    """A link to the very server that the session is on, opened when it is first needed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._link: Link | None = None

    def to_take(self) -> Link:
        """The link that a lease is to be taken by; another where the last one is gone. raises  ConnectError"""
        if self._link is None or self._link.closed:
            self._link = replicas.beside(self._session)
        return self._link

    def to_keep(self) -> Link:
        """The link that the lease was taken by: never renewed by another, so with it the lease is lost."""
        return self._link if self._link is not None else self.to_take()

    def close(self) -> None:
        if self._link is not None:
            self._link.close()


def drop(link: Link, table: str, *, settings: Settings = NO_SETTINGS) -> None:
    """Drop a table of the lock. Another may be faster, between the server's look and its taking it: gone is gone."""
    try:
        link.ask(f"DROP TABLE IF EXISTS {table}", settings=settings)
    except ServerError as error:
        if not error.failure.no_table:
            raise


def shown(owner: str, generation: int, age_s: int) -> str:
    """Who holds the lock, for people; `owner` "" where nothing tells."""
    return f"{owner or 'another runner'} (generation {generation}, last heard of {max(age_s, 0)} s ago)"
