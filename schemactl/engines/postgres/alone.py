"""A statement that no transaction can hold: intent before it, done after it, and what it left looked at in between."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from schemactl.engines.postgres import ledger_writes, observe, timeouts, transaction
from schemactl.engines.postgres.pipeline import Batch, Exchange, Query
from schemactl.errors import StatementError

if TYPE_CHECKING:
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.postgres.connection import Session
    from schemactl.engines.postgres.failure import ServerFailure


@dataclass(frozen=True, slots=True)
class Trouble:
    """A statement's failure: `ordinal` of the statement, negative for one of ours; `stopped` because we were asked."""

    ordinal: int
    failure: ServerFailure
    stopped: bool = False


def exchange(session: Session, batch: Batch) -> Trouble | None:
    """Send one batch and wait for all its answers; what went wrong, or None."""
    failed = Exchange(session.connection, session.opening.stop).run(iter([batch]), lambda _: None)
    if failed is not None:
        ordinal = batch[failed.query].ordinal if failed.query < len(batch) else -1
        return Trouble(ordinal, failed.failure, failed.stopped)
    return None


def run(session: Session, job: Job, index: int) -> Trouble | None:
    """Run the one statement of segment `index`.

    A statement that the server refused is put back to not done: what half of it left (an INVALID index) is taken away
    again, if the connection still stands. After a crash that is recover's work.
    """
    segment = job.segments[index]
    planned = segment.steps[0]
    ending = index == len(job.segments) - 1
    if planned.ordinal in job.done:
        return exchange(session, _recorded(session, job, index)) if ending else None
    _refuse_invalid_namesake(session, job, index)
    noted = observe.before(session.connection, planned)
    intent = ledger_writes.steps(job, index, segment, "intent", noted)
    opens = ledger_writes.opens(job)
    if opens is not None and _has_entry(session, job):  # an attempt before this one wrote it
        opens = None
    trouble = exchange(session, _ours(session, [*([opens] if opens else []), *intent]))
    if trouble is not None:
        return trouble
    trouble = _send(session, job, planned)
    if trouble is not None:
        if not trouble.failure.gone and not session.connection.closed:
            _put_back(session, job, index, noted)
        return trouble
    _verify(session, job, index, noted)
    return exchange(session, _recorded(session, job, index))


def _recorded(session: Session, job: Job, index: int) -> list[Query]:
    if index == len(job.segments) - 1:
        return _ours(session, [ledger_writes.closes(job), ledger_writes.forgets_steps(job)])
    return _ours(session, ledger_writes.steps(job, index, job.segments[index], "done"))


def _send(session: Session, job: Job, planned: PlannedStatement) -> Trouble | None:
    before, after = timeouts.around_alone(session, job, planned)
    for query in before:
        session.connection.execute(query.sql)
    trouble = exchange(session, [Query(planned.statement.text.encode(), ordinal=planned.ordinal)])
    if not session.connection.closed:
        for query in after:
            session.connection.execute(query.sql)
    return trouble


def _ours(session: Session, queries: list[Query]) -> list[Query]:
    return [Query(b"BEGIN"), transaction.guard_session(session), *queries, Query(b"COMMIT")]


def _has_entry(session: Session, job: Job) -> bool:
    row = session.connection.execute(
        "SELECT state <> 'applied' FROM schemactl.schema_versions"
        " WHERE service_name = %s AND version::numeric = %s::numeric",
        (job.entry.service_name, job.entry.version.text),
    ).fetchone()
    return bool(row and row[0])


def _put_back(session: Session, job: Job, index: int, noted: observe.Before) -> None:
    planned = job.segments[index].steps[0]
    finding = observe.probe(session.connection, planned, noted, idempotent=job.idempotent)
    if finding.verdict == "half":
        observe.tidy(session.connection, planned, noted)
        finding = observe.probe(session.connection, planned, noted, idempotent=job.idempotent)
    if finding.verdict == "not done":
        exchange(session, _ours(session, _forgotten(job, index)))


def _forgotten(job: Job, index: int) -> list[Query]:
    """The intent goes; where nothing else of the migration was done, the entry goes with it or is as it was."""
    step = job.segments[index].steps[0]
    forget = ledger_writes.forgets_step(job, step.ordinal)
    if index > 0 or job.done or job.entry.state != "applied":
        return [forget]
    return list(chain([forget], ledger_writes.takes_back(job)))


def _refuse_invalid_namesake(session: Session, job: Job, index: int) -> None:
    planned = job.segments[index].steps[0]
    name = observe.invalid_namesake(session.connection, planned)
    if name:
        raise StatementError(
            f"{job.label}: index {name} exists but is INVALID, and IF NOT EXISTS would pass over it",
            at=f"{job.shown}:{planned.statement.line}",
            now="the statement was not sent",
            do=f"DROP INDEX CONCURRENTLY {name}, or REINDEX INDEX CONCURRENTLY {name}; then run the command again",
            kind="invalid_index",
            target=session.target,
            failed=job.entry.version.text,
        )


def _verify(session: Session, job: Job, index: int, noted: observe.Before) -> None:
    """A concurrent statement that was answered well must have left its object whole."""
    planned = job.segments[index].steps[0]
    if not noted:
        return
    finding = observe.probe(session.connection, planned, noted, idempotent=job.idempotent)
    if finding.verdict == "half":
        raise StatementError(
            f"{job.label}: the server reported success, but {finding.evidence}",
            at=f"{job.shown}:{planned.statement.line}",
            now=f"{job.label} is under way, this statement half done",
            do="`schemactl recover`",
            kind="half_done",
            target=session.target,
            failed=job.entry.version.text,
        )
