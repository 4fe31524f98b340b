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
    """The matrix, then what a `yes` is where that differs, then why a column is empty."""
    from schemactl.session.capability import CAPABILITIES

    columns = [
        Column(title=""),
        *(Column(title=report.title, paint=lambda cell: _paint(cell, style)) for report in reports),
    ]
    rows = [[title, *(_told(report, name) for report in reports)] for name, title in CAPABILITIES.items()]
    for line in table(columns, rows, style):
        out.line(line)
    for name, title in CAPABILITIES.items():
        said = [f"  {report.title}: {report.says[name]}" for report in reports if report.usable and name in report.says]
        for line in [f"\n{style.bold(title)}", *said] if said else ():
            out.line(line)
    for report in reports:
        if not report.usable:
            do = f"\n  do: {report.instead}" if report.instead else ""
            out.line(f"\n{style.bold(report.title)}: {report.why}{do}")


def _told(report: EngineReport, capability: str) -> str:
    if not report.usable:
        return "–"
    return "no" if capability in report.lacks else "yes"


def _paint(cell: str, style: Style) -> str:
    return style.dim(cell) if cell in ("no", "–") else style.green(cell)


def tell_target(name: str, capabilities: Sequence[Capability], out: Output, style: Style) -> None:
    columns = [Column(title=name, paint=style.bold), Column(title="")]
    rows = [[one.title, _answer(one)] for one in capabilities]
    for line in table(columns, rows, style):
        out.line(line)


def _answer(one: Capability) -> str:
    if not one.present:
        return f"no: {one.why}; {one.instead}"
    return f"yes: {one.promise}" if one.promise else "yes"


def engines_json(reports: Sequence[EngineReport]) -> list[dict[str, Any]]:
    return [
        {
            "engine": report.name,
            "title": report.title,
            "driver": report.driver,
            "usable": report.usable,
            "why": report.why,
            "instead": report.instead,
            "lacks": sorted(report.lacks),
            "says": dict(report.says),
        }
        for report in reports
    ]


def targets_json(found: Mapping[str, Sequence[Capability]]) -> list[dict[str, Any]]:
    return [
        {
            "target": name,
            "capabilities": [
                {
                    "name": one.name,
                    "present": one.present,
                    "why": one.why,
                    "instead": one.instead,
                    "promise": one.promise,
                }
                for one in capabilities
            ],
        }
        for name, capabilities in found.items()
    ]
