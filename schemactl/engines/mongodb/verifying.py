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

_Look = tuple[Inspection, "Callable[[Session, Sequence[Live], Look], None]", str]

# Each with what it counts.
_LOOKS: Final[tuple[_Look, ...]] = (
    (Inspection("indexes", "every index is built to its end"), verifying_state.indexes, "indexes"),
    (
        Inspection("validators", "every validator refuses what it does not allow"),
        verifying_state.validators,
        "validators",
    ),
    (Inspection("views", "every view finds the collections that it reads"), verifying_state.views, "views"),
    (Inspection("left-overs", "no aggregation left half of its result"), verifying_state.left_overs, "collections"),
    (
        Inspection("documents", "every document is one that its collection's validator allows", deep=True),
        verifying_data.documents,
        "rows",
    ),
    (
        Inspection("collections", "the server finds each collection and its indexes whole", deep=True),
        verifying_data.collections,
        "collections",
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
        """A snapshot of MongoDB has users and roles with what they may do, and no rights apart."""
        return ()
