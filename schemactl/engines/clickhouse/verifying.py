"""Integrity within a ClickHouse target: what is looked for, and by whom (contract: Verifier)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.verifying import Inspected, Inspection
from schemactl.engines.clickhouse import (
    verifying_cluster,
    verifying_data,
    verifying_state,
    verifying_strangers,
    verifying_views,
)
from schemactl.engines.clickhouse.failure import STOPPED, ServerError
from schemactl.engines.clickhouse.verifying_places import sees_less
from schemactl.running.inspecting import Look, stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.events import Listener

# Each with what it counts.
_LOOKS: Final[tuple[tuple[Inspection, Callable[[Session, Look], None], str], ...]] = (
    (Inspection("mutations", "every mutation comes to its end"), verifying_state.mutations, "mutations"),
    (Inspection("detached-parts", "no part was set aside as broken"), verifying_state.detached_parts, "parts"),
    (Inspection("projections", "every projection of every part is whole"), verifying_state.projections, "projections"),
    (Inspection("dictionaries", "no dictionary failed to load"), verifying_state.dictionaries, "dictionaries"),
    (Inspection("views", "every view finds what it reads and where its rows are"), verifying_views.views, "views"),
    (Inspection("replicas", "every replica is there and takes writes"), verifying_cluster.replicas_state, "replicas"),
    (
        Inspection("replication-queue", "no replica goes on failing at what it has to do"),
        verifying_cluster.queue,
        "replicas",
    ),
    (
        Inspection("servers-alike", "the servers of the cluster have the same objects"),
        verifying_cluster.alike,
        "objects",
    ),
    (Inspection("data", "every part on disk can be read and is whole", deep=True), verifying_data.data, "tables"),
)


class ClickHouseVerifier:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._sees_less: str | None = None

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        return tuple(inspection for inspection, _, _ in _LOOKS if deep or not inspection.deep)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        run, unit = next((run, unit) for known, run, unit in _LOOKS if known == inspection)
        look = Look(inspection, self._session.opening, emit, unit=unit)
        with self._session.translated(f"looking for {inspection.name}"):
            try:
                if self._sees_less is None:
                    self._sees_less = sees_less(self._session)
                if self._sees_less:
                    look.unread("", self._sees_less, "give it SELECT on all of the database")
                run(self._session, look)
            except ServerError as error:
                if error.failure.code == STOPPED:
                    raise stopped(self._session.opening) from error
                raise
        return look.inspected()

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        with self._session.translated("looking for users and roles"):
            return verifying_strangers.strangers(self._session, rights)
