"""The ledger on ClickHouse: the log of schema_events read as entries and steps (docs/formats.md, "Ledger").

An entry means: this migration's effects are in the database, in full where its state is `applied`, in the part that its
steps name where it is `applying` or `reverting`. What a run writes is in ledger_writes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from schemactl.engines.clickhouse.ledger_events import Event, Log
from schemactl.errors import UnsupportedError
from schemactl.model.entry import LEDGER_FORMAT, Entry, LedgerState
from schemactl.model.step import Step
from schemactl.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemactl.engines.clickhouse.connection import Session

Key = tuple[str, int]  # direction, ordinal


class Standing(NamedTuple):
    """What the log says in the end: entries and steps by version_id."""

    entries: dict[int, Entry]
    steps: dict[int, dict[Key, Step]]
    format: int
    platform: str | None
    service_name: str | None


def fold(events: Iterable[Event]) -> Standing:
    """What stands after these events, read in the order of their writing."""
    entries: dict[int, Entry] = {}
    steps: dict[int, dict[Key, Step]] = {}
    newest, platform, service_name = 0, None, None
    for event in events:
        number, facts = event.version_id, event.payload
        if event.kind == "format":
            newest = max(newest, int(facts["format"]))
            platform, service_name = platform or facts["platform"], service_name or facts["service_name"]
        elif event.kind == "entry":
            entries[number] = _entry(event)
        elif event.kind == "gone":
            entries.pop(number, None)
            steps.pop(number, None)
        elif event.kind == "step":
            step = _step(event)
            steps.setdefault(number, {})[(step.direction, step.ordinal)] = step
        elif event.kind == "forget":
            kept = steps.get(number, {})
            steps[number] = {key: step for key, step in kept.items() if key[1] != int(facts["ordinal"])}
        elif event.kind == "ends":
            steps.pop(number, None)
    return Standing(entries, steps, newest, platform, service_name)


class ClickHouseLedger:
    """See contract.engine.Ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._log = Log(session)

    def read(self) -> LedgerState:
        with self._session.translated("reading the ledger"):
            formats = self._log.events("kind = 'format'")
            if not formats:
                return LedgerState(exists=False)
            # Before anything is read into entries: what a later format has in them nobody here knows.
            self._refuse_newer(formats)
            events = self._log.events()
        standing = fold(events or ())
        entries = sorted(standing.entries.values(), key=lambda entry: entry.version.number)
        steps = [step for one in standing.steps.values() for step in one.values()]
        return LedgerState(
            exists=True,
            format=standing.format,
            platform=standing.platform,
            service_name=standing.service_name,
            entries=tuple(entries),
            steps=tuple(sorted(steps, key=lambda step: (step.version_id, step.ordinal))),
        )

    def prepare(self, *, platform: str, service_name: str) -> None:
        with self._session.translated("creating the ledger"):
            events = self._log.events("kind = 'format'")
            if events:
                self._refuse_newer(events)
                return
            self._refuse_replicated()
            self._session.still_held()
            self._log.create()
            facts = {"format": LEDGER_FORMAT, "platform": platform, "service_name": service_name}
            self._append(Event("format", 0, service_name, "", facts))

    def _refuse_replicated(self) -> None:
        """raises  UnsupportedError in a database that gives its tables to every server, and not their rows"""
        if self._session.facts.database_engine == "Replicated":
            raise UnsupportedError(
                f"{self._session.facts.database} is a database of the engine Replicated: the ledger's rows would be on"
                " one of its servers, and the others would know of nothing that was applied",
                at=self._session.opening.shown,
                now="nothing was changed",
                do="make the target a database of the engine Atomic on each server, and add `?cluster=…` to its URL",
                kind="missing",
                target=self._session.target,
            )

    def accept(self, entry: Entry, *, checksum: str, up_hash: str, note: str) -> None:
        standing = self._standing(entry)
        if standing is not None:
            description = "; ".join(part for part in (standing.description, note) if part)
            accepted = standing._replace(
                checksum=checksum, checksum_algorithm="sha256-lf", up_hash=up_hash, description=description
            )
            self._write(entry_event(accepted))

    def mark(self, entry: Entry, ordinal: int, *, done: bool) -> None:
        standing = self._standing(entry)
        if standing is None:
            return
        if not done:
            self._write(forget_event(standing, ordinal))
            return
        for step in fold(self._events(entry)).steps.get(standing.version_id or 0, {}).values():
            if step.ordinal == ordinal:
                self._write(step_event(standing, step, "done"))

    def remove(self, entry: Entry) -> None:
        self._write(Event("gone", entry.version_id or 0, entry.service_name, entry.version.text, {}))

    def reinstate(self, entry: Entry) -> None:
        standing = self._standing(entry)
        if standing is not None and standing.state == "reverting":
            self._write(entry_event(standing._replace(state="applied")), ends_event(standing))

    def _events(self, entry: Entry) -> list[Event]:
        with self._session.translated("reading the ledger"):
            return self._log.of(entry.version)

    def _standing(self, entry: Entry) -> Entry | None:
        return fold(self._events(entry)).entries.get(entry.version_id or 0)

    def _write(self, *events: Event) -> None:
        with self._session.translated("writing the ledger"):
            self._append(*events)

    def _append(self, *events: Event) -> None:
        seq, _, clock = self._log.newest()
        self._log.append(events, after=seq, clock=clock)

    def _refuse_newer(self, formats: Sequence[Event]) -> None:
        found = max(int(event.payload["format"]) for event in formats)
        if found > LEDGER_FORMAT:
            from schemactl.running.newer_ledger import refusal

            raise refusal(found, self._session.opening)


def entry_event(entry: Entry) -> Event:
    """The event that makes an entry stand as it is given, `version_id`, `applied_at` and all."""
    facts: dict[str, Any] = {
        name: getattr(entry, name)
        for name in Entry._fields
        if name not in ("service_name", "version", "version_id", "applied_at")
    }
    facts["applied_at"] = int(entry.applied_at.timestamp()) if entry.applied_at else 0
    return Event("entry", entry.version_id or 0, entry.service_name, entry.version.text, facts)


def step_event(entry: Entry, step: Step, state: str) -> Event:
    facts = {
        "direction": step.direction,
        "ordinal": step.ordinal,
        "segment": step.segment,
        "statement_hash": step.statement_hash,
        "line": step.line,
        "state": state,
        "before": step.before,
    }
    return Event("step", entry.version_id or 0, entry.service_name, entry.version.text, facts)


def forget_event(entry: Entry, ordinal: int) -> Event:
    return Event("forget", entry.version_id or 0, entry.service_name, entry.version.text, {"ordinal": ordinal})


def ends_event(entry: Entry) -> Event:
    return Event("ends", entry.version_id or 0, entry.service_name, entry.version.text, {})


def _entry(event: Event) -> Entry:
    facts = dict(event.payload)
    applied_at = datetime.fromtimestamp(facts.pop("applied_at"), UTC)
    known = {name: value for name, value in facts.items() if name in Entry._fields}
    return Entry(
        **known,
        service_name=event.service_name,
        version=Version(event.version),
        version_id=event.version_id,
        applied_at=applied_at,
    )


def _step(event: Event) -> Step:
    return Step(version_id=event.version_id, **event.payload)
