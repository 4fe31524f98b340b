"""From text to jobs, and jobs to an engine, as a workflow does it: through the script and the engine's own planner."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from schemactl.contract.engine import Engine, Missing
from schemactl.contract.job import Job, PlannedStatement, Segment
from schemactl.events import Event, Listener, ignore
from schemactl.model.entry import Entry
from schemactl.model.version import Version
from schemactl.script import python_file
from schemactl.script.checksum import checksum
from schemactl.script.section import Script, Section
from tests.contract.target import PLATFORM, SERVICE, Dialect, Target


@dataclass(slots=True)
class Heard:
    """A listener that keeps what it was told."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def cut(dialect: Dialect, *up: str, down: Sequence[str] | None = None, said: Sequence[str] = ()) -> Script:
    """These statements, written as a file and read again; `said` are the directives of both sections."""
    return dialect.language.parse(dialect.language.text(up, down, said))


def entry_of(version: str, text: str, script: Script | None = None, **facts: Any) -> Entry:
    made = Entry(
        service_name=SERVICE,
        version=Version(version),
        name="step",
        description="",
        checksum=checksum(text.encode()),
        up_hash=script.up_hash if script else hashlib.sha256(text.encode()).hexdigest(),
        applied_by="somebody@somewhere",
        tool_version="0.0.0",
    )
    return made._replace(**facts)


def job_up(
    engine: Engine, dialect: Dialect, version: str, *statements: str, said: Sequence[str] = (), **facts: Any
) -> Job:
    """The job that applies these statements as `version`; `facts` are fields of its entry."""
    script = cut(dialect, *statements, said=said)
    entry = entry_of(version, dialect.language.text(statements, None, said), script, **facts)
    shown = f"{version}_step.sql"
    return Job(
        entry=entry,
        direction="up",
        segments=engine.planner.segments(script.up, shown=shown),
        shown=shown,
        idempotent=script.up.directives.idempotent,
    )


def job_down(engine: Engine, dialect: Dialect, entry: Entry, *statements: str, said: Sequence[str] = ()) -> Job:
    """The job that undoes `entry`, which stands in the ledger, by these statements."""
    script = cut(dialect, *statements, said=said)
    shown = f"{entry.version}_step.sql"
    return Job(entry=entry, direction="down", segments=engine.planner.segments(script.up, shown=shown), shown=shown)


def job_script(
    engine: Engine, version: str, text: str, path: Path, direction: Literal["up", "down"] = "up", **facts: Any
) -> Job:
    """The job that runs `up` or `down` of a Python migration."""
    path.write_text(text, encoding="utf-8")
    said = python_file.parse(text, shown=path.name)
    why = engine.planner.script(Section(line=1, statements=(), directives=said.directives))
    lone = (PlannedStatement(ordinal=0, statement=python_file.as_statement(text), why=why),) if why else ()
    return Job(
        entry=entry_of(version, text, **facts),
        direction=direction,
        segments=(Segment(mode="alone" if why else "script", steps=lone),),
        shown=path.name,
        script=path,
        text=text,
        idempotent=said.directives.idempotent,
    )


def prepare(engine: Engine) -> None:
    engine.ledger.prepare(platform=PLATFORM, service_name=SERVICE)


def run_on(engine: Engine, *jobs: Job, emit: Listener = ignore) -> None:
    """Run jobs as a workflow does: under the lock, the ledger there. A lock that a dead run just lost is waited for."""
    assert not isinstance(engine.lock, Missing)
    with engine.lock.hold(wait_s=20, emit=ignore):
        prepare(engine)
        engine.runner.run(jobs, emit)


def run(target: Target, *jobs: Job, emit: Listener = ignore) -> None:
    """The same on an engine of its own."""
    run_on(target.open(), *jobs, emit=emit)


def kept(job: Job, failing: int) -> frozenset[int]:
    """The statements that stand where number `failing` was refused: those of whole segments before its own."""
    ordinals = [frozenset(step.ordinal for step in segment.steps) for segment in job.segments]
    own = next(index for index, found in enumerate(ordinals) if failing in found)
    return frozenset[int]().union(*ordinals[:own])


def told(target: Target, job: Job, failing: int) -> frozenset[int]:
    """Hold the ledger against what stands of a job whose statement `failing` was refused, and say what that is."""
    stands = kept(job, failing)
    ledger = target.open().ledger.read()
    entry = ledger.entry(job.entry.version)
    before, under_way = (None, "applying") if job.direction == "up" else ("applied", "reverting")
    assert (entry and entry.state) == (under_way if stands else before)
    segment_of = {step.ordinal: index for index, segment in enumerate(job.segments) for step in segment.steps}
    assert [(step.ordinal, step.segment, step.state, step.direction) for step in ledger.steps] == [
        (ordinal, segment_of[ordinal], "done", job.direction) for ordinal in sorted(stands)
    ]
    assert [one.version for one in ledger.unfinished] == ([job.entry.version] if stands else [])
    return stands


def resumed(target: Target, job: Job, done: frozenset[int]) -> Job:
    """The job as recover hands it back: its entry as it stands, what is done left out."""
    entry = target.open().ledger.read().entry(job.entry.version)
    if entry is None or (job.direction == "up" and entry.state == "applied"):
        return job
    if job.direction == "down":
        return job._replace(entry=entry, done=done)
    return job._replace(entry=job.entry._replace(version_id=entry.version_id, state="applying"), done=done)


def standing(engine: Engine, version: str) -> Entry:
    """The entry of a version, which must be there."""
    entry = engine.ledger.read().entry(Version(version))
    assert entry is not None, f"version {version} has no entry"
    return entry


def modes(segments: Sequence[Segment]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((segment.mode, tuple(step.ordinal for step in segment.steps)) for segment in segments)
