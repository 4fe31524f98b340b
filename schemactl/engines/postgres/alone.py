"""A statement that no transaction can hold: intent before it, done after it, and what it left looked at in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from schemactl.engines.postgres import ledger_writes, observe, replay, timeouts, transaction
from schemactl.engines.postgres.failure import QUERY_CANCELED, ServerFailure
from schemactl.engines.postgres.pipeline import Batch, Exchange, Query
from schemactl.errors import StatementError

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding, Verdict
    from schemactl.contract.job import Job
    from schemactl.engines.postgres.connection import Session


@dataclass(frozen=True, slots=True)
class Trouble:
    """A statement's failure: `ordinal` of the statement, negative for one of ours; `stopped` because we were asked."""

    ordinal: int
    failure: ServerFailure
    stopped: bool = False


def exchange(session: Session, batch: Batch, *, stoppable: bool = True) -> Trouble | None:
    """Send one batch and wait for all its answers; what went wrong, or None.

    stoppable  False for the ledger's own writes: what a statement did is written down also when the run is to stop
    """
    stop = session.opening.stop if stoppable else None
    if stop:
        return Trouble(-1, ServerFailure(QUERY_CANCELED, "stopped before it was sent"), stopped=True)
    failed = Exchange(session.connection, stop).run(iter([batch]), lambda _: None)
    if failed is not None:
        ordinal = batch[failed.query].ordinal if failed.query < len(batch) else -1
        return Trouble(ordinal, failed.failure, failed.stopped)
    return None


class Alone:
    """One such statement: segment `index` of a job, over all its attempts.

    may_repeat  whether the last failure left it not done, for sure
    """

    def __init__(self, session: Session, job: Job, index: int) -> None:
        self._session = session
        self._job = job
        self._index = index
        self._planned = job.segments[index].steps[0]
        self._noted: observe.Before | None = None
        self._last: Trouble | None = None
        self.may_repeat = True

    def attempt(self) -> Trouble | None:
        """Send it and record it; what went wrong, or None where it is done."""
        if self._planned.ordinal in self._job.done:
            return self._record() if self._ends else None
        if self._noted is None:
            trouble = self._begin()
            if trouble is not None:
                return trouble
        elif self._last is not None:
            verdict = self._clean()
            if verdict == "done":
                return self._record()
            if verdict == "half":
                return self._last
        trouble = self._last = self._send()
        if trouble is None:
            self._verify()
            return self._record()
        if trouble.failure.gone or self._session.connection.closed:
            self.may_repeat = False
            return trouble
        verdict = self._clean()
        self.may_repeat = verdict in ("not done", "half")
        return self._record() if verdict == "done" else trouble

    def give_up(self) -> str:
        """After the last attempt: forget the intent where nothing of the statement is left.

        returns  what is left, "" for nothing
        """
        if self._noted is None or self._planned.ordinal in self._job.done:
            return ""
        if self._session.connection.closed:
            return "the connection is gone, and with it what this statement was told"
        verdict = self._clean()
        if verdict == "not done" and exchange(self._session, self._ours(self._forgetting()), stoppable=False) is None:
            return ""
        finding = self._probe()
        return f"{verdict}: {finding.evidence}"

    @property
    def _ends(self) -> bool:
        return self._index == len(self._job.segments) - 1

    def _begin(self) -> Trouble | None:
        self._refuse_invalid_namesake()
        for query in replay.before(self._job, self._index):
            self._session.connection.execute(query.sql)
        noted = observe.before(self._session.connection, self._planned)
        segment = self._job.segments[self._index]
        opens = ledger_writes.opens(self._job)
        intent = ledger_writes.steps(self._job, self._index, segment, "intent", noted)
        trouble = exchange(self._session, self._ours([*([opens] if opens else []), *intent]), stoppable=False)
        if trouble is None:
            self._noted = noted
        return trouble

    def _send(self) -> Trouble | None:
        before, after = timeouts.around_alone(self._job, self._planned)
        for query in (*replay.before(self._job, self._index), *before):
            self._session.connection.execute(query.sql)
        statement = Query(self._planned.statement.text.encode(), ordinal=self._planned.ordinal)
        trouble = exchange(self._session, [statement])
        if not self._session.connection.closed:
            for query in after:
                self._session.connection.execute(query.sql)
        return trouble

    def _record(self) -> Trouble | None:
        if self._ends:
            queries = ledger_writes.ends(self._job)
        else:
            queries = ledger_writes.steps(self._job, self._index, self._job.segments[self._index], "done")
        return exchange(self._session, self._ours(queries), stoppable=False)

    def _ours(self, queries: list[Query]) -> list[Query]:
        return [
            Query(b"BEGIN"),
            *transaction.AS_OURSELVES,
            transaction.guard_lock(),
            *queries,
            Query(b"COMMIT"),
        ]

    def _probe(self) -> Finding:
        idempotent = observe.is_idempotent(self._job, self._planned)
        return observe.probe(self._session.connection, self._planned, self._noted or {}, idempotent=idempotent)

    def _clean(self) -> Verdict:
        """Take away half of the statement, where that can be done now; what is left of it."""
        finding = self._probe()
        if finding.verdict == "half":
            try:
                observe.tidy(self._session.connection, self._planned, self._noted or {})
            except psycopg.Error:
                # Whoever held up the statement may hold up its removal too: the next attempt, or recover, tries again.
                return "half"
            finding = self._probe()
            if finding.verdict == "half":  # what the statement itself takes up from there
                return "not done"
        return finding.verdict

    def _forgetting(self) -> list[Query]:
        """The intent goes; where nothing else of the migration was done, the entry goes with it or is as it was."""
        forget = ledger_writes.forgets_step(self._job, self._planned.ordinal)
        if self._index > 0 or self._job.done or self._job.entry.state != "applied":
            return [forget]
        return [forget, *ledger_writes.takes_back(self._job)]

    def _refuse_invalid_namesake(self) -> None:
        name = observe.invalid_namesake(self._session.connection, self._planned.statement)
        if name:
            raise self._error(
                f"index {name} exists but is INVALID, and IF NOT EXISTS would pass over it",
                now="the statement was not sent",
                do=f"DROP INDEX CONCURRENTLY {name}, or REINDEX INDEX CONCURRENTLY {name}; then run the command again",
                kind="invalid_index",
            )

    def _verify(self) -> None:
        """A statement that was answered well must have left its object whole."""
        finding = self._probe()
        passed_over = finding.verdict == "not done" and observe.builds_index(self._planned)
        if finding.verdict == "half" or passed_over:
            raise self._error(
                f"the server reported success, but {finding.evidence}",
                now=f"{self._job.label} is under way, this statement {finding.verdict}",
                do=f"look at it with `{finding.query}`, then `schemactl recover`",
                kind="half_done",
            )

    def _error(self, what: str, *, now: str, do: str, kind: str) -> StatementError:
        return StatementError(
            f"{self._job.label}: {what}",
            at=f"{self._job.shown}:{self._planned.statement.line}",
            now=now,
            do=do,
            kind=kind,
            target=self._session.target,
            failed=self._job.entry.version.text,
        )
