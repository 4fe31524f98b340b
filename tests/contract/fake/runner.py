"""Runs jobs on the fake server: a segment is a request, and what stands alone is intent, statement, done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from schemactl.contract.job import Job, PlannedStatement
from schemactl.contract.opening import Stop
from schemactl.errors import LockedError, RunInterruptedError, SchemactlError, StatementError
from schemactl.events import Listener, StepFailed, StepFinished, StepProgress, StepStarted
from tests.contract.fake import records
from tests.contract.fake.language import execute, halve, parts
from tests.contract.fake.scripts import call
from tests.contract.fake.server import RefusedError, Session, State


class FakeRunner:
    """`guarded`: there is a lock, and without it nothing is run."""

    def __init__(self, session: Session, target: str, stop: Stop, *, guarded: bool) -> None:
        self._session = session
        self._target = target
        self._stop = stop
        self._guarded = guarded

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        applied: list[str] = []
        for job in jobs:
            version, name = job.entry.version.text, job.entry.name
            emit(StepStarted(self._target, version, name, job.direction, job.statements))
            try:
                self._run_one(job, emit)
            except RefusedError as refused:
                error = self._error(job, refused, applied)
                emit(StepFailed(self._target, version, name, job.direction, error.kind, error.what))
                raise error from refused
            except SchemactlError as error:
                emit(StepFailed(self._target, version, name, job.direction, error.kind, error.what))
                raise
            applied.append(version)
            emit(StepFinished(self._target, version, name, job.direction, 0))

    def _run_one(self, job: Job, emit: Listener) -> None:
        self._check(job)
        if len(job.segments) == 1 and job.segments[0].mode != "alone" and job.entry.state == "applied":
            self._session.request(f"{job.label} {job.direction}", partial(self._whole, job, emit))
            return
        for index, segment in enumerate(job.segments):
            self._check(job)
            if segment.mode == "alone":
                self._alone(job, index, emit)
            else:
                label = f"{job.label} {job.direction} segment {index}"
                self._session.request(label, partial(self._shared, job, index, emit))
            done = segment.steps[-1].ordinal + 1 if segment.steps else 0
            emit(StepProgress(self._target, job.entry.version.text, done, job.statements, "statements"))

    def _check(self, job: Job) -> None:
        if self._stop:
            what = f"stopped before {job.label} was done"
            raise RunInterruptedError(what, now="the ledger knows", do="run it again", target=self._target)
        self._session.check()
        if self._guarded and self._session.server.lock_owner is not self._session:
            raise LockedError(f"{job.label}: the session does not hold the lock", kind="lost_lock", target=self._target)

    def _whole(self, job: Job, emit: Listener, state: State) -> None:
        """One transaction: the effects and the entry."""
        if job.script is not None:
            call(state, job, job.direction, emit, self._target)
        self._statements(job, 0, state)
        if job.direction == "up":
            records.put(self._session.server, records.of(state), job.entry)
        else:
            records.closes(self._session.server, records.of(state), job)

    def _shared(self, job: Job, index: int, emit: Listener, state: State) -> None:
        """One transaction of several: its effects, and its steps as done or the end of it all."""
        server, ledger = self._session.server, records.of(state)
        records.opens(server, ledger, job)
        if job.segments[index].mode == "script":
            call(state, job, job.direction, emit, self._target)
        self._statements(job, index, state)
        if index == len(job.segments) - 1:
            records.closes(server, ledger, job)
            return
        for planned in job.segments[index].steps:
            records.step(ledger, job, index, planned, "done", {})

    def _statements(self, job: Job, index: int, state: State) -> None:
        for planned in job.segments[index].steps:
            if planned.ordinal in job.done:
                continue
            try:
                execute(state, planned.statement.normal)
            except RefusedError as refused:
                refused.ordinal = planned.ordinal
                raise

    def _alone(self, job: Job, index: int, emit: Listener) -> None:
        planned = job.segments[index].steps[0]
        if planned.ordinal not in job.done:
            self._intent_and_statement(job, index, planned, emit)
        self._session.request(f"{job.label} {job.direction} done {planned.ordinal}", self._recorded(job, index))

    def _intent_and_statement(self, job: Job, index: int, planned: PlannedStatement, emit: Listener) -> None:
        server, text = self._session.server, planned.statement.normal
        before = self._session.read(lambda state: {"exists": parts(text)[1] in state.things})

        def intent(state: State) -> None:
            records.opens(server, records.of(state), job)
            records.step(records.of(state), job, index, planned, "intent", before)

        self._session.request(f"{job.label} {job.direction} intent {planned.ordinal}", intent)
        if job.script is not None:
            self._lone_script(job, emit)
            return
        try:
            self._session.request(text, lambda state: execute(state, text), half=lambda state: halve(state, text))
        except RefusedError as refused:
            refused.ordinal = planned.ordinal
            self._session.request("give up", lambda state: records.gives_up(records.of(state), job, planned.ordinal))
            raise

    def _lone_script(self, job: Job, emit: Listener) -> None:
        """What it did before it stopped is there, and its intent with it."""
        stopped: list[RefusedError] = []

        def change(state: State) -> None:
            try:
                call(state, job, job.direction, emit, self._target)
            except RefusedError as refused:
                stopped.append(refused)

        self._session.request(job.text, change)
        if stopped:
            raise stopped[0]

    def _recorded(self, job: Job, index: int) -> Callable[[State], None]:
        def change(state: State) -> None:
            if index == len(job.segments) - 1:
                records.closes(self._session.server, records.of(state), job)
            else:
                records.step(records.of(state), job, index, job.segments[index].steps[0], "done", {})

        return change

    def _error(self, job: Job, refused: RefusedError, applied: Sequence[str]) -> StatementError:
        lines = {step.ordinal: step.statement.line for segment in job.segments for step in segment.steps}
        line = lines.get(refused.ordinal)
        return StatementError(
            f"{job.label} stopped: {refused.what}",
            at=f"{job.shown}:{line}" if line else job.shown,
            now="what the ledger says",
            do="correct the file, then run the command again",
            kind=refused.state,
            target=self._target,
            state=refused.state,
            applied=applied,
            failed=job.entry.version.text,
        )
