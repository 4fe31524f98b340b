"""What the shared machinery asks of PostgreSQL for a job of several segments, COPY data or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.engines.postgres import copying, ledger_writes, observe, replay, timeouts, transaction
from schemactl.engines.postgres.pipeline import Query
from schemactl.engines.postgres.sending import asking, exchange, settle
from schemactl.errors import StatementError

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding
    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.postgres.connection import Session
    from schemactl.events import Listener
    from schemactl.running.hands import Before


class PostgresHands:
    """See running.hands.Hands."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def lost(self) -> bool:
        return self._session.connection.closed

    def transaction(self, job: Job, index: int) -> None:
        with asking():
            trouble = copying.run(self._session, job, index)
        settle(self._session, job, trouble)
        self._put_back(job, index)

    def script(self, job: Job, emit: Listener) -> None:
        from schemactl.engines.postgres.python_script import run_script

        with asking():
            trouble = run_script(self._session, job, emit)
        settle(self._session, job, trouble)
        self._put_back(job, len(job.segments) - 1)

    def before(self, job: Job, index: int) -> Before:
        planned = job.segments[index].steps[0]
        with asking():
            self._refuse_invalid_namesake(job, planned)
            for query in replay.before(job, index):
                self._session.connection.execute(query.sql)
            return observe.before(self._session.connection, planned)

    def intend(self, job: Job, index: int, noted: Before) -> None:
        opens = ledger_writes.opens(job)
        intent = ledger_writes.steps(job, index, job.segments[index], "intent", noted)
        self._write(job, [*([opens] if opens else []), *intent])

    def send(self, job: Job, index: int, noted: Before, emit: Listener) -> None:
        planned = job.segments[index].steps[0]
        before, after = timeouts.around_alone(job, planned)
        with asking():
            for query in (*replay.before(job, index), *before):
                self._session.connection.execute(query.sql)
            statement = Query(planned.statement.text.encode(), ordinal=planned.ordinal)
            trouble = exchange(self._session, [statement])
            if not self.lost:
                for query in after:
                    self._session.connection.execute(query.sql)
        settle(self._session, job, trouble)
        self._refuse_passed_over(job, planned, noted)

    def record(self, job: Job, index: int) -> None:
        if index == len(job.segments) - 1:
            self._write(job, ledger_writes.ends(job))
            self._put_back(job, index)
        else:
            self._write(job, ledger_writes.steps(job, index, job.segments[index], "done"))

    def forget(self, job: Job, index: int, *, whole: bool) -> None:
        forgets = ledger_writes.forgets_step(job, job.segments[index].steps[0].ordinal)
        self._write(job, [forgets, *(ledger_writes.takes_back(job) if whole else [])])

    def probe(self, job: Job, planned: PlannedStatement, noted: Before) -> Finding:
        idempotent = observe.is_idempotent(job, planned)
        with asking():
            return observe.probe(self._session.connection, planned, noted, idempotent=idempotent)

    def tidy(self, planned: PlannedStatement, noted: Before) -> str:
        with asking():
            return observe.tidy(self._session.connection, planned, noted)

    def _write(self, job: Job, queries: list[Query]) -> None:
        ours = [*transaction.as_ourselves(self._session), transaction.guard_lock(), *queries]
        settle(
            self._session,
            job,
            exchange(self._session, [Query(b"BEGIN"), *ours, Query(b"COMMIT")], stoppable=False),
        )

    def _put_back(self, job: Job, index: int) -> None:
        """After the last segment the session is as it was before the job."""
        if index == len(job.segments) - 1:
            batch = transaction.settling(self._session, None, prepared=True)
            settle(self._session, job, exchange(self._session, batch, stoppable=False))

    def _refuse_invalid_namesake(self, job: Job, planned: PlannedStatement) -> None:
        name = observe.invalid_namesake(self._session.connection, planned.statement)
        if name:
            raise self._error(
                job,
                planned,
                f"index {name} exists but is INVALID, and IF NOT EXISTS would pass over it",
                now="the statement was not sent",
                do=f"DROP INDEX CONCURRENTLY {name}, or REINDEX INDEX CONCURRENTLY {name}; then run the command again",
                kind="invalid_index",
            )

    def _refuse_passed_over(self, job: Job, planned: PlannedStatement, noted: Before) -> None:
        """An index that was reported as built must be there."""
        if not observe.builds_index(planned):
            return
        finding = self.probe(job, planned, noted)
        if finding.verdict == "not done":
            raise self._error(
                job,
                planned,
                f"the server reported success, but {finding.evidence}",
                now=f"{job.label} is under way, this statement {finding.verdict}",
                do=f"look at it with `{finding.query}`, then `schemactl recover`",
                kind="half_done",
            )

    def _error(self, job: Job, planned: PlannedStatement, what: str, *, now: str, do: str, kind: str) -> StatementError:
        return StatementError(
            f"{job.label}: {what}",
            at=f"{job.shown}:{planned.statement.line}",
            now=now,
            do=do,
            kind=kind,
            target=self._session.target,
            failed=job.entry.version.text,
        )
