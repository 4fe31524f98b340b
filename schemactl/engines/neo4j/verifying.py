"""Integrity within a Neo4j target: what is looked for, and by whom (contract: Verifier). Every look is a transaction
that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.contract.verifying import Inspected, Inspection
from schemactl.engines.neo4j import verifying_data, verifying_state
from schemactl.running.inspecting import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.engines.neo4j.connection import Session
    from schemactl.events import Listener

# Each with what it counts.
_LOOKS: Final[tuple[tuple[Inspection, Callable[[Session, Look], None], str], ...]] = (
    (Inspection("indexes", "every index is ONLINE"), verifying_state.indexes, "indexes"),
    (
        Inspection("constraints", "every constraint has an index that is ONLINE"),
        verifying_state.constraints,
        "constraints",
    ),
    (
        Inspection("violations", "the data is as every constraint says, read past its index", deep=True),
        verifying_data.violations,
        "constraints",
    ),
    (
        Inspection("index-entries", "every index finds as much as there is", deep=True),
        verifying_data.entries,
        "indexes",
    ),
    (
        Inspection("store", "every node and relationship can be read with its properties", deep=True),
        verifying_data.store,
        "rows",
    ),
)


class Neo4jVerifier:
    def __init__(self, session: Session) -> None:
        self._session = session

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        return tuple(inspection for inspection, _, _ in _LOOKS if deep or not inspection.deep)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        run, unit = next((run, unit) for known, run, unit in _LOOKS if known == inspection)
        look = Look(inspection, self._session.opening, emit, unit=unit)
        try:
            run(self._session, look)
        except Exception as error:
            raise self._session.trouble(error, f"looking for {inspection.name}") from error
        return look.inspected()

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        """A snapshot of Neo4j has no rights."""
        return ()
