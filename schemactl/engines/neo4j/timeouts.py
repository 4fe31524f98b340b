"""`lock_timeout` and `statement_timeout` of one statement: its own, else its section's, else the run's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemactl.script.duration import milliseconds

if TYPE_CHECKING:
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.contract.opening import Opening


class Timeouts(NamedTuple):
    """In milliseconds; 0: no limit."""

    lock_ms: int
    statement_ms: int


def of_job(opening: Opening, job: Job) -> Timeouts:
    """Those of a section: for a script, and for what the tool itself writes."""
    return Timeouts(
        _first(job.lock_timeout_ms, opening.patience.lock_timeout_ms),
        _first(job.statement_timeout_ms, opening.statement_timeout_ms),
    )


def of_planned(opening: Opening, job: Job, planned: PlannedStatement) -> Timeouts:
    section = of_job(opening, job)
    said = planned.statement.directives
    return Timeouts(
        milliseconds(said["lock_timeout"]) if "lock_timeout" in said else section.lock_ms,
        milliseconds(said["statement_timeout"]) if "statement_timeout" in said else section.statement_ms,
    )


def _first(said: int | None, otherwise: int) -> int:
    return otherwise if said is None else said
