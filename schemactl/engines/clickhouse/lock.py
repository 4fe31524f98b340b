"""The target's lock, whatever record of it fits this server; and none where `--unlocked` was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.engine import Missing
from schemactl.engines.clickhouse import replicas
from schemactl.engines.clickhouse.generations import Generations
from schemactl.engines.clickhouse.keeper_lock import KeeperLock
from schemactl.engines.clickhouse.replica_lock import ReplicaGenerations
from schemactl.running.lease import LeaseLock

if TYPE_CHECKING:
    from schemactl.engines.clickhouse.connection import Session

_END_HOLDER: Final = "see that no runner is at work: the lease of one that is gone runs out by itself"


class ClickHouseLock:
    """`held`: the contract's lock, or why there is none; `check`: what the hands ask before they send."""

    def __init__(self, session: Session) -> None:
        self._record = _record(session)
        self.held: LeaseLock | Missing = (
            self._record
            if isinstance(self._record, Missing)
            else LeaseLock(session.opening, self._record, end_holder=_END_HOLDER)
        )

    def check(self) -> None:
        """raises  LockedError where the lease is not held for sure; says nothing where there is no lock to be had"""
        if isinstance(self.held, LeaseLock):
            self.held.check()

    def still_held(self) -> None:
        """raises  LockedError where the lock was taken and is lost; says nothing where it was not taken"""
        if isinstance(self.held, LeaseLock) and self.held.is_held:
            self.held.check()

    def close(self) -> None:
        if isinstance(self.held, LeaseLock):
            self.held.close()
        if not isinstance(self._record, Missing):
            self._record.close()


def _record(session: Session) -> Generations | KeeperLock | ReplicaGenerations | Missing:
    """Which record of the lock all runners of this target agree on, by what its servers are."""
    facts = session.facts
    shared = facts.database_engine == "Replicated"
    if not replicas.is_spread(session) and not shared:
        return Generations(session)
    if facts.keeper_map and (facts.zookeeper or shared):
        return KeeperLock(session)
    if facts.zookeeper and not shared:
        return ReplicaGenerations(session)
    what = f"the cluster {facts.cluster}" if facts.cluster else "the servers of this Replicated database"
    return Missing(
        f"no Keeper guards {what}, and what one server locks another does not see",
        "run from one place at a time, with --unlocked, which the ledger records",
    )
