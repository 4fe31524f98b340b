"""Seeds for people and for programs: what a run would change, and what it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Answer, Output
from schemactl.cli.render import seconds
from schemactl.cli.result_text import interrupted_error
from schemactl.cli.style import Style
from schemactl.cli.table import Column, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemactl.model.seed import Compared, Difference
    from schemactl.workflows.execute import TargetResult
    from schemactl.workflows.planned_seeds import SeedPlan, SeedsPlan, TargetSeeds
    from schemactl.workflows.seed import SeedsResult

_NOTHING = "–"


def count(plan: SeedsPlan) -> str:
    """`3 seeds to 2 targets`."""
    where = sum(1 for target in plan.targets if target.due and target.error is None)
    return f"{plan.due} seed{'s' if plan.due != 1 else ''} to {where} target{'s' if where != 1 else ''}"


def show(plan: SeedsPlan, out: Output, style: Style) -> None:
    """The table of seeds, then each row that differs, then warnings and errors."""
    columns = [*_columns(style), Column(title="state", paint=lambda cell: _paint(cell, style))]
    rows = [
        [target.target, one.seed.label, *_counts(one.compared), one.state]
        for target in plan.targets
        for one in target.seeds
    ]
    if rows:
        for line in table(columns, rows, style):
            out.line(line)
    empty = [target.target for target in plan.targets if not target.seeds and target.error is None]
    if empty:
        out.nothing("no seeds", empty)
    for target in plan.targets:
        for one in target.seeds:
            _show_differences(target, one, out, style)
    tell_warnings(plan, out, style)
    for target in plan.targets:
        if target.error is not None:
            out.error(target.error)


def tell_warnings(plan: SeedsPlan, out: Output, style: Style) -> None:
    """What speaks against seeding now, on standard error."""
    if out.json:
        return
    for target in plan.targets:
        for what, do in target.warnings:
            out.note(f"{style.yellow('warning')}: {target.target}: {what}\n  do: {do}")


def told(result: SeedsResult, plan: SeedsPlan, *, duration_ms: Mapping[str, int], out: Output, style: Style) -> Answer:
    """Write what became of each seed and every error; the answer for programs."""
    run = result.run
    error = interrupted_error(run) if run.interrupted else run.error
    if not out.json:
        rows = [row for target in run.targets for row in _rows(target, result, duration_ms)]
        out.line()
        for line in table([*_columns(style), Column(title="time", right=True)], rows, style):
            out.line(line)
        for target in run.targets:
            if target.error is not None:
                out.error(target.error)
        if error is not None and all(target.error is not error for target in run.targets):
            out.error(error)
    data = {"targets": [_result_json(target, result, duration_ms, out) for target in run.targets]}
    return Answer(data=data, exit=run.exit_code, error=error)


def plan_json(plan: SeedsPlan, out: Output) -> dict[str, Any]:
    """`{"targets": [{"target", "environment", "server", "seeds": [{"version", "added", "differences", …}], …}]}`."""
    return {
        "targets": [
            {
                "target": target.target,
                "environment": target.environment,
                "server": target.server,
                "seeds": [_seed_json(one, out) for one in target.seeds],
                "warnings": [what for what, _ in target.warnings],
                "error": out.error_json(target.error),
            }
            for target in plan.targets
        ]
    }


def _columns(style: Style) -> list[Column]:
    numbers = [Column(title=title, right=True) for title in ("added", "changed", "same")]
    return [Column(title="target", paint=style.bold), Column(title="seed"), *numbers]


def _counts(compared: Compared | None) -> list[str]:
    if compared is None:
        return [_NOTHING] * 3
    return [str(compared.added), str(compared.changed), str(compared.same)]


def _paint(cell: str, style: Style) -> str:
    if cell in ("up to date", "has run"):
        return style.green(cell)
    return style.dim(cell) if cell.startswith("for ") else style.yellow(cell)


def _rows(target: TargetResult, result: SeedsResult, duration_ms: Mapping[str, int]) -> list[list[str]]:
    took = seconds(duration_ms[target.target]) if target.target in duration_ms else ""
    found = [
        [target.target, seed.label, *_counts(compared), ""] for seed, compared in result.seeds.get(target.target, ())
    ]
    if target.outcome != "done":
        found.append([target.target, target.outcome.replace("_", " "), *[_NOTHING] * 3, ""])
    elif not found:
        found.append([target.target, "up to date", *[_NOTHING] * 3, ""])
    found[-1][-1] = took
    return found


def _show_differences(target: TargetSeeds, one: SeedPlan, out: Output, style: Style) -> None:
    compared = one.compared
    if compared is None or not compared.differences:
        return
    out.line(f"\n{style.bold(target.target)}  {one.seed.label}")
    for row in compared.differences:
        out.line(out.hide(f"  {row.key}") + style.dim(f"  {row.at}"))
        for name, now, wanted in row.fields:
            out.line(out.hide(f"    {name}: {style.red(now)} → {style.green(wanted)}"))
    more = compared.changed - len(compared.differences)
    if more > 0:
        out.line(style.dim(f"  and {more} more"))


def _seed_json(one: SeedPlan, out: Output) -> dict[str, Any]:
    compared = one.compared
    return {
        "version": one.seed.version.text,
        "name": one.seed.name,
        "kind": one.seed.kind,
        "state": one.state,
        "due": one.due,
        "added": compared.added if compared else None,
        "changed": compared.changed if compared else None,
        "same": compared.same if compared else None,
        "differences": [_difference_json(row, out) for row in (compared.differences if compared else ())],
    }


def _difference_json(row: Difference, out: Output) -> dict[str, Any]:
    return {
        "at": row.at,
        "key": out.hide(row.key),
        "fields": [
            {"name": name, "now": out.hide(now), "wanted": out.hide(wanted)} for name, now, wanted in row.fields
        ],
    }


def _result_json(
    target: TargetResult, result: SeedsResult, duration_ms: Mapping[str, int], out: Output
) -> dict[str, Any]:
    return {
        "target": target.target,
        "outcome": target.outcome,
        "seeds": [
            {
                "version": seed.version.text,
                "name": seed.name,
                "kind": seed.kind,
                "added": compared.added if compared else None,
                "changed": compared.changed if compared else None,
                "same": compared.same if compared else None,
            }
            for seed, compared in result.seeds.get(target.target, ())
        ],
        "duration_ms": duration_ms.get(target.target, 0),
        "why": out.hide(target.why) if target.why else None,
        "error": out.error_json(target.error),
    }
