"""From files and entries to jobs: cut by the script, segmented by the engine's planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.job import Job, Segment
from schemactl.errors import GateError

if TYPE_CHECKING:
    from schemactl.contract.engine import Engine
    from schemactl.model.entry import Direction, Entry
    from schemactl.model.migration import MigrationFile
    from schemactl.script.section import Script, Section
    from schemactl.workflows.site import Site


def job_up(site: Site, engine: Engine, file: MigrationFile, *, unlocked: bool = False, locks: bool = True) -> Job:
    """The job that applies `file`; `locks` as in Planner.segments."""
    script = site.cut(file)
    return _job(engine, file, script.up, site.entry(file, script, unlocked=unlocked), "up", locks)


def job_down(site: Site, engine: Engine, file: MigrationFile, entry: Entry) -> Job:
    """The job that undoes `file`.

    raises  GateError where the file has no way back
    """
    script = site.cut(file)
    return _job(engine, file, _way_back(site, file, script), entry, "down")


def resumed(job: Job, entry: Entry, done: frozenset[int]) -> Job:
    """The rest of a job: `entry` stands in the ledger, the statements `done` are not sent again."""
    return job._replace(entry=entry, done=done)


def _way_back(site: Site, file: MigrationFile, script: Script) -> Section:
    if script.down is not None:
        return script.down
    why = script.up.directives.irreversible
    raise GateError(
        f"{file.label} cannot be rolled back: {why or 'it has no down section'}",
        at=file.shown,
        now="nothing was changed",
        do="undo it with a new migration, or restore a backup taken before it",
        kind="irreversible",
        target=site.target,
    )


def _job(
    engine: Engine, file: MigrationFile, section: Section, entry: Entry, direction: Direction, locks: bool = True
) -> Job:
    if file.format == "py":
        segments: tuple[Segment, ...] = (Segment(mode="script", steps=()),)
    else:
        segments = engine.planner.segments(section, shown=file.shown, locks=locks)
    return Job(
        entry=entry,
        direction=direction,
        segments=segments,
        shown=file.shown,
        script=file.path if file.format == "py" else None,
        text=file.text if file.format == "py" else "",
        lock_timeout_ms=section.directives.lock_timeout_ms,
        statement_timeout_ms=section.directives.statement_timeout_ms,
        idempotent=section.directives.idempotent,
    )
