"""The target's lock, whatever record of it fits this server; and none where `--unlocked` was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.engine import Missing
from schemactl.engines.clickhouse.generations import Generations
from schemactl.running.lease import LeaseLock

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session

_END_HOLDER: Final = "see that no runner is at work: the lease of one that is gone runs out by itself"


class ClickHouseLock:
    """`held`: the contract's lock, or why there is none; `check`: what the hands ask before they send."""

    def __init__(self, session: Session) -> None:
        self._record = Generations(session)
        self.held: LeaseLock | Missing = LeaseLock(session.opening, self._record, end_holder=_END_HOLDER)

    def check(self) -> None:
        """raises  LockedError where the lease is not held for sure; says nothing where there is no lock to be had"""
        if isinstance(self.held, LeaseLock):
            self.held.check()

    def close(self) -> None:
        if isinstance(self.held, LeaseLock):
            self.held.close()
        self._record.close()
