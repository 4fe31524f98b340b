"""What a crash left, for people and for programs: each statement with verdict and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from schemactl.cli.style import Style, shortened, width

if TYPE_CHECKING:
    from schemactl.workflows.recover import Probed, Unfinished

_DOING = {"up": "was being applied", "down": "was being rolled back"}
_MARGIN = 23


def lines(target: str, items: Sequence[Unfinished], style: Style) -> Iterator[str]:
    """Nothing for a target where nothing is under way."""
    for item in items:
        yield f"{style.bold(target)}  {item.job.label}  {style.yellow(_DOING[item.job.direction])}"
        for probed in item.statements:
            statement = probed.planned.statement
            verdict = probed.finding.verdict
            text = shortened(statement.head, width() - _MARGIN)
            yield f"{style.dim(f'{statement.line:>9}')}  {_paint(verdict, style)}{' ' * (10 - len(verdict))}{text}"
            yield f"{'':>21}{style.dim(probed.finding.evidence)}"
            if verdict == "unknown":
                yield from (f"{'':>21}{line}" for line in probed.finding.query.splitlines())


def as_json(items: Sequence[Unfinished]) -> list[dict[str, Any]]:
    return [
        {
            "version": item.entry.version.text,
            "name": item.entry.name,
            "direction": item.job.direction,
            "file": item.job.shown,
            "statements": [_statement_json(probed) for probed in item.statements],
        }
        for item in items
    ]


def _paint(verdict: str, style: Style) -> str:
    match verdict:
        case "done":
            return style.green(verdict)
        case "half":
            return style.yellow(verdict)
        case "unknown":
            return style.red(verdict)
        case _:
            return style.dim(verdict)


def _statement_json(probed: Probed) -> dict[str, Any]:
    return {
        "line": probed.planned.statement.line,
        "text": probed.planned.statement.shown,
        "verdict": probed.finding.verdict,
        "evidence": probed.finding.evidence,
        "query": probed.finding.query,
    }
