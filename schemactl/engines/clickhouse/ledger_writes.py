"""What a run writes into the ledger: each call is one block, so an entry, its steps and its end never part.

The caller holds the lock; that it still does is looked at right before each write (ledger_table.writing).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from schemactl.engines.clickhouse.failure import ServerError, ServerFailure
from schemactl.engines.clickhouse.ledger import ends_event, entry_event, fold, forget_event, step_event
from schemactl.engines.clickhouse.ledger_events import Event, Log
from schemactl.model.step import Step

if TYPE_CHECKING:
    from schemactl.contract.job import Job
    from schemactl.engines.clickhouse.connection import Session
    from schemactl.model.entry import Entry
    from schemactl.running.hands import Before


class LedgerWrites:
    """raises  ServerError; with code 0, our own, where the entry is not as the job takes for granted"""

    def __init__(self, session: Session) -> None:
        self._log = Log(session)
        self._since: dict[int, float] = {}  # by version number: when this run began it

    def whole(self, job: Job) -> None:
        """A job without statements: its entry as it is to stand, or its removal."""
        seq, newest, clock = self._log.newest()
        if job.direction == "down":
            self._append([self._gone(self._must_stand(job))], seq, clock)
            return
        standing = self._standing(job)
        number = standing.version_id if standing else newest + 1
        began = standing.applied_at if standing else None
        events = [
            entry_event(self._ended(job, number or 0, clock, began)),
            *([ends_event(standing)] if standing else []),
        ]
        self._append(events, seq, clock)

    def intend(self, job: Job, index: int, noted: Before) -> None:
        """The step as `intent`, and before it the entry as under way where it is not there yet."""
        self._since.setdefault(job.entry.version.number, time.monotonic())
        seq, newest, clock = self._log.newest()
        events: list[Event] = []
        if job.direction == "down":
            entry = self._must_stand(job)
            if entry.state == "applied":
                entry = entry._replace(state="reverting")
                events.append(entry_event(entry))
        else:
            entry = self._begun(job, newest, clock)
            if entry.version_id == newest + 1:
                events.append(entry_event(entry))
        events.append(step_event(entry, step_of(job, index, entry, noted), "intent"))
        self._append(events, seq, clock)

    def record(self, job: Job, index: int) -> None:
        """The step as done; of the last segment the end of the job instead."""
        seq, _, clock = self._log.newest()
        entry = self._must_stand(job)
        if index < len(job.segments) - 1:
            noted = self._noted(job, entry, index)
            self._append([step_event(entry, step_of(job, index, entry, noted), "done")], seq, clock)
        elif job.direction == "down":
            self._append([self._gone(entry)], seq, clock)
        else:
            ended = self._ended(job, entry.version_id or 0, clock, entry.applied_at)
            self._append([entry_event(ended), ends_event(entry)], seq, clock)

    def forget(self, job: Job, index: int, *, whole: bool) -> None:
        """Take the intent back; `whole`: the entry is as it was before this run."""
        seq, _, clock = self._log.newest()
        entry = self._must_stand(job)
        if not whole:
            events = [forget_event(entry, job.segments[index].steps[0].ordinal)]
        elif job.direction == "up":
            events = [self._gone(entry)]
        else:
            events = [entry_event(entry._replace(state="applied")), ends_event(entry)]
        self._append(events, seq, clock)

    def _append(self, events: list[Event], seq: int, clock: int) -> None:
        self._log.append(events, after=seq, clock=clock)

    def _standing(self, job: Job) -> Entry | None:
        entries = fold(self._log.of(job.entry.version)).entries
        return next(iter(entries.values()), None)

    def _must_stand(self, job: Job) -> Entry:
        entry = self._standing(job)
        if entry is None:
            raise _unexpected(f"the ledger has no entry of version {job.entry.version}")
        return entry

    def _begun(self, job: Job, newest: int, clock: int) -> Entry:
        """The entry of a job on its way up: as it stands, or new."""
        standing = self._standing(job)
        if job.entry.version_id is None and job.entry.state == "applied":
            if standing is not None:
                raise _unexpected(f"version {job.entry.version} is in the ledger already, as {standing.version}")
            at = datetime.fromtimestamp(clock, UTC)
            return job.entry._replace(state="applying", version_id=newest + 1, applied_at=at, duration_ms=0)
        return standing or self._must_stand(job)

    def _ended(self, job: Job, number: int, clock: int, began: datetime | None) -> Entry:
        at = datetime.fromtimestamp(clock, UTC)
        since = self._since.pop(job.entry.version.number, None)
        if since is not None:
            took = round((time.monotonic() - since) * 1000)
        else:
            took = round((at - began).total_seconds() * 1000) if began else 0
        return job.entry._replace(state="applied", version_id=number, applied_at=at, duration_ms=max(took, 0))

    def _noted(self, job: Job, entry: Entry, index: int) -> Before:
        ordinal = job.segments[index].steps[0].ordinal
        steps = fold(self._log.of(job.entry.version)).steps.get(entry.version_id or 0, {})
        step = steps.get((job.direction, ordinal))
        return step.before if step else {}

    def _gone(self, entry: Entry) -> Event:
        return Event("gone", entry.version_id or 0, entry.service_name, entry.version.text, {})


def step_of(job: Job, index: int, entry: Entry, noted: Before) -> Step:
    planned = job.segments[index].steps[0]
    return Step(
        version_id=entry.version_id or 0,
        direction=job.direction,
        ordinal=planned.ordinal,
        segment=index,
        statement_hash=planned.statement.hash,
        line=planned.statement.line,
        state="intent",
        before=noted,
    )


def _unexpected(message: str) -> ServerError:
    return ServerError(ServerFailure(0, message))
