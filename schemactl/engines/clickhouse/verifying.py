"""Integrity within a ClickHouse target: what is looked for, and by whom (contract: Verifier)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.verifying import Inspected, Inspection
from schemactl.engines.clickhouse import verifying_cluster, verifying_data, verifying_state, verifying_views
from schemactl.engines.clickhouse.failure import STOPPED, ServerError
from schemactl.running.inspecting import Look, stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.engines.clickhouse.connection import Session
    from schemactl.events import Listener

_LOOKS: Final[tuple[tuple[Inspection, Callable[[Session, Look], None]], ...]] = (
    (Inspection("mutations", "No mutation fails or is unfinished."), verifying_state.mutations),
    (Inspection("detached-parts", "No part was set aside as broken or unexpected."), verifying_state.detached_parts),
    (Inspection("projections", "No projection of a part is broken."), verifying_state.projections),
    (Inspection("dictionaries", "No dictionary failed to load."), verifying_state.dictionaries),
    (Inspection("views", "Every view finds what it reads, and no view's rows are without it."), verifying_views.views),
    (Inspection("replicas", "Every replica is there and takes writes."), verifying_cluster.replicas_state),
    (Inspection("replication-queue", "No replica is held up by what it cannot do."), verifying_cluster.queue),
    (Inspection("servers-alike", "The servers of the cluster have the same objects."), verifying_cluster.alike),
    (Inspection("data", "Every part on disk is whole: CHECK TABLE.", deep=True), verifying_data.data),
)


class ClickHouseVerifier:
    def __init__(self, session: Session) -> None:
        self._session = session

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        return tuple(inspection for inspection, _ in _LOOKS if deep or not inspection.deep)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        look = Look(inspection, self._session.opening, emit)
        with self._session.translated(f"looking for {inspection.name}"):
            try:
                dict(_LOOKS)[inspection](self._session, look)
            except ServerError as error:
                if error.failure.code == STOPPED:
                    raise stopped(self._session.opening) from error
                raise
        return look.inspected()

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        # Where the catalogue tells rights at all it tells them of users that are there.
        return ()
