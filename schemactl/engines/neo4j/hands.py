"""What this engine does for a job: data in one transaction with the ledger, a change of the schema or batches alone."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final

from schemactl.contract.finding import Finding
from schemactl.engines.neo4j import awaiting, ledger_writes, observe, own, python_script, work
from schemactl.engines.neo4j.catalog import sentence
from schemactl.engines.neo4j.cypher_tokens import tokens
from schemactl.engines.neo4j.definitions import of_statement
from schemactl.engines.neo4j.failure import EQUIVALENT, ServerFailure
from schemactl.engines.neo4j.reach import may_reach_ours
from schemactl.engines.neo4j.statements import kind
from schemactl.engines.neo4j.timeouts import Timeouts, of_job, of_planned
from schemactl.errors import SchemactlError, StatementError
from schemactl.running.failure import OURS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.engines.neo4j.connection import Session
    from schemactl.engines.neo4j.definitions import SchemaStatement
    from schemactl.engines.neo4j.ledger_writes import Write
    from schemactl.engines.neo4j.watch import Held
    from schemactl.events import Listener
    from schemactl.running.hands import Before

_SCHEMA: Final = "s"  # of ResultSummary.query_type


class Neo4jHands:
    """See running.hands.Hands.

    check     LeaseLock.check: raises LockedError where the lease is not held for sure
    function  what a script is called by, instead of the job's direction
    """

    def __init__(self, session: Session, check: Callable[[], None], function: str = "") -> None:
        self._function = function
        self._session = session
        self._check = check
        self._lost = False

    @property
    def lost(self) -> bool:
        return self._lost

    def transaction(self, job: Job, index: int) -> None:
        with self.noticing(), work.transaction(self._session, self._ours(job)) as open_work:
            open_work.write([] if _is_whole(job) else ledger_writes.opens(job))
            self.statements(job, index, open_work)
            open_work.write(_closing(job, index))

    def statements(self, job: Job, index: int, open_work: work.Work) -> None:
        """The statements of a segment, in the transaction that is open."""
        for planned in job.segments[index].steps:
            if planned.ordinal not in job.done:
                self._data(job, planned, open_work)

    def _data(self, job: Job, planned: PlannedStatement, open_work: work.Work) -> None:
        """One statement of a transaction, which must leave ledger and lock as they are."""
        text = planned.statement.text
        before = own.within(open_work.tx) if may_reach_ours(tokens(text)) else None
        open_work.send(text, of_planned(self._session.opening, job, planned), planned.ordinal)
        if before is not None and own.within(open_work.tx) != before:
            raise self._reached(job, planned, "its transaction was rolled back")

    def script(self, job: Job, emit: Listener) -> None:
        with self.noticing(), work.transaction(self._session, self._ours(job)) as open_work:
            python_script.run(self._session, job, open_work, emit)
            open_work.write(_closing(job, 0))

    def before(self, job: Job, index: int) -> Before:
        planned = job.segments[index].steps[0]
        made = _made(job, planned)
        if made is None:
            return own.noted(self._session, job) if _may_reach_ours(job, planned) else {}
        passing = observe.passed_over(self._session, made)
        if passing is not None:
            raise self._error(
                job, planned, passing.what, now="the statement was not sent", do=passing.do, kind=passing.kind
            )
        return observe.before(self._session, made)

    def intend(self, job: Job, index: int, noted: Before) -> None:
        self._write(job, [*ledger_writes.opens(job), *ledger_writes.steps(job, index, "intent", noted)])

    def send(self, job: Job, index: int, noted: Before, emit: Listener) -> None:
        planned = job.segments[index].steps[0]
        made = _made(job, planned)
        if made is None:
            with self.noticing(), self._keeping(job, planned, emit) as held, self.noticing():
                self._check()
                self._commits(job, planned, emit, held)
                self._check()  # between its batches the lease may have been lost
            return
        self._check()
        with self.noticing():
            try:
                self._change_schema(job, planned, made)
            except RefusedError as refused:
                raise observe.naming(self._session, made, refused) from refused
            if made.verb == "CREATE":
                awaiting.await_built(self._session, made, noted, planned.ordinal, (job, emit))
            # Another session may have been sooner since the look before.
            if (passing := observe.passed_over(self._session, made)) is not None:
                raise RefusedError(ServerFailure(EQUIVALENT, passing.what, passing.kind), planned.ordinal)

    def _commits(self, job: Job, planned: PlannedStatement, emit: Listener, held: Held | None) -> None:
        """What commits by itself: batches, or a script with `transaction=none`."""
        if job.script is not None:
            python_script.run_alone(self._session, job, self._check, emit, held, self._function)
        else:
            limits = of_planned(self._session.opening, job, planned)
            work.batches(self._session, planned.statement.text, limits, planned.ordinal, held)

    def _keeping(self, job: Job, planned: PlannedStatement, emit: Listener) -> AbstractContextManager[Held | None]:
        if not _may_reach_ours(job, planned):
            return nullcontext()
        return own.kept(self._session, self._ours(job), partial(self._reached, job, planned), emit)

    def _reached(self, job: Job, planned: PlannedStatement, now: str) -> SchemactlError:
        what = "the statement came upon nodes of the ledger or the lock"
        return self._error(job, planned, what, now=now, do=own.REMEDY, kind="drops_ledger")

    def record(self, job: Job, index: int) -> None:
        self._write(job, _closing(job, index))

    def forget(self, job: Job, index: int, *, whole: bool) -> None:
        ordinal = job.segments[index].steps[0].ordinal
        self._write(job, ledger_writes.forgets(job, ordinal, entry=whole))

    def probe(self, job: Job, planned: PlannedStatement, noted: Before) -> Finding:
        return probe(self._session, job, planned, noted)

    def tidy(self, planned: PlannedStatement, noted: Before) -> str:
        self._check()
        return tidy(self._session, planned, noted)

    def _change_schema(self, job: Job, planned: PlannedStatement, made: SchemaStatement) -> None:
        limits = of_planned(self._session.opening, job, planned)
        waits_unseen = made.verb == "CREATE" and made.guarded
        with work.transaction(self._session, self._ours(job), data=False) as open_work:
            summary = open_work.send(planned.statement.text, limits, planned.ordinal, waits_unseen=waits_unseen)
            if summary.query_type != _SCHEMA:
                raise self._error(
                    job,
                    planned,
                    "the server takes for data what was planned as a change of the schema",
                    now="the statement was rolled back",
                    do="split it, or write it in a form that docs/engines/neo4j.md names",
                    kind="statement",
                )

    def _write(self, job: Job, writes: Sequence[Write]) -> None:
        with self.noticing(), work.transaction(self._session, self._ours(job), stoppable=False) as open_work:
            open_work.write(writes)

    def _ours(self, job: Job) -> Timeouts:
        return of_job(self._session.opening, job)

    def noticing(self) -> _Noticing:
        return _Noticing(self)

    def notice(self, error: BaseException | None) -> None:
        """Once the connection was lost it stays so for this run: the driver would make a new one in silence.

        raises  LockedError where the server ended a transaction because the lease is another's by now
        """
        if error is not None and not isinstance(error, Exception):
            self._session.unclean = True  # broken off, by Ctrl-C twice
        if not isinstance(error, RefusedError):
            return
        if error.failure.gone:
            self._lost = self._session.unclean = True
        elif error.failure.kind == "terminated":
            self._check()  # whoever took the lease over ends what it finds of ours

    def _error(self, job: Job, planned: PlannedStatement, what: str, *, now: str, do: str, kind: str) -> SchemactlError:
        return StatementError(
            f"{job.label}: {what}",
            at=f"{job.shown}:{planned.statement.line}",
            now=now,
            do=do,
            kind=kind,
            target=self._session.target,
            failed=job.entry.version.text,
        )


class _Noticing:
    """Tells the hands what their body raised."""

    def __init__(self, hands: Neo4jHands) -> None:
        self._hands = hands

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._hands.notice(error)


def probe(session: Session, job: Job, planned: PlannedStatement, noted: Before) -> Finding:
    """What is there of a lone statement. raises  RefusedError"""
    made = _made(job, planned)
    if made is None:
        scripted = job.script is not None
        found = python_script.finding(session, job, planned) if scripted else observe.probe_batches(job, planned)
        changed = own.changed_since(session, job, noted)
        if not changed:
            return found
        # A person has to see this before anything goes on.
        return Finding(verdict="unknown", evidence=changed, query="MATCH (v:SchemaVersion) RETURN v")
    if made.verb == "CREATE":
        awaiting.built(session, made, noted)
    return observe.probe(session, made, noted)


def tidy(session: Session, planned: PlannedStatement, noted: Before) -> str:
    """Drop the index that could not be built. raises  RefusedError"""
    made = of_statement(planned.statement)
    one = observe.new(made, observe.seen(session, made), noted) if made is not None else None
    if made is None or one is None:
        return "there was nothing to take away"
    name = one.name.replace("`", "``")
    drop = f"DROP {made.what.upper()} `{name}` IF EXISTS"
    limits = Timeouts(session.opening.patience.lock_timeout_ms, session.opening.statement_timeout_ms)
    with work.transaction(session, limits, data=False, stoppable=False) as open_work:
        open_work.send(drop, limits, OURS)
    return f"{made.what} {one.name} was dropped: {sentence(one.row)}"


def _made(job: Job, planned: PlannedStatement) -> SchemaStatement | None:
    if job.script is not None or kind(planned.statement) != "schema":
        return None
    return of_statement(planned.statement)


def _may_reach_ours(job: Job, planned: PlannedStatement) -> bool:
    return job.script is not None or may_reach_ours(tokens(planned.statement.text))


def _is_whole(job: Job) -> bool:
    """Whether entry and effects are one transaction, so that the entry never stands as under way."""
    return len(job.segments) == 1 and job.segments[0].mode != "alone" and job.entry.state == "applied"


def _closing(job: Job, index: int) -> list[Write]:
    if _is_whole(job):
        return ledger_writes.whole(job)
    if index == len(job.segments) - 1:
        # Where the only segment is recovered, or carries a job that failed late, its entry may not be there yet.
        return ledger_writes.ends(job)
    return ledger_writes.steps(job, index, "done")
