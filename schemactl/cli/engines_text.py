"""What engines can do, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from schemactl.cli.output import Output
from schemactl.cli.style import Style
from schemactl.cli.table import Column, table

if TYPE_CHECKING:
    from schemactl.session.capability import Capability, EngineReport


def tell_engines(reports: Sequence[EngineReport], titles: Sequence[str], out: Output, style: Style) -> None:
    columns = [Column(title="engine", paint=style.bold), Column(title="driver"), Column(title="what it can do here")]
    rows = []
    for report in reports:
        can = ", ".join(titles) if report.usable else f"nothing: {report.why}"
        rows.append([report.title, report.driver, f"{can}; {report.instead}" if report.instead else can])
    for line in table(columns, rows, style):
        out.line(line)


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
