"""The fake's ledger: what is read of it, what recover writes, and what a run writes beside its effects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from schemactl.contract.job import Job, PlannedStatement
from schemactl.errors import HistoryError
from schemactl.model.entry import LEDGER_FORMAT, Entry, LedgerState
from schemactl.model.step import Step
from tests.contract.fake.server import Records, RefusedError, Server, Session, State


class FakeLedger:
    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> LedgerState:
        return self._session.read(_read)

    def prepare(self, *, platform: str, service_name: str) -> None:
        if self.read().exists:
            return

        def change(state: State) -> None:
            state.records = Records(platform=platform, service_name=service_name)

        self._session.request("prepare", change)

    def accept(self, entry: Entry, *, checksum: str, up_hash: str, note: str) -> None:
        def change(state: State) -> None:
            records = of(state)
            standing = records.entries[entry.version.number]
            description = "; ".join(part for part in (standing.description, note) if part)
            accepted = standing._replace(checksum=checksum, up_hash=up_hash, description=description)
            records.entries[entry.version.number] = accepted

        self._session.request("accept", change)

    def mark(self, entry: Entry, ordinal: int, *, done: bool) -> None:
        def change(state: State) -> None:
            steps = of(state).steps
            for key in [key for key in steps if key[0] == entry.version_id and key[2] == ordinal]:
                if done:
                    steps[key] = replace(steps[key], state="done")
                else:
                    del steps[key]

        self._session.request("mark", change)

    def remove(self, entry: Entry) -> None:
        self._session.request("remove", lambda state: take_away(of(state), entry))

    def reinstate(self, entry: Entry) -> None:
        def change(state: State) -> None:
            records = of(state)
            standing = records.entries[entry.version.number]
            if standing.state == "reverting":
                take_away(records, standing)
                records.entries[entry.version.number] = standing._replace(state="applied")

        self._session.request("reinstate", change)


def of(state: State) -> Records:
    if state.records is None:
        raise RefusedError("missing_object", "there is no ledger")
    return state.records


def _read(state: State) -> LedgerState:
    records = state.records
    if records is None:
        return LedgerState(exists=False)
    if records.format > LEDGER_FORMAT:
        raise HistoryError(
            f"the ledger has format {records.format}, this knows {LEDGER_FORMAT}",
            now="nothing was changed",
            do="use a later version",
            kind="newer_ledger",
        )
    return LedgerState(
        exists=True,
        format=records.format,
        platform=records.platform,
        service_name=records.service_name,
        entries=tuple(records.entries[number] for number in sorted(records.entries)),
        steps=tuple(records.steps[key] for key in sorted(records.steps)),
    )


def take_away(records: Records, entry: Entry) -> None:
    gone = records.entries.pop(entry.version.number, None)
    if gone is not None:
        records.steps = {key: step for key, step in records.steps.items() if key[0] != gone.version_id}


def put(server: Server, records: Records, entry: Entry) -> None:
    """Write a new entry. raises  RefusedError where its version has one."""
    if entry.version.number in records.entries:
        raise RefusedError("duplicate_object", f"version {entry.version} has an entry")
    records.last_id += 1
    new = entry._replace(version_id=records.last_id, applied_at=server.now(), duration_ms=0)
    records.entries[entry.version.number] = new


def opens(server: Server, records: Records, job: Job) -> None:
    """Show the migration as under way, where the ledger does not say so yet."""
    standing = records.entries.get(job.entry.version.number)
    if job.direction == "up" and standing is None:
        put(server, records, job.entry._replace(state="applying"))
    elif job.direction == "up" and standing is not None and standing.state == "applied":
        raise RefusedError("duplicate_object", f"version {job.entry.version} has an entry")
    elif job.direction == "down" and standing is not None:
        records.entries[job.entry.version.number] = standing._replace(state="reverting")


def closes(server: Server, records: Records, job: Job) -> None:
    """End the migration: its entry stands, or is gone; its steps are gone. The file may have been corrected since."""
    standing = records.entries.get(job.entry.version.number)
    if standing is None:
        raise RefusedError("missing_object", f"version {job.entry.version} has no entry")
    take_away(records, standing)
    if job.direction == "up":
        records.entries[job.entry.version.number] = job.entry._replace(
            state="applied", version_id=standing.version_id, applied_at=server.now(), duration_ms=0
        )


def gives_up(records: Records, job: Job, ordinal: int) -> None:
    """A statement was refused: its intent goes, and where nothing else was done, the entry is as it was before."""
    entry = records.entries[job.entry.version.number]
    records.steps.pop((entry.version_id or 0, job.direction, ordinal), None)
    if job.entry.state == "applied" and not any(key[0] == entry.version_id for key in records.steps):
        if job.direction == "up":
            take_away(records, entry)
        else:
            records.entries[entry.version.number] = entry._replace(state="applied")


def step(
    records: Records,
    job: Job,
    segment: int,
    planned: PlannedStatement,
    state: Literal["intent", "done"],
    before: dict[str, Any],
) -> None:
    entry_id = records.entries[job.entry.version.number].version_id or 0
    key = (entry_id, job.direction, planned.ordinal)
    known = records.steps.get(key)
    records.steps[key] = Step(
        version_id=entry_id,
        direction=job.direction,
        ordinal=planned.ordinal,
        segment=segment,
        statement_hash=planned.statement.hash,
        line=planned.statement.line,
        state=state,
        before=known.before if known is not None and state == "done" else before,
    )
