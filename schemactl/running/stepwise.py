"""A job segment by segment, for what no pipeline of whole transactions can carry; a runner for engines without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.errors import SchemactlError
from schemactl.running.alone import Alone
from schemactl.running.aloud import aloud
from schemactl.running.failure import RefusedError
from schemactl.running.patience import Patiently
from schemactl.running.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.job import Job
    from schemactl.contract.opening import Opening
    from schemactl.events import Listener
    from schemactl.model.entry import EntryState
    from schemactl.running.hands import Hands


class StepwiseRunner:
    """The contract's Runner over an engine's hands."""

    def __init__(self, opening: Opening, hands: Hands) -> None:
        self._opening = opening
        self._hands = hands

    def run(self, jobs: Sequence[Job], emit: Listener) -> None:
        emit = aloud(emit)
        progress = Progress(self._opening.target, emit)
        for job in jobs:
            Stepwise(self._opening, self._hands, job, progress, emit).run()


def _under_way(job: Job) -> Job:
    """The job once its first segment is done: its entry stands in the ledger and is not written again."""
    state: EntryState = "applying" if job.direction == "up" else "reverting"
    return job._replace(entry=job.entry._replace(state=state, version_id=job.entry.version_id or 0))


class Stepwise:
    """One job."""

    def __init__(self, opening: Opening, hands: Hands, job: Job, progress: Progress, emit: Listener) -> None:
        self._opening = opening
        self._hands = hands
        self._job = job
        self._progress = progress
        self._emit = emit

    def run(self) -> None:
        """Run the job and tell of it. raises  as the contract's Runner.run"""
        self._progress.started(self._job)
        try:
            for index, segment in enumerate(self._job.segments):
                last = index == len(self._job.segments) - 1
                if self._opening.stop:
                    raise self._progress.interrupted(self._job, now=self._kept(index), under_way=self._begun(index))
                if last or not self._is_done(index):
                    self._segment(index)
                    self._job = _under_way(self._job)
                    self._progress.statement_done(self._job, segment.steps[-1].ordinal + 1 if segment.steps else 0)
        except SchemactlError as error:
            raise self._progress.failed(self._job, error) from error.__cause__
        self._progress.finished(self._job)

    def _segment(self, index: int) -> None:
        lone = None
        if self._job.segments[index].mode == "alone":
            lone = Alone(self._hands, self._job, index, self._emit)
        patience = Patiently(self._opening, self._emit)
        while True:
            try:
                self._attempt(index, lone)
                return
            except RefusedError as refused:
                may_repeat = lone is None or lone.may_repeat
                if refused.stopped or not may_repeat or not patience.again(refused.failure):
                    raise self._given_up(index, refused, lone) from refused
            except SchemactlError as error:
                left = "not looked at, only announced in the ledger" if lone is not None and lone.begun else ""
                error.now = error.now or self._kept(index, left) + self._progress.earlier()
                error.target = error.target or self._opening.target
                raise

    def _attempt(self, index: int, lone: Alone | None) -> None:
        if lone is not None:
            lone.attempt()
        elif self._job.segments[index].mode == "script":
            self._hands.script(self._job, self._emit)
        else:
            self._hands.transaction(self._job, index)

    def _given_up(self, index: int, refused: RefusedError, lone: Alone | None) -> SchemactlError:
        try:
            left = lone.give_up() if lone is not None else ""
        except RefusedError as failed:
            left = f"what is left of the statement could not be looked at: {failed}"
        now, under_way = self._kept(index, left), self._begun(index) or bool(left)
        if refused.stopped or (self._opening.stop and not refused.failure.gone):
            return self._progress.interrupted(self._job, now=now, under_way=under_way)
        return self._progress.error(self._job, refused, now=now, under_way=under_way)

    def _is_done(self, index: int) -> bool:
        return all(step.ordinal in self._job.done for step in self._job.segments[index].steps)

    def _begun(self, index: int) -> bool:
        return index > 0 or self._job.entry.state != "applied"

    def _kept(self, index: int, left: str = "") -> str:
        label, segments = self._job.label, self._job.segments
        done = [step for segment in segments[:index] for step in segment.steps]
        if not left and not done and not self._begun(index):
            return f"nothing of {label} was kept"
        parts = [f"{label} is under way"]
        if done:
            parts.append(f"statements 1 to {len(done)} of {self._job.statements} are done and recorded")
        if left:
            parts.append(f"the statement that stopped is {left}")
        return ": ".join((parts[0], ", ".join(parts[1:]))) if len(parts) > 1 else parts[0]
