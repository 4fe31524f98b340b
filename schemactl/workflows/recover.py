"""Finish or undo what a crash left, statement by statement, by what the live catalogue says. Never by force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from schemactl.contract.engine import Engine
from schemactl.contract.finding import Finding
from schemactl.contract.opening import Stop
from schemactl.errors import ConfigError, HistoryError, RunInterruptedError, SchemactlError
from schemactl.events import Listener, Noted, StatementProbed, TargetFinished, ignore
from schemactl.running.owner import doing
from schemactl.workflows import execute
from schemactl.workflows.execute import RunResult, TargetResult
from schemactl.workflows.history import foreign
from schemactl.workflows.jobs import job_down, job_up, resumed
from schemactl.workflows.migrate import refuse_read_only
from schemactl.workflows.parallel import each
from schemactl.workflows.rights import given_after
from schemactl.workflows.schedule import Task, run_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemactl.contract.job import Job, PlannedStatement
    from schemactl.model.entry import Entry, LedgerState
    from schemactl.model.migration import MigrationFile
    from schemactl.model.step import Step
    from schemactl.model.version import Version
    from schemactl.workflows.site import Site

Mark = Literal["done", "undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One statement of an unfinished migration, and what was found of it."""

    planned: PlannedStatement
    finding: Finding
    step: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """An unfinished migration of one target with its statements, in order."""

    entry: Entry
    job: Job
    statements: tuple[Probed, ...]

    @property
    def done(self) -> frozenset[int]:
        return frozenset(item.planned.ordinal for item in self.statements if item.finding.verdict == "done")

    @property
    def unknown(self) -> Probed | None:
        return next((item for item in self.statements if item.finding.verdict == "unknown"), None)


def look(site: Site) -> tuple[Unfinished, ...]:
    """What `run` would find, read without the lock: a run that is still at work shows up here as unfinished too."""
    with site.opened() as engine:
        return _look(site, engine)


def look_at(sites: Sequence[Site], *, workers: int) -> list[tuple[Unfinished, ...] | SchemactlError]:
    """`look` for several targets, at most `workers` at once, in their order; the error of each that cannot be read."""

    def one(site: Site) -> tuple[Unfinished, ...] | SchemactlError:
        try:
            return look(site)
        except SchemactlError as error:
            error.target = error.target or site.target
            return error

    return each(sites, one, workers=workers)


def run(
    sites: Sequence[Site],
    *,
    mark: Mark | None = None,
    undo: bool = False,
    wait_s: float = 0.0,
    unlocked: bool = False,
    emit: Listener = ignore,
    workers: int = 4,
    stop: Stop | None = None,
) -> RunResult:
    """Recover the targets, at most `workers` at once; each result stands where its site stands.

    mark    decides a statement that nothing can probe, of the only site
    undo    give the migration up instead of finishing it, where none of its statements took effect: what was being
            applied loses its entry, what was being rolled back is applied as before
    raises  ConfigError for a mark and more than one site
    """
    _refuse_mark_of_several(sites, mark)
    results: dict[str, TargetResult] = {}

    def work(site: Site) -> None:
        result = results[site.target] = _recover_target(site, mark, undo, wait_s, unlocked, emit)
        emit(TargetFinished(site.target, result.outcome, result.versions, result.why))

    # Side by side: on engines whose lock is a lease, each waits until that of the dead run is over.
    tasks = [Task(key=(site.target, 0), needs=frozenset(), work=partial(work, site)) for site in sites]
    run_all(tasks, workers=workers, stop=stop if stop is not None else Stop())
    for site in sites:
        if site.target not in results:
            why = "the run was stopped before"
            results[site.target] = TargetResult(target=site.target, outcome="not_started", why=why)
            emit(TargetFinished(site.target, "not_started", (), why))
    ordered = tuple(results[site.target] for site in sites)
    interrupted = any(
        result.outcome == "not_started" or isinstance(result.error, RunInterruptedError) for result in ordered
    )
    return RunResult(targets=ordered, interrupted=interrupted)


def _refuse_mark_of_several(sites: Sequence[Site], mark: Mark | None) -> None:
    if mark is not None and len(sites) > 1:
        raise ConfigError(
            "a mark is the answer of one target, and each may have another",
            now="nothing was changed",
            do="name one target",
            kind="mark_needs_target",
        )


def accept(
    site: Site, version: Version, why: str, *, wait_s: float = 0.0, unlocked: bool = False, emit: Listener = ignore
) -> Entry:
    """Record the file of an applied migration as it is now; `why` and who said so join the entry's description.

    raises  HistoryError where the version is not applied or has no file, or the ledger is another target's or a later
            version's; UnsupportedError where nothing can be written
    """
    with doing("recover"), site.opened() as engine:
        refuse_read_only(engine, site)
        with execute.locked(engine, site, wait_s=wait_s, unlocked=unlocked, emit=emit):
            ledger = engine.ledger.read()
            _refuse_foreign(site, ledger)
            file, entry = _acceptable(site, ledger, version)
            note = f"accepted by {site.applied_by()}: {why}"
            engine.ledger.accept(entry, checksum=file.checksum, up_hash=site.cut(file).up_hash, note=note)
            return entry


def _acceptable(site: Site, ledger: LedgerState, version: Version) -> tuple[MigrationFile, Entry]:
    file = next((file for file in site.files if file.version == version), None)
    entry = ledger.entry(version)
    if file is None or entry is None or entry.state != "applied":
        what = "has no file" if file is None else "is not applied"
        raise HistoryError(
            f"version {version} {what}, so there is nothing to accept",
            now="nothing was changed",
            do="`schemactl status` shows where the target stands",
            kind="no_such_version",
            target=site.target,
        )
    return file, entry


def _refuse_foreign(site: Site, ledger: LedgerState) -> None:
    problem = foreign(site, ledger)
    if problem is not None:
        raise problem.error(site.target)


def _recover_target(
    site: Site, mark: Mark | None, undo: bool, wait_s: float, unlocked: bool, emit: Listener
) -> TargetResult:
    versions: list[str] = []
    try:
        with doing("recover"), site.opened() as engine:
            refuse_read_only(engine, site)
            with execute.locked(engine, site, wait_s=wait_s, unlocked=unlocked, emit=emit):
                found = _look(site, engine)
                execute.started(engine, site, [item.job for item in found], emit)
                # What the dead run applied before has no rights yet, whatever becomes of what it was at.
                with given_after(engine, site, emit):
                    for item in found:
                        if undo:
                            _refuse_undo(site, item, item.done)
                        settled = _settle(site, engine, item, mark, undo, emit)
                        _end(site, engine, settled, undo, emit)
                        versions.append(item.entry.version.text)
    except SchemactlError as error:
        error.target = error.target or site.target
        return TargetResult(target=site.target, outcome="failed", versions=tuple(versions), error=error, why=error.what)
    return TargetResult(target=site.target, outcome="done", versions=tuple(versions))


def _look(site: Site, engine: Engine) -> tuple[Unfinished, ...]:
    ledger = engine.ledger.read()
    _refuse_foreign(site, ledger)
    return tuple(_unfinished(site, engine, ledger, entry) for entry in ledger.unfinished)


def _unfinished(site: Site, engine: Engine, ledger: LedgerState, entry: Entry) -> Unfinished:
    file = next((file for file in site.files if file.version == entry.version), None)
    if file is None:
        raise HistoryError(
            f"{entry.label} is under way, its file is missing",
            now="nothing was changed",
            do="bring back the file from version control",
            kind="missing",
            target=site.target,
        )
    job = _job(site, engine, file, entry)
    steps = {step.ordinal: step for step in ledger.steps_of(entry) if step.direction == job.direction}
    planned = [step for segment in job.segments for step in segment.steps]
    _refuse_changed(site, job, planned, steps)
    return Unfinished(entry=entry, job=job, statements=tuple(_probe(engine, job, one, steps) for one in planned))


def _job(site: Site, engine: Engine, file: MigrationFile, entry: Entry) -> Job:
    if entry.state == "reverting":
        return job_down(site, engine, file, entry)
    job = job_up(site, engine, file, unlocked=entry.unlocked)
    return job._replace(entry=job.entry._replace(version_id=entry.version_id, state="applying"))


def _refuse_changed(site: Site, job: Job, planned: Sequence[PlannedStatement], steps: dict[int, Step]) -> None:
    """The statements that were sent must be the file's; those behind them may have been corrected since."""
    hashes = {one.ordinal: one.statement.hash for one in planned}
    for ordinal, step in sorted(steps.items()):
        if hashes.get(ordinal) != step.statement_hash:
            raise HistoryError(
                f"{job.label}: its statement {ordinal + 1} was changed after it was {_sent(step)}",
                at=f"{job.shown}:{step.line}",
                now="nothing was changed",
                do="bring that statement back as it was; what comes behind it may be corrected",
                kind="changed",
                target=site.target,
            )


def _sent(step: Step) -> str:
    return "done" if step.state == "done" else "sent"


def _probe(engine: Engine, job: Job, planned: PlannedStatement, steps: dict[int, Step]) -> Probed:
    step = steps.get(planned.ordinal)
    if step is None:
        finding = Finding(verdict="not done", evidence="the ledger has no step of it")
    elif step.state == "done":
        finding = Finding(verdict="done", evidence="the ledger says so")
    else:
        finding = engine.recovery.probe(job, planned, step)
    return Probed(planned=planned, finding=finding, step=step)


def _settle(site: Site, engine: Engine, item: Unfinished, mark: Mark | None, undo: bool, emit: Listener) -> Unfinished:
    """Bring every statement to done or not done; tells of each as it was found."""
    settled = []
    for probed in item.statements:
        finding, planned = probed.finding, probed.planned
        emit(
            StatementProbed(
                site.target,
                item.entry.version.text,
                item.job.direction,
                planned.ordinal,
                planned.statement.line,
                finding.verdict,
                finding.evidence,
            )
        )
        if finding.verdict == "half" and probed.step is not None:
            emit(Noted(site.target, item.entry.version.text, engine.recovery.tidy(planned, probed.step)))
            finding = engine.recovery.probe(item.job, planned, probed.step)
        # To finish it, it is sent again; to give it up, somebody has to know that nothing of it is there.
        if finding.verdict == "unknown" or (undo and finding.assumed):
            if mark is None:
                raise _undecided(site, item, replace(probed, finding=finding), undo)
            engine.ledger.mark(item.entry, planned.ordinal, done=mark == "done")
            finding = Finding(verdict="done" if mark == "done" else "not done", evidence=f"marked {mark}")
        settled.append(replace(probed, finding=finding))
    return replace(item, statements=tuple(settled))


def _undecided(site: Site, item: Unfinished, probed: Probed, undo: bool) -> HistoryError:
    line = probed.planned.statement.line
    recover = f"schemactl -p {site.platform} recover {site.name}"
    return HistoryError(
        f"{item.job.label}: whether the statement at line {line} took effect cannot be found out: "
        f"{probed.finding.evidence}",
        at=f"{item.job.shown}:{line}",
        now="nothing was changed",
        do=f"find out with\n{probed.finding.query}\n      then `{recover} --mark done`,"
        f" or `{recover} {'--undo ' if undo else ''}--mark undone`",
        kind="unknown",
        target=site.target,
    )


def _end(site: Site, engine: Engine, item: Unfinished, undo: bool, emit: Listener) -> None:
    if not undo:
        engine.runner.run([resumed(item.job, item.job.entry, item.done)], emit)
        return
    # What is half there still, now that all was taken away that could be, has taken effect.
    half = {one.planned.ordinal for one in item.statements if one.finding.verdict == "half"}
    _refuse_undo(site, item, item.done | half)
    if item.job.direction == "down":
        engine.ledger.reinstate(item.entry)
        left = "it is applied as before"
    else:
        engine.ledger.remove(item.entry)
        left = "its entry is gone"
    emit(Noted(site.target, item.entry.version.text, f"none of it took effect: {left}"))


def _refuse_undo(site: Site, item: Unfinished, took: frozenset[int]) -> None:
    """Nothing simply gives up what took effect; the way out is through the end of it."""
    if not took:
        return
    command = f"schemactl -p {site.platform}"
    if item.job.direction == "down":
        back = f"then `{command} migrate {site.name}` applies it again"
    else:
        back = f"then `{command} rollback {site.name}` undoes it"
    raise HistoryError(
        f"{item.job.label}: {len(took)} of its statements took effect, so it cannot simply be given up",
        now=f"{item.job.label} is under way, as it was before",
        do=f"`{command} recover {site.name}` finishes what was begun, {back}",
        kind="not_undone",
        target=site.target,
    )
