"""From files and entries to jobs: cut by the script, segmented by the engine's planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemactl.contract.job import Job, PlannedStatement, Segment
from schemactl.errors import ConfigError, GateError

if TYPE_CHECKING:
    from schemactl.contract.engine import Engine
    from schemactl.model.entry import Direction, Entry
    from schemactl.model.migration import MigrationFile
    from schemactl.script.section import Script, Section
    from schemactl.workflows.site import Site


def job_up(site: Site, engine: Engine, file: MigrationFile, *, unlocked: bool = False, locks: bool = True) -> Job:
    """The job that applies `file`; `locks` as in Planner.segments.

    raises  ConfigError where its up section is blank
    """
    script = site.cut(file)
    if file.format != "py" and _is_blank(file, script):
        raise _nothing_written(site, file, script.up)
    return _job(engine, file, script.up, site.entry(file, script, unlocked=unlocked), "up", locks)


def _is_blank(file: MigrationFile, script: Script) -> bool:
    """Whether nothing stands in the up section, not even a comment (in .json: a description) that says why."""
    if file.format == "json":
        return not script.up.statements and not script.description
    end = script.down.line - 1 if script.down is not None else None
    return not script.up.statements and not "".join(file.text.splitlines()[script.up.line : end]).strip()


def _nothing_written(site: Site, file: MigrationFile, up: Section) -> ConfigError:
    where, says = ("below migrate:up", "a comment there")
    if file.format == "json":
        where, says = ('in "up"', 'its "schemactl": {"description": …}')
    # Applied as it is, it would count as done, and the statements written into it later as a changed history.
    return ConfigError(
        f"{file.label} has nothing in its up section",
        at=f"{file.shown}:{up.line}",
        now="nothing was changed",
        do=f"write its statements {where}, or remove the file; one that is to do nothing says so in {says}",
        kind="empty_section",
        target=site.target,
    )


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
        segments: tuple[Segment, ...] = (script_segment(engine, section, file.text),)
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


def script_segment(engine: Engine, section: Section, text: str) -> Segment:
    """How a `.py` runs: in one transaction with its entry, or as a statement that stands alone."""
    why = engine.planner.script(section)
    if not why:
        return Segment(mode="script", steps=())
    from schemactl.script.python_file import as_statement

    return Segment(mode="alone", steps=(PlannedStatement(ordinal=0, statement=as_statement(text), why=why),))
