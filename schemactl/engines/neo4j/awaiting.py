"""Waits until an index that a statement began is built: `db.awaitIndexes` tells nothing, and fails for others' too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemactl.engines.neo4j import observe
from schemactl.engines.neo4j.catalog import sentence
from schemactl.engines.neo4j.failure import ServerFailure
from schemactl.events import StepProgress
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.definitions import SchemaStatement
    from schemactl.events import Listener
    from schemactl.running.hands import Before

FAILED: Final = "Neo.DatabaseError.Schema.IndexCreationFailed"
_FIRST_S, _LONGEST_S = 0.02, 1.0


def built(session: Session, made: SchemaStatement, noted: Before) -> observe.Seen | None:
    """What the statement made, once it is built or failed, or the run is to stop; None where there is nothing of it."""
    return _wait(session, made, noted, None, None)


def await_built(
    session: Session, made: SchemaStatement, noted: Before, ordinal: int, told: tuple[Job, Listener]
) -> None:
    """The same after the statement was sent.

    raises  RefusedError where it failed, with what the server says of it, and where the run is to stop
    """
    one = _wait(session, made, noted, *told)
    if one is None or one.state == "ONLINE":
        return
    if one.state == "FAILED":
        raise RefusedError(ServerFailure(FAILED, sentence(one.row), "index_failed"), ordinal)
    raise RefusedError(ServerFailure(FAILED, f"stopped: {sentence(one.row)}", "stopped"), ordinal, stopped=True)


def _wait(
    session: Session, made: SchemaStatement, noted: Before, job: Job | None, emit: Listener | None
) -> observe.Seen | None:
    pause = _FIRST_S
    told = -1
    while True:
        one = observe.new(made, observe.seen(session, made), noted)
        if one is None or one.state in ("ONLINE", "FAILED"):
            return one
        percent = int(one.row["populationPercent"] or 0)
        if job is not None and emit is not None and percent != told:
            emit(StepProgress(session.target, job.entry.version.text, percent, 100, f"percent of index {one.name}"))
            told = percent
        if session.opening.stop.event.wait(pause):
            return one
        pause = min(_LONGEST_S, pause * 1.5)
