"""What became of each target of a run: the closing table, the errors in full, the answer for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Answer, Output
from schemactl.cli.render import seconds
from schemactl.cli.style import Style
from schemactl.cli.table import Column, table
from schemactl.errors import RunInterruptedError, SchemactlError

if TYPE_CHECKING:
    from schemactl.workflows.execute import RunResult, TargetResult


def tell(result: RunResult, *, duration_ms: Mapping[str, int], out: Output, style: Style, nothing: str) -> Answer:
    """Write the table and every error; `nothing` stands for a target that was done without a version."""
    error = interrupted_error(result) if result.interrupted else result.error
    if not out.json and all(target.outcome == "done" and not target.versions for target in result.targets):
        out.nothing(nothing, [target.target for target in result.targets])
    elif not out.json:
        rows = [_row(target, duration_ms, nothing, out) for target in result.targets]
        out.line()
        for line in table(_columns(style), rows, style):
            out.line(line)
        for target in result.targets:
            if target.error is not None:
                out.error(target.error)
        if error is not None and all(target.error is not error for target in result.targets):
            out.error(error)
    return Answer(data=_json(result, duration_ms, out), exit=result.exit_code, error=error)


def span(versions: Sequence[str]) -> str:
    """`0001`, or `0001 to 0004 (4)`."""
    if len(versions) < 2:
        return versions[0] if versions else ""
    return f"{versions[0]} to {versions[-1]} ({len(versions)})"


def interrupted_error(result: RunResult) -> SchemactlError:
    """What to tell of a run that was asked to stop."""
    for target in result.targets:
        if isinstance(target.error, RunInterruptedError):
            return target.error
    done = [f"{target.target} {span(target.versions)}" for target in result.targets if target.versions]
    left = [target.target for target in result.targets if target.outcome == "not_started"]
    return RunInterruptedError(
        f"stopped before {', '.join(left)}",
        now=f"done by this run: {'; '.join(done)}" if done else "nothing was changed",
        do="run the command again to go on",
    )


def _columns(style: Style) -> list[Column]:
    paints = {"done": style.green, "failed": style.red, "blocked": style.yellow, "not started": style.yellow}
    return [
        Column(title="target", paint=style.bold),
        Column(title="result", paint=lambda cell: paints.get(cell, style.dim)(cell)),
        Column(title="time", right=True),
        Column(title="versions"),
    ]


def _row(target: TargetResult, duration_ms: Mapping[str, int], nothing: str, out: Output) -> list[str]:
    took = seconds(duration_ms[target.target]) if target.target in duration_ms else ""
    outcome = target.outcome.replace("_", " ")
    if target.outcome == "done" and not target.versions:
        return [target.target, nothing, took, ""]
    # An error of its own is told in full below the table; one of another target does not say who waits for that.
    own = target.error is not None and target.error.target == target.target
    why = target.why if target.outcome in ("blocked", "not_started") and not own else None
    parts = [part for part in (span(target.versions), why) if part]
    parts = [out.hide(part) for part in parts]
    return [target.target, outcome, took, "; ".join(parts)]


def _json(result: RunResult, duration_ms: Mapping[str, int], out: Output) -> dict[str, Any]:
    return {
        "targets": [
            {
                "target": target.target,
                "outcome": target.outcome,
                "versions": list(target.versions),
                "duration_ms": duration_ms.get(target.target, 0),
                "why": out.hide(target.why) if target.why else None,
                "error": out.error_json(target.error),
            }
            for target in result.targets
        ]
    }
