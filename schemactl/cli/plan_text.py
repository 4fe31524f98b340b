"""A plan for people and for programs: targets, jobs, segments, statements with file line and lock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from schemactl.cli.style import Style, shortened, width

if TYPE_CHECKING:
    from schemactl.cli.output import Output
    from schemactl.contract.job import Job, PlannedStatement, Segment
    from schemactl.contract.rights import Change
    from schemactl.workflows.planned import RunPlan, TargetPlan

_WIDE = 100
_MARGIN = 13
_LOCK = 44


def as_json(plan: RunPlan, out: Output) -> dict[str, Any]:
    """`{"pending": n, "targets": [{"target", "jobs": [{"segments": [{"statements": …}]}], …}]}`."""
    return {"pending": plan.pending, "targets": [_target_json(target, plan, out) for target in plan.targets]}


def lines(plan: RunPlan, style: Style) -> Iterator[str]:
    """The plan, each statement shortened to one line."""
    for number, target in enumerate(plan.targets):
        if number:
            yield ""
        yield _heading(target, style)
        for change in target.rights:
            yield f"  {_right(change)}"
        for job in target.jobs:
            yield _job_heading(target, job, plan, style)
            for segment in job.segments:
                if len(job.segments) > 1:
                    yield f"    {_segment(segment, style)}"
                yield from _statements(segment, style)


def sql(plan: RunPlan) -> Iterator[str]:
    """The plan with whole statements; everything else is a comment."""
    for target in plan.targets:
        yield f"-- {target.target}: {_standing(target)}"
        for job in target.jobs:
            for segment in job.segments:
                yield f"\n-- {job.label}: {_segment(segment, Style(False))}"
                for step in segment.steps:
                    locks = f", {step.lock}" if step.lock else ""
                    yield f"-- {job.shown}:{step.statement.line}{locks}"
                    yield f"{step.statement.shown};"
                    if step.statement.copy_data is not None:
                        yield f"{step.statement.copy_data}\\."
        yield ""


def _standing(target: TargetPlan) -> str:
    count, verb = len(target.jobs), "pending" if target.direction == "up" else "to roll back"
    if count:
        ahead = f"{count} {verb}, {target.statements} statement{'s' if target.statements != 1 else ''}"
        return f"{ahead}; then {target.waiting}" if target.waiting else ahead
    if target.waiting:
        return target.waiting
    if target.error is not None:
        return "not planned" if target.server else "not read"
    if target.unaligned:
        return "up to date, but for rights of roles"
    return "up to date" if target.direction == "up" else "nothing to roll back"


def _right(change: Change) -> str:
    if change.verdict == "same":
        return f"{'note':<6}  {change.what}  {change.name}: {change.now}"
    return f"{change.verdict:<6}  {change.what}  {change.name}"


def _heading(target: TargetPlan, style: Style) -> str:
    standing = _standing(target)
    ahead = target.jobs or target.unaligned or target.waits_for
    paint = style.yellow if ahead else style.red if target.error else style.green
    server = f"  {style.dim(target.server)}" if target.server else ""
    return f"{style.bold(target.target)}{server}  {paint(standing)}"


def _job_heading(target: TargetPlan, job: Job, plan: RunPlan, style: Style) -> str:
    after = _after(target, job, plan)
    behind = style.dim(f"  after {', '.join(after)}") if after else ""
    alone = f"  {_segment(job.segments[0], style)}" if len(job.segments) == 1 else ""
    return f"  {style.bold(job.label)}{alone}{behind}"


def _after(target: TargetPlan, job: Job, plan: RunPlan) -> list[str]:
    needs = plan.needs.get((target.target, job.entry.version), frozenset())
    return sorted(f"{name}@{version}" for name, version in needs)


def _segment(segment: Segment, style: Style) -> str:
    match segment.mode:
        case "alone":
            return style.yellow(f"alone: {segment.steps[0].why}")
        case "script":
            return style.dim("script in one transaction: what it does is known when it runs")
        case "transaction":
            count = len(segment.steps)
            return style.dim(f"transaction, {count} statement{'s' if count != 1 else ''}")


def _statements(segment: Segment, style: Style) -> Iterator[str]:
    columns = width()
    widest = min(_LOCK, max((len(step.lock) for step in segment.steps), default=0))
    beside = columns >= _WIDE and widest > 0
    room = columns - _MARGIN - (widest + 2 if beside else 0)
    for step in segment.steps:
        text = shortened(step.statement.head, room)
        number = style.dim(f"{step.statement.line:>9}")
        if not step.lock:
            yield f"{number}  {text}"
        elif beside:
            yield f"{number}  {text:<{room}}  {style.dim(shortened(step.lock, _LOCK))}"
        else:
            yield f"{number}  {text}"
            yield f"{'':>11}{style.dim(shortened(f'locks {step.lock}', columns - _MARGIN))}"


def _target_json(target: TargetPlan, plan: RunPlan, out: Output) -> dict[str, Any]:
    return {
        "target": target.target,
        "engine": target.site.engine,
        "server": target.server,
        "direction": target.direction,
        "jobs": [_job_json(target, job, plan) for job in target.jobs],
        "edited": [{"version": item.file.version.text, "what": item.what} for item in target.edited],
        "rights": [
            {"what": one.what, "name": one.name, "verdict": one.verdict, "now": one.now} for one in target.rights
        ],
        "waits_for": target.waits_for,
        "error": out.error_json(target.error),
    }


def _job_json(target: TargetPlan, job: Job, plan: RunPlan) -> dict[str, Any]:
    return {
        "version": job.entry.version.text,
        "name": job.entry.name,
        "file": job.shown,
        "after": _after(target, job, plan),
        "segments": [
            {"mode": segment.mode, "statements": [_statement_json(step) for step in segment.steps]}
            for segment in job.segments
        ],
    }


def _statement_json(step: PlannedStatement) -> dict[str, Any]:
    return {"line": step.statement.line, "text": step.statement.shown, "lock": step.lock, "why": step.why}
