"""What can be had here and what cannot: a server that runs elsewhere; one that is missing, with the way to get it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NotHad:
    """A server that cannot be had: what it is, why, and the way to get it."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Given:
    """A server that runs elsewhere: no process, no files. `stop` leaves it alone; Docker's own reaper ends its own."""

    url: str = field(repr=False)
    port: int
    version: str
    where: str

    def stop(self) -> None:
        """Nothing: it is not ours to stop."""
