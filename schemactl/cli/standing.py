"""`status`, `targets`, `engines`: where everything stands, lives, and what can be done there. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from schemactl.cli import invocation
from schemactl.cli.exit_codes import described
from schemactl.cli.invocation import Invocation
from schemactl.cli.options import Check, Targets
from schemactl.cli.output import Answer
from schemactl.errors import ConfigError, SchemactlError

if TYPE_CHECKING:
    from schemactl.project.address import Address
    from schemactl.project.platform import Target
    from schemactl.session import Workspace

_STATUS = described(
    """Where each target stands: what is applied, what is pending, and whatever is wrong, each with its way out. Reads
    only, and takes no lock.""",
    examples=[
        "schemactl status",
        "schemactl -e prod status users_db",
        "schemactl status --check   exit 3 when not settled",
    ],
    exits=(0, 2, 3, 10, 11, 13, 14, 15, 130),
)
_TARGETS = described(
    """The targets of the platform: engine, where each lives and what says so, the tables it owns, its migrations.
    Connects to nothing.""",
    examples=["schemactl targets", "schemactl -p dashboard -e prod targets"],
    exits=(0, 2, 10),
)
_ENGINES = described(
    """The engines and whether they can be used here. With targets: what can be done on the very server that each of
    them lives on.""",
    examples=["schemactl engines", "schemactl engines users_db"],
    exits=(0, 2, 10, 11, 15),
)


def register(app: typer.Typer) -> None:
    app.command(help=_TARGETS, short_help="List the targets and where they live.")(targets)
    app.command(help=_ENGINES, short_help="Show what each engine can do, and why not.")(engines)
    app.command(help=_STATUS, short_help="Show where each target stands.")(status)


def status(context: typer.Context, targets: Targets = None, check: Check = False) -> Answer:
    from schemactl.cli import status_text

    call = invocation.of(context)
    workspace = call.workspace()
    found = workspace.status(targets or ())
    if not call.out.json:
        status_text.tell(found, call.out, call.style)
    error = found.error
    code = error.code if error else 3 if check and not found.settled else 0
    return Answer(data=status_text.as_json(found, call.out), exit=code, error=error)


def targets(context: typer.Context, targets: Targets = None) -> Answer:
    call = invocation.of(context)
    workspace = call.workspace()
    rows = [_target_row(workspace, target) for target in workspace.targets(targets or ())]
    errors = [error for *_, error in rows if error is not None]
    if not call.out.json:
        _targets_table(call, rows)
        for error in errors:
            call.out.error(error)
    data = {"targets": [_target_json(call, *row) for row in rows]}
    return Answer(data=data, exit=errors[0].code if errors else 0, error=errors[0] if errors else None)


_Row = tuple["Target", "Address | None", int, "SchemactlError | None"]


def _target_row(workspace: Workspace, target: Target) -> _Row:
    """A target, where it lives (None for nowhere), how many migrations it has, what is wrong with its settings."""
    from schemactl.project.migrations import file_names

    address, count, wrong = None, 0, None
    try:
        count = len(file_names(workspace.project, target))
        address = workspace.address(target)
    except ConfigError as error:
        wrong = None if error.kind == "no_url" else error
    if wrong is not None:
        wrong.target = wrong.target or str(target)
    return target, address, count, wrong


def _targets_table(call: Invocation, rows: list[_Row]) -> None:
    from schemactl.cli.table import Column, table

    style = call.style
    columns = [
        Column(title="target", paint=style.bold),
        Column(title="engine"),
        Column(title="migrations", right=True),
        Column(title="tables", right=True),
        Column(title="lives at"),
    ]
    cells = []
    for target, address, count, wrong in rows:
        place = f"{address.shown}  ({address.source})" if address else "nowhere" if wrong is None else "?"
        cells.append([str(target), target.engine, str(count), str(len(target.tables)), place])
    for line in table(columns, cells, style):
        call.out.line(line)


def _target_json(
    call: Invocation, target: Target, address: Address | None, count: int, wrong: SchemactlError | None
) -> dict[str, Any]:
    return {
        "target": str(target),
        "engine": target.engine,
        "url": address.shown if address else None,
        "source": address.source if address else None,
        "tables": list(target.tables),
        "migrations": count,
        "error": call.out.error_json(wrong),
    }


def engines(context: typer.Context, targets: Targets = None) -> Answer:
    from schemactl.cli import engines_text
    from schemactl.session.capability import engine_reports

    call = invocation.of(context)
    if targets:
        workspace = call.workspace()
        found = {str(target): workspace.capabilities(target.name) for target in workspace.targets(targets)}
        for name, capabilities in found.items():
            engines_text.tell_target(name, capabilities, call.out, call.style)
        return Answer(data={"targets": engines_text.targets_json(found)})
    reports = engine_reports()
    engines_text.tell_engines(reports, call.out, call.style)
    return Answer(data={"engines": engines_text.engines_json(reports)})
