"""Integrity within a MongoDB target: what is looked for, and by whom (contract: Verifier)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo.errors import PyMongoError

from schemactl.contract.verifying import Inspected, Inspection
from schemactl.engines.mongodb import verifying_data, verifying_state
from schemactl.engines.mongodb.verifying_state import everything, refused
from schemactl.running.inspecting import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemactl.engines.mongodb.connection import Session
    from schemactl.engines.mongodb.live import Live
    from schemactl.events import Listener

_Looks = tuple[tuple[Inspection, "Callable[[Session, Sequence[Live], Look], None]", str], ...]

# With the unit of what is examined.
_LOOKS: Final[_Looks] = (
    (Inspection("indexes", "Every index is built to its end."), verifying_state.indexes, "objects"),
    (
        Inspection("validators", "Every validator refuses what it does not allow."),
        verifying_state.validators,
        "objects",
    ),
    (Inspection("views", "Every view finds the collections that it reads."), verifying_state.views, "objects"),
    (Inspection("left-overs", "No aggregation left half of its result."), verifying_state.left_overs, "objects"),
    (
        Inspection("documents", "Every document is one that its collection's validator allows.", deep=True),
        verifying_data.documents,
        "rows",
    ),
    (
        Inspection("collections", "The server finds each collection and its indexes whole: validate.", deep=True),
        verifying_data.collections,
        "objects",
    ),
)


class MongoVerifier:
    def __init__(self, session: Session) -> None:
        self._session = session

    def inspections(self, *, deep: bool) -> tuple[Inspection, ...]:
        return tuple(inspection for inspection, _, _ in _LOOKS if deep or not inspection.deep)

    def inspect(self, inspection: Inspection, *, emit: Listener) -> Inspected:
        run, unit = next((run, unit) for known, run, unit in _LOOKS if known == inspection)
        look = Look(inspection, self._session.opening, emit, unit=unit)
        try:
            try:
                found = everything(self._session)
            except PyMongoError as error:
                if not refused(error, look, ""):
                    raise
            else:
                run(self._session, found, look)
        except PyMongoError as error:
            raise self._session.reading(error, f"looking for {inspection.name}") from error
        return look.inspected()

    def strangers(self, rights: Sequence[str]) -> tuple[str, ...]:
        # Roles and users are no part of a snapshot here.
        return ()
