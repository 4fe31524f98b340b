"""A statement that no transaction can hold: intent before it, done after it, and what it left looked at in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.errors import StatementError
from schemactl.running.failure import RefusedError

if TYPE_CHECKING:
    from schemactl.contract.finding import Finding, Verdict
    from schemactl.contract.job import Job
    from schemactl.events import Listener
    from schemactl.running.hands import Before, Hands


class Alone:
    """One such statement: segment `index` of a job, over all its attempts.

    may_repeat  whether the last failure left it not done, for sure
    begun       whether its intent stands in the ledger
    """

    def __init__(self, hands: Hands, job: Job, index: int, emit: Listener) -> None:
        self._hands = hands
        self._job = job
        self._index = index
        self._emit = emit
        self._planned = job.segments[index].steps[0]
        self._noted: Before | None = None
        self._last: RefusedError | None = None
        self._is_answered = False
        self.may_repeat = True

    def attempt(self) -> None:
        """Send it and record it. raises  RefusedError where it is not done, StatementError where it is half done"""
        if self._planned.ordinal in self._job.done:
            if self._ends:
                self._hands.record(self._job, self._index)
            return
        if self._is_answered:
            # Only its record was refused: it is not sent again.
            self._hands.record(self._job, self._index)
            return
        if self._noted is None:
            noted = self._hands.before(self._job, self._index)
            self._hands.intend(self._job, self._index, noted)
            self._noted = noted
        elif self._last is not None:
            verdict = self._left()
            if verdict == "half":
                raise self._last
            if verdict == "done":
                self._hands.record(self._job, self._index)
                return
        self._last = None
        self._send()
        self._is_answered = True
        self._hands.record(self._job, self._index)

    def give_up(self) -> str:
        """After the last attempt: forget the intent where nothing of the statement is left.

        returns  what is left, "" for nothing
        """
        if self._noted is None or self._planned.ordinal in self._job.done:
            return ""
        if self._hands.lost:
            return "the connection is gone, and with it what this statement was told"
        if self._left() == "not done":
            try:
                self._hands.forget(self._job, self._index, whole=self._is_first)
            except RefusedError:
                pass
            else:
                return ""
        finding = self._probe()
        return f"{finding.verdict}: {finding.evidence}"

    @property
    def begun(self) -> bool:
        return self._noted is not None

    @property
    def _ends(self) -> bool:
        return self._index == len(self._job.segments) - 1

    @property
    def _is_first(self) -> bool:
        return self._index == 0 and not self._job.done and self._job.entry.state == "applied"

    def _left(self) -> Verdict:
        """What the last failure left, asked only where the server's refusal does not settle it."""
        settled = self._last is not None and self._last.failure.settled
        return "not done" if settled else self._clean()

    def _send(self) -> None:
        """Send it; where the server refused it and it took effect all the same, it is done."""
        try:
            self._hands.send(self._job, self._index, self._noted or {}, self._emit)
        except RefusedError as refused:
            self._last = refused
            if refused.failure.gone or self._hands.lost:
                self.may_repeat = False
                raise
            verdict = self._left()
            self.may_repeat = self._job.script is None and verdict in ("not done", "half")
            # A script's error is its author's word: what its probe says of it is for recover to act on.
            if verdict != "done" or self._job.script is not None:
                raise
        else:
            self._verify()

    def _probe(self) -> Finding:
        return self._hands.probe(self._job, self._planned, self._noted or {})

    def _clean(self) -> Verdict:
        """Take away half of the statement, where that can be done now; what is left of it."""
        finding = self._probe()
        if finding.verdict == "half":
            try:
                self._hands.tidy(self._planned, self._noted or {})
            except RefusedError:
                # Whoever held up the statement may hold up its removal too: the next attempt, or recover, tries again.
                return "half"
            finding = self._probe()
            if finding.verdict == "half":  # what the statement itself takes up from there
                return "not done"
        return finding.verdict

    def _verify(self) -> None:
        """A statement that was answered well must have left its object whole."""
        finding = self._probe()
        if finding.verdict == "half":
            label = self._job.label
            raise StatementError(
                f"{label}: the server reported success, but {finding.evidence}",
                at=f"{self._job.shown}:{self._planned.statement.line}",
                now=f"{label} is under way, this statement {finding.verdict}",
                do=f"look at it with `{finding.query}`, then `schemactl recover`",
                kind="half_done",
                failed=self._job.entry.version.text,
            )
