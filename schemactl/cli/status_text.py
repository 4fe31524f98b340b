"""Where targets stand, for people and for programs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Output
from schemactl.cli.result_text import span
from schemactl.cli.style import Style
from schemactl.cli.table import Column, table

if TYPE_CHECKING:
    from schemactl.workflows.status import Status, TargetStatus

_NOTHING = "–"
# So many problems of one kind are told in full.
_ALIKE = 3


def tell(status: Status, out: Output, style: Style) -> None:
    """The table, then each problem with its way out; errors on standard error."""
    columns = [
        Column(title="target", paint=style.bold),
        Column(title="server"),
        Column(title="head", right=True),
        Column(title="applied", right=True),
        Column(title="pending", right=True),
        Column(title="state", paint=lambda cell: _paint(cell, style)),
    ]
    for line in table(columns, [_row(target) for target in status.targets], style):
        out.line(line)
    for target in status.targets:
        _tell_problems(target, out, style)
    for target in status.targets:
        if target.error is not None:
            out.error(target.error)


def as_json(status: Status, out: Output) -> dict[str, Any]:
    """`{"settled": …, "targets": [{"target", "state", "server", "head", "pending", "problems", "edited", …}]}`."""
    return {"settled": status.settled, "targets": [_target_json(target, out) for target in status.targets]}


def _row(target: TargetStatus) -> list[str]:
    history = target.history
    if history is None:
        return [target.site.target, target.server or _NOTHING, *[_NOTHING] * 3, target.state]
    head = history.head.text if history.head else _NOTHING
    return [
        target.site.target,
        target.server,
        head,
        str(len(history.applied)),
        str(len(history.pending)),
        target.state,
    ]


def _paint(cell: str, style: Style) -> str:
    if cell == "up to date":
        return style.green(cell)
    return style.yellow(cell) if cell.endswith("pending") else style.red(cell)


def _tell_problems(target: TargetStatus, out: Output, style: Style) -> None:
    name = style.bold(target.site.target)
    for sentence in target.broken:
        out.line(f"\n{name}: {sentence}")
    if target.history is None:
        return
    for kind, problems in groupby(target.history.problems, key=lambda problem: problem.kind):
        first, *others = problems
        for problem in (first, *others[: _ALIKE - 1]):
            out.line(f"\n{name}: {style.red(problem.what)}")
            if problem.at:
                out.line(f"  at: {problem.at}")
            out.line(f"  do: {problem.do}")
        if len(others) >= _ALIKE:
            versions = span([str(problem.version) for problem in others[_ALIKE - 1 :]])
            out.line(f"\n{name}: the same, {kind.replace('_', ' ')}, holds for {versions}")
    for edited in target.history.edited:
        out.line(f"\n{name}: {style.yellow('warning')}: {edited.what}")
        version, platform, short = edited.file.version, target.site.platform, target.site.name
        out.line(f'  do: `schemactl -p {platform} recover {short} --accept {version} --why "…"` records it as it is')


def _target_json(target: TargetStatus, out: Output) -> dict[str, Any]:
    history = target.history
    return {
        "target": target.site.target,
        "engine": target.site.engine,
        "state": target.state,
        "settled": target.settled,
        "server": target.server,
        "head": history.head.text if history and history.head else None,
        "applied": [file.version.text for file in history.applied] if history else [],
        "pending": [file.version.text for file in history.pending] if history else [],
        "problems": [
            {"kind": one.kind, "version": one.version, "what": one.what, "at": one.at, "do": one.do}
            for one in (history.problems if history else ())
        ],
        "edited": [{"version": one.file.version.text, "what": one.what} for one in (history.edited if history else ())],
        "broken": list(target.broken),
        "error": out.error_json(target.error),
    }
