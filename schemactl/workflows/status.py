"""Where each target stands. Reads only; takes no lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemactl.errors import ConnectError, SchemactlError
from schemactl.workflows.history import History, standing
from schemactl.workflows.parallel import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.workflows.site import Site

# Kinds of error with a state of their own; any other is told by its class.
_UNREAD = {"newer_ledger": "newer", "insufficient_privilege": "no rights"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetStatus:
    """One target. `history` is None where it could not be read, and `error` says why.

    server  engine and version, "" where there was no connection; known though the ledger could not be read
    broken  one sentence for each object that is there but does not work
    """

    site: Site
    server: str
    history: History | None
    broken: tuple[str, ...] = ()
    error: SchemactlError | None = None

    @property
    def state(self) -> str:
        """One word or two, the worst first: unreachable, newer, foreign, unfinished, …, pending, up to date."""
        if self.history is None:
            return _unread(self.error)
        if self.history.problems:
            return self.history.problems[0].kind.replace("_", " ")
        if self.broken:
            return "broken objects"
        return f"{len(self.history.pending)} pending" if self.history.pending else "up to date"

    @property
    def settled(self) -> bool:
        """Nothing pending, nothing wrong."""
        return self.state == "up to date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    targets: tuple[TargetStatus, ...]

    @property
    def settled(self) -> bool:
        return all(target.settled for target in self.targets)

    @property
    def error(self) -> SchemactlError | None:
        """The first target that could not be read, in the order asked."""
        return next((target.error for target in self.targets if target.error is not None), None)


def read(sites: Sequence[Site], *, workers: int = 4) -> Status:
    """Read every target; one that cannot be read does not keep the others from being shown."""
    return Status(targets=tuple(each(sites, _read, workers=workers)))


def _unread(error: SchemactlError | None) -> str:
    if error is not None and error.kind in _UNREAD:
        return _UNREAD[error.kind]
    return "unreachable" if isinstance(error, ConnectError) else "unreadable"


def _read(site: Site) -> TargetStatus:
    server = ""
    try:
        with site.opened() as engine:
            server = engine.server
            history = standing(site, engine)
            return TargetStatus(site=site, server=server, history=history, broken=engine.catalog.broken())
    except SchemactlError as error:
        error.target = error.target or site.target
        return TargetStatus(site=site, server=server, history=None, error=error)
