"""What engines can do, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Output
from schemactl.cli.style import Style
from schemactl.cli.table import Column, table

if TYPE_CHECKING:
    from schemactl.session.capability import Capability, EngineReport


def tell_engines(reports: Sequence[EngineReport], out: Output, style: Style) -> None:
    """The matrix, then why a column is empty."""
    from schemactl.session.capability import CAPABILITIES

    columns = [
        Column(title=""),
        *(Column(title=report.title, paint=lambda cell: _paint(cell, style)) for report in reports),
    ]
    rows = [[title, *("yes" if report.usable else "–" for report in reports)] for title in CAPABILITIES.values()]
    for line in table(columns, rows, style):
        out.line(line)
    for report in reports:
        if not report.usable:
            do = f"\n  do: {report.instead}" if report.instead else ""
            out.line(f"\n{style.bold(report.title)}: {report.why}{do}")


def _paint(cell: str, style: Style) -> str:
    return style.green(cell) if cell == "yes" else style.dim(cell)


def tell_target(name: str, capabilities: Sequence[Capability], out: Output, style: Style) -> None:
    columns = [Column(title=name, paint=style.bold), Column(title="")]
    rows = [[one.title, "yes" if one.present else f"no: {one.why}; {one.instead}"] for one in capabilities]
    for line in table(columns, rows, style):
        out.line(line)


def engines_json(reports: Sequence[EngineReport]) -> list[dict[str, Any]]:
    return [
        {
            "engine": report.name,
            "title": report.title,
            "driver": report.driver,
            "usable": report.usable,
            "why": report.why,
            "instead": report.instead,
        }
        for report in reports
    ]


def targets_json(found: Mapping[str, Sequence[Capability]]) -> list[dict[str, Any]]:
    return [
        {
            "target": name,
            "capabilities": [
                {"name": one.name, "present": one.present, "why": one.why, "instead": one.instead}
                for one in capabilities
            ],
        }
        for name, capabilities in found.items()
    ]
