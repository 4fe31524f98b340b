"""One connection to one ClickHouse, whatever carries it: the native protocol, or a library in a child process.

Every method raises `failure.ServerError` where the server refuses or the connection is lost, and nothing else that a
driver has. A link is used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol

Settings = Mapping[str, str | int]

NO_SETTINGS: Final[Settings] = MappingProxyType({})

Row = tuple[Any, ...]


class Link(Protocol):
    @property
    def closed(self) -> bool:
        """Whether the connection is gone, or was closed: nothing can be sent on it any more."""

    def ask(
        self, sql: str, *, query_id: str = "", settings: Settings = NO_SETTINGS, timeout_s: float | None = None
    ) -> list[Row]:
        """Send one statement and return its rows, as Python values; [] for one that returns none.

        sql        sent as it is: no parameters, no data after VALUES or FORMAT
        query_id   what `cancel` and system.processes call it; "" for one of the server's choice
        settings   of this statement alone
        timeout_s  how long to wait for any word of the server; None: as long as the link was opened with
        """

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        query_id: str = "",
        settings: Settings = NO_SETTINGS,
    ) -> None:
        """Insert rows as one block: all of them become visible at once, or none.

        table, columns  as written in a statement: quoted by the caller where needed
        """

    def cancel(self, query_id: str) -> None:
        """End the statement of this id and wait until it is gone; nothing where there is none.

        Its effects may be there all the same: it is to be probed afterwards.
        """

    def close(self) -> None:
        """End the connection; a second call does nothing. A statement under way goes on in the server."""
